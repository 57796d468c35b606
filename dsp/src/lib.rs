//! Every algorithm of Lacquer, with no host, window, file or device in sight.
//!
//! Start reading at [`processor`], the contract, and `chain`, the order of the modules.
#![forbid(unsafe_code)]

pub mod block;
pub mod filter;
pub mod math;
pub mod processor;
pub mod units;
