//! The mel spectrogram of a whole clip.

use super::super::AnalysisError;
use super::definition::{Edges, MelDefinition};
use super::kernel::{LANES, LogRule, MelKernel};

/// Mel spectrograms of clips that are in memory from their first to their last sample.
///
/// ```
/// use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram};
///
/// let definition = MelDefinition::whisper(80);
/// let mut mel = MelSpectrogram::new(&definition)?;
/// let second = vec![0.0; 16_000];
/// let mut values = vec![0.0; 80 * definition.num_frames(second.len())];
/// mel.process(&second, &mut values);
/// assert_eq!(values, [-1.5; 80 * 100]);
/// # Ok::<(), lacquer_dsp::analysis::AnalysisError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MelSpectrogram {
    definition: MelDefinition,
    kernel: MelKernel,
    range: Option<f32>,
    span: Vec<f32>,
}

impl MelSpectrogram {
    /// Designs filters and transform. This is what allocates.
    ///
    /// # Errors
    /// When the definition cannot be followed.
    pub fn new(definition: &MelDefinition) -> Result<Self, AnalysisError> {
        definition.check()?;
        let kernel = MelKernel::new(definition);
        let span = vec![0.0; kernel.span_len()];
        let range = LogRule::of(definition.values).and_then(|rule| rule.range);
        Ok(Self { definition: *definition, kernel, range, span })
    }

    /// What the values mean.
    #[must_use]
    pub fn definition(&self) -> &MelDefinition {
        &self.definition
    }

    /// Fills `values` with a row of [`MelDefinition::num_frames`] frames for each band, the lowest first. Allocates nothing.
    ///
    /// # Panics
    /// If `values` has not exactly that length.
    pub fn process(&mut self, samples: &[f32], values: &mut [f32]) {
        let num_frames = self.definition.num_frames(samples.len());
        assert_eq!(values.len(), self.definition.num_bands * num_frames, "bands times frames");
        for first in (0..num_frames).step_by(LANES) {
            let count = LANES.min(num_frames - first);
            let start = (first * self.definition.hop_len) as i64 - self.definition.padding_len() as i64;
            let span = inside(samples, start, self.span.len()).unwrap_or_else(|| {
                fill(&mut self.span, samples, start, self.definition.edges);
                &self.span
            });
            for (row, values) in self.kernel.process(span).iter().zip(values.chunks_exact_mut(num_frames)) {
                values[first..first + count].copy_from_slice(&row[..count]);
            }
        }
        if let Some(range) = self.range {
            let lowest = highest(values) - range;
            for value in values {
                *value = if *value > lowest { *value } else { lowest };
            }
        }
    }
}

/// The `len` samples from `start` on, if the clip has them all.
fn inside(samples: &[f32], start: i64, len: usize) -> Option<&[f32]> {
    let start = usize::try_from(start).ok()?;
    samples.get(start..start + len)
}

/// The `span.len()` samples from `start` on, made up where the clip has none.
fn fill(span: &mut [f32], samples: &[f32], start: i64, edges: Edges) {
    for (n, x) in span.iter_mut().enumerate() {
        let time = start + n as i64;
        let idx = if edges == Edges::Mirrored { mirrored(time, samples.len()) } else { time as usize };
        *x = samples.get(idx).copied().unwrap_or(0.0);
    }
}

/// The sample that stands for time `time` when a clip of `len` samples is mirrored at its first and last one, again and
/// again if need be.
pub(super) fn mirrored(time: i64, len: usize) -> usize {
    let period = (2 * (len as i64 - 1)).max(1);
    let place = time.rem_euclid(period);
    place.min(period - place) as usize
}

/// The largest value, by sixteen maxima side by side.
fn highest(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut maxima = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (max, &value) in maxima.iter_mut().zip(chunk) {
            *max = if value > *max { value } else { *max };
        }
    }
    maxima.iter().chain(rest).fold(f32::NEG_INFINITY, |max, &value| if value > max { value } else { max })
}
