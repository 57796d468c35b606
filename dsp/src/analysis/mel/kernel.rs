//! Sixteen frames of a mel spectrogram at a time: their powers, in the definition's precision, and from there to values.

use fearless_simd::{Level, Simd, dispatch};

use super::batch::{Batch, window_len};
use super::definition::{MelDefinition, MelPrecision, MelValues};
use crate::simd;

/// How many frames go together.
pub(crate) const LANES: usize = 16;

/// A band's value in each of these frames.
pub(crate) type Row = [f32; LANES];

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

/// The numbers that powers are worked out in.
#[derive(Debug, Clone)]
enum Powers {
    Single(Batch<f32, 16>),
    Double(Batch<f64, 8>),
}

/// Everything that frames of one definition need.
#[derive(Debug, Clone)]
pub(crate) struct MelKernel {
    level: Level,
    powers: Powers,
    rule: Option<LogRule>,
    span_len: usize,
    bands: Vec<Row>,
}

impl MelKernel {
    /// Allocates and designs. The definition has been checked.
    pub(crate) fn new(definition: &MelDefinition) -> Self {
        Self {
            level: simd::level(),
            powers: match definition.precision {
                MelPrecision::Single => Powers::Single(Batch::new(definition)),
                MelPrecision::Double => Powers::Double(Batch::new(definition)),
            },
            rule: LogRule::of(definition.values),
            span_len: (LANES - 1) * definition.hop_len + window_len(definition),
            bands: vec![[0.0; LANES]; definition.num_bands],
        }
    }

    /// How many samples [`Self::process`] looks at.
    pub(crate) fn span_len(&self) -> usize {
        self.span_len
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
        match &mut self.powers {
            Powers::Single(batch) => batch.run(simd, span, &mut self.bands),
            Powers::Double(batch) => batch.run(simd, span, &mut self.bands),
        }
        if let Some(rule) = self.rule {
            for value in self.bands.as_flattened_mut() {
                *value = rule.per_decade * log10(if *value > rule.floor { *value } else { rule.floor })
                    + rule.offset;
            }
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
