//! A programme that comes piece by piece, as from a synthesiser, mastered as it comes.
//!
//! How loud the whole will be is not known when the first piece must go out. Two ways out of that: the settings that a first pass over
//! the same programme found, which give the bits of a bounce; or a look-ahead, in which loudness is measured before anything goes out,
//! and which goes on measuring, so that the gain follows what was heard so far.

mod look_ahead;
mod queue;

pub use look_ahead::{MAX_LOOK_AHEAD_S, MIN_LOOK_AHEAD_S};

use crate::master::Contradiction;
use crate::render::{block_of, prepared_chain, quality_spec};
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_presets::Preset;
use look_ahead::LookAhead;
use queue::Queue;

/// How many frames are worked on at a time. Gains change between such blocks, counted from the start, so that bits do not depend
/// on how long the pieces are.
const BLOCK_LEN: usize = 1024;

/// Why a stream cannot begin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StreamError {
    /// The chain does not take the format.
    #[error(transparent)]
    Format(#[from] PrepareError),
    /// The look-ahead is out of range or no number.
    #[error("look-ahead of {0} s: expected {MIN_LOOK_AHEAD_S} to {MAX_LOOK_AHEAD_S} s")]
    LookAhead(f64),
    /// Neither the caller nor the preset says how loud.
    #[error("expected a loudness to bring the stream to: the preset has none")]
    NoTarget,
    /// The preset would not let the loudness be reached.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The target is out of range or no number.
    #[error("target of {0} LUFS: expected -60 to 0 LUFS")]
    Target(f64),
}

/// A programme on its way. Nothing is allocated after it was made.
pub struct Stream {
    look_ahead: Option<LookAhead>,
    /// The whole chain, or, behind a look-ahead, the loudness gain and what follows.
    finishing: Box<Chain>,
    settings: ChainSettings,
    /// Input that does not fill a block yet.
    waiting: Vec<Vec<f32>>,
    num_waiting: usize,
    /// Output that was not fetched yet.
    ready: Queue,
    num_channels: usize,
    /// What is still to be left out at the beginning of the chain's output.
    latency_left: usize,
    num_in: u64,
    /// What the chain gave, and what of that was fetched.
    num_made: u64,
    num_out: u64,
    is_finished: bool,
}

impl Stream {
    /// A stream whose settings are known, such as those that a first pass has found ([`crate::report::Report::settings`]): its bits are
    /// those of the bounce that they come from.
    ///
    /// # Errors
    /// For a format that no chain takes.
    pub fn new(
        sample_rate_hz: f64,
        num_channels: usize,
        settings: &ChainSettings,
    ) -> Result<Self, StreamError> {
        let spec = quality_spec(sample_rate_hz, num_channels, BLOCK_LEN);
        Ok(Self::over(&spec, prepared_chain(&spec, settings)?, *settings, None))
    }

    /// A stream that is brought to an integrated loudness as it goes, the preset's where `output_lufs` is none. So many seconds of the
    /// programme, [`MIN_LOOK_AHEAD_S`] to [`MAX_LOOK_AHEAD_S`], are held back and heard before its beginning goes out. The input is
    /// trimmed to what the preset's thresholds are made for, by what was heard of it so far, half the look-ahead beforehand.
    ///
    /// # Errors
    /// For a format that no chain takes, targets and look-aheads out of range or absent, and presets whose gain is bypassed or set.
    pub fn look_ahead(
        sample_rate_hz: f64,
        num_channels: usize,
        preset: &Preset,
        output_lufs: Option<f64>,
        seconds: f64,
    ) -> Result<Self, StreamError> {
        let spec = quality_spec(sample_rate_hz, num_channels, BLOCK_LEN).validated()?;
        let look_ahead = LookAhead::new(&spec, preset, output_lufs, seconds)?;
        let (shaping, _) = Module::ALL.split_at(Module::Loudness as usize);
        let settings = preset.settings.without(shaping.iter().copied());
        Ok(Self::over(&spec, prepared_chain(&spec, &settings)?, settings, Some(look_ahead)))
    }

    fn over(
        spec: &ProcessSpec,
        finishing: Box<Chain>,
        settings: ChainSettings,
        look_ahead: Option<LookAhead>,
    ) -> Self {
        Self {
            look_ahead,
            settings,
            waiting: vec![vec![0.0; BLOCK_LEN]; spec.num_channels],
            num_waiting: 0,
            ready: Queue::new(spec.num_channels, BLOCK_LEN),
            num_channels: spec.num_channels,
            latency_left: finishing.latency_samples(),
            finishing,
            num_in: 0,
            num_made: 0,
            num_out: 0,
            is_finished: false,
        }
    }

    /// 1 or 2.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        self.num_channels
    }

    /// Whether [`Self::finish`] was called: no more input is taken.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// How many frames of output are still to come for the input so far.
    #[must_use]
    pub fn num_pending(&self) -> u64 {
        self.num_in - self.num_out
    }

    /// The loudness gain of what went out last, in decibels.
    #[must_use]
    pub fn loudness_gain_db(&self) -> f64 {
        self.settings.loudness.gain_db
    }

    /// Takes input, gives out what is ready, and returns how many frames it took and gave. With as much room for output as there is
    /// input, all of it is taken.
    ///
    /// # Panics
    /// If the numbers of channels are not the stream's, or lengths differ between channels.
    pub fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) -> (usize, usize) {
        assert!(
            input.len() == self.num_channels && output.len() == self.num_channels,
            "the stream's channels"
        );
        let (in_len, out_len) = (input[0].len(), output[0].len());
        assert!(input.iter().all(|plane| plane.len() == in_len), "channels of equal length");
        assert!(output.iter().all(|plane| plane.len() == out_len), "channels of equal length");
        let (mut taken, mut given) = (0, 0);
        loop {
            given += self.fetch(output, given);
            let len = if self.is_finished { 0 } else { (in_len - taken).min(BLOCK_LEN - self.num_waiting) };
            for (plane, samples) in self.waiting.iter_mut().zip(input) {
                plane[self.num_waiting..self.num_waiting + len].copy_from_slice(&samples[taken..taken + len]);
            }
            (taken, self.num_waiting, self.num_in) =
                (taken + len, self.num_waiting + len, self.num_in + len as u64);
            // What waits and what is ready are together never more than a block, so with equal room nothing is left.
            if self.num_waiting < BLOCK_LEN || self.ready.len() > 0 {
                return (taken, given);
            }
            self.work(false);
        }
    }

    /// The programme has ended: gives out what is left, as much as there is room for, and returns how much that was; 0 when all is
    /// out.
    ///
    /// # Panics
    /// If the number of channels is not the stream's, or lengths differ between channels.
    pub fn finish(&mut self, output: &mut [&mut [f32]]) -> usize {
        assert_eq!(output.len(), self.num_channels, "the stream's channels");
        let room = output[0].len();
        assert!(output.iter().all(|plane| plane.len() == room), "channels of equal length");
        self.is_finished = true;
        let mut given = 0;
        loop {
            given += self.fetch(output, given);
            if given == room || self.num_pending() == 0 {
                return given;
            }
            // The last of the input is programme like the rest; what pushes it out is not.
            let has_ended = self.num_waiting == 0;
            self.work(has_ended);
        }
    }

    /// Moves what is ready into the output from `start` on.
    fn fetch(&mut self, output: &mut [&mut [f32]], start: usize) -> usize {
        let end = output[0].len();
        let len = self.ready.pop(output, start..end);
        self.num_out += len as u64;
        len
    }

    /// Sends what waits through the chains, or, where the programme has ended, silence, which pushes out what they hold.
    fn work(&mut self, has_ended: bool) {
        debug_assert_eq!(self.ready.len(), 0, "everything was fetched");
        let mut len = std::mem::take(&mut self.num_waiting);
        if let Some(look_ahead) = &mut self.look_ahead {
            len = look_ahead.advance(&mut self.waiting, len, self.num_in, has_ended);
            if let Some(gain_db) = look_ahead.gain_db(self.settings.loudness.gain_db) {
                self.settings.loudness.gain_db = gain_db;
                self.settings = self.settings.settled();
                self.finishing.set(&self.settings);
            }
        } else if has_ended {
            self.waiting.iter_mut().for_each(|plane| plane.fill(0.0));
            len = BLOCK_LEN;
        }
        self.finishing.process(&mut block_of(&mut self.waiting, 0..len));
        let start = self.latency_left.min(len);
        self.latency_left -= start;
        let left = usize::try_from(self.num_in - self.num_made).unwrap_or(usize::MAX);
        let made = start..start + (len - start).min(left);
        self.num_made += made.len() as u64;
        if let Some(look_ahead) = &mut self.look_ahead {
            look_ahead.hear_output(&self.waiting, made.clone());
        }
        self.ready.push(&self.waiting, made);
    }
}
