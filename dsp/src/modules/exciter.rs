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
use fearless_simd::{Level, Simd, dispatch, f32x16, f64x8};

use crate::block::{Block, Frame, MAX_CHANNELS, sanitized};
use crate::filter::oversample::{DOWN_REACH, LANES, Oversampler, UP_REACH};
use crate::filter::recursion::{GROUP, PAST, Recursion, Transfer, flush_group};
use crate::math::exp2;
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
const CHUNK: usize = 256;

const GROUPS_PER_TICK: usize = CONTROL_INTERVAL_SAMPLES / GROUP;

/// What of the focused band and of the harmonics at twice the rate lies before the new samples.
const FOCUSED_PAST: usize = UP_REACH + GAIN_DELAY;
const SHAPED_PAST: usize = 2 * DOWN_REACH;

/// Orders of the filters: both edges before the curve; the lower edge and the tone behind it.
const FOCUS_ORDER: usize = 4;
const TONE_ORDER: usize = 3;

/// Samples smaller than this (-500 dBFS) become silence, so that no product with a filter's tap is subnormal.
const SILENCE: f64 = 1.0e-25;

/// Crests of tones below -240 dBFS are not looked for.
const LEAST_CREST: f32 = 1.0e-24;

/// What the filters take and give, both channels side by side: what is still needed of the past, then the new frames.
#[derive(Debug, Clone)]
struct Frames {
    /// The input, and behind it up to three frames of an unfinished group.
    input: [Frame; PAST + CHUNK + GROUP],
    band: [Frame; PAST + CHUNK],
    made: [Frame; PAST + CHUNK],
    toned: [Frame; PAST + CHUNK],
}

impl Frames {
    const SILENT: Self = Self {
        input: [[0.0; MAX_CHANNELS]; PAST + CHUNK + GROUP],
        band: [[0.0; MAX_CHANNELS]; PAST + CHUNK],
        made: [[0.0; MAX_CHANNELS]; PAST + CHUNK],
        toned: [[0.0; MAX_CHANNELS]; PAST + CHUNK],
    };
}

/// What the steps of one channel hand to each other, likewise.
#[derive(Debug, Clone)]
struct Channel {
    focused: [f32; FOCUSED_PAST + CHUNK + LANES],
    envelope: Envelope,
    /// The gain into the curve at the end of the last group.
    last_gain: f32,
    gain: [f32; CHUNK + LANES],
    /// On the samples, and half-way between them.
    shaped: [[f32; SHAPED_PAST + CHUNK + LANES]; 2],
    /// The harmonics at the base rate.
    made: [f32; CHUNK + LANES],
    /// Up to three harmonics that are not due yet, then the new ones.
    wet: [f32; GROUP_DELAY + CHUNK],
    /// The untouched signal, waiting for its harmonics.
    dry: [f32; LATENCY_SAMPLES + CHUNK],
}

impl Channel {
    fn new(envelope: Envelope) -> Self {
        Self {
            focused: [0.0; FOCUSED_PAST + CHUNK + LANES],
            envelope,
            last_gain: 1.0,
            gain: [0.0; CHUNK + LANES],
            shaped: [[0.0; SHAPED_PAST + CHUNK + LANES]; 2],
            made: [0.0; CHUNK + LANES],
            wet: [0.0; GROUP_DELAY + CHUNK],
            dry: [0.0; LATENCY_SAMPLES + CHUNK],
        }
    }
}

/// The controls over one pass: the drive at the end of each group, the others for each sample.
#[derive(Debug, Clone)]
struct Controls {
    last: [f32; 3],
    /// Whether every group of the arrays holds the last values.
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
    /// Drive in octaves, share of the even harmonics, mix; moves once per group.
    gains: Glide<3>,
    /// Lower edge, upper edge, tone, in octaves; move once per control interval.
    corners: Glide<3>,
    designed: [f64; 3],
    focus: Recursion,
    tone: Recursion,
    /// One each once prepared, on the heap.
    frames: Vec<Frames>,
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
            focus: Recursion::default(),
            tone: Recursion::default(),
            frames: Vec::new(),
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
    #[inline(always)]
    fn process_chunk<S: Simd>(&mut self, simd: S, block: &mut Block<'_>) {
        let num_frames = block.len();
        let Some(frames) = self.frames.first_mut() else { return };
        for (channel_idx, channel) in self.channels.iter_mut().enumerate() {
            channel.take(block.channel(channel_idx));
        }
        if let (Some(left), Some(right)) = (self.channels.first(), self.channels.last()) {
            let new = &mut frames.input[PAST + self.num_pending..][..num_frames];
            let dry = [left, right].map(|channel| &channel.dry[LATENCY_SAMPLES..][..num_frames]);
            for (n, new) in new.iter_mut().enumerate() {
                *new = [f64::from(dry[0][n]), f64::from(dry[1][n])];
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
            num_ready -= len;
            self.make_harmonics(simd, len, num_ready + self.num_pending, wet_at);
            self.group_phase = (self.group_phase + len / GROUP) % GROUPS_PER_TICK;
            wet_at += len;
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
        if self.gains.is_settled() && controls.is_resting {
            return;
        }
        let was_settled = self.gains.is_settled();
        for group_idx in 0..len / GROUP {
            let at = group_idx * GROUP..(group_idx + 1) * GROUP;
            let gains = as_set(self.gains.tick());
            controls.drive_gain[group_idx] = gains[0];
            line(controls.last[1], gains[1], &mut controls.even_share[at.clone()]);
            line(controls.last[2], gains[2], &mut controls.mix[at]);
            controls.last = gains;
        }
        // One more pass at rest fills the arrays with what was reached.
        controls.is_resting = was_settled && len == CHUNK;
    }

    /// Sends whole groups through every step; they come out in `wet` from `wet_at` on.
    #[inline(always)]
    fn make_harmonics<S: Simd>(&mut self, simd: S, len: usize, num_left: usize, wet_at: usize) {
        let (Some(controls), Some(frames)) = (self.controls.first(), self.frames.first_mut()) else { return };
        // States end once per control interval.
        let is_last = |group_idx| (self.group_phase + group_idx) % GROUPS_PER_TICK == GROUPS_PER_TICK - 1;
        for group_idx in 0..len / GROUP {
            let at = PAST + group_idx * GROUP;
            self.focus.process_group::<FOCUS_ORDER, S>(simd, &frames.input, &mut frames.band, at);
            if is_last(group_idx) {
                flush_group(&mut frames.band[at..at + GROUP]);
            }
        }
        let focused = self.channels.iter_mut().map(|channel| &mut channel.focused[FOCUSED_PAST..][..len]);
        separate(simd, &frames.band[PAST..PAST + len], focused);
        for channel in &mut self.channels {
            channel.follow(controls, self.group_phase, len);
            channel.shape(simd, &self.oversampler, controls, len);
        }
        if let (Some(left), Some(right)) = (self.channels.first(), self.channels.last()) {
            let made = left.made.iter().zip(&right.made);
            for (frame, (left, right)) in frames.made[PAST..PAST + len].iter_mut().zip(made) {
                *frame = [to_f64(*left), to_f64(*right)];
            }
        }
        for group_idx in 0..len / GROUP {
            let at = PAST + group_idx * GROUP;
            self.tone.process_group::<TONE_ORDER, S>(simd, &frames.made, &mut frames.toned, at);
            if is_last(group_idx) {
                flush_group(&mut frames.toned[at..at + GROUP]);
            }
        }
        let wet = self.channels.iter_mut().map(|channel| &mut channel.wet[wet_at..wet_at + len]);
        separate(simd, &frames.toned[PAST..PAST + len], wet);
        for channel in &mut self.channels {
            channel.finish(controls, len, wet_at);
        }
        let num_taken = PAST + num_left;
        frames.input.copy_within(len..len + num_taken, 0);
        move_on::<_, PAST>(&mut frames.band, len);
        move_on::<_, PAST>(&mut frames.made, len);
        move_on::<_, PAST>(&mut frames.toned, len);
    }
}

/// Whole groups of frames as a row for each channel that there is, inaudible samples as silence.
#[inline(always)]
fn separate<'a, S: Simd>(simd: S, frames: &[Frame], rows: impl Iterator<Item = &'a mut [f32]>) {
    let mut rows = rows.map(|row| row.as_chunks_mut::<GROUP>().0);
    let (left, right) = (rows.next().unwrap_or_default(), rows.next().unwrap_or_default());
    for (group_idx, group) in frames.as_chunks::<GROUP>().0.iter().enumerate() {
        let frames = f64x8::from_slice(simd, group.as_flattened());
        let is_audible = frames.abs().simd_ge(simd.splat_f64x8(SILENCE));
        let (early, late) = is_audible.select(frames, simd.splat_f64x8(0.0)).split();
        let (early, late) = early.narrow(late).split();
        let (l, r) = early.deinterleave(late);
        if let Some(left) = left.get_mut(group_idx) {
            *left = l.into();
        }
        if let Some(right) = right.get_mut(group_idx) {
            *right = r.into();
        }
    }
}

/// The power of the crest of the sine through three samples in a row, or of the middle one where it is no crest.
///
/// Through `a`, `m`, `b` goes a sine of the power `4 m^2 (m^2 - a b) / (4 m^2 - (a + b)^2)`, wherever on it they lie; samples alone
/// would sway with their place on a tone. A crest is at most 3 dB above its sample up to a quarter of the rate.
#[inline(always)]
fn crest_power([a, m, b]: [f32; 3]) -> f32 {
    let squared = m * m;
    let (above, below) = (4.0 * (squared - a * b), 4.0 * squared - (a + b) * (a + b));
    // No short circuits: the loop around this is one over vectors.
    let is_crest = (squared >= a * a)
        & (squared >= b * b)
        & (below > LEAST_CREST)
        & (above < 2.0 * below)
        & (above > below);
    let power = squared * (above / below);
    if is_crest { power } else { squared }
}

impl Channel {
    /// The gain at which the band stays within the curve.
    #[inline(always)]
    fn follow(&mut self, controls: &Controls, group_phase: usize, len: usize) {
        let mut gains = [0.0; CHUNK / GROUP];
        let gains = &mut gains[..len / GROUP];
        // The sample after the last is not there yet, so each group looks from one sample before itself.
        let near = &self.focused[FOCUSED_PAST - 2..FOCUSED_PAST + len];
        let mut powers = [0.0; CHUNK];
        for (power, three) in powers.iter_mut().zip(near.array_windows::<3>()) {
            *power = crest_power(*three);
        }
        for (peak, powers) in gains.iter_mut().zip(powers.as_chunks::<GROUP>().0) {
            let larger = |a: f32, b: f32| if a > b { a } else { b };
            *peak = larger(larger(powers[0], powers[1]), larger(powers[2], powers[3])).sqrt();
        }
        self.envelope.follow(gains, group_phase);
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
            oversampler.down(simd, on, between, at).store_slice(&mut self.made[at..at + LANES]);
        }
    }

    /// Mixes the harmonics, and moves every buffer on.
    #[inline(always)]
    fn finish(&mut self, controls: &Controls, len: usize, wet_at: usize) {
        for (wet, mix) in self.wet[wet_at..wet_at + len].iter_mut().zip(&controls.mix) {
            *wet *= mix;
        }
        move_on::<_, FOCUSED_PAST>(&mut self.focused, len);
        for shaped in &mut self.shaped {
            move_on::<_, SHAPED_PAST>(shaped, len);
        }
    }

    /// The next input.
    #[inline(always)]
    fn take(&mut self, samples: &[f32]) {
        let dry = &mut self.dry[LATENCY_SAMPLES..LATENCY_SAMPLES + samples.len()];
        for (dry, sample) in dry.iter_mut().zip(samples) {
            *dry = sanitized(*sample).0;
        }
    }

    /// Dry and wet.
    #[inline(always)]
    fn give(&mut self, samples: &mut [f32]) {
        for (sample, (dry, wet)) in samples.iter_mut().zip(self.dry.iter().zip(&self.wet)) {
            *sample = dry + wet;
        }
        move_on::<_, LATENCY_SAMPLES>(&mut self.dry, samples.len());
        move_on::<_, GROUP_DELAY>(&mut self.wet, samples.len());
    }
}

/// The `KEPT` samples that lie `len` further on become the first.
#[inline(always)]
fn move_on<T: Copy, const KEPT: usize>(samples: &mut [T], len: usize) {
    let kept: [T; KEPT] = samples[len..len + KEPT].try_into().expect("the length is constant");
    samples[..KEPT].copy_from_slice(&kept);
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
            frames: vec![Frames::SILENT],
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
        self.frames.fill(Frames::SILENT);
        for channel in &mut self.channels {
            *channel = Channel::new(channel.envelope.at_rest());
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
