//! What Lacquer promises, proven against standards, closed forms and independent programs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod analysis;
mod assistant;
mod bounce;
mod capi;
mod cli;
mod conformance;
mod contract;
mod demo;
mod dither;
mod equaliser;
mod exciter;
mod files;
mod guard;
mod hosts;
mod independent;
mod intersample;
mod library;
mod limiter;
mod listening;
mod live;
mod masters;
mod meter;
mod modules;
mod multiband;
mod params;
mod parity;
mod presets;
mod programs;
mod quality;
mod random;
mod rest;
mod signals;
mod spectrum;
mod stereo;
mod stream;
mod telemetry;
mod voice;
mod wheel;

/// Every test that says so runs its audio under a guard that ends the process at the first allocation.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
