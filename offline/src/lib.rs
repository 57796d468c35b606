//! Files in, masters out: decode, render, solve, verify, encode, report.
//!
//! [`master::master`] is the whole of it; [`command`] is what a person types.
#![forbid(unsafe_code)]

pub mod assist;
pub mod audio;
pub mod command;
pub mod decode;
pub mod demo;
pub mod encode;
pub mod engine;
pub mod error;
pub mod master;
pub mod measure;
pub mod mono;
pub mod npy;
mod opening;
pub mod paths;
pub mod picture;
pub mod progress;
pub mod reference_peak;
pub mod render;
pub mod report;
pub mod solve;
pub mod stream;
