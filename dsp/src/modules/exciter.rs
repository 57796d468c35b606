//! Exciter: makes harmonics of a band of the signal and adds them to the untouched whole.
//!
//! The band between the two focus edges is driven into a curve at twice the sample rate ([`Oversampler`]). The curve is a
//! polynomial (`curve`), which makes no harmonic above the seventh, and needs an argument within full scale: where the
//! driven band would exceed it, its gain follows the band's envelope (`envelope`) from before each peak on, so that there
//! the harmonics' share of the band is constant and their level is the music's. Harmonics alone come out: what is linear stays in the
//! dry path. Below the lower edge nothing of them is left, direct current least of all, and the tone is a low-pass on them.
//!
//! Samples are taken in groups of four, counted from `reset`; whole groups go through each step in one pass.

mod channel;
pub mod curve;
mod envelope;

use fearless_simd::{Level, Simd, dispatch};

use crate::block::{Block, MAX_CHANNELS};
use crate::filter::oversample::{LANES, Oversampler};
use crate::filter::recursion::{BandPass, GROUP, GROUPS_PER_TICK, Poles, ZerosAt};
use crate::math::exp2;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::ExciterSettings;
use crate::smooth::{Glide, control_ticks};
use crate::units::{db_to_gain, ms_to_samples, power_to_db};
use channel::{Channel, GROUP_DELAY, LATENCY_SAMPLES};
use envelope::Envelope;

/// How long the focus and the tone take to move to where they were set.
const CORNER_MOVE_MS: f64 = 40.0;

/// What the focus leaves of a frequency, dB: the band that harmonics are made of. For the display.
#[must_use]
pub fn focus_db(settings: &ExciterSettings, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    let low_edge = Poles::high_pass(settings.focus_hz, sample_rate_hz);
    let high_edge = Poles::low_pass(settings.focus_high_hz, sample_rate_hz);
    power_to_db(
        low_edge.power(ZerosAt::DirectCurrent, frequency_hz, sample_rate_hz)
            * high_edge.power(ZerosAt::HalfTheRate, frequency_hz, sample_rate_hz),
    )
}

/// What the tone leaves of a harmonic at a frequency, dB; the focus' lower edge, which follows, is in [`focus_db`]. For the display.
#[must_use]
pub fn tone_db(settings: &ExciterSettings, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    let slope = Poles::slope(settings.tone_hz, sample_rate_hz);
    power_to_db(slope.power(ZerosAt::HalfTheRate, frequency_hz, sample_rate_hz))
}

/// How many frames go through each step in one pass.
const CHUNK: usize = 256;

/// The controls over one pass: the drive at the end of each group, the others for each sample.
#[derive(Debug, Clone)]
struct Controls {
    last: [f32; 3],
    /// Whether the arrays hold the last values throughout.
    is_resting: bool,
    drive_gain: [f32; CHUNK / GROUP],
    even_share: [f32; CHUNK + LANES],
    mix: [f32; CHUNK],
}

impl Controls {
    fn new() -> Self {
        Self {
            last: [0.0; 3],
            is_resting: false,
            drive_gain: [0.0; CHUNK / GROUP],
            even_share: [0.0; CHUNK + LANES],
            mix: [0.0; CHUNK],
        }
    }

    /// Fills the arrays with what was reached.
    fn rest(&mut self) {
        let [drive_gain, even_share, mix] = self.last;
        self.drive_gain.fill(drive_gain);
        self.even_share.fill(even_share);
        self.mix.fill(mix);
        self.is_resting = true;
    }
}

/// Drive as a gain, and the others as they are.
#[inline(always)]
fn as_set([drive_log2, even_share, mix]: [f64; 3]) -> [f32; 3] {
    [exp2(drive_log2) as f32, even_share as f32, mix as f32]
}

/// The straight line from `from` to `to` over one group.
#[inline(always)]
fn line(from: f32, to: f32, out: &mut [f32]) {
    let step = to - from;
    for (share, out) in [0.25, 0.5, 0.75, 1.0].into_iter().zip(out) {
        *out = from + share * step;
    }
}

/// Harmonic enhancement. Its latency is the same in every mode.
#[derive(Debug, Clone)]
pub struct Exciter {
    level: Level,
    sample_rate_hz: f64,
    oversampler: Oversampler,
    /// Drive in octaves, share of the even harmonics, mix; moves once per group.
    gains: Glide<3>,
    /// Lower edge, upper edge, tone, in octaves; move once per control interval.
    corners: Glide<3>,
    designed: [f64; 3],
    focus: BandPass<2>,
    tone: BandPass<1>,
    /// One each once prepared, on the heap.
    controls: Vec<Controls>,
    channels: Vec<Channel>,
    /// Samples of the unfinished group.
    num_pending: usize,
    /// Groups since the last control tick.
    group_phase: usize,
    has_started: bool,
}

impl Default for Exciter {
    fn default() -> Self {
        Self::new()
    }
}

impl Exciter {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            level: Level::baseline(),
            sample_rate_hz: 0.0,
            oversampler: Oversampler::new(),
            gains: Glide::new(1),
            corners: Glide::new(1),
            designed: [f64::NAN; 3],
            focus: BandPass::default(),
            tone: BandPass::default(),
            controls: Vec::new(),
            channels: Vec::new(),
            num_pending: 0,
            group_phase: 0,
            has_started: false,
        }
    }

    /// Takes the controls as they are set, so that nothing fades in.
    fn start(&mut self) {
        self.has_started = true;
        self.gains.start();
        self.corners.start();
        let gains = as_set(self.gains.value());
        for controls in &mut self.controls {
            controls.last = gains;
            controls.is_resting = false;
        }
        for channel in &mut self.channels {
            channel.start(gains[0]);
        }
    }

    fn control_tick(&mut self) {
        let corners = self.corners.tick();
        if corners == self.designed {
            return;
        }
        self.designed = corners;
        let [low_hz, high_hz, tone_hz] = corners.map(libm::exp2);
        let low_edge = Poles::high_pass(low_hz, self.sample_rate_hz);
        self.focus.set(&low_edge, &Poles::low_pass(high_hz, self.sample_rate_hz));
        self.tone.set(&low_edge, &Poles::slope(tone_hz, self.sample_rate_hz));
    }

    /// At most [`CHUNK`] frames, in place.
    #[inline(always)]
    fn process_chunk<S: Simd>(&mut self, simd: S, block: &mut Block<'_>) {
        let num_frames = block.len();
        for (channel_idx, channel) in self.channels.iter_mut().enumerate() {
            channel.take(block.channel(channel_idx));
        }
        // Of three samples, some wait for their group to be complete and the others, already done, for their turn.
        let mut wet_at = GROUP_DELAY - self.num_pending;
        let num_arrived = self.num_pending + num_frames;
        self.num_pending = num_arrived % GROUP;
        let mut num_ready = num_arrived - self.num_pending;
        while num_ready > 0 {
            if self.group_phase == 0 {
                self.control_tick();
            }
            let len = num_ready.min(self.samples_to_next_design());
            self.move_controls(len);
            self.make_harmonics(simd, len, wet_at);
            self.group_phase = (self.group_phase + len / GROUP) % GROUPS_PER_TICK;
            wet_at += len;
            num_ready -= len;
        }
        for (channel, samples) in self.channels.iter_mut().zip(block.channels_mut()) {
            channel.give(samples);
        }
    }

    /// How long the filters stay as they are, as far as is known.
    fn samples_to_next_design(&self) -> usize {
        if self.corners.is_settled() { CHUNK } else { (GROUPS_PER_TICK - self.group_phase) * GROUP }
    }

    fn move_controls(&mut self, len: usize) {
        let Some(controls) = self.controls.first_mut() else { return };
        if self.gains.is_settled() {
            if !controls.is_resting {
                controls.rest();
            }
            return;
        }
        controls.is_resting = false;
        for group_idx in 0..len / GROUP {
            let at = group_idx * GROUP..(group_idx + 1) * GROUP;
            let gains = as_set(self.gains.tick());
            controls.drive_gain[group_idx] = gains[0];
            line(controls.last[1], gains[1], &mut controls.even_share[at.clone()]);
            line(controls.last[2], gains[2], &mut controls.mix[at]);
            controls.last = gains;
        }
    }

    /// Sends whole groups through every step; they come out in `wet` from `wet_at` on.
    #[inline(always)]
    fn make_harmonics<S: Simd>(&mut self, simd: S, len: usize, wet_at: usize) {
        let Some(controls) = self.controls.first() else { return };
        let mut unheard = [0.0; CHUNK];
        let (inputs, outputs) =
            both(&mut self.channels, &mut unheard[..len], |channel| channel.focusing(len, wet_at));
        self.focus.process(simd, inputs, outputs, self.group_phase);
        for channel in &mut self.channels {
            channel.follow(controls, self.group_phase, len);
            channel.shape(simd, &self.oversampler, controls, len);
        }
        let (inputs, outputs) =
            both(&mut self.channels, &mut unheard[..len], |channel| channel.toning(len, wet_at));
        self.tone.process(simd, inputs, outputs, self.group_phase);
        for channel in &mut self.channels {
            channel.finish(controls, len, wet_at);
        }
    }
}

/// What a filter takes and where it puts it, from and to each channel; mono is two equal channels, one of them unheard.
#[inline(always)]
fn both<'a>(
    channels: &'a mut [Channel],
    unheard: &'a mut [f32],
    ends: impl Fn(&'a mut Channel) -> (&'a [f32], &'a mut [f32]),
) -> ([&'a [f32]; MAX_CHANNELS], [&'a mut [f32]; MAX_CHANNELS]) {
    let mut channels = channels.iter_mut().map(ends);
    let (left_in, left_out) = channels.next().unwrap_or_default();
    let (right_in, right_out) = channels.next().unwrap_or((left_in, unheard));
    ([left_in, right_in], [left_out, right_out])
}

impl Processor for Exciter {
    type Settings = ExciterSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let gain_move_samples = ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz);
        *self = Self {
            level: crate::simd::level(),
            sample_rate_hz: spec.sample_rate_hz,
            gains: Glide::new(gain_move_samples.div_ceil(GROUP)),
            corners: Glide::new(control_ticks(CORNER_MOVE_MS, spec.sample_rate_hz)),
            channels: vec![Channel::new(Envelope::new(spec.sample_rate_hz)); spec.num_channels],
            controls: vec![Controls::new()],
            ..Self::new()
        };
        Ok(())
    }

    fn set(&mut self, settings: &ExciterSettings) {
        let drive_log2 = libm::log2(db_to_gain(settings.drive_db));
        let gains = [drive_log2, settings.even_percent * 0.01, settings.mix_percent * 0.01];
        self.gains.set(gains);
        let corners_hz = [settings.focus_hz, settings.focus_high_hz, settings.tone_hz];
        self.corners.set(corners_hz.map(libm::log2));
    }

    fn reset(&mut self) {
        self.gains.reset();
        self.corners.reset();
        self.focus.reset();
        self.tone.reset();
        for channel in &mut self.channels {
            *channel = channel.at_rest();
        }
        (self.num_pending, self.group_phase, self.has_started) = (0, 0, false);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        if !self.has_started && !block.is_empty() {
            self.start();
        }
        let num_frames = block.len();
        for start in (0..num_frames).step_by(CHUNK) {
            let chunk = &mut block.slice(start..num_frames.min(start + CHUNK));
            dispatch!(self.level, simd => self.process_chunk(simd, chunk));
        }
    }

    fn latency_samples(&self) -> usize {
        LATENCY_SAMPLES
    }
}
