//! How far the focused band reaches, for each group of four samples: the largest magnitude of the last 5 to 10 ms, and a slow
//! return from it.
//!
//! Half a cycle of the lowest focus is 2.5 ms, so the envelope of a steady tone is a constant.

use crate::filter::recursion::GROUP;
use crate::units::ms_to_samples;

/// How long a peak is held at least; two windows of this length follow each other.
const WINDOW_MS: f64 = 5.0;

/// Time constant of the return.
const RELEASE_MS: f64 = 60.0;

/// Lower envelopes, under -240 dBFS, count as none.
const SILENCE: f32 = 1.0e-12;

/// One channel's envelope.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Envelope {
    this_window: f32,
    last_window: f32,
    value: f32,
    groups_left: usize,
    groups_per_window: usize,
    release_coeff: f32,
}

impl Envelope {
    /// At rest on silence.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let groups_per_window = ms_to_samples(WINDOW_MS, sample_rate_hz).div_ceil(GROUP);
        let release_groups = ms_to_samples(RELEASE_MS, sample_rate_hz) as f64 / GROUP as f64;
        let release_coeff = libm::exp(-1.0 / release_groups) as f32;
        Self { groups_left: groups_per_window, groups_per_window, release_coeff, ..Self::default() }
    }

    /// The same, all audio forgotten.
    pub(super) fn at_rest(&self) -> Self {
        let (groups_per_window, release_coeff) = (self.groups_per_window, self.release_coeff);
        Self { groups_left: groups_per_window, groups_per_window, release_coeff, ..Self::default() }
    }

    /// The envelope at the end of each group of `samples`.
    #[inline(always)]
    pub(super) fn follow(&mut self, samples: &[f32], envelopes: &mut [f32]) {
        for (group, envelope) in samples.chunks_exact(GROUP).zip(envelopes) {
            let peak = larger(
                larger(group[0].abs(), group[1].abs()),
                larger(group[2].abs(), group[3].abs()),
            );
            if self.groups_left == 0 {
                self.groups_left = self.groups_per_window;
                self.last_window = self.this_window;
                self.this_window = 0.0;
            }
            self.groups_left -= 1;
            self.this_window = larger(self.this_window, peak);
            let held = larger(self.this_window, self.last_window);
            let value = larger(held, self.value * self.release_coeff);
            self.value = if value < SILENCE { 0.0 } else { value };
            *envelope = self.value;
        }
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
