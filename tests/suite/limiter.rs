//! The true-peak limiter against an FFT of 16 or 32 times the rate, closed forms of its release, and its own promises.
#![expect(clippy::print_stdout, reason = "the measured figures are part of the result")]

use crate::random::Random;
use crate::signals::{burst_between_samples, faded_sine, gain};
use crate::spectrum::{db, partial, true_peak};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::limiter::Limiter;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, LimiterCharacter, LimiterSettings};
use std::f64::consts::TAU;

const MODES: [LatencyMode; 2] = [LatencyMode::Live, LatencyMode::Quality];
const CHARACTERS: [LimiterCharacter; 3] =
    [LimiterCharacter::Transparent, LimiterCharacter::Punchy, LimiterCharacter::Loud];
const CEILING_DBTP: f64 = -1.0;

/// Half a second at 48 kHz; with the reference's margins a power of two.
const LEN: usize = (1 << 15) - 8192;

fn settings() -> LimiterSettings {
    let settings = ChainSettings::default().limiter;
    assert_eq!((settings.ceiling_dbtp, settings.release_ms), (CEILING_DBTP, 120.0), "the defaults");
    settings
}

fn prepared(settings: &LimiterSettings, rate_hz: f64, latency_mode: LatencyMode) -> Limiter {
    let mut limiter = Limiter::new();
    let spec = ProcessSpec { sample_rate_hz: rate_hz, max_block_len: 512, num_channels: 2, latency_mode };
    limiter.prepare(&spec).unwrap();
    limiter.set(settings);
    limiter
}

/// What the limiter makes of two channels, its latency taken off.
fn limited(
    settings: &LimiterSettings,
    rate_hz: f64,
    mode: LatencyMode,
    channels: [&[f32]; 2],
) -> [Vec<f32>; 2] {
    let mut limiter = prepared(settings, rate_hz, mode);
    let latency = limiter.latency_samples();
    let mut out = channels.map(<[f32]>::to_vec);
    out.iter_mut().for_each(|channel| channel.resize(channels[0].len() + latency, 0.0));
    let [left, right] = &mut out;
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        limiter.process(&mut Block::stereo(left, right));
    }
    out.map(|channel| channel[latency..].to_vec())
}

fn limited_mono(settings: &LimiterSettings, rate_hz: f64, mode: LatencyMode, input: &[f32]) -> Vec<f32> {
    let [left, right] = limited(settings, rate_hz, mode, [input, input]);
    assert_eq!(left, right, "equal channels stay equal");
    left
}

fn scaled(samples: &[f32], by_db: f64) -> Vec<f32> {
    samples.iter().map(|x| (f64::from(*x) * gain(by_db)) as f32).collect()
}

fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
    (0..len).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

fn clipped(samples: &[f32], by_db: f64) -> Vec<f32> {
    scaled(samples, by_db).iter().map(|x| x.clamp(-1.0, 1.0)).collect()
}

/// From 20 Hz to 20 kHz in equal times for equal ratios or for equal differences.
fn chirp(len: usize, rate_hz: f64, is_logarithmic: bool) -> Vec<f32> {
    let length_s = len as f64 / rate_hz;
    let cycles = |t: f64| {
        if is_logarithmic {
            let rise_s = length_s / 1000.0_f64.ln();
            20.0 * rise_s * ((t / rise_s).exp() - 1.0)
        } else {
            20.0 * t + (20_000.0 - 20.0) * t * t / (2.0 * length_s)
        }
    };
    (0..len).map(|n| (TAU * cycles(n as f64 / rate_hz)).sin() as f32).collect()
}

/// Pulses of a falling voice through two resonances, in syllables.
fn speech_like(len: usize, rate_hz: f64) -> Vec<f32> {
    let mut states = [[0.0_f64; 2]; 2];
    let mut phase = 0.0;
    (0..len)
        .map(|n| {
            let t = n as f64 / rate_hz;
            phase += (140.0 - 30.0 * t) / rate_hz;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= pulse;
            let mut sum = 0.0;
            for (state, (formant_hz, width_hz)) in states.iter_mut().zip([(650.0, 60.0), (2400.0, 160.0)]) {
                let radius = (-std::f64::consts::PI * width_hz / rate_hz).exp();
                let y = pulse + 2.0 * radius * (TAU * formant_hz / rate_hz).cos() * state[0]
                    - radius * radius * state[1];
                *state = [y, state[0]];
                sum += y;
            }
            (0.08 * sum * (0.5 - 0.5 * (TAU * 4.0 * t).cos())) as f32
        })
        .collect()
}

/// How far the output's true peak is above the ceiling, after its sample peak was found to be under it.
fn over_db(out: &[f32], factor: usize, what: &str) -> f64 {
    let sample_peak_db = db(out.iter().fold(0.0, |peak, x| f64::max(peak, f64::from(x.abs()))));
    assert!(sample_peak_db <= CEILING_DBTP, "{what}: a sample of {sample_peak_db} dBFS");
    db(true_peak(out, factor)) - CEILING_DBTP
}

/// The signals of the programme class, each some way above the ceiling.
fn band_limited_signals(rate_hz: f64) -> Vec<(String, Vec<f32>)> {
    let mut signals = vec![("speech".to_owned(), scaled(&speech_like(LEN, rate_hz), 12.0))];
    for frequency_hz in [50.0, 997.0, 5_000.0, 12_000.0, 15_013.0, 18_999.0, 20_000.0] {
        let name = format!("sine of {frequency_hz} Hz");
        signals.push((name, scaled(&sine(frequency_hz, 1.0, LEN, rate_hz), 24.0)));
    }
    let rate = rate_hz as u32;
    for (divisor, phase_degrees) in [(4.0, 0.0), (4.0, 45.0), (6.0, 60.0), (8.0, 67.5)] {
        let name = format!("Tech 3341: rate / {divisor}, {phase_degrees} degrees");
        signals.push((name, scaled(&faded_sine(1.0 / divisor, 1.41, phase_degrees, rate), 6.0)));
    }
    for offset in 0..4 {
        let name = format!("Tech 3341: burst at {offset}");
        signals.push((name, scaled(&burst_between_samples(offset, rate), 6.0)));
    }
    for half_period in [109, 24, 480] {
        let square = |n: usize| if (n / half_period).is_multiple_of(2) { 0.9 } else { -0.9 };
        signals.push((
            format!("square of {half_period}"),
            scaled(&(0..LEN).map(square).collect::<Vec<_>>(), 12.0),
        ));
    }
    let mut impulses = vec![0.0; LEN];
    for (n, at) in (1000..LEN - 100).step_by(2003).enumerate() {
        impulses[at] = 2.0;
        impulses[at + 1 + n % 3] = if n.is_multiple_of(2) { 2.0 } else { -2.0 };
    }
    signals.push(("impulses".to_owned(), impulses));
    signals
}

#[test]
fn the_ceiling_holds_within_a_tenth_of_a_decibel() {
    let mut worst = Vec::new();
    for rate_hz in [44_100.0, 48_000.0] {
        for (name, input) in band_limited_signals(rate_hz) {
            for mode in MODES {
                for character in CHARACTERS {
                    let settings = LimiterSettings { character, ..settings() };
                    let what = format!("{name}, {rate_hz} Hz, {mode:?}, {character:?}");
                    let over = over_db(&limited_mono(&settings, rate_hz, mode, &input), 32, &what);
                    worst.push((over, what));
                }
            }
        }
    }
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (over, what) in worst.iter().take(12) {
        println!("{over:+.3} dB {what}");
    }
    assert!(worst[0].0 <= 0.10, "{} dB over: {}", worst[0].0, worst[0].1);
}

/// Parts of a long signal, faded at both ends and overlapping by more than the fades.
fn faded_parts(samples: &[f32]) -> impl Iterator<Item = Vec<f32>> {
    const FADE: usize = 480;
    const PART: usize = (1 << 16) - 8192;
    (0..samples.len()).step_by(PART - 2 * FADE).map(move |start| {
        let mut part = samples[start..samples.len().min(start + PART)].to_vec();
        let len = part.len();
        for (n, x) in part.iter_mut().enumerate() {
            *x *= (n.min(len - 1 - n) as f32 / FADE as f32).min(1.0);
        }
        part
    })
}

#[test]
fn music_stays_under_the_ceiling() {
    let [left, right] = lacquer_offline::demo::render().map(|channel| scaled(&channel[..48_000 * 12], 18.0));
    for (mode, character) in MODES.into_iter().zip([LimiterCharacter::Loud, LimiterCharacter::Transparent]) {
        let settings = LimiterSettings { character, transient_link_percent: 50.0, ..settings() };
        let out = limited(&settings, 48_000.0, mode, [&left, &right]);
        let overs =
            out.iter().flat_map(|channel| faded_parts(channel)).map(|part| over_db(&part, 32, "music"));
        let worst = overs.fold(f64::NEG_INFINITY, f64::max);
        println!("music, {mode:?}, {character:?}: {worst:+.3} dB");
        assert!(worst <= 0.10, "{mode:?}, {character:?}: {worst} dB over");
        assert!(worst > -0.5, "{mode:?}: music that was driven hard reaches the ceiling, not {worst} dB");
    }
}

/// Aliased harmonics reach half the rate, where no filter of practical length sees them.
#[test]
fn a_clipped_chirp_stays_under_the_ceiling() {
    let mut worst = f64::NEG_INFINITY;
    for (length_s, is_logarithmic, clip_db) in [
        (1.4, true, 12.0),
        (1.4, false, 12.0),
        (4.0, true, 12.0),
        (4.0, false, 12.0),
        (4.0, true, 3.0),
        (4.0, false, 3.0),
    ] {
        for rate_hz in [44_100.0, 48_000.0] {
            let len = (length_s * rate_hz) as usize;
            let input = scaled(&clipped(&chirp(len, rate_hz, is_logarithmic), clip_db), 12.0);
            let what = format!(
                "chirp of {length_s} s, logarithmic: {is_logarithmic}, clipped by {clip_db} dB, {rate_hz} Hz"
            );
            for mode in MODES {
                let over = over_db(&limited_mono(&settings(), rate_hz, mode, &input), 16, &what);
                println!("{what}, {mode:?}: {over:+.3} dB");
                if mode == LatencyMode::Quality {
                    worst = worst.max(over);
                }
            }
        }
    }
    assert!(worst <= 0.0, "{worst} dB over");
}

#[test]
fn clipped_white_noise_stays_within_half_a_decibel() {
    let mut worst = f64::NEG_INFINITY;
    for seed in 0..4 {
        let noise = Random::new(seed).noise(LEN);
        for clip_db in [0.0, 12.0] {
            let input = scaled(&clipped(&noise, clip_db), 12.0);
            for mode in MODES {
                let over = over_db(&limited_mono(&settings(), 48_000.0, mode, &input), 32, "noise");
                println!("noise {seed} clipped by {clip_db} dB, {mode:?}: {over:+.3} dB");
                worst = worst.max(over);
            }
        }
    }
    assert!(worst <= 0.5, "{worst} dB over");
}

/// Total harmonic distortion of 50 Hz under 6 dB of reduction, of the second half of three seconds.
fn thd_db(settings: &LimiterSettings, mode: LatencyMode, rate_hz: f64) -> f64 {
    let input = sine(50.0, gain(CEILING_DBTP + 6.0), 3 * rate_hz as usize, rate_hz);
    let out = limited_mono(settings, rate_hz, mode, &input);
    let settled = &out[out.len() / 2..];
    let power = |n: i32| partial(settled, 50.0 * f64::from(n), rate_hz).powi(2);
    let level_db = db(power(1).sqrt());
    assert!((level_db - CEILING_DBTP).abs() < 1.5, "the tone is at the ceiling, not at {level_db} dBFS");
    10.0 * ((2..=40).map(power).sum::<f64>() / power(1)).log10()
}

#[test]
fn a_low_tone_stays_clean() {
    for rate_hz in [44_100.0, 48_000.0] {
        for mode in MODES {
            for character in CHARACTERS {
                let thd = thd_db(&LimiterSettings { character, ..settings() }, mode, rate_hz);
                println!("50 Hz, {rate_hz} Hz, {mode:?}, {character:?}: THD {thd:.1} dB");
                if character == LimiterCharacter::Transparent {
                    assert!(thd < -60.0, "{rate_hz} Hz, {mode:?}: {thd} dB");
                }
            }
        }
    }
}

#[test]
fn latency_is_short_live_and_five_milliseconds_in_quality() {
    for (rate_hz, live, quality) in [(44_100.0, 70, 228), (48_000.0, 73, 240)] {
        let latency = |mode| prepared(&settings(), rate_hz, mode).latency_samples();
        assert_eq!(
            (latency(LatencyMode::Live), latency(LatencyMode::Quality)),
            (live, quality),
            "{rate_hz} Hz"
        );
        assert!(live as f64 <= 1.6e-3 * rate_hz && quality as f64 <= 5.2e-3 * rate_hz);
    }
}

/// Music whose true peak is a hair under the ceiling comes out as it went in; a hair above, it does not.
#[test]
fn below_the_ceiling_every_bit_passes() {
    let music = lacquer_offline::demo::render().map(|channel| channel[..48_000 * 4].to_vec());
    let peak = music.iter().map(|channel| true_peak(channel, 32)).fold(0.0, f64::max);
    let to_ceiling_db = CEILING_DBTP - db(peak);
    for mode in MODES {
        let passes = |by_db: f64| {
            let input = music.each_ref().map(|channel| scaled(channel, to_ceiling_db + by_db));
            // Subnormals become zero on the way in.
            let expected = input.each_ref().map(|channel| {
                channel.iter().map(|x| if x.is_subnormal() { 0.0 } else { *x }).collect::<Vec<f32>>()
            });
            limited(&settings(), 48_000.0, mode, [&input[0], &input[1]]) == expected
        };
        let margin_db =
            [0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.5].into_iter().find(|under_db| passes(-under_db));
        println!("{mode:?}: music passes from {margin_db:?} dB under the ceiling on");
        assert!(
            margin_db.is_some_and(|margin_db| margin_db <= 0.05),
            "{mode:?}: only from {margin_db:?} dB under it"
        );
        assert!(!passes(0.05), "{mode:?}: 0.05 dB over the ceiling");
    }
}

/// The gain itself: what came out over what went in, of an input without zeros.
fn gains(out: &[f32], input: &[f32]) -> Vec<f64> {
    out.iter().zip(input).map(|(y, x)| f64::from(*y) / f64::from(*x)).collect()
}

/// A tone's burst amid a faint level, from sample `start` to `end`.
fn burst(start: usize, end: usize, peak: f64, len: usize) -> Vec<f32> {
    let level = |n: usize| if (start..end).contains(&n) { peak } else { 0.01 };
    (0..len)
        .map(|n| (level(n) * (0.5 * std::f64::consts::PI * (n as f64 + 0.5)).sin() * 2.0_f64.sqrt()) as f32)
        .collect()
}

#[test]
fn the_gain_falls_no_faster_than_the_look_ahead_allows() {
    for (mode, lookahead_samples) in [(LatencyMode::Live, 41.0), (LatencyMode::Quality, 144.0)] {
        for character in CHARACTERS {
            let settings = LimiterSettings { character, ..settings() };
            let input = burst(6_000, 6_200, 8.0, 12_000);
            let gains = gains(&limited_mono(&settings, 48_000.0, mode, &input), &input);
            let depth = 1.0 - gains.iter().copied().fold(1.0, f64::min);
            assert!(depth > 0.85, "{mode:?}: the burst is limited");
            let steepest = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f64::max);
            // Two averages of half the length each: a triangle, whose slope is twice the mean.
            let allowed = 2.0 * depth / lookahead_samples * 1.01;
            assert!(steepest <= allowed, "{mode:?}, {character:?}: {steepest} instead of {allowed}");
            let first = gains.iter().position(|gain| *gain < 1.0 - 1e-6).unwrap();
            assert!(
                first as f64 >= 5_999.0 - lookahead_samples - 34.0,
                "{mode:?}: it falls early, at {first}"
            );
        }
    }
}

/// After a burst the gain returns on the curve that `dynamics::lookahead` states.
#[test]
fn the_release_follows_its_curve() {
    const RATE_HZ: f64 = 48_000.0;
    // Hold and share of the fast stage, as the characters are declared.
    for (character, hold_ms, fast_share) in
        [(CHARACTERS[0], 11.0, 0.25), (CHARACTERS[1], 3.0, 0.1), (CHARACTERS[2], 0.5, 0.04)]
    {
        for release_ms in [120.0, 300.0] {
            let settings = LimiterSettings { character, release_ms, ..settings() };
            let (slow, fast) = (release_ms, fast_share * release_ms);
            let end = 192_000;
            // Four seconds, so that the slow stage has arrived, and then 5 ms, so that it has hardly moved.
            for (start, is_long) in [(1_000, true), (end - 240, false)] {
                let input = burst(start, end, 2.0, end + 60_000);
                let gains = gains(&limited_mono(&settings, RATE_HZ, LatencyMode::Quality, &input), &input);
                let lowest = gains[end - 100];
                // The second of both averages' halves is still to pass when the hold is over.
                let release_starts = end as f64 + 72.0 + hold_ms * 0.001 * RATE_HZ;
                for after_ms in [10.0, 30.0, 100.0, 300.0] {
                    let gain = gains[(release_starts + after_ms * 0.001 * RATE_HZ) as usize];
                    let left = if is_long {
                        (slow * (-after_ms / slow).exp() - fast * (-after_ms / fast).exp()) / (slow - fast)
                    } else {
                        (-after_ms / fast).exp()
                    };
                    let expected = 1.0 - (1.0 - lowest) * left;
                    // The averages blur a bend by their length; a short burst moves the slow stage a little.
                    let tolerance = if is_long { 0.01 } else { 0.16 };
                    assert!(
                        (gain - expected).abs() < tolerance,
                        "{character:?}, {release_ms} ms, long: {is_long}, {after_ms} ms after: {gain} instead of {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn links_share_what_they_say() {
    let loud = burst(2_000, 26_000, 2.0, 60_000);
    let quiet = sine(997.0, 0.1, 60_000, 48_000.0).iter().map(|x| x + 0.2).collect::<Vec<_>>();
    for mode in MODES {
        let of = |transient_link_percent, release_link_percent| {
            let settings = LimiterSettings { transient_link_percent, release_link_percent, ..settings() };
            let [l, r] = limited(&settings, 48_000.0, mode, [&loud, &quiet]);
            (gains(&l, &loud), gains(&r, &quiet), r)
        };
        let (left, right, _) = of(100.0, 100.0);
        let apart = left.iter().zip(&right).map(|(l, r)| (l - r).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-6, "{mode:?}: both channels share the gain, not {apart} apart");
        let (alone, _, untouched) = of(0.0, 0.0);
        assert_eq!(untouched, quiet, "{mode:?}: the quiet channel goes its own way");
        assert!(alone.iter().zip(&left).all(|(a, b)| (a - b).abs() < 1e-6), "the loud one is as before");
        let (_, half, _) = of(50.0, 0.0);
        let lowest = |gains: &[f64]| gains.iter().copied().fold(1.0, f64::min);
        let expected = 0.5 * (1.0 + lowest(&left));
        assert!((lowest(&half) - expected).abs() < 1e-3, "{mode:?}: {} instead of {expected}", lowest(&half));
        // With the release linked alone, the quiet channel hears of the reduction only slowly.
        let (_, slowly, _) = of(0.0, 100.0);
        assert!(
            slowly[2_100] > 0.9 && left[2_100] < 0.4 && (slowly[25_000] - left[25_000]).abs() < 0.01,
            "{mode:?}: {}",
            slowly[25_000]
        );
    }
}

/// What the characters are for: drums over bass, 12 dB into the limiter. The more direct the louder, and the more distorted.
#[test]
fn characters_differ_as_they_say() {
    let [left, right] =
        lacquer_offline::demo::render().map(|channel| scaled(&channel[48_000 * 8..48_000 * 16], 20.0));
    for mode in MODES {
        let measured = CHARACTERS.map(|character| {
            let settings = LimiterSettings { character, ..settings() };
            let [out, _] = limited(&settings, 48_000.0, mode, [&left, &right]);
            let power = out.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / out.len() as f64;
            let input = sine(997.0, 0.3, 24_000, 48_000.0);
            let mut hit = input.clone();
            hit[4_800..4_848].iter_mut().for_each(|x| *x *= 8.0);
            let gains = limited_mono(&settings, 48_000.0, mode, &hit);
            // How long after a hit of 1 ms the tone is back to within 1 dB.
            let back = (4_900..24_000)
                .rev()
                .find(|n| input[*n].abs() > 0.2 && f64::from(gains[*n]) / f64::from(input[*n]) < gain(-1.0));
            (
                10.0 * power.log10(),
                back.map_or(0.0, |n| (n - 4_848) as f64 / 48.0),
                thd_db(&settings, mode, 48_000.0),
            )
        });
        println!("{mode:?}: RMS dBFS, ms to within 1 dB, THD dB: {measured:.1?}");
        assert!(measured.windows(2).all(|w| w[1].0 > w[0].0 + 0.3), "{mode:?}: each is louder: {measured:?}");
        assert!(
            measured.windows(2).all(|w| w[1].1 < 0.7 * w[0].1),
            "{mode:?}: each is back sooner: {measured:?}"
        );
        assert!(
            measured.windows(2).all(|w| w[1].2 > w[0].2 + 10.0),
            "{mode:?}: each distorts more: {measured:?}"
        );
    }
}
