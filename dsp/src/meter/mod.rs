//! Meters: what a signal measures, by the standards that name the measure.
//!
//! A meter only listens. Like a processor it is made cheaply, sized by `prepare`, and forgets everything on `reset`;
//! its `process` neither allocates nor fails, and its readings are the same bits for any split into blocks.

mod correlation;
mod difference;
mod figures;
mod gating;
mod intersample;
mod k_weighting;
mod loudness;
mod programme;
mod true_peak;
mod windows;

pub use correlation::StereoMeans;
pub use difference::LoudnessDifference;
pub use figures::{Dbfs, Dbtp, LoudnessReading, Lu, Lufs};
pub use k_weighting::KWeighting;
pub use loudness::{ChannelRole, LoudnessMeter, MAX_METER_CHANNELS, MeterError};
pub use programme::ProgrammeLoudness;
pub use true_peak::TruePeakMeter;
pub(crate) use windows::HopClock;
