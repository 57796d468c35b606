//! The parts that instruments are made of: tracks, oscillators, noise, envelopes and a filter.
//!
//! The filter is the trapezoidal state-variable filter (Simper, "Solving the continuous SVF equations using trapezoidal
//! integration", 2013), chosen because its cutoff may move while it sounds. The oscillators are smoothed at their edges
//! by a two-sample polynomial (Välimäki and Huovilainen, "Antialiasing oscillators in subtractive synthesis", 2007).

use super::{NUM_FRAMES, SAMPLE_RATE_HZ};
use core::f64::consts::{PI, TAU};
use lacquer_dsp::block::Frame;
use lacquer_dsp::math::{exp2, flush, round};
use lacquer_dsp::units::ms_to_one_pole_coeff;

/// The sample rate as the number that formulas want.
pub(super) const RATE_HZ: f64 = SAMPLE_RATE_HZ as f64;

/// Moving filters are retuned once in so many samples, because a tangent per sample would cost more than it is worth.
pub(super) const CONTROL_SAMPLES: usize = 32;

/// Below this (-80 dB of a voice that is itself far down in the mix) a voice has ended.
pub(super) const INAUDIBLE_GAIN: f64 = 1e-4;

/// One instrument's stereo signal over the whole piece.
pub(super) type Track = Vec<Frame>;

/// A track with nothing on it yet.
pub(super) fn silence() -> Track {
    vec![[0.0; 2]; NUM_FRAMES]
}

/// Adds `source`, scaled, to `track`.
pub(super) fn add_track(track: &mut [Frame], source: &[Frame], gain: f64) {
    for (sum, frame) in track.iter_mut().zip(source) {
        sum[0] += gain * frame[0];
        sum[1] += gain * frame[1];
    }
}

/// The gains of a constant-power pan from -1 (left) to 1 (right); the centre is 0.71 in both.
pub(super) fn pan(position: f64) -> Frame {
    let turns = (position + 1.0) / 8.0;
    [sine(turns + 0.25), sine(turns)]
}

/// The frequency of a pitch counted in semitones, where 69 is the A of 440 Hz.
pub(super) fn pitch_to_hz(pitch: f64) -> f64 {
    440.0 * exp2((pitch - 69.0) / 12.0)
}

/// The sine of `turns` whole circles, within 1e-7.
pub(super) fn sine(turns: f64) -> f64 {
    let x = turns - round(turns);
    let quarter = if x.abs() > 0.25 { f64::copysign(0.5, x) - x } else { x };
    let t = TAU * quarter;
    let t2 = t * t;
    let high = 1.0 / 5040.0 - t2 * (1.0 / 362_880.0 - t2 * (1.0 / 39_916_800.0));
    t * (1.0 - t2 * (1.0 / 6.0 - t2 * (1.0 / 120.0 - t2 * high)))
}

/// Bends a signal gently towards ±1; odd, with a slope of one at zero.
pub(super) fn saturate(x: f64) -> f64 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// A phase in turns, from which the waveforms are read.
#[derive(Clone, Copy, Default)]
pub(super) struct Oscillator {
    phase: f64,
    step: f64,
}

impl Oscillator {
    /// An oscillator that starts part way through its cycle.
    pub(super) fn starting_at(phase: f64) -> Self {
        Self { phase, step: 0.0 }
    }

    /// Moves on by one sample and returns itself, so that a waveform can be read at once.
    pub(super) fn advance(&mut self, hz: f64) -> Self {
        self.step = hz * (1.0 / RATE_HZ);
        self.phase += self.step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        *self
    }

    /// A sine whose phase is pushed by `modulation` turns.
    pub(super) fn sine(self, modulation: f64) -> f64 {
        sine(self.phase + modulation)
    }

    /// A rising saw.
    pub(super) fn saw(self) -> f64 {
        self.saw_at(self.phase)
    }

    /// A pulse that is high for `width` of the cycle, without its mean.
    pub(super) fn pulse(self, width: f64) -> f64 {
        let other = self.phase + 1.0 - width;
        self.saw_at(if other >= 1.0 { other - 1.0 } else { other }) - self.saw_at(self.phase)
    }

    fn saw_at(self, phase: f64) -> f64 {
        let edge = if phase < self.step {
            let t = phase / self.step;
            t + t - t * t - 1.0
        } else if phase > 1.0 - self.step {
            let t = (phase - 1.0) / self.step;
            t * t + t + t + 1.0
        } else {
            0.0
        };
        2.0 * phase - 1.0 - edge
    }
}

/// A seeded xorshift generator (Marsaglia, "Xorshift RNGs", 2003), one for each part so that parts can be edited alone.
pub(super) struct Noise(u64);

impl Noise {
    /// A generator whose stream depends on `seed` only.
    pub(super) fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number, evenly spread over -1 to 1.
    pub(super) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 * (2.0 / (1u64 << 53) as f64) - 1.0
    }
}

/// An exponential decay from one.
#[derive(Clone, Copy)]
pub(super) struct Decay {
    level: f64,
    coeff: f64,
}

impl Decay {
    /// Falls to 1/e in `ms`.
    pub(super) fn new(ms: f64) -> Self {
        Self { level: 1.0, coeff: ms_to_one_pole_coeff(ms, RATE_HZ) }
    }

    /// Falls at another speed from here on.
    pub(super) fn hurry(&mut self, ms: f64) {
        self.coeff = ms_to_one_pole_coeff(ms, RATE_HZ);
    }

    /// The level, before it falls by one sample.
    pub(super) fn next(&mut self) -> f64 {
        let level = self.level;
        self.level *= self.coeff;
        level
    }
}

/// The shape of an envelope. Times are those in which a one-pole covers 1 - 1/e.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) attack_ms: f64,
    pub(super) decay_ms: f64,
    pub(super) sustain: f64,
    pub(super) release_ms: f64,
}

/// Attack, decay, sustain and release, each an exponential, so that no stage begins with a jump.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    coeffs: [f64; 3],
    sustain: f64,
    level: f64,
    rising: bool,
    held: bool,
}

impl Envelope {
    /// An envelope at rest.
    pub(super) fn new(shape: Shape) -> Self {
        let coeffs =
            [shape.attack_ms, shape.decay_ms, shape.release_ms].map(|ms| ms_to_one_pole_coeff(ms, RATE_HZ));
        Self { coeffs, sustain: shape.sustain, level: 0.0, rising: false, held: false }
    }

    /// Starts the attack from wherever the level is.
    pub(super) fn press(&mut self) {
        self.rising = true;
        self.held = true;
    }

    /// Starts the release.
    pub(super) fn release(&mut self) {
        self.rising = false;
        self.held = false;
    }

    /// The next level, 0 to 1.
    pub(super) fn next(&mut self) -> f64 {
        // The attack aims above the top so that it arrives, rather than creeping up to it for ever.
        let (coeff, target) = match (self.rising, self.held) {
            (true, _) => (self.coeffs[0], 1.3),
            (false, true) => (self.coeffs[1], self.sustain),
            (false, false) => (self.coeffs[2], 0.0),
        };
        self.level = flush(self.level + (1.0 - coeff) * (target - self.level));
        if self.level >= 1.0 {
            self.level = 1.0;
            self.rising = false;
        }
        self.level
    }
}

/// A two-pole filter with all its outputs at once.
#[derive(Clone, Copy)]
pub(super) struct Svf {
    g: f64,
    k: f64,
    scale: f64,
    state: [f64; 2],
}

/// What a filter makes of one sample.
pub(super) struct Bands {
    pub(super) low: f64,
    pub(super) band: f64,
    pub(super) high: f64,
}

impl Svf {
    /// A filter at rest; `q` of 0.7071 has no peak.
    pub(super) fn new(cutoff_hz: f64, q: f64) -> Self {
        let mut filter = Self { g: 0.0, k: 1.0 / q, scale: 1.0, state: [0.0; 2] };
        filter.tune(cutoff_hz);
        filter
    }

    /// Moves the cutoff, keeping what is sounding. It stays under 0.42 of the sample rate.
    pub(super) fn tune(&mut self, cutoff_hz: f64) {
        self.g = libm::tan(PI * (cutoff_hz / RATE_HZ).clamp(1e-4, 0.42));
        self.scale = 1.0 / (1.0 + self.g * (self.g + self.k));
    }

    /// One sample. The band output has unity gain at the cutoff.
    pub(super) fn tick(&mut self, x: f64) -> Bands {
        let rest = x - self.state[1];
        let band = self.scale * (self.state[0] + self.g * rest);
        let low = self.state[1] + self.g * band;
        self.state = [flush(2.0 * band - self.state[0]), flush(2.0 * low - self.state[1])];
        Bands { low, band: self.k * band, high: x - self.k * band - low }
    }
}
