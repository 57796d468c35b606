//! The real window, on a display without a screen and a PulseAudio server: devices, a preset, a recording, a picture.

use super::servers::Process;
use super::servers::pulse::Pulse;
use crate::cli::lacquer;
use crate::programs::{arg, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// An X server with one window in it.
struct Screen {
    _server: Process,
    display: String,
}

impl Screen {
    fn start() -> Self {
        // The server picks a free number, and tells it.
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
        let mut server = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let display = format!(":{}", server.first_line());
        Self { _server: server, display }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display);
        command
    }

    fn xdotool(&self, args: &[&str]) -> String {
        let output = self.command("xdotool").args(args).output().unwrap();
        assert!(output.status.success(), "xdotool {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn picture(&self, path: &Path) {
        assert!(self.command("import").args(["-window", "root", arg(path)]).status().unwrap().success());
    }
}

/// How many colours a picture has: a blank one has one or two.
fn num_colours(picture: &Path) -> usize {
    let printed = run("identify", "imagemagick", &["-format", "%k", arg(picture)]);
    String::from_utf8_lossy(&printed).trim().parse().unwrap()
}

fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "wav")).collect()
}

#[test]
fn the_window_opens_records_and_remembers() {
    let pulse = Pulse::start();
    let home = pulse.folder().to_owned();
    let screen = Screen::start();
    let start = |args: &[&str]| {
        let mut command = pulse.command(arg(lacquer()));
        command
            .args(args)
            .env("DISPLAY", &screen.display)
            .env("XDG_RUNTIME_DIR", &home)
            .env_remove("WAYLAND_DISPLAY");
        Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
    };
    let picture = home.join("window.png");
    let is_drawn = || {
        screen.picture(&picture);
        (num_colours(&picture) > 200).then_some(())
    };
    let prefs = home.join(".config/lacquer/application.toml");
    std::fs::create_dir_all(prefs.parent().unwrap()).unwrap();
    let devices = "input = \"pulseaudio:virtmic.monitor\"\noutput = \"pulseaudio:virtout\"\n";
    std::fs::write(&prefs, format!("version = 1\n\n[engine]\n{devices}")).unwrap();
    // What is given on the command line is for this once, and leaves the rest as it is remembered.
    let mut window = start(&["live", "--buffer", "512"]);
    wait_for("a picture", is_drawn);
    let id = wait_for("the window", || {
        let output = screen.command("xdotool").args(["search", "--name", "^Lacquer$"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
    });
    screen.xdotool(&["windowfocus", &id]);
    // The key starts a recording, and ends it.
    screen.xdotool(&["key", "r"]);
    let take = wait_for("a recording", || recordings(&home).pop());
    wait_for("two seconds of it", || {
        std::fs::metadata(&take).ok().filter(|file| file.len() > 2 * 48_000 * 6)
    });
    screen.xdotool(&["key", "r"]);
    let seconds = |path: &Path| super::servers::read(path)[0].len() as f64 / 48_000.0;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let length_s = seconds(&take);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(length_s, seconds(&take), "it goes on though it was ended");
    assert!(length_s > 1.5, "{length_s} s");
    // Asked to end it keeps what it should remember; opened again without a word it hears the same devices.
    window.signal("-TERM");
    assert!(window.wait().success());
    let kept = std::fs::read_to_string(&prefs).unwrap();
    assert!(kept.contains(devices) && kept.contains("preset = \"voice\""), "{kept}");
    assert!(!kept.contains("buffer_frames"), "{kept}");
    let _again = start(&[]);
    wait_for("a picture", is_drawn);
    wait_for("its stream", || {
        let output = pulse.command("pactl").args(["list", "short", "source-outputs"]).output().unwrap();
        (!output.stdout.is_empty()).then_some(())
    });
}
