//! The stereo module: width, mono bass and the correlation guard.

use crate::modules::{all_bypassed, render, sine};
use crate::random::Random;
use crate::spectrum::{db, partial};

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

