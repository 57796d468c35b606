//! A module's place in the chain: bypass without a click and with the latency kept.
//!
//! While a module is out, its place is a pure delay of the module's latency and the module costs nothing. When it comes back
//! it starts afresh, runs unheard until its latency has passed, and is then faded in. All of it counts samples.

use crate::block::Block;
use crate::filter::delay::Delay;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::Bypassable;
use crate::units::ms_to_samples;

/// How long the passage between the module and the delayed input takes.
const FADE_MS: f64 = 20.0;

/// What is heard, and what goes on unheard.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// The module alone.
    In,
    /// The delayed input alone; the module rests.
    Out,
    /// The delayed input alone, while the module fills for so many samples more.
    Filling(usize),
    /// Both: so many samples away from the module alone.
    FadingIn(usize),
    /// Both: so many samples away from the delayed input alone.
    FadingOut(usize),
}

/// One module in the chain.
#[derive(Debug, Clone)]
pub struct Slot<P> {
    module: P,
    state: State,
    bypassed: bool,
    started: bool,
    delay: Delay,
    fade_samples: usize,
    /// The delayed input beside the module's output; one per channel.
    dry: [Vec<f32>; 2],
}

impl<P: Processor<Settings: Bypassable>> Slot<P> {
    /// An empty place around `module`.
    #[must_use]
    pub fn new(module: P) -> Self {
        Self {
            module,
            state: State::In,
            bypassed: false,
            started: false,
            delay: Delay::default(),
            fade_samples: 1,
            dry: [Vec::new(), Vec::new()],
        }
    }

    /// The module itself, to read its meters.
    #[must_use]
    pub fn module(&self) -> &P {
        &self.module
    }

    fn settle(&mut self) {
        self.state = if self.bypassed { State::Out } else { State::In };
    }

    /// A change of mind in the middle of a fade turns back from where the fade is.
    fn turn(&mut self) {
        let fade = self.fade_samples;
        self.state = match (self.bypassed, self.state) {
            (true, State::In) => State::FadingOut(fade),
            (true, State::FadingIn(left)) => State::FadingOut(fade - left),
            (true, State::Filling(_)) => State::Out,
            (false, State::Out) => {
                self.module.reset();
                State::Filling(self.module.latency_samples())
            }
            (false, State::FadingOut(left)) => State::FadingIn(fade - left),
            (_, state) => state,
        };
    }

    /// Moves on when the samples of a state have run out.
    fn advance(&mut self) {
        self.state = match self.state {
            State::Filling(0) => State::FadingIn(self.fade_samples),
            State::FadingIn(0) => State::In,
            State::FadingOut(0) => State::Out,
            state => state,
        };
    }

    /// Processes a part of the block that lies in one state.
    fn process_in_state(&mut self, part: &mut Block<'_>) {
        let num_frames = part.len();
        match self.state {
            State::Out => self.delay.process(part),
            State::In => {
                self.delay.feed(part);
                self.module.process(part);
            }
            State::Filling(left) => {
                self.process_both(part, |_| 0.0);
                self.state = State::Filling(left - num_frames);
            }
            State::FadingIn(left) => {
                let fade = self.fade_samples as f64;
                self.process_both(part, |n| 1.0 - (left - n) as f64 / fade);
                self.state = State::FadingIn(left - num_frames);
            }
            State::FadingOut(left) => {
                let fade = self.fade_samples as f64;
                self.process_both(part, |n| (left - n) as f64 / fade);
                self.state = State::FadingOut(left - num_frames);
            }
        }
    }

    /// Runs delay and module, and mixes them with the module's share at each sample.
    fn process_both(&mut self, part: &mut Block<'_>, wet_share: impl Fn(usize) -> f64) {
        let num_frames = part.len();
        let [left, right] = &mut self.dry;
        let mut dry = Block::stereo(&mut left[..num_frames], &mut right[..num_frames]);
        dry.copy_from(part);
        self.delay.process(&mut dry);
        self.module.process(part);
        // The fade computes with what the module ended on; a subnormal there would depend on the host's flags.
        part.sanitize();
        let mut frame_idx = 0;
        part.map_frames(|wet| {
            let (dry, share) = (dry.frame(frame_idx), wet_share(frame_idx));
            frame_idx += 1;
            core::array::from_fn(|c| if share == 0.0 { dry[c] } else { dry[c] + share * (wet[c] - dry[c]) })
        });
    }

    /// How far the present state reaches, `usize::MAX` where it has no end of its own.
    fn samples_left(&self) -> usize {
        match self.state {
            State::In | State::Out => usize::MAX,
            State::Filling(left) | State::FadingIn(left) | State::FadingOut(left) => left,
        }
    }
}

impl<P: Processor<Settings: Bypassable>> Processor for Slot<P> {
    type Settings = P::Settings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        self.module.prepare(spec)?;
        self.delay = Delay::new(self.module.latency_samples());
        self.fade_samples = ms_to_samples(FADE_MS, spec.sample_rate_hz);
        self.dry = core::array::from_fn(|_| vec![0.0; spec.max_block_len]);
        self.started = false;
        self.settle();
        Ok(())
    }

    fn set(&mut self, settings: &P::Settings) {
        self.module.set(settings);
        let bypassed = settings.is_bypassed();
        if !self.started {
            self.bypassed = bypassed;
            self.settle();
        } else if bypassed != self.bypassed {
            self.bypassed = bypassed;
            self.turn();
        }
    }

    fn reset(&mut self) {
        self.module.reset();
        self.delay.reset();
        self.started = false;
        self.settle();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        // The module does so too, but not while it is out, and the delay would keep what is no audio.
        block.sanitize();
        self.started |= !block.is_empty();
        block.sanitize();
        let mut start = 0;
        while start < block.len() {
            self.advance();
            let longest = self.samples_left().min(self.dry[0].len()).max(1);
            let end = block.len().min(start + longest);
            self.process_in_state(&mut block.slice(start..end));
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        self.module.latency_samples()
    }
}

/// What the chain asks of every place alike; settings differ in type, so they are not in it.
pub(crate) trait Stage {
    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError>;
    fn reset(&mut self);
    fn process(&mut self, block: &mut Block<'_>);
    fn latency_samples(&self) -> usize;
}

impl<P: Processor<Settings: Bypassable>> Stage for Slot<P> {
    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        Processor::prepare(self, spec)
    }

    fn reset(&mut self) {
        Processor::reset(self);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        Processor::process(self, block);
    }

    fn latency_samples(&self) -> usize {
        Processor::latency_samples(self)
    }
}
