//! Sixteen frames of a mel spectrogram at a time: window, transform, filters and logarithm, a frame in each vector lane.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x16};

use super::super::batch_fft::{BatchFft, Complex, LANES, Row};
use super::definition::{MelDefinition, MelValues};
use super::scale::MelFilters;
use crate::simd::{self, transposed};

/// How a power becomes a value, but for the limit that the largest value of a clip sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogRule {
    /// Powers below this count as this.
    floor: f32,
    /// Value for each factor of 10.
    per_decade: f32,
    /// Value of a power of 1.
    offset: f32,
    /// How far below the largest value of the clip values may lie.
    pub(crate) range: Option<f32>,
}

impl LogRule {
    /// The rule of a definition; none leaves powers as they are.
    pub(crate) fn of(values: MelValues) -> Option<Self> {
        let rule = |floor, per_decade, offset, range| Some(Self { floor, per_decade, offset, range });
        match values {
            MelValues::Power => None,
            MelValues::Whisper => rule(1e-10, 0.25, 1.0, Some(2.0)),
            MelValues::Decibels => rule(1e-10, 10.0, 0.0, Some(80.0)),
            MelValues::NaturalLog => rule(f32::EPSILON, core::f32::consts::LN_10, 0.0, None),
        }
    }
}

/// Everything that frames of one definition need.
#[derive(Debug, Clone)]
pub(crate) struct MelKernel {
    level: Level,
    fft: BatchFft,
    filters: MelFilters,
    rule: Option<LogRule>,
    /// One factor for each sample, zeros up to the next multiple of 16.
    window: Vec<f32>,
    frame_len: usize,
    hop_len: usize,
    removes_dc: bool,
    pre_emphasis: f32,
    frames: Vec<Complex>,
    powers: Vec<Row>,
    bands: Vec<Row>,
}

impl MelKernel {
    /// Allocates and designs. The definition has been checked.
    pub(crate) fn new(definition: &MelDefinition) -> Self {
        let mut window = definition.window();
        for factor in &mut window {
            *factor *= definition.input_gain;
        }
        window.resize(definition.frame_len.next_multiple_of(LANES), 0.0);
        Self {
            level: simd::level(),
            fft: BatchFft::new(definition.fft_len),
            filters: MelFilters::new(definition),
            rule: LogRule::of(definition.values),
            window,
            frame_len: definition.frame_len,
            hop_len: definition.hop_len,
            removes_dc: definition.removes_dc,
            pre_emphasis: definition.pre_emphasis,
            frames: vec![[[0.0; LANES]; 2]; definition.fft_len / 2],
            powers: vec![[0.0; LANES]; definition.fft_len / 2 + 1],
            bands: vec![[0.0; LANES]; definition.num_bands],
        }
    }

    /// How many samples [`Self::process`] looks at.
    pub(crate) fn span_len(&self) -> usize {
        (LANES - 1) * self.hop_len + self.window.len()
    }

    /// The values of the sixteen frames that begin at every hop of `span`: a row for each band.
    pub(crate) fn process(&mut self, span: &[f32]) -> &[Row] {
        dispatch!(self.level, simd => self.run(simd, span));
        &self.bands
    }

    /// What [`Self::process`] returned last.
    pub(crate) fn bands(&self) -> &[Row] {
        &self.bands
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, span: &[f32]) {
        self.load(simd, span);
        if self.removes_dc || self.pre_emphasis != 0.0 {
            self.condition(simd);
        }
        self.apply_window(simd);
        self.fft.powers(simd, &mut self.frames, &mut self.powers);
        for (band_idx, values) in self.bands.iter_mut().enumerate() {
            let (first_bin, weights) = self.filters.band(band_idx);
            let mut sum = f32x16::splat(simd, 0.0);
            for (&weight, row) in weights.iter().zip(&self.powers[first_bin..]) {
                sum += f32x16::from_slice(simd, row) * f32x16::splat(simd, weight);
            }
            sum.store_slice(values);
        }
        if let Some(rule) = self.rule {
            for value in self.bands.as_flattened_mut() {
                *value = rule.per_decade * log10(if *value > rule.floor { *value } else { rule.floor })
                    + rule.offset;
            }
        }
    }

    /// Turns sixteen runs of samples into rows, sixteen by sixteen.
    #[inline(always)]
    fn load<S: Simd>(&mut self, simd: S, span: &[f32]) {
        let rows = self.frames.as_flattened_mut();
        let (filled, rest) = rows.split_at_mut(self.window.len());
        for (chunk_idx, chunk) in filled.chunks_exact_mut(LANES).enumerate() {
            let square = core::array::from_fn(|lane| {
                let start = lane * self.hop_len + chunk_idx * LANES;
                f32x16::from_slice(simd, &span[start..start + LANES])
            });
            for (row, to) in transposed(square).into_iter().zip(chunk) {
                row.store_slice(to);
            }
        }
        rest.fill([0.0; LANES]);
    }

    /// Takes each frame's mean out and then a share of the sample before from each; the first sample is before itself.
    #[inline(always)]
    fn condition<S: Simd>(&mut self, simd: S) {
        let rows = &mut self.frames.as_flattened_mut()[..self.frame_len];
        let mut mean = f32x16::splat(simd, 0.0);
        if self.removes_dc {
            for row in rows.iter() {
                mean += f32x16::from_slice(simd, row);
            }
            mean *= f32x16::splat(simd, 1.0 / self.frame_len as f32);
        }
        let share = f32x16::splat(simd, self.pre_emphasis);
        let mut before = f32x16::from_slice(simd, &rows[0]) - mean;
        for row in rows {
            let now = f32x16::from_slice(simd, row) - mean;
            (now - share * before).store_slice(row);
            before = now;
        }
    }

    #[inline(always)]
    fn apply_window<S: Simd>(&mut self, simd: S) {
        for (row, &factor) in self.frames.as_flattened_mut().iter_mut().zip(&self.window) {
            (f32x16::from_slice(simd, row) * f32x16::splat(simd, factor)).store_slice(row);
        }
    }
}

/// The decadic logarithm of a positive, normal number, within a relative 1e-7 or an absolute 1e-7. The mantissa is centred on 1
/// and its logarithm is the series of `2 artanh((m - 1) / (m + 1))` up to the ninth power; the exponent's share comes in two
/// parts, of which the large one is exact.
#[inline(always)]
fn log10(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3F35_04F3;
    const LOG10_2_HIGH: f32 = 1233.0 / 4096.0;
    const LOG10_2_LOW: f32 = 4.605_039e-6;
    const TWO_OVER_LN_10: f32 = 2.0 * core::f32::consts::LOG10_E;
    let above = x.to_bits().wrapping_sub(SQRT_HALF_BITS) as i32;
    let exponent = (above >> 23) as f32;
    let mantissa = f32::from_bits(x.to_bits().wrapping_sub((above & !0x007F_FFFF) as u32));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let series = 1.0 + s2 * (1.0 / 3.0 + s2 * (1.0 / 5.0 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0))));
    exponent * LOG10_2_HIGH + (exponent * LOG10_2_LOW + TWO_OVER_LN_10 * s * series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log10_keeps_its_stated_error() {
        for step in 0..400_000 {
            let x = libm::pow(10.0, -37.0 + f64::from(step) * 1.85e-4) as f32;
            let expected = libm::log10(f64::from(x));
            let error = (f64::from(log10(x)) - expected).abs();
            assert!(error < 1e-7 * expected.abs() + 1e-7, "log10({x}): {error}");
        }
        assert_eq!(log10(1.0), 0.0);
        assert_eq!(log10(1e-10), -10.0);
    }
}
