//! Analysis: what a signal looks like, for displays, reports, and programs that learn from sound.
//!
//! Everything here only listens, and nothing that makes sound depends on it. Types are sized when they are made or prepared,
//! take blocks of any length, allocate nothing from then on, and hand out frames that carry the settings they were made with,
//! so that a window, a picture and a file all draw from the same.

mod batch_fft;
pub mod mel;
