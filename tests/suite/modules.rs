//! What each module of the chain does to sound, against closed forms and the FFT.

use crate::random::Random;
use crate::spectrum::{db, partial, true_peak};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::dynamics::lookahead::{LookaheadGain, Release};
use lacquer_dsp::filter::oversample::{LATENCY_SAMPLES, Oversampler};
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_offline::reference_peak::ReferencePeak;
use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;

/// Every module out; a test lets in the one that it is about.
pub(crate) fn all_bypassed() -> ChainSettings {
    let sounding = Module::ALL.into_iter().filter(|&module| module != Module::Dither);
    ChainSettings::default().without(sounding)
}

/// The chain's output for a stereo input, its latency taken off.
pub(crate) fn render(settings: &ChainSettings, rate_hz: f64, left: &[f32], right: &[f32]) -> [Vec<f32>; 2] {
    let mut chain = Chain::new();
    chain
        .prepare(&ProcessSpec {
            sample_rate_hz: rate_hz,
            max_block_len: 512,
            num_channels: 2,
            latency_mode: LatencyMode::Quality,
        })
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

pub(crate) fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
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
fn link_and_mix_do_what_they_say() {
    let mut settings = all_bypassed();
    settings.multiband.bypass = false;
    settings.multiband.num_bands = 2;
    for band in &mut settings.multiband.bands {
        (band.threshold_db, band.ratio, band.knee_db) = (-30.0, 20.0, 0.0);
    }
    let (loud, quiet) = (sine(6000.0, 0.5, 48_000, RATE_HZ), sine(6000.0, 0.01, 48_000, RATE_HZ));
    let mut quiet_gain_db = |link, mix| {
        (settings.multiband.link_percent, settings.multiband.mix_percent) = (link, mix);
        let [_, out] = render(&settings, RATE_HZ, &loud, &quiet);
        db(partial(&out[24_000..], 6000.0, RATE_HZ) / 0.01)
    };
    assert!(quiet_gain_db(0.0, 100.0).abs() < 0.01, "an unlinked quiet channel is left alone");
    let linked_db = quiet_gain_db(100.0, 100.0);
    assert!(linked_db < -15.0, "a linked one follows the loud one, not by {linked_db} dB");
    assert!((quiet_gain_db(50.0, 100.0) / linked_db - 0.5).abs() < 0.03, "half linked is half the decibels");
    assert!(quiet_gain_db(100.0, 0.0).abs() < 0.01, "nothing mixed in is nothing done");
}

/// Crossovers that were set in disorder are kept apart in rising order, and the bands still sum flat.
#[test]
fn crossovers_in_disorder_still_sum_flat() {
    let mut settings = all_bypassed();
    settings.multiband.bypass = false;
    settings.multiband.num_bands = 3;
    settings.multiband.crossovers_hz = [4000.0, 200.0, 100.0, 50.0, 20.0];
    for band in &mut settings.multiband.bands {
        band.ratio = 1.0;
    }
    settings.multiband.bands[1].makeup_db = -12.0;
    // The middle band begins where the first ends, at 4 kHz, and is a third of an octave wide: 200 Hz is not in it.
    for (frequency_hz, expected_db) in [(200.0, 0.0), (600.0, 0.0), (16_000.0, 0.0)] {
        let tone = sine(frequency_hz, 0.25, 48_000, RATE_HZ);
        let [out, _] = render(&settings, RATE_HZ, &tone, &tone);
        let gain_db = db(partial(&out[24_000..], frequency_hz, RATE_HZ) / 0.25);
        assert!((gain_db - expected_db).abs() < 0.1, "{gain_db} dB at {frequency_hz} Hz");
    }
}

/// Up and down again with nothing in between is a delay: the halves of each filter meet where they should.
#[test]
fn the_oversampler_gives_back_what_it_takes() {
    for frequency_hz in [100.0, 5000.0, 14_000.0] {
        let input = sine(frequency_hz, 0.5, 4000, RATE_HZ);
        let mut oversampler = Oversampler::new();
        let out: Vec<f64> =
            input.iter().map(|x| oversampler.tick([f64::from(*x); 2], |driven| driven)[0]).collect();
        for (n, x) in input.iter().enumerate().skip(500).take(3000) {
            let y = out[n + LATENCY_SAMPLES];
            assert!((y - f64::from(*x)).abs() < 1e-3, "{y} instead of {x} at {frequency_hz} Hz");
        }
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

/// Each width acts on its own side of the crossover, and the mono bass on what lies below its corner.
#[test]
fn widths_act_on_their_own_bands() {
    let mut settings = all_bypassed();
    settings.stereo.bypass = false;
    let mut side_gain_db = |frequency_hz: f64, (low, high): (f64, f64), mono_bass: bool| {
        settings.stereo.width_low_percent = low;
        settings.stereo.width_high_percent = high;
        settings.stereo.mono_bass = mono_bass;
        let left = sine(frequency_hz, 0.25, 96_000, RATE_HZ);
        let right: Vec<f32> = left.iter().map(|x| -x).collect();
        let [out, _] = render(&settings, RATE_HZ, &left, &right);
        db(partial(&out[48_000..], frequency_hz, RATE_HZ) / 0.25)
    };
    let double_db = db(2.0);
    assert!(
        (side_gain_db(30.0, (200.0, 100.0), false) - double_db).abs() < 0.1,
        "the low width is for 30 Hz"
    );
    assert!(side_gain_db(10_000.0, (200.0, 100.0), false).abs() < 0.1, "and not for 10 kHz");
    assert!((side_gain_db(10_000.0, (100.0, 200.0), false) - double_db).abs() < 0.1, "the high width is");
    assert!(side_gain_db(30.0, (100.0, 100.0), true) < -18.0, "a mono bass has no side at 30 Hz");
    assert!(side_gain_db(2000.0, (100.0, 100.0), true).abs() < 0.1, "but has one at 2 kHz");
}

/// A peak in one channel lowers both alike, and the gain is there when the peak is: not a sample later.
#[test]
fn the_limiter_hears_both_channels_and_is_in_time() {
    let mut settings = all_bypassed();
    settings.limiter.bypass = false;
    let quiet = vec![0.1_f32; 9600];
    for loud_channel in [0, 1] {
        let mut loud = quiet.clone();
        loud[4800] = 1.0;
        loud[4801] = -1.0;
        let channels = if loud_channel == 0 { [&loud, &quiet] } else { [&quiet, &loud] };
        let out = render(&settings, RATE_HZ, channels[0], channels[1]);
        let gains =
            [0, 1].map(|c| (0..9600).map(|n| f64::from(out[c][n] / channels[c][n])).collect::<Vec<_>>());
        assert!(gains[0].iter().zip(&gains[1]).all(|(l, r)| (l - r).abs() < 1e-6), "the gains differ");
        let deepest = gains[0].iter().fold(1.0_f64, |m, x| m.min(*x));
        assert!(
            deepest < 0.85 && (gains[0][4800] / deepest - 1.0).abs() < 0.01,
            "the gain is {} at the peak, {deepest} at its deepest",
            gains[0][4800]
        );
        assert!((gains[0][4801] / deepest - 1.0).abs() < 0.01, "nor on its other side");
    }
}

/// The look-ahead itself: a demand at any time is met in full when its sample comes, and by the neighbours of its interval.
#[test]
fn a_demand_is_met_when_it_is_due() {
    for lookahead_samples in [4, 5, 48, 61, 480] {
        let mut gain = LookaheadGain::new(lookahead_samples, 1.0, RATE_HZ);
        gain.set_release(&Release {
            hold_ms: 0.0,
            slow_hold_ms: 0.0,
            fast_release_ms: 1.0,
            slow_attack_ms: 1.0,
            slow_release_ms: 1.0,
        });
        let mut random = Random::new(lookahead_samples as u64);
        let demands: Vec<f32> = (0..20_000)
            .map(|_| if random.below(97) == 0 { 0.9 * random.unit() as f32 } else { 0.0 })
            .collect();
        let mut gains = vec![0.0; demands.len()];
        let mut start = 0;
        while start < demands.len() {
            let end = demands.len().min(start + 1 + random.below(256));
            gain.process(&demands[start..end], &mut gains[start..end]);
            start = end;
        }
        for (n, demand) in demands.iter().enumerate().take(20_000 - lookahead_samples - 2) {
            let due = n + gain.latency_samples();
            let demanded = 1.0 - f64::from(*demand);
            for at in due - 1..=due + 2 {
                assert!(
                    gains[at] <= demanded + 1e-9,
                    "{} at {at} for a demand of {demanded} due at {due}",
                    gains[at]
                );
            }
        }
    }
}

/// After a bypass a module begins afresh: what it held when it left is not heard again.
#[test]
fn a_module_comes_back_without_its_past() {
    let mut chain = Chain::new();
    chain
        .prepare(&ProcessSpec {
            sample_rate_hz: RATE_HZ,
            max_block_len: 4800,
            num_channels: 1,
            latency_mode: LatencyMode::Quality,
        })
        .unwrap();
    let mut settings = all_bypassed();
    settings.exciter.bypass = false;
    settings.exciter.mix_percent = 100.0;
    let mut run = |chain: &mut Chain, bypass: bool, value: f32| {
        settings.exciter.bypass = bypass;
        chain.set(&settings);
        let mut block: Vec<f32> = (0..4800).map(|n| if n % 8 < 4 { value } else { -value }).collect();
        chain.process(&mut Block::mono(&mut block));
        block
    };
    run(&mut chain, false, 0.5);
    // Out before the sound ends, and back in silence: the delay lines of the module still hold the sound.
    run(&mut chain, true, 0.5);
    run(&mut chain, true, 0.0);
    let back = run(&mut chain, false, 0.0);
    assert!(back.iter().all(|x| *x == 0.0), "the module still holds what it had when it left");
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
    chain
        .prepare(&ProcessSpec {
            sample_rate_hz: RATE_HZ,
            max_block_len: 480,
            num_channels: 1,
            latency_mode: LatencyMode::Quality,
        })
        .unwrap();
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
    let settled = &out[chain.latency_samples() + 2000..];
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
