//! The chain with its settings and its meter, as programs in other languages hold it.

use lacquer_dsp::block::{Block, MAX_CHANNELS};
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter, LoudnessReading, MeterError};
use lacquer_dsp::modules::denoise::Model;
use lacquer_dsp::param::ParamError;
use lacquer_dsp::processor::{PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_presets::{UnknownParameter, parameter_named};

/// Why an engine cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// The chain does not take the format.
    #[error(transparent)]
    Format(#[from] PrepareError),
    /// The meter does not.
    #[error(transparent)]
    Meter(#[from] MeterError),
}

/// Why a parameter is not set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SetError {
    /// There is none of that id.
    #[error(transparent)]
    Unknown(#[from] UnknownParameter),
    /// It does not take the value.
    #[error(transparent)]
    Value(#[from] ParamError),
}

/// Sets a parameter by its id.
///
/// # Errors
/// When there is no such parameter, or the value is out of its range.
pub fn set_by_id(settings: &mut ChainSettings, id: &str, value: f64) -> Result<(), SetError> {
    Ok(parameter_named(id)?.set(settings, value)?)
}

/// A mastering chain that works in place, and hears what it gives.
pub struct Engine {
    chain: Box<Chain>,
    spec: ProcessSpec,
    settings: ChainSettings,
    meter: LoudnessMeter,
}

impl Engine {
    /// An engine with every parameter at its default.
    ///
    /// # Errors
    /// For a format that no chain takes.
    pub fn new(spec: ProcessSpec) -> Result<Self, EngineError> {
        let mut chain = Box::<Chain>::default();
        chain.prepare(&spec)?;
        let mut meter = LoudnessMeter::new();
        meter.prepare(spec.sample_rate_hz, &[ChannelRole::Main; MAX_CHANNELS][..spec.num_channels])?;
        Ok(Self { chain, spec, settings: ChainSettings::default(), meter })
    }

    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> &ProcessSpec {
        &self.spec
    }

    /// What it is set to.
    #[must_use]
    pub fn settings(&self) -> &ChainSettings {
        &self.settings
    }

    /// Sets every parameter; they are approached without a click. Allocates nothing.
    pub fn set(&mut self, settings: &ChainSettings) {
        self.settings = *settings;
        self.chain.set(settings);
    }

    /// Sets one parameter. Allocates nothing, unless it fails.
    ///
    /// # Errors
    /// When there is no such parameter, or the value is out of its range.
    pub fn set_parameter(&mut self, id: &str, value: f64) -> Result<(), SetError> {
        let mut settings = self.settings;
        set_by_id(&mut settings, id, value)?;
        self.set(&settings);
        Ok(())
    }

    /// Gives the noise remover another model. Audio and meters are forgotten.
    ///
    /// # Errors
    /// None that making it did not have.
    pub fn use_denoise_model(&mut self, model: &Model) -> Result<(), EngineError> {
        let mut chain = Box::<Chain>::default();
        chain.use_denoise_model(model.clone());
        chain.prepare(&self.spec)?;
        chain.set(&self.settings);
        self.chain = chain;
        self.meter.reset();
        Ok(())
    }

    /// Masters planes of equal length in place: one, or left and right. Allocates nothing, and the bits are the same for any lengths.
    ///
    /// # Panics
    /// If there are not as many planes as channels, or their lengths differ.
    pub fn process(&mut self, planes: &mut [&mut [f32]]) {
        assert_eq!(planes.len(), self.spec.num_channels, "the engine's channels");
        let num_frames = planes.first().map_or(0, |plane| plane.len());
        assert!(planes.iter().all(|plane| plane.len() == num_frames), "channels of equal length");
        for start in (0..num_frames).step_by(self.spec.max_block_len) {
            let range = start..num_frames.min(start + self.spec.max_block_len);
            match planes {
                [left, right] => {
                    let (left, right) = (&mut left[range.clone()], &mut right[range]);
                    self.chain.process(&mut Block::stereo(left, right));
                    self.meter.process(&[left, right]);
                }
                [mono, ..] => {
                    let mono = &mut mono[range];
                    self.chain.process(&mut Block::mono(mono));
                    self.meter.process(&[mono]);
                }
                [] => {}
            }
        }
    }

    /// Forgets audio and meters, and keeps the settings. Allocates nothing.
    pub fn reset(&mut self) {
        self.chain.reset();
        self.meter.reset();
    }

    /// What works in it.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What the meter of the output reads since the reset.
    #[must_use]
    pub fn reading(&self) -> LoudnessReading {
        self.meter.reading()
    }
}
