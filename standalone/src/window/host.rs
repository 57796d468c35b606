//! What the panels ask of the application.

use crate::engine::control::Control;
use crate::studio::Studio;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::param::Param;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::TelemetryReader;
use lacquer_ui::host::{AudioFormat, Host};
use std::collections::VecDeque;

/// One frame's way to the studio.
pub(super) struct StudioHost<'a> {
    pub(super) studio: &'a Studio,
    pub(super) notices: &'a mut VecDeque<String>,
    pub(super) wanted_size: &'a mut Option<[f32; 2]>,
    pub(super) touched: &'a mut Option<&'static Param>,
}

impl StudioHost<'_> {
    fn control(&self) -> Control {
        self.studio.store().get()
    }
}

impl Host for StudioHost<'_> {
    fn settings(&self) -> ChainSettings {
        self.control().settings
    }

    // Nobody records gestures here; a controller may be learnt for what was last moved.
    fn begin(&mut self, param: &'static Param) {
        *self.touched = Some(param);
    }

    fn set(&mut self, param: &'static Param, value: f64) {
        self.studio.store().change(|control| {
            // It is in range, which the trait promises.
            let _ = param.set(&mut control.settings, value);
        });
    }

    fn end(&mut self, _: &'static Param) {}

    fn listening(&self) -> Listening {
        self.control().listening
    }

    fn listen(&mut self, listening: Listening) {
        self.studio.store().change(|control| control.listening = listening);
    }

    fn latency_mode(&self) -> LatencyMode {
        self.control().latency_mode
    }

    fn set_latency_mode(&mut self, mode: LatencyMode) {
        self.studio.store().change(|control| control.latency_mode = mode);
    }

    fn audio_format(&self) -> Option<AudioFormat> {
        let board = self.studio.board();
        let status = &board.status;
        status.is_running.then(|| {
            let sample_rate_hz = f64::from(status.sample_rate_hz);
            let latency_samples = (status.latency.chain_ms * sample_rate_hz / 1e3).round() as usize;
            AudioFormat { sample_rate_hz, num_channels: status.num_channels, latency_samples }
        })
    }

    fn take_telemetry(&mut self) -> Option<TelemetryReader> {
        self.studio.board().telemetry.take()
    }

    fn set_measuring(&mut self, is_measuring: bool) {
        self.studio.store().change(|control| control.is_measuring = is_measuring);
    }

    fn is_measuring(&self) -> bool {
        self.control().is_measuring
    }

    fn reset_meters(&mut self) {
        self.studio.store().change(|control| control.num_meter_resets += 1);
    }

    fn take_notice(&mut self) -> Option<String> {
        self.notices.pop_front()
    }

    fn request_size(&mut self, size: [f32; 2]) {
        *self.wanted_size = Some(size);
    }
}
