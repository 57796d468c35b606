//! A module's place in the chain: bypass and delta without a click and with the latency kept.
//!
//! Beside the module runs a pure delay of the module's latency. What comes out is a mix of the two whose gains move smoothly: the
//! module alone, the delayed input alone (bypass), or the module less the delayed input (delta: what it adds or takes away).
//! While nothing of the module is wanted it rests and costs nothing. When it comes back it resumes (see [`Processor::resume`]), runs unheard
//! until its latency has passed, and is then faded in. All of it counts samples.

use crate::block::Block;
use crate::filter::delay::Delay;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::Bypassable;
use crate::smooth::Fade;
use crate::units::ms_to_samples;

/// How long the passage from one mix to another takes.
const FADE_MS: f64 = 20.0;

/// Gains of the delayed input and of the module.
const MODULE_ALONE: [f64; 2] = [0.0, 1.0];
const INPUT_ALONE: [f64; 2] = [1.0, 0.0];
const DIFFERENCE: [f64; 2] = [-1.0, 1.0];
const NOTHING: [f64; 2] = [0.0, 0.0];

/// What the listener wants of a place in the chain, beside the module's own bypass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// The module's output, or its delayed input if it is bypassed.
    #[default]
    Normal,
    /// The delayed input, because other modules are listened to.
    Out,
    /// What the module changes: its output less its delayed input. Nothing, if it is bypassed.
    Delta,
}

/// One module in the chain.
#[derive(Debug, Clone)]
pub struct Slot<P: Processor> {
    module: P,
    /// What the module was last set to, so that a snapshot at every block costs one comparison.
    settings: Option<P::Settings>,
    bypassed: bool,
    role: Role,
    /// Of the delayed input and of the module.
    gains: Fade<2>,
    /// Whether the module runs, heard or filling.
    is_running: bool,
    /// For so many samples more the module fills unheard.
    filling_samples: usize,
    started: bool,
    delay: Delay,
    /// The delayed input beside the module's output; one per channel.
    dry: [Vec<f32>; 2],
}

impl<P: Processor<Settings: Bypassable>> Slot<P> {
    /// An empty place around `module`.
    #[must_use]
    pub fn new(module: P) -> Self {
        Self {
            module,
            settings: None,
            bypassed: false,
            role: Role::Normal,
            gains: Fade::default(),
            is_running: true,
            filling_samples: 0,
            started: false,
            delay: Delay::default(),
            dry: [Vec::new(), Vec::new()],
        }
    }

    /// The module itself, to read its meters.
    #[must_use]
    pub fn module(&self) -> &P {
        &self.module
    }

    /// The module itself, for what is settled before it is prepared.
    pub(crate) fn module_mut(&mut self) -> &mut P {
        &mut self.module
    }

    /// Whether the module has a part in what comes out.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.is_running && self.gains.value()[1] != 0.0
    }

    /// What is to be heard of this place from now on; smoothly once running.
    pub fn listen(&mut self, role: Role) {
        if role != self.role {
            self.role = role;
            self.aim();
        }
    }

    fn wanted_gains(&self) -> [f64; 2] {
        match (self.role, self.bypassed) {
            (Role::Normal, false) => MODULE_ALONE,
            (Role::Delta, false) => DIFFERENCE,
            (Role::Delta, true) => NOTHING,
            (Role::Out, _) | (Role::Normal, true) => INPUT_ALONE,
        }
    }

    /// Sets out for the wanted mix, or first fills the module for it.
    fn aim(&mut self) {
        let wanted = self.wanted_gains();
        let needs_module = wanted[1] != 0.0;
        if !self.started {
            self.gains.set(wanted);
            self.gains.reset();
            self.is_running = needs_module;
            self.filling_samples = 0;
        } else if needs_module && !self.is_running {
            self.module.resume();
            self.is_running = true;
            self.filling_samples = self.module.latency_samples();
        } else if !needs_module && self.filling_samples > 0 {
            self.is_running = false;
            self.filling_samples = 0;
        }
        if self.filling_samples == 0 {
            self.gains.set(wanted);
        }
    }

    /// At most as many frames as nothing but gains changes for.
    fn process_part(&mut self, part: &mut Block<'_>) {
        if self.gains.ticks_left() == 0 && self.filling_samples == 0 {
            if self.is_running && self.gains.value() == MODULE_ALONE {
                self.delay.feed(part);
                return self.module.process(part);
            }
            if !self.is_running && self.gains.value() == INPUT_ALONE {
                return self.delay.process(part);
            }
        }
        self.process_both(part);
        if self.filling_samples > 0 {
            self.filling_samples -= part.len();
            if self.filling_samples == 0 {
                self.gains.set(self.wanted_gains());
            }
        } else if self.gains.ticks_left() == 0 && self.gains.value()[1] == 0.0 {
            self.is_running = false;
        }
    }

    /// Runs the delay, and the module if it runs, and mixes them.
    fn process_both(&mut self, part: &mut Block<'_>) {
        let num_frames = part.len();
        let [left, right] = &mut self.dry;
        let mut dry = Block::stereo(&mut left[..num_frames], &mut right[..num_frames]);
        dry.copy_from(part);
        self.delay.process(&mut dry);
        dry.sanitize();
        if self.is_running {
            self.module.process(part);
            // The mix computes with both; a subnormal in either would depend on the host's flags.
            part.sanitize();
        }
        let mut frame_idx = 0;
        part.map_frames(|wet| {
            let (dry, gains) = (dry.frame(frame_idx), self.gains.tick());
            frame_idx += 1;
            // Said apart, because a sum with zero would lose a zero's sign.
            if gains == INPUT_ALONE {
                return dry;
            }
            core::array::from_fn(|c| gains[0] * dry[c] + gains[1] * wet[c])
        });
    }

    /// Processes what is surely audio; subnormals may be among it.
    fn process_clean(&mut self, block: &mut Block<'_>) {
        if block.is_empty() {
            return;
        }
        self.started = true;
        self.gains.start();
        let mut start = 0;
        while start < block.len() {
            let end = block.len().min(start + self.longest_part());
            self.process_part(&mut block.slice(start..end));
            start = end;
        }
    }

    /// How many frames may be processed before something other than the gains changes.
    fn longest_part(&self) -> usize {
        let left = if self.filling_samples > 0 { self.filling_samples } else { self.gains.ticks_left() };
        let limit = if left == 0 { usize::MAX } else { left };
        limit.min(self.dry[0].len()).max(1)
    }
}

impl<P: Processor<Settings: Bypassable>> Processor for Slot<P> {
    type Settings = P::Settings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        self.module.prepare(spec)?;
        self.settings = None;
        self.delay = Delay::new(self.module.latency_samples());
        self.gains = Fade::new(ms_to_samples(FADE_MS, spec.sample_rate_hz));
        self.dry = core::array::from_fn(|_| vec![0.0; spec.max_block_len]);
        self.started = false;
        self.aim();
        Ok(())
    }

    fn set(&mut self, settings: &P::Settings) {
        if self.settings == Some(*settings) {
            return;
        }
        self.settings = Some(*settings);
        self.module.set(settings);
        if settings.is_bypassed() != self.bypassed {
            self.bypassed = settings.is_bypassed();
            self.aim();
        }
    }

    fn reset(&mut self) {
        self.module.reset();
        self.delay.reset();
        self.started = false;
        self.aim();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        // The module does so too, but not while it rests, and the delay would keep what is no audio.
        block.sanitize();
        self.process_clean(block);
    }

    fn latency_samples(&self) -> usize {
        self.module.latency_samples()
    }
}

/// What the chain asks of every place alike; settings differ in type, so they are not in it.
pub(crate) trait Stage {
    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError>;
    fn listen(&mut self, role: Role);
    fn reset(&mut self);
    /// The chain has cleaned its input, and no module gives anything but numbers.
    fn process(&mut self, block: &mut Block<'_>);
    fn latency_samples(&self) -> usize;
}

impl<P: Processor<Settings: Bypassable>> Stage for Slot<P> {
    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        Processor::prepare(self, spec)
    }

    fn listen(&mut self, role: Role) {
        Slot::listen(self, role);
    }

    fn reset(&mut self) {
        Processor::reset(self);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        self.process_clean(block);
    }

    fn latency_samples(&self) -> usize {
        Processor::latency_samples(self)
    }
}
