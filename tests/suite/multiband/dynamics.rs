//! What a band does to its level: curve, times, link, mix, solo and bypass.

use super::{MODES, alternating, band, latency, neutral, one_band, prepared, run, sine, stereo};
use crate::quality::{Bar, figure};
use crate::spectrum::{db, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::processor::{LatencyMode, Processor};
use lacquer_dsp::settings::{BandSettings, MultibandSettings};

/// Giannoulis, Massberg, Reiss, equation 4, and its mirror image.
fn closed_form_db(level_db: f64, band: &BandSettings) -> f64 {
    let knee = |over_db: f64| {
        let width_db = band.knee_db;
        if 2.0 * over_db <= -width_db {
            0.0
        } else if 2.0 * over_db.abs() < width_db {
            (over_db + width_db / 2.0).powi(2) / (2.0 * width_db)
        } else {
            over_db
        }
    };
    let up_db = (1.0 - 1.0 / band.upward_ratio) * knee(band.upward_threshold_db - level_db);
    up_db.min(band.upward_max_db) - (1.0 - 1.0 / band.ratio) * knee(level_db - band.threshold_db)
}

#[test]
fn the_static_curves_are_the_closed_forms() {
    let mut worst_db = 0.0_f64;
    for mode in MODES {
        let delay = latency(mode, 48_000.0);
        for (ratio, knee_db, upward_ratio, upward_max_db) in
            [(4.0, 6.0, 1.0, 6.0), (20.0, 0.0, 2.0, 12.0), (2.0, 24.0, 4.0, 18.0), (1.0, 12.0, 1.5, 3.0)]
        {
            let band = BandSettings {
                upward_threshold_db: -50.0,
                upward_ratio,
                upward_max_db,
                makeup_db: 3.0,
                ..band(-24.0, ratio, knee_db)
            };
            for level_db in (-36..0).map(|step| f64::from(step) * 2.5) {
                let input = stereo(alternating(|_| level_db, 12_000));
                let [out, _] = run(mode, 48_000.0, &[(0, one_band(band))], &input);
                let gain_db = db(f64::from((out[11_999] / input[0][11_999 - delay]).abs()));
                let off_db = gain_db - 3.0 - closed_form_db(level_db, &band);
                assert!(off_db.abs() < 0.05, "{mode:?}, {level_db} dB through {band:?}: {off_db} dB off");
                worst_db = worst_db.max(off_db.abs());
            }
        }
    }
    let what = "deviation of the static curve from the closed form, downward and upward, soft and hard knee";
    figure("multiband", what, worst_db, "dB", Bar::AtMost(0.05));
}

/// The peaks of a sine are what counts, if the release holds them.
#[test]
fn a_sine_is_compressed_by_its_peaks() {
    for level_db in [-40.0, -32.0, -30.0, -28.0, -20.0, -6.0_f64] {
        let band = BandSettings { release_ms: 2500.0, ..band(-30.0, 4.0, 6.0) };
        let amplitude = 10.0_f64.powf(level_db / 20.0);
        let input = stereo(sine(6000.0, amplitude, 48_000, 48_000.0));
        let [out, _] = run(LatencyMode::Live, 48_000.0, &[(0, one_band(band))], &input);
        let gain_db = db(partial(&out[24_000..], 6000.0, 48_000.0) / amplitude);
        let expected_db = closed_form_db(level_db, &band);
        assert!((gain_db - expected_db).abs() < 0.05, "{level_db} dB: {gain_db} dB, not {expected_db} dB");
    }
}

/// Samples until a gain has covered 1 - 1/e of its way from `from` on, with the part of a sample between two.
fn time_constant(gain_db: &[f64]) -> f64 {
    let (first, last) = (gain_db[0], gain_db[gain_db.len() - 1]);
    let covered = |n: usize| (gain_db[n] - first) / (last - first) - (1.0 - (-1.0_f64).exp());
    // From the end, since what the filters ring by at the step itself is no gain.
    let after = (0..gain_db.len()).rfind(|n| covered(*n) < 0.0).unwrap() + 1;
    after as f64 - covered(after) / (covered(after) - covered(after - 1))
}

/// The label is the time in which the gain, in dB, covers 63 % of its way after a step of the level.
#[test]
fn attack_and_release_last_as_long_as_their_labels() {
    let mut worst_percent = [0.0_f64; 2];
    for rate_hz in [8_000.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for (attack_ms, release_ms) in [
            (1.0, 5.0),
            (5.0, 50.0),
            (20.0, 150.0),
            (60.0, 120.0),
            (100.0, 20.0),
            (250.0, 100.0),
            (30.0, 600.0),
        ] {
            let band = BandSettings { attack_ms, release_ms, ..band(-16.0, 4.0, 0.0) };
            let samples = |ms: f64| (ms * 0.001 * rate_hz) as usize;
            let loud = samples(100.0);
            let quiet = loud + samples(12.0 * attack_ms);
            let end = quiet + samples(14.0 * (release_ms + attack_ms));
            let level_db = |n: usize| if (loud..quiet).contains(&n) { -10.0 } else { -60.0 };
            let gain_db = |settings: MultibandSettings, input: Vec<f32>| -> Vec<f64> {
                let input = stereo(input);
                let untouched = MultibandSettings { mix_percent: 0.0, ..settings };
                let [out, _] = run(LatencyMode::Live, rate_hz, &[(0, settings)], &input);
                let [unchanged, _] = run(LatencyMode::Live, rate_hz, &[(0, untouched)], &input);
                out.iter().zip(&unchanged).map(|(y, x)| db(f64::from(y / x).abs())).collect()
            };
            // The attack in the highest band, whose filters answer a rise at once.
            let rising = gain_db(one_band(band), alternating(level_db, quiet));
            let attack = time_constant(&rising[loud - 1..]) * 1000.0 / rate_hz;
            // The release in the lowest, whose filters leave little behind of what was loud: 6 dB down it has ended.
            let mut settings = neutral(2);
            settings.crossovers_hz = [20_000.0; 5];
            settings.bands[0] = band;
            let level = |n: usize| 10.0_f64.powf(level_db(n) / 20.0) as f32;
            let falling = gain_db(settings, (0..end).map(level).collect());
            let release = time_constant(&falling[quiet - 1..]) * 1000.0 / rate_hz;
            let at = format!("{attack_ms} and {release_ms} ms at {rate_hz} Hz");
            assert!((attack / attack_ms - 1.0).abs() < 0.05, "{at}: attack {attack} ms");
            assert!((release / release_ms - 1.0).abs() < 0.05, "{at}: release {release} ms");
            for (worst, ratio) in worst_percent.iter_mut().zip([attack / attack_ms, release / release_ms]) {
                *worst = worst.max(100.0 * (ratio - 1.0).abs());
            }
        }
    }
    for (stage, worst) in ["attack", "release"].iter().zip(worst_percent) {
        let what = format!("deviation of the {stage}'s 63 % from its label, 7 pairs of times at 5 rates");
        figure("multiband", &what, worst, "%", Bar::AtMost(5.0));
    }
}

#[test]
fn upward_compression_raises_the_noise_floor_by_its_maximum_and_no_more() {
    let band = BandSettings { upward_ratio: 4.0, upward_max_db: 9.0, ..band(0.0, 1.0, 0.0) };
    let gain_at = |level_db: f64| {
        let input = stereo(alternating(|_| level_db, 24_000));
        let [out, _] = run(LatencyMode::Live, 48_000.0, &[(0, one_band(band))], &input);
        out.iter().zip(&input[0]).map(|(y, x)| db(f64::from(y / x).abs())).fold(f64::MIN, f64::max)
    };
    for level_db in [-80.0, -120.0, -200.0, -400.0] {
        assert!((gain_at(level_db) - 9.0).abs() < 0.01, "{level_db} dB rose by {} dB", gain_at(level_db));
    }
    let [out, _] = run(LatencyMode::Live, 48_000.0, &[(0, one_band(band))], &stereo(vec![0.0; 24_000]));
    assert!(out.iter().all(|y| *y == 0.0), "silence is not silent");
}

/// A loud left and a quiet right channel: the right one's share of the left one's reduction is the link.
#[test]
fn the_link_is_a_share_of_the_louder_channels_reduction() {
    let input = [alternating(|_| -10.0, 24_000), alternating(|_| -50.0, 24_000)];
    for (link_percent, expected_db) in [(0.0, 0.0), (50.0, -7.5), (100.0, -15.0)] {
        let settings = MultibandSettings { link_percent, ..one_band(band(-30.0, 4.0, 0.0)) };
        let out = run(LatencyMode::Live, 48_000.0, &[(0, settings)], &input);
        for (c, expected_db) in [(0, -15.0), (1, expected_db)] {
            let gain_db = db(f64::from(out[c][23_999] / input[c][23_999]));
            assert!((gain_db - expected_db).abs() < 0.01, "channel {c}, {link_percent} %: {gain_db} dB");
        }
    }
}

#[test]
fn both_mixes_are_shares_of_the_compressed_band() {
    let input = stereo(alternating(|_| -10.0, 24_000));
    for (mix_percent, band_percent, expected) in [(100.0, 50.0, 0.5), (30.0, 100.0, 0.3), (50.0, 40.0, 0.2)] {
        let band = BandSettings { mix_percent: band_percent, ..band(-30.0, 4.0, 0.0) };
        let settings = MultibandSettings { mix_percent, ..one_band(band) };
        let [out, _] = run(LatencyMode::Live, 48_000.0, &[(0, settings)], &input);
        let gain = f64::from(out[23_999] / input[0][23_999]);
        let expected = 1.0 + expected * (10.0_f64.powf(-15.0 / 20.0) - 1.0);
        assert!((gain - expected).abs() < 1e-3, "{mix_percent} % of {band_percent} %: {gain} not {expected}");
    }
}

#[test]
fn solo_silences_the_other_bands_and_bypass_leaves_a_band_alone() {
    for mode in MODES {
        let delay = latency(mode, 48_000.0);
        let tone = |frequency_hz| stereo(sine(frequency_hz, 0.5, 48_000, 48_000.0));
        let gain_db = |settings: MultibandSettings, frequency_hz| {
            let [out, _] = run(mode, 48_000.0, &[(0, settings)], &tone(frequency_hz));
            db(partial(&out[24_000 + delay / 2..], frequency_hz, 48_000.0) / 0.5)
        };
        let mut settings = neutral(3);
        settings.crossovers_hz[..2].copy_from_slice(&[200.0, 4000.0]);
        settings
            .bands
            .iter_mut()
            .for_each(|band| *band = BandSettings { ratio: 4.0, threshold_db: -40.0, ..*band });
        settings.bands[1].bypass = true;
        assert!(gain_db(settings, 900.0).abs() < 0.05, "{mode:?}: a bypassed band");
        assert!(gain_db(settings, 12_000.0) < -10.0, "{mode:?}: a band that is not bypassed");
        settings.bands[1].solo = true;
        assert!(gain_db(settings, 900.0).abs() < 0.05, "{mode:?}: a soloed band");
        for frequency_hz in [40.0, 16_000.0] {
            assert!(gain_db(settings, frequency_hz) < -45.0, "{mode:?}: {frequency_hz} Hz beside the solo");
        }
        // A band that is not there cannot silence those that are.
        settings.bands[1].solo = false;
        settings.bands[5].solo = true;
        assert!(gain_db(settings, 900.0).abs() < 0.05, "{mode:?}: solo of a band beyond the last");
    }
}

/// The display is told what the gain is: 15 dB of reduction, or 9 dB of upward gain as a negative one.
#[test]
fn the_reduction_shown_is_the_reduction_heard() {
    let settings = BandSettings { upward_ratio: 4.0, upward_max_db: 9.0, ..band(-30.0, 4.0, 0.0) };
    for (level_db, expected_db) in [(-10.0, 15.0), (-40.0, 0.0), (-90.0, -9.0)] {
        let mut multiband = prepared(LatencyMode::Live, 48_000.0);
        multiband.set(&one_band(settings));
        multiband.process(&mut Block::mono(&mut alternating(|_| level_db, 24_000)));
        let shown_db = multiband.reduction_db()[1];
        assert!((shown_db - expected_db).abs() < 0.01, "{level_db} dB: {shown_db} dB");
    }
}
