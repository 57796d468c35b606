//! Mel spectrograms, against Whisper's own table of filters, faster-whisper, librosa and Kaldi.

use super::{sine, store, white};
use crate::agreement::{song, speech};
use crate::programs::{arg, oracle};
use crate::quality::{Bar, figure};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::analysis::mel::{
    MelDefinition, MelFilters, MelScale, MelSpectrogram, MelStream, MelValues, StreamTop, Triangles,
};
use lacquer_dsp::simd::{self, Widest};
use lacquer_offline::mono::read_mono;
use lacquer_offline::progress::Progress;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

fn clip(definition: &MelDefinition, samples: &[f32]) -> Vec<f32> {
    let mut mel = MelSpectrogram::new(definition).unwrap();
    let mut values = vec![f32::NAN; definition.num_bands * definition.num_frames(samples.len())];
    assert_no_alloc(|| mel.process(samples, &mut values));
    values
}

fn dense_filters(definition: &MelDefinition) -> Vec<f32> {
    let filters = MelFilters::new(definition);
    let mut dense = vec![0.0; filters.num_bands() * (definition.fft_len / 2 + 1)];
    for (band, row) in dense.chunks_exact_mut(definition.fft_len / 2 + 1).enumerate() {
        let (first, weights) = filters.band(band);
        row[first..first + weights.len()].copy_from_slice(weights);
    }
    dense
}

/// At a rate, from the same two files.
fn music_and_speech(files: &[PathBuf; 2], rate_hz: f64) -> Vec<Vec<f32>> {
    let progress = Progress { on_step: &|_, _| (), cancelled: &AtomicBool::new(false) };
    let read = |path: &PathBuf| {
        let mut samples = Vec::new();
        read_mono(path, Some(rate_hz), &progress, |block| samples.extend_from_slice(block)).unwrap();
        samples.truncate(30 * rate_hz as usize);
        samples
    };
    let len = 10 * rate_hz as usize;
    let mut materials: Vec<_> = files.iter().map(read).collect();
    materials.extend([white(5, 0.5, len), sine(1000.0, 0.5, rate_hz, len)]);
    materials
}

fn largest(answer: &serde_json::Value) -> f64 {
    answer["largest"].as_f64().expect("the oracle's answer")
}

#[test]
#[expect(clippy::print_stdout, reason = "the agreement tables are there to be read")]
fn filters_are_those_of_whispers_own_table() {
    let folder = tempfile::tempdir().unwrap();
    for (bands, sum, highest, count) in
        [(80, 1.999_024, 0.025_880_683, 391), (128, 3.190_986, 0.041_681_75, 394)]
    {
        let filters = dense_filters(&MelDefinition::whisper(bands));
        assert!((filters.iter().map(|&x| f64::from(x)).sum::<f64>() - sum).abs() < 1e-6);
        let max = filters.iter().copied().fold(0.0, f32::max);
        assert!((f64::from(max) - highest).abs() < 3e-9, "{bands} bands: highest {max}");
        assert_eq!(filters.iter().filter(|&&x| x > 0.0).count(), count);
        let path = store(folder.path(), "filters", &filters, f32::to_le_bytes);
        let apart = largest(&oracle("mel.py", &["filters", &bands.to_string(), arg(&path)]));
        println!("Whisper's table of {bands} filters: apart by {apart:.1e}");
        figure(
            "analysis",
            &format!("{bands} mel filters, against Whisper's own table"),
            1e9 * apart,
            "billionths",
            Bar::AtMost(5.0),
        );
    }
    let mel = MelScale::Slaney.from_hz(8000.0);
    assert!((mel - 45.245_640_471_9).abs() < 1e-9, "8 kHz is {mel} mel");
}

#[test]
#[expect(clippy::print_stdout, reason = "the agreement tables are there to be read")]
fn filters_of_both_scales_are_librosas() {
    let folder = tempfile::tempdir().unwrap();
    for (scale, htk, bands, rate, size) in [
        (MelScale::Slaney, "0", 128, 22_050.0, 2048),
        (MelScale::Htk, "1", 128, 22_050.0, 2048),
        (MelScale::Htk, "1", 40, 16_000.0, 512),
        (MelScale::Slaney, "0", 64, 48_000.0, 1024),
    ] {
        let definition = MelDefinition {
            sample_rate_hz: rate,
            scale,
            num_bands: bands,
            frame_len: size,
            fft_len: size,
            high_hz: rate / 2.0,
            ..MelDefinition::librosa()
        };
        let path = store(folder.path(), "filters", &dense_filters(&definition), f32::to_le_bytes);
        let [bands, rate, size] = [bands.to_string(), rate.to_string(), size.to_string()];
        let answer = oracle("mel.py", &["librosa-scale", htk, &bands, &rate, &size, arg(&path)]);
        let apart = largest(&answer);
        println!("librosa's filters, {scale:?}, {bands} bands: apart by {apart:.1e}");
        assert!(apart < 1e-8, "{scale:?}: {apart}");
    }
}

/// The values that other implementations found for simple signals.
#[test]
fn simple_signals_have_whispers_values() {
    for bands in [80, 128] {
        let definition = MelDefinition::whisper(bands);
        assert!(clip(&definition, &[0.0; 16_000]).iter().all(|&value| value == -1.5));
        let values = clip(&definition, &sine(1000.0, 0.5, 16_000.0, 16_000));
        assert_eq!(values.len(), bands * 100);
        let extremes = |values: &[f32]| {
            let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            (f64::from(max), f64::from(values.iter().copied().fold(f32::INFINITY, f32::min)))
        };
        let (max, min) = extremes(&values);
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
        let expected = if bands == 80 {
            [1.439_652, -0.560_348, -0.444_366]
        } else {
            [1.474_446, -0.525_554, -0.430_371]
        };
        for (name, found, expected) in
            [("max", max, expected[0]), ("min", min, expected[1]), ("mean", mean, expected[2])]
        {
            assert!((found - expected).abs() < 1e-4, "{bands} bands: {name} {found}, expected {expected}");
        }
        let at_50 = |band: &usize| values[band * 100 + 50];
        let peak = (0..bands).max_by(|a, b| at_50(a).total_cmp(&at_50(b)));
        assert_eq!(peak, Some(if bands == 80 { 26 } else { 42 }));
        if bands == 80 {
            let mut impulse = vec![0.0; 16_000];
            impulse[8000] = 1.0;
            let (max, min) = extremes(&clip(&definition, &impulse));
            assert!((max - 0.607_791).abs() < 1e-5 && (min + 1.392_209).abs() < 1e-5, "{max} {min}");
        }
    }
}

/// In the values' own units, which are decades of power over four, decibels and nepers. Where the originals cut nothing off, cells
/// more than 80 dB below the loudest hold what rounding leaves there, and are left out.
#[test]
#[expect(clippy::print_stdout, reason = "the agreement tables are there to be read")]
fn spectrograms_are_the_originals() {
    let folder = tempfile::tempdir().unwrap();
    let librosa_power = MelDefinition { values: MelValues::Power, ..MelDefinition::librosa() };
    let cases: [(&str, MelDefinition, &[&str], &str, f64); 8] = [
        ("Whisper 80", MelDefinition::whisper(80), &["whisper", "80"], "", 1e-4),
        ("Whisper 128", MelDefinition::whisper(128), &["whisper", "128"], "", 1e-4),
        ("faster-whisper 80", MelDefinition::whisper(80), &["faster-whisper", "80"], "", 1e-4),
        ("faster-whisper 128", MelDefinition::whisper(128), &["faster-whisper", "128"], "", 1e-4),
        ("librosa, share of top", librosa_power, &["librosa-power"], "ppm", 1.0),
        ("librosa, decibels", MelDefinition::librosa(), &["librosa"], "dB", 1e-3),
        ("Kaldi", MelDefinition::kaldi(), &["kaldi"], "nepers of power", 5e-4),
        ("Kaldi in float64", MelDefinition::kaldi(), &["kaldi-exact"], "nepers of power", 5e-4),
    ];
    let files = [song(folder.path()), speech(folder.path())];
    let [at_16_khz, at_22_khz] = [16_000.0, 22_050.0].map(|rate_hz| music_and_speech(&files, rate_hz));
    let mut figures = Vec::new();
    let mut table = String::from("largest difference          song    speech     noise      sine\n");
    for (name, definition, args, unit, most) in cases {
        let materials = if definition.sample_rate_hz == 16_000.0 { &at_16_khz } else { &at_22_khz };
        let _ = write!(table, "{name:<22}");
        let mut worst = 0.0_f64;
        for samples in materials {
            let file = store(folder.path(), "samples", samples, f32::to_le_bytes);
            let ours = store(folder.path(), "ours", &clip(&definition, samples), f32::to_le_bytes);
            let apart = largest(&oracle("mel.py", &[args, &[arg(&file), arg(&ours)]].concat()));
            let _ = write!(table, "{apart:>10.1e}");
            worst = worst.max(apart);
        }
        let _ = writeln!(table, "  {unit}");
        let what = format!("mel spectrogram of music, speech, noise and a tone, against {name}");
        let factor = if unit == "ppm" { 1e6 } else { 1.0 };
        figures.push((what, factor * worst, unit, most));
    }
    println!("{table}");
    for (what, worst, unit, most) in figures {
        figure("analysis", &what, worst, unit, Bar::AtMost(most));
    }
}

/// Any split, and any instructions, give the clip's bits; the clip maximum apart, which a stream cannot know.
#[test]
fn a_stream_has_the_bits_of_the_clip() {
    for definition in [MelDefinition::whisper(80), MelDefinition::librosa(), MelDefinition::kaldi()] {
        let definition = MelDefinition { values: MelValues::Power, ..definition };
        for len in [0, 1, 150, 201, 399, 400, 401, 2000, 20_011] {
            let samples = white(9, 0.4, len);
            let whole = clip(&definition, &samples);
            let num_frames = definition.num_frames(len);
            for widest in [Widest::Any, Widest::Avx2, Widest::Baseline] {
                simd::limit(widest);
                for block_len in [1, 37, 160, 1000, 100_000] {
                    let mut stream = MelStream::new(&definition, StreamTop::Running).unwrap();
                    let mut seen = 0;
                    let mut check = |idx: u64, values: &[f32]| {
                        assert_eq!(idx as usize, seen);
                        for (band, value) in values.iter().enumerate() {
                            let expected = whole[band * num_frames + seen];
                            assert_eq!(value.to_bits(), expected.to_bits(), "{len} samples, frame {seen}");
                        }
                        seen += 1;
                    };
                    assert_no_alloc(|| {
                        for block in samples.chunks(block_len) {
                            stream.process(block, |frame| check(frame.idx, frame.values));
                        }
                        stream.finish(|frame| check(frame.idx, frame.values));
                    });
                    assert_eq!(seen, num_frames, "{len} samples in blocks of {block_len}");
                }
            }
            simd::limit(Widest::Any);
        }
    }
}

#[test]
fn a_stream_limits_by_the_loudest_so_far_or_by_what_it_was_told() {
    let definition = MelDefinition::whisper(80);
    let mut samples = white(3, 1e-3, 32_000);
    samples[16_000..20_000].copy_from_slice(&white(4, 0.9, 4000));
    let whole = clip(&definition, &samples);
    let top = whole.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for policy in [StreamTop::Running, StreamTop::Known(top)] {
        let mut stream = MelStream::new(&definition, policy).unwrap();
        let mut frames: Vec<Vec<f32>> = Vec::new();
        stream.process(&samples, |frame| frames.push(frame.values.to_vec()));
        stream.finish(|frame| frames.push(frame.values.to_vec()));
        let has_whole = |frame: usize| (0..80).all(|band| frames[frame][band] == whole[band * 200 + frame]);
        assert!((130..200).all(has_whole), "{policy:?}: after the loudest frame all are the clip's");
        let early = (0..90).all(has_whole);
        assert!(early == (policy == StreamTop::Known(top)), "{policy:?}: before it only with the top known");
    }
}

#[test]
fn what_cannot_be_followed_is_named() {
    let wrong = [
        ("fft_len", MelDefinition { fft_len: 448, frame_len: 448, ..MelDefinition::whisper(80) }),
        ("frame_len", MelDefinition { frame_len: 399, ..MelDefinition::whisper(80) }),
        ("hop_len", MelDefinition { hop_len: 200, ..MelDefinition::whisper(80) }),
        ("hop_len", MelDefinition { hop_len: 401, ..MelDefinition::kaldi() }),
        ("num_bands", MelDefinition { num_bands: 0, ..MelDefinition::whisper(80) }),
        ("low_hz to high_hz", MelDefinition { high_hz: 8001.0, ..MelDefinition::whisper(80) }),
    ];
    for (field, definition) in wrong {
        let error = MelSpectrogram::new(&definition).expect_err(field);
        assert_eq!(error.field, field);
    }
    assert_eq!(MelDefinition::kaldi().triangles, Triangles::InMel);
}
