//! The modules of the chain, one file each. A new one is a file here, its settings, and its rows in the parameter table.

pub mod de_esser;
pub mod denoise;
pub mod dither;
pub mod equaliser;
pub mod exciter;
pub mod gate;
pub mod input;
pub mod leveller;
pub mod limiter;
pub mod loudness;
pub mod multiband;
pub mod stereo;

/// How long a gain takes to move to where it was set.
pub(crate) const GAIN_MOVE_MS: f64 = 20.0;
