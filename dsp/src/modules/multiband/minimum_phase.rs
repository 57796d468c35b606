//! The bands of Live: a row of Linkwitz-Riley crossovers, with no latency.
//!
//! A band that left the row early lacks the phase turns of the later crossovers, so the sum is built upwards and sent
//! through each later crossover's all-pass on its way. What remains is an all-pass: flat at every frequency.

use super::{BandFrames, Corners};
use crate::block::{Frame, MAX_CHANNELS};
use crate::filter::crossover::CrossoverState;
use crate::filter::svf::SvfState;
use crate::settings::MAX_BANDS;

/// The audio state for one number of bands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MinimumPhase {
    crossovers: [CrossoverState; MAX_BANDS - 1],
    all_passes: [SvfState; MAX_BANDS - 1],
}

impl MinimumPhase {
    /// Ends decays that no one can hear; to be called once per control interval.
    pub(super) fn control_tick(&mut self) {
        self.crossovers.iter_mut().for_each(CrossoverState::flush);
        self.all_passes.iter_mut().for_each(SvfState::flush);
    }

    /// Cuts at most one control interval into `num_bands`.
    #[inline]
    pub(super) fn split(
        &mut self,
        corners: &Corners,
        input: &[Frame],
        num_bands: usize,
        bands: &mut BandFrames,
    ) {
        let last = num_bands - 1;
        for (frame_idx, x) in input.iter().enumerate() {
            let mut rest = *x;
            for band_idx in 0..last {
                let split = self.crossovers[band_idx].split(&corners[band_idx], rest);
                (bands[band_idx][frame_idx], rest) = split;
            }
            bands[last][frame_idx] = rest;
        }
    }

    /// Puts the bands together again, each with the phase of all crossovers.
    #[inline]
    pub(super) fn join(
        &mut self,
        corners: &Corners,
        bands: &BandFrames,
        num_bands: usize,
        output: &mut [Frame],
    ) {
        for (frame_idx, y) in output.iter_mut().enumerate() {
            let mut sum = bands[0][frame_idx];
            for band_idx in 1..num_bands {
                if band_idx < num_bands - 1 {
                    let all_pass = &mut self.all_passes[band_idx];
                    sum = all_pass.tick_unflushed(&corners[band_idx], sum).all_pass;
                }
                for c in 0..MAX_CHANNELS {
                    sum[c] += bands[band_idx][frame_idx][c];
                }
            }
            *y = sum;
        }
    }
}
