//! From samples to the power in each band, several frames at a time: window, transform and filters, a frame in each vector lane.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::super::batch_fft::{BatchFft, Complex, Lanes, Number};
use super::definition::MelDefinition;
use super::kernel::{LANES, Row};
use super::scale::MelFilters;
use crate::simd::transposed;

/// `N` frames of one definition, worked out in numbers of the type `T`.
#[derive(Debug, Clone)]
pub(crate) struct Batch<T, const N: usize> {
    fft: BatchFft<T, N>,
    filters: MelFilters,
    /// One factor for each sample, zeros up to the next multiple of [`LANES`].
    window: Vec<T>,
    frame_len: usize,
    hop_len: usize,
    removes_dc: bool,
    pre_emphasis: f64,
    frames: Vec<Complex<T, N>>,
    powers: Vec<[T; N]>,
}

impl<T: Number<N>, const N: usize> Batch<T, N> {
    /// Allocates and designs. The definition has been checked.
    pub(crate) fn new(definition: &MelDefinition) -> Self {
        let factors = definition.window().into_iter();
        let mut window: Vec<T> = factors.map(|factor| T::nearest(factor * definition.input_gain)).collect();
        window.resize(window_len(definition), T::default());
        Self {
            fft: BatchFft::new(definition.fft_len),
            filters: MelFilters::new(definition),
            window,
            frame_len: definition.frame_len,
            hop_len: definition.hop_len,
            removes_dc: definition.removes_dc,
            pre_emphasis: definition.pre_emphasis,
            frames: vec![[[T::default(); N]; 2]; definition.fft_len / 2],
            powers: vec![[T::default(); N]; definition.fft_len / 2 + 1],
        }
    }

    /// Fills `bands` with the powers of the sixteen frames that begin at every hop of `span`.
    #[inline(always)]
    pub(crate) fn run<S: Simd>(&mut self, simd: S, span: &[f32], bands: &mut [Row]) {
        for first in (0..LANES).step_by(N) {
            self.load(simd, &span[first * self.hop_len..]);
            if self.removes_dc || self.pre_emphasis != 0.0 {
                self.condition(simd);
            }
            self.apply_window(simd);
            self.fft.powers(simd, &mut self.frames, &mut self.powers);
            self.filter(simd, first, bands);
        }
    }

    /// Turns runs of samples into rows, as many of each at a time as there are frames.
    #[inline(always)]
    fn load<S: Simd>(&mut self, simd: S, span: &[f32]) {
        let rows = self.frames.as_flattened_mut();
        let (filled, rest) = rows.split_at_mut(self.window.len());
        for (chunk_idx, chunk) in filled.chunks_exact_mut(N).enumerate() {
            let square: [_; N] = core::array::from_fn(|lane| {
                let start = lane * self.hop_len + chunk_idx * N;
                T::load(simd, &span[start..start + N])
            });
            for (row, to) in transposed(square).into_iter().zip(chunk) {
                row.store_slice(to);
            }
        }
        rest.fill([T::default(); N]);
    }

    /// Takes each frame's mean out and then a share of the sample before from each; the first sample is before itself.
    #[inline(always)]
    fn condition<S: Simd>(&mut self, simd: S) {
        let rows = &mut self.frames.as_flattened_mut()[..self.frame_len];
        let mut mean = T::Lanes::all(simd, 0.0);
        if self.removes_dc {
            for row in rows.iter() {
                mean += T::Lanes::from_slice(simd, row);
            }
            mean *= T::Lanes::all(simd, 1.0 / self.frame_len as f64);
        }
        let share = T::Lanes::all(simd, self.pre_emphasis);
        let mut before = T::Lanes::from_slice(simd, &rows[0]) - mean;
        for row in rows {
            let now = T::Lanes::from_slice(simd, row) - mean;
            (now - share * before).store_slice(row);
            before = now;
        }
    }

    #[inline(always)]
    fn apply_window<S: Simd>(&mut self, simd: S) {
        for (row, &factor) in self.frames.as_flattened_mut().iter_mut().zip(&self.window) {
            (T::Lanes::from_slice(simd, row) * T::Lanes::splat(simd, factor)).store_slice(row);
        }
    }

    /// Fills the lanes from `first` on.
    #[inline(always)]
    fn filter<S: Simd>(&self, simd: S, first: usize, bands: &mut [Row]) {
        for (band_idx, values) in bands.iter_mut().enumerate() {
            let (first_bin, weights) = self.filters.band(band_idx);
            let mut sum = T::Lanes::all(simd, 0.0);
            for (&weight, row) in weights.iter().zip(&self.powers[first_bin..]) {
                sum += T::Lanes::from_slice(simd, row) * T::Lanes::all(simd, f64::from(weight));
            }
            for (value, &power) in values[first..first + N].iter_mut().zip(sum.as_slice()) {
                *value = power.single();
            }
        }
    }
}

/// How many samples of a frame are loaded.
pub(crate) fn window_len(definition: &MelDefinition) -> usize {
    definition.frame_len.next_multiple_of(LANES)
}
