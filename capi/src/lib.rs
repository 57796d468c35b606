//! Lacquer for C. The header says what each function promises; the rules of them all are in its head (`cbindgen.toml`).
//!
//! `status` and `guard` are what every function stands on: faults become codes and words, panics go no further, and pointers are
//! looked at before they are followed. Each family has a file.
#![allow(non_camel_case_types, reason = "the names are C's")]

mod audio;
mod engine;
mod figures;
mod guard;
mod master;
mod mel;
mod memory;
mod meter;
mod model;
mod param;
mod settings;
mod spectrum;
mod status;
mod stream;
mod version;
