//! The chain: the order of the modules, and nothing else.

use crate::block::Block;
use crate::listening::{InputPath, Listening};
use crate::modules::de_esser::DeEsser;
use crate::modules::denoise::{self, Denoise};
use crate::modules::dither::Dither;
use crate::modules::equaliser::Equaliser;
use crate::modules::exciter::Exciter;
use crate::modules::gate::Gate;
use crate::modules::input::Input;
use crate::modules::leveller::Leveller;
use crate::modules::limiter::Limiter;
use crate::modules::loudness::LoudnessGain;
use crate::modules::multiband::Multiband;
use crate::modules::stereo::Stereo;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::rest::{self, Rest};
use crate::settings::{Bypassable, ChainSettings, MAX_BANDS, Module, NUM_BELLS};
use crate::slot::{Slot, Stage};

/// What the modules do to the level at one moment, in decibels. Bypassed modules do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reductions {
    /// What the gate takes away.
    pub gate_db: f32,
    /// What the de-esser takes from its high band.
    pub de_esser_db: f32,
    /// What its level adds to the gain of each bell of the equaliser.
    pub bells_db: [f32; NUM_BELLS],
    /// What the leveller adds.
    pub leveller_gain_db: f32,
    /// What each band of the multiband compressor loses; negative where upward compression raises it.
    pub multiband_db: [f32; MAX_BANDS],
    /// What the limiter takes away.
    pub limiter_db: f32,
}

/// Input, denoise, gate, de-esser, equaliser, leveller, multiband compressor, exciter, stereo, loudness gain, limiter, dither.
///
/// With every module bypassed the output is the input, delayed, bit for bit. What is not audio (not a number, infinite,
/// subnormal) becomes silence first.
#[derive(Debug, Clone)]
pub struct Chain {
    input: Slot<Input>,
    /// Apart from the others in that it can be left out of the chain together with its latency.
    denoise: Option<Slot<Denoise>>,
    gate: Slot<Gate>,
    de_esser: Slot<DeEsser>,
    equaliser: Slot<Equaliser>,
    leveller: Slot<Leveller>,
    multiband: Slot<Multiband>,
    exciter: Slot<Exciter>,
    stereo: Slot<Stereo>,
    loudness: Slot<LoudnessGain>,
    limiter: Slot<Limiter>,
    dither: Slot<Dither>,
    input_path: InputPath,
    rest: Rest,
    max_block_len: usize,
    latency_samples: usize,
    settings: ChainSettings,
    listening: Listening,
    num_damaged_samples: u64,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// A chain at the parameter table's defaults that must be prepared before it runs. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            input: Slot::new(Input::new()),
            denoise: Some(Slot::new(Denoise::new())),
            gate: Slot::new(Gate::new()),
            de_esser: Slot::new(DeEsser::new()),
            equaliser: Slot::new(Equaliser::new()),
            leveller: Slot::new(Leveller::new()),
            multiband: Slot::new(Multiband::new()),
            exciter: Slot::new(Exciter::new()),
            stereo: Slot::new(Stereo::new()),
            loudness: Slot::new(LoudnessGain::new()),
            limiter: Slot::new(Limiter::new()),
            dither: Slot::new(Dither::new()),
            input_path: InputPath::default(),
            rest: Rest::default(),
            max_block_len: 0,
            latency_samples: 0,
            settings: ChainSettings::default(),
            listening: Listening::default(),
            num_damaged_samples: 0,
        }
    }

    /// A chain without the noise remover, whose settings then do nothing: for live monitoring, where its 20 ms, which a
    /// bypass keeps, would be too long.
    #[must_use]
    pub fn without_denoise() -> Self {
        Self { denoise: None, ..Self::new() }
    }

    /// What the noise remover is to have learnt, from the next `prepare` on.
    pub fn use_denoise_model(&mut self, model: denoise::Model) {
        if let Some(slot) = &mut self.denoise {
            slot.module_mut().use_model(model);
        }
    }

    /// The modules in the order of the signal.
    fn stages(&mut self) -> impl Iterator<Item = (Module, &mut dyn Stage)> {
        let stages: [Option<&mut dyn Stage>; Module::ALL.len()] = [
            Some(&mut self.input),
            self.denoise.as_mut().map(|slot| slot as &mut dyn Stage),
            Some(&mut self.gate),
            Some(&mut self.de_esser),
            Some(&mut self.equaliser),
            Some(&mut self.leveller),
            Some(&mut self.multiband),
            Some(&mut self.exciter),
            Some(&mut self.stereo),
            Some(&mut self.loudness),
            Some(&mut self.limiter),
            Some(&mut self.dither),
        ];
        Module::ALL.into_iter().zip(stages).filter_map(|(module, stage)| Some((module, stage?)))
    }

    /// What is to be heard from the next sample on: smoothly once running, and kept by `prepare` and `reset`.
    pub fn listen(&mut self, listening: &Listening) {
        if self.listening != *listening {
            self.rest.reset();
        }
        self.listening = *listening;
        for (module, stage) in self.stages() {
            stage.listen(listening.role(module));
        }
        self.input_path.listen(listening);
    }

    /// Whether it has been given nothing for so long, and has nothing left to say, that it only waits for sound.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.rest.is_resting()
    }

    /// At most as many frames as were promised, and as are left until it may rest. Returns how many were dealt with.
    fn process_part(&mut self, part: &mut Block<'_>) -> usize {
        let mut len = part.len();
        if self.rest.is_resting() {
            let num_nothing = rest::leading_nothing(part);
            if num_nothing > 0 {
                return num_nothing;
            }
            self.rest.reset();
        }
        len = len.min(self.rest.frames_left());
        let mut part = part.slice(0..len);
        let silent_in = rest::trailing_nothing(&part);
        self.process_awake(&mut part);
        self.rest.count(len, silent_in, rest::trailing_silence(&part));
        len
    }

    fn process_awake(&mut self, part: &mut Block<'_>) {
        self.num_damaged_samples += part.sanitize();
        self.input_path.take(part);
        for (_, stage) in self.stages() {
            stage.process(part);
        }
        self.input_path.mix_into(part);
        // Subnormals that a module ended on are zero in a host that flushes them, so they are zero in all.
        part.sanitize();
    }

    /// How many samples since `reset` were no audio and became silence.
    #[must_use]
    pub fn num_damaged_samples(&self) -> u64 {
        self.num_damaged_samples
    }

    /// What the modules do to the level as of the last sample.
    #[must_use]
    pub fn reductions(&self) -> Reductions {
        fn of<P: Processor<Settings: Bypassable>>(slot: &Slot<P>, db: impl Fn(&P) -> f64) -> f32 {
            if slot.is_heard() { db(slot.module()) as f32 } else { 0.0 }
        }
        let bells_db = self.equaliser.module().bells_moved_db();
        let bands_db = self.multiband.module().reduction_db();
        Reductions {
            gate_db: of(&self.gate, Gate::reduction_db),
            de_esser_db: of(&self.de_esser, DeEsser::reduction_db),
            bells_db: bells_db.map(|bell_db| of(&self.equaliser, |_| bell_db)),
            leveller_gain_db: of(&self.leveller, Leveller::gain_db),
            multiband_db: bands_db.map(|band_db| of(&self.multiband, |_| band_db)),
            limiter_db: of(&self.limiter, Limiter::reduction_db),
        }
    }

    /// The limiter's deepest reduction since it last set out, by `reset` or after a bypass, in decibels, zero or more.
    #[must_use]
    pub fn deepest_limiter_reduction_db(&self) -> f64 {
        self.limiter.module().deepest_reduction_db()
    }

    /// How many samples the dither held to full scale since it last set out, by `reset` or after a bypass.
    #[must_use]
    pub fn num_clipped_samples(&self) -> u64 {
        self.dither.module().num_clipped_samples()
    }
}

impl Processor for Chain {
    type Settings = ChainSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        self.max_block_len = spec.max_block_len;
        self.latency_samples = 0;
        self.num_damaged_samples = 0;
        for (_, stage) in self.stages() {
            stage.prepare(spec)?;
        }
        self.latency_samples = self.stages().map(|(_, stage)| stage.latency_samples()).sum();
        self.input_path = InputPath::new(spec, self.latency_samples);
        self.rest = Rest::new(spec.sample_rate_hz);
        // A host that prepares again, for another rate, has not taken its settings back.
        let (settings, listening) = (self.settings, self.listening);
        self.set(&settings);
        self.listen(&listening);
        Ok(())
    }

    fn set(&mut self, settings: &ChainSettings) {
        if self.settings != *settings {
            // What is set during a rest is to be reached before the first sound, as it is in a silence that is awake.
            self.rest.reset();
        }
        self.settings = *settings;
        self.input.set(&settings.input);
        if let Some(denoise) = &mut self.denoise {
            denoise.set(&settings.denoise);
        }
        self.gate.set(&settings.gate);
        self.de_esser.set(&settings.de_esser);
        self.equaliser.set(&settings.equaliser);
        self.leveller.set(&settings.leveller);
        self.multiband.set(&settings.multiband);
        self.exciter.set(&settings.exciter);
        self.stereo.set(&settings.stereo);
        self.loudness.set(&settings.loudness);
        self.limiter.set(&settings.limiter);
        self.dither.set(&settings.dither);
    }

    fn reset(&mut self) {
        self.num_damaged_samples = 0;
        self.rest.reset();
        for (_, stage) in self.stages() {
            stage.reset();
        }
        self.input_path.reset();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        debug_assert!(
            block.len() <= self.max_block_len,
            "a block of {} frames is longer than promised",
            block.len()
        );
        let mut start = 0;
        while start < block.len() {
            let end = block.len().min(start + self.max_block_len.max(1));
            start += self.process_part(&mut block.slice(start..end));
        }
    }

    fn latency_samples(&self) -> usize {
        self.latency_samples
    }
}
