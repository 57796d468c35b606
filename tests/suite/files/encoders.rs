//! FLAC and MP3 that Lacquer writes, in the hands of other projects' decoders.

use lacquer_offline::encode::{AudioWriter, Mp3Quality, OutputFormat, SampleFormat};
use lacquer_offline::error::FileError;
use std::path::{Path, PathBuf};

use super::{arg, assert_is_clear, ffmpeg_decode, music_wav, noise, read_all, run};
use crate::cli::call;
use crate::independent::independent;

/// Writes music in blocks of odd lengths.
fn write(folder: &Path, name: &str, format: OutputFormat, rate_hz: u32, channels: &[Vec<f32>]) -> PathBuf {
    let path = folder.join(name);
    let mut writer = AudioWriter::create(&path, format, rate_hz, channels.len()).expect("it can be written");
    let len = channels[0].len();
    for start in (0..len).step_by(1777) {
        let block: Vec<&[f32]> =
            channels.iter().map(|channel| &channel[start..len.min(start + 1777)]).collect();
        writer.write(&block).expect("there is room");
    }
    writer.finish().expect("there is room").publish(true).expect("the folder takes it");
    path
}

fn music(folder: &Path, num_frames: u32) -> Vec<Vec<f32>> {
    read_all(&music_wav(folder, num_frames, 24), 4096).expect("a sound file").1
}

/// Signals for every kind of subframe, every way to code stereo, and the ends of what the numbers of a frame hold.
fn hard_signals() -> Vec<(&'static str, Vec<f32>)> {
    let len = 9000;
    let noise =
        |seed, gain: f32| noise(seed).map(move |x| x as f32 / 2_147_483_648.0 * gain).take(len).collect();
    let of = |value: fn(usize) -> f32| (0..len).map(value).collect::<Vec<f32>>();
    vec![
        ("silence", vec![0.0; len]),
        ("a constant", vec![-0.25; len]),
        ("full scale", of(|n| if n % 2 == 0 { 1.0 } else { -1.0 })),
        ("full scale, slower", of(|n| if n / 37 % 2 == 0 { 1.0 } else { -1.0 })),
        ("loud noise", noise(1, 1.0)),
        ("soft noise", noise(2, 1e-5)),
        ("noise of eight bits", noise(3, 1.0).iter().map(|x: &f32| (x * 128.0).round() / 128.0).collect()),
        ("clicks", of(|n| if n % 1000 == 999 { -1.0 } else { 0.0 })),
        ("a ramp", of(|n| n as f32 / 9000.0)),
        ("a parabola", of(|n| (n * n) as f32 / 8.1e7)),
        ("a tone", of(|n| (n as f32 * 0.05).sin())),
        ("a high tone", of(|n| (n as f32 * 3.1).sin() * 0.999)),
    ]
}

/// The reference decoder and our own get back every bit, whatever the signals and however short they are.
#[test]
fn a_flac_of_hard_signals_is_what_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let check = |channels: &[Vec<f32>], rate_hz: u32, what: &str| {
        for format in [SampleFormat::Int16, SampleFormat::Int24] {
            let wav = write(folder.path(), "a.wav", OutputFormat::Wav(format), rate_hz, channels);
            let flac = write(folder.path(), "a.flac", OutputFormat::Flac(format), rate_hz, channels);
            run("flac", "flac", &["--test", "--silent", "--warnings-as-errors", arg(&flac)]);
            let decoded = read_all(&flac, 1000).expect("a sound file").1;
            assert!(decoded == read_all(&wav, 1000).expect("a sound file").1, "{what}, {format:?}");
        }
    };
    let signals = hard_signals();
    for (name, left) in &signals {
        check(std::slice::from_ref(left), 48_000, name);
        for (other, right) in &signals {
            check(&[left.clone(), right.clone()], 48_000, &format!("{name} beside {other}"));
        }
        let opposite = left.iter().map(|x| -x).collect();
        check(&[left.clone(), opposite], 48_000, &format!("{name} against itself"));
    }
    let noise = &signals[4].1;
    for len in (1..30).chain([192, 4095, 4096, 4097, 8191, 8192]) {
        check(&[signals[10].1[..len].to_vec(), noise[..len].to_vec()], 44_100, &format!("{len} frames"));
    }
    for num_channels in 3..=8 {
        let channels: Vec<Vec<f32>> =
            signals[..num_channels].iter().map(|(_, signal)| signal.clone()).collect();
        check(&channels, 96_000, &format!("{num_channels} channels"));
    }
    for rate_hz in [8_000, 11_025, 12_000, 65_537, 99_990, 99_991, 384_000] {
        check(std::slice::from_ref(noise), rate_hz, &format!("{rate_hz} Hz"));
    }
    // More frames than two bytes count.
    let long: Vec<f32> = noise.iter().copied().cycle().take(2060 * 4096).collect();
    check(&[long], 48_000, "a long one");
}

#[test]
fn a_flac_has_the_samples_of_the_wav_and_its_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let music = music(folder.path(), 100_001);
    for format in [SampleFormat::Int16, SampleFormat::Int24] {
        for num_channels in [1, 2] {
            let channels = &music[..num_channels];
            let wav = write(folder.path(), "a.wav", OutputFormat::Wav(format), 44_100, channels);
            let flac = write(folder.path(), "a.flac", OutputFormat::Flac(format), 44_100, channels);
            // The reference decoder checks the length, every frame's checksum, and the MD5 of all samples.
            run("flac", "flac", &["--test", "--silent", "--warnings-as-errors", arg(&flac)]);
            let (info, samples) = read_all(&flac, 1000).expect("a sound file");
            assert_eq!(info.num_frames, Some(100_001), "the header says how long it is");
            assert_eq!(samples, read_all(&wav, 1000).expect("a sound file").1, "{format:?}");
            let num_bytes = |path: &Path| std::fs::metadata(path).unwrap().len();
            assert!(num_bytes(&flac) < num_bytes(&wav), "{format:?} is smaller");
        }
    }
}

/// A decoder gets back as many frames as went in, in time with them, and as near to them as from LAME's own program.
#[test]
fn an_mp3_is_gapless_and_as_good_as_lames_own() {
    let folder = tempfile::tempdir().unwrap();
    for num_frames in [100_001, 44_100, 1_000, 576] {
        let music = music(folder.path(), num_frames);
        let wav = write(folder.path(), "a.wav", OutputFormat::Wav(SampleFormat::Int24), 44_100, &music);
        let qualities = [
            (Mp3Quality::Cbr(320), &["-b", "320"][..]),
            (Mp3Quality::Cbr(128), &["-b", "128"]),
            (Mp3Quality::Vbr(0), &["-V", "0"]),
            (Mp3Quality::Vbr(2), &["-V", "2"]),
        ];
        for (quality, options) in qualities {
            let mp3 = write(folder.path(), "a.mp3", OutputFormat::Mp3(quality), 44_100, &music);
            let theirs = folder.path().join("lame.mp3");
            run("lame", "lame", &[&["--quiet", "-q", "3"], options, &[arg(&wav), arg(&theirs)]].concat());
            let error_db = |path: &Path| {
                let decoded = ffmpeg_decode(path);
                assert_eq!(decoded[0].len() as u32, num_frames, "{quality:?} as ffmpeg decodes it");
                let pairs = || decoded.iter().flatten().zip(music.iter().flatten());
                let square = |x: f32| f64::from(x) * f64::from(x);
                let (error, signal) =
                    pairs().fold((0.0, 0.0), |(e, s), (x, y)| (e + square(x - y), s + square(*y)));
                10.0 * (error / signal).log10()
            };
            let (ours_db, theirs_db) = (error_db(&mp3), error_db(&theirs));
            assert!(
                (ours_db - theirs_db).abs() < 0.5,
                "{quality:?}, {num_frames}: {ours_db} dB, LAME's {theirs_db} dB"
            );
            let (info, samples) = read_all(&mp3, 1000).expect("a sound file");
            assert_eq!((info.num_frames, samples[0].len() as u32), (Some(u64::from(num_frames)), num_frames));
        }
    }
}

#[test]
fn an_mp3_has_the_bit_rate_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let music = music(folder.path(), 441_000);
    let kbps = |path: &Path| {
        let args = ["-v", "error", "-show_entries", "format=bit_rate", "-of", "csv=p=0", arg(path)];
        let printed = String::from_utf8(run("ffprobe", "ffmpeg", &args)).unwrap();
        printed.trim().parse::<f64>().expect("a number") / 1000.0
    };
    for rate in Mp3Quality::BIT_RATES_KBPS {
        let mp3 = write(folder.path(), "a.mp3", OutputFormat::Mp3(Mp3Quality::Cbr(rate)), 44_100, &music);
        assert!((kbps(&mp3) / f64::from(rate) - 1.0).abs() < 0.01, "{rate}: {}", kbps(&mp3));
    }
    let variable: Vec<f64> = (0..=2)
        .map(|quality| {
            kbps(&write(folder.path(), "a.mp3", OutputFormat::Mp3(Mp3Quality::Vbr(quality)), 44_100, &music))
        })
        .collect();
    assert!(variable[0] > variable[1] && variable[1] > variable[2], "{variable:?}");
    for (rate_hz, kbps_asked) in [(16_000, 128), (22_050, 160), (32_000, 192), (48_000, 256)] {
        let format = OutputFormat::Mp3(Mp3Quality::Cbr(kbps_asked));
        let mp3 = write(folder.path(), "a.mp3", format, rate_hz, &music[..1]);
        let info = read_all(&mp3, 4096).expect("a sound file").0;
        assert_eq!((info.sample_rate_hz, info.num_channels), (rate_hz, 1), "neither is changed");
    }
    for (rate_hz, highest) in [(22_050, 160.0), (44_100, 320.0)] {
        let format = OutputFormat::Mp3(Mp3Quality::Highest);
        let mp3 = write(folder.path(), "a.mp3", format, rate_hz, &music);
        assert!((kbps(&mp3) / highest - 1.0).abs() < 0.01, "at {rate_hz} Hz: {}", kbps(&mp3));
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let mp3 = |quality| OutputFormat::Mp3(quality);
    let (wav, flac) = (OutputFormat::Wav(SampleFormat::Int24), OutputFormat::Flac(SampleFormat::Int24));
    for (format, rate_hz, num_channels, expected) in [
        (mp3(Mp3Quality::Cbr(320)), 96_000, 2, "found 96000 Hz"),
        (mp3(Mp3Quality::Cbr(320)), 22_050, 2, "128 or 160 kbit/s"),
        (mp3(Mp3Quality::Cbr(100)), 44_100, 2, "found 100"),
        (mp3(Mp3Quality::Vbr(3)), 44_100, 2, "found V3"),
        (mp3(Mp3Quality::Cbr(320)), 44_100, 6, "found 6"),
        (OutputFormat::Flac(SampleFormat::Float32), 44_100, 2, "16 or 24 bits"),
        (flac, 44_100, 9, "found 9"),
        (wav, 0, 2, "8000 to 384000 Hz, found 0 Hz"),
        (flac, 1, 2, "found 1 Hz"),
        (wav, 4000, 2, "found 4000 Hz"),
        (flac, 768_000, 2, "found 768000 Hz"),
        (mp3(Mp3Quality::Vbr(0)), 0, 2, "found 0 Hz"),
        (wav, 44_100, 0, "1 to 1000 channels, found 0"),
        (wav, 44_100, 1001, "found 1001"),
        (flac, 44_100, 0, "found 0"),
    ] {
        let path = folder.path().join("a.out");
        let error =
            AudioWriter::create(&path, format, rate_hz, num_channels).err().expect("it cannot be held");
        assert_is_clear(&error, &path);
        assert!(
            matches!(error, FileError::NotHeld { .. }) && error.to_string().contains(expected),
            "{error}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}

/// What nobody played is a file all the same, and every rate that is taken is read again.
#[test]
fn no_frame_at_all_and_the_ends_of_every_range_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let (wav, flac) = (OutputFormat::Wav(SampleFormat::Int24), OutputFormat::Flac(SampleFormat::Int24));
    let mp3 = OutputFormat::Mp3(Mp3Quality::Cbr(128));
    for (name, format) in [("a.wav", wav), ("a.mp3", mp3)] {
        let path = write(folder.path(), name, format, 44_100, &[vec![], vec![]]);
        let error = read_all(&path, 100).expect_err("there is no frame in it");
        assert!(matches!(error, FileError::Empty { .. }), "{error}");
    }
    for rate_hz in [8_000, 11_025, 65_537, 99_991, 384_000] {
        for format in [wav, flac] {
            let path = write(folder.path(), "a.out", format, rate_hz, &[vec![0.5; 10_000]]);
            let (info, samples) = read_all(&path, 4096).expect("a sound file");
            assert_eq!((info.sample_rate_hz, samples[0].len()), (rate_hz, 10_000), "{format:?}");
        }
    }
    let path = write(folder.path(), "a.wav", wav, 44_100, &vec![vec![0.5; 3]; 1000]);
    assert_eq!(read_all(&path, 4096).expect("a sound file").1, vec![vec![0.5; 3]; 1000]);
}

/// Lossy coding raises peaks: what comes out of a decoder is what keeps the target.
#[test]
fn a_bounce_to_mp3_keeps_loudness_and_ceiling_when_it_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let source = crate::agreement::song(folder.path());
    for (bitrate, lufs) in [("128", "-11"), ("V2", "-14")] {
        let options = ["--preset", "streaming", "--lufs", lufs, "--ceiling", "-1", "--force", "--json"];
        let output = folder.path().join("song.mp3");
        let args =
            [&["bounce", arg(&source), "-o", arg(&output), "--bitrate", bitrate], &options[..]].concat();
        let ended = call(folder.path(), &args);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        let decoded = folder.path().join("decoded.wav");
        run(
            "ffmpeg",
            "ffmpeg",
            &["-y", "-v", "error", "-i", arg(&output), "-c:a", "pcm_f32le", arg(&decoded)],
        );
        let wanted: f64 = lufs.parse().unwrap();
        let read = independent(&decoded);
        for (meter, figures) in
            [("libebur128", read.libebur128), ("SciPy", read.scipy), ("ffmpeg", read.ffmpeg)]
        {
            let (lufs, peak) = (figures.integrated_lufs, figures.true_peak_dbtp);
            assert!((lufs - wanted).abs() < 0.1, "{bitrate}: {meter} reads {lufs} LUFS, wanted {wanted}");
            assert!(peak < -0.9, "{bitrate}: {meter} reads {peak} dBTP");
        }
    }
}

#[test]
fn options_that_contradict_the_format_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let wav = music_wav(folder.path(), 44_100, 16);
    for (options, expected) in [
        (&["-o", "a.mp3", "--bits", "16"][..], "--bits: an MP3 has none"),
        (&["-o", "a.flac", "--bits", "float"], "16 or 24 bits"),
        (&["-o", "a.wav", "--bitrate", "320"], "--bitrate: only an MP3 has one"),
        (&["-o", "a.wav", "--format", "flac"], "contradict"),
        (&["--format", "mp3", "--bitrate", "300"], "expected 128, 160"),
        (&["-o", "a.mp3", "--dither", "tpdf"], "dither is for files of 16 and 24 bits"),
        (&["-o", "a.ogg"], "expected a name that ends in .wav, .flac or .mp3"),
    ] {
        let ended = call(folder.path(), &[&["bounce", arg(&wav)], options].concat());
        assert_eq!(ended.status, Some(2), "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{options:?}: {}", ended.stderr);
    }
    let ended = call(folder.path(), &["bounce", arg(&wav), "--format", "flac", "--best-effort"]);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(folder.path().join("music44100.16.mastered.flac").is_file(), "named like its format");
}
