//! Dither: its noise against theory and against the closed form of its filter, and the bits of what is written.

use crate::cli::call;
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::spectrum::{db, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::dither::{BLACK_MS, Dither, feedback_taps};
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{DitherKind, DitherSettings};
use lacquer_offline::decode::AudioReader;
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use realfft::RealFftPlanner;
use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;
const LEN: usize = 1 << 19;

fn prepared(bits: usize, kind: DitherKind, rate_hz: f64) -> Dither {
    let mut dither = Dither::new();
    dither
        .prepare(&ProcessSpec {
            sample_rate_hz: rate_hz,
            max_block_len: LEN,
            num_channels: 2,
            latency_mode: LatencyMode::Quality,
        })
        .unwrap();
    dither.set(&DitherSettings { bypass: false, bits, kind });
    dither
}

/// Both channels for the same input in both.
fn dithered(bits: usize, kind: DitherKind, rate_hz: f64, input: &[f32]) -> [Vec<f32>; 2] {
    let mut out = [input.to_vec(), input.to_vec()];
    let [left, right] = &mut out;
    prepared(bits, kind, rate_hz).process(&mut Block::stereo(left, right));
    out
}

/// The total error of the left channel in LSB.
fn error(bits: usize, kind: DitherKind, rate_hz: f64, input: &[f32]) -> Vec<f64> {
    let full_scale = f64::from(1_u32 << (bits - 1));
    let [out, _] = dithered(bits, kind, rate_hz, input);
    out.iter().zip(input).map(|(y, x)| (f64::from(*y) - f64::from(*x)) * full_scale).collect()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn power(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xy += (x - mx) * (y - my);
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
    }
    xy / (xx * yy).sqrt()
}

fn sine(amplitude: f64, frequency_hz: f64) -> Vec<f32> {
    (0..LEN).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / RATE_HZ).sin()) as f32).collect()
}

/// At 24 bits, f32 samples lie off the grid only below a half of full scale.
fn programmes(bits: usize) -> Vec<(String, Vec<f32>)> {
    let lsb = 1.0 / f64::from(1_u32 << (bits - 1));
    let mut programmes: Vec<(String, Vec<f32>)> = [0.0, 0.1, 0.25, 0.5, 0.77, 1.0, -3.3]
        .map(|steps| (format!("{steps} LSB"), vec![(steps * lsb) as f32; LEN]))
        .into();
    // Silence would be black after a second.
    programmes[0].1 = (0..LEN).map(|n| if n % 4096 == 0 { lsb as f32 } else { 0.0 }).collect();
    for steps in [0.4, 1.5, 7.0, 1000.0] {
        programmes.push((format!("a sine of {steps} LSB"), sine(steps * lsb, 997.0)));
    }
    programmes
}

fn power_gain(rate_hz: f64) -> f64 {
    1.0 + feedback_taps(rate_hz).iter().map(|tap| tap * tap).sum::<f64>()
}

/// Mean zero and power LSB^2 / 4 whatever the signal, times the filter's power gain where the noise is shaped.
#[test]
fn the_errors_mean_and_power_are_theirs_whatever_the_signal() {
    let mut worst_db = 0.0_f64;
    for bits in [16, 24] {
        for (name, input) in programmes(bits) {
            for (kind, rate_hz) in [
                (DitherKind::Tpdf, RATE_HZ),
                (DitherKind::Shaped, RATE_HZ),
                (DitherKind::Shaped, 96_000.0),
                (DitherKind::Shaped, 22_050.0),
            ] {
                let error = error(bits, kind, rate_hz, &input);
                let gain = if kind == DitherKind::Shaped { power_gain(rate_hz) } else { 1.0 };
                let off_db = 10.0 * (power(&error) / (0.25 * gain)).log10();
                let what = format!("{bits} bits, {kind:?}, {rate_hz} Hz, {name}");
                worst_db = worst_db.max(off_db.abs());
                let bound = 4.0 * (0.25 * gain / LEN as f64).sqrt();
                assert!(mean(&error).abs() < bound, "{what}: mean of {} LSB", mean(&error));
            }
        }
    }
    figure(
        "dither",
        "noise power against theory, 16 and 24 bits, both kinds, any signal",
        worst_db,
        "dB",
        Bar::AtMost(0.05),
    );
}

/// The bars would see distortion: rounding alone correlates with a small sine and has another power at each offset.
#[test]
fn rounding_alone_fails_where_dither_passes() {
    let input = sine(0.9 / 32_768.0, 997.0);
    let signal: Vec<f64> = input.iter().map(|x| f64::from(*x)).collect();
    let bar = 3.0 / (LEN as f64).sqrt();
    let r = |kind| correlation(&error(16, kind, RATE_HZ, &input), &signal).abs();
    assert!(r(DitherKind::None) > 10.0 * bar, "{}", r(DitherKind::None));
    for kind in [DitherKind::Tpdf, DitherKind::Shaped] {
        let what = format!(
            "correlation of the {kind:?} error with a sine under the last bit (three standard deviations)"
        );
        figure("dither", &what, r(kind), "", Bar::AtMost(bar));
    }
    // The power of the error is no function of the signal either.
    let squares = |kind| -> f64 {
        let error: Vec<f64> = error(16, kind, RATE_HZ, &input).iter().map(|x| x * x).collect();
        let signal: Vec<f64> = signal.iter().map(|x| x * x).collect();
        correlation(&error, &signal).abs()
    };
    assert!(squares(DitherKind::None) > 10.0 * bar && squares(DitherKind::Tpdf) < bar);
}

/// A sine of a tenth of a step (-110 dBFS) is lost in rounding, and after dither stands as one line without harmonics.
#[test]
fn a_sine_under_the_last_bit_survives_without_harmonics() {
    let frequency_hz = 1000.0;
    let amplitude = 10.0_f64.powf(-110.0 / 20.0);
    let input = sine(amplitude, frequency_hz);
    assert!(dithered(16, DitherKind::None, RATE_HZ, &input)[0].iter().all(|x| *x == 0.0));
    for kind in [DitherKind::Tpdf, DitherKind::Shaped] {
        let [out, _] = dithered(16, kind, RATE_HZ, &input);
        let off_db = db(partial(&out, frequency_hz, RATE_HZ) / amplitude);
        assert!(off_db.abs() < 0.5, "{kind:?}: the line is off by {off_db} dB");
        for order in 2..=9 {
            let h = f64::from(order) * frequency_hz;
            // Noise of power LSB^2 / 4 through the filter, in the window's bandwidth of 2 bins; an amplitude's mean square is twice that.
            let noise = 0.25 * shape(kind, h, RATE_HZ) * 2.0 * 2.0 * 2.0 / LEN as f64;
            let level = partial(&out, h, RATE_HZ) * 32_768.0;
            assert!(level * level < 10.0 * noise, "{kind:?}: harmonic {order} of {level} LSB");
        }
    }
}

/// The squared magnitude of the filter, from its closed form.
fn shape(kind: DitherKind, frequency_hz: f64, rate_hz: f64) -> f64 {
    let taps = if kind == DitherKind::Shaped { feedback_taps(rate_hz) } else { [0.0; 5] };
    let (mut re, mut im) = (1.0, 0.0);
    for (k, tap) in taps.iter().enumerate() {
        let angle = TAU * frequency_hz / rate_hz * (k + 1) as f64;
        re -= tap * angle.cos();
        im += tap * angle.sin();
    }
    re * re + im * im
}

#[test]
fn the_shaped_spectrum_is_the_filters() {
    let fft_len = 512;
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(fft_len);
    for (kind, rate_hz) in
        [(DitherKind::Tpdf, RATE_HZ), (DitherKind::Shaped, 44_100.0), (DitherKind::Shaped, 96_000.0)]
    {
        let error = error(16, kind, rate_hz, &sine(0.3, 997.0));
        let hann = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / fft_len as f64).cos();
        let window_power: f64 = (0..fft_len).map(|n| hann(n) * hann(n)).sum();
        let mut powers = vec![0.0; fft_len / 2 + 1];
        let starts: Vec<usize> = (0..LEN - fft_len).step_by(fft_len / 2).collect();
        for &start in &starts {
            let mut part: Vec<f64> = (0..fft_len).map(|n| hann(n) * error[start + n]).collect();
            let mut spectrum = fft.make_output_vec();
            fft.process(&mut part, &mut spectrum).unwrap();
            for (power, bin) in powers.iter_mut().zip(&spectrum) {
                *power += bin.norm_sqr() / (window_power * starts.len() as f64);
            }
        }
        for (bin, power) in powers.iter().enumerate().take(fft_len / 2).skip(3) {
            let frequency_hz = bin as f64 * rate_hz / fft_len as f64;
            // The window sees the two neighbours as well.
            let at = |offset: f64| shape(kind, frequency_hz + offset * rate_hz / fft_len as f64, rate_hz);
            let expected = 0.25 * (4.0 * at(0.0) + at(1.0) + at(-1.0)) / 6.0;
            let off_db = 10.0 * (power / expected).log10();
            assert!(off_db.abs() < 0.7, "{kind:?}, {rate_hz} Hz: {off_db} dB at {frequency_hz} Hz");
        }
    }
}

#[test]
fn every_channel_has_noise_of_its_own_and_every_reset_the_same() {
    let input = sine(0.2, 997.0);
    for kind in [DitherKind::Tpdf, DitherKind::Shaped] {
        let [left, right] = dithered(16, kind, RATE_HZ, &input);
        let error_of = |out: &[f32]| -> Vec<f64> {
            out.iter().zip(&input).map(|(y, x)| f64::from(*y) - f64::from(*x)).collect()
        };
        let r = correlation(&error_of(&left), &error_of(&right)).abs();
        // Shaped noise has fewer independent samples than samples.
        assert!(r < 3.0 * 2.0 / (LEN as f64).sqrt(), "{kind:?}: the channels correlate by {r}");
        let mut dither = prepared(16, kind, RATE_HZ);
        for _ in 0..2 {
            let (mut l, mut r) = (input.clone(), input.clone());
            let mut start = 0;
            for end in Random::new(3).splits(LEN, 700) {
                dither.process(&mut Block::stereo(&mut l[start..end], &mut r[start..end]));
                start = end;
            }
            assert!(l == left && r == right, "{kind:?}: the same bits in parts and after a reset");
            dither.reset();
        }
    }
}

/// Silence is dithered for a second and then is black, until the first sample of sound in any channel.
#[test]
fn a_second_of_silence_turns_black() {
    for rate_hz in [8_000.0, 48_000.0] {
        let black_at = (BLACK_MS * 0.001 * rate_hz) as usize - 1;
        let mut left = vec![0.0; 3 * black_at];
        let mut right = left.clone();
        right[2 * black_at] = 0.25;
        prepared(16, DitherKind::Tpdf, rate_hz).process(&mut Block::stereo(&mut left, &mut right));
        let num_noisy = left[..black_at].iter().filter(|x| **x != 0.0).count();
        // One sample in four is not zero: |d| > 1/2 for a triangle of half width 1.
        let share = num_noisy as f64 / black_at as f64;
        assert!((share - 0.25).abs() < 0.03, "{share} of the first second is noise");
        assert!(left[black_at..2 * black_at].iter().chain(&right[black_at..2 * black_at]).all(|x| *x == 0.0));
        let after = &left[2 * black_at..];
        assert!(after.iter().filter(|x| **x != 0.0).count() > after.len() / 5, "the noise came back");
    }
}

/// Far beyond full scale the output stays in it and is counted, and a sample later the error is what it always is.
#[test]
fn overload_is_held_to_full_scale_and_leaves_nothing_behind() {
    for (kind, rate_hz) in
        [(DitherKind::Tpdf, RATE_HZ), (DitherKind::Shaped, RATE_HZ), (DitherKind::Shaped, 96_000.0)]
    {
        let mut input = sine(0.5, 997.0);
        input[..LEN / 2].iter_mut().for_each(|x| *x *= 1e9);
        let mut dither = prepared(16, kind, rate_hz);
        let (mut left, mut right) = (input.clone(), vec![0.1; LEN]);
        dither.process(&mut Block::stereo(&mut left, &mut right));
        assert!(left.iter().all(|x| (-1.0..=32_767.0 / 32_768.0).contains(x)));
        assert!(left.contains(&-1.0) && dither.num_clipped_samples() > LEN as u64 / 3);
        let largest = 1.5 * (1.0 + feedback_taps(rate_hz).iter().map(|tap| tap.abs()).sum::<f64>());
        for (y, x) in left.iter().zip(&input).skip(LEN / 2) {
            let error = (f64::from(*y) - f64::from(*x)) * 32_768.0;
            assert!(error.abs() <= largest, "{kind:?}: an error of {error} LSB");
        }
    }
}

/// The encoder rounds nothing further: what is read back is what came out, for every kind at both depths.
#[test]
fn written_samples_are_the_dithers_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dithered.wav");
    let input: Vec<f32> = Random::new(5).noise(100_000).iter().map(|x| x * 1.1).collect();
    for (bits, format) in [(16, SampleFormat::Int16), (24, SampleFormat::Int24)] {
        for kind in [DitherKind::None, DitherKind::Tpdf, DitherKind::Shaped] {
            let out = dithered(bits, kind, RATE_HZ, &input);
            let mut writer = AudioWriter::create(&path, OutputFormat::Wav(format), 48_000, 2).unwrap();
            writer.write(&[&out[0], &out[1]]).unwrap();
            let written = writer.finish().unwrap();
            assert_eq!(written.counts().num_clipped, 0);
            written.publish(true).unwrap();
            let mut read = vec![vec![0.0; input.len()]; 2];
            AudioReader::open(&path).unwrap().read(&mut read).unwrap();
            assert!(read == out, "{bits} bits, {kind:?}");
        }
    }
}

/// What a bounce cannot do it says in one line, before any work.
#[test]
fn contradictions_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (args, reason) in [
        (vec!["--bits", "float", "--dither", "tpdf"], "--dither none"),
        (vec!["--bits", "32", "--set", "dither.bypass=off"], "--dither none"),
        (vec!["--bits", "float", "--set", "dither.kind=shaped"], "--dither none"),
        (vec!["--bits", "24", "--set", "dither.bits=16"], "expected 24"),
    ] {
        let ended = call(folder.path(), &[&["bounce"], args.as_slice()].concat());
        assert_eq!(ended.status, Some(2), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stderr.trim().lines().count(), 1, "{}", ended.stderr);
    }
}
