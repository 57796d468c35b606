//! The ceiling, by an FFT of 16 or 32 times the rate.

use super::{
    CEILING_DBTP, CHARACTERS, LimiterSettings, MODES, limited, limited_mono, scaled, settings, sine,
};
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::signals::{burst_between_samples, chirp, faded_sine};
use crate::spectrum::{db, true_peak};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::LimiterCharacter;
use std::f64::consts::TAU;

/// Half a second at 48 kHz; with the reference's margins a power of two.
const LEN: usize = (1 << 15) - 8192;

fn clipped(samples: &[f32], by_db: f64) -> Vec<f32> {
    scaled(samples, by_db).iter().map(|x| x.clamp(-1.0, 1.0)).collect()
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

/// How far an output's largest sample and its true peak are above the ceiling.
#[derive(Clone, Copy)]
struct Over {
    sample_db: f64,
    true_db: f64,
}

const NOTHING: Over = Over { sample_db: f64::NEG_INFINITY, true_db: f64::NEG_INFINITY };

impl Over {
    fn of(out: &[f32], factor: usize) -> Self {
        let sample_peak_db = db(out.iter().fold(0.0, |peak, x| f64::max(peak, f64::from(x.abs()))));
        Self { sample_db: sample_peak_db - CEILING_DBTP, true_db: db(true_peak(out, factor)) - CEILING_DBTP }
    }

    fn or_worse(self, other: Self) -> Self {
        Self { sample_db: self.sample_db.max(other.sample_db), true_db: self.true_db.max(other.true_db) }
    }

    /// Two rows of the quality table.
    fn hand_in(self, what: &str, factor: usize, most_db: f64) {
        println!("{what}: samples {:+.4}, true peak {:+.4} dB", self.sample_db, self.true_db);
        let sample = format!("{what}: largest sample above the ceiling");
        figure("limiter", &sample, self.sample_db, "dB", Bar::AtMost(0.0));
        let truth = format!("{what}: true peak above the ceiling, by FFT at {factor}x");
        figure("limiter", &truth, self.true_db, "dB", Bar::AtMost(most_db));
    }
}

/// The signals of the programme class, each some way above the ceiling.
fn band_limited_signals(rate_hz: f64) -> Vec<(&'static str, Vec<f32>)> {
    let mut signals = vec![("Speech, +12 dB", scaled(&speech_like(LEN, rate_hz), 12.0))];
    for frequency_hz in [50.0, 997.0, 5_000.0, 12_000.0, 15_013.0, 18_999.0, 20_000.0] {
        signals.push(("Sines up to 20 kHz, +24 dB", scaled(&sine(frequency_hz, 1.0, LEN, rate_hz), 24.0)));
    }
    let rate = rate_hz as u32;
    for (divisor, phase_degrees) in [(4.0, 0.0), (4.0, 45.0), (6.0, 60.0), (8.0, 67.5)] {
        let tone = faded_sine(1.0 / divisor, 1.41, phase_degrees, rate);
        signals.push(("Tech 3341 tones and bursts, +6 dB", scaled(&tone, 6.0)));
    }
    for offset in 0..4 {
        let burst = burst_between_samples(offset, rate);
        signals.push(("Tech 3341 tones and bursts, +6 dB", scaled(&burst, 6.0)));
    }
    for half_period in [109, 24, 480] {
        let square = |n: usize| if (n / half_period).is_multiple_of(2) { 0.9 } else { -0.9 };
        let square: Vec<f32> = (0..LEN).map(square).collect();
        signals.push(("Square waves, +12 dB", scaled(&square, 12.0)));
    }
    let mut impulses = vec![0.0; LEN];
    for (n, at) in (1000..LEN - 100).step_by(2003).enumerate() {
        impulses[at] = 2.0;
        impulses[at + 1 + n % 3] = if n.is_multiple_of(2) { 2.0 } else { -2.0 };
    }
    signals.push(("Impulses on and between samples", impulses));
    signals
}

#[test]
fn the_ceiling_holds_within_a_tenth_of_a_decibel() {
    let mut worst: Vec<(&str, LatencyMode, Over)> = Vec::new();
    for rate_hz in [44_100.0, 48_000.0] {
        for (class, input) in band_limited_signals(rate_hz) {
            for mode in MODES {
                for character in CHARACTERS {
                    let settings = LimiterSettings { character, ..settings() };
                    let over = Over::of(&limited_mono(&settings, rate_hz, mode, &input), 32);
                    match worst.iter_mut().find(|row| (row.0, row.1) == (class, mode)) {
                        Some((_, _, so_far)) => *so_far = so_far.or_worse(over),
                        None => worst.push((class, mode, over)),
                    }
                }
            }
        }
    }
    assert_eq!(worst.len(), 10, "five classes in both modes");
    for (class, mode, over) in worst {
        over.hand_in(&format!("{class}, {mode:?}, 44.1 and 48 kHz, every character"), 32, 0.10);
    }
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
        let parts = out.iter().flat_map(|channel| faded_parts(channel));
        let worst = parts.map(|part| Over::of(&part, 32)).fold(NOTHING, Over::or_worse);
        worst.hand_in(&format!("The demo piece, +18 dB, {mode:?}, {character:?}"), 32, 0.10);
        let worst = worst.true_db;
        assert!(worst > -0.5, "{mode:?}: music that was driven hard reaches the ceiling, not {worst} dB");
    }
}

/// Aliased harmonics reach half the rate, where no filter of practical length sees them.
#[test]
fn a_clipped_chirp_stays_under_the_ceiling() {
    let mut worst = MODES.map(|mode| (mode, NOTHING));
    for length_s in [1.4, 4.0] {
        for is_logarithmic in [true, false] {
            for clip_db in [3.0, 6.0, 12.0] {
                for rate_hz in [44_100.0, 48_000.0] {
                    let len = (length_s * rate_hz) as usize;
                    let input =
                        scaled(&clipped(&chirp(len, rate_hz, 20_000.0, is_logarithmic), clip_db), 12.0);
                    for (mode, worst) in &mut worst {
                        let out = limited_mono(&settings(), rate_hz, *mode, &input);
                        *worst = worst.or_worse(Over::of(&out, 16));
                    }
                }
            }
        }
    }
    for (mode, worst) in worst {
        let what = format!("Chirps of 1.4 and 4 s, clipped by 3 to 12 dB, +12 dB, {mode:?}, 44.1 and 48 kHz");
        worst.hand_in(&what, 16, 0.0);
    }
}

#[test]
fn clipped_white_noise_stays_within_half_a_decibel() {
    for mode in MODES {
        let mut worst = NOTHING;
        for seed in 0..4 {
            let noise = Random::new(seed).noise(LEN);
            for clip_db in [0.0, 12.0] {
                let input = scaled(&clipped(&noise, clip_db), 12.0);
                worst = worst.or_worse(Over::of(&limited_mono(&settings(), 48_000.0, mode, &input), 32));
            }
        }
        worst.hand_in(&format!("White noise, as it is and clipped by 12 dB, +12 dB, {mode:?}"), 32, 0.5);
    }
}
