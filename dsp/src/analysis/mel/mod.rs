//! Mel spectrograms by the definitions that speech and music models are fed with: Whisper's, librosa's and Kaldi's.
//!
//! [`MelDefinition`] says everything about one; [`MelSpectrogram`] takes a whole clip and [`MelStream`] a stream. Samples are
//! mono, -1 to 1, at the definition's rate. Arithmetic is in `f32`, as in the originals, and has the same bits on every
//! machine.

mod clip;
mod definition;
mod kernel;
mod scale;
mod stream;

pub use clip::MelSpectrogram;
pub use definition::{Edges, MelDefinition, MelValues, MelWindow};
pub use scale::{MelFilters, MelScale, Triangles};
pub use stream::{MelFrame, MelStream, StreamTop};
