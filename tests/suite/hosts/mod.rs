//! The plugin as it is delivered, in real hosts: one of our own for CLAP, other projects' for VST3.

mod bundles;
mod clap;
mod clap_host;
pub(crate) mod parity;
mod validation;
pub(crate) mod vst3;
mod window;
