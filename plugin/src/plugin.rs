//! What nice-plug asks of a plugin.

use crate::editor;
use crate::link::Link;
use crate::params::{Control, Snapshot, TableParams};
use crate::state;
use crate::window::PluginEditor;
use lacquer_dsp::block::Block;
use lacquer_dsp::params;
use lacquer_dsp::rig::{Path, Rig};
use lacquer_ui::host::AudioFormat;
use nice_plug::prelude::*;
use nice_plug_egui::EguiEditorState;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How long filters ring on after the last of the input, beside the latency.
const RING_S: f32 = 2.0;

/// A page of eight knobs on a controller: what is reached for most.
const REMOTE_PAGES: [(&str, &[&str]); 5] = [
    (
        "Master",
        &[
            "loudness.gain_db",
            "limiter.ceiling_dbtp",
            "limiter.release_ms",
            "multiband.mix_percent",
            "exciter.mix_percent",
            "stereo.width_high_percent",
            "leveller.target_lufs",
            "input.trim_db",
        ],
    ),
    (
        "Multiband thresholds",
        &[
            "multiband.band1.threshold_db",
            "multiband.band2.threshold_db",
            "multiband.band3.threshold_db",
            "multiband.band4.threshold_db",
            "multiband.band5.threshold_db",
            "multiband.band6.threshold_db",
            "multiband.mix_percent",
            "multiband.link_percent",
        ],
    ),
    (
        "Exciter",
        &[
            "exciter.drive_db",
            "exciter.mix_percent",
            "exciter.focus_hz",
            "exciter.focus_high_hz",
            "exciter.even_percent",
            "exciter.tone_hz",
        ],
    ),
    (
        "Stereo",
        &[
            "stereo.width_low_percent",
            "stereo.width_high_percent",
            "stereo.crossover_hz",
            "stereo.mono_below_hz",
            "stereo.min_correlation_percent",
        ],
    ),
    (
        "Limiter",
        &[
            "loudness.gain_db",
            "limiter.ceiling_dbtp",
            "limiter.release_ms",
            "limiter.transient_link_percent",
            "limiter.release_link_percent",
        ],
    ),
];

/// One instance.
pub struct LacquerPlugin {
    params: Arc<TableParams>,
    link: Arc<Link>,
    snapshot: Snapshot,
    audio: Option<Box<Rig>>,
    editor_state: Arc<EguiEditorState>,
    /// The latency that the host has been told, or a restart for it asked for.
    told: Option<Path>,
    was_playing: bool,
    was_resting: bool,
    ring_samples: u32,
}

impl Default for LacquerPlugin {
    fn default() -> Self {
        let link = Arc::new(Link::default());
        let params = Arc::new(TableParams::new(&link));
        Self {
            snapshot: Snapshot::new(&params),
            editor_state: editor::window_state(&link),
            params,
            link,
            audio: None,
            told: None,
            was_playing: false,
            was_resting: false,
            ring_samples: 0,
        }
    }
}

impl LacquerPlugin {
    fn wanted_path(&mut self, now: Option<Path>) -> Path {
        let mode = self.link.kept_mode();
        Path::wanted(mode, self.snapshot.update(&self.params), now)
    }

    /// Another latency was chosen. VST3 hosts are told while the audio runs; of CLAP hosts a restart is asked for once.
    fn follow_path(&mut self, context: &mut impl ProcessContext<Self>) {
        let Some(now) = self.audio.as_ref().map(|audio| audio.path()) else { return };
        let wanted = self.wanted_path(Some(now));
        if wanted == now || self.told == Some(wanted) {
            return;
        }
        self.told = Some(wanted);
        if context.plugin_api() == PluginApi::Clap {
            context.request_restart();
        } else if let Some(audio) = &mut self.audio {
            audio.change_path(wanted);
            self.link.latency_samples.store(audio.latency_samples(), Ordering::Release);
            context.set_latency_samples(audio.latency_samples() as u32);
        }
    }

    /// A new start of playback lets the meters begin anew, if the user wants that.
    fn follow_transport(&mut self, is_playing: bool) {
        let has_started = is_playing && !self.was_playing;
        self.was_playing = is_playing;
        let is_reset = has_started && self.link.is_reset_on_play.load(Ordering::Acquire);
        if let Some(audio) = self.audio.as_mut().filter(|_| is_reset) {
            audio.reset_meters();
        }
    }
}

const fn layout(num_channels: u32, name: &'static str) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: NonZeroU32::new(num_channels),
        main_output_channels: NonZeroU32::new(num_channels),
        names: PortNames { layout: Some(name), ..PortNames::const_default() },
        ..AudioIOLayout::const_default()
    }
}

impl Plugin for LacquerPlugin {
    const NAME: &'static str = "Lacquer";
    const VENDOR: &'static str = "Lacquer";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[layout(2, "Stereo"), layout(1, "Mono")];
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = PluginEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn editor(&mut self, _async_executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor::create(&self.params, &self.link, &self.editor_state)
    }

    fn filter_state(state: &mut PluginState) {
        state::migrate(state);
    }

    fn activate(
        &mut self,
        audio_io_layout: &AudioIOLayout,
        buffer_config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let num_channels = audio_io_layout.main_output_channels.map_or(2, NonZeroU32::get) as usize;
        let rate_hz = f64::from(buffer_config.sample_rate);
        let path = self.wanted_path(self.told);
        let max_block_len = buffer_config.max_buffer_size as usize;
        let (audio, reader) = match Rig::new(rate_hz, max_block_len, num_channels, path) {
            Ok(prepared) => prepared,
            Err(error) => {
                // A host at such a rate keeps its sound, and the user is told why nothing happens to it.
                context.set_latency_samples(0);
                self.link.disconnect(format!("The sound passes unchanged: {error}."));
                self.audio = None;
                return true;
            }
        };
        let latency_samples = audio.latency_samples();
        context.set_latency_samples(latency_samples as u32);
        self.link.connect(reader, AudioFormat { sample_rate_hz: rate_hz, num_channels, latency_samples });
        self.ring_samples = (RING_S * buffer_config.sample_rate) as u32;
        (self.audio, self.told) = (Some(Box::new(audio)), Some(path));
        true
    }

    fn reset(&mut self) {
        if let Some(audio) = &mut self.audio {
            audio.reset();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.follow_path(context);
        self.follow_transport(context.transport().playing);
        let Some(audio) = &mut self.audio else { return ProcessStatus::Normal };
        let num_resets = self.link.num_meter_resets.load(Ordering::Acquire);
        audio.follow_meters(num_resets, self.link.is_measuring.load(Ordering::Acquire));
        let settings = self.snapshot.update(&self.params);
        let listening = self.link.listening(self.params.bypass.value());
        match buffer.as_slice() {
            [left, right, ..] => audio.process(settings, &listening, &mut Block::stereo(left, right)),
            [mono] => audio.process(settings, &listening, &mut Block::mono(mono)),
            [] => {}
        }
        // A window over silence stays calm; once more, so that it shows it.
        let is_resting = audio.is_resting();
        if self.editor_state.is_open() && !(is_resting && self.was_resting) {
            self.link.num_sights.fetch_add(1, Ordering::Relaxed);
            self.link.repaint.request_repaint();
        }
        self.was_resting = is_resting;
        ProcessStatus::Tail(self.ring_samples + audio.latency_samples() as u32)
    }

    fn deactivate(&mut self) {
        self.audio = None;
    }
}

impl ClapPlugin for LacquerPlugin {
    const CLAP_ID: &'static str = "org.lacquer.lacquer";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Mastering: loudness, multiband dynamics, harmonics, width and a true-peak limiter");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Mastering,
        ClapFeature::Limiter,
        ClapFeature::Analyzer,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        for (name, ids) in REMOTE_PAGES {
            context.add_section(name, |section| {
                section.add_page(name, |page| {
                    for id in ids {
                        let control = params::find(id).ok().and_then(|param| self.params.control(param));
                        match control {
                            Some(Control::Position(float)) => page.add_param(float),
                            Some(Control::Switch(switch)) => page.add_param(switch),
                            Some(Control::Whole(whole)) => page.add_param(whole),
                            None => page.add_spacer(),
                        }
                    }
                });
            });
        }
    }
}

impl Vst3Plugin for LacquerPlugin {
    const VST3_CLASS_ID: [u8; 16] = *b"LacquerMastering";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Mastering, Vst3SubCategory::Dynamics];
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacquer_dsp::listening::Listening;
    use lacquer_dsp::settings::ChainSettings;
    use lacquer_dsp::telemetry::TelemetryReader;

    /// Half a second of a tone through the plugin's chain, with the transport playing or not.
    fn play(plugin: &mut LacquerPlugin, is_playing: bool) {
        plugin.follow_transport(is_playing);
        let mut tone: Vec<f32> = (0..24_000).map(|at| (at as f32 * 0.1).sin() * 0.1).collect();
        let Some(audio) = &mut plugin.audio else { panic!("the audio was prepared") };
        audio.process(&ChainSettings::default(), &Listening::default(), &mut Block::mono(&mut tone));
    }

    fn num_frames(reader: &mut TelemetryReader) -> u64 {
        reader.newest().output.num_frames
    }

    fn prepared(is_reset_on_play: bool) -> (LacquerPlugin, TelemetryReader) {
        let mut plugin = LacquerPlugin::default();
        plugin.link.keep(|kept| kept.view.is_reset_on_play = is_reset_on_play);
        let (audio, reader) = Rig::new(48_000.0, 24_000, 1, Path::Live).expect("the format can be mastered");
        plugin.audio = Some(Box::new(audio));
        (plugin, reader)
    }

    #[test]
    fn loudness_begins_anew_with_playback_if_the_user_wants_it() {
        let (mut plugin, mut reader) = prepared(true);
        play(&mut plugin, false);
        play(&mut plugin, true);
        play(&mut plugin, true);
        assert_eq!(num_frames(&mut reader), 48_000, "since playback began");
        play(&mut plugin, false);
        assert_eq!(num_frames(&mut reader), 72_000, "stopping forgets nothing");
        play(&mut plugin, true);
        assert_eq!(num_frames(&mut reader), 24_000, "it began again");
    }

    #[test]
    fn loudness_goes_on_over_starts_of_playback_otherwise() {
        let (mut plugin, mut reader) = prepared(false);
        for is_playing in [true, false, true] {
            play(&mut plugin, is_playing);
        }
        assert_eq!(num_frames(&mut reader), 72_000);
    }
}
