//! Which devices are wanted, and how.

use crate::devices::host_in_id;
use serde::{Deserialize, Serialize};

/// Which devices, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EngineSettings {
    /// The audio system; none: what the machine prefers.
    pub host: Option<String>,
    /// The id or name of the input; none: the default.
    pub input: Option<String>,
    /// The id or name of the output; none: the default.
    pub output: Option<String>,
    /// The rate that the chain runs at, Hz; none: what the output is set to.
    pub sample_rate_hz: Option<u32>,
    /// Frames in a callback, 32 to 4096; none: what the system chooses.
    pub buffer_frames: Option<u32>,
    /// The one or two channels of the input that are heard, counted from 1; none: the first two, or the only one.
    pub input_channels: Option<Vec<u16>>,
}

impl EngineSettings {
    /// These, with what `given` says in place of theirs.
    #[must_use]
    pub fn with(&self, given: &Self) -> Self {
        let other_host = |id: &Option<String>| {
            let own = id.as_deref().and_then(host_in_id);
            given.host.as_deref().zip(own).is_some_and(|(given, own)| !own.eq_ignore_ascii_case(given))
        };
        // Another audio system has other devices, and another input other channels.
        let device = |id: &Option<String>| id.clone().filter(|_| !other_host(id));
        let is_other_input = given.input.is_some() || other_host(&self.input);
        let channels = self.input_channels.clone().filter(|_| !is_other_input);
        Self {
            host: given.host.clone().or_else(|| self.host.clone()),
            input: given.input.clone().or_else(|| device(&self.input)),
            output: given.output.clone().or_else(|| device(&self.output)),
            sample_rate_hz: given.sample_rate_hz.or(self.sample_rate_hz),
            buffer_frames: given.buffer_frames.or(self.buffer_frames),
            input_channels: given.input_channels.clone().or(channels),
        }
    }

    /// These, where they differ from `before`, and `kept` where not.
    #[must_use]
    pub fn changed(&self, before: &Self, kept: &Self) -> Self {
        fn changed<T: Clone + PartialEq>(now: &T, before: &T, kept: &T) -> T {
            if now == before { kept.clone() } else { now.clone() }
        }
        Self {
            host: changed(&self.host, &before.host, &kept.host),
            input: changed(&self.input, &before.input, &kept.input),
            output: changed(&self.output, &before.output, &kept.output),
            sample_rate_hz: changed(&self.sample_rate_hz, &before.sample_rate_hz, &kept.sample_rate_hz),
            buffer_frames: changed(&self.buffer_frames, &before.buffer_frames, &kept.buffer_frames),
            input_channels: changed(&self.input_channels, &before.input_channels, &kept.input_channels),
        }
    }
}
