//! Test signals, made from their descriptions. Every maker gives the same samples on every run.

use std::f64::consts::TAU;

/// The gain of a level in dB; minus infinity is silence.
pub(crate) fn gain(level_db: f64) -> f64 {
    10f64.powf(level_db / 20.0)
}

/// A stretch of one level (peak dBFS, minus infinity for silence) and its length in seconds.
pub(crate) type Stretch = (f64, f64);

/// Silence as a level.
pub(crate) const SILENCE: f64 = f64::NEG_INFINITY;

/// A sine of a whole number of Hz that runs on in phase through stretches of different levels.
pub(crate) fn tone(frequency_hz: u32, sample_rate_hz: u32, stretches: &[Stretch]) -> Vec<f32> {
    // A second holds a whole number of periods, so one second of the sine is all there is to compute.
    let second: Vec<f64> = (0..sample_rate_hz)
        .map(|idx| (TAU * f64::from(frequency_hz) * f64::from(idx) / f64::from(sample_rate_hz)).sin())
        .collect();
    let mut samples = Vec::new();
    let mut end_s = 0.0;
    for &(level_db, length_s) in stretches {
        end_s += length_s;
        let amplitude = gain(level_db);
        let end = (end_s * f64::from(sample_rate_hz)).round() as usize;
        samples.extend((samples.len()..end).map(|idx| (amplitude * second[idx % second.len()]) as f32));
    }
    samples
}

/// A sine of `cycles_per_sample` with linear fades of 10 ms at both ends.
pub(crate) fn faded_sine(cycles_per_sample: f64, peak: f64, phase_degrees: f64, rate_hz: u32) -> Vec<f32> {
    let len = rate_hz as usize / 2;
    let sine = |idx: usize| (TAU * (cycles_per_sample * idx as f64 + phase_degrees / 360.0)).sin();
    (0..len).map(|idx| (peak * sine(idx) * fade(idx, len, rate_hz as usize / 100)) as f32).collect()
}

fn fade(idx: usize, len: usize, fade_len: usize) -> f64 {
    (idx.min(len - 1 - idx) as f64 / fade_len as f64).min(1.0)
}

/// From 20 Hz to `end_hz` in equal times for equal ratios or for equal differences.
pub(crate) fn chirp(len: usize, rate_hz: f64, end_hz: f64, is_logarithmic: bool) -> Vec<f32> {
    let length_s = len as f64 / rate_hz;
    let cycles = |t: f64| {
        if is_logarithmic {
            let rise_s = length_s / (end_hz / 20.0).ln();
            20.0 * rise_s * ((t / rise_s).exp() - 1.0)
        } else {
            20.0 * t + (end_hz - 20.0) * t * t / (2.0 * length_s)
        }
    };
    (0..len).map(|n| (std::f64::consts::TAU * cycles(n as f64 / rate_hz)).sin() as f32).collect()
}

/// Tech 3341's signals 20 to 23: a sixth of the rate at 0.50, amid it one period of a quarter of the rate at 1.00 that
/// joins it in phase, made at four times the rate, low-passed, and decimated from sample `offset`.
pub(crate) fn burst_between_samples(offset: usize, rate_hz: u32) -> Vec<f32> {
    const FACTOR: usize = 4;
    const LONG_PERIOD: usize = 6 * FACTOR;
    const SHORT_PERIOD: usize = 4 * FACTOR;
    const HALF_TAPS: isize = 160;
    let half = (rate_hz as usize / 8) * FACTOR / LONG_PERIOD * LONG_PERIOD;
    let len = 2 * half + SHORT_PERIOD;
    let sine = |idx: usize, period: usize| (TAU * (idx % period) as f64 / period as f64).sin();
    let made: Vec<f64> = (0..len)
        .map(|idx| match idx.checked_sub(half) {
            Some(inside) if inside < SHORT_PERIOD => sine(inside, SHORT_PERIOD),
            Some(after) => 0.5 * sine(after - SHORT_PERIOD, LONG_PERIOD),
            None => 0.5 * sine(idx, LONG_PERIOD),
        })
        .enumerate()
        .map(|(idx, sample)| sample * fade(idx, len, FACTOR * rate_hz as usize / 100))
        .collect();
    // A Blackman-windowed sinc that passes up to half of the final rate.
    let cutoff = 0.5 / FACTOR as f64;
    let tap = |k: isize| {
        let x = TAU * cutoff * k as f64;
        let sinc = if k == 0 { 2.0 * cutoff } else { 2.0 * cutoff * x.sin() / x };
        let w = TAU * 0.5 * (1.0 + k as f64 / HALF_TAPS as f64);
        sinc * (0.42 - 0.5 * w.cos() + 0.08 * (2.0 * w).cos())
    };
    let taps: Vec<(isize, f64)> = (-HALF_TAPS..=HALF_TAPS).map(|k| (k, tap(k))).collect();
    let low_passed = |centre: usize| -> f64 {
        let at =
            |k: isize| centre.checked_add_signed(k).and_then(|idx| made.get(idx)).copied().unwrap_or(0.0);
        taps.iter().map(|&(k, tap)| tap * at(k)).sum()
    };
    (offset..len).step_by(FACTOR).map(|centre| low_passed(centre) as f32).collect()
}

/// Uniform noise in -1..1 that is the same everywhere (xorshift, 64 bits).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number in -1..1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// The next whole number in 0..end.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.next() + 1.0) * 0.5 * end as f64) as usize
    }
}

/// One channel that behaves like a programme: dull noise whose level wanders over some 25 dB, with pauses.
///
/// Different seeds give independent noise under the same course of levels, as the channels of one programme have.
pub(crate) fn programme(seed: u64, sample_rate_hz: u32, length_s: u32) -> Vec<f32> {
    let (mut noise, mut levels) = (Noise::new(seed), Noise::new(77));
    let (mut dull, mut amplitude, mut target) = (0.0, 0.0, 0.0);
    let smoothing = 1.0 / (0.2 * f64::from(sample_rate_hz));
    (0..length_s as usize * sample_rate_hz as usize)
        .map(|idx| {
            if idx % sample_rate_hz as usize == 0 {
                let is_pause = levels.below(12) == 0;
                target = if is_pause { 0.0 } else { gain(-18.0 + 12.0 * levels.next()) };
            }
            amplitude += smoothing * (target - amplitude);
            dull += 0.4 * (noise.next() - dull);
            (amplitude * dull) as f32
        })
        .collect()
}
