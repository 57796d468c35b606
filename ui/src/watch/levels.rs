//! What level bars show: they rise at once, fall slowly, and remember for a while how far they went.

use lacquer_dsp::units::gain_to_db;

/// How fast a bar falls (IEC 60268-18: 20 dB in 1.7 s).
const FALL_DB_PER_S: f64 = 20.0 / 1.7;

/// How long a peak stands.
const HOLD_S: f64 = 1.5;

/// Bars lower than this are empty.
const FLOOR_DB: f64 = -120.0;

/// The level of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Needle {
    /// In dBFS; none in silence.
    pub level_dbfs: Option<f64>,
    /// The highest of the last moments, dBFS.
    pub held_dbfs: Option<f64>,
    /// The highest since the reset, dBFS.
    pub highest_dbfs: Option<f64>,
    held_until_s: f64,
}

impl Needle {
    /// Whether a sample has gone beyond full scale since the reset.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.highest_dbfs.is_some_and(|highest| highest > 0.0)
    }

    fn update(&mut self, now_s: f64, elapsed_s: f64, peak: f32) {
        let peak_dbfs = gain_to_db(f64::from(peak)).max(FLOOR_DB);
        let fallen = |level: f64| level - elapsed_s * FALL_DB_PER_S;
        let level = peak_dbfs.max(self.level_dbfs.map_or(FLOOR_DB, fallen));
        let held = self.held_dbfs.unwrap_or(FLOOR_DB);
        if level >= held {
            (self.held_dbfs, self.held_until_s) = (Some(level), now_s + HOLD_S);
        } else if now_s >= self.held_until_s {
            self.held_dbfs = Some(fallen(held).max(level));
        }
        self.level_dbfs = Some(level).filter(|level| *level > FLOOR_DB);
        self.held_dbfs = self.held_dbfs.filter(|held| *held > FLOOR_DB);
        if peak > 0.0 && self.highest_dbfs.is_none_or(|highest| peak_dbfs > highest) {
            self.highest_dbfs = Some(peak_dbfs);
        }
    }
}

/// The levels of both channels before and after the chain.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Levels {
    /// As they came in.
    pub input: [Needle; 2],
    /// As they go out.
    pub output: [Needle; 2],
    updated_s: f64,
}

impl Levels {
    /// Takes the largest samples since the last call, of input and output.
    pub(super) fn update(&mut self, now_s: f64, peaks: [[f32; 2]; 2]) {
        let elapsed_s = (now_s - self.updated_s).max(0.0);
        self.updated_s = now_s;
        for (needles, peaks) in [&mut self.input, &mut self.output].into_iter().zip(peaks) {
            for (needle, peak) in needles.iter_mut().zip(peaks) {
                needle.update(now_s, elapsed_s, peak);
            }
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self { updated_s: self.updated_s, ..Self::default() };
    }
}
