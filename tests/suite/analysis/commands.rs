//! `lacquer mel` and `lacquer spectrogram`: what they write, and what they refuse.

use super::sine;
use crate::cli::call;
use crate::programs::{arg, oracle};
use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram};
use std::path::Path;

/// Two seconds of a tone in both channels.
fn tone(folder: &Path, rate_hz: u32) -> Vec<f32> {
    let samples = sine(1000.0, 0.5, f64::from(rate_hz), 2 * rate_hz as usize);
    write_wav(&folder.join("tone.wav"), rate_hz, &samples);
    samples
}

/// The same samples in two channels, 32-bit floating point.
fn write_wav(path: &Path, rate_hz: u32, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        writer.write_sample(sample).unwrap();
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
fn numpy_reads_the_array_in_the_originals_shape() {
    let folder = tempfile::tempdir().unwrap();
    let samples = tone(folder.path(), 16_000);
    for (like, definition, shape) in [
        ("whisper", MelDefinition::whisper(80), [80, 200]),
        ("whisper-large", MelDefinition::whisper(128), [128, 200]),
        ("kaldi", MelDefinition::kaldi(), [198, 80]),
    ] {
        let ended =
            call(folder.path(), &["mel", "tone.wav", "-o", "mel.npy", "--like", like, "--force", "--json"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(told["shape"], serde_json::json!(shape));
        let read = oracle("mel.py", &["npy", arg(&folder.path().join("mel.npy"))]);
        assert_eq!(read["shape"], serde_json::json!(shape));
        assert_eq!(read["type"], "<f4");
        let mut values = vec![0.0; shape[0] * shape[1]];
        MelSpectrogram::new(&definition).unwrap().process(&samples, &mut values);
        let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
        assert!((read["sum"].as_f64().unwrap() - sum).abs() < 1e-6 * sum.abs(), "{like}");
    }
}

/// At another rate the file is resampled, and the tone stays where it is and as loud.
#[test]
fn other_rates_become_the_definitions() {
    let folder = tempfile::tempdir().unwrap();
    for rate_hz in [44_100, 48_000, 22_050, 8000] {
        tone(folder.path(), rate_hz);
        let ended = call(folder.path(), &["mel", "tone.wav", "-o", "mel.csv", "--force"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
        let text = std::fs::read_to_string(folder.path().join("mel.csv")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 201, "{rate_hz} Hz");
        let values: Vec<f64> = lines[101].split(',').map(|field| field.parse().expect("numbers")).collect();
        assert_eq!(values.len(), 81);
        assert!((values[0] - 1.0).abs() < 1e-9, "the hundredth frame is at one second");
        let peak = (1..81).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
        assert_eq!(peak, 27, "band 26, after the time");
        assert!((values[peak] - 1.439_652).abs() < 1e-3, "{rate_hz} Hz: {}", values[peak]);
    }
}

/// A part is a clip of its own, and its times are the file's.
#[test]
fn a_part_is_what_the_file_would_be_without_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let samples = super::white(9, 0.5, 48_000);
    write_wav(&folder.path().join("whole.wav"), 16_000, &samples);
    write_wav(&folder.path().join("part.wav"), 16_000, &samples[20_000..32_000]);
    let mel = |args: &[&str], output: &str| {
        let ended = call(folder.path(), &[&["mel"], args, &["-o", output, "--force"]].concat());
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        std::fs::read(folder.path().join(output)).unwrap()
    };
    let alone = mel(&["part.wav"], "mel.npy");
    let cut = ["whole.wav", "--start", "0:01.25", "--duration", "0.75"];
    assert!(mel(&cut, "mel.npy") == alone);
    let numbers = String::from_utf8(mel(&cut, "mel.csv")).unwrap();
    let times: Vec<&str> = numbers.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!((times.len(), times[0], times[74]), (75, "1.250000", "1.990000"));
    // To the end, where nothing else is said or more is asked for than there is.
    let rest = mel(&["whole.wav", "--start", "2"], "mel.npy");
    assert!(mel(&["whole.wav", "--start", "2", "--duration", "1:00:00"], "mel.npy") == rest);
    let args = ["spectrogram", "whole.wav", "-o", "part.png", "--start", "1", "--duration", "1", "--json"];
    let told: serde_json::Value = serde_json::from_str(&call(folder.path(), &args).stdout).unwrap();
    assert_eq!((&told["start_s"], &told["output"]), (&1.0.into(), &"part.png".into()));
    let spans_s = told["num_columns"].as_f64().unwrap() * told["hop_s"].as_f64().unwrap();
    assert!((spans_s - 1.0).abs() < told["hop_s"].as_f64().unwrap(), "{spans_s} s");
}

#[test]
fn pictures_are_png_files() {
    let folder = tempfile::tempdir().unwrap();
    tone(folder.path(), 48_000);
    for args in [
        &["mel", "tone.wav", "-o", "a.png"][..],
        &["spectrogram", "tone.wav", "-o", "b.png"],
        &["spectrogram", "tone.wav", "-o", "c.png", "--reassigned", "--size", "2048", "--window", "kaiser"],
    ] {
        let ended = call(folder.path(), args);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        let bytes = std::fs::read(folder.path().join(args[3])).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 5000, "{args:?}");
    }
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name != ".config").count(), 4, "no temporary file is left");
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    tone(folder.path(), 16_000);
    write_wav(&folder.path().join("short.wav"), 16_000, &[0.1; 399]);
    let path = folder.path().join("there.npy");
    std::fs::write(&path, "mine").unwrap();
    for (args, status, says) in [
        (&["mel", "tone.wav", "-o", "there.npy"][..], 1, "there.npy: is there already: --force replaces it"),
        (&["mel", "none.wav", "-o", "new.npy"], 1, "none.wav: "),
        (
            &["mel", "tone.wav", "-o", "new.txt"],
            2,
            "new.txt: expected a name that ends in .npy, .csv or .png",
        ),
        (&["spectrogram", "tone.wav", "-o", "new.csv"], 2, "new.csv: expected a name that ends in .png"),
        (
            &["spectrogram", "tone.wav", "-o", "new.png", "--size", "1000"],
            2,
            "fft_len 1000: expected a power",
        ),
        (
            &["mel", "short.wav", "-o", "new.npy", "--like", "kaldi"],
            1,
            "399 samples are too few: expected 400",
        ),
        (&["mel", "tone.wav", "-o", "nowhere/new.png"], 1, "nowhere"),
        (&["mel", "tone.wav", "-o", "new.npy", "--start", "soon"], 2, "expected seconds, m:ss or h:mm:ss"),
        (&["mel", "tone.wav", "-o", "new.npy", "--duration", "0"], 2, "expected more than nothing"),
        (
            &["mel", "tone.wav", "-o", "new.npy", "--start", "0:02"],
            1,
            "tone.wav: nothing begins at 2.000 s: the file is 2.000 s long",
        ),
        (
            &["spectrogram", "tone.wav", "-o", "new.png", "--start", "2.01"],
            1,
            "tone.wav: nothing begins at 2.010 s: the file is 2.000 s long",
        ),
        (
            &["mel", "tone.wav", "-o", "new.npy", "--like", "kaldi", "--duration", "0.01"],
            1,
            "160 samples are too few: expected 400",
        ),
    ] {
        let ended = call(folder.path(), args);
        assert_eq!(ended.status, Some(status), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert!(!folder.path().join("new.npy").exists() && !folder.path().join("new.png").exists());
}
