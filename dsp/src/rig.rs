//! What a plugin and a live application run: the chains of every latency, the telemetry, and which of them is heard.
//!
//! A change of latency must neither allocate nor wait, so `new` prepares a chain for each latency that can be chosen: the better
//! sound, the shorter latency, and the shortest without the noise remover, whose 20 ms nobody should wait for who does not use it.

use crate::block::Block;
use crate::chain::Chain;
use crate::listening::Listening;
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::ChainSettings;
use crate::telemetry::{TelemetryReader, TelemetryWriter, telemetry};

/// Which chain runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Linear-phase bands and long look-ahead.
    Quality,
    /// Short latency, and the noise remover's.
    LiveWithDenoise,
    /// The shortest latency.
    Live,
}

impl Path {
    const ALL: [Self; 3] = [Self::Quality, Self::LiveWithDenoise, Self::Live];

    /// The chain that a mode and the settings ask for. Once the noise remover was wanted its latency stays, so that its
    /// bypass can be automated.
    #[must_use]
    pub fn wanted(mode: LatencyMode, settings: &ChainSettings, now: Option<Self>) -> Self {
        match mode {
            LatencyMode::Quality => Self::Quality,
            LatencyMode::Live if !settings.denoise.bypass || now == Some(Self::LiveWithDenoise) => {
                Self::LiveWithDenoise
            }
            LatencyMode::Live => Self::Live,
        }
    }

    /// A chain is large, and hosts call from threads with small stacks.
    fn chain(self) -> (Box<Chain>, LatencyMode) {
        match self {
            Self::Quality => (Box::default(), LatencyMode::Quality),
            Self::LiveWithDenoise => (Box::default(), LatencyMode::Live),
            Self::Live => (Box::new(Chain::without_denoise()), LatencyMode::Live),
        }
    }
}

/// Everything that is prepared before audio runs.
#[derive(Debug)]
pub struct Rig {
    chains: [Box<Chain>; Path::ALL.len()],
    path: Path,
    writer: TelemetryWriter,
    num_meter_resets: u64,
}

impl Rig {
    /// Prepares everything; the watcher's end of the telemetry comes beside. Allocates.
    ///
    /// # Errors
    /// For a format that no chain takes.
    pub fn new(
        sample_rate_hz: f64,
        max_block_len: usize,
        num_channels: usize,
        path: Path,
    ) -> Result<(Self, TelemetryReader), PrepareError> {
        let spec = |latency_mode| ProcessSpec { sample_rate_hz, max_block_len, num_channels, latency_mode };
        let mut chains = Path::ALL.map(Path::chain);
        for (chain, mode) in &mut chains {
            chain.prepare(&spec(*mode))?;
        }
        // The meters take whatever a chain takes.
        let (writer, reader) =
            telemetry(&spec(LatencyMode::Quality)).map_err(|_| PrepareError::SampleRate(sample_rate_hz))?;
        Ok((Self { chains: chains.map(|(chain, _)| chain), path, writer, num_meter_resets: 0 }, reader))
    }

    fn chain(&mut self) -> &mut Chain {
        &mut self.chains[self.path as usize]
    }

    /// Which chain runs.
    #[must_use]
    pub fn path(&self) -> Path {
        self.path
    }

    /// Changes over to another chain, which begins with silence.
    pub fn change_path(&mut self, path: Path) {
        self.path = path;
        self.chain().reset();
    }

    /// Whether there has been silence for so long that nothing is done any more.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.chains[self.path as usize].is_resting()
    }

    /// Of the chain that runs.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.chains[self.path as usize].latency_samples()
    }

    /// Forgets the audio; loudness goes on being measured.
    pub fn reset(&mut self) {
        self.chain().reset();
    }

    /// Lets the meters begin anew if that has been asked for since.
    pub fn follow_meters(&mut self, num_resets: u64, is_measuring: bool) {
        if self.num_meter_resets != num_resets {
            self.num_meter_resets = num_resets;
            self.reset_meters();
        }
        self.writer.set_measuring(is_measuring);
    }

    /// Lets the meters begin anew.
    pub fn reset_meters(&mut self) {
        self.writer.reset(&self.chains[self.path as usize]);
    }

    /// Processes a block of any length.
    pub fn process(&mut self, settings: &ChainSettings, listening: &Listening, block: &mut Block<'_>) {
        let chain = &mut self.chains[self.path as usize];
        chain.set(settings);
        chain.listen(listening);
        self.writer.process(chain, block);
    }
}
