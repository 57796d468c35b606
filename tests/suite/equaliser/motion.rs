//! Sweeps and switches, and what of them is heard.

use super::{RATE_HZ, flat, prepared};
use crate::quality::{Bar, figure};
use crate::spectrum::db;
use lacquer_dsp::block::Block;
use lacquer_dsp::param::Choice;
use lacquer_dsp::processor::Processor;
use lacquer_dsp::settings::{EqualiserSettings, Slope};
use realfft::RealFftPlanner;
use std::f64::consts::TAU;

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
    let sweeps: [(&str, f64, Change); 15] = [
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
        ("low shelf frequency, gain and Q", 3000.0, |s, idx| {
            s.low_shelf.gain_db = 30.0 * triangle(idx) - 15.0;
            s.low_shelf.q = 0.3 + 1.7 * triangle(2 * idx);
            s.low_shelf.frequency_hz = 100.0 * 200.0_f64.powf(triangle(idx));
        }),
        ("tilt gain and pivot", 1000.0, |s, idx| {
            s.tilt.gain_db = 24.0 * triangle(idx) - 12.0;
            s.tilt.pivot_hz = 100.0 * 100.0_f64.powf(triangle(idx));
        }),
        ("steep low-pass slope and placement", 1000.0, |s, idx| {
            s.low_pass.on = true;
            s.low_pass.frequency_hz = 1500.0;
            s.low_pass.slope = Slope(8 - idx / 90 % 8);
            s.low_pass.placement.set_index(idx / 130 % 3);
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
    let strays: Vec<(&str, f64)> = sweeps
        .into_iter()
        .map(|(name, tone_hz, change)| (name, strongest_stray_db(tone_hz, 600.0, change)))
        .collect();
    let loudest = strays.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert!(loudest.1 < -80.0, "strays: {strays:?}");
    let what = "Strongest line more than 600 Hz from a tone, relative to the tone, while frequency, gain, Q, slope, placement and on/off of bands move at every block of 64 samples, by FFT";
    figure("equaliser", what, loudest.1, "dB", Bar::AtMost(-80.0));
}
