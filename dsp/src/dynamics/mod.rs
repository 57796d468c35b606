//! Dynamics: static curves, envelopes, and the look-ahead gain.

mod averages;
pub mod compressor;
pub mod controls;
pub mod curve;
mod envelopes;
mod hold;
pub mod interpolator;
pub mod lookahead;
mod nyquist;
pub mod peaks;
pub(crate) mod sliding_min;
pub mod timing;
pub(crate) mod track;
