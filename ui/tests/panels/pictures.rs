//! What the pages' curves are drawn from is what the modules do to a sine.

use lacquer_dsp::block::Block;
use lacquer_dsp::modules::exciter::curve::harmonic_gains;
use lacquer_dsp::modules::exciter::{Exciter, focus_db, tone_db};
use lacquer_dsp::modules::stereo::{Stereo, width_at};
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ExciterSettings, StereoSettings};
use lacquer_dsp::units::db_to_gain;

const RATE_HZ: f64 = 48_000.0;
const LEN: usize = 48_000;

fn spec() -> ProcessSpec {
    ProcessSpec {
        sample_rate_hz: RATE_HZ,
        max_block_len: LEN,
        num_channels: 2,
        latency_mode: LatencyMode::Live,
    }
}

fn sine(amplitude: f64, frequency_hz: f64) -> Vec<f32> {
    let turn = std::f64::consts::TAU * frequency_hz / RATE_HZ;
    (0..LEN).map(|n| (amplitude * (turn * n as f64).sin()) as f32).collect()
}

/// The amplitude of a whole number of cycles in the last tenth of a second.
fn amplitude(samples: &[f32], frequency_hz: f64) -> f64 {
    let turn = std::f64::consts::TAU * frequency_hz / RATE_HZ;
    let samples = &samples[samples.len() - 4800..];
    let sum = |part: fn(f64) -> f64| -> f64 {
        samples.iter().enumerate().map(|(n, x)| f64::from(*x) * part(turn * n as f64)).sum()
    };
    2.0 / 4800.0 * sum(f64::sin).hypot(sum(f64::cos))
}

/// The width that is drawn is what is left of a side signal.
#[test]
fn widths_are_drawn_as_they_sound() {
    let settings = StereoSettings {
        width_low_percent: 60.0,
        width_high_percent: 150.0,
        crossover_hz: 500.0,
        mono_bass: true,
        mono_below_hz: 100.0,
        ..StereoSettings::default()
    };
    for frequency_hz in [50.0, 100.0, 200.0, 500.0, 2000.0, 9000.0] {
        let mut left = sine(0.1, frequency_hz);
        let mut right: Vec<_> = left.iter().map(|x| -x).collect();
        let mut stereo = Stereo::new();
        stereo.prepare(&spec()).expect("a usual format");
        stereo.set(&settings);
        stereo.process(&mut Block::stereo(&mut left, &mut right));
        let (drawn, heard) =
            (width_at(&settings, frequency_hz, RATE_HZ), amplitude(&left, frequency_hz) / 0.1);
        assert!((drawn - heard).abs() < 0.003, "{frequency_hz} Hz: drawn {drawn}, heard {heard}");
    }
}

/// The second and third harmonics that are drawn, with focus and tone, are those of a sine through the exciter.
#[test]
fn harmonics_are_drawn_as_they_sound() {
    let settings = ExciterSettings {
        drive_db: 15.0,
        focus_hz: 1000.0,
        focus_high_hz: 9000.0,
        even_percent: 40.0,
        tone_hz: 6000.0,
        mix_percent: 100.0,
        ..ExciterSettings::default()
    };
    for frequency_hz in [1500.0, 3000.0, 5000.0] {
        let mut left = sine(0.1, frequency_hz);
        let mut right = left.clone();
        let mut exciter = Exciter::new();
        exciter.prepare(&spec()).expect("a usual format");
        exciter.set(&settings);
        exciter.process(&mut Block::stereo(&mut left, &mut right));
        let focused = 0.1 * db_to_gain(focus_db(&settings, frequency_hz, RATE_HZ));
        let driven = (focused * db_to_gain(settings.drive_db)).min(1.0);
        let gains = harmonic_gains(driven as f32, 0.4);
        for order in [2, 3] {
            let harmonic_hz = order as f64 * frequency_hz;
            // Behind the curve is the lower edge once more; these harmonics lie an octave and more above it.
            let edge = 1.0 / (1.0 + (settings.focus_hz / harmonic_hz).powi(4)).sqrt();
            let toned = edge * db_to_gain(tone_db(&settings, harmonic_hz, RATE_HZ));
            let drawn = focused * f64::from(gains[order - 1].abs()) * toned;
            let heard = amplitude(&left, harmonic_hz);
            let off_db = 20.0 * (drawn / heard).log10();
            assert!(off_db.abs() < 0.2, "harmonic {order} of {frequency_hz} Hz: {off_db} dB off");
        }
    }
}
