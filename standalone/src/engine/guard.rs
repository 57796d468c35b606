//! The feedback guard: a loudspeaker that the microphone hears, with gain around the loop, ends in a howl.
//!
//! A howl is told from a voice by how long it is loud: it grows, or stands at the top, without a pause, which nobody's speech does
//! for a second and music seldom does at a microphone's input. What is not told apart is a steady tone played on purpose at
//! full level; then the user says so.

/// The level is looked at in steps of this length.
const STEP_S: f64 = 0.05;

/// A howl that stands: the input's level over a step, without a dip below this for so long.
const STANDING_DBFS: f64 = -6.0;
const STANDING_S: f64 = 1.0;

/// A howl that grows: every step louder than the one before, by so much in all, up to this level.
const GROWTH_DB: f64 = 20.0;
const GROWN_DBFS: f64 = -15.0;
/// The growth of one step that counts.
const STEP_GROWTH_DB: f64 = 0.3;
/// Speech rises within two or three steps; a loop needs longer.
const MIN_GROWTH_S: f64 = 0.4;

/// Watches the input while the monitors are open.
#[derive(Debug, Clone)]
pub struct Guard {
    step_frames: usize,
    num_frames: usize,
    energy: f64,
    last_db: f64,
    standing_s: f64,
    growth_db: f64,
    growing_s: f64,
}

impl Guard {
    /// For this sample rate, Hz.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            step_frames: (STEP_S * sample_rate_hz) as usize,
            num_frames: 0,
            energy: 0.0,
            last_db: f64::NEG_INFINITY,
            standing_s: 0.0,
            growth_db: 0.0,
            growing_s: 0.0,
        }
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        (self.num_frames, self.energy, self.last_db) = (0, 0.0, f64::NEG_INFINITY);
        (self.standing_s, self.growth_db, self.growing_s) = (0.0, 0.0, 0.0);
    }

    /// Hears the input, and tells whether it howls.
    pub fn is_howling(&mut self, left: &[f32], right: &[f32]) -> bool {
        let mut is_howling = false;
        for (left, right) in left.iter().zip(right) {
            let loudest = f64::from(left.abs().max(right.abs()));
            self.energy += loudest * loudest;
            self.num_frames += 1;
            if self.num_frames >= self.step_frames {
                is_howling |= self.finish_step();
            }
        }
        is_howling
    }

    fn finish_step(&mut self) -> bool {
        let level_db = 10.0 * (self.energy / self.num_frames as f64).max(1e-12).log10();
        (self.energy, self.num_frames) = (0.0, 0);
        self.standing_s = if level_db > STANDING_DBFS { self.standing_s + STEP_S } else { 0.0 };
        let growth_db = level_db - self.last_db;
        // What sets in at once is no loop.
        let is_growing = (STEP_GROWTH_DB..GROWTH_DB).contains(&growth_db);
        self.growth_db = if is_growing { self.growth_db + growth_db } else { 0.0 };
        self.growing_s = if is_growing { self.growing_s + STEP_S } else { 0.0 };
        self.last_db = level_db;
        let has_grown =
            self.growth_db >= GROWTH_DB && self.growing_s >= MIN_GROWTH_S - 1e-9 && level_db > GROWN_DBFS;
        has_grown || self.standing_s >= STANDING_S - 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;

    /// When the guard closes, in seconds; none: it stays open for all of `signal`.
    fn closes_after_s(mut signal: impl FnMut(f64) -> f64, seconds: f64) -> Option<f64> {
        let mut guard = Guard::new(RATE_HZ);
        let samples: Vec<f32> =
            (0..(seconds * RATE_HZ) as usize).map(|n| signal(n as f64 / RATE_HZ) as f32).collect();
        samples.chunks(64).position(|chunk| guard.is_howling(chunk, chunk)).map(|n| n as f64 * 64.0 / RATE_HZ)
    }

    #[test]
    fn a_loop_that_grows_is_closed_before_it_is_loud() {
        // 30 dB a second from -60 dBFS: a loop of 20 ms with 0.6 dB of gain.
        let howl = |t: f64| 10_f64.powf((-60.0 + 30.0 * t).min(0.0) / 20.0) * (TAU * 1800.0 * t).sin();
        let after_s = closes_after_s(howl, 4.0).unwrap();
        assert!((1.0..1.75).contains(&after_s), "{after_s} s");
    }

    #[test]
    fn a_howl_that_stands_is_closed_after_a_second() {
        let after_s = closes_after_s(|t| (3.0 * (TAU * 700.0 * t).sin()).clamp(-1.0, 1.0), 3.0).unwrap();
        assert!((0.9..1.1).contains(&after_s), "{after_s} s");
    }

    #[test]
    fn syllables_at_full_level_and_slow_swells_stay_open() {
        // Four syllables a second that clip.
        let shout = |t: f64| (4.0 * (TAU * 2.0 * t).sin().powi(2) * (TAU * 220.0 * t).sin()).clamp(-1.0, 1.0);
        assert_eq!(closes_after_s(shout, 10.0), None);
        // A swell that ends at -12 dBFS, with the beating of two strings.
        let swell =
            |t: f64| 0.25 * (t / 5.0).min(1.0) * ((TAU * 440.0 * t).sin() + (TAU * 443.0 * t).sin()) / 2.0;
        assert_eq!(closes_after_s(swell, 10.0), None);
    }
}
