//! PulseAudio with null sinks: what is played to one goes through our binary to the other.

use super::{Live, Process, find, folder, music, num_differing, read, steal_ticks};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(in super::super) struct Pulse {
    process: Process,
    folder: TempDir,
}

impl Pulse {
    pub(in super::super) fn start() -> Self {
        let folder = folder();
        let process = Self::spawn(folder.path());
        let pulse = Self { process, folder };
        pulse.wait_until_ready();
        pulse
    }

    fn spawn(folder: &Path) -> Process {
        let mut command = Command::new("pulseaudio");
        command.args([
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--disable-shm=yes",
            "--use-pid-file=no",
        ]);
        command.args(["--realtime=no", "--high-priority=no"]);
        let socket = folder.join("native");
        command.args([
            "-L",
            &format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()),
        ]);
        for name in ["virtmic", "virtout"] {
            let sink = "rate=48000 channels=2 format=float32le norewinds=1";
            command.args(["-L", &format!("module-null-sink sink_name={name} {sink}")]);
        }
        command.args(["-L", "module-always-sink"]);
        command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder);
        Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
    }

    pub(in super::super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn server(&self) -> PathBuf {
        PathBuf::from(format!("unix:{}", self.folder.path().join("native").display()))
    }

    pub(in super::super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", self.server()).env("HOME", self.folder.path());
        command
    }

    fn wait_until_ready(&self) {
        let begin = Instant::now();
        while !self.command("pactl").arg("info").output().unwrap().status.success() {
            assert!(begin.elapsed() < Duration::from_secs(15), "pulseaudio does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn live(&self, args: &[&str]) -> Live {
        let args = [&["--host", "pulseaudio", "--buffer", "512"], args].concat();
        Live::start(&args, &[("PULSE_SERVER", &self.server()), ("HOME", self.folder.path())])
    }

    /// Plays raw stereo to a sink.
    fn play(&self, raw: &Path) {
        let mut command = self.command("pacat");
        command.args([
            "-d",
            "virtmic",
            "--format=float32le",
            "--rate=48000",
            "--channels=2",
            "--latency-msec=200",
        ]);
        assert!(command.stdin(std::fs::File::open(raw).unwrap()).status().unwrap().success());
    }
}

const DEVICES: [&str; 4] = ["--input", "virtmic.monitor", "--output", "virtout"];

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what the test run shows")]
fn what_pulseaudio_brings_in_goes_out_as_the_bounce_makes_it() {
    let pulse = Pulse::start();
    let [take, signal] = ["take.wav", "signal.raw"].map(|name| pulse.folder.path().join(name));
    let music = music(6);
    super::jack_client::write_raw(&signal, &music);
    let record = ["--record", take.to_str().unwrap(), "--record-what", "both", "--bits", "32f"];
    let mut live =
        pulse.live(&[&DEVICES[..], &["--preset", "streaming", "--mode", "quality"], &record].concat());
    live.status();
    let steal_before = steal_ticks();
    pulse.play(&signal);
    live.status();
    let status = live.status();
    let steal = steal_ticks() - steal_before;
    let recorded = live.finish();
    let [input, output] = [read(&recorded[0]), read(&recorded[1])];
    let num_differing = num_differing(&input, &output, "streaming");
    let found = find(&music, &input);
    println!(
        "PulseAudio: {} frames recorded, {num_differing} differ from the bounce; of the signal {} of {} frames came in as sent; \
         {}; the machine lost {steal} ticks",
        output[0].len(),
        found.map_or(0, |(_, same)| same),
        music[0].len(),
        status["status"]["totals"],
    );
    assert_eq!(num_differing, 0);
    assert!(found.is_some() || steal > 0, "the signal did not come in");
}

#[test]
fn the_monitor_of_the_output_is_no_microphone() {
    let pulse = Pulse::start();
    let mut live =
        pulse.live(&["--input", "virtout.monitor", "--output", "virtout", "--preset", "limiter-only"]);
    live.wait_for_notice("hears what the output plays");
    let status = &live.status()["status"];
    assert_eq!((&status["is_loop"], &status["is_guarded"]), (&true.into(), &false.into()));
    // It is no howl, and nothing is said of one.
    live.finish();
}

#[test]
fn a_pulseaudio_server_that_dies_is_waited_for() {
    let mut pulse = Pulse::start();
    let mut live = pulse.live(&[&DEVICES[..], &["--preset", "voice"]].concat());
    live.status();
    pulse.process.crash();
    live.wait_for("the loss", |line| line["status"]["is_waiting"] == true);
    // Its socket would be in the way of the next.
    std::fs::remove_file(pulse.folder.path().join("native")).unwrap();
    pulse.process = Pulse::spawn(pulse.folder.path());
    pulse.wait_until_ready();
    let status = live.status();
    assert_eq!(status["status"]["num_restarts"], 1);
    live.finish();
}

/// PulseAudio moves a stream whose device goes to another one, which may be the loudspeakers, and says nothing.
#[test]
fn an_output_that_pulseaudio_takes_away_is_missed_and_waited_for() {
    let pulse = Pulse::start();
    let mut live = pulse.live(&[&DEVICES[..], &["--preset", "voice"]].concat());
    live.status();
    let pactl = |args: &[&str]| {
        let output = pulse.command("pactl").args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let modules = pactl(&["list", "short", "modules"]);
    let module = modules.lines().find(|line| line.contains("sink_name=virtout")).expect("it was loaded");
    pactl(&["unload-module", module.split_whitespace().next().unwrap()]);
    live.wait_for_notice("is gone; it goes on when the device is back");
    live.wait_for("the loss", |line| line["status"]["is_waiting"] == true);
    pactl(&[
        "load-module",
        "module-null-sink",
        "sink_name=virtout",
        "rate=48000",
        "channels=2",
        "norewinds=1",
    ]);
    let is_back = |line: &serde_json::Value| {
        line["status"]["num_restarts"] == 1 && line["status"]["is_waiting"] == false
    };
    live.wait_for("the return", is_back);
    live.finish();
}

#[test]
fn devices_are_listed_with_ids_that_live_takes() {
    let pulse = Pulse::start();
    let output =
        pulse.command(crate::cli::lacquer().to_str().unwrap()).args(["devices", "--json"]).output().unwrap();
    assert!(output.status.success());
    let devices: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<&str> =
        devices.as_array().unwrap().iter().filter_map(|device| device["id"].as_str()).collect();
    assert!(ids.contains(&"pulseaudio:virtout") && ids.contains(&"pulseaudio:virtmic.monitor"), "{ids:?}");
    let args = [
        "--input",
        "pulseaudio:virtmic.monitor",
        "--output",
        "pulseaudio:virtout",
        "--preset",
        "limiter-only",
    ];
    let mut live = Live::start(&args, &[("PULSE_SERVER", &pulse.server()), ("HOME", pulse.folder.path())]);
    live.status();
    live.finish();
    // What is not there is said with what is.
    let mut live =
        pulse.live(&["--input", "no such thing", "--output", "virtout", "--preset", "limiter-only"]);
    live.wait_for_notice("there is no input 'no such thing': expected one of");
    live.finish();
}
