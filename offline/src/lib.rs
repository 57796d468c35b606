//! Files in, masters out: decode, render, solve, verify, encode, report.
#![forbid(unsafe_code)]

pub mod decode;
pub mod demo;
pub mod encode;
pub mod error;
pub mod paths;
pub mod reference_peak;
