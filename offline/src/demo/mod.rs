//! The built-in demo piece: what `cargo xtask bounce` masters when no file is given.
//!
//! Thirteen and a half bars at 108 beats a minute in D minor, played by synthesisers that live in this folder and mixed
//! the way a mix is handed to a mastering engineer: nothing on the mix bus, quiet, with its dynamics intact. Nothing is
//! sampled from a recording, so it carries no licence but Lacquer's own.
//!
//! The bits are the same on every platform: only IEEE arithmetic, `lacquer_dsp::math` and the `libm` crate are used,
//! and every random number comes from a seeded generator. The suite pins a checksum.
//!
//! `score` says what is played, `sound` holds the parts that `instruments` and `drums` are made of, `effects` the send
//! effects, and `mix` the mixing desk.

mod drums;
mod effects;
mod instruments;
mod mix;
mod score;
mod sound;

/// The piece's sample rate.
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// The piece's length in frames: thirty seconds.
pub const NUM_FRAMES: usize = 30 * SAMPLE_RATE_HZ as usize;

/// The whole piece, left and right, [`NUM_FRAMES`] samples each at [`SAMPLE_RATE_HZ`].
#[must_use]
pub fn render() -> [Vec<f32>; 2] {
    let master = mix::mix();
    [0, 1].map(|channel_idx| master.iter().map(|frame| frame[channel_idx] as f32).collect())
}
