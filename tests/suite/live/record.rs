//! The recorder: what other programs read of its files, after a kill and on a full disk too.

use crate::programs::{arg, run};
use crate::random::Random;
use lacquer::record::{Format, RecordSpec, RecordState, RecordTap, Recorder, What, recorder};
use lacquer_offline::decode::AudioReader;
use lacquer_offline::encode::SampleFormat;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RATE_HZ: u32 = 48_000;
const CHILD: &str = "LACQUER_RECORD_INTO";

fn spec(path: &Path, what: What, format: Format, num_channels: usize) -> RecordSpec {
    RecordSpec { path: path.to_owned(), what, format, sample_rate_hz: RATE_HZ, num_channels }
}

/// Pushes as the audio thread does: under the guard.
fn push(tap: &mut RecordTap, planes: &[Vec<f32>; 4], range: std::ops::Range<usize>) {
    let [a, b, c, d] = planes.each_ref().map(|plane| &plane[range.clone()]);
    assert_no_alloc::assert_no_alloc(|| tap.push([a, b], [c, d]));
}

fn planes(len: usize) -> [Vec<f32>; 4] {
    let mut random = Random::new(5);
    std::array::from_fn(|_| random.noise(len))
}

fn read(path: &Path) -> Vec<Vec<f32>> {
    let mut reader = AudioReader::open(path).unwrap();
    let mut channels = vec![vec![0.0; 100 * RATE_HZ as usize]; reader.info().num_channels];
    let len = reader.read(&mut channels).unwrap();
    channels.iter_mut().for_each(|channel| channel.truncate(len));
    channels
}

/// What ffmpeg reads, as interleaved 32-bit floats.
fn read_by_ffmpeg(path: &Path) -> Vec<f32> {
    let args = ["-v", "error", "-i", arg(path), "-f", "f32le", "-c:a", "pcm_f32le", "-"];
    let bytes = run("ffmpeg", "ffmpeg", &args);
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

#[test]
fn other_programs_read_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let planes = planes(3 * RATE_HZ as usize);
    for (name, format, step) in [
        ("a.wav", Format::Wav(SampleFormat::Float32), 0.0),
        ("b.wav", Format::Wav(SampleFormat::Int24), 1.0 / 8_388_608.0),
        ("c.wav", Format::Wav(SampleFormat::Int16), 1.0 / 32_768.0),
        ("d.flac", Format::Flac { bits: 16 }, 1.0 / 32_768.0),
        ("e.flac", Format::Flac { bits: 24 }, 1.0 / 8_388_608.0),
    ] {
        let (mut tap, recorder) = recorder(&spec(&folder.path().join(name), What::Both, format, 2)).unwrap();
        for start in (0..planes[0].len()).step_by(480) {
            push(&mut tap, &planes, start..start + 480);
        }
        let paths = recorder.stop().unwrap();
        for (side, path) in paths.iter().enumerate() {
            let heard = read_by_ffmpeg(path);
            assert_eq!(heard.len(), 2 * planes[0].len(), "{}", path.display());
            for (n, frame) in heard.chunks_exact(2).enumerate() {
                for (channel, sample) in frame.iter().enumerate() {
                    let expected = planes[2 * side + channel][n];
                    assert!(
                        (sample - expected).abs() <= step,
                        "{} at {n}: {sample} for {expected}",
                        path.display()
                    );
                }
            }
        }
        if name.ends_with("flac") {
            // Length and checksum are complete.
            run("flac", "flac", &["--test", "--silent", arg(&paths[0])]);
        }
    }
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    std::fs::write(&path, "precious").unwrap();
    let format = Format::Wav(SampleFormat::Int16);
    let (_, recorder) = recorder(&spec(&path, What::Output, format, 1)).unwrap();
    assert_eq!(recorder.stop().unwrap(), [folder.path().join("take-2.wav")]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    let Err(error) = lacquer::record::recorder(&spec(Path::new("/nowhere/a.wav"), What::Output, format, 1))
    else {
        panic!("there is no such folder")
    };
    assert!(error.to_string().starts_with("/nowhere/a.wav: cannot be written"), "{error}");
}

#[test]
fn what_finds_the_ring_full_is_silence_of_the_same_length() {
    let folder = tempfile::tempdir().unwrap();
    let format = Format::Wav(SampleFormat::Float32);
    let (mut tap, recorder) = recorder(&spec(&folder.path().join("a.wav"), What::Output, format, 1)).unwrap();
    let len = 20 * RATE_HZ as usize;
    let planes: [Vec<f32>; 4] = std::array::from_fn(|_| (0..len).map(|n| 1.0 + (n % 1000) as f32).collect());
    // As fast as memory allows: the ring has room for eight seconds.
    for start in (0..len - 480).step_by(480) {
        push(&mut tap, &planes, start..start + 480);
    }
    // And once more when there is room again, so that the gap is told.
    std::thread::sleep(Duration::from_millis(500));
    push(&mut tap, &planes, len - 480..len);
    let status = wait_for(&recorder, |status| status.num_frames as usize == len);
    assert!(status.num_lost_frames > 0, "the ring was never full");
    let paths = recorder.stop().unwrap();
    let heard = &read(&paths[0])[0];
    let num_silent = heard.iter().filter(|sample| **sample == 0.0).count();
    assert_eq!((heard.len(), num_silent as u64), (len, status.num_lost_frames));
    for (n, sample) in heard.iter().enumerate() {
        assert!(*sample == 0.0 || *sample == planes[2][n], "frame {n} lies elsewhere");
    }
}

fn wait_for(
    recorder: &Recorder,
    is_there: impl Fn(&lacquer::record::RecordStatus) -> bool,
) -> lacquer::record::RecordStatus {
    let begin = Instant::now();
    loop {
        let status = recorder.status();
        if is_there(&status) {
            return status;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs this test binary again as a child that records in real time into a file until somebody ends it.
fn recording_child(path: &Path, shell: &str) -> Command {
    let mut child = Command::new("sh");
    let this = std::env::current_exe().unwrap();
    child.args(["-c", &format!("{shell} exec {} --exact live::record::child --nocapture", this.display())]);
    child.env(CHILD, path);
    child
}

/// The child of the tests below; by itself it has nothing to do.
#[test]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = PathBuf::from(path);
    let is_flac = path.extension().is_some_and(|extension| extension == "flac");
    let format = if is_flac { Format::Flac { bits: 24 } } else { Format::Wav(SampleFormat::Float32) };
    let (mut tap, recorder) = recorder(&spec(&path, What::Output, format, 2)).unwrap();
    let planes = planes(RATE_HZ as usize);
    let begin = Instant::now();
    for block in 0.. {
        let start = block * 480 % (RATE_HZ as usize);
        push(&mut tap, &planes, start..start + 480);
        let due = Duration::from_millis(10 * (block as u64 + 1));
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        if let RecordState::Failed(reason) = recorder.status().state {
            // The audio goes on without it.
            push(&mut tap, &planes, 0..480);
            println!("failed: {reason}");
            return;
        }
        assert!(due < Duration::from_secs(20));
    }
}

#[test]
fn a_kill_loses_less_than_a_second() {
    let planes = planes(RATE_HZ as usize);
    for name in ["a.wav", "a.flac"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut child = recording_child(&path, "").stdout(Stdio::null()).spawn().unwrap();
        let begin = Instant::now();
        while !path.exists() {
            assert!(begin.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(3300));
        // SIGKILL: nothing of the child's can run any more.
        child.kill().unwrap();
        child.wait().unwrap();
        let [ours, theirs] =
            [read(&path).swap_remove(0), read_by_ffmpeg(&path).into_iter().step_by(2).collect()];
        assert_eq!(ours, theirs);
        let seconds = ours.len() as f64 / f64::from(RATE_HZ);
        assert!((2.3..3.6).contains(&seconds), "{name}: {seconds} s of 3.3");
        let is_right = |(n, sample): (usize, &f32)| (sample - planes[2][n % planes[2].len()]).abs() < 1e-6;
        assert!(ours.iter().enumerate().all(is_right));
    }
}

#[test]
fn a_full_disk_ends_the_recording_with_a_word_and_keeps_what_is_there() {
    for (name, blocks) in [("a.wav", 1000), ("a.flac", 600)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // A file may have so many blocks of 512 bytes; the signal that says so is ignored, and the write fails as on a full disk.
        let child = recording_child(&path, &format!("trap '' XFSZ; ulimit -f {blocks};")).output().unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(said.contains("the recording ended early") && said.contains(name), "{said}");
        let heard = read(&path);
        assert!(heard[0].len() > RATE_HZ as usize / 2, "{} frames", heard[0].len());
        assert_eq!(read_by_ffmpeg(&path).len(), 2 * heard[0].len());
    }
}
