//! How far the focused band reaches, for each group of four samples: the largest magnitude of the last 5 to 10 ms, and a slow
//! return from it.
//!
//! Half a cycle of the lowest focus is 2.5 ms, so the envelope of a steady tone is a constant.

use crate::filter::recursion::GROUPS_PER_TICK;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, control_ticks};

/// How long a peak is held at least; two windows of this length follow each other.
const WINDOW_MS: f64 = 5.0;

/// Time constant of the return.
const RELEASE_MS: f64 = 60.0;

/// Where a return ends, -240 dBFS.
const SILENCE: f32 = 1.0e-12;

/// One channel's envelope.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Envelope {
    this_window: f32,
    last_window: f32,
    /// The largest since the last control tick, and what was in force there.
    since_tick: f32,
    before_tick: f32,
    ticks_left: usize,
    ticks_per_window: usize,
    release_coeff: f32,
}

impl Envelope {
    /// At rest on silence.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let ticks_per_window = control_ticks(WINDOW_MS, sample_rate_hz);
        let release_ticks = 0.001 * RELEASE_MS * sample_rate_hz / CONTROL_INTERVAL_SAMPLES as f64;
        let release_coeff = libm::exp(-1.0 / release_ticks) as f32;
        Self { ticks_left: ticks_per_window, ticks_per_window, release_coeff, ..Self::default() }
    }

    /// The same, all audio forgotten.
    pub(super) fn at_rest(&self) -> Self {
        let (ticks_per_window, release_coeff) = (self.ticks_per_window, self.release_coeff);
        Self { ticks_left: ticks_per_window, ticks_per_window, release_coeff, ..Self::default() }
    }

    /// Each group's largest magnitude becomes the envelope there. The first of them is so many groups after a control tick.
    #[inline(always)]
    pub(super) fn follow(&mut self, peaks: &mut [f32], group_phase: usize) {
        let mut state = *self;
        // Whole control intervals are one pass of the loop, whatever lies before and after them another.
        let (head, rest) =
            peaks.split_at_mut(peaks.len().min((GROUPS_PER_TICK - group_phase) % GROUPS_PER_TICK));
        state.rise(head);
        let (ticks, tail) = rest.as_chunks_mut::<GROUPS_PER_TICK>();
        for tick in ticks {
            state.control_tick();
            state.rise(tick);
        }
        if !tail.is_empty() {
            state.control_tick();
            state.rise(tail);
        }
        *self = state;
    }

    /// The groups up to the next control tick.
    #[inline(always)]
    fn rise(&mut self, peaks: &mut [f32]) {
        for peak in peaks {
            self.since_tick = larger(*peak, self.since_tick);
            *peak = larger(self.since_tick, self.before_tick);
        }
    }

    /// Lets go of what is older than the windows.
    #[inline(always)]
    fn control_tick(&mut self) {
        let value = larger(self.since_tick, self.before_tick);
        self.this_window = larger(self.this_window, self.since_tick);
        let held = larger(self.this_window, self.last_window);
        // What is taken off brings the return to its end.
        self.before_tick = larger(held, value * self.release_coeff - SILENCE);
        self.since_tick = 0.0;
        self.ticks_left -= 1;
        if self.ticks_left == 0 {
            self.ticks_left = self.ticks_per_window;
            self.last_window = self.this_window;
            self.this_window = 0.0;
        }
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
