//! Denoise: takes steady and unsteady noise from a voice, by RNNoise.
//!
//! Source: J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", MMSP 2018. It works at
//! 48 kHz in frames of 480 counted from the reset; other rates are brought there and back by [`crate::filter::resample`]. Each
//! channel has a network of its own: one gain for both would let a voice on one side open the gate for the noise on the other,
//! but the noise that is left may wander in width. The mix is with the input delayed exactly.
//!
//! RNNoise's weights are used as they were trained. What is around them (`features`, `pitch`, `network`) is written anew, and
//! compared with the crate nnnoiseless in the tests, because here the bits must be the same on every machine, a reset must clear
//! the network, and nothing may be kept for each thread.

mod features;
mod network;
mod pitch;

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::filter::delay::Delay;
use crate::filter::resample::{Ratio, Resampler};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::DenoiseSettings;
use crate::smooth::Ramp;
use crate::units::ms_to_samples;
use features::{FRAME_LEN, Suppressor};

pub use network::Model;

/// What the network was trained for.
const INNER_RATE_HZ: f64 = 48_000.0;

/// A sample is known once the frame that it begins has come, and the next one for the overlap.
const FRAMES_LATENCY: u64 = 2 * FRAME_LEN as u64 - 1;

/// The network takes 16-bit numbers.
const FULL_SCALE: f64 = 32_768.0;

/// +30 dBFS. Beyond, squares would leave the range of the network's f32 and never come back.
const MAX_LEVEL: f64 = 32.0;

/// -180 dBFS. Less is nothing, in and out, so that no host's denormal flags reach the result.
const MIN_LEVEL: f64 = 1e-9;

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
    suppressor: Box<Suppressor>,
    inward: Resampler,
    outward: Resampler,
    frame: [f64; FRAME_LEN],
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
            suppressor: Box::new(Suppressor::new(model)),
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
        self.suppressor.reset();
        self.inward.reset();
        self.outward.reset();
        self.frame_fill = 0;
        self.has_begun = false;
        self.num_silent_frames = 0;
        (self.ready.first, self.ready.len) = (0, 0);
    }

    /// Takes a sample in; what the network has ready goes into the queue.
    #[inline]
    fn push(&mut self, x: f64) {
        self.inward.push(if x.abs() < MIN_LEVEL { 0.0 } else { x.clamp(-MAX_LEVEL, MAX_LEVEL) });
        while let Some(inner) = self.inward.pull() {
            self.frame[self.frame_fill] = inner * FULL_SCALE;
            self.frame_fill += 1;
            if self.frame_fill == FRAME_LEN {
                self.frame_fill = 0;
                self.finish_frame();
            }
        }
    }

    fn finish_frame(&mut self) {
        let is_silent = self.frame.iter().all(|sample| *sample == 0.0);
        self.num_silent_frames = if is_silent { self.num_silent_frames.saturating_add(1) } else { 0 };
        // In longer silence there is nothing to do: the frame that comes out is silent as well.
        if self.num_silent_frames <= SILENT_FRAMES {
            self.suppressor.process(&mut self.frame);
        }
        if !self.has_begun {
            self.has_begun = true;
            return;
        }
        for sample in self.frame {
            self.outward.push(sample * (1.0 / FULL_SCALE));
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
    /// The one that is built in is unpacked by the first `prepare` that wants it.
    model: Option<Model>,
}

impl Denoise {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the networks are to have learnt, from the next `prepare` on.
    pub fn use_model(&mut self, model: Model) {
        self.model = Some(model);
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
        let ratio = Ratio::nearest(INNER_RATE_HZ, spec.sample_rate_hz);
        let (inner, outer) = (ratio.inner as u64, ratio.outer as u64);
        let ahead = ratio.inward().reach() + ratio.outward().reach() + FRAMES_LATENCY * outer;
        let latency_samples = ahead.div_ceil(inner) as usize;
        // Outputs come a frame at a time, and wait until the slowest of a frame would be due.
        let queue_len = latency_samples + FRAME_LEN * ratio.outer / ratio.inner + 2;
        let model = self.model.take().unwrap_or_default();
        *self = Self {
            channels: vec![Channel::new(ratio, queue_len, &model); spec.num_channels],
            dry: Delay::new(latency_samples),
            mix: Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz)),
            num_waited: 0,
            latency_samples,
            model: Some(model),
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
