//! Dynamics: static curves, envelopes, and the look-ahead gain.

pub mod compressor;
pub mod controls;
pub mod curve;
mod envelopes;
pub mod lookahead;
mod nyquist;
pub mod peaks;
mod running_sum;
pub mod timing;
