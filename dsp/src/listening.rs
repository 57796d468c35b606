//! What is heard of the chain: all of it, some modules alone, what one of them changes, or the input for comparison.
//!
//! Nothing here belongs to a preset or to a bounce. Every passage is faded, and the latency never changes.

use crate::block::Block;
use crate::filter::delay::Delay;
use crate::meter::LoudnessDifference;
use crate::processor::ProcessSpec;
use crate::settings::Module;
use crate::slot::Role;
use crate::smooth::{Fade, Ramp};
use crate::units::{db_to_gain, ms_to_samples};

/// How long the passage between output and input takes.
const FADE_MS: f64 = 20.0;

/// How long a matched gain takes to follow its measurement.
const GAIN_MOVE_MS: f64 = 200.0;

/// Gains beyond this, either way, are a comparison with next to nothing.
const LARGEST_MATCH_DB: f64 = 24.0;

/// What the listener wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Listening {
    /// The modules that are heard alone, by their place in [`Module::ALL`]; none: all are heard.
    ///
    /// The input module stays, because its trim brings the programme to the level that the others' thresholds are made for.
    pub solo: [bool; Module::ALL.len()],
    /// The module of which only the change is heard: what it adds or takes away. What follows it is left out.
    pub delta: Option<Module>,
    /// Hear the chain's input, as late as its output would be.
    pub bypass: bool,
    /// Bring the input to the loudness of the output while it is heard. Peaks that the chain would have limited may then lie beyond
    /// full scale, which a host carries and a converter clips.
    pub gain_match: bool,
}

impl Listening {
    /// What a module's place in the chain gives.
    pub(crate) fn role(&self, module: Module) -> Role {
        let is_soloed = |module: Module| self.solo[module as usize] || module == Module::Input;
        match self.delta {
            Some(delta) if module == delta => Role::Delta,
            Some(delta) if module > delta => Role::Out,
            _ if self.solo.contains(&true) && !is_soloed(module) => Role::Out,
            _ => Role::Normal,
        }
    }
}

/// The chain's input on its way beside the chain, to be compared with the output.
#[derive(Debug, Clone, Default)]
pub(crate) struct InputPath {
    delay: Delay,
    /// The delayed input of the present block.
    dry: [Vec<f32>; 2],
    /// 0: the output is heard; 1: the input.
    share: Fade<1>,
    is_gain_matched: bool,
    difference: LoudnessDifference,
    gain: Ramp,
}

impl InputPath {
    /// For a chain of this latency. Allocates.
    pub(crate) fn new(spec: &ProcessSpec, latency_samples: usize) -> Self {
        let mut gain = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        gain.set(1.0);
        Self {
            delay: Delay::new(latency_samples),
            dry: core::array::from_fn(|_| vec![0.0; spec.max_block_len]),
            share: Fade::new(ms_to_samples(FADE_MS, spec.sample_rate_hz)),
            is_gain_matched: false,
            difference: LoudnessDifference::new(spec.sample_rate_hz, spec.num_channels),
            gain,
        }
    }

    pub(crate) fn listen(&mut self, listening: &Listening) {
        self.share.set([if listening.bypass { 1.0 } else { 0.0 }]);
        if listening.gain_match != self.is_gain_matched {
            self.is_gain_matched = listening.gain_match;
            self.difference.reset();
            self.gain.set(1.0);
        }
    }

    pub(crate) fn reset(&mut self) {
        self.delay.reset();
        self.difference.reset();
        self.share.reset();
        self.gain.set(1.0);
        self.gain.reset();
    }

    /// Whether nothing of the input is heard or measured.
    fn is_resting(&self) -> bool {
        self.share.ticks_left() == 0 && self.share.value() == [0.0] && !self.is_gain_matched
    }

    /// Takes in what goes into the chain, no longer than the longest block.
    pub(crate) fn take(&mut self, block: &mut Block<'_>) {
        if self.is_resting() {
            return self.delay.feed(block);
        }
        let [left, right] = &mut self.dry;
        let mut dry = Block::stereo(&mut left[..block.len()], &mut right[..block.len()]);
        dry.copy_from(block);
        // Of a mono programme only the first channel is heard and measured.
        self.delay.process(&mut dry);
    }

    /// Mixes the input into what came out of the chain for the block that was last taken in.
    pub(crate) fn mix_into(&mut self, block: &mut Block<'_>) {
        self.share.start();
        if self.is_resting() {
            self.gain.reset();
            return;
        }
        // The mix computes with what the chain ended on; a subnormal there would depend on the host's flags.
        block.sanitize();
        let mut start = 0;
        while start < block.len() {
            let longest = if self.is_gain_matched { self.difference.frames_left() } else { usize::MAX };
            let end = block.len().min(start.saturating_add(longest));
            let mut part = block.slice(start..end);
            let gain = if self.is_gain_matched { self.measured_gain(&part, start) } else { None };
            self.mix_part(&mut part, start);
            if let Some(gain) = gain {
                self.gain.set(gain);
            }
            start = end;
        }
    }

    /// The gain from here on, if a hop of the measurement ends with this part.
    fn measured_gain(&mut self, part: &Block<'_>, start: usize) -> Option<f64> {
        let [left, right] = &self.dry;
        let range = start..start + part.len();
        let dry = [&left[range.clone()], &right[range]];
        let is_new = self.difference.add([dry, [part.channel(0), part.channel(1)]]);
        let largest = db_to_gain(LARGEST_MATCH_DB);
        self.difference.gain().filter(|_| is_new).map(|gain| gain.clamp(1.0 / largest, largest))
    }

    fn mix_part(&mut self, part: &mut Block<'_>, start: usize) {
        let [left, right] = &self.dry;
        let mut frame_idx = start;
        let (share, gain) = (&mut self.share, &mut self.gain);
        part.map_frames(|wet| {
            let dry = [f64::from(left[frame_idx]), f64::from(right[frame_idx])];
            frame_idx += 1;
            let ([share], gain) = (share.tick(), gain.tick());
            match share {
                0.0 => wet,
                1.0 => dry.map(|x| gain * x),
                _ => core::array::from_fn(|c| wet[c] + share * (gain * dry[c] - wet[c])),
            }
        });
    }
}
