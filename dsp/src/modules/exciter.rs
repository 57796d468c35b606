//! Exciter: makes harmonics of a band of the signal and adds them to the untouched whole.
//!
//! The band between the two focus edges is driven into a curve at twice the sample rate ([`Oversampler`]). The curve is a
//! polynomial ([`curve`]), which makes no harmonic above the seventh, and needs an argument within full scale: where the
//! driven band would exceed it, its gain follows the band's envelope ([`envelope`]) from before each peak on, so that there
//! the harmonics' share of the band is constant and their level is the music's. Harmonics alone come out: what is linear stays in the
//! dry path. Below the lower edge nothing of them is left, direct current least of all, and the tone is a low-pass on them.
//!
//! Samples are taken in groups of four, counted from `reset`; whole groups go through each step in one pass.

mod curve;
mod envelope;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x16};

use crate::block::Block;
use crate::filter::oversample::{DOWN_REACH, LANES, Oversampler, UP_REACH};
use crate::filter::recursion::{GROUP, PAST, Recursion, Transfer};
use crate::math::flush;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::ExciterSettings;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Glide, control_ticks};
use crate::units::{db_to_gain, ms_to_samples};
use envelope::Envelope;

/// How long the focus and the tone take to move to where they were set.
const CORNER_MOVE_MS: f64 = 40.0;

/// The gain moves over the group that lies so far back: far enough to be down when the way up first feels a peak.
const GAIN_DELAY: usize = UP_REACH + GROUP;

/// A group waits for its last sample.
const GROUP_DELAY: usize = GROUP - 1;

const LATENCY_SAMPLES: usize = GROUP_DELAY + GAIN_DELAY + DOWN_REACH;

/// How many frames go through each step in one pass.
const CHUNK: usize = 128;

const GROUPS_PER_TICK: usize = CONTROL_INTERVAL_SAMPLES / GROUP;

/// What of the focused band and of the harmonics at twice the rate lies before the new samples.
const FOCUSED_PAST: usize = UP_REACH + GAIN_DELAY;
const SHAPED_PAST: usize = 2 * DOWN_REACH;

/// Orders of the filters: both edges before the curve; the lower edge and the tone behind it.
const FOCUS_ORDER: usize = 4;
const TONE_ORDER: usize = 3;

/// Samples smaller than this (-500 dBFS) become silence, so that no product with a filter's tap is subnormal.
const SILENCE: f64 = 1.0e-25;

/// What each step of one channel hands to the next: what is still needed of the past, then the new samples.
#[derive(Debug, Clone)]
struct Channel {
    /// The input, and behind it up to three samples of an unfinished group.
    input: [f64; PAST + CHUNK + GROUP],
    band: [f64; PAST + CHUNK],
    focused: [f32; FOCUSED_PAST + CHUNK + LANES],
    envelope: Envelope,
    /// The gain into the curve at the end of the last group.
    last_gain: f32,
    gain: [f32; CHUNK + LANES],
    /// On the samples, and half-way between them.
    shaped: [[f32; SHAPED_PAST + CHUNK + LANES]; 2],
    made: [f64; PAST + CHUNK],
    toned: [f64; PAST + CHUNK],
    /// Up to three harmonics that are not due yet, then the new ones.
    wet: [f32; GROUP_DELAY + CHUNK],
    /// The untouched signal, waiting for its harmonics.
    dry: [f32; LATENCY_SAMPLES + CHUNK],
}

impl Channel {
    fn new(envelope: Envelope) -> Self {
        Self {
            input: [0.0; PAST + CHUNK + GROUP],
            band: [0.0; PAST + CHUNK],
            focused: [0.0; FOCUSED_PAST + CHUNK + LANES],
            envelope,
            last_gain: 1.0,
            gain: [0.0; CHUNK + LANES],
            shaped: [[0.0; SHAPED_PAST + CHUNK + LANES]; 2],
            made: [0.0; PAST + CHUNK],
            toned: [0.0; PAST + CHUNK],
            wet: [0.0; GROUP_DELAY + CHUNK],
            dry: [0.0; LATENCY_SAMPLES + CHUNK],
        }
    }
}

/// The controls over one pass: the drive at the end of each group, the others for each sample.
#[derive(Debug, Clone)]
struct Controls {
    last: [f32; 3],
    drive_gain: [f32; CHUNK / GROUP],
    even_share: [f32; CHUNK + LANES],
    mix: [f32; CHUNK],
}

impl Controls {
    fn new() -> Self {
        Self {
            last: [0.0; 3],
            drive_gain: [0.0; CHUNK / GROUP],
            even_share: [0.0; CHUNK + LANES],
            mix: [0.0; CHUNK],
        }
    }
}

/// The straight line from `from` to `to` over one group.
#[inline(always)]
fn line(from: f32, to: f32, out: &mut [f32]) {
    let step = to - from;
    for (share, out) in [0.25, 0.5, 0.75, 1.0].into_iter().zip(out) {
        *out = from + share * step;
    }
}

#[inline(always)]
fn to_f32(x: f64) -> f32 {
    if x.abs() < SILENCE { 0.0 } else { x as f32 }
}

#[inline(always)]
fn to_f64(x: f32) -> f64 {
    let x = f64::from(x);
    if x.abs() < SILENCE { 0.0 } else { x }
}

/// Harmonic enhancement, [`LATENCY_SAMPLES`] late in every mode.
#[derive(Debug, Clone)]
pub struct Exciter {
    level: Level,
    sample_rate_hz: f64,
    oversampler: Oversampler,
    /// Drive as a gain, share of the even harmonics, mix; moves once per group.
    gains: Glide<3>,
    /// Lower edge, upper edge, tone, in octaves; move once per control interval.
    corners: Glide<3>,
    designed: [f64; 3],
    focus: Recursion,
    tone: Recursion,
    channels: Vec<Channel>,
    controls: Vec<Controls>,
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
            focus: Recursion::default(),
            tone: Recursion::default(),
            channels: Vec::new(),
            controls: Vec::new(),
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
        let gains = self.gains.value().map(|gain| gain as f32);
        for controls in &mut self.controls {
            controls.last = gains;
        }
        for channel in &mut self.channels {
            channel.last_gain = gains[0];
        }
    }

    fn control_tick(&mut self) {
        let corners = self.corners.tick();
        if corners == self.designed {
            return;
        }
        self.designed = corners;
        let [low_hz, high_hz, tone_hz] = corners.map(libm::exp2);
        let low_edge = Transfer::high_pass(low_hz, self.sample_rate_hz);
        let high_edge = Transfer::low_pass(high_hz, self.sample_rate_hz);
        let tone = Transfer::slope(tone_hz, self.sample_rate_hz);
        self.focus = Recursion::new::<{ FOCUS_ORDER + 1 }>(&low_edge.then(&high_edge));
        self.tone = Recursion::new::<{ TONE_ORDER + 1 }>(&low_edge.then(&tone));
    }

    /// At most [`CHUNK`] frames, in place.
    fn process_chunk(&mut self, block: &mut Block<'_>) {
        let num_frames = block.len();
        for (channel_idx, channel) in self.channels.iter_mut().enumerate() {
            let samples = block.channel(channel_idx);
            channel.dry[LATENCY_SAMPLES..LATENCY_SAMPLES + num_frames].copy_from_slice(samples);
            let new = &mut channel.input[PAST + self.num_pending..];
            for (new, sample) in new.iter_mut().zip(samples) {
                *new = f64::from(*sample);
            }
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
            dispatch!(self.level, simd => self.make_harmonics(simd, len, wet_at));
            self.group_phase = (self.group_phase + len / GROUP) % GROUPS_PER_TICK;
            wet_at += len;
            num_ready -= len;
        }
        for (channel, samples) in self.channels.iter_mut().zip(block.channels_mut()) {
            for (sample, (dry, wet)) in samples.iter_mut().zip(channel.dry.iter().zip(&channel.wet)) {
                *sample = dry + wet;
            }
            channel.dry.copy_within(num_frames..num_frames + LATENCY_SAMPLES, 0);
            channel.wet.copy_within(num_frames..wet_at, 0);
        }
    }

    /// How long the filters stay as they are, as far as is known.
    fn samples_to_next_design(&self) -> usize {
        if self.corners.is_settled() { CHUNK } else { (GROUPS_PER_TICK - self.group_phase) * GROUP }
    }

    fn move_controls(&mut self, len: usize) {
        for controls in &mut self.controls {
            for group_idx in 0..len / GROUP {
                let at = group_idx * GROUP..(group_idx + 1) * GROUP;
                let gains = self.gains.tick().map(|gain| gain as f32);
                controls.drive_gain[group_idx] = gains[0];
                line(controls.last[1], gains[1], &mut controls.even_share[at.clone()]);
                line(controls.last[2], gains[2], &mut controls.mix[at]);
                controls.last = gains;
            }
        }
    }

    /// Sends whole groups through every step; they come out in `wet` from `wet_at` on.
    #[inline(always)]
    fn make_harmonics<S: Simd>(&mut self, simd: S, len: usize, wet_at: usize) {
        let Some(controls) = self.controls.first() else { return };
        // States end once per control interval.
        let is_last = |group_idx| (self.group_phase + group_idx) % GROUPS_PER_TICK == GROUPS_PER_TICK - 1;
        for group_idx in 0..len / GROUP {
            let at = PAST + group_idx * GROUP;
            for channel in &mut self.channels {
                self.focus.process_group::<FOCUS_ORDER, S>(simd, &channel.input, &mut channel.band, at);
                if is_last(group_idx) {
                    flush_group(&mut channel.band[at..at + GROUP]);
                }
            }
        }
        for channel in &mut self.channels {
            channel.follow(controls, len);
            channel.shape(simd, &self.oversampler, controls, len);
        }
        for group_idx in 0..len / GROUP {
            let at = PAST + group_idx * GROUP;
            for channel in &mut self.channels {
                self.tone.process_group::<TONE_ORDER, S>(simd, &channel.made, &mut channel.toned, at);
                if is_last(group_idx) {
                    flush_group(&mut channel.toned[at..at + GROUP]);
                }
            }
        }
        for channel in &mut self.channels {
            channel.finish(controls, len, wet_at);
        }
    }
}

#[inline(always)]
fn flush_group(samples: &mut [f64]) {
    for sample in samples {
        *sample = flush(*sample);
    }
}

impl Channel {
    /// The band between the edges, and the gain at which it stays within the curve.
    #[inline(always)]
    fn follow(&mut self, controls: &Controls, len: usize) {
        let focused = &mut self.focused[FOCUSED_PAST..FOCUSED_PAST + len];
        for (focused, band) in focused.iter_mut().zip(&self.band[PAST..]) {
            *focused = to_f32(*band);
        }
        let mut gains = [0.0; CHUNK / GROUP];
        let gains = &mut gains[..len / GROUP];
        self.envelope.follow(focused, gains);
        for (gain, drive_gain) in gains.iter_mut().zip(&controls.drive_gain) {
            let most = 1.0 / *gain;
            *gain = if most < *drive_gain { most } else { *drive_gain };
        }
        for (gain, line_out) in gains.iter().zip(self.gain.chunks_exact_mut(GROUP)) {
            line(self.last_gain, *gain, line_out);
            self.last_gain = *gain;
        }
    }

    /// Through the curve at twice the rate, and back.
    #[inline(always)]
    fn shape<S: Simd>(&mut self, simd: S, oversampler: &Oversampler, controls: &Controls, len: usize) {
        for at in (0..len).step_by(LANES) {
            let gain = f32x16::from_slice(simd, &self.gain[at..at + LANES]);
            let even_share = f32x16::from_slice(simd, &controls.even_share[at..at + LANES]);
            let driven = oversampler.up(simd, &self.focused, at);
            let new = SHAPED_PAST + at..SHAPED_PAST + at + LANES;
            for (shaped, driven) in self.shaped.iter_mut().zip(driven) {
                curve::harmonics(simd, driven, gain, even_share).store_slice(&mut shaped[new.clone()]);
            }
        }
        let [on, between] = &self.shaped;
        for at in (0..len).step_by(LANES) {
            let mut made = [0.0; LANES];
            oversampler.down(simd, on, between, at).store_slice(&mut made);
            for (out, made) in self.made[PAST + at..].iter_mut().zip(made) {
                *out = to_f64(made);
            }
        }
    }

    /// Mixes the harmonics, and moves every buffer on.
    #[inline(always)]
    fn finish(&mut self, controls: &Controls, len: usize, wet_at: usize) {
        let harmonics = self.toned[PAST..PAST + len].iter().zip(&controls.mix);
        for (wet, (harmonics, mix)) in self.wet[wet_at..].iter_mut().zip(harmonics) {
            *wet = mix * to_f32(*harmonics);
        }
        self.input.copy_within(len.., 0);
        self.band.copy_within(len..len + PAST, 0);
        self.focused.copy_within(len..len + FOCUSED_PAST, 0);
        for shaped in &mut self.shaped {
            shaped.copy_within(len..len + SHAPED_PAST, 0);
        }
        self.made.copy_within(len..len + PAST, 0);
        self.toned.copy_within(len..len + PAST, 0);
    }
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
        let gains = [db_to_gain(settings.drive_db), settings.even_percent * 0.01, settings.mix_percent * 0.01];
        self.gains.set(gains);
        let corners_hz = [settings.focus_hz, settings.focus_high_hz, settings.tone_hz];
        self.corners.set(corners_hz.map(libm::log2));
    }

    fn reset(&mut self) {
        self.gains.reset();
        self.corners.reset();
        for channel in &mut self.channels {
            *channel = Channel::new(channel.envelope.at_rest());
        }
        (self.num_pending, self.group_phase, self.has_started) = (0, 0, false);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        if !self.has_started && !block.is_empty() {
            self.start();
        }
        let num_frames = block.len();
        for start in (0..num_frames).step_by(CHUNK) {
            self.process_chunk(&mut block.slice(start..num_frames.min(start + CHUNK)));
        }
    }

    fn latency_samples(&self) -> usize {
        LATENCY_SAMPLES
    }
}
