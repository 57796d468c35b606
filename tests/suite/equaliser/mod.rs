//! The equaliser against the analogue closed forms, and its quiet while it moves.

mod accuracy;
mod dynamics;
mod motion;

use lacquer_dsp::block::Block;
use lacquer_dsp::modules::equaliser::Equaliser;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, EqualiserSettings, Placement};
use realfft::RealFftPlanner;

const RATE_HZ: f64 = 48_000.0;

/// Everything on its default and heard: flat.
pub(super) fn flat() -> EqualiserSettings {
    let mut settings = ChainSettings::default().equaliser;
    settings.bypass = false;
    settings
}

pub(super) fn prepared(settings: &EqualiserSettings, rate_hz: f64) -> Equaliser {
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
pub(super) fn spectrum(settings: &EqualiserSettings, rate_hz: f64, len: usize) -> Vec<f64> {
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
