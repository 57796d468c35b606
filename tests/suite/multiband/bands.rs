//! How the bands are cut: flat or a pure delay when summed, and apart from each other.

use super::{MODES, RATES_HZ, impulse_response, latency, magnitudes, neutral, random_corners, run};
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::spectrum::db;
use lacquer_dsp::processor::LatencyMode;

#[test]
fn the_bands_of_live_sum_to_a_flat_response() {
    let mut random = Random::new(31);
    let mut worst_db = 0.0_f64;
    for rate_hz in RATES_HZ {
        for num_bands in 2..=6 {
            let mut settings = neutral(num_bands);
            let wild = random_corners(&mut random);
            for corners_hz in [settings.crossovers_hz, [20.0; 5], [20_000.0; 5], wild] {
                settings.crossovers_hz = corners_hz;
                let len = (rate_hz * 0.34) as usize;
                let response =
                    impulse_response(LatencyMode::Live, rate_hz, &settings, len.next_power_of_two());
                let worst = magnitudes(&response).into_iter().map(|m| db(m).abs()).fold(0.0, f64::max);
                assert!(worst < 0.01, "{num_bands} bands at {rate_hz} Hz, {corners_hz:?}: {worst} dB off");
                worst_db = worst_db.max(worst);
            }
        }
    }
    let what = "deviation of the summed bands from a flat response, Live, 2 to 6 bands, 8 rates, by FFT of the impulse response";
    figure("multiband", what, worst_db, "dB", Bar::AtMost(0.01));
}

/// Whatever the crossovers and the number of bands are, and while they change.
#[test]
fn the_bands_of_quality_sum_to_a_pure_delay() {
    let mut residual_db = f64::NEG_INFINITY;
    for rate_hz in RATES_HZ {
        let mut random = Random::new(32);
        let delay = latency(LatencyMode::Quality, rate_hz);
        let len = 12 * delay;
        let input = [random.noise(len), random.noise(len)];
        let script: Vec<_> = (0..8)
            .map(|idx| {
                let mut settings = neutral(2 + random.below(5));
                settings.crossovers_hz = random_corners(&mut random);
                (idx * len / 8, settings)
            })
            .collect();
        let out = run(LatencyMode::Quality, rate_hz, &script, &input);
        for c in 0..2 {
            let pairs = out[c][delay..].iter().zip(&input[c]);
            let worst = pairs.map(|(y, x)| f64::from(y - x).abs()).fold(0.0, f64::max);
            assert!(db(worst) < -120.0, "{} dB beside the input at {rate_hz} Hz", db(worst));
            residual_db = residual_db.max(db(worst));
            assert!(
                out[c][..delay].iter().all(|y| y.abs() < 1e-12),
                "sound before the latency at {rate_hz} Hz"
            );
        }
    }
    let what =
        "residual of the summed bands against the delayed noise, Quality, while crossovers and bands change";
    // None at all reads -300 dBFS.
    figure("multiband", what, residual_db.max(-300.0), "dBFS", Bar::AtMost(-120.0));
}

#[test]
fn the_latency_is_a_hop_and_a_half() {
    let expected = [384, 1536, 3072, 3072, 6144, 6144, 12_288, 24_576];
    for (rate_hz, expected) in RATES_HZ.into_iter().zip(expected) {
        assert_eq!(latency(LatencyMode::Quality, rate_hz), expected, "at {rate_hz} Hz");
        assert_eq!(latency(LatencyMode::Live, rate_hz), 0, "at {rate_hz} Hz");
    }
}

/// The response of one soloed band of two, as a function of frequency.
fn solo_response(mode: LatencyMode, rate_hz: f64, corner_hz: f64, band_idx: usize) -> impl Fn(f64) -> f64 {
    let mut settings = neutral(2);
    settings.crossovers_hz[0] = corner_hz;
    settings.bands[band_idx].solo = true;
    let len = (rate_hz * 0.34) as usize;
    let response = impulse_response(mode, rate_hz, &settings, len.next_power_of_two());
    let spectrum = magnitudes(&response);
    move |frequency_hz| {
        let bin = frequency_hz / rate_hz * response.len() as f64;
        let (below, share) = (bin.floor() as usize, bin.fract());
        db(spectrum[below] + share * (spectrum[below + 1] - spectrum[below]))
    }
}

/// An octave from its corner a band is 24 dB down, and a fourth-order Linkwitz-Riley's 6.02 dB at it, in both modes alike.
#[test]
fn neighbouring_bands_are_separated_from_100_hz_on() {
    for mode in MODES {
        for rate_hz in RATES_HZ {
            for corner_hz in [100.0, 180.0, 700.0, 1500.0] {
                let low = solo_response(mode, rate_hz, corner_hz, 0);
                let high = solo_response(mode, rate_hz, corner_hz, 1);
                let at = format!("{mode:?}, {corner_hz} Hz at {rate_hz} Hz");
                assert!(low(2.0 * corner_hz) < -24.0, "{at}: low {} dB", low(2.0 * corner_hz));
                assert!(high(0.5 * corner_hz) < -24.0, "{at}: high {} dB", high(0.5 * corner_hz));
                for band in [&low, &high] {
                    assert!((band(corner_hz) + 6.02).abs() < 0.1, "{at}: {} dB", band(corner_hz));
                }
            }
        }
    }
}

/// What the filters let through of an impulse lies the same way on both sides of the latency.
#[test]
fn the_bands_of_quality_have_linear_phase() {
    let delay = latency(LatencyMode::Quality, 48_000.0);
    for band_idx in 0..4 {
        let mut settings = neutral(4);
        settings.bands[band_idx].solo = true;
        let response = impulse_response(LatencyMode::Quality, 48_000.0, &settings, 2 * delay + 1);
        let worst = (0..delay).map(|n| (response[n] - response[2 * delay - n]).abs()).fold(0.0, f64::max);
        assert!(db(worst) < -140.0, "band {band_idx}: {} dB", db(worst));
        assert!(response[delay] > 1e-3, "band {band_idx} is empty");
    }
}
