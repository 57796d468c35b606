//! The stereo module: width, mono bass and the correlation guard.

use crate::modules::{all_bypassed, render, sine};
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::spectrum::{db, highest_line, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::stereo::Stereo;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, StereoSettings};

const RATE_HZ: f64 = 48_000.0;

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

/// The module's output while `turn` moves its settings, every 10 ms.
fn moved(input: [&[f32]; 2], turn: impl Fn(&mut StereoSettings, usize)) -> [Vec<f32>; 2] {
    let mut stereo = Stereo::new();
    let spec = ProcessSpec {
        sample_rate_hz: RATE_HZ,
        max_block_len: 480,
        num_channels: 2,
        latency_mode: LatencyMode::Live,
    };
    stereo.prepare(&spec).unwrap();
    let mut out = input.map(<[f32]>::to_vec);
    let [left, right] = &mut out;
    for (idx, (left, right)) in left.chunks_mut(480).zip(right.chunks_mut(480)).enumerate() {
        let mut settings = ChainSettings::default().stereo;
        turn(&mut settings, idx);
        stereo.set(&settings);
        stereo.process(&mut Block::stereo(left, right));
    }
    out
}

/// Whatever moves, left and right together are what they were.
#[test]
fn the_mono_sum_stays_while_everything_moves() {
    let mut random = Random::new(8);
    let (left, right) = (random.noise(96_000), random.noise(96_000));
    let [l, r] = moved([&left, &right], |settings, idx| {
        let mut random = Random::new(idx as u64 / 3);
        *settings = random.settings().stereo;
        settings.bypass = false;
        settings.guard = idx % 7 < 5;
    });
    let worst = (0..left.len())
        .map(|n| (f64::from(l[n]) + f64::from(r[n]) - f64::from(left[n]) - f64::from(right[n])).abs())
        .fold(0.0, f64::max);
    figure(
        "stereo",
        "change of the mono sum of full-scale noise while every control moves at random, largest sample",
        worst,
        "of full scale",
        Bar::AtMost(1e-6),
    );
}

#[test]
fn controls_move_without_a_click() {
    let tone = sine(1000.0, 0.5, 48_000, RATE_HZ);
    let silence = vec![0.0; tone.len()];
    type Turn = fn(&mut StereoSettings, bool);
    let turns: [(&str, Turn); 6] = [
        ("width low", |s, up| s.width_low_percent = if up { 200.0 } else { 0.0 }),
        ("width high", |s, up| s.width_high_percent = if up { 200.0 } else { 0.0 }),
        ("mono bass", |s, up| (s.mono_bass, s.mono_below_hz) = (up, 500.0)),
        ("mono corner", |s, up| (s.mono_bass, s.mono_below_hz) = (true, if up { 500.0 } else { 20.0 })),
        ("crossover", |s, up| {
            (s.width_low_percent, s.width_high_percent) = (200.0, 0.0);
            s.crossover_hz = if up { 8000.0 } else { 100.0 };
        }),
        ("guard", |s, up| {
            (s.width_low_percent, s.width_high_percent) = (200.0, 200.0);
            (s.guard, s.min_correlation_percent) = (up, 90.0);
        }),
    ];
    let mut worst = f64::NEG_INFINITY;
    for (_, turn) in turns {
        let [out, _] = moved([&tone, &silence], |settings, idx| turn(settings, idx / 10 % 2 == 1));
        let found_dbfs = highest_line(&out[4800..], RATE_HZ, |hz| (hz - 1000.0).abs() > 400.0);
        worst = worst.max(found_dbfs);
    }
    figure(
        "stereo",
        "each control thrown from end to end ten times a second under a 1 kHz tone at -6 dBFS on the left: highest line further than 400 Hz from it, FFT",
        worst,
        "dBFS",
        Bar::AtMost(-75.0),
    );
}

/// The correlation of each stretch of 300 ms, by its definition.
fn correlations(channels: &[Vec<f32>; 2]) -> Vec<f64> {
    let [left, right] = channels;
    let stretches = left.chunks_exact(14_400).zip(right.chunks_exact(14_400));
    stretches
        .map(|(left, right)| {
            let product = |x: &[f32], y: &[f32]| {
                x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>()
            };
            product(left, right) / (product(left, left) * product(right, right)).sqrt()
        })
        .collect()
}

/// Noise whose mid has so many times the amplitude of its side, the left louder than the right by `tilt`.
fn wide_noise(mid_gain: f32, tilt: f32) -> [Vec<f32>; 2] {
    let mut random = Random::new(12);
    let (mid, side) = (random.noise(6 * 48_000), random.noise(6 * 48_000));
    let mix = |sign: f32, gain: f32| {
        mid.iter().zip(&side).map(|(m, s)| gain * 0.2 * (mid_gain * m + sign * s)).collect::<Vec<_>>()
    };
    [mix(1.0, 1.0 + tilt), mix(-1.0, 1.0 - tilt)]
}

/// Widening stops at the floor, neither under it nor above: for floors of either sign, and for channels of unlike level.
#[test]
fn the_guard_keeps_the_correlation_at_its_floor() {
    let mut worst: f64 = 0.0;
    for (floor, mid_gain, tilt) in
        [(0.0, 1.5, 0.0), (0.3, 2.0, 0.0), (0.3, 2.0, 0.3), (-0.3, 1.1, 0.0), (-0.3, 1.1, 0.3)]
    {
        let input = wide_noise(mid_gain, tilt);
        let out = moved([&input[0], &input[1]], |settings, _| {
            (settings.width_low_percent, settings.width_high_percent) = (200.0, 200.0);
            (settings.guard, settings.min_correlation_percent) = (true, 100.0 * floor);
        });
        let settled = &correlations(&out)[7..];
        for correlation in settled {
            worst = worst.max((correlation - floor).abs());
        }
    }
    figure(
        "stereo",
        "correlation over 300 ms of doubled noise under the guard against its floor of 0, 0.3 and -0.3, largest difference",
        worst,
        "",
        Bar::AtMost(0.05),
    );
}

/// What is out of phase already comes out as it went in: the guard takes widening back and nothing else.
#[test]
fn the_guard_never_narrows() {
    let input = wide_noise(0.3, 0.0);
    for (width, floor) in [(200.0, 50.0), (100.0, 100.0)] {
        let out = moved([&input[0], &input[1]], |settings, _| {
            (settings.width_low_percent, settings.width_high_percent) = (width, width);
            (settings.guard, settings.min_correlation_percent) = (true, floor);
        });
        for n in 96_000..input[0].len() {
            let change = (out[0][n] - input[0][n]).abs();
            assert!(change < 1e-3, "sample {n} changed by {change} at a width of {width}");
        }
    }
}
