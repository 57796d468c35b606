//! The agreement tables: how far our analyses lie from Whisper's own table of filters, faster-whisper, librosa, Kaldi and SciPy.
//!
//! To read them: `cargo test -p lacquer-tests analysis::agreement -- --nocapture`; `cargo xtask test` prints them too.

use super::mel::clip;
use super::spectrogram::{RATE_HZ, columns, settings};
use super::{sine, store, white};
use crate::agreement::{song, speech};
use crate::programs::{arg, oracle};
use crate::quality::{Bar, figure};
use lacquer_dsp::analysis::mel::{MelDefinition, MelFilters, MelScale, MelValues};
use lacquer_dsp::analysis::window::Window;
use lacquer_offline::mono::read_mono;
use lacquer_offline::progress::Progress;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

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
        read_mono(path, 0..u64::MAX, Some(rate_hz), &progress, |block| samples.extend_from_slice(block))
            .unwrap();
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

/// A row of the table: who is compared with, and what the differences are in.
struct Case {
    name: &'static str,
    definition: MelDefinition,
    args: &'static [&'static str],
    unit: &'static str,
    /// In the unit.
    most: f64,
}

fn cases() -> Vec<Case> {
    let case = |name, definition, args, unit, most| Case { name, definition, args, unit, most };
    let [librosa, kaldi] = [MelDefinition::librosa(), MelDefinition::kaldi()];
    let librosa_power = MelDefinition { values: MelValues::Power, ..librosa };
    vec![
        case("Whisper 80", MelDefinition::whisper(80), &["whisper", "80"], "", 1e-4),
        case("Whisper 128", MelDefinition::whisper(128), &["whisper", "128"], "", 1e-4),
        case("faster-whisper 80", MelDefinition::whisper(80), &["faster-whisper", "80"], "", 1e-4),
        case("faster-whisper 128", MelDefinition::whisper(128), &["faster-whisper", "128"], "", 1e-4),
        case("librosa, share of top", librosa_power, &["librosa-power"], "ppm", 1.0),
        case("librosa", librosa, &["librosa"], "dB", 1e-4),
        case("librosa in float64", librosa, &["librosa-exact"], "dB", 1e-4),
        case("Kaldi", kaldi, &["kaldi"], "nepers of power", 5e-4),
        case("Kaldi in float64", kaldi, &["kaldi-exact"], "nepers of power", 1e-4),
    ]
}

/// In the values' own units, which are decades of power over four, decibels and nepers. Where the originals cut nothing off, cells
/// more than 80 dB below the loudest hold what rounding leaves there, and are left out.
///
/// librosa and Kaldi work in float32. Where the same is worked out in float64, the difference is ours alone; how far theirs lies
/// from that stands beside it.
#[test]
#[expect(clippy::print_stdout, reason = "the agreement tables are there to be read")]
fn mel_spectrograms_are_the_originals() {
    let folder = tempfile::tempdir().unwrap();
    let files = [song(folder.path()), speech(folder.path())];
    let [at_16_khz, at_22_khz] = [16_000.0, 22_050.0].map(|rate_hz| music_and_speech(&files, rate_hz));
    let mut figures = Vec::new();
    let mut table = String::from(
        "largest difference from    song    speech     noise      sine    theirs from float64\n",
    );
    for case in cases() {
        let materials = if case.definition.sample_rate_hz == 16_000.0 { &at_16_khz } else { &at_22_khz };
        let factor = if case.unit == "ppm" { 1e6 } else { 1.0 };
        let _ = write!(table, "{:<22}", case.name);
        let (mut worst, mut theirs) = (0.0_f64, None);
        for samples in materials {
            let file = store(folder.path(), "samples", samples, f32::to_le_bytes);
            let ours = store(folder.path(), "ours", &clip(&case.definition, samples), f32::to_le_bytes);
            let answer = oracle("mel.py", &[case.args, &[arg(&file), arg(&ours)]].concat());
            let apart = factor * largest(&answer);
            let _ = write!(table, "{apart:>10.1e}");
            worst = worst.max(apart);
            theirs = answer["theirs"].as_f64().map(|apart| apart.max(theirs.unwrap_or(0.0))).or(theirs);
        }
        let text = theirs.map_or(String::new(), |apart| format!("{apart:>10.1e}"));
        let _ = writeln!(table, "{text:<10}  {}", case.unit);
        let what = "mel spectrogram of music, speech, noise and a tone";
        if let Some(theirs) = theirs {
            let what = format!("{what}, against {}: the original's own float32", case.name);
            figures.push((what, theirs, case.unit, 5e-4));
        }
        let what = format!("{what}, against {}", case.name);
        figures.push((what, worst, case.unit, case.most));
    }
    println!("{table}");
    for (what, worst, unit, most) in figures {
        figure("analysis", &what, worst, unit, Bar::AtMost(most));
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the agreement tables are there to be read")]
fn the_spectrogram_is_scipys() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples = white(7, 0.3, 30_000);
    for (x, tone) in samples.iter_mut().zip(sine(5000.0, 0.5, RATE_HZ, 30_000)) {
        *x += tone;
    }
    let file = store(folder.path(), "samples", &samples, f32::to_le_bytes);
    let mut worst = 0.0_f64;
    println!("spectrogram against SciPy's, largest difference in parts of the largest power");
    for (name, window) in [
        ("hann", Window::Hann),
        ("blackmanharris", Window::BlackmanHarris),
        ("flattop", Window::FlatTop),
        ("kaiser", Window::Kaiser { beta: 9.0 }),
    ] {
        for fft_len in [512, 4096] {
            let settings = settings(fft_len, window, false);
            let powers: Vec<f64> =
                columns(&settings, &samples, 999).into_iter().flat_map(|(_, power)| power).collect();
            let ours = store(folder.path(), "ours", &powers, f64::to_le_bytes);
            let [size, hop] = [fft_len, settings.resolution.hop_len()].map(|len| len.to_string());
            let answer = oracle("spectrogram.py", &[name, "9", &size, &hop, arg(&file), arg(&ours)]);
            let apart = answer["largest"].as_f64().expect("the oracle's answer");
            println!("{:<28}{apart:>10.1e}", format!("SciPy, {name} {fft_len}"));
            worst = worst.max(apart);
        }
    }
    let what = "spectrogram, four windows, against SciPy's, in parts of the largest power";
    figure("analysis", what, 1e12 * worst, "in 10^12", Bar::AtMost(1.0));
}
