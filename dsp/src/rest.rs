//! When a chain may rest: after seconds of digital silence, in and out, an instance costs next to nothing.
//!
//! While it rests every state stays as it was, as if time stood still, and what comes out is silence. When it sets in and when it ends
//! is counted in samples, so it is the same for any split into blocks, and the same in a host, live and in a bounce.

use crate::block::Block;

/// -200 dBFS: what filters ring out with is less than any converter or file tells from nothing.
const SILENCE_GAIN: f32 = 1e-10;

/// How long both ends must have been silent. Releases are over by then, and what rings is far under the smallest sample.
const SILENCE_S: f64 = 5.0;

/// Counts the silence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rest {
    after_samples: usize,
    num_silent: usize,
}

impl Rest {
    pub(crate) fn new(sample_rate_hz: f64) -> Self {
        Self { after_samples: (SILENCE_S * sample_rate_hz).round() as usize, num_silent: 0 }
    }

    /// Wakes.
    pub(crate) fn reset(&mut self) {
        self.num_silent = 0;
    }

    pub(crate) fn is_resting(&self) -> bool {
        self.num_silent >= self.after_samples
    }

    /// For how many frames at most the answer stays what it is.
    pub(crate) fn frames_left(&self) -> usize {
        self.after_samples.saturating_sub(self.num_silent).max(1)
    }

    /// Takes in a part that was processed, no longer than `frames_left`: how many of its last frames were silent going in and coming out.
    pub(crate) fn count(&mut self, len: usize, silent_in: usize, silent_out: usize) {
        let silent = silent_in.min(silent_out);
        self.num_silent = if silent == len { self.num_silent + len } else { silent };
    }
}

/// How many frames at the end of a block are nothing at all. A negative zero is something: a bypassed chain hands it through.
pub(crate) fn trailing_nothing(block: &Block<'_>) -> usize {
    trailing(block, |sample| sample.to_bits() == 0)
}

/// How many frames at the end of a block are silent.
pub(crate) fn trailing_silence(block: &Block<'_>) -> usize {
    trailing(block, |sample| sample.abs() < SILENCE_GAIN)
}

fn trailing(block: &Block<'_>, is_silent: impl Fn(f32) -> bool) -> usize {
    let of = |channel_idx: usize| {
        block.channel(channel_idx).iter().rev().take_while(|sample| is_silent(**sample)).count()
    };
    let right = of(1);
    if right == 0 { 0 } else { right.min(of(0)) }
}

/// How many frames at the beginning of a block are nothing at all.
pub(crate) fn leading_nothing(block: &Block<'_>) -> usize {
    let of = |channel_idx: usize| {
        block.channel(channel_idx).iter().take_while(|sample| sample.to_bits() == 0).count()
    };
    of(0).min(of(1))
}
