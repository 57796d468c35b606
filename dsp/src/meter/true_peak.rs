//! True peak (BS.1770-5 annex 2): four times oversampling by the standard's own 48-tap filter, at every sample rate.
//!
//! The filter of the standard is kept to the letter, because a reading is only comparable with other meters if it is
//! theirs. It is not the truth: on clipped noise it reads up to 3.1 dB low. See [`super::intersample`] for a closer reading; a ceiling is
//! proven by other means.
//!
//! Phases 3 and 2 of the filter are phases 0 and 1 reversed. With E the even and O the odd part of a phase, the two
//! outputs of a mirrored pair are E + O and E - O, and the larger of their magnitudes is |E| + |O|. So half of the
//! multiplications do.

use crate::block::sanitized;

/// Taps of one phase.
const TAPS: usize = 12;
/// Samples that a window needs before its newest.
const HISTORY: usize = TAPS - 1;
/// The most samples that one pass takes.
pub(crate) const CHUNK: usize = 512;
/// Outputs that are computed side by side.
const LANES: usize = 8;
/// Outputs that are computed or skipped together.
const GROUP: usize = 32;

/// Smaller samples than this, -600 dBFS, are silence.
const SILENCE_GAIN: f32 = 1e-30;

/// Phases 0 and 1 of the standard's table in units of 2^-13, which they are whole multiples of; phases 3 and 2 are these
/// reversed.
const PHASES: [[i16; TAPS]; 2] = [
    [14, 90, -161, 272, -487, 1125, 7964, -838, 390, -218, 122, -68],
    [-239, 240, -424, 730, -1364, 3810, 6388, -1641, 832, -477, 271, -155],
];

/// Half the sums and half the differences of the taps that mirror each other, for both phases.
const EVEN: [[f32; TAPS / 2]; 2] = [fold(PHASES[0], 1), fold(PHASES[1], 1)];
const ODD: [[f32; TAPS / 2]; 2] = [fold(PHASES[0], -1), fold(PHASES[1], -1)];

const fn fold(taps: [i16; TAPS], sign: i16) -> [f32; TAPS / 2] {
    let mut folded = [0.0; TAPS / 2];
    let mut tap = 0;
    while tap < TAPS / 2 {
        folded[tap] = (taps[tap] + sign * taps[TAPS - 1 - tap]) as f32 / 16384.0;
        tap += 1;
    }
    folded
}

/// No output exceeds the largest sample of its window by more than this: the larger sum of tap magnitudes, 2.0229, with
/// room for the rounding of 24 products in f32.
const MAX_GAIN: f32 = 2.025;

/// The true peak and the sample peak of one channel since the last reset.
#[derive(Debug, Clone)]
pub struct TruePeakMeter {
    /// The last samples of the past, then those of the present chunk, then whatever earlier chunks left behind.
    buffer: [f32; HISTORY + CHUNK],
    len: usize,
    true_peak_gain: f32,
    sample_peak_gain: f32,
}

impl Default for TruePeakMeter {
    fn default() -> Self {
        Self { buffer: [0.0; HISTORY + CHUNK], len: 0, true_peak_gain: 0.0, sample_peak_gain: 0.0 }
    }
}

impl TruePeakMeter {
    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes any number of samples, and returns how many were not audio and were taken for silence.
    pub fn process(&mut self, samples: &[f32]) -> u64 {
        let mut num_damaged = 0;
        for chunk in samples.chunks(CHUNK) {
            num_damaged += self.load(chunk);
            self.scan();
        }
        num_damaged
    }

    /// The largest true peak as a linear gain, 1.0 for full scale.
    ///
    /// It is the filter's reading alone, which for some signals lies a little under the sample peak.
    #[must_use]
    pub fn true_peak_gain(&self) -> f32 {
        self.true_peak_gain
    }

    /// The magnitude of the largest sample, 1.0 for full scale.
    #[must_use]
    pub fn sample_peak_gain(&self) -> f32 {
        self.sample_peak_gain
    }

    /// Copies at most [`CHUNK`] samples in, cleaned, and returns how many were not audio.
    ///
    /// What is under -600 dBFS becomes zero, so that no product with a tap is subnormal, where hosts' flags differ.
    pub(crate) fn load(&mut self, samples: &[f32]) -> u64 {
        self.len = samples.len().min(CHUNK);
        let mut num_damaged = 0;
        for (slot, &sample) in self.buffer[HISTORY..].iter_mut().zip(&samples[..self.len]) {
            let (clean, damaged) = sanitized(sample);
            *slot = if clean.abs() < SILENCE_GAIN { 0.0 } else { clean };
            num_damaged += u32::from(damaged);
        }
        u64::from(num_damaged)
    }

    /// Loads `num_frames` samples of silence.
    pub(crate) fn load_silence(&mut self, num_frames: usize) {
        self.len = num_frames.min(CHUNK);
        self.buffer[HISTORY..HISTORY + self.len].fill(0.0);
    }

    /// The samples last loaded.
    pub(crate) fn chunk(&self) -> &[f32] {
        &self.buffer[HISTORY..HISTORY + self.len]
    }

    /// Measures what was loaded and makes it the past.
    ///
    /// A group whose window cannot exceed the present maximum is left out. The bound is strict, so the maximum is the
    /// same, to the bit, as if every output had been computed; and so it is the same for any split into blocks.
    pub(crate) fn scan(&mut self) {
        for start in (0..self.len).step_by(GROUP) {
            let len = GROUP.min(self.len - start);
            let peak = peak_magnitude(&self.buffer[start..start + HISTORY + len]);
            // The past is in this window too, and in the maximum already.
            self.sample_peak_gain = larger(self.sample_peak_gain, peak);
            if peak * MAX_GAIN > self.true_peak_gain {
                self.measure_group(start, len);
            }
        }
        self.buffer.copy_within(self.len..self.len + HISTORY, 0);
    }

    fn measure_group(&mut self, start: usize, len: usize) {
        let mut peaks = [0.0f32; LANES];
        for offset in (0..len).step_by(LANES) {
            let at = start + offset;
            // Always there: a chunk is a whole number of lanes, so the last window ends with the buffer.
            let Some(window) = self.buffer[at..].first_chunk() else { break };
            for (peak, output) in peaks.iter_mut().zip(outputs(window)).take(len - offset) {
                *peak = larger(*peak, output);
            }
        }
        self.true_peak_gain = peaks.into_iter().fold(self.true_peak_gain, larger);
    }
}

/// The largest magnitude of the four phases' outputs for each of the windows that begin at the first samples given.
#[inline(always)]
fn outputs(window: &[f32; HISTORY + LANES]) -> [f32; LANES] {
    let mut even = [[0.0f32; LANES]; 2];
    let mut odd = [[0.0f32; LANES]; 2];
    for tap in 0..TAPS / 2 {
        for lane in 0..LANES {
            let newer = window[lane + HISTORY - tap];
            let older = window[lane + tap];
            let sum = newer + older;
            let difference = newer - older;
            for phase in 0..2 {
                even[phase][lane] += EVEN[phase][tap] * sum;
                odd[phase][lane] += ODD[phase][tap] * difference;
            }
        }
    }
    core::array::from_fn(|lane| {
        larger(even[0][lane].abs() + odd[0][lane].abs(), even[1][lane].abs() + odd[1][lane].abs())
    })
}

/// The larger of two numbers, in the form that is one machine instruction. Neither is NaN here.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The largest magnitude in a slice, lane by lane so that the compiler may use vectors.
#[inline]
fn peak_magnitude(samples: &[f32]) -> f32 {
    let (whole, rest) = samples.as_chunks::<LANES>();
    let mut peaks = [0.0f32; LANES];
    for chunk in whole {
        for lane in 0..LANES {
            peaks[lane] = larger(peaks[lane], chunk[lane].abs());
        }
    }
    let rest_peak = rest.iter().fold(0.0f32, |peak, sample| larger(peak, sample.abs()));
    peaks.into_iter().fold(rest_peak, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four phases as the standard prints them, tap by tap, without folding or skipping.
    fn plain_true_peak(samples: &[f32]) -> f32 {
        let padded: Vec<f32> = [0.0; HISTORY].into_iter().chain(samples.iter().copied()).collect();
        let mut peak = 0.0f64;
        for window in padded.windows(TAPS) {
            for taps in PHASES {
                let (mut forward, mut mirrored) = (0.0, 0.0);
                for tap in 0..TAPS {
                    forward += f64::from(taps[tap]) / 8192.0 * f64::from(window[HISTORY - tap]);
                    mirrored += f64::from(taps[tap]) / 8192.0 * f64::from(window[tap]);
                }
                peak = peak.max(forward.abs()).max(mirrored.abs());
            }
        }
        peak as f32
    }

    /// Noise of a linear congruential generator, in bursts of changing loudness so that some groups are skipped.
    fn noise(len: usize, mut seed: u32) -> Vec<f32> {
        let next = |_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        let burst = |(idx, sample): (usize, f32)| sample / (1 + (idx / 97) % 5) as f32;
        (0..len).map(next).enumerate().map(burst).collect()
    }

    #[test]
    fn folding_and_skipping_change_nothing() {
        for seed in 1..40 {
            let samples = noise(20 * seed as usize + 500, seed);
            let mut meter = TruePeakMeter::default();
            meter.process(&samples);
            let plain = plain_true_peak(&samples);
            assert!(
                (meter.true_peak_gain() / plain - 1.0).abs() < 2e-6,
                "{} {plain}",
                meter.true_peak_gain()
            );

            let mut unskipped = TruePeakMeter::default();
            for chunk in samples.chunks(CHUNK) {
                unskipped.load(chunk);
                for start in (0..chunk.len()).step_by(GROUP) {
                    unskipped.measure_group(start, GROUP.min(chunk.len() - start));
                }
                unskipped.scan();
            }
            assert_eq!(meter.true_peak_gain().to_bits(), unskipped.true_peak_gain().to_bits());
        }
    }

    #[test]
    fn the_bound_covers_the_worst_signal_of_either_phase() {
        for taps in PHASES {
            let worst: Vec<f32> = taps.iter().rev().map(|&tap| if tap < 0 { -1.0 } else { 1.0 }).collect();
            let peak = plain_true_peak(&worst);
            assert!(peak < MAX_GAIN * (1.0 - 1e-5), "{peak}");
        }
    }
}
