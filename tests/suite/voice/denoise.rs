//! The noise remover: noise goes, speech stays, what comes out is as late as it says, and it is what nnnoiseless makes of RNNoise.
//!
//! Method: espeak-ng's clean speech is known, so segments of 20 ms are speech where it lies at most 25 dB under its loudest
//! segment, and pause where it is 60 dB under for a tenth of a second on both sides. Noise is the mean power of the pauses; the signal
//! is that of the speech segments less the noise. Speech is as loud as it was if the signal is.

use super::speech::{noises, power, speech};
use crate::modules::{all_bypassed, render};
use crate::quality::{Bar, figure};
use crate::signals::gain;
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::denoise::Denoise;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;

fn settings() -> ChainSettings {
    let mut settings = all_bypassed();
    settings.denoise.bypass = false;
    settings
}

/// Which segments of 20 ms are speech and which are pause.
struct Segments {
    len: usize,
    speech: Vec<usize>,
    pauses: Vec<usize>,
}

impl Segments {
    fn of(clean: &[f32], rate_hz: f64) -> Self {
        let len = (0.02 * rate_hz) as usize;
        let powers: Vec<f64> = clean.chunks_exact(len).map(power).collect();
        let loudest = powers.iter().fold(0.0_f64, |loudest, x| loudest.max(*x));
        let is_silent = |idx: usize| powers[idx] < loudest * 1e-6;
        // The first half second is the network's to learn what the noise is.
        let pauses = (25..powers.len() - 5).filter(|&idx| (idx - 5..=idx + 5).all(is_silent)).collect();
        let speech = (0..powers.len()).filter(|&idx| powers[idx] > loudest * gain(-25.0).powi(2)).collect();
        Self { len, speech, pauses }
    }

    fn mean_power(&self, samples: &[f32], which: &[usize]) -> f64 {
        let sum: f64 = which.iter().map(|idx| power(&samples[idx * self.len..(idx + 1) * self.len])).sum();
        sum / (which.len() * self.len) as f64
    }

    /// Mean powers of the signal and of the noise.
    fn signal_and_noise(&self, samples: &[f32]) -> (f64, f64) {
        let noise = self.mean_power(samples, &self.pauses);
        (self.mean_power(samples, &self.speech) - noise, noise)
    }
}

fn power_db(power: f64) -> f64 {
    10.0 * power.log10()
}

#[test]
fn noise_goes_and_speech_stays() {
    let (mut least_gain_db, mut most_change_db, mut least_strict_db) =
        (f64::INFINITY, 0.0_f64, f64::INFINITY);
    for rate_hz in [48_000.0, 44_100.0, 22_050.0] {
        let clean = speech(rate_hz);
        let segments = Segments::of(&clean, rate_hz);
        assert!(segments.speech.len() > 200 && segments.pauses.len() > 100, "there is enough to measure");
        let clean_power = segments.mean_power(&clean, &segments.speech);
        for (name, noise) in noises(rate_hz, clean.len()) {
            let amplitude = (clean_power * gain(-5.0).powi(2)).sqrt();
            let noisy: Vec<f32> = clean.iter().zip(noise).map(|(s, n)| s + amplitude as f32 * n).collect();
            let [out, _] = render(&settings(), rate_hz, &noisy, &noisy);
            let (before, after) = (segments.signal_and_noise(&noisy), segments.signal_and_noise(&out));
            let snr_db = |(signal, noise): (f64, f64)| power_db(signal / noise);
            let (gained_db, level_db) = (snr_db(after) - snr_db(before), power_db(after.0 / before.0));
            assert!((snr_db(before) - 5.0).abs() < 0.7, "{name}: {} dB to begin with", snr_db(before));
            let (projected_db, over_rest_db) = projection(&out, &clean);
            assert!(projected_db.abs() < 1.5, "{name} at {rate_hz} Hz: speech moved by {projected_db} dB");
            least_gain_db = least_gain_db.min(gained_db);
            most_change_db = most_change_db.max(level_db.abs());
            least_strict_db = least_strict_db.min(over_rest_db - projection(&noisy, &clean).1);
        }
    }
    let on = "espeak-ng speech in three noises at 5 dB SNR, three rates";
    figure(
        "denoise",
        &format!("SNR gained, noise as the power in pauses, {on}"),
        least_gain_db,
        "dB",
        Bar::AtLeast(8.0),
    );
    figure("denoise", &format!("speech level moved, {on}"), most_change_db, "dB", Bar::AtMost(1.0));
    // Stricter, and no bar of ours: whatever the network does to the speech itself counts as noise.
    figure(
        "denoise",
        &format!("SNR gained, noise as everything that is not the clean speech, {on}"),
        least_strict_db,
        "dB",
        Bar::AtLeast(3.0),
    );
}

/// The gain of the clean speech in the output, and its power over everything else, both in dB: stricter, since it counts
/// whatever the network did to the speech itself as noise.
fn projection(out: &[f32], clean: &[f32]) -> (f64, f64) {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let share = dot(out, clean) / power(clean);
    let kept = share * share * power(clean);
    (20.0 * share.log10(), power_db(kept / (power(out) - kept)))
}

/// The wet signal is where the latency says: no other offset fits the clean speech better.
#[test]
fn speech_arrives_at_the_latency() {
    for rate_hz in [8_000.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0, 96_000.0] {
        let clean = speech(rate_hz);
        let [out, _] = render(&settings(), rate_hz, &clean, &clean);
        let inside = 500..clean.len() - 500;
        let fit = |offset: isize| {
            inside
                .clone()
                .map(|n| f64::from(clean[n]) * f64::from(out[n.saturating_add_signed(offset)]))
                .sum::<f64>()
        };
        let best = (-40..=40).max_by(|a, b| fit(*a).total_cmp(&fit(*b)));
        assert_eq!(best, Some(0), "at {rate_hz} Hz");
    }
}

fn process(denoise: &mut Denoise, input: &[f32]) -> Vec<f32> {
    let mut out = input.to_vec();
    out.chunks_mut(480).for_each(|part| denoise.process(&mut Block::mono(part)));
    out
}

fn prepared(rate_hz: f64, latency_mode: LatencyMode) -> Denoise {
    let mut denoise = Denoise::new();
    let spec = ProcessSpec { sample_rate_hz: rate_hz, max_block_len: 480, num_channels: 1, latency_mode };
    denoise.prepare(&spec).unwrap();
    denoise.set(&settings().denoise);
    denoise
}

/// An independent implementation with the same weights. Its sines, logarithms and sums are rounded to f32 and its activations read
/// from a table, so that the rest is never nothing.
#[test]
fn it_does_what_nnnoiseless_does() {
    let clean = speech(48_000.0);
    let mut furthest_db = f64::NEG_INFINITY;
    for (_, noise) in noises(48_000.0, clean.len()) {
        let noisy: Vec<f32> = clean.iter().zip(noise).map(|(s, n)| s + 0.03 * n).collect();
        let mut peer = nnnoiseless::DenoiseState::new();
        let mut expected = Vec::new();
        for frame in noisy.chunks_exact(480) {
            let frame: Vec<f32> = frame.iter().map(|x| x * 32_768.0).collect();
            let mut out = [0.0; 480];
            peer.process_frame(&mut out, &frame);
            expected.extend(out.map(|x| x / 32_768.0));
        }
        // The peer's first frame is the overlap with nothing: it is a frame late, and ours waits until a frame is full.
        let mut denoise = prepared(48_000.0, LatencyMode::Quality);
        let out = process(&mut denoise, &noisy);
        let (ours, theirs) = (&out[denoise.latency_samples()..], &expected[480..]);
        let rest: Vec<f32> = ours.iter().zip(theirs).map(|(x, y)| x - y).collect();
        furthest_db = furthest_db.max(power_db(power(&rest) / power(theirs)));
    }
    figure(
        "denoise",
        "rest beside nnnoiseless, espeak-ng speech in three noises",
        furthest_db,
        "dB",
        Bar::AtMost(-40.0),
    );
}

#[test]
fn a_reset_forgets_the_noise() {
    let noise = crate::random::Random::new(3).noise(48_000);
    let mut denoise = prepared(44_100.0, LatencyMode::Live);
    let first = process(&mut denoise, &noise);
    for _ in 0..40 {
        denoise.reset();
        assert_eq!(process(&mut denoise, &noise), first);
    }
}

/// The network rests in long silence, and wakes with what it knew: speech after it comes out as it would have without.
#[test]
fn long_silence_leaves_no_trace() {
    let speech = speech(48_000.0);
    let part = &speech[..3 * 48_000];
    // What keeps the network from resting is far under what it hears.
    let after = |pause: f32| {
        let pause: Vec<f32> = (0..10 * 48_000).map(|n| if n % 2 == 0 { pause } else { -pause }).collect();
        let input = [part, &pause, part].concat();
        let out = process(&mut prepared(48_000.0, LatencyMode::Quality), &input);
        let start = part.len() + pause.len();
        assert!(out[start - 9600..start].iter().all(|x| x.abs() < 1e-6), "silence is silence");
        out[start..].to_vec()
    };
    let (rested, awake) = (after(0.0), after(1e-7));
    let rest: Vec<f32> = rested.iter().zip(&awake).map(|(a, b)| a - b).collect();
    assert!(power(&rest) < 1e-6 * power(&awake), "{}", power_db(power(&rest) / power(&awake)));
}

/// A host prepares on one thread and processes on another. The guard ends the whole process at an allocation.
#[test]
fn a_thread_that_never_saw_it_allocates_nothing() {
    let mut input = crate::random::Random::new(8).noise(9600);
    let mut denoise = prepared(48_000.0, LatencyMode::Live);
    let audio_thread = std::thread::spawn(move || {
        assert_no_alloc::assert_no_alloc(|| {
            input.chunks_mut(480).for_each(|part| denoise.process(&mut Block::mono(part)));
            denoise.reset();
        });
    });
    audio_thread.join().unwrap();
}
