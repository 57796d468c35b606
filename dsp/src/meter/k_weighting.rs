//! K weighting (BS.1770-5 annex 1): a shelf for the head and a high-pass, at any sample rate.
//!
//! The standard prints coefficients for 48 kHz only. Those are bilinear transforms of two analogue prototypes whose
//! corner, gain and Q were solved for from the printed table; at other rates the same prototypes are transformed again,
//! and at 48 kHz the table comes back. The numerator of the high-pass stays 1, -2, 1 as printed.

use crate::filter::biquad::Biquad;
use crate::math::flush;

const SHELF_CORNER_HZ: f64 = 1681.974450955533;
const SHELF_GAIN_DB: f64 = 3.999843853973347;
const SHELF_Q: f64 = 0.7071752369554196;
/// The power of the shelf's gain that its band-pass term has.
const SHELF_BAND_EXPONENT: f64 = 0.4996667741545416;
const HIGH_PASS_CORNER_HZ: f64 = 38.13547087602444;
const HIGH_PASS_Q: f64 = 0.5003270373238773;

/// The two sections of the weighting for one sample rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KWeighting {
    /// Stage 1: +4 dB above about 1.7 kHz.
    pub shelf: Biquad,
    /// Stage 2: second-order high-pass at 38 Hz.
    pub high_pass: Biquad,
}

impl KWeighting {
    /// The weighting at a sample rate of 8 to 384 kHz.
    #[must_use]
    pub fn design(sample_rate_hz: f64) -> Self {
        let k = libm::tan(core::f64::consts::PI * SHELF_CORNER_HZ / sample_rate_hz);
        let high = crate::units::db_to_gain(SHELF_GAIN_DB);
        let band = libm::pow(high, SHELF_BAND_EXPONENT);
        let norm = 1.0 / (1.0 + k / SHELF_Q + k * k);
        let shelf = Biquad {
            b: [
                (high + band * k / SHELF_Q + k * k) * norm,
                2.0 * (k * k - high) * norm,
                (high - band * k / SHELF_Q + k * k) * norm,
            ],
            a: [2.0 * (k * k - 1.0) * norm, (1.0 - k / SHELF_Q + k * k) * norm],
        };
        let unit_gain = Biquad::high_pass(HIGH_PASS_CORNER_HZ, HIGH_PASS_Q, sample_rate_hz);
        Self { shelf, high_pass: Biquad { b: [1.0, -2.0, 1.0], a: unit_gain.a } }
    }

    /// Gain in dB at a frequency, for a sine that has settled.
    #[must_use]
    pub fn gain_db(&self, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        let omega = 2.0 * core::f64::consts::PI * frequency_hz / sample_rate_hz;
        crate::units::power_to_db(power_gain(&self.shelf, omega) * power_gain(&self.high_pass, omega))
    }
}

/// |H|^2 of a section at `omega` radians per sample.
fn power_gain(section: &Biquad, omega: f64) -> f64 {
    let squared_magnitude = |c: [f64; 3]| {
        let re = c[0] + c[1] * libm::cos(omega) + c[2] * libm::cos(2.0 * omega);
        let im = c[1] * libm::sin(omega) + c[2] * libm::sin(2.0 * omega);
        re * re + im * im
    };
    squared_magnitude(section.b) / squared_magnitude([1.0, section.a[0], section.a[1]])
}

/// How many channels are filtered side by side: as many as one SSE2 or NEON register holds.
pub(crate) const LANES: usize = 2;

/// One value for each channel of a pair.
pub(crate) type Pair = [f64; LANES];

/// Transposed direct form II for a pair of channels. The order of the additions keeps the feedback path short.
#[derive(Debug, Clone, Copy, Default)]
struct PairBiquad {
    z: [Pair; 2],
}

impl PairBiquad {
    #[inline(always)]
    fn tick(&mut self, coeffs: &Biquad, x: Pair) -> Pair {
        let mut y = [0.0; LANES];
        for lane in 0..LANES {
            y[lane] = coeffs.b[0] * x[lane] + self.z[0][lane];
            self.z[0][lane] = (coeffs.b[1] * x[lane] + self.z[1][lane]) - coeffs.a[0] * y[lane];
            self.z[1][lane] = coeffs.b[2] * x[lane] - coeffs.a[1] * y[lane];
        }
        y
    }

    fn flush(&mut self) {
        for z in self.z.as_flattened_mut() {
            *z = flush(*z);
        }
    }
}

/// The weighting's memory for a pair of channels, and the sums of squares since they were last taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PairMeter {
    shelf: PairBiquad,
    high_pass: PairBiquad,
    weighted: Pair,
    unweighted: Pair,
}

/// Sums of squares of a pair of channels over one hop.
pub(crate) struct PairEnergy {
    /// After K weighting.
    pub(crate) weighted: Pair,
    /// Of the input itself.
    pub(crate) unweighted: Pair,
}

impl PairMeter {
    /// Filters two channels of equal length and adds their squares up, sample by sample, so that blocks leave no trace.
    pub(crate) fn add(&mut self, coeffs: &KWeighting, first: &[f32], second: &[f32]) {
        let Self { mut shelf, mut high_pass, mut weighted, mut unweighted } = *self;
        for (&a, &b) in first.iter().zip(second) {
            let x = [f64::from(a), f64::from(b)];
            let y = high_pass.tick(&coeffs.high_pass, shelf.tick(&coeffs.shelf, x));
            for lane in 0..LANES {
                weighted[lane] += y[lane] * y[lane];
                unweighted[lane] += x[lane] * x[lane];
            }
        }
        *self = Self { shelf, high_pass, weighted, unweighted };
    }

    /// Hands over the sums of a finished hop and starts the next.
    ///
    /// The states are flushed here rather than at every sample: in the 10 ms of a hop they fall by no more than 1e-33,
    /// so from the flushing threshold of 1e-30 none comes near a subnormal. Hops count samples from the reset.
    pub(crate) fn take_hop(&mut self) -> PairEnergy {
        self.shelf.flush();
        self.high_pass.flush();
        let energy = PairEnergy { weighted: self.weighted, unweighted: self.unweighted };
        self.weighted = [0.0; LANES];
        self.unweighted = [0.0; LANES];
        energy
    }

    /// The unweighted sums of the hop that is under way.
    pub(crate) fn unweighted(&self) -> Pair {
        self.unweighted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_table_comes_back_at_48_khz() {
        let design = KWeighting::design(48_000.0);
        let designed = [design.shelf.b.as_slice(), &design.shelf.a, &design.high_pass.b, &design.high_pass.a];
        let table: [&[f64]; 4] = [
            &[1.53512485958697, -2.69169618940638, 1.19839281085285],
            &[-1.69065929318241, 0.73248077421585],
            &[1.0, -2.0, 1.0],
            &[-1.99004745483398, 0.99007225036621],
        ];
        for (&ours, &theirs) in designed.into_iter().flatten().zip(table.into_iter().flatten()) {
            assert!((ours - theirs).abs() < 1e-8, "{ours} is not {theirs}");
        }
    }

    #[test]
    fn no_state_can_fall_to_a_subnormal_within_a_hop() {
        for sample_rate_hz in [8_000.0, 11_025.0, 48_000.0, 192_000.0, 384_000.0] {
            let shelf = KWeighting::design(sample_rate_hz).shelf;
            assert!(shelf.a[0] * shelf.a[0] < 4.0 * shelf.a[1], "the poles are a pair of magnitude sqrt(a2)");
            let decay = libm::pow(shelf.a[1], 0.5 * (sample_rate_hz / 100.0).round());
            assert!(decay > 1e-33, "{decay} at {sample_rate_hz} Hz");
        }
    }
}
