//! Factory presets, the user's preset folder, and the preset file format.
#![forbid(unsafe_code)]
