//! The live application: an engine on a bench without a clock, and the real binary on real audio servers.

mod bench;
mod control;
mod drift;
mod engine;
mod play;
mod record;
mod servers;
mod shell;
mod window;
