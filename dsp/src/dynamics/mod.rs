//! Dynamics: static curves, envelopes, and the look-ahead gain.

pub mod compressor;
pub mod lookahead;
pub mod peaks;
