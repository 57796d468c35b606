//! Denoise: takes steady and unsteady noise from a voice, by RNNoise.
//!
//! Source: J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", MMSP 2018, as the
//! crate `nnnoiseless` has it. It works at 48 kHz in frames of 480 counted from the reset; other rates are brought there and
//! back by [`crate::filter::resample`]. Each channel has a network of its own, since the crate shows no gain that two could
//! share: hard-panned voices do not open each other's gate, but the noise that is left may wander in width. The mix is with the
//! input delayed exactly.
//!
//! Three promises are narrower here than in the rest of the crate, all of them by `nnnoiseless`:
//! - Bits: its Fourier transform (`rustfft`) picks vector instructions at run time and its logarithm is the platform's. On one
//!   machine the bits depend on the settings and the samples alone; between machines the wet signal differs by rounding.
//!   What is bypassed, or has a mix of 0 %, is the same everywhere.
//! - Allocation: the transform keeps its tables per thread. `prepare` makes those of its own thread; a host that processes on
//!   another calls [`warm_up_thread`] there once, or the first frame allocates them.
//! - Reset: the crate cannot clear a network, only make one. `prepare` lays [`NUM_SPARES`] by; each `reset` after audio takes
//!   one. When they are used up a reset clears the audio, but the network remembers what noise it last heard.

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::filter::delay::Delay;
use crate::filter::resample::{Ratio, Resampler};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::DenoiseSettings;
use crate::smooth::Ramp;
use crate::units::ms_to_samples;
use nnnoiseless::{DenoiseState, RnnModel};
use std::sync::Arc;

/// What the network was trained for.
const INNER_RATE_HZ: f64 = 48_000.0;
const FRAME_LEN: usize = DenoiseState::FRAME_SIZE;

/// A sample is known once the frame that it begins has come, and the next one for the overlap.
const FRAMES_LATENCY: u64 = 2 * FRAME_LEN as u64 - 1;

/// The network takes 16-bit numbers.
const FULL_SCALE: f64 = 32_768.0;

/// +30 dBFS. Beyond, squares would leave the range of the network's f32 and never come back.
const MAX_LEVEL: f64 = 32.0;

/// -180 dBFS. Less is nothing, in and out, so that no host's denormal flags reach the result.
const MIN_LEVEL: f64 = 1e-9;

/// How many resets after audio are exact between two calls of `prepare`, about 30 KiB for each channel.
pub const NUM_SPARES: usize = 16;

/// Makes the tables that the Fourier transform keeps for each thread. Allocates: call it before the thread turns real-time.
pub fn warm_up_thread() {
    let mut network = Network::new(&Model::default());
    let (mut input, mut output) = ([0.0; FRAME_LEN], [0.0; FRAME_LEN]);
    for (n, sample) in input.iter_mut().enumerate() {
        *sample = if n % 7 < 3 { 1000.0 } else { -1000.0 };
    }
    network.0.process_frame(&mut output, &input);
}

/// What a network has learnt: RNNoise's own weights, or others of the same shape.
#[derive(Clone, Default)]
pub struct Model {
    other: Option<Arc<RnnModel>>,
    num_bytes: usize,
}

impl Model {
    /// Weights as `nnnoiseless`' training writes them: the layers one after another, each with its numbers of inputs and neurons.
    /// `None` when they do not fit together, or something is missing or too much.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let model = RnnModel::from_bytes(bytes)?;
        Some(Self { other: Some(Arc::new(model)), num_bytes: bytes.len() })
    }

    /// What the weights take in memory beside the program; each network that uses them has as much again.
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        self.num_bytes
    }
}

impl core::fmt::Debug for Model {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.other.is_some() { "Model of its own" } else { "RNNoise's model" })
    }
}

/// One network with its memory.
#[derive(Clone)]
struct Network(Box<DenoiseState<'static>>);

impl Network {
    fn new(model: &Model) -> Self {
        Self(match &model.other {
            Some(model) => DenoiseState::from_model(RnnModel::clone(model)),
            None => DenoiseState::new(),
        })
    }
}

impl core::fmt::Debug for Network {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Network")
    }
}

/// Samples that wait for their time.
#[derive(Debug, Clone, Default)]
struct Queue {
    samples: Vec<f64>,
    first: usize,
    len: usize,
}

impl Queue {
    #[inline]
    fn push(&mut self, sample: f64) {
        let place = (self.first + self.len) % self.samples.len();
        self.samples[place] = sample;
        self.len += 1;
    }

    #[inline]
    fn pop(&mut self) -> f64 {
        if self.len == 0 {
            return 0.0;
        }
        let place = self.first;
        self.first = (place + 1) % self.samples.len();
        self.len -= 1;
        self.samples[place]
    }
}

/// A quarter of a second of silence, in which the network's own high-pass falls under [`MIN_LEVEL`].
const SILENT_FRAMES: usize = 25;

/// One channel on its way to 48 kHz, through the network, and back.
#[derive(Debug, Clone)]
struct Channel {
    network: Network,
    spares: Vec<Network>,
    num_spares: usize,
    is_fresh: bool,
    inward: Resampler,
    outward: Resampler,
    frame: [f32; FRAME_LEN],
    frame_fill: usize,
    /// The network's first frame is the overlap with what was before the beginning.
    has_begun: bool,
    /// How many frames of silence the network was given last.
    num_silent_frames: usize,
    ready: Queue,
}

impl Channel {
    fn new(ratio: Ratio, queue_len: usize, model: &Model) -> Self {
        Self {
            network: Network::new(model),
            spares: vec![Network::new(model); NUM_SPARES],
            num_spares: NUM_SPARES,
            is_fresh: true,
            inward: ratio.inward(),
            outward: ratio.outward(),
            frame: [0.0; FRAME_LEN],
            frame_fill: 0,
            has_begun: false,
            num_silent_frames: 0,
            ready: Queue { samples: vec![0.0; queue_len], ..Queue::default() },
        }
    }

    fn reset(&mut self) {
        if !self.is_fresh {
            if self.num_spares > 0 {
                self.num_spares -= 1;
                core::mem::swap(&mut self.network, &mut self.spares[self.num_spares]);
                self.is_fresh = true;
            } else {
                self.flush_audio();
            }
        }
        self.resume();
    }

    /// Forgets what is on its way, and keeps the network with all that it has learnt of the noise.
    fn resume(&mut self) {
        self.inward.reset();
        self.outward.reset();
        self.frame_fill = 0;
        self.has_begun = false;
        self.num_silent_frames = 0;
        (self.ready.first, self.ready.len) = (0, 0);
    }

    fn flush_audio(&mut self) {
        let mut output = [0.0; FRAME_LEN];
        for _ in 0..SILENT_FRAMES {
            self.network.0.process_frame(&mut output, &[0.0; FRAME_LEN]);
        }
    }

    /// Takes a sample in; what the network has ready goes into the queue.
    #[inline]
    fn push(&mut self, x: f64) {
        self.is_fresh = false;
        self.inward.push(if x.abs() < MIN_LEVEL { 0.0 } else { x.clamp(-MAX_LEVEL, MAX_LEVEL) });
        while let Some(inner) = self.inward.pull() {
            self.frame[self.frame_fill] = (inner * FULL_SCALE) as f32;
            self.frame_fill += 1;
            if self.frame_fill == FRAME_LEN {
                self.frame_fill = 0;
                self.finish_frame();
            }
        }
    }

    fn finish_frame(&mut self) {
        let mut output = [0.0; FRAME_LEN];
        let is_silent = self.frame.iter().all(|sample| *sample == 0.0);
        self.num_silent_frames = if is_silent { self.num_silent_frames.saturating_add(1) } else { 0 };
        // In longer silence the network would only run into subnormals, at four times the cost of sound. It rests as it is.
        if self.num_silent_frames <= SILENT_FRAMES {
            self.network.0.process_frame(&mut output, &self.frame);
        }
        if !self.has_begun {
            self.has_begun = true;
            return;
        }
        for sample in output {
            self.outward.push(f64::from(sample) * (1.0 / FULL_SCALE));
            while let Some(outer) = self.outward.pull() {
                self.ready.push(if outer.abs() < MIN_LEVEL { 0.0 } else { outer });
            }
        }
    }
}

/// The noise remover. Latency: 959 samples of 48 kHz, 20 ms. The resamplers add 2.3 ms from 44.1 kHz on, and 13 ms at 8 kHz.
#[derive(Debug, Clone, Default)]
pub struct Denoise {
    channels: Vec<Channel>,
    dry: Delay,
    mix: Ramp,
    num_waited: usize,
    latency_samples: usize,
    model: Model,
}

impl Denoise {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the networks are to have learnt, from the next `prepare` on.
    pub fn use_model(&mut self, model: Model) {
        self.model = model;
    }

    #[inline]
    fn wet(&mut self, x: Frame) -> Frame {
        let is_ready = self.num_waited == self.latency_samples;
        if !is_ready {
            self.num_waited += 1;
        }
        let mut wet = [0.0; MAX_CHANNELS];
        for (c, channel) in self.channels.iter_mut().enumerate() {
            channel.push(x[c]);
            if is_ready {
                wet[c] = channel.ready.pop();
            }
        }
        wet
    }
}

impl Processor for Denoise {
    type Settings = DenoiseSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        warm_up_thread();
        let ratio = Ratio::nearest(INNER_RATE_HZ, spec.sample_rate_hz);
        let (inner, outer) = (ratio.inner as u64, ratio.outer as u64);
        let ahead = ratio.inward().reach() + ratio.outward().reach() + FRAMES_LATENCY * outer;
        let latency_samples = ahead.div_ceil(inner) as usize;
        // Outputs come a frame at a time, and wait until the slowest of a frame would be due.
        let queue_len = latency_samples + FRAME_LEN * ratio.outer / ratio.inner + 2;
        *self = Self {
            channels: vec![Channel::new(ratio, queue_len, &self.model); spec.num_channels],
            dry: Delay::new(latency_samples),
            mix: Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz)),
            num_waited: 0,
            latency_samples,
            model: core::mem::take(&mut self.model),
        };
        Ok(())
    }

    fn set(&mut self, settings: &DenoiseSettings) {
        self.mix.set(settings.mix_percent * 0.01);
    }

    fn reset(&mut self) {
        self.channels.iter_mut().for_each(Channel::reset);
        self.dry.reset();
        self.mix.reset();
        self.num_waited = 0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            let wet = self.wet(x);
            let (dry, mix) = (self.dry.tick(x), self.mix.tick());
            core::array::from_fn(|c| if mix == 0.0 { dry[c] } else { dry[c] + mix * (wet[c] - dry[c]) })
        });
    }

    fn latency_samples(&self) -> usize {
        self.latency_samples
    }
}
