//! JACK on a dummy driver, real-time, 256 frames: a known signal in, our binary live, recordings compared.

use super::{Live, Process, find, folder, jack_client, music, num_differing, read, steal_ticks};
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A server of one's own.
pub(super) struct Jack {
    process: Process,
    pub(super) name: String,
    num_frames: u32,
}

impl Jack {
    pub(super) fn start(name: &str, num_frames: u32) -> Self {
        // Another run of the tests may be on the same machine.
        let name = format!("{name}{}", std::process::id());
        Self { process: Self::spawn(&name, num_frames), name, num_frames }
    }

    fn spawn(name: &str, num_frames: u32) -> Process {
        let mut command = Command::new("jackd");
        // Real-time priority where the system gives it; without it the server runs all the same.
        let is_realtime =
            Command::new("chrt").args(["-f", "60", "true"]).status().is_ok_and(|status| status.success());
        let priority: &[&str] = if is_realtime { &["-R", "-P", "60"] } else { &["-r"] };
        command.arg("--no-mlock").args(priority).args(["-n", name, "-d", "dummy", "-r", "48000"]);
        command.args(["-p", &num_frames.to_string(), "-C", "2", "-P", "2"]);
        // A client that leaves badly makes it write without end.
        Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
    }

    pub(super) fn crash(&mut self) {
        self.process.crash();
    }

    pub(super) fn restart(&mut self) {
        self.process = Self::spawn(&self.name, self.num_frames);
    }

    /// Our binary on this server.
    pub(super) fn live(&self, args: &[&str]) -> Live {
        let args = [&["--host", "jack"], args].concat();
        Live::start(&args, &[("JACK_DEFAULT_SERVER", Path::new(&self.name))])
    }
}

impl Drop for Jack {
    /// A machine keeps a list of eight servers, and one that is killed stays in it.
    fn drop(&mut self) {
        self.process.end();
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what the test run shows")]
fn what_jack_brings_in_goes_out_as_the_bounce_makes_it() {
    let folder = folder();
    let [take, signal, heard] = ["take.wav", "signal.raw", "heard.raw"].map(|name| folder.path().join(name));
    let music = music(10);
    jack_client::write_raw(&signal, &music);
    let server = Jack::start("lqa", 256);
    let mut live = server.live(&[
        "--preset",
        "streaming",
        "--mode",
        "quality",
        "--record",
        take.to_str().unwrap(),
        "--record-what",
        "both",
        "--bits",
        "32f",
    ]);
    live.status();
    let steal_before = steal_ticks();
    jack_client::finish(jack_client::start(&server.name, &signal, &heard), &heard);
    let status = live.status();
    let steal = steal_ticks() - steal_before;
    let recorded = live.finish();
    let [input, output] = [read(&recorded[0]), read(&recorded[1])];
    let num_differing = num_differing(&input, &output, "streaming");
    let found = find(&music, &input);
    let totals = &status["status"]["totals"];
    println!(
        "JACK, 256 frames: {} frames recorded, {num_differing} differ from the bounce; of the signal {} of {} frames came in as sent; \
         xruns {}, missing {}, dropped {}; the machine lost {steal} ticks",
        output[0].len(),
        found.map_or(0, |(_, same)| same),
        music[0].len(),
        totals["num_xruns"],
        totals["num_missing_frames"],
        totals["num_dropped_frames"],
    );
    assert_eq!(num_differing, 0);
    // What we lose we say; what the machine takes from the client or the server is not ours.
    let is_ours_clean = totals["num_missing_frames"] == 0 && totals["num_dropped_frames"] == 0;
    let is_machine_clean = totals["num_xruns"] == 0 && steal == 0;
    let (_, same) = found.expect("the signal came in");
    assert!(
        !(is_ours_clean && is_machine_clean) || same == music[0].len(),
        "{same} frames: some were lost in silence"
    );
    assert!(is_ours_clean || !is_machine_clean, "frames were lost on a machine that had time: {status}");
}

#[test]
fn a_file_played_live_is_the_bounce() {
    let folder = folder();
    let [take, file] = ["take.wav", "music.wav"].map(|name| folder.path().join(name));
    let music = music(4);
    let format = OutputFormat::Wav(SampleFormat::Float32);
    let mut writer = AudioWriter::create(&file, format, 48_000, 2).unwrap();
    writer.write(&[&music[0], &music[1]]).unwrap();
    writer.finish().unwrap().publish(false).unwrap();
    let server = Jack::start("lqe", 256);
    let live = server.live(&[
        "--play",
        file.to_str().unwrap(),
        "--preset",
        "streaming",
        "--mode",
        "quality",
        "--record",
        take.to_str().unwrap(),
        "--record-what",
        "both",
        "--bits",
        "32f",
    ]);
    // It ends with the file.
    let recorded = live.wait_for_the_end();
    let [input, output] = [read(&recorded[0]), read(&recorded[1])];
    assert_eq!(num_differing(&input, &output, "streaming"), 0);
    let (at, same) = find(&music, &input).expect("the file was played");
    assert_eq!(same, music[0].len());
    // The last of the music has come out of the chain.
    let end = at + music[0].len() + super::quality_latency_samples();
    assert!(output[0].len() >= end, "{} frames of at least {end}", output[0].len());
}

#[test]
fn a_recording_that_fails_is_told_at_once_and_by_the_exit_status() {
    let folder = folder();
    let server = Jack::start("lqf", 256);
    let environment = [("JACK_DEFAULT_SERVER", Path::new(&server.name))];
    // Where there is no folder none begins.
    let nowhere = folder.path().join("nowhere/take.wav");
    let mut live = Live::start(&["--host", "jack", "--record", nowhere.to_str().unwrap()], &environment);
    live.wait_for_notice("cannot be written");
    let line = live.status();
    assert_eq!(line["recording_state"], "failed");
    live.signal("-INT");
    assert_eq!(live.exit_status(), Some(1));
    // A file may have so many blocks of 512 bytes; the signal that says so is ignored, and the write fails as on a full disk.
    let take = folder.path().join("take.wav");
    let args = ["--host", "jack", "--bits", "32f", "--record", take.to_str().unwrap()];
    let mut live = Live::start_in_shell("trap '' XFSZ; ulimit -f 1000;", &args, &environment);
    live.wait_for("the recording", |line| line["recording_state"] == "running");
    live.wait_for_notice("the recording ended early");
    let line = live.wait_for("its state", |line| line["recording_state"] == "failed");
    assert!(line["recorded_frames"].as_u64() > Some(40_000), "{line}");
    live.signal("-INT");
    assert_eq!(live.exit_status(), Some(1));
    let is_it = |line: &&serde_json::Value| {
        line["notice"]["text"].as_str().is_some_and(|text| text.contains("early"))
    };
    assert_eq!(live.said.iter().filter(is_it).count(), 1, "said once");
    // What was recorded until then is there, and one that is ended before it begins is none.
    assert!(read(&take)[0].len() > 40_000);
}

#[test]
fn a_jack_server_that_dies_is_waited_for_and_the_recording_goes_on() {
    let folder = folder();
    let take = folder.path().join("take.wav");
    let mut server = Jack::start("lqb", 256);
    let mut live =
        server.live(&["--preset", "voice", "--record", take.to_str().unwrap(), "--bits", "32f", "--muted"]);
    live.status();
    live.status();
    server.crash();
    live.wait_for("the loss", |line| line["status"]["is_waiting"] == true);
    let before = read(&take)[0].len();
    std::thread::sleep(Duration::from_millis(1500));
    server.restart();
    let status = live.wait_for("the return", |line| {
        line["status"]["is_running"] == true
            && line["recorded_frames"].as_u64() > Some(before as u64 + 24_000)
    });
    assert_eq!(status["status"]["num_restarts"], 1);
    let said = format!("{:?}", live.said);
    assert!(said.contains("it goes on when the device is back"), "{said}");
    let recorded = live.finish();
    assert_eq!(recorded, [take]);
    assert!(read(&recorded[0])[0].len() > before + 24_000);
}

#[test]
fn a_recording_of_the_real_binary_survives_a_kill() {
    let folder = folder();
    let take = folder.path().join("take.flac");
    let server = Jack::start("lqc", 256);
    let mut live = server.live(&["--record", take.to_str().unwrap(), "--muted"]);
    let begin = Instant::now();
    while live.status()["recorded_frames"].as_u64().unwrap_or(0) < 3 * 48_000 {
        assert!(begin.elapsed() < Duration::from_secs(15));
    }
    let at_least = live.said.last().unwrap()["recorded_frames"].as_u64().unwrap() as usize;
    live.crash();
    let seconds = read(&take)[0].len() as f64 / 48_000.0;
    assert!(seconds > at_least as f64 / 48_000.0 - 1.0, "{seconds} s of at least {at_least} frames");
}

#[test]
fn a_hangup_reads_the_preset_again() {
    let folder = folder();
    let preset = folder.path().join("mine.toml");
    let write = |gain_db: f64| {
        std::fs::write(&preset, format!("version = 1\nname = \"Mine\"\n\n[loudness]\ngain_db = {gain_db}\n"))
            .unwrap();
    };
    write(0.0);
    let [signal, heard] = ["signal.raw", "heard.raw"].map(|name| folder.path().join(name));
    // A steady tone, low enough to stay below the limiter.
    let tone: Vec<f32> =
        (0..6 * 48_000).map(|n| (n as f32 * std::f32::consts::TAU / 96.0).sin() * 0.05).collect();
    jack_client::write_raw(&signal, &[tone.clone(), tone]);
    let server = Jack::start("lqd", 256);
    let mut live = server.live(&["--preset", preset.to_str().unwrap()]);
    live.status();
    let client = jack_client::start(&server.name, &signal, &heard);
    let level = |line: &serde_json::Value| line["output_peak_dbfs"].as_f64().unwrap_or(-180.0);
    live.wait_for("the tone", |line| (level(line) + 26.02).abs() < 0.1);
    write(6.0);
    live.process.signal("-HUP");
    live.wait_for("the louder tone", |line| (level(line) + 20.02).abs() < 0.1);
    // A preset that is wrong changes nothing, and ends nothing.
    std::fs::write(&preset, "nonsense").unwrap();
    live.process.signal("-HUP");
    live.status();
    jack_client::finish(client, &heard);
    live.finish();
}

#[test]
fn what_cannot_be_played_is_said_before_anything_is_heard() {
    let folder = folder();
    let [missing, text, wide] = ["none.wav", "text.wav", "wide.wav"].map(|name| folder.path().join(name));
    std::fs::write(&text, "no audio").unwrap();
    let format = OutputFormat::Wav(SampleFormat::Float32);
    let mut writer = AudioWriter::create(&wide, format, 48_000, 3).unwrap();
    writer.write(&[&[0.1; 4800][..]; 3]).unwrap();
    writer.finish().unwrap().publish(false).unwrap();
    for (path, words) in [(&missing, "none.wav"), (&text, "text.wav"), (&wide, "expected 1 or 2 channels")] {
        // No server is asked.
        let ended =
            crate::cli::call(folder.path(), &["live", "--headless", "--play", path.to_str().unwrap()]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

#[test]
fn a_hangup_opens_monitors_that_a_howl_closed() {
    let folder = folder();
    let [signal, heard] = ["signal.raw", "heard.raw"].map(|name| folder.path().join(name));
    // What stands at the top for two seconds is taken for a howl.
    let tone: Vec<f32> =
        (0..2 * 48_000).map(|n| (n as f32 * std::f32::consts::TAU / 96.0).sin() * 0.9).collect();
    jack_client::write_raw(&signal, &[tone.clone(), tone]);
    let server = Jack::start("lqg", 256);
    let mut live = server.live(&["--preset", "limiter-only"]);
    live.status();
    let client = jack_client::start(&server.name, &signal, &heard);
    live.wait_for("the guard", |line| line["status"]["is_guarded"] == true);
    jack_client::finish(client, &heard);
    live.signal("-HUP");
    live.wait_for("open monitors", |line| line["status"]["is_guarded"] == false);
    live.finish();
}
