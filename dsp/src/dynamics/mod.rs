//! Dynamics: static curves, envelopes, and the look-ahead gain.

pub mod compressor;
pub mod lookahead;
mod nyquist;
pub mod peaks;
mod running_sum;
