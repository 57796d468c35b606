//! The correlation guard: how much of a widening the channels' correlation allows.
//!
//! With the powers `M` of the mid and `S` of the side and their product `C`, averaged, the channels `mid + side` and
//! `mid - side` correlate by `(M - S) / sqrt((M + S)^2 - 4 C^2)`. That is at least `r` while
//! `S <= (M (1 + r^2) - 2 r sqrt(M^2 - (1 - r^2) C^2)) / (1 - r^2)`. The side is what would be there without widening, `kept`, and a
//! share `g` of what widening adds: `S = K + 2 g X + g^2 A`, which gives the largest share.

use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use crate::units::ms_to_one_pole_coeff;

/// Time constant of the averages: a step is followed to 95 % in 300 ms.
const AVERAGE_MS: f64 = 100.0;

/// Time constant in which the share gives way, and in which it returns.
const GIVE_WAY_MS: f64 = 30.0;
const RETURN_MS: f64 = 300.0;

/// So near to one a correlation of one is meant.
const MOST_CORRELATION: f64 = 0.999;

/// Averages below this power, -240 dBFS, are silence.
const SILENCE: f64 = 1.0e-24;

/// Sums or averages of products of mid, kept and added side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Powers {
    pub(super) mid: f64,
    pub(super) kept: f64,
    pub(super) added: f64,
    pub(super) kept_added: f64,
    pub(super) mid_kept: f64,
    pub(super) mid_added: f64,
}

impl Powers {
    #[inline(always)]
    pub(super) fn add(&mut self, mid: f64, kept: f64, added: f64) {
        self.mid += mid * mid;
        self.kept += kept * kept;
        self.added += added * added;
        self.kept_added += kept * added;
        self.mid_kept += mid * kept;
        self.mid_added += mid * added;
    }

    fn approach(&mut self, sums: &Self, share: f64) {
        let step = |average: &mut f64, sum: f64| {
            *average += share * (sum * (1.0 / CONTROL_INTERVAL_SAMPLES as f64) - *average);
            if average.abs() < SILENCE {
                *average = 0.0;
            }
        };
        step(&mut self.mid, sums.mid);
        step(&mut self.kept, sums.kept);
        step(&mut self.added, sums.added);
        step(&mut self.kept_added, sums.kept_added);
        step(&mut self.mid_kept, sums.mid_kept);
        step(&mut self.mid_added, sums.mid_added);
    }

    /// The largest share of the added side that keeps the correlation at `floor`, the products being those at `share`.
    fn largest_share(&self, floor: f64, share: f64) -> f64 {
        let rest = 1.0 - floor * floor;
        let product = self.mid_kept + share * self.mid_added;
        let root = (self.mid * self.mid - rest * product * product).max(0.0).sqrt();
        let most_side = (self.mid * (1.0 + floor * floor) - 2.0 * floor * root) / rest;
        if self.kept + 2.0 * self.kept_added + self.added <= most_side {
            return 1.0;
        }
        let room = (self.kept_added * self.kept_added + self.added * (most_side - self.kept)).max(0.0);
        ((room.sqrt() - self.kept_added) / self.added.max(SILENCE)).clamp(0.0, 1.0)
    }
}

/// Averages and the share in force.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guard {
    averages: Powers,
    share: f64,
    average_share: f64,
    give_way_share: f64,
    return_share: f64,
}

impl Guard {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let share = |ms| 1.0 - ms_to_one_pole_coeff(ms, sample_rate_hz / CONTROL_INTERVAL_SAMPLES as f64);
        Self {
            share: 1.0,
            average_share: share(AVERAGE_MS),
            give_way_share: share(GIVE_WAY_MS),
            return_share: share(RETURN_MS),
            ..Self::default()
        }
    }

    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        (self.averages, self.share) = (Powers::default(), 1.0);
    }

    /// Takes the sums over one control interval and moves on. Without a floor everything is allowed.
    pub(super) fn control_tick(&mut self, sums: &Powers, floor: Option<f64>) {
        let goal = match floor {
            Some(floor) => {
                self.averages.approach(sums, self.average_share);
                self.averages.largest_share(floor.clamp(-MOST_CORRELATION, MOST_CORRELATION), self.share)
            }
            None => {
                self.averages = Powers::default();
                1.0
            }
        };
        let speed = if goal < self.share { self.give_way_share } else { self.return_share };
        self.share += speed * (goal - self.share);
        if (goal - self.share).abs() < 1e-9 {
            self.share = goal;
        }
    }

    /// The share of the widening that is let through.
    pub(super) fn share(&self) -> f64 {
        self.share
    }
}
