//! Files in, masters out: decode, render, solve, verify, encode, report.
#![forbid(unsafe_code)]
pub mod reference_peak;
