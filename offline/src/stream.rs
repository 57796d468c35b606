//! A programme that comes piece by piece, as from a synthesiser, mastered as it comes.
//!
//! How loud the whole will be is not known when the first piece must go out. Two ways out of that: the gain that a first pass over the
//! same programme found, which gives the bits of a bounce; or a look-ahead, in which loudness is measured before anything goes out, and
//! which goes on measuring, so that the gain follows what was heard so far.

use lacquer_dsp::block::{Block, MAX_CHANNELS};
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};

/// How many frames are worked on at a time. Gains change between such blocks, counted from the start, so that bits do not depend
/// on how long the pieces are.
const BLOCK_LEN: usize = 1024;

/// The longest look-ahead.
pub const MAX_LOOK_AHEAD_S: f64 = 60.0;

/// Where the loudness comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Normalisation {
    /// The settings' own loudness gain, such as a first pass has found.
    FirstPass,
    /// The gain that brings what was heard so far to a loudness.
    LookAhead {
        /// Integrated loudness of the output.
        output_lufs: f64,
        /// How much of the programme is held back and heard before its beginning goes out, 0.4 to 60 s.
        seconds: f64,
    },
}

/// Why a stream cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum StreamError {
    /// The chain does not take the format.
    #[error(transparent)]
    Format(#[from] PrepareError),
    /// The look-ahead is out of range or no number.
    #[error("look-ahead of {0} s: expected 0.4 to {MAX_LOOK_AHEAD_S} s")]
    LookAhead(f64),
    /// The target is out of range or no number.
    #[error("target of {0} LUFS: expected -60 to 0 LUFS")]
    Target(f64),
}

/// What is given back at most of what the limiter takes from the loudness.
const MAX_MAKE_UP_DB: f64 = 6.0;

/// Measures what comes out of the shaping modules, and holds it back.
struct Held {
    output_lufs: f64,
    /// All that was heard, of that what has gone on to the gain, and what came of it.
    heard: LoudnessMeter,
    gone: LoudnessMeter,
    out: LoudnessMeter,
    /// A ring of as many frames as the look-ahead has.
    planes: Vec<Vec<f32>>,
    start: usize,
    len: usize,
}

/// A programme on its way. Nothing is allocated after `new`.
pub struct Stream {
    /// Everything before the loudness gain, and the rest; one chain where nothing is held back.
    shaping: Option<Box<Chain>>,
    finishing: Box<Chain>,
    settings: ChainSettings,
    held: Option<Held>,
    /// Input that does not fill a block yet.
    waiting: Vec<Vec<f32>>,
    num_waiting: usize,
    /// Output that was not fetched yet.
    ready: Vec<Vec<f32>>,
    ready_start: usize,
    num_ready: usize,
    num_channels: usize,
    /// What is still to be left out at the beginning of either chain's output.
    shaping_latency: usize,
    finishing_latency: usize,
    num_in: u64,
    num_out: u64,
    is_finished: bool,
}

impl Stream {
    /// Prepares everything.
    ///
    /// # Errors
    /// For a format that no chain takes, and targets and look-aheads out of range.
    pub fn new(
        sample_rate_hz: f64,
        num_channels: usize,
        settings: &ChainSettings,
        normalisation: Normalisation,
    ) -> Result<Self, StreamError> {
        let spec = ProcessSpec {
            sample_rate_hz,
            max_block_len: BLOCK_LEN,
            num_channels,
            latency_mode: LatencyMode::Quality,
        };
        let chain = |settings: &ChainSettings| -> Result<Box<Chain>, PrepareError> {
            let mut chain = Box::<Chain>::default();
            chain.prepare(&spec)?;
            chain.set(settings);
            Ok(chain)
        };
        let (shaping_modules, finishing_modules) = Module::ALL.split_at(Module::Loudness as usize);
        let (shaping, settings, held) = match normalisation {
            Normalisation::FirstPass => (None, *settings, None),
            Normalisation::LookAhead { output_lufs, seconds } => {
                let held = Held::new(&spec, output_lufs, seconds)?;
                let before = settings.without(finishing_modules.iter().copied());
                (Some(chain(&before)?), settings.without(shaping_modules.iter().copied()), Some(held))
            }
        };
        let finishing = chain(&settings)?;
        let shaping_latency = shaping.as_ref().map_or(0, |chain| chain.latency_samples());
        let finishing_latency = finishing.latency_samples();
        let plane = |len: usize| vec![vec![0.0; len]; num_channels];
        Ok(Self {
            shaping,
            finishing,
            settings,
            held,
            waiting: plane(BLOCK_LEN),
            num_waiting: 0,
            ready: plane(BLOCK_LEN),
            ready_start: 0,
            num_ready: 0,
            num_channels,
            shaping_latency,
            finishing_latency,
            num_in: 0,
            num_out: 0,
            is_finished: false,
        })
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
            if self.num_waiting < BLOCK_LEN || self.num_ready > 0 {
                return (taken, given);
            }
            self.work(BLOCK_LEN);
        }
    }

    /// The programme has ended: gives out what is left, as much as there is room for, and returns how much that was; 0 when all is
    /// out.
    ///
    /// # Panics
    /// If the number of channels is not the stream's.
    pub fn finish(&mut self, output: &mut [&mut [f32]]) -> usize {
        assert_eq!(output.len(), self.num_channels, "the stream's channels");
        let mut given = 0;
        loop {
            given += self.fetch(output, given);
            if given == output[0].len() || self.num_pending() == 0 {
                self.is_finished = true;
                return given;
            }
            let len = self.num_waiting;
            if len > 0 {
                self.work(len);
                self.is_finished = true;
            } else {
                // Silence pushes out what the chains still hold, and nothing is held back any more.
                self.is_finished = true;
                self.waiting.iter_mut().for_each(|plane| plane.fill(0.0));
                self.work(BLOCK_LEN);
            }
        }
    }

    /// Moves what is ready into the output from `start` on.
    fn fetch(&mut self, output: &mut [&mut [f32]], start: usize) -> usize {
        let len = self.num_ready.min(output[0].len() - start).min(self.num_pending() as usize);
        for (to, from) in output.iter_mut().zip(&self.ready) {
            to[start..start + len].copy_from_slice(&from[self.ready_start..self.ready_start + len]);
        }
        (self.ready_start, self.num_ready) = (self.ready_start + len, self.num_ready - len);
        self.num_out += len as u64;
        len
    }

    /// Sends what waits through the chains.
    fn work(&mut self, len: usize) {
        debug_assert_eq!(self.num_ready, 0, "everything was fetched");
        self.num_waiting = 0;
        let (mut start, mut end) = (0, len);
        let has_ended = self.is_finished;
        if let Some(shaping) = &mut self.shaping {
            shaping.process(&mut block_of(&mut self.waiting, 0, len));
            start = self.shaping_latency.min(len);
            self.shaping_latency -= start;
        }
        if let Some(held) = &mut self.held {
            if !has_ended {
                listen(&mut held.heard, &self.waiting, start..end);
            }
            end = start + held.exchange(&mut self.waiting, start, end - start, has_ended);
            listen(&mut held.gone, &self.waiting, start..end);
            if let Some(gain_db) = held.gain_db(self.settings.loudness.gain_db) {
                self.settings.loudness.gain_db = gain_db;
                self.settings = self.settings.settled();
                self.finishing.set(&self.settings);
            }
        }
        self.finishing.process(&mut block_of(&mut self.waiting, start, end));
        let late = self.finishing_latency.min(end - start);
        self.finishing_latency -= late;
        let range = start + late..end;
        if let Some(held) = &mut self.held {
            listen(&mut held.out, &self.waiting, range.clone());
        }
        (self.ready_start, self.num_ready) = (0, range.len());
        for (to, from) in self.ready.iter_mut().zip(&self.waiting) {
            to[..range.len()].copy_from_slice(&from[range.clone()]);
        }
    }
}

impl Held {
    fn new(spec: &ProcessSpec, output_lufs: f64, seconds: f64) -> Result<Self, StreamError> {
        if !(0.4..=MAX_LOOK_AHEAD_S).contains(&seconds) {
            return Err(StreamError::LookAhead(seconds));
        }
        if !(-60.0..=0.0).contains(&output_lufs) {
            return Err(StreamError::Target(output_lufs));
        }
        let spec = spec.validated()?;
        let mut heard = LoudnessMeter::new();
        heard
            .prepare(spec.sample_rate_hz, &[ChannelRole::Main; MAX_CHANNELS][..spec.num_channels])
            .map_err(|_| PrepareError::SampleRate(spec.sample_rate_hz))?;
        let (gone, out) = (heard.clone(), heard.clone());
        let len = (seconds * spec.sample_rate_hz) as usize;
        Ok(Self {
            output_lufs,
            heard,
            gone,
            out,
            planes: vec![vec![0.0; len]; spec.num_channels],
            start: 0,
            len: 0,
        })
    }

    fn capacity(&self) -> usize {
        self.planes.first().map_or(0, Vec::len)
    }

    /// Puts frames in, takes as many out as are now beyond the look-ahead, or, once the programme has ended, as many as there is room
    /// for, and returns how many.
    fn exchange(&mut self, planes: &mut [Vec<f32>], start: usize, len: usize, is_ended: bool) -> usize {
        let capacity = self.capacity();
        let num_out = if is_ended { len } else { (self.len + len).saturating_sub(capacity) };
        let (mut read, mut write) = (self.start, (self.start + self.len) % capacity);
        for (plane, ring) in planes.iter_mut().zip(&mut self.planes) {
            (read, write) = (self.start, (self.start + self.len) % capacity);
            for n in 0..len {
                let sample = plane[start + n];
                // The oldest first, so that a full ring has room.
                if n + num_out >= len {
                    plane[start + n + num_out - len] = ring[read];
                    read = (read + 1) % capacity;
                }
                ring[write] = sample;
                write = (write + 1) % capacity;
            }
        }
        let _ = write;
        self.start = read;
        self.len = (self.len + len - num_out).min(capacity);
        num_out
    }

    /// What brings the loudness so far to the target, if there has been any. What the limiter has taken with the gain that there is
    /// now is put on top.
    fn gain_db(&self, gain_db: f64) -> Option<f64> {
        let integrated = |meter: &LoudnessMeter| meter.reading().integrated_lufs.map(|lufs| lufs.0);
        let heard_lufs = integrated(&self.heard)?;
        let taken_db =
            integrated(&self.gone).zip(integrated(&self.out)).map(|(gone, out)| gone + gain_db - out);
        let make_up_db = taken_db.unwrap_or(0.0).clamp(0.0, MAX_MAKE_UP_DB);
        let range = params::find("loudness.gain_db").map_or(0.0..=0.0, |param| param.min..=param.max);
        Some((self.output_lufs - heard_lufs + make_up_db).clamp(*range.start(), *range.end()))
    }
}

/// Lets a meter hear a part of the planes.
fn listen(meter: &mut LoudnessMeter, planes: &[Vec<f32>], range: std::ops::Range<usize>) {
    let mut parts: [&[f32]; MAX_CHANNELS] = [&[]; MAX_CHANNELS];
    for (part, plane) in parts.iter_mut().zip(planes) {
        *part = &plane[range.clone()];
    }
    meter.process(&parts[..planes.len()]);
}

fn block_of(planes: &mut [Vec<f32>], start: usize, end: usize) -> Block<'_> {
    match planes {
        [left, right] => Block::stereo(&mut left[start..end], &mut right[start..end]),
        [mono, ..] => Block::mono(&mut mono[start..end]),
        [] => Block::mono(&mut []),
    }
}
