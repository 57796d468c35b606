//! The multiband compressor against closed forms and the FFT, in both of its latency modes.

use crate::random::Random;
use crate::spectrum::{db, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::multiband::Multiband;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{BandSettings, ChainSettings, MultibandSettings};
use std::f64::consts::TAU;

const RATES_HZ: [f64; 8] = [8_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0, 384_000.0];
const MODES: [LatencyMode; 2] = [LatencyMode::Live, LatencyMode::Quality];

/// Every band does nothing.
fn neutral(num_bands: usize) -> MultibandSettings {
    let mut settings = ChainSettings::default().multiband;
    settings.num_bands = num_bands;
    for band in &mut settings.bands {
        band.ratio = 1.0;
    }
    settings
}

/// One band above 20 Hz has it all: every corner lies at the bottom, and only the highest band does something.
fn one_band(band: BandSettings) -> MultibandSettings {
    let mut settings = neutral(2);
    settings.crossovers_hz = [20.0; 5];
    settings.bands[1] = band;
    settings
}

fn band(threshold_db: f64, ratio: f64, knee_db: f64) -> BandSettings {
    let default = ChainSettings::default().multiband.bands[0];
    BandSettings { threshold_db, ratio, knee_db, attack_ms: 1.0, release_ms: 5.0, ..default }
}

/// Runs with settings that change at samples; the latency stays in.
fn run(
    mode: LatencyMode,
    rate_hz: f64,
    script: &[(usize, MultibandSettings)],
    input: &[Vec<f32>; 2],
) -> [Vec<f32>; 2] {
    let mut multiband = prepared(mode, rate_hz);
    let mut out = input.clone();
    let [left, right] = &mut out;
    let len = left.len();
    for (idx, (start, settings)) in script.iter().enumerate() {
        let end = script.get(idx + 1).map_or(len, |(at, _)| *at);
        multiband.set(settings);
        multiband.process(&mut Block::stereo(&mut left[*start..end], &mut right[*start..end]));
    }
    out
}

fn prepared(latency_mode: LatencyMode, sample_rate_hz: f64) -> Multiband {
    let mut multiband = Multiband::new();
    let spec = ProcessSpec { sample_rate_hz, max_block_len: 1 << 20, num_channels: 2, latency_mode };
    multiband.prepare(&spec).unwrap();
    multiband
}

fn latency(mode: LatencyMode, rate_hz: f64) -> usize {
    prepared(mode, rate_hz).latency_samples()
}

fn stereo(channel: Vec<f32>) -> [Vec<f32>; 2] {
    [channel.clone(), channel]
}

fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
    (0..len).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

/// Half the rate: its magnitude is the same at every sample, so that output over input is the gain at that sample.
fn alternating(level_db: impl Fn(usize) -> f64, len: usize) -> Vec<f32> {
    let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    (0..len).map(|n| (sign(n) * 10.0_f64.powf(level_db(n) / 20.0)) as f32).collect()
}

fn impulse_response(mode: LatencyMode, rate_hz: f64, settings: &MultibandSettings, len: usize) -> Vec<f64> {
    let mut impulse = vec![0.0; len];
    impulse[0] = 1.0;
    let [out, _] = run(mode, rate_hz, &[(0, *settings)], &stereo(impulse));
    out.into_iter().map(f64::from).collect()
}

/// Magnitudes of the bins up to half the rate.
fn magnitudes(samples: &[f64]) -> Vec<f64> {
    let fft = realfft::RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut samples.to_vec(), &mut spectrum).unwrap();
    spectrum.iter().map(|bin| bin.norm()).collect()
}

fn random_corners(random: &mut Random) -> [f64; 5] {
    let mut corners_hz = [0; 5].map(|_| 20.0 * 1000.0_f64.powf(random.unit()));
    corners_hz.sort_unstable_by(f64::total_cmp);
    corners_hz
}

#[test]
fn the_bands_of_live_sum_to_a_flat_response() {
    let mut random = Random::new(31);
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
            }
        }
    }
}

/// Whatever the crossovers and the number of bands are, and while they change.
#[test]
fn the_bands_of_quality_sum_to_a_pure_delay() {
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
            assert!(
                out[c][..delay].iter().all(|y| y.abs() < 1e-12),
                "sound before the latency at {rate_hz} Hz"
            );
        }
    }
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
            }
        }
    }
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
        }
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

/// The strongest partial further than 2 kHz from a tone of 1 kHz, relative to it, in any stretch of a sixth of a second.
fn loudest_click_db(samples: &[f32]) -> f64 {
    const LEN: usize = 8192;
    let window = |n: usize| {
        let x = TAU * n as f64 / LEN as f64;
        0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos()
    };
    let mut loudest = 0.0_f64;
    for start in (0..samples.len() - LEN).step_by(LEN / 8) {
        let part: Vec<f64> = (0..LEN).map(|n| window(n) * f64::from(samples[start + n])).collect();
        let first_bin = 3000 * LEN / 48_000;
        let beyond = magnitudes(&part)[first_bin..].iter().copied().fold(0.0, f64::max);
        loudest = loudest.max(beyond * 2.0 / (0.35875 * LEN as f64) / 0.5);
    }
    db(loudest)
}

/// What a switch without a fade measures, so that the bound of the next test means something.
#[test]
fn a_step_is_a_click() {
    let mut tone = sine(1000.0, 0.5, 48_000, 48_000.0);
    tone[24_017..].iter_mut().for_each(|x| *x *= 0.7);
    assert!(loudest_click_db(&tone) > -75.0, "{} dB", loudest_click_db(&tone));
}

#[test]
fn nothing_that_changes_while_audio_runs_clicks() {
    let base = {
        let mut settings = neutral(4);
        for (idx, band) in settings.bands.iter_mut().enumerate() {
            *band = BandSettings { makeup_db: 2.0 * idx as f64 - 3.0, ..*band };
        }
        settings
    };
    type Change = fn(&mut MultibandSettings, bool);
    let changes: [(&str, Change); 9] = [
        ("crossover 2", |s, on| s.crossovers_hz[1] = if on { 1400.0 } else { 600.0 }),
        ("every crossover", |s, on| {
            s.crossovers_hz = if on { [40.0, 90.0, 500.0, 1e3, 2e3] } else { [900.0, 3e3, 6e3, 9e3, 15e3] };
        }),
        ("fewer bands", |s, on| s.num_bands = if on { 2 } else { 4 }),
        ("more bands", |s, on| s.num_bands = if on { 6 } else { 3 }),
        ("solo", |s, on| s.bands[2].solo = on),
        ("solo of another", |s, on| s.bands[0].solo = on),
        ("bypass", |s, on| s.bands[2].bypass = on),
        ("band mix", |s, on| s.bands[2].mix_percent = if on { 10.0 } else { 100.0 }),
        ("link and mix", |s, on| {
            (s.link_percent, s.mix_percent) = if on { (0.0, 0.0) } else { (100.0, 100.0) }
        }),
    ];
    for mode in MODES {
        let tone = stereo(sine(1000.0, 0.5, 96_000, 48_000.0));
        for (name, change) in changes {
            let script: Vec<_> = (0..5)
                .map(|idx| {
                    let mut settings = base;
                    change(&mut settings, idx % 2 == 1);
                    (idx * 16_411, settings)
                })
                .collect();
            let [out, _] = run(mode, 48_000.0, &script, &tone);
            let click_db = loudest_click_db(&out[8000..]);
            assert!(click_db < -90.0, "{mode:?}, {name}: {click_db} dB");
            // The change was one: settled before and after, the level is another.
            let level = |end: usize| partial(&out[end - 4800..end], 1000.0, 48_000.0);
            let heard = (level(16_411) - level(32_800)).abs() > 1e-4;
            assert!(
                heard || name == "solo of another" && mode == LatencyMode::Live,
                "{mode:?}, {name} did nothing"
            );
        }
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
