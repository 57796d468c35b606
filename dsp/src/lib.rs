//! Every algorithm of Lacquer, with no host, window, file or device in sight.
//!
//! Start reading at [`processor`], the contract, and [`chain`], the order of the modules. [`params`] is the table of
//! everything that can be set.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod assistant;
pub mod block;
pub mod chain;
pub mod dynamics;
pub mod filter;
pub mod listening;
pub mod math;
pub mod meter;
pub mod modules;
pub mod param;
pub mod params;
pub mod processor;
mod rest;
pub mod rig;
pub mod settings;
pub mod simd;
pub mod slot;
pub mod smooth;
pub mod telemetry;
pub mod units;
