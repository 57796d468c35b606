//! What is held back and heard before it goes out.
//!
//! One half of the look-ahead is the input's: its loudness tells the trim that the preset's thresholds are made for, and where its
//! leveller begins, as a bounce's first pass does. The other half, or all of it where the preset wants neither, is of what comes out
//! of the shaping modules, and tells the loudness gain. Trim and gain follow what is heard from then on: a programme may begin with
//! silence, or with a room before the voice.

use super::queue::Queue;
use super::{BLOCK_LEN, StreamError};
use crate::master::{OUTPUT_LUFS, check_preset};
use crate::opening::{begin, levelled, trimmed, wants_trim, within};
use crate::render::{block_of, prepared_chain};
use lacquer_dsp::block::MAX_CHANNELS;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter, Lufs, ProgrammeLoudness};
use lacquer_dsp::processor::{PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_presets::Preset;
use std::ops::Range;

/// The shortest look-ahead: two halves in which a loudness can be measured. And the longest.
pub const MIN_LOOK_AHEAD_S: f64 = 0.8;
/// See [`MIN_LOOK_AHEAD_S`].
pub const MAX_LOOK_AHEAD_S: f64 = 60.0;

/// What is given back at most of what the limiter takes from the loudness.
const MAX_MAKE_UP_DB: f64 = 6.0;

/// The first half: the input.
struct Arrival {
    preset: Preset,
    held: Queue,
    heard: LoudnessMeter,
    capacity: usize,
    /// Measures the opening once there is a loudness, which is then known.
    opening: ProgrammeLoudness,
    opening_lufs: Option<Lufs>,
    /// What the shaping modules were set to.
    settings: ChainSettings,
    has_begun: bool,
}

/// Everything before the loudness gain.
pub(super) struct LookAhead {
    spec: ProcessSpec,
    output_lufs: f64,
    arrival: Option<Arrival>,
    shaping: Box<Chain>,
    /// What is still to be left out at the beginning of its output.
    latency_left: usize,
    held: Queue,
    capacity: usize,
    /// Frames of the programme that the shaping modules gave.
    num_shaped: u64,
    /// All that was shaped, of that what has gone on to the gain, and what came of it.
    heard: LoudnessMeter,
    gone: LoudnessMeter,
    out: LoudnessMeter,
}

impl LookAhead {
    pub(super) fn new(
        spec: &ProcessSpec,
        preset: &Preset,
        output_lufs: Option<f64>,
        seconds: f64,
    ) -> Result<Self, StreamError> {
        let mut preset = preset.clone();
        let output_lufs = output_lufs.or(preset.bounce.output_lufs).ok_or(StreamError::NoTarget)?;
        preset.bounce.output_lufs = Some(output_lufs);
        check_preset(&preset)?;
        if !(MIN_LOOK_AHEAD_S..=MAX_LOOK_AHEAD_S).contains(&seconds) {
            return Err(StreamError::LookAhead(seconds));
        }
        if !OUTPUT_LUFS.contains(&output_lufs) {
            return Err(StreamError::Target(output_lufs));
        }
        let before = before_the_gain(&preset.settings);
        let shaping = prepared_chain(spec, &before)?;
        let mut heard = LoudnessMeter::new();
        heard
            .prepare(spec.sample_rate_hz, &[ChannelRole::Main; MAX_CHANNELS][..spec.num_channels])
            .map_err(|_| PrepareError::SampleRate(spec.sample_rate_hz))?;
        let total = (seconds * spec.sample_rate_hz) as usize;
        let is_arrival_heard = wants_trim(&preset) || !preset.settings.leveller.bypass;
        let arrival_len = if is_arrival_heard { total / 2 } else { 0 };
        let arrival = is_arrival_heard.then(|| Arrival {
            held: Queue::new(spec.num_channels, arrival_len + BLOCK_LEN),
            heard: heard.clone(),
            capacity: arrival_len,
            opening: ProgrammeLoudness::new(),
            opening_lufs: None,
            settings: preset.settings,
            preset,
            has_begun: false,
        });
        let capacity = total - arrival_len;
        Ok(Self {
            spec: *spec,
            output_lufs,
            arrival,
            latency_left: shaping.latency_samples(),
            shaping,
            held: Queue::new(spec.num_channels, capacity + BLOCK_LEN),
            capacity,
            num_shaped: 0,
            gone: heard.clone(),
            out: heard.clone(),
            heard,
        })
    }

    /// Takes so many frames of the programme, or none where all `num_in` of them have come and what is held goes out. Leaves in
    /// `planes` what goes on to the gain, and returns how many frames that are.
    pub(super) fn advance(
        &mut self,
        planes: &mut [Vec<f32>],
        len: usize,
        num_in: u64,
        has_ended: bool,
    ) -> usize {
        let len = self.arrive(planes, len, has_ended);
        self.shaping.process(&mut block_of(planes, 0..len));
        let start = self.latency_left.min(len);
        self.latency_left -= start;
        // Behind the programme come only the zeros that push it out.
        let left = usize::try_from(num_in - self.num_shaped).unwrap_or(usize::MAX);
        let shaped = start..start + (len - start).min(left);
        self.num_shaped += shaped.len() as u64;
        listen(&mut self.heard, planes, shaped.clone());
        self.held.push(planes, shaped);
        let is_all_shaped = has_ended && self.num_shaped == num_in;
        let given = release(&mut self.held, planes, self.capacity, is_all_shaped);
        listen(&mut self.gone, planes, 0..given);
        if is_all_shaped { padded(planes, given) } else { given }
    }

    /// Holds the input back, and sets the shaping modules by what was heard of it.
    fn arrive(&mut self, planes: &mut [Vec<f32>], len: usize, has_ended: bool) -> usize {
        let Some(arrival) = &mut self.arrival else {
            return if has_ended { padded(planes, len) } else { len };
        };
        listen(&mut arrival.heard, planes, 0..len);
        arrival.held.push(planes, 0..len);
        if has_ended || arrival.held.len() > arrival.capacity {
            if let Some(settings) = arrival.follow(&self.spec) {
                self.shaping.set(&before_the_gain(&settings));
            }
            if !arrival.has_begun {
                arrival.has_begun = true;
                // Nothing was heard with the settings so far, so there is nothing to glide from.
                self.shaping.reset();
            }
        }
        let given = release(&mut arrival.held, planes, arrival.capacity, has_ended);
        if has_ended { padded(planes, given) } else { given }
    }

    /// What came out of the chain at last.
    pub(super) fn hear_output(&mut self, planes: &[Vec<f32>], range: Range<usize>) {
        listen(&mut self.out, planes, range);
    }

    /// What brings the loudness so far to the target, if there has been any. What the limiter has taken with the gain that there is
    /// now is put on top.
    pub(super) fn gain_db(&self, gain_db: f64) -> Option<f64> {
        let heard_lufs = integrated(&self.heard)?.0;
        let taken_db =
            integrated(&self.gone).zip(integrated(&self.out)).map(|(gone, out)| gone.0 + gain_db - out.0);
        let make_up_db = taken_db.unwrap_or(0.0).clamp(0.0, MAX_MAKE_UP_DB);
        Some(within("loudness.gain_db", self.output_lufs - heard_lufs + make_up_db))
    }
}

impl Arrival {
    /// The preset's settings for what has come so far, if they are others than they were.
    fn follow(&mut self, spec: &ProcessSpec) -> Option<ChainSettings> {
        let lufs = integrated(&self.heard)?;
        let mut settings = trimmed(&self.preset, Some(lufs));
        if !settings.leveller.bypass {
            let opening_lufs = self.opening_lufs.unwrap_or_else(|| self.opening(spec, lufs));
            self.opening_lufs = Some(opening_lufs);
            let trim_db = if settings.input.bypass { 0.0 } else { settings.input.trim_db };
            settings = levelled(&settings, Lufs(opening_lufs.0 + trim_db));
        }
        (settings != std::mem::replace(&mut self.settings, settings)).then_some(settings)
    }

    /// The loudness with which the programme begins.
    fn opening(&mut self, spec: &ProcessSpec, whole: Lufs) -> Lufs {
        let opening = &mut self.opening;
        begin(opening, spec.sample_rate_hz, spec.num_channels, whole);
        self.held.each_part(|planes, range| opening.listen(&parts(planes, range)[..spec.num_channels]));
        opening.lufs()
    }
}

fn before_the_gain(settings: &ChainSettings) -> ChainSettings {
    let (_, finishing) = Module::ALL.split_at(Module::Loudness as usize);
    settings.without(finishing.iter().copied())
}

/// Takes out what is beyond the capacity, or, where nothing is held back any more, as much as a block takes.
fn release(held: &mut Queue, planes: &mut [Vec<f32>], capacity: usize, is_all: bool) -> usize {
    let len = if is_all { BLOCK_LEN } else { held.len().saturating_sub(capacity) };
    held.pop(planes, 0..len)
}

/// Fills the block up with silence.
fn padded(planes: &mut [Vec<f32>], len: usize) -> usize {
    planes.iter_mut().for_each(|plane| plane[len..].fill(0.0));
    BLOCK_LEN
}

fn integrated(meter: &LoudnessMeter) -> Option<Lufs> {
    meter.reading().integrated_lufs
}

fn parts(planes: &[Vec<f32>], range: Range<usize>) -> [&[f32]; MAX_CHANNELS] {
    let mut parts: [&[f32]; MAX_CHANNELS] = [&[]; MAX_CHANNELS];
    for (part, plane) in parts.iter_mut().zip(planes) {
        *part = &plane[range.clone()];
    }
    parts
}

/// Lets a meter hear a part of the planes.
fn listen(meter: &mut LoudnessMeter, planes: &[Vec<f32>], range: Range<usize>) {
    meter.process(&parts(planes, range)[..planes.len()]);
}
