//! The real `lacquer` command: what it prints, what it leaves, and how it ends.

use crate::random::Random;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The command, built from what is being tested.
pub fn lacquer() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--locked",
            "--package",
            "lacquer",
            "--features",
            "jack",
            "--message-format=json",
        ]);
        let output = build.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut executables = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            message["executable"].as_str().map(PathBuf::from)
        });
        executables.next_back().expect("cargo names the executable")
    })
}

/// How a call ended.
pub struct Ended {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Calls the command in `folder`, whose `.config` holds the user's presets.
pub fn call(folder: &Path, args: &[&str]) -> Ended {
    let mut command = Command::new(lacquer());
    command.args(args).current_dir(folder).env("XDG_CONFIG_HOME", folder.join(".config"));
    command.stdin(Stdio::null()).output().expect("the command starts").into()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A float WAV file, by an independent writer.
fn write_wav(path: &Path, sample_rate_hz: u32, channels: &[Vec<f32>]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: sample_rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame_idx in 0..channels[0].len() {
        channels.iter().for_each(|channel| writer.write_sample(channel[frame_idx]).unwrap());
    }
    writer.finalize().unwrap();
}

/// A little music: noise whose level beats.
fn music(seed: u64, seconds: f64, sample_rate_hz: u32) -> Vec<f32> {
    let mut samples = Random::new(seed).noise((seconds * f64::from(sample_rate_hz)) as usize);
    for (n, sample) in samples.iter_mut().enumerate() {
        let beat = (n as f32 / sample_rate_hz as f32 * 2.0).fract();
        *sample *= 0.3 * (1.0 - 0.8 * beat);
    }
    samples
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// One clear line, the right status, nothing new in the folder, no panic.
fn assert_refused(folder: &Path, args: &[&str], status: i32, words: &[&str]) {
    let before = names(folder);
    let ended = call(folder, args);
    assert_eq!(ended.status, Some(status), "{args:?}: {}", ended.stderr);
    assert_eq!(ended.stderr.trim_end().lines().count(), 1, "{args:?}: {}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{args:?}: {}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{args:?} does not say {word:?}: {}", ended.stderr);
    }
    assert_eq!(names(folder), before, "{args:?} left something behind");
}

#[test]
fn bad_files_are_refused_in_one_line() {
    let folder = folder();
    let path = folder.path();
    let good = music(1, 2.0, 44_100);
    write_wav(&path.join("good.wav"), 44_100, &[good.clone(), good.clone()]);
    let bytes = std::fs::read(path.join("good.wav")).unwrap();
    std::fs::write(path.join("truncated.wav"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(path.join("empty.wav"), b"").unwrap();
    std::fs::write(path.join("text.wav"), b"This is no audio at all, but a letter to a friend.").unwrap();
    let mut channelless = bytes.clone();
    channelless[22] = 0;
    std::fs::write(path.join("channelless.wav"), channelless).unwrap();
    write_wav(&path.join("frameless.wav"), 44_100, &[vec![]]);
    write_wav(&path.join("silent.wav"), 44_100, &[vec![0.0; 88_200]]);
    write_wav(&path.join("blink.wav"), 44_100, &[good[..8000].to_vec()]);
    write_wav(&path.join("surround.wav"), 44_100, &vec![good.clone(); 6]);
    for (file, words) in [
        ("truncated.wav", &["truncated.wav: incomplete", "expected", "found"][..]),
        ("empty.wav", &["empty.wav: empty", "0 bytes"]),
        ("text.wav", &["text.wav: not an audio file", "WAV, FLAC, MP3 or Ogg Vorbis"]),
        ("channelless.wav", &["channelless.wav", "at least 1 channel", "0 channels"]),
        ("frameless.wav", &["frameless.wav: empty"]),
        ("missing.wav", &["missing.wav: cannot be read"]),
        (".", &[".: cannot be read: expected a file, found a folder"]),
    ] {
        assert_refused(path, &["bounce", file, "-o", "out.wav"], 1, words);
        assert_refused(path, &["measure", file], 1, words);
    }
    assert_refused(
        path,
        &["bounce", "silent.wav", "-o", "out.wav"],
        1,
        &["silent.wav: silent", "-14.0 LUFS"],
    );
    assert_refused(
        path,
        &["bounce", "blink.wav", "-o", "out.wav"],
        1,
        &["blink.wav: shorter than the 400 ms"],
    );
    assert_refused(
        path,
        &["bounce", "surround.wav", "-o", "out.wav"],
        1,
        &["has 6 channels: expected 1 or 2"],
    );
}

#[test]
fn bad_outputs_are_refused_in_one_line() {
    let folder = folder();
    let path = folder.path();
    let good = music(2, 2.0, 48_000);
    write_wav(&path.join("good.wav"), 48_000, std::slice::from_ref(&good));
    write_wav(&path.join("other.wav"), 48_000, &[good]);
    std::fs::create_dir(path.join("sub")).unwrap();
    std::fs::copy(path.join("good.wav"), path.join("sub/good.wav")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(path.join("good.wav"), path.join("link.wav")).unwrap();
    let original = std::fs::read(path.join("good.wav")).unwrap();
    let refuse = |args: &[&str], status, words: &[&str]| {
        assert_refused(path, &[&["bounce", "good.wav"], args].concat(), status, words);
    };
    refuse(&["-o", "good.wav"], 2, &["is the input good.wav as well"]);
    refuse(&["-o", "good.wav", "--force"], 2, &["is the input good.wav as well"]);
    refuse(&["-o", "sub/../good.wav", "--force"], 2, &["is the input"]);
    #[cfg(unix)]
    refuse(&["-o", "link.wav", "--force"], 2, &["is the input"]);
    refuse(&["-o", "other.wav"], 1, &["other.wav: is there already: --force replaces it"]);
    refuse(&["-o", "nowhere/out.wav"], 1, &["there is no folder nowhere"]);
    refuse(&["-o", "out.ogg"], 2, &["out.ogg: expected a name that ends in .wav, .flac or .mp3"]);
    refuse(&["-o", "/proc/out.wav"], 1, &["/proc/out.wav: cannot be written"]);
    refuse(&["other.wav", "-o", "both.wav"], 2, &["both.wav: expected a folder for several masters"]);
    refuse(&["sub/good.wav", "-o", "sub"], 2, &["would be the master of two inputs"]);
    assert_eq!(std::fs::read(path.join("good.wav")).unwrap(), original);
}

/// What was not built in does not come with time, as a device does.
#[test]
fn an_audio_system_that_is_not_built_in_is_refused() {
    let folder = folder();
    let words = ["there is no audio system 'nonsense'", "PulseAudio"];
    let args = ["live", "--headless", "--host", "nonsense", "--seconds", "1"];
    assert_refused(folder.path(), &args, 2, &words);
}

#[test]
fn bad_words_are_refused_in_one_line() {
    let folder = folder();
    let path = folder.path();
    write_wav(&path.join("good.wav"), 48_000, &[music(3, 2.0, 48_000)]);
    let preset =
        |name: &str, body: &str| std::fs::write(path.join(name), format!("version = 1\n{body}\n")).unwrap();
    preset("key.toml", "[limiter]\nceilling_dbtp = -1");
    preset("range.toml", "[limiter]\nceiling_dbtp = 6");
    let refuse = |args: &[&str], words: &[&str]| {
        assert_refused(path, &[&["bounce", "good.wav", "-o", "out.wav"], args].concat(), 2, words);
    };
    refuse(&["--preset", "streeming"], &["no preset 'streeming'", "did you mean 'streaming'?", "podcast"]);
    refuse(
        &["--preset", "key.toml"],
        &["key.toml", "'limiter.ceilling_dbtp'", "did you mean 'limiter.ceiling_dbtp'?"],
    );
    refuse(
        &["--preset", "range.toml"],
        &["range.toml: limiter.ceiling_dbtp = 6", "-40.00 dBTP to 0.00 dBTP"],
    );
    refuse(&["--lufs", "3"], &["--lufs 3: expected -60 to 0 LUFS"]);
    refuse(&["--lufs", "loud"], &["--lufs loud: expected -60 to 0 LUFS"]);
    refuse(&["--ceiling", "1"], &["--ceiling 1: expected -30 to 0 dBTP"]);
    refuse(&["--set", "limiter.speed=3"], &["--set: there is no parameter 'limiter.speed'"]);
    refuse(&["--set", "limiter.release_ms"], &["expected ID=VALUE"]);
    refuse(
        &["--set", "limiter.release_ms=9 s"],
        &["limiter.release_ms = 9000 is out of range", "5 ms to 2000 ms"],
    );
    refuse(&["--set", "loudness.bypass=on"], &["loudness.bypass is on"]);
    refuse(&["--set", "loudness.gain_db=6"], &["loudness.gain_db is solved for"]);
    refuse(
        &["--set", "multiband.num_bands=2.5"],
        &["multiband.num_bands = '2.5' is not understood: expected 2 to 6"],
    );
    refuse(&["--preset", "a\nb\u{1b}[2J"], &["there is no preset 'a\\nb\\u{1b}[2J'"]);
    // Words that the parser itself refuses come with its usage lines.
    let ended = call(path, &["bounce", "good.wav", "--loud"]);
    assert_eq!(ended.status, Some(2), "{}", ended.stderr);
}

#[test]
fn a_target_out_of_reach_is_refused_or_approached() {
    let folder = folder();
    let path = folder.path();
    let noise = music(4, 6.0, 44_100);
    write_wav(&path.join("in.wav"), 44_100, &[noise.clone(), noise]);
    let args = [
        "bounce",
        "in.wav",
        "-o",
        "out.wav",
        "--preset",
        "limiter-only",
        "--lufs",
        "-0.5",
        "--ceiling",
        "-9",
    ];
    assert_refused(
        path,
        &args,
        1,
        &["-0.50 LUFS and -9.00 dBTP cannot both be had", "integrated loudness -", "off by"],
    );
    let json = call(path, &[&args[..], &["--json"]].concat());
    let refused: Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(refused[0]["error"].as_str().unwrap().contains("cannot both be had"));
    let reachable = refused[0]["closest"]["output"]["figures"]["integrated_lufs"].as_f64().unwrap();
    let ended = call(path, &[&args[..], &["--json", "--best-effort"]].concat());
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("best effort: integrated loudness"), "{}", ended.stderr);
    let done: Value = serde_json::from_str(&ended.stdout).unwrap();
    let figures = &done[0]["output"]["figures"];
    assert_eq!(figures["integrated_lufs"].as_f64().unwrap(), reachable);
    assert!(figures["true_peak_dbtp"].as_f64().unwrap() <= -9.0 && reachable > -20.0, "{figures}");
    assert_eq!(done[0]["misses"][0]["figure"], "integrated loudness");
}

#[test]
fn damaged_samples_are_counted_and_the_master_is_clean() {
    let folder = folder();
    let path = folder.path();
    let mut samples = music(5, 3.0, 48_000);
    samples[1000] = f32::NAN;
    samples[70_000] = f32::INFINITY;
    write_wav(&path.join("nan.wav"), 48_000, &[samples]);
    let ended = call(path, &["bounce", "nan.wav", "-o", "out.wav", "--bits", "float"]);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("nan.wav: 2 samples were no numbers and became silence"),
        "{}",
        ended.stderr
    );
    let mut written = hound::WavReader::open(path.join("out.wav")).unwrap();
    assert!(written.samples::<f32>().all(|sample| sample.unwrap().is_finite()));
    let measured = call(path, &["measure", "nan.wav", "--json"]);
    let json: Value = serde_json::from_str(&measured.stdout).unwrap();
    assert_eq!(json[0]["num_damaged_samples"], 2);
}

#[test]
fn several_files_go_to_a_folder_and_one_bad_does_not_stop_the_rest() {
    let folder = folder();
    let path = folder.path();
    write_wav(&path.join("a.wav"), 48_000, &[music(6, 3.0, 48_000)]);
    write_wav(&path.join("b.wav"), 22_050, &[music(7, 3.0, 22_050), music(8, 3.0, 22_050)]);
    std::fs::write(path.join("bad.wav"), b"no").unwrap();
    let args = ["bounce", "a.wav", "bad.wav", "b.wav", "-o", "masters", "--json", "--report", "--bits", "16"];
    let ended = call(path, &args);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    let json: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    assert!(json[1]["error"].as_str().unwrap().contains("not an audio file"));
    for idx in [0, 2] {
        let lufs = json[idx]["output"]["figures"]["integrated_lufs"].as_f64().unwrap();
        assert!((lufs + 14.0).abs() <= 0.05, "{lufs}");
    }
    let expected = ["a.mastered.report.json", "a.mastered.wav", "b.mastered.report.json", "b.mastered.wav"];
    assert_eq!(names(&path.join("masters")), expected);
    assert_eq!(
        hound::WavReader::open(path.join("masters/b.mastered.wav")).unwrap().spec().bits_per_sample,
        16
    );
}

#[test]
fn presets_are_listed_shown_and_taken_from_the_users_folder() {
    let folder = folder();
    let path = folder.path();
    let listed = call(path, &["presets"]);
    assert_eq!(listed.status, Some(0));
    assert!(["streaming", "audiobook-acx", "limiter-only"].iter().all(|slug| listed.stdout.contains(slug)));
    let shown = call(path, &["presets", "club"]);
    let users = path.join(".config/lacquer/presets");
    std::fs::create_dir_all(&users).unwrap();
    std::fs::write(users.join("mine.toml"), shown.stdout.replace("-9.0 ", "-11.0 ")).unwrap();
    let json: Value = serde_json::from_str(&call(path, &["presets", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["slug"], "mine");
    assert_eq!(json[0]["output_lufs"], -11.0);
    assert_eq!(json.as_array().unwrap().len(), lacquer_presets::factory().len() + 1);
}

/// Ctrl-C in the middle of the work: no master, no temporary file, status 130.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    let folder = folder();
    let path = folder.path();
    let long = music(9, 400.0, 48_000);
    write_wav(&path.join("long.wav"), 48_000, &[long.clone(), long]);
    // Early, and at the moment when the master is being written, which without a search is soon.
    for (wait_for_temp, preset) in [(false, "streaming"), (true, "limiter-only")] {
        let mut child = Command::new(lacquer())
            .args(["bounce", "long.wav", "-o", "out.wav", "--preset", preset])
            .current_dir(path)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(400));
        let deadline = Instant::now() + Duration::from_secs(120);
        let is_writing = || {
            let lens = std::fs::read_dir(path).unwrap().filter_map(|entry| entry.ok()?.metadata().ok());
            lens.filter(|metadata| metadata.len() > 100_000).count() > 1
        };
        while wait_for_temp && !is_writing() {
            assert!(
                Instant::now() < deadline && child.try_wait().unwrap().is_none(),
                "no file was being written"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupt.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(names(path), ["long.wav"]);
    }
}

/// Four times the length takes no more memory: the peak of the resident set, as the kernel tells it.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_length() {
    let folder = folder();
    let path = folder.path();
    let peak_kib = |seconds: f64| {
        let channel = music(10, seconds, 48_000);
        write_wav(&path.join("in.wav"), 48_000, &[channel.clone(), channel]);
        let mut child = Command::new(lacquer())
            .args(["bounce", "in.wav", "-o", "out.wav", "--force", "--preset", "ebu-r128"])
            .current_dir(path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak_kib = 0;
        while child.try_wait().unwrap().is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
            peak_kib = peak_kib.max(kib);
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(child.wait().unwrap().success() && peak_kib > 0);
        peak_kib
    };
    let (short, long): (u64, u64) = (peak_kib(20.0), peak_kib(80.0));
    assert!(long < short + 2048, "20 s take {short} KiB, 80 s take {long} KiB");
}

/// A name that is no Unicode, or holds a line break, is measured and mastered like any other.
#[cfg(target_os = "linux")]
#[test]
fn strange_names_are_names() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let path = folder.path();
    for bytes in [&b"caf\xe9.wav"[..], b"two\nlines.wav"] {
        let name = std::ffi::OsStr::from_bytes(bytes);
        write_wav(&path.join(name), 48_000, &[music(11, 2.0, 48_000)]);
        for args in [&["bounce", "--report", "--json"][..], &["measure"], &["measure", "--json"]] {
            let mut command = Command::new(lacquer());
            let ended: Ended = command.args(args).arg(name).current_dir(path).output().unwrap().into();
            assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{args:?} {name:?}");
        }
        let mut command = Command::new(lacquer());
        let again: Ended = command.arg("bounce").arg(name).current_dir(path).output().unwrap().into();
        assert_eq!((again.status, again.stderr.lines().count()), (Some(1), 1), "{}", again.stderr);
    }
}

/// What was set is what is done: a trim of one's own is not replaced by the automatic one.
#[test]
fn a_trim_that_was_set_is_kept() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &[music(12, 3.0, 48_000)]);
    let trim = |option: &str| {
        let ended =
            call(folder.path(), &["bounce", "in.wav", "-o", "out.wav", "--force", "--json", "--set", option]);
        let json: Value = serde_json::from_str(&ended.stdout).unwrap();
        json[0]["work"]["input_trim_db"].as_f64().unwrap()
    };
    assert_eq!(trim("input.trim_db=3"), 3.0);
    assert_eq!(trim("input.bypass=on"), 0.0);
    assert!(trim("input.trim_db=0").abs() > 0.5, "left alone, it is brought to the preset's level");
}

/// One channel counts once, or as heard from two loudspeakers.
#[test]
fn dual_mono_is_three_decibels_more() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &[music(13, 3.0, 48_000)]);
    let lufs = |options: &[&str]| {
        let ended = call(folder.path(), &[&["measure", "in.wav", "--json"], options].concat());
        let json: Value = serde_json::from_str(&ended.stdout).unwrap();
        json[0]["figures"]["integrated_lufs"].as_f64().unwrap()
    };
    assert!((lufs(&["--dual-mono"]) - lufs(&[]) - 10.0 * 2.0_f64.log10()).abs() < 1e-6);
}

/// Loud clicks over a quiet programme: while only the clicks are limited loudness stands still, and rises again behind.
#[test]
fn a_plateau_of_loudness_is_not_its_end() {
    let folder = folder();
    let mut samples: Vec<f32> = music(14, 8.0, 48_000).iter().map(|x| x * 0.01).collect();
    samples.iter_mut().step_by(24_000).for_each(|sample| *sample = 1.0);
    write_wav(&folder.path().join("clicks.wav"), 48_000, &[samples]);
    for lufs in ["-34", "-26", "-20", "-14"] {
        let args =
            ["bounce", "clicks.wav", "-o", "out.wav", "--force", "--preset", "limiter-only", "--lufs", lufs];
        let ended = call(folder.path(), &args);
        assert_eq!(ended.status, Some(0), "{lufs}: {}", ended.stderr);
    }
}

/// `lacquer measure | head -1` is no reason to panic.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = folder();
    let command = format!("'{}' presets | true; exit ${{PIPESTATUS[0]}}", lacquer().display());
    let ended: Ended =
        Command::new("bash").args(["-c", &command]).current_dir(folder.path()).output().unwrap().into();
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
}
