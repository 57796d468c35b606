//! The contract that every processor keeps, from a filter to the whole chain.
//!
//! `new` is cheap; `prepare` is the only call that allocates and the only one that can fail; `set`, `reset`, and `process`
//! are for the audio thread: no allocation, no lock, no panic, bounded time. The bits that come out depend on the
//! settings and on the samples since `reset`, never on where a block ends. `tests/suite/contract.rs` proves it of each.

use crate::block::Block;

/// The lowest and highest sample rates that are supported, in Hz.
pub const SAMPLE_RATES_HZ: core::ops::RangeInclusive<f64> = 8_000.0..=384_000.0;

/// How long the output may be kept waiting for a better sound.
///
/// It is fixed by `prepare`: another mode is another latency, which a host must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LatencyMode {
    /// Minimum phase and short look-ahead: at most 3 ms for the whole chain at 48 kHz, denoise apart.
    Live,
    /// Linear-phase bands and long look-ahead.
    #[default]
    Quality,
}

/// What a processor must know before it can size its memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessSpec {
    /// Sample rate in Hz, 8000 to 384000.
    pub sample_rate_hz: f64,
    /// The most frames that one call of `process` will bring. A longer block is a panic in debug and is split in release.
    pub max_block_len: usize,
    /// 1 or 2.
    pub num_channels: usize,
    /// Short latency or the better sound.
    pub latency_mode: LatencyMode,
}

/// Why a processor cannot be prepared.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// The sample rate is out of range or not a number.
    #[error("sample rate {0} Hz is not supported: expected 8000 to 384000 Hz")]
    SampleRate(f64),
    /// Neither mono nor stereo.
    #[error("{0} channels are not supported: expected 1 or 2")]
    NumChannels(usize),
    /// A block of no frames was promised.
    #[error("the largest block has no frames: expected at least 1")]
    EmptyBlock,
}

impl ProcessSpec {
    /// Returns the spec itself when every field is in its range.
    ///
    /// # Errors
    /// Names the field that is not.
    pub fn validated(self) -> Result<Self, PrepareError> {
        if !SAMPLE_RATES_HZ.contains(&self.sample_rate_hz) {
            return Err(PrepareError::SampleRate(self.sample_rate_hz));
        }
        if !(1..=crate::block::MAX_CHANNELS).contains(&self.num_channels) {
            return Err(PrepareError::NumChannels(self.num_channels));
        }
        if self.max_block_len == 0 {
            return Err(PrepareError::EmptyBlock);
        }
        Ok(self)
    }
}

/// One step of the signal path. See the module's text for the rules.
pub trait Processor {
    /// A plain snapshot of everything that can be set.
    type Settings: Copy + PartialEq;

    /// Sizes every buffer and resets. The only call that allocates. A module is to be `set` afterwards; the chain keeps
    /// the settings that it had.
    ///
    /// # Errors
    /// When the spec is out of range.
    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError>;

    /// Takes new settings, valid from the next sample on. Before the first sample after a `reset` they apply at once,
    /// later they are approached smoothly. Setting what is already set changes nothing.
    fn set(&mut self, settings: &Self::Settings);

    /// Forgets all audio and all smoothing, keeping the settings: afterwards it is as if newly prepared and set.
    fn reset(&mut self);

    /// Comes back after samples that it was not given: audio of long ago must not sound again, but what was learnt slowly, a
    /// level, a loudness, may be kept. Fades and the latency's filling are the caller's.
    fn resume(&mut self) {
        self.reset();
    }

    /// Processes in place.
    fn process(&mut self, block: &mut Block<'_>);

    /// How many samples later the output comes, exactly.
    fn latency_samples(&self) -> usize;
}
