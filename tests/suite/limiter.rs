//! The true-peak limiter against an FFT of 16 or 32 times the rate, closed forms of its release, and its own promises.

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
        let square = |n: usize| if n / half_period % 2 == 0 { 0.9 } else { -0.9 };
        signals.push((
            format!("square of {half_period}"),
            scaled(&(0..LEN).map(square).collect::<Vec<_>>(), 12.0),
        ));
    }
    let mut impulses = vec![0.0; LEN];
    for (n, at) in (1000..LEN - 100).step_by(2003).enumerate() {
        impulses[at] = 2.0;
        impulses[at + 1 + n % 3] = if n % 2 == 0 { 2.0 } else { -2.0 };
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
