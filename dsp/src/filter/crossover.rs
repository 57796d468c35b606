//! The fourth-order Linkwitz-Riley crossover: two bands whose sum is an all-pass, flat at every frequency.
//!
//! Source: S. Linkwitz, "Active Crossover Networks for Noncoincident Drivers", JAES 24 (1976). The low band is a squared
//! Butterworth low-pass; the sum of both bands is the second-order all-pass of the same corner, so the high band is that
//! all-pass less the low band, and two state-variable filters do the work of four.

use super::svf::{Svf, SvfState};
use crate::block::Frame;

/// The memory of one crossover for both channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct CrossoverState {
    first: SvfState,
    second: SvfState,
}

impl CrossoverState {
    /// Ends decays that no one can hear.
    #[inline]
    pub fn flush(&mut self) {
        self.first.flush();
        self.second.flush();
    }

    /// One frame, split into what lies below and above the corner of `butterworth`.
    ///
    /// The caller calls [`Self::flush`] once per control interval, counted from `reset`.
    #[inline]
    pub fn split(&mut self, butterworth: &Svf, x: Frame) -> (Frame, Frame) {
        let first = self.first.tick_unflushed(butterworth, x);
        let low = self.second.tick_unflushed(butterworth, first.low).low;
        let high = [first.all_pass[0] - low[0], first.all_pass[1] - low[1]];
        (low, high)
    }
}
