//! Attack and release of a gain in decibels, such that both labels are true.
//!
//! Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and Analysis",
//! JAES 60 (2012), equation 17: a peak detector with instant rise, then a one-pole with the attack's time. As printed, the
//! release takes both times together; here the first stage is made faster until the two together cover 63 % of the way
//! back in the time of the label. Where the attack is longer than half the release, no first stage would be fast
//! enough, so the second stage returns in half the release's time.

use crate::units::ms_to_one_pole_coeff;

/// Coefficients of both stages for one pair of labels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    attack_ms: f64,
    release_ms: f64,
    hold: f64,
    rise: f64,
    fall: f64,
}

/// The two stages' memory for one channel, dB.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Envelope {
    held_db: f64,
    reduction_db: f64,
}

/// Reductions below this many decibels end; the exponential would reach subnormals instead.
pub(super) const SILENT_REDUCTION_DB: f64 = 1e-7;

impl Timing {
    /// Takes new labels; designs only if they differ from the last.
    pub fn set(&mut self, attack_ms: f64, release_ms: f64, sample_rate_hz: f64) {
        if (attack_ms, release_ms) == (self.attack_ms, self.release_ms) {
            return;
        }
        let fall_ms = attack_ms.min(0.5 * release_ms);
        *self = Self {
            attack_ms,
            release_ms,
            hold: ms_to_one_pole_coeff(first_stage_ms(fall_ms, release_ms), sample_rate_hz),
            rise: ms_to_one_pole_coeff(attack_ms, sample_rate_hz),
            fall: ms_to_one_pole_coeff(fall_ms, sample_rate_hz),
        };
    }

    /// The share that the first stage keeps per sample, and those that the second one keeps while it rises and falls.
    pub(crate) fn coeffs(&self) -> [f64; 3] {
        [self.hold, self.rise, self.fall]
    }
}

/// The time constant which, followed by one of `second_ms`, leaves 1/e of a step after `both_ms`. Bisection: the rest grows
/// with the time constant.
fn first_stage_ms(second_ms: f64, both_ms: f64) -> f64 {
    let (mut low_ms, mut high_ms) = (0.0, both_ms);
    for _ in 0..30 {
        let middle_ms = 0.5 * (low_ms + high_ms);
        // The closed form has a removable singularity at equal times, which a bisection of doubles may only graze.
        let first_ms =
            if (middle_ms / second_ms - 1.0).abs() < 1e-6 { second_ms * 1.000_001 } else { middle_ms };
        let rest = (first_ms * libm::exp(-both_ms / first_ms) - second_ms * libm::exp(-both_ms / second_ms))
            / (first_ms - second_ms);
        if rest > core::f64::consts::E.recip() {
            high_ms = middle_ms;
        } else {
            low_ms = middle_ms;
        }
    }
    high_ms
}

impl Envelope {
    /// One sample on, and the reduction there, dB.
    #[inline]
    pub fn tick(&mut self, timing: &Timing, wanted_db: f64) -> f64 {
        let falling_db = (1.0 - timing.hold) * wanted_db + timing.hold * self.held_db;
        self.held_db = if wanted_db > falling_db { wanted_db } else { falling_db };
        let coeff = if self.held_db > self.reduction_db { timing.rise } else { timing.fall };
        self.reduction_db = (1.0 - coeff) * self.held_db + coeff * self.reduction_db;
        self.reduction_db
    }

    /// The reduction as of the last sample, dB.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        self.reduction_db
    }

    /// Ends decays that no one can hear; to be called once per control interval, counted from `reset`.
    #[inline]
    pub fn flush(&mut self) {
        for value_db in [&mut self.held_db, &mut self.reduction_db] {
            if value_db.abs() < SILENT_REDUCTION_DB {
                *value_db = 0.0;
            }
        }
    }
}
