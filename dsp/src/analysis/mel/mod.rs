//! Mel spectrograms by the definitions that speech and music models are fed with: Whisper's, librosa's and Kaldi's.
//!
//! [`MelDefinition`] says everything about one; [`MelSpectrogram`] takes a whole clip and [`MelStream`] a stream. Samples are
//! mono, -1 to 1, at the definition's rate, and values are `f32`. Powers are worked out in `f32` for Whisper, whose values are
//! coarse enough for it, and in `f64` for librosa and Kaldi; either has the same bits on every machine.

mod batch;
mod clip;
mod definition;
mod kernel;
mod scale;
mod stream;

pub use clip::MelSpectrogram;
pub use definition::{Edges, MelDefinition, MelPrecision, MelValues, MelWindow};
pub use scale::{MelFilters, MelScale, Triangles};
pub use stream::{MelFrame, MelStream, StreamTop};
