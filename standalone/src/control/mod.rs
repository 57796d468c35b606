//! Controllers: knobs and faders over MIDI, and messages over OSC. Both are off until they are asked for.

pub mod midi;
pub mod osc;
