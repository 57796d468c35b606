//! What each module of the chain does to sound, against closed forms and the FFT.

use crate::random::Random;
use crate::spectrum::{db, partial, true_peak};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::reference_peak::ReferencePeak;
use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;

/// Every module out; a test lets in the one that it is about.
fn all_bypassed() -> ChainSettings {
    let mut settings = ChainSettings::default();
    settings.input.bypass = true;
    settings.multiband.bypass = true;
    settings.exciter.bypass = true;
    settings.stereo.bypass = true;
    settings.loudness.bypass = true;
    settings.limiter.bypass = true;
    settings
}

/// The chain's output for a stereo input, its latency taken off.
fn render(settings: &ChainSettings, rate_hz: f64, left: &[f32], right: &[f32]) -> [Vec<f32>; 2] {
    let mut chain = Chain::new();
    chain
        .prepare(&ProcessSpec { sample_rate_hz: rate_hz, max_block_len: 512, num_channels: 2 })
        .expect("the spec is in range");
    chain.set(settings);
    let latency = chain.latency_samples();
    let mut out = [left.to_vec(), right.to_vec()];
    for channel in &mut out {
        channel.resize(left.len() + latency, 0.0);
    }
    let [l, r] = &mut out;
    for (l, r) in l.chunks_mut(512).zip(r.chunks_mut(512)) {
        chain.process(&mut Block::stereo(l, r));
    }
    out.map(|channel| channel[latency..].to_vec())
}

fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
    (0..len).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

#[test]
fn with_every_module_bypassed_the_output_is_the_input() {
    for rate_hz in [8_000.0, 44_100.0, 96_000.0] {
        let mut random = Random::new(1);
        let (left, right) = (random.noise(20_000), random.noise(20_000));
        assert_eq!(render(&all_bypassed(), rate_hz, &left, &right), [left, right]);
    }
}

#[test]
fn the_default_chain_below_its_ceiling_is_transparent() {
    let mut random = Random::new(2);
    let (left, right) = (random.noise(20_000), random.noise(20_000));
    let quiet = |samples: Vec<f32>| samples.iter().map(|x| x * 0.2).collect::<Vec<_>>();
    let (left, right) = (quiet(left), quiet(right));
    let out = render(&ChainSettings::default(), RATE_HZ, &left, &right);
    for (x, y) in out.concat().iter().zip([left, right].concat()) {
        assert!((x - y).abs() < 1e-7, "{x} instead of {y}");
    }
}

#[test]
fn trim_and_polarity_do_what_they_say() {
    let mut settings = all_bypassed();
    settings.input.bypass = false;
    settings.input.trim_db = -6.0;
    settings.input.invert_right = true;
    let tone = sine(1000.0, 0.5, 4800, RATE_HZ);
    let [left, right] = render(&settings, RATE_HZ, &tone, &tone);
    for ((x, l), r) in tone.iter().zip(left).zip(right) {
        assert!((l - x * 0.501_187_2).abs() < 1e-6 && (r + l).abs() < 1e-9);
    }
}

#[test]
fn dc_removal_takes_the_direct_current_and_leaves_20_hz() {
    let mut settings = all_bypassed();
    settings.input.bypass = false;
    settings.input.dc_removal = true;
    let input: Vec<f32> = sine(20.0, 0.5, 96_000, RATE_HZ).iter().map(|x| x + 0.3).collect();
    let [out, _] = render(&settings, RATE_HZ, &input, &input);
    let settled = &out[48_000..];
    let mean = settled.iter().map(|x| f64::from(*x)).sum::<f64>() / settled.len() as f64;
    assert!(mean.abs() < 1e-5, "{mean} is left");
    let level_db = db(partial(settled, 20.0, RATE_HZ) / 0.5);
    assert!(level_db.abs() < 0.05, "20 Hz changed by {level_db} dB");
}

#[test]
fn the_bands_sum_to_a_flat_response() {
    for num_bands in 2..=6 {
        for rate_hz in [44_100.0, 96_000.0] {
            let mut settings = all_bypassed();
            settings.multiband.bypass = false;
            settings.multiband.num_bands = num_bands;
            for band in &mut settings.multiband.bands {
                band.ratio = 1.0;
            }
            let len = 1 << 16;
            let mut impulse = vec![0.0; len];
            impulse[0] = 1.0;
            let [out, _] = render(&settings, rate_hz, &impulse, &impulse);
            let mut planner = realfft::RealFftPlanner::<f64>::new();
            let fft = planner.plan_fft_forward(len);
            let mut samples: Vec<f64> = out.iter().map(|x| f64::from(*x)).collect();
            let mut spectrum = fft.make_output_vec();
            fft.process(&mut samples, &mut spectrum).unwrap();
            let worst = spectrum.iter().map(|bin| db(bin.norm()).abs()).fold(0.0, f64::max);
            assert!(worst < 0.01, "{num_bands} bands at {rate_hz} Hz: {worst} dB off");
        }
    }
}

/// The static curve is the closed form: above the knee the output rises by 1 / ratio.
#[test]
fn compression_follows_its_curve() {
    let mut settings = all_bypassed();
    settings.multiband.bypass = false;
    settings.multiband.num_bands = 2;
    for band in &mut settings.multiband.bands {
        band.threshold_db = -30.0;
        band.ratio = 4.0;
        band.knee_db = 6.0;
        band.attack_ms = 1.0;
        band.release_ms = 2500.0;
    }
    for level_db in [-40.0, -32.0, -30.0, -28.0, -20.0, -6.0_f64] {
        let amplitude = 10.0_f64.powf(level_db / 20.0);
        // Far above the only crossover, so that one band has all of it; a long release holds the peak's reduction.
        let tone = sine(6000.0, amplitude, 48_000, RATE_HZ);
        let [out, _] = render(&settings, RATE_HZ, &tone, &tone);
        let over_db = level_db + 30.0;
        let expected_db = if over_db <= -3.0 {
            0.0
        } else if over_db < 3.0 {
            -0.75 * (over_db + 3.0).powi(2) / 12.0
        } else {
            -0.75 * over_db
        };
        let gain_db = db(partial(&out[24_000..], 6000.0, RATE_HZ) / amplitude);
        assert!(
            (gain_db - expected_db).abs() < 0.05,
            "{level_db} dB: {gain_db} dB instead of {expected_db} dB"
        );
    }
}

#[test]
fn the_exciter_adds_harmonics_and_no_direct_current() {
    let mut settings = all_bypassed();
    settings.exciter.bypass = false;
    settings.exciter.drive_db = 18.0;
    settings.exciter.focus_hz = 1000.0;
    settings.exciter.mix_percent = 50.0;
    let tone = sine(3000.0, 0.3, 48_000, RATE_HZ);
    for (even_percent, present, absent) in [(0.0, 9000.0, 6000.0), (100.0, 6000.0, 9000.0)] {
        settings.exciter.even_percent = even_percent;
        let [out, _] = render(&settings, RATE_HZ, &tone, &tone);
        let settled = &out[4800..43_200];
        assert!(db(partial(settled, present, RATE_HZ)) > -50.0, "no harmonic at {present} Hz");
        assert!(db(partial(settled, absent, RATE_HZ)) < -100.0, "a harmonic at {absent} Hz");
        let mean = settled.iter().map(|x| f64::from(*x)).sum::<f64>() / settled.len() as f64;
        assert!(mean.abs() < 1e-5, "direct current of {mean}");
    }
    // With nothing mixed in, only the delay is left.
    settings.exciter.mix_percent = 0.0;
    let [out, _] = render(&settings, RATE_HZ, &tone, &tone);
    assert_eq!(out, tone);
}

#[test]
fn width_leaves_the_mono_sum_alone() {
    let mut random = Random::new(5);
    let (left, right) = (random.noise(24_000), random.noise(24_000));
    for (low, high, mono_bass) in [(0.0, 200.0, true), (150.0, 50.0, false), (0.0, 0.0, false)] {
        let mut settings = all_bypassed();
        settings.stereo.bypass = false;
        settings.stereo.width_low_percent = low;
        settings.stereo.width_high_percent = high;
        settings.stereo.mono_bass = mono_bass;
        let [l, r] = render(&settings, RATE_HZ, &left, &right);
        let sums = l.iter().zip(&r).zip(left.iter().zip(&right));
        for ((l, r), (x, y)) in sums {
            assert!((f64::from(*l) + f64::from(*r) - f64::from(*x) - f64::from(*y)).abs() < 1e-6);
        }
        if low == 0.0 && high == 0.0 {
            assert_eq!(l, r, "no width is mono");
        }
    }
}

/// Hot signals that have peaks between their samples, and the ceiling that the FFT finds after the limiter.
#[test]
fn the_limiter_holds_its_ceiling() {
    let len = 1 << 16;
    let mut random = Random::new(9);
    let sweep: Vec<f32> = (0..len)
        .map(|n| {
            let t = n as f64 / len as f64;
            (TAU * (50.0 * t + 10_000.0 * t * t) * len as f64 / RATE_HZ).sin() as f32
        })
        .collect();
    let bursts: Vec<f32> = (0..len)
        .map(|n| if n / 3000 % 2 == 0 { (TAU * 997.0 * n as f64 / RATE_HZ).sin() as f32 } else { 0.01 })
        .collect();
    let noise: Vec<f32> = random.noise(len).windows(4).map(|w| 0.25 * w.iter().sum::<f32>()).collect();
    let signals = [
        (
            "sine at a quarter of the rate",
            (0..len).map(|n| (TAU * (n as f64 + 0.5) / 4.0).sin() as f32).collect(),
        ),
        ("sweep to 20 kHz", sweep),
        ("bursts", bursts),
        ("square", (0..len).map(|n| if n / 109 % 2 == 0 { 0.9 } else { -0.9 }).collect()),
        ("low-passed noise", noise),
    ];
    for (name, input) in signals {
        let mut settings = all_bypassed();
        settings.loudness.bypass = false;
        settings.loudness.gain_db = 12.0;
        settings.limiter.bypass = false;
        settings.limiter.ceiling_dbtp = -1.0;
        let [out, _] = render(&settings, RATE_HZ, &input, &input);
        let sample_peak_db = db(out.iter().fold(0.0_f64, |m, x| m.max(f64::from(x.abs()))));
        let over_db = db(true_peak(&out, 16)) + 1.0;
        // A naive square is not band-limited: what lies beyond the interpolator's reach rings a little more.
        let allowed_db = if name == "square" { 0.2 } else { 0.1 };
        assert!(sample_peak_db <= -1.0, "{name}: sample peak {sample_peak_db} dBFS");
        assert!(over_db <= allowed_db, "{name}: {over_db} dB over the ceiling");
    }
}

/// A bypass in the middle of music is a fade, not a step: next to the tone's own line there is nothing new.
#[test]
fn bypass_does_not_click() {
    let tone = sine(200.0, 0.5, 48_000, RATE_HZ);
    let mut chain = Chain::new();
    chain.prepare(&ProcessSpec { sample_rate_hz: RATE_HZ, max_block_len: 480, num_channels: 1 }).unwrap();
    let mut settings = ChainSettings::default();
    settings.multiband.bypass = false;
    settings.exciter.bypass = false;
    settings.input.trim_db = -6.0;
    let mut out = tone.clone();
    for (idx, part) in out.chunks_mut(480).enumerate() {
        if idx % 10 == 5 {
            settings.input.bypass = !settings.input.bypass;
            settings.multiband.bypass = !settings.multiband.bypass;
            settings.exciter.bypass = !settings.exciter.bypass;
        }
        chain.set(&settings);
        chain.process(&mut Block::mono(part));
    }
    // A click is a jump of the slope: the second difference of a 200 Hz tone at half scale is 3.4e-4.
    let settled = &out[2000..];
    let sharpest = settled.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
    assert!(sharpest < 2e-3, "a second difference of {sharpest}");
}

#[test]
fn the_reference_peak_agrees_with_the_fft() {
    let mut random = Random::new(21);
    let len = 1 << 15;
    let music: Vec<f32> = random.noise(len).windows(4).map(|w| 0.25 * w.iter().sum::<f32>()).collect();
    for (name, signal) in [("low-passed noise", music), ("sine", sine(11_987.0, 0.7, len, RATE_HZ))] {
        let mut reference = ReferencePeak::new();
        for part in signal.chunks(777) {
            reference.process(part);
        }
        let (ours_db, truth_db) = (db(reference.finish()), db(true_peak(&signal, 32)));
        assert!((ours_db - truth_db).abs() < 0.05, "{name}: {ours_db} dB instead of {truth_db} dB");
    }
}
