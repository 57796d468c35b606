//! One line of a spectrum: what averaging, smoothing, tilt and peak hold make of the power of its bins.

use super::spectrum::Ballistics;
use crate::math;

/// Levels go no lower.
pub const FLOOR_DB: f32 = -200.0;

/// The line's state, a value for each bin in every list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// Averaged over time; a full-scale sine is 1.
    pub(crate) power: Vec<f64>,
    /// Smoothed and tilted, in dB.
    pub(crate) level_db: Vec<f32>,
    /// The highest of late, in dB.
    pub(crate) peak_db: Vec<f32>,
    /// For how many frames a peak still stands.
    hold: Vec<u32>,
    is_new: bool,
}

/// What lines of the same settings share.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineRule {
    /// How much of the old average a frame leaves.
    keep: f64,
    hold_frames: u32,
    fall_db: f32,
    /// A band around `f` reaches from `f / spread` to `f * spread`; 1 for no smoothing.
    spread: f64,
    tilt_db: Vec<f32>,
    /// The sum of the powers of all bins below each.
    sums: Vec<f64>,
}

impl LineRule {
    pub(crate) fn new(num_bins: usize) -> Self {
        Self { tilt_db: vec![0.0; num_bins], sums: vec![0.0; num_bins + 1], ..Self::default() }
    }

    pub(crate) fn set(&mut self, ballistics: &Ballistics, bin_hz: f64, frame_s: f64) {
        let averaging_s = ballistics.averaging_ms / 1000.0;
        self.keep = if averaging_s > 0.0 { libm::exp(-frame_s / averaging_s) } else { 0.0 };
        self.hold_frames = (ballistics.peak_hold_ms / 1000.0 / frame_s).round() as u32;
        self.fall_db = (ballistics.peak_fall_db_per_s * frame_s) as f32;
        let half_band = ballistics.smoothing.map_or(0.0, |fraction| 0.5 / f64::from(fraction));
        self.spread = libm::exp2(half_band);
        for (bin, tilt_db) in self.tilt_db.iter_mut().enumerate() {
            let octaves = libm::log2(bin.max(1) as f64 * bin_hz / 1000.0);
            *tilt_db = (ballistics.tilt_db_per_octave * octaves) as f32;
        }
    }
}

impl Line {
    pub(crate) fn new(num_bins: usize) -> Self {
        let mut line = Self {
            power: vec![0.0; num_bins],
            level_db: vec![0.0; num_bins],
            peak_db: vec![0.0; num_bins],
            hold: vec![0; num_bins],
            is_new: true,
        };
        line.reset();
        line
    }

    pub(crate) fn reset(&mut self) {
        self.power.fill(0.0);
        self.level_db.fill(FLOOR_DB);
        self.peak_db.fill(FLOOR_DB);
        self.hold.fill(0);
        self.is_new = true;
    }

    /// Lets peaks begin anew.
    pub(crate) fn reset_peaks(&mut self) {
        self.peak_db.copy_from_slice(&self.level_db);
        self.hold.fill(0);
    }

    /// Takes the powers of a frame. The first counts in full, as if it had been there for ever.
    pub(crate) fn update(&mut self, powers: impl Iterator<Item = f64>, rule: &mut LineRule) {
        let keep = if self.is_new { 0.0 } else { rule.keep };
        self.is_new = false;
        for (average, power) in self.power.iter_mut().zip(powers) {
            *average = math::flush(power + keep * (*average - power));
        }
        self.show_levels(rule);
        let peaks = self.peak_db.iter_mut().zip(&mut self.hold).zip(&self.level_db);
        for ((peak_db, hold), &level_db) in peaks {
            if level_db >= *peak_db {
                (*peak_db, *hold) = (level_db, rule.hold_frames);
            } else if *hold > 0 {
                *hold -= 1;
            } else {
                *peak_db = (*peak_db - rule.fall_db).max(level_db);
            }
        }
    }

    fn show_levels(&mut self, rule: &mut LineRule) {
        let shown = self.level_db.iter_mut().zip(&rule.tilt_db).enumerate();
        if rule.spread <= 1.0 {
            for (bin, (level_db, tilt_db)) in shown {
                *level_db = to_db(self.power[bin], *tilt_db);
            }
            return;
        }
        let mut sum = 0.0;
        for (to, power) in rule.sums[1..].iter_mut().zip(&self.power) {
            sum += power;
            *to = sum;
        }
        let num_bins = self.power.len() as f64;
        for (bin, (level_db, tilt_db)) in shown {
            // Bin k stands for all frequencies from k - 1/2 to k + 1/2.
            let low = bin as f64 / rule.spread + 0.5;
            let high = (bin as f64 * rule.spread + 0.5).min(num_bins);
            let mean = if high - low < 1e-9 {
                self.power[bin]
            } else {
                (sum_below(&rule.sums, high) - sum_below(&rule.sums, low)) / (high - low)
            };
            *level_db = to_db(mean, *tilt_db);
        }
    }
}

/// The power of everything below `edge`, in bins from the lower end of the first.
fn sum_below(sums: &[f64], edge: f64) -> f64 {
    let whole = (edge as usize).min(sums.len() - 2);
    sums[whole] + (edge - whole as f64) * (sums[whole + 1] - sums[whole])
}

fn to_db(power: f64, tilt_db: f32) -> f32 {
    const DB_PER_LOG2: f64 = 3.010_299_956_639_812;
    let level_db = (DB_PER_LOG2 * math::log2(power.max(1e-25))) as f32 + tilt_db;
    level_db.max(FLOOR_DB)
}
