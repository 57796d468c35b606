//! What has a state for one number of bands, so that two of them can run side by side while bands regroup.

use super::bands::{BandRows, num_slots, slots};
use super::minimum_phase::MinimumPhase;
use super::plan::Corners;
use crate::block::Frame;
use crate::dynamics::compressor::{Compressors, PartTime};
use crate::dynamics::controls::Controls;
use crate::settings::MAX_BANDS;
use fearless_simd::Level;

/// The audio state for one number of bands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bank {
    num_bands: usize,
    splitter: MinimumPhase,
    compressors: Compressors,
}

impl Default for Bank {
    fn default() -> Self {
        Self { num_bands: 2, splitter: MinimumPhase::default(), compressors: Compressors::default() }
    }
}

impl Bank {
    pub(super) fn num_bands(&self) -> usize {
        self.num_bands
    }

    pub(super) fn reset(&mut self) {
        self.splitter.reset();
        self.compressors.reset();
    }

    /// Starts with the reductions of the bank that is leaving, a band that it lacks with those of its highest.
    pub(super) fn take_over(&mut self, leaving: &Self, num_bands: usize) {
        self.reset();
        let leaving_slots = slots(leaving.num_bands);
        for (band_idx, slot) in slots(num_bands).iter().enumerate() {
            let leaving_slot = leaving_slots[band_idx.min(leaving.num_bands - 1)];
            self.compressors.take_envelope(*slot, &leaving.compressors, leaving_slot);
        }
    }

    /// Has so many bands from now on.
    pub(super) fn regroup(&mut self, num_bands: usize, controls: &Controls) {
        self.num_bands = num_bands;
        self.lay_out(controls);
    }

    /// Takes the controls; to be called when they change.
    pub(super) fn lay_out(&mut self, controls: &Controls) {
        self.compressors.lay_out(controls, slots(self.num_bands), num_slots(self.num_bands));
    }

    /// Where the crossovers of Live are from now on, or move to within this control interval.
    pub(super) fn tune(&mut self, from: Corners<'_>, to: Corners<'_>) {
        self.splitter.tune(self.num_bands, from, to);
    }

    /// Cuts a part into bands for Live.
    pub(super) fn split(&mut self, level: Level, phase: usize, input: &[Frame], rows: &mut BandRows) {
        self.splitter.split(level, phase, input, rows);
    }

    /// Compresses the bands of a part, and sums them.
    pub(super) fn compress(
        &mut self,
        level: Level,
        time: PartTime,
        rows: &BandRows,
        work: &mut [f32],
        output: &mut [Frame],
    ) {
        self.compressors.process(level, time, rows, work, output);
    }

    /// See [`super::Multiband::reduction_db`].
    pub(super) fn reduction_db(&self) -> [f64; MAX_BANDS] {
        let mut reduction_db = [0.0; MAX_BANDS];
        for (band_db, slot) in reduction_db.iter_mut().zip(slots(self.num_bands)) {
            *band_db = self.compressors.reduction_db(*slot);
        }
        reduction_db
    }
}
