//! A host for tests: the real chain and its telemetry, played with the demo piece.

use egui_kittest::Harness;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::param::Param;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::{TelemetryReader, TelemetryWriter, telemetry};
use lacquer_ui::editor::Editor;
use lacquer_ui::host::{AudioFormat, Host};
use std::sync::LazyLock;

const RATE_HZ: f64 = 48_000.0;
const BLOCK_LEN: usize = 512;

static DEMO: LazyLock<[Vec<f32>; 2]> = LazyLock::new(lacquer_offline::demo::render);

/// The chain and what the panels may do with it.
pub struct Engine {
    chain: Chain,
    writer: TelemetryWriter,
    reader: Option<TelemetryReader>,
    position: usize,
    pub settings: ChainSettings,
    pub listening: Listening,
    pub latency_mode: LatencyMode,
    pub is_measuring: bool,
    pub num_meter_resets: usize,
    pub size: Option<[f32; 2]>,
    /// What the user is to be told, the last first.
    pub notices: Vec<String>,
    /// Ids of the parameters that are held.
    pub held: Vec<&'static str>,
}

impl Engine {
    fn new() -> Self {
        let latency_mode = LatencyMode::Live;
        let spec =
            ProcessSpec { sample_rate_hz: RATE_HZ, max_block_len: BLOCK_LEN, num_channels: 2, latency_mode };
        // As plugin and application have it while nobody removes noise.
        let mut chain = Chain::without_denoise();
        chain.prepare(&spec).expect("a usual format");
        let (writer, reader) = telemetry(&spec).expect("a usual format");
        Self {
            chain,
            writer,
            reader: Some(reader),
            position: 0,
            settings: ChainSettings::default(),
            listening: Listening::default(),
            latency_mode,
            is_measuring: true,
            num_meter_resets: 0,
            size: None,
            notices: Vec::new(),
            held: Vec::new(),
        }
    }

    fn play(&mut self, seconds: f64) {
        let [left, right] = &*DEMO;
        for _ in 0..(seconds * RATE_HZ / BLOCK_LEN as f64).ceil() as usize {
            let start = self.position % (left.len() - BLOCK_LEN);
            self.position = start + BLOCK_LEN;
            let mut left = left[start..start + BLOCK_LEN].to_vec();
            let mut right = right[start..start + BLOCK_LEN].to_vec();
            self.chain.set(&self.settings);
            self.chain.listen(&self.listening);
            self.writer.process(&mut self.chain, &mut Block::stereo(&mut left, &mut right));
        }
    }
}

impl Host for Engine {
    fn settings(&self) -> ChainSettings {
        self.settings
    }

    fn begin(&mut self, param: &'static Param) {
        assert!(!self.held.contains(&param.id), "{} is held already", param.id);
        self.held.push(param.id);
    }

    fn set(&mut self, param: &'static Param, value: f64) {
        assert!(self.held.contains(&param.id), "{} is not held", param.id);
        param.set(&mut self.settings, value).expect("the panels keep to the range");
    }

    fn end(&mut self, param: &'static Param) {
        let held = self.held.iter().position(|id| *id == param.id);
        self.held.remove(held.unwrap_or_else(|| panic!("{} was not held", param.id)));
    }

    fn listening(&self) -> Listening {
        self.listening
    }

    fn listen(&mut self, listening: Listening) {
        self.listening = listening;
    }

    fn latency_mode(&self) -> LatencyMode {
        self.latency_mode
    }

    fn set_latency_mode(&mut self, mode: LatencyMode) {
        self.latency_mode = mode;
    }

    fn audio_format(&self) -> Option<AudioFormat> {
        let latency_samples = self.chain.latency_samples();
        Some(AudioFormat { sample_rate_hz: RATE_HZ, num_channels: 2, latency_samples })
    }

    fn take_telemetry(&mut self) -> Option<TelemetryReader> {
        self.reader.take()
    }

    fn set_measuring(&mut self, is_measuring: bool) {
        self.is_measuring = is_measuring;
    }

    fn is_measuring(&self) -> bool {
        self.is_measuring
    }

    fn reset_meters(&mut self) {
        self.num_meter_resets += 1;
    }

    fn has_transport(&self) -> bool {
        true
    }

    fn take_notice(&mut self) -> Option<String> {
        self.notices.pop()
    }

    fn request_size(&mut self, size: [f32; 2]) {
        self.size = Some(size);
    }
}

/// The editor over the engine.
pub struct Studio {
    pub editor: Editor,
    pub engine: Engine,
}

impl Studio {
    pub fn new() -> Self {
        Self { editor: Editor::default(), engine: Engine::new() }
    }

    /// Plays so much of the demo piece through the chain.
    pub fn play(&mut self, seconds: f64) {
        self.engine.play(seconds);
    }

    /// The window, without a display.
    pub fn harness(self, size: [f32; 2]) -> Harness<'static, Self> {
        self.harness_at(size, 1.0)
    }

    /// The same with so many pixels for a point.
    pub fn harness_at(self, size: [f32; 2], pixels_per_point: f32) -> Harness<'static, Self> {
        Harness::builder()
            .with_size(size)
            .with_pixels_per_point(pixels_per_point)
            .build_ui_state(|ui, studio| studio.editor.ui(ui, &mut studio.engine), self)
    }
}
