//! The assistant: listens to a programme and proposes settings, with a reason in words for each.
//!
//! It measures what an engineer would look at (loudness, peaks, the balance of the spectrum, the noise between phrases, sibilants, the
//! stereo image of the bass, clipping) and compares it with what is usual. It moves little: broad equaliser curves by half of
//! what is missing and at most 3 dB, gentle ratios; and it proposes nothing that it has no evidence for. It is no judge of taste,
//! and does not know whether a dark mix is meant to be dark; so every reason can be left out on its own.
//!
//! [`Listener`] takes audio; [`Heard`] is what it found, plain figures; [`Proposal`] is what to do about them. It listens beside
//! the audio path: its Fourier transform allocates nothing, but its bits depend on the machine as those of every analysis here.

mod bands;
mod crest;
mod heard;
mod levels;
mod listener;
mod loudest;
mod proposal;
mod rules;

pub use bands::{NUM_BANDS, band_centre_hz, usual_level_db};
pub use heard::{Clipping, Heard, Kind};
pub use listener::Listener;
pub use loudest::LoudestPart;
pub use proposal::{Change, Proposal, Reason, Target};

/// How much the assistant listens to: long enough for a verse, short enough to wait for.
pub const LISTENING_S: f64 = 30.0;

/// Less is no evidence.
pub const MIN_LISTENING_S: f64 = 5.0;
