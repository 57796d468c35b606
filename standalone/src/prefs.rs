//! What the application remembers from one day to the next, in a file of the user's.
//!
//! It is written beside its place and renamed into it. One that cannot be read is kept aside, and the user is told; the application
//! begins as on the first day.

use crate::control::midi::MidiPrefs;
use crate::engine::EngineSettings;
use crate::engine::control::Control;
use crate::record::{Format, What};
use lacquer_dsp::params;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::encode::SampleFormat;
use lacquer_presets::Library;
use lacquer_ui::view::View;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is written today; a file of a later version is not read.
const VERSION: u32 = 1;

/// The preset of the first day.
const FIRST_PRESET: &str = "voice";

/// How many files are remembered.
pub const MAX_RECENT: usize = 8;

/// How recordings are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordPrefs {
    /// Where they go.
    pub folder: PathBuf,
    /// The place of what is recorded in [`RecordPrefs::WHATS`].
    pub what: usize,
    /// The place of the format in [`RecordPrefs::FORMATS`].
    pub format: usize,
}

impl Default for RecordPrefs {
    fn default() -> Self {
        let dirs = directories::UserDirs::new();
        let folder = dirs.as_ref().and_then(|dirs| dirs.audio_dir().map(Path::to_owned));
        let home = dirs.as_ref().map(|dirs| dirs.home_dir().to_owned());
        Self { folder: folder.or(home).unwrap_or_default(), what: 1, format: 1 }
    }
}

impl RecordPrefs {
    /// What can be recorded, with its words.
    pub const WHATS: [(What, &str); 3] =
        [(What::Input, "Input"), (What::Output, "Output"), (What::Both, "Both")];

    /// The formats that can be recorded, with their words.
    pub const FORMATS: [(Format, &str); 5] = [
        (Format::Wav(SampleFormat::Int16), "WAV 16"),
        (Format::Wav(SampleFormat::Int24), "WAV 24"),
        (Format::Wav(SampleFormat::Float32), "WAV 32f"),
        (Format::Flac { bits: 16 }, "FLAC 16"),
        (Format::Flac { bits: 24 }, "FLAC 24"),
    ];

    /// What is recorded.
    #[must_use]
    pub fn what(&self) -> What {
        Self::WHATS[self.what.min(Self::WHATS.len() - 1)].0
    }

    /// How.
    #[must_use]
    pub fn format(&self) -> Format {
        Self::FORMATS[self.format.min(Self::FORMATS.len() - 1)].0
    }
}

/// Everything that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// Of the file.
    version: u32,
    /// Whether the better sound may take its latency.
    pub is_quality: bool,
    /// Whether the monitors were open.
    pub is_monitoring: bool,
    /// The UDP port that OSC is listened for on; none: OSC is off.
    pub osc_port: Option<u16>,
    /// The files that were opened last, the newest first.
    pub recent: Vec<PathBuf>,
    /// Devices and buffer.
    pub engine: EngineSettings,
    /// How recordings are made.
    pub record: RecordPrefs,
    /// What moves parameters from outside.
    pub midi: MidiPrefs,
    /// The window.
    pub view: View,
    /// Every parameter, by its id.
    pub settings: BTreeMap<String, f64>,
    /// The devices as this run began with them and as they were remembered, if those differ.
    #[serde(skip)]
    for_now: Option<(EngineSettings, EngineSettings)>,
}

impl Default for Prefs {
    fn default() -> Self {
        // A factory preset that a user has spoilt is no reason not to begin.
        let preset = Library::user().load(FIRST_PRESET).ok();
        let settings = preset.as_ref().map_or_else(ChainSettings::default, |preset| preset.settings);
        let view = View { preset: preset.map(|preset| preset.slug), target_lufs: -16.0, ..View::default() };
        Self {
            version: VERSION,
            is_quality: false,
            is_monitoring: false,
            osc_port: None,
            recent: Vec::new(),
            engine: EngineSettings::default(),
            record: RecordPrefs::default(),
            midi: MidiPrefs::default(),
            view,
            settings: by_id(&settings),
            for_now: None,
        }
    }
}

fn by_id(settings: &ChainSettings) -> BTreeMap<String, f64> {
    params::all().map(|param| (param.id.to_owned(), param.get(settings))).collect()
}

impl Prefs {
    /// Where they are kept, if the system tells.
    #[must_use]
    pub fn path() -> Option<PathBuf> {
        let dirs = directories::ProjectDirs::from("", "", "lacquer")?;
        Some(dirs.config_dir().join("application.toml"))
    }

    /// What was remembered, or the first day's; and what the user should know.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => return (Self::default(), Some(aside(path, &error.to_string()))),
        };
        match toml::from_str::<Self>(&text) {
            Ok(prefs) if prefs.version == VERSION => (prefs, None),
            Ok(prefs) => {
                let reason = format!("it is of version {}, expected {VERSION}", prefs.version);
                (Self::default(), Some(aside(path, &reason)))
            }
            Err(error) => (Self::default(), Some(aside(path, error.message()))),
        }
    }

    /// Devices for this run alone; what is not given is as remembered.
    pub fn use_for_now(&mut self, given: &EngineSettings) {
        let remembered = self.engine.clone();
        self.engine = remembered.with(given);
        self.for_now = Some((self.engine.clone(), remembered));
    }

    /// Keeps them. What was only for this run, and was not changed in it, stays as it was remembered.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut lasting = self.clone();
        if let Some((began, remembered)) = &self.for_now {
            lasting.engine = self.engine.changed(began, remembered);
        }
        let text = toml::to_string(&lasting).map_err(std::io::Error::other)?;
        let mut temp = tempfile::NamedTempFile::new_in(folder)?;
        temp.write_all(text.as_bytes())?;
        temp.persist(path)?;
        Ok(())
    }

    /// The chain's settings; what is missing or out of range takes its default.
    #[must_use]
    pub fn chain_settings(&self) -> ChainSettings {
        let mut settings = ChainSettings::default();
        for (id, value) in &self.settings {
            if let Ok(param) = params::find(id) {
                // A value that is out of range leaves the default.
                let _ = param.set(&mut settings, *value);
            }
        }
        settings
    }

    /// What the engine begins with.
    #[must_use]
    pub fn control(&self) -> Control {
        Control {
            settings: self.chain_settings(),
            latency_mode: if self.is_quality { LatencyMode::Quality } else { LatencyMode::Live },
            is_monitoring: self.is_monitoring,
            ..Control::default()
        }
    }

    /// Takes over what is wanted now.
    pub fn follow(&mut self, control: &Control) {
        self.settings = by_id(&control.settings);
        self.is_quality = control.latency_mode == LatencyMode::Quality;
        self.is_monitoring = control.is_monitoring;
    }

    /// A file was opened.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|recent| recent != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MAX_RECENT);
    }
}

/// Puts a file that cannot be read aside, and says so.
fn aside(path: &Path, reason: &str) -> String {
    let kept = path.with_extension("toml.bad");
    let where_now = match std::fs::rename(path, &kept) {
        Ok(()) => format!("it is kept as {}", kept.display()),
        Err(_) => "it is left where it is".to_owned(),
    };
    format!("{}: the settings of last time cannot be read: {reason}; {where_now}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lacquer/application.toml");
        assert_eq!(Prefs::load(&path), (Prefs::default(), None));
        let mut prefs = Prefs::default();
        prefs.engine.input = Some("alsa:hw:CARD=USB".to_owned());
        prefs.engine.input_channels = Some(vec![2]);
        prefs.engine.buffer_frames = Some(128);
        prefs.view.scale_percent = 150.0;
        let mut control = prefs.control();
        control.settings.limiter.ceiling_dbtp = -2.5;
        control.latency_mode = LatencyMode::Quality;
        prefs.follow(&control);
        prefs.remember(Path::new("/a.wav"));
        prefs.save(&path).unwrap();
        let (read, notice) = Prefs::load(&path);
        assert_eq!((&read, notice), (&prefs, None));
        assert_eq!(read.control(), control);
    }

    #[test]
    fn what_was_given_for_one_run_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("application.toml");
        let remembered = EngineSettings {
            input: Some("pulseaudio:mic".to_owned()),
            output: Some("pulseaudio:phones".to_owned()),
            buffer_frames: Some(128),
            input_channels: Some(vec![2]),
            ..EngineSettings::default()
        };
        let mut prefs = Prefs { engine: remembered.clone(), ..Prefs::default() };
        // Only what is given is other than last time.
        prefs.use_for_now(&EngineSettings { input: Some("Line".to_owned()), ..EngineSettings::default() });
        let expected =
            EngineSettings { input: Some("Line".to_owned()), input_channels: None, ..remembered.clone() };
        assert_eq!(prefs.engine, expected);
        prefs.save(&path).unwrap();
        assert_eq!(Prefs::load(&path).0.engine, remembered);
        // What is chosen in that run is remembered, and nothing else of it.
        prefs.engine.buffer_frames = Some(256);
        prefs.save(&path).unwrap();
        let expected = EngineSettings { buffer_frames: Some(256), ..remembered.clone() };
        assert_eq!(Prefs::load(&path).0.engine, expected);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_audio_system_has_other_devices() {
        let remembered = EngineSettings { input: Some("alsa:hw:0".to_owned()), ..EngineSettings::default() };
        let given = |host: &str| EngineSettings { host: Some(host.to_owned()), ..EngineSettings::default() };
        assert_eq!(remembered.with(&given("jack")), given("jack"));
        assert_eq!(remembered.with(&given("alsa")).input, remembered.input);
    }

    #[test]
    fn the_first_day_has_a_voice_and_closed_monitors() {
        let prefs = Prefs::default();
        assert!(!prefs.is_monitoring);
        assert_eq!(prefs.view.preset.as_deref(), Some("voice"));
        assert!(!prefs.chain_settings().gate.bypass);
    }

    #[test]
    fn what_cannot_be_read_is_kept_aside_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("application.toml");
        for (text, reason) in
            [("version = [", "unclosed array"), ("version = 9\n", "of version 9, expected 1")]
        {
            std::fs::write(&path, text).unwrap();
            let (prefs, notice) = Prefs::load(&path);
            assert_eq!(prefs, Prefs::default());
            let notice = notice.unwrap();
            assert!(notice.contains("application.toml.bad"), "{notice}");
            assert!(notice.contains(reason), "{notice}");
            assert_eq!(std::fs::read_to_string(folder.path().join("application.toml.bad")).unwrap(), text);
        }
        // Values that are wrong cost only themselves.
        std::fs::write(&path, "version = 1\n[settings]\n\"limiter.ceiling_dbtp\" = 99.0\nnonsense = 1.0\n")
            .unwrap();
        let (prefs, notice) = Prefs::load(&path);
        assert_eq!((prefs.chain_settings(), notice), (ChainSettings::default(), None));
    }
}
