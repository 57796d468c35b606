//! Histograms of loudness: gated means and percentiles of any length of programme in a fixed amount of memory.
//!
//! Each bin of 0.01 LU holds how many values fell into it and the exact sum of their powers. So a mean over whole bins
//! is exact, and only the one bin that a gate's threshold falls into is taken or left as a whole, by its mean. A second
//! row of bins of 1 LU makes a reading cost a few hundred additions rather than ten thousand.

use super::figures::Lufs;

/// The absolute gate of BS.1770-5 and Tech 3342, and the lower end of the histogram.
pub(crate) const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// From the absolute gate to +30 LUFS, which floating-point audio may reach; what is louder shares the last bin.
const NUM_COARSE: usize = 100;
const FINE_PER_COARSE: usize = 100;
const NUM_FINE: usize = NUM_COARSE * FINE_PER_COARSE;

/// A number of values and the sum of their powers.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    count: u64,
    power_sum: f64,
}

impl Bin {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.power_sum += other.power_sum;
    }

    fn mean_power(self) -> Option<f64> {
        (self.count > 0).then(|| self.power_sum / self.count as f64)
    }
}

/// Values of loudness at or above -70 LUFS.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoudnessHistogram {
    fine: Vec<Bin>,
    coarse: Vec<Bin>,
}

impl LoudnessHistogram {
    /// Allocates the bins, 160 KiB, and empties them.
    pub(crate) fn prepare(&mut self) {
        self.fine.resize(NUM_FINE, Bin::default());
        self.coarse.resize(NUM_COARSE, Bin::default());
        self.reset();
    }

    /// Empties the bins.
    pub(crate) fn reset(&mut self) {
        self.fine.fill(Bin::default());
        self.coarse.fill(Bin::default());
    }

    /// Counts a value that has passed the absolute gate.
    pub(crate) fn add(&mut self, power: f64) {
        let value = Bin { count: 1, power_sum: power };
        let idx = fine_idx(power);
        if let (Some(fine), Some(coarse)) =
            (self.fine.get_mut(idx), self.coarse.get_mut(idx / FINE_PER_COARSE))
        {
            fine.add(value);
            coarse.add(value);
        }
    }

    /// The mean power of all values.
    pub(crate) fn mean_power(&self) -> Option<f64> {
        self.total().mean_power()
    }

    /// The mean power of the values strictly above a threshold.
    pub(crate) fn mean_power_above(&self, threshold_power: f64) -> Option<f64> {
        self.total_from(self.first_kept_idx(|mean| mean > threshold_power, threshold_power)).mean_power()
    }

    /// The powers at two percentiles of the values at or above a threshold, by the index rule of Tech 3342: of n sorted
    /// values the one numbered round((n - 1) p / 100 + 1), from 1.
    pub(crate) fn percentile_powers_from(
        &self,
        threshold_power: f64,
        percents: [f64; 2],
    ) -> Option<[f64; 2]> {
        let first_idx = self.first_kept_idx(|mean| mean >= threshold_power, threshold_power);
        let num_kept = self.total_from(first_idx).count;
        let num_below = self.total().count - num_kept;
        let last = num_kept.checked_sub(1)? as f64;
        let power_at = |percent: f64| self.nth_power(num_below + (last * percent / 100.0).round() as u64);
        Some([power_at(percents[0])?, power_at(percents[1])?])
    }

    /// The first bin that a gate lets through: the threshold's own bin if its mean passes, else the next.
    fn first_kept_idx(&self, passes: impl Fn(f64) -> bool, threshold_power: f64) -> usize {
        let idx = fine_idx(threshold_power);
        let own_mean = self.fine.get(idx).and_then(|bin| bin.mean_power());
        if own_mean.is_some_and(passes) { idx } else { idx + 1 }
    }

    fn total(&self) -> Bin {
        sum(&self.coarse)
    }

    fn total_from(&self, first_idx: usize) -> Bin {
        let next_coarse = first_idx.div_ceil(FINE_PER_COARSE);
        let mut total = sum(self.fine.get(first_idx..next_coarse * FINE_PER_COARSE).unwrap_or_default());
        total.add(sum(self.coarse.get(next_coarse..).unwrap_or_default()));
        total
    }

    /// The mean power of the bin that holds the value with `num_smaller` values before it.
    fn nth_power(&self, num_smaller: u64) -> Option<f64> {
        let (coarse_idx, num_smaller) = find(&self.coarse, num_smaller)?;
        let fine = &self.fine[coarse_idx * FINE_PER_COARSE..(coarse_idx + 1) * FINE_PER_COARSE];
        let (fine_idx, _) = find(fine, num_smaller)?;
        fine[fine_idx].mean_power()
    }
}

/// The bin of 0.01 LU that a power belongs to.
fn fine_idx(power: f64) -> usize {
    let above_gate_lu = Lufs::from_power(power).0 - ABSOLUTE_GATE_LUFS;
    // A cast to an unsigned integer saturates: what lies below the first bin goes into it.
    ((above_gate_lu * FINE_PER_COARSE as f64) as usize).min(NUM_FINE - 1)
}

fn sum(bins: &[Bin]) -> Bin {
    bins.iter().fold(Bin::default(), |mut total, &bin| {
        total.add(bin);
        total
    })
}

/// The bin that holds the value with `num_smaller` values before it, and how many of those are in the same bin.
fn find(bins: &[Bin], mut num_smaller: u64) -> Option<(usize, u64)> {
    for (idx, bin) in bins.iter().enumerate() {
        if num_smaller < bin.count {
            return Some((idx, num_smaller));
        }
        num_smaller -= bin.count;
    }
    None
}
