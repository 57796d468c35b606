//! Why there is no master.

use super::Contradiction;
use crate::error::FileError;
use crate::measure::MeasureError;
use crate::progress::Cancelled;
use crate::report::{Miss, Report};
use crate::solve::MAX_GAIN_DB;

/// Why there is no master. Every message is one line.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file can be read but not metered.
    #[error(transparent)]
    Measure(MeasureError),
    /// More than left and right.
    #[error(
        "{path}: has {num_channels} channels: expected 1 or 2 (mastering is for mono and stereo; `lacquer measure` takes more)"
    )]
    TooManyChannels {
        /// The file.
        path: String,
        /// How many it has.
        num_channels: usize,
    },
    /// There is a loudness to reach, but none to start from.
    #[error("{path}: {reason}: expected a programme with a loudness to bring to {lufs:.1} LUFS")]
    NoLoudness {
        /// The file.
        path: String,
        /// Silent or too short.
        reason: &'static str,
        /// What was wanted.
        lufs: f64,
    },
    /// Settings and targets contradict one another.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The target cannot be had. The report says what can.
    #[error("{}: {}", .0.input.path.display(), refusal(.0))]
    NotReached(Box<Report>),
    /// The work is no longer wanted.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<MeasureError> for MasterError {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::File(error) => Self::File(error),
            MeasureError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error @ MeasureError::Meter { .. } => Self::Measure(error),
        }
    }
}

fn refusal(report: &Report) -> String {
    let list = report.misses.iter().map(Miss::to_string).collect::<Vec<_>>().join("; ");
    let is_about_both = report.misses.iter().any(|miss| miss.unit != "dBFS");
    if report.work.loudness_gain_db <= -MAX_GAIN_DB {
        return format!("the loudness gain ends at {:.0} dB: closest is {list}", -MAX_GAIN_DB);
    }
    match report.target.integrated_lufs.filter(|_| is_about_both) {
        Some(lufs) => format!(
            "{lufs:.2} LUFS and {:.2} dBTP cannot both be had: closest is {list}",
            report.target.ceiling_dbtp
        ),
        None => format!("the target cannot be had: closest is {list}"),
    }
}
