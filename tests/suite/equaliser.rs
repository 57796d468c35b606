//! The equaliser against the analogue closed forms, and its quiet while it moves.

use crate::spectrum::{db, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::equaliser::Equaliser;
use lacquer_dsp::param::Choice;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, EqualiserSettings, Placement, Slope};
use realfft::RealFftPlanner;
use std::f64::consts::TAU;

const CD_HZ: f64 = 44_100.0;
const RATE_HZ: f64 = 48_000.0;
/// Corners and middles of the grid, up to the edge of hearing.
const FREQUENCIES_HZ: [f64; 12] =
    [20.0, 100.0, 500.0, 1000.0, 3000.0, 6000.0, 8000.0, 10_000.0, 12_000.0, 16_000.0, 18_000.0, 20_000.0];
const GAINS_DB: [f64; 6] = [-24.0, -12.0, -3.0, 3.0, 12.0, 24.0];

/// Everything on its default and heard: flat.
fn flat() -> EqualiserSettings {
    let mut settings = ChainSettings::default().equaliser;
    settings.bypass = false;
    settings
}

fn prepared(settings: &EqualiserSettings, rate_hz: f64) -> Equaliser {
    let mut equaliser = Equaliser::new();
    equaliser
        .prepare(&ProcessSpec {
            sample_rate_hz: rate_hz,
            max_block_len: 1 << 20,
            num_channels: 2,
            latency_mode: LatencyMode::Live,
        })
        .unwrap();
    equaliser.set(settings);
    equaliser
}

/// The power response at each bin, from the impulse response of the left channel fed in both.
fn spectrum(settings: &EqualiserSettings, rate_hz: f64, len: usize) -> Vec<f64> {
    let mut left = vec![0.0_f32; len];
    left[0] = 1.0;
    let mut right = left.clone();
    prepared(settings, rate_hz).process(&mut Block::stereo(&mut left, &mut right));
    assert_eq!(left, right);
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let mut samples: Vec<f64> = left.iter().map(|x| f64::from(*x)).collect();
    let mut bins = fft.make_output_vec();
    fft.process(&mut samples, &mut bins).unwrap();
    bins.iter().map(realfft::num_complex::Complex::norm_sqr).collect()
}

/// |c2 s^2 + c1 s + c0|^2 at s = j x.
fn power([c0, c1, c2]: [f64; 3], x: f64) -> f64 {
    (c0 - c2 * x * x).powi(2) + (c1 * x).powi(2)
}

/// The furthest that the rendered response is from `analogue` (power over frequency over corner) up to 20 kHz, dB and Hz.
/// Below `floor_db` an f32 impulse response has no more to say.
fn worst_error(
    settings: &EqualiserSettings,
    corner_hz: f64,
    len: usize,
    floor_db: f64,
    analogue: impl Fn(f64) -> f64,
) -> (f64, f64) {
    let mut worst = (0.0_f64, 0.0);
    for (bin, measured) in spectrum(settings, CD_HZ, len).iter().enumerate().skip(1) {
        let hz = bin as f64 * CD_HZ / len as f64;
        let expected_db = 10.0 * analogue(hz / corner_hz).log10();
        if hz > 20_000.0 || expected_db < floor_db {
            continue;
        }
        let error_db = 10.0 * measured.log10() - expected_db;
        if error_db.abs() > worst.0.abs() {
            worst = (error_db, hz);
        }
    }
    worst
}

/// How long a filter of this frequency and Q rings, to a power of two of samples.
fn ringing_len(hz: f64, q: f64) -> usize {
    ((CD_HZ * 5.0 * q.max(0.5) / hz) as usize).next_power_of_two().clamp(1 << 12, 1 << 20)
}

#[test]
fn bells_follow_the_analogue_prototype() {
    let mut worst = (0.0_f64, 0.0, 0.0, 0.0, 0.0);
    let mut below_20_khz = 0.0_f64;
    for hz in FREQUENCIES_HZ {
        for gain_db in GAINS_DB {
            for q in [0.1, 0.3, 0.7, 1.0, 2.0, 3.0, 5.0, 24.0] {
                let mut settings = flat();
                let bell = &mut settings.bells[2];
                (bell.frequency_hz, bell.gain_db, bell.q) = (hz, gain_db, q);
                let a = 10.0_f64.powf(gain_db / 40.0);
                // A wide bell of low frequency has a slow real pole.
                let slow = if q < 0.5 { 1.0 / q } else { q * a.max(1.0 / a) };
                let (error_db, at_hz) =
                    worst_error(&settings, hz, ringing_len(hz, slow * a.max(1.0 / a)), -30.0, |x| {
                        power([1.0, a / q, 1.0], x) / power([1.0, 1.0 / (a * q), 1.0], x)
                    });
                if hz < 20_000.0 {
                    below_20_khz = error_db.abs().max(below_20_khz);
                }
                if error_db.abs() > worst.0.abs() {
                    worst = (error_db, at_hz, hz, gain_db, q);
                }
            }
        }
    }
    assert!(worst.0.abs() < 0.13 && below_20_khz < 0.1, "error dB, at Hz, bell Hz, gain dB, Q: {worst:?}");
}

#[test]
fn shelves_and_tilt_follow_the_analogue_prototypes() {
    let mut worst = [(0.0_f64, 0.0, 0.0, 0.0, 0.0); 3];
    let mut note = |idx: usize, (error_db, at_hz): (f64, f64), hz, gain_db, q| {
        if error_db.abs() > worst[idx].0.abs() {
            worst[idx] = (error_db, at_hz, hz, gain_db, q);
        }
    };
    for hz in FREQUENCIES_HZ {
        for gain_db in GAINS_DB {
            let a = 10.0_f64.powf(gain_db / 40.0);
            for q in [0.1, 0.3, 0.5, 0.71, 1.0, 2.0] {
                let low = |x: f64| {
                    let middle = a.sqrt() / q;
                    a * a * power([a, middle, 1.0], x) / power([1.0, middle, a], x)
                };
                let class = usize::from(q > 1.0);
                let len = ringing_len(hz, 8.0 * q.max(1.0 / q));
                let mut settings = flat();
                settings.low_shelf = shelf(hz, gain_db, q);
                note(class, worst_error(&settings, hz, len, -30.0, low), hz, gain_db, q);
                let mut settings = flat();
                settings.high_shelf = shelf(hz, gain_db, q);
                note(class, worst_error(&settings, hz, len, -30.0, |x| low(1.0 / x)), hz, gain_db, q);
            }
            let mut settings = flat();
            (settings.tilt.pivot_hz, settings.tilt.gain_db) = (hz, gain_db);
            let tilt = |x: f64| (1.0 + (a * x).powi(2)) / (a * a + x * x);
            note(2, worst_error(&settings, hz, ringing_len(hz, 10.0), -30.0, tilt), hz, gain_db, 0.0);
        }
    }
    assert!(worst[0].0.abs() < 0.1, "a shelf up to Q 1: {:?}", worst[0]);
    assert!(worst[1].0.abs() < 0.35, "a shelf of Q 2: {:?}", worst[1]);
    assert!(worst[2].0.abs() < 0.1, "tilt: {:?}", worst[2]);
}

fn shelf(hz: f64, gain_db: f64, q: f64) -> lacquer_dsp::settings::ShelfSettings {
    lacquer_dsp::settings::ShelfSettings { frequency_hz: hz, gain_db, q, ..flat().high_shelf }
}

#[test]
fn passes_are_butterworth_at_every_slope() {
    let mut worst = [(0.0_f64, 0.0, 0.0, 0); 2];
    let mut below_20_khz = 0.0_f64;
    for hz in FREQUENCIES_HZ {
        for order in 1..=8 {
            let mut settings = flat();
            settings.high_pass.on = true;
            settings.high_pass.frequency_hz = hz;
            settings.high_pass.slope = Slope(order);
            let mut low = flat();
            low.low_pass = lacquer_dsp::settings::PassSettings { ..settings.high_pass };
            let n = 2 * order as i32;
            let len = ringing_len(hz, 16.0);
            let high = worst_error(&settings, hz, len, -90.0, |x| 1.0 / (1.0 + x.powi(-n)));
            let low = worst_error(&low, hz, len, -90.0, |x| 1.0 / (1.0 + x.powi(n)));
            for (worst, (error_db, at_hz)) in worst.iter_mut().zip([high, low]) {
                if hz < 20_000.0 {
                    below_20_khz = error_db.abs().max(below_20_khz);
                }
                if error_db.abs() > worst.0.abs() {
                    *worst = (error_db, at_hz, hz, order);
                }
            }
        }
    }
    assert!(
        worst.iter().all(|worst| worst.0.abs() < 0.12) && below_20_khz < 0.1,
        "high-pass, low-pass: {worst:?}"
    );
}

/// The curve on screen is the sound.
#[test]
fn the_response_is_what_is_rendered() {
    let mut settings = flat();
    settings.high_pass.on = true;
    settings.low_pass.on = true;
    settings.low_shelf.gain_db = 5.0;
    settings.bells[0].gain_db = -9.0;
    settings.bells[3].gain_db = 7.0;
    settings.bells[3].q = 4.0;
    settings.high_shelf.gain_db = -4.0;
    settings.tilt.gain_db = 3.0;
    settings.bells[1].gain_db = 11.0;
    settings.bells[1].placement = Placement::Side;
    settings.bells[2].gain_db = 20.0;
    settings.bells[2].on = false;
    for rate_hz in [8_000.0, 44_100.0, 192_000.0] {
        let len = 1 << 16;
        let mid = spectrum(&settings, rate_hz, len);
        for bin in (8..len / 2).step_by(97) {
            let hz = bin as f64 * rate_hz / len as f64;
            let [drawn_db, _] = Equaliser::response_db(&settings, rate_hz, hz);
            let heard_db = 10.0 * mid[bin].log10();
            assert!(
                drawn_db < -80.0 || (drawn_db - heard_db).abs() < 0.01,
                "{hz} Hz: {drawn_db} drawn, {heard_db} heard"
            );
        }
    }
}

#[test]
fn placement_filters_only_its_share() {
    let noise = |seed| crate::random::Random::new(seed).noise(9600);
    for (placement, mid_changes, side_changes) in
        [(Placement::Stereo, true, true), (Placement::Mid, true, false), (Placement::Side, false, true)]
    {
        let mut settings = flat();
        settings.bells[0].gain_db = 12.0;
        settings.bells[0].placement = placement;
        settings.low_pass.on = true;
        settings.low_pass.placement = placement;
        let (left, right) = (noise(1), noise(2));
        let (mut l, mut r) = (left.clone(), right.clone());
        prepared(&settings, RATE_HZ).process(&mut Block::stereo(&mut l, &mut r));
        let change = |sign: f32| {
            (0..9600).map(|n| (l[n] + sign * r[n] - left[n] - sign * right[n]).abs()).fold(0.0, f32::max)
        };
        assert_eq!([change(1.0) > 1e-3, change(-1.0) > 1e-3], [mid_changes, side_changes], "{placement:?}");
        assert!(mid_changes || change(1.0) < 1e-6);
        assert!(side_changes || change(-1.0) < 1e-6);
    }
}

#[test]
fn flat_and_off_are_the_input_bit_for_bit() {
    let input = crate::random::Random::new(3).noise(4800);
    let mut settings = flat();
    settings.bells[1].gain_db = 12.0;
    settings.bells[1].on = false;
    let (mut l, mut r) = (input.clone(), input.iter().rev().copied().collect::<Vec<_>>());
    let right = r.clone();
    let mut equaliser = prepared(&settings, RATE_HZ);
    equaliser.process(&mut Block::stereo(&mut l, &mut r));
    assert_eq!((&l, &r), (&input, &right));
    // And again once a band has come and gone.
    for on in [true, false] {
        settings.bells[1].on = on;
        equaliser.set(&settings);
        (l, r) = (input.clone(), right.clone());
        equaliser.process(&mut Block::stereo(&mut l, &mut r));
    }
    (l, r) = (input.clone(), right.clone());
    equaliser.process(&mut Block::stereo(&mut l, &mut r));
    assert_eq!((&l, &r), (&input, &right));
}

/// The strongest line further than `away_hz` from the tone, relative to the tone, while `change` runs at every block of 64.
fn strongest_stray_db(tone_hz: f64, away_hz: f64, change: impl Fn(&mut EqualiserSettings, usize)) -> f64 {
    let len = 1 << 16;
    let mut left: Vec<f32> = (0..len).map(|n| (TAU * tone_hz * n as f64 / RATE_HZ).sin() as f32).collect();
    let mut right: Vec<f32> = (0..len).map(|n| (TAU * tone_hz * n as f64 / RATE_HZ).cos() as f32).collect();
    let mut settings = flat();
    change(&mut settings, 0);
    let mut equaliser = prepared(&settings, RATE_HZ);
    for (idx, (l, r)) in left.chunks_mut(64).zip(right.chunks_mut(64)).enumerate() {
        change(&mut settings, idx);
        equaliser.set(&settings);
        equaliser.process(&mut Block::stereo(l, r));
    }
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let mut samples: Vec<f64> = left
        .iter()
        .enumerate()
        .map(|(n, x)| {
            let t = TAU * n as f64 / len as f64;
            let window = 0.35875 - 0.48829 * t.cos() + 0.14128 * (2.0 * t).cos() - 0.01168 * (3.0 * t).cos();
            window * f64::from(*x)
        })
        .collect();
    let mut bins = fft.make_output_vec();
    fft.process(&mut samples, &mut bins).unwrap();
    let hz = |bin: usize| bin as f64 * RATE_HZ / len as f64;
    let largest = |away: &dyn Fn(f64) -> bool| {
        (0..bins.len())
            .filter(|bin| away((hz(*bin) - tone_hz).abs()))
            .map(|bin| bins[bin].norm())
            .fold(0.0, f64::max)
    };
    db(largest(&|hz| hz > away_hz) / largest(&|hz| hz <= away_hz))
}

/// There and back in 512 blocks, 0 to 1.
fn triangle(idx: usize) -> f64 {
    1.0 - ((idx % 512) as f64 / 256.0 - 1.0).abs()
}

#[test]
fn sweeps_and_switches_do_not_click() {
    type Change = fn(&mut EqualiserSettings, usize);
    let sweeps: [(&str, f64, Change); 12] = [
        ("bell frequency", 1000.0, |s, idx| {
            s.bells[0].gain_db = 18.0;
            s.bells[0].q = 2.0;
            s.bells[0].frequency_hz = 20.0 * 1000.0_f64.powf(triangle(idx));
        }),
        ("bell cut frequency", 1000.0, |s, idx| {
            s.bells[0].gain_db = -18.0;
            s.bells[0].q = 2.0;
            s.bells[0].frequency_hz = 20.0 * 1000.0_f64.powf(triangle(idx));
        }),
        ("bell gain", 1000.0, |s, idx| {
            s.bells[0].frequency_hz = 1200.0;
            s.bells[0].gain_db = 48.0 * triangle(idx) - 24.0;
        }),
        ("bell Q", 1000.0, |s, idx| {
            s.bells[0].frequency_hz = 1100.0;
            s.bells[0].gain_db = 12.0;
            s.bells[0].q = 0.1 * 240.0_f64.powf(triangle(idx));
        }),
        ("bell jumps", 1000.0, |s, idx| {
            s.bells[0].gain_db = 12.0;
            s.bells[0].frequency_hz = if idx / 100 % 2 == 0 { 900.0 } else { 4000.0 };
        }),
        ("high shelf frequency", 3000.0, |s, idx| {
            s.high_shelf.gain_db = 12.0;
            s.high_shelf.frequency_hz = 200.0 * 100.0_f64.powf(triangle(idx));
        }),
        ("high-pass frequency", 1000.0, |s, idx| {
            s.high_pass.on = true;
            s.high_pass.slope = Slope(8);
            s.high_pass.frequency_hz = 20.0 * 50.0_f64.powf(triangle(idx));
        }),
        ("low-pass frequency", 1000.0, |s, idx| {
            s.low_pass.on = true;
            s.low_pass.slope = Slope(4);
            s.low_pass.frequency_hz = 800.0 * 25.0_f64.powf(triangle(idx));
        }),
        ("bell on and off", 1000.0, |s, idx| {
            s.bells[0].frequency_hz = 1000.0;
            s.bells[0].gain_db = 12.0;
            s.bells[0].on = idx / 100 % 2 == 0;
        }),
        ("high-pass on and off", 1000.0, |s, idx| {
            s.high_pass.frequency_hz = 700.0;
            s.high_pass.on = idx / 100 % 2 == 0;
        }),
        ("placement", 1000.0, |s, idx| {
            s.bells[0].frequency_hz = 1000.0;
            s.bells[0].gain_db = 12.0;
            s.bells[0].placement.set_index(idx / 80 % 3);
        }),
        ("slope", 1000.0, |s, idx| {
            s.high_pass.on = true;
            s.high_pass.frequency_hz = 700.0;
            s.high_pass.slope = Slope(1 + idx / 100 % 8);
        }),
    ];
    let mut loud = Vec::new();
    for (name, tone_hz, change) in sweeps {
        let stray_db = strongest_stray_db(tone_hz, 600.0, change);
        if stray_db > -80.0 {
            loud.push((name, stray_db));
        }
    }
    assert!(loud.is_empty(), "strays: {loud:?}");
}

/// The settled gain of a dynamic bell on a tone in its middle is the closed form: half a decibel for each over the threshold.
#[test]
fn dynamic_bells_follow_their_curve() {
    for (gain_db, range_db, placement) in
        [(0.0, -12.0, Placement::Stereo), (3.0, 8.0, Placement::Stereo), (-6.0, -4.0, Placement::Mid)]
    {
        for level_db in [-50.0, -31.0, -26.0, -20.0, -10.0, -1.0_f64] {
            let mut settings = flat();
            settings.attack_ms = 1.0;
            settings.release_ms = 2500.0;
            let bell = &mut settings.bells[1];
            (bell.frequency_hz, bell.q, bell.gain_db) = (1000.0, 1.0, gain_db);
            (bell.threshold_db, bell.range_db, bell.placement) = (-30.0, range_db, placement);
            let amplitude = 10.0_f64.powf(level_db / 20.0);
            let mut left: Vec<f32> =
                (0..48_000).map(|n| (amplitude * (TAU * n as f64 / 48.0).sin()) as f32).collect();
            let mut right = left.clone();
            prepared(&settings, RATE_HZ).process(&mut Block::stereo(&mut left, &mut right));
            let moved_db = (0.5 * (level_db + 30.0)).clamp(0.0, f64::abs(range_db)) * range_db.signum();
            let heard_db = db(partial(&left[24_000..], 1000.0, RATE_HZ) / amplitude);
            let expected_db = gain_db + moved_db;
            assert!(
                (heard_db - expected_db).abs() < 0.05,
                "{level_db} dB: {heard_db} instead of {expected_db}"
            );
        }
    }
}

/// A level that jumps over the threshold moves the gain within the attack, and a quiet one lets it go within the release.
#[test]
fn dynamic_bells_keep_their_times() {
    let mut settings = flat();
    settings.attack_ms = 20.0;
    settings.release_ms = 100.0;
    let bell = &mut settings.bells[1];
    (bell.frequency_hz, bell.q, bell.threshold_db, bell.range_db) = (1000.0, 1.0, -40.0, -12.0);
    let amplitude = |n: usize| if (24_000..48_000).contains(&n) { 0.5 } else { 0.001 };
    let mut left: Vec<f32> =
        (0..72_000).map(|n| (amplitude(n) * (TAU * n as f64 / 48.0).sin()) as f32).collect();
    let mut right = left.clone();
    prepared(&settings, RATE_HZ).process(&mut Block::stereo(&mut left, &mut right));
    let gain_db = |at: usize| {
        let part = &left[at - 96..at + 96];
        let rms = (part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 192.0).sqrt();
        db(rms * 2.0_f64.sqrt() / amplitude(at))
    };
    let share = 1.0 - (-1.0_f64).exp();
    assert!((gain_db(24_000 + 960) + 12.0 * share).abs() < 0.8, "attack: {}", gain_db(24_000 + 960));
    assert!((gain_db(47_000) + 12.0).abs() < 0.1, "settled: {}", gain_db(47_000));
    // The attack's one-pole follows the release's, so the way back takes both times: e^-t/r and e^-t/a folded.
    let (r, a, t) = (100.0, 20.0, 100.0);
    let left_share = (r * f64::exp(-t / r) - a * f64::exp(-t / a)) / (r - a);
    assert!((gain_db(48_000 + 4800) + 12.0 * left_share).abs() < 0.8, "release: {}", gain_db(48_000 + 4800));
}
