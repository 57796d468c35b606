//! What the panels ask of whoever shows them: the plugin's wrapper, or the application.

use lacquer_dsp::listening::Listening;
use lacquer_dsp::param::Param;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::TelemetryReader;

/// What is known of the audio that runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioFormat {
    /// In Hz.
    pub sample_rate_hz: f64,
    /// 1 or 2.
    pub num_channels: usize,
    /// How much later the output comes.
    pub latency_samples: usize,
}

/// The surroundings of the panels. Every call comes from the window's thread.
///
/// A change of a parameter is a gesture: `begin`, any number of `set`, `end`, so that a host can record it as one.
pub trait Host {
    /// Every parameter as it stands.
    fn settings(&self) -> ChainSettings;

    /// The user takes hold of a parameter.
    fn begin(&mut self, param: &'static Param);

    /// The user moves a parameter, between `begin` and `end`. The value is in range.
    fn set(&mut self, param: &'static Param, value: f64);

    /// The user lets go.
    fn end(&mut self, param: &'static Param);

    /// What is heard of the chain.
    fn listening(&self) -> Listening;

    /// Sets what is heard of the chain.
    fn listen(&mut self, listening: Listening);

    /// Short latency or the better sound.
    fn latency_mode(&self) -> LatencyMode;

    /// Wants another mode; the host may have to restart the audio for it.
    fn set_latency_mode(&mut self, mode: LatencyMode);

    /// The audio that runs, if any does.
    fn audio_format(&self) -> Option<AudioFormat>;

    /// The watcher's end of the telemetry of the audio that runs. It is another one whenever the audio was prepared anew; the panels
    /// keep what they were given before until then.
    fn take_telemetry(&mut self) -> Option<TelemetryReader>;

    /// Lets the meters run, or pauses them.
    fn set_measuring(&mut self, is_measuring: bool);

    /// Whether the meters run.
    fn is_measuring(&self) -> bool;

    /// Lets the meters begin anew: loudness, range, and highest peaks.
    fn reset_meters(&mut self);

    /// Whether there is something that starts to play, so that meters can begin anew with it.
    fn has_transport(&self) -> bool {
        false
    }

    /// What the user should be told once, such as that a saved state could not be read.
    fn take_notice(&mut self) -> Option<String> {
        None
    }

    /// Wants the window to have this size, in the host's points, which do not know of the view's scale.
    fn request_size(&mut self, size: [f32; 2]);
}
