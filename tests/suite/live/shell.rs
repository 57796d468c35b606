//! The application's window by its accessibility tree, over the bench: clicks, keys, and what comes of them.

use super::bench::Bench;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lacquer::engine::EngineSettings;
use lacquer::prefs::Prefs;
use lacquer::studio::Studio;
use lacquer::window::{Question, Shell};
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A window over a bench, with a folder of its own.
struct Desk {
    harness: Harness<'static, Shell>,
    bench: Bench,
    folder: TempDir,
}

impl Desk {
    fn open() -> Self {
        Self::open_with(Prefs::default())
    }

    fn open_with(mut prefs: Prefs) -> Self {
        let folder = TempDir::new().unwrap();
        let bench = Bench::new([48_000; 2]);
        prefs.record.folder = folder.path().to_owned();
        let studio = Studio::over(Box::new(bench.clone()), EngineSettings::default(), prefs.control());
        let shell = Shell::new(studio, prefs, Some(folder.path().join("application.toml")), None);
        let harness = Harness::builder()
            .with_size([1040.0, 680.0])
            .build_ui_state(|ui, shell: &mut Shell| shell.ui(ui), shell);
        let mut desk = Self { harness, bench, folder };
        desk.wait_for("audio", |desk| desk.bench.output.is_open());
        desk
    }

    /// Some callbacks and a frame of the window.
    fn step(&mut self) {
        for _ in 0..4 {
            // 375 Hz: a block holds two periods.
            let tone = |n: usize| (n as f32 * std::f32::consts::TAU / 128.0).sin() * 0.25;
            self.bench.capture(&std::array::from_fn::<_, 256, _>(|n| [tone(n); 2]));
            self.bench.play(256);
        }
        self.harness.step();
    }

    fn wait_for(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            let board = self.harness.state().studio().board();
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "waited for {what}: {:?} {:?} {:?}",
                board.file,
                board.recording,
                board.status
            );
            drop(board);
            self.step();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.step();
        self.step();
    }
}

fn control(desk: &Desk) -> lacquer::engine::control::Control {
    desk.harness.state().studio().store().get()
}

fn recordings(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
    entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "wav")).count()
}

/// A tone of so many seconds.
fn write_song(folder: &Path, seconds: usize) -> PathBuf {
    let path = folder.join("song.wav");
    let format = OutputFormat::Wav(SampleFormat::Int16);
    let mut writer = AudioWriter::create(&path, format, 48_000, 1).unwrap();
    let tone: Vec<f32> = (0..48_000).map(|n| (n as f32 * 0.05).sin() * 0.1).collect();
    (0..seconds).for_each(|_| writer.write(&[&tone]).unwrap());
    writer.finish().unwrap().publish(false).unwrap();
    path
}

#[test]
fn devices_are_picked_and_monitors_opened() {
    let mut prefs = Prefs::default();
    prefs.engine.host = Some("alsa".to_owned());
    let mut desk = Desk::open_with(prefs);
    assert!(!control(&desk).is_monitoring);
    desk.click("Monitor");
    assert!(control(&desk).is_monitoring);
    desk.click("Input: Default input");
    desk.wait_for("the list", |desk| desk.harness.query_by_label_contains("Microphone").is_some());
    desk.harness.get_by_label_contains("Microphone").click();
    desk.step();
    desk.wait_for("the device", |desk| {
        desk.harness.state().studio().board().settings.input.as_deref() == Some("custom:microphone")
    });
    // A device brings its own audio system, and the one of the command line locks nobody in.
    assert_eq!(desk.harness.state().studio().board().settings.host, None);
    desk.wait_for("audio", |desk| desk.bench.input.is_open() && desk.bench.output.is_open());
    desk.wait_for("its name", |desk| desk.harness.query_by_label("Input: Microphone").is_some());
    desk.click("Buffer: Auto buffer");
    desk.click("128 frames");
    desk.wait_for("the buffer", |desk| {
        desk.harness.state().studio().board().settings.buffer_frames == Some(128)
    });
}

#[test]
fn a_lost_device_is_shown_and_a_preset_is_loaded() {
    let mut desk = Desk::open();
    desk.bench.input.set_there(false);
    desk.wait_for("a word", |desk| desk.harness.query_by_label_contains("Waiting for the device").is_some());
    desk.wait_for("the notice", |desk| desk.harness.query_by_label_contains("Microphone is gone").is_some());
    desk.bench.input.set_there(true);
    desk.wait_for("the return", |desk| desk.bench.output.is_open());
    let before = control(&desk).settings;
    desk.click("Next preset");
    assert_ne!(control(&desk).settings, before);
}

#[test]
fn a_key_records_and_a_file_is_played_through_the_chain() {
    let mut desk = Desk::open();
    desk.harness.key_press(egui::Key::R);
    desk.wait_for("a recording", |desk| recordings(desk.folder.path()) == 1);
    desk.wait_for("sound in it", |desk| {
        let board = desk.harness.state().studio().board();
        let status = board.recording.as_ref().and_then(|recording| recording.status.as_ref());
        status.is_some_and(|status| status.num_frames > 96_000)
    });
    // Its length is its own, whether there is a device or not.
    desk.bench.input.set_there(false);
    desk.wait_for("the loss", |desk| desk.harness.query_by_label_contains("Waiting for").is_some());
    desk.step();
    assert!(desk.harness.query_by_label_contains("0:0").is_some(), "the recording is a few seconds long");
    desk.bench.input.set_there(true);
    desk.wait_for("the return", |desk| desk.bench.output.is_open());
    desk.click("Record");
    desk.wait_for("its end", |desk| desk.harness.state().studio().board().recording.is_none());
    let entries = std::fs::read_dir(desk.folder.path()).unwrap().filter_map(Result::ok);
    let take = entries
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "wav"))
        .unwrap();
    desk.harness.state().studio().open_file(&take);
    desk.wait_for("the player", |desk| desk.harness.query_by_label("Play").is_some());
    desk.click("Play");
    desk.wait_for("its end", |desk| {
        let board = desk.harness.state().studio().board();
        board.file.as_ref().is_some_and(|file| file.is_at_end)
    });
    desk.click("Bounce");
    desk.wait_for("the master", |desk| recordings(desk.folder.path()) == 2);
    desk.wait_for("its figures", |desk| desk.harness.query_by_label_contains("is mastered: ").is_some());
    desk.click("Close");
    desk.wait_for("the input", |desk| desk.bench.input.is_open());
}

#[test]
fn a_window_that_is_closed_during_a_bounce_leaves_nothing_half_done() {
    let mut desk = Desk::open();
    let song = write_song(desk.folder.path(), 120);
    desk.harness.state().studio().open_file(&song);
    desk.wait_for("the player", |desk| desk.harness.query_by_label("Play").is_some());
    let files = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    let before = files(desk.folder.path());
    desk.click("Bounce");
    desk.wait_for("its file", |desk| files(desk.folder.path()) > before);
    let Desk { harness, folder, .. } = desk;
    drop(harness);
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "song.wav" || name == "application.toml"), "{left:?}");
}

#[test]
fn a_controller_that_cannot_be_opened_is_told_and_tried_again() {
    let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let mut prefs = Prefs::default();
    prefs.osc_port = Some(port);
    prefs.midi.port = Some("nanoKONTROL:CTRL 24:0".to_owned());
    let mut desk = Desk::open_with(prefs);
    // Nobody opened the list of controllers to hear it.
    desk.wait_for("the words", |desk| desk.harness.query_by_label_contains("MIDI").is_some());
    desk.wait_for("the words", |desk| desk.harness.query_by_label_contains("OSC cannot listen").is_some());
    drop(other);
    desk.click("Controllers");
    let address = format!("127.0.0.1:{port}, 0 messages not understood");
    desk.wait_for("OSC", |desk| desk.harness.query_by_label(&address).is_some());
}

/// A desk whose dialogs choose this.
fn desk_that_chooses(chosen: impl Fn(&Question) -> Option<PathBuf> + Send + Sync + 'static) -> Desk {
    let mut desk = Desk::open();
    desk.harness.state_mut().ask_by(Arc::new(chosen));
    desk
}

#[test]
fn a_dialog_opens_a_file_and_chooses_a_folder() {
    let folder = TempDir::new().unwrap();
    let song = write_song(folder.path(), 1);
    let (path, takes) = (song.clone(), folder.path().join("takes"));
    std::fs::create_dir(&takes).unwrap();
    let chosen = takes.clone();
    let mut desk = desk_that_chooses(move |question| match question {
        Question::File(_) => Some(path.clone()),
        Question::Folder(_) => Some(chosen.clone()),
    });
    desk.click("Open file");
    desk.click("Browse \u{2026}");
    desk.wait_for("the player", |desk| desk.harness.query_by_label("Play").is_some());
    assert_eq!(desk.harness.state().studio().board().file.as_ref().unwrap().path, song);
    desk.click("Output, WAV 24");
    desk.click("Choose \u{2026}");
    let words = takes.display().to_string();
    desk.wait_for("the folder", |desk| desk.harness.query_all_by_value(&words).next().is_some());
    desk.harness.key_press(egui::Key::R);
    desk.wait_for("a recording", |_| recordings(&takes) == 1);
}

#[test]
fn a_desktop_without_dialogs_is_told() {
    let mut desk = desk_that_chooses(|_| None);
    desk.click("Open file");
    desk.click("Browse \u{2026}");
    desk.wait_for("the words", |desk| desk.harness.query_by_label_contains("shows no dialog").is_some());
}

/// A file as the window system hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// As winit does it: the files lie in the raw input of one frame.
#[test]
fn a_file_that_is_dropped_on_the_window_is_opened() {
    let mut desk = Desk::open();
    let song = write_song(desk.folder.path(), 1);
    desk.harness.input_mut().dropped_files.push(Arc::new(Dropped(song.clone())));
    desk.step();
    desk.wait_for("the player", |desk| desk.harness.query_by_label("Play").is_some());
    assert_eq!(desk.harness.state().studio().board().file.as_ref().unwrap().path, song);
    // It is dropped once.
    desk.click("Close");
    desk.wait_for("the input", |desk| desk.harness.state().studio().board().file.is_none());
    (0..20).for_each(|_| desk.step());
    assert!(desk.harness.state().studio().board().file.is_none());
}
