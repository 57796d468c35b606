//! Frames sorted by their level, so that gates can be laid afterwards over a programme that is not kept.
//!
//! Each row of 1 dB holds how many frames had this level, and the sums of what was measured of them. The mean over the loud frames,
//! or over the quietest, is then a sum over rows: any length of programme in a fixed amount of memory.

use super::bands::NUM_BANDS;
use crate::units::power_to_db;

/// The lowest row; what is quieter is digital silence and in none.
pub(super) const SILENCE_DBFS: f64 = -100.0;
const NUM_ROWS: usize = 130;

/// What is measured of a frame, and summed over frames. Powers are mean squares, where a full-scale sine is a half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FrameSums {
    pub(super) num_frames: u64,
    /// Of mid and side together, which is the mean of both channels.
    pub(super) bands: [f64; NUM_BANDS],
    /// Of the side alone.
    pub(super) side_bands: [f64; NUM_BANDS],
}

impl Default for FrameSums {
    fn default() -> Self {
        Self { num_frames: 0, bands: [0.0; NUM_BANDS], side_bands: [0.0; NUM_BANDS] }
    }
}

impl FrameSums {
    pub(super) fn add(&mut self, other: &Self) {
        self.num_frames += other.num_frames;
        for (sum, x) in self.bands.iter_mut().zip(&other.bands) {
            *sum += x;
        }
        for (sum, x) in self.side_bands.iter_mut().zip(&other.side_bands) {
            *sum += x;
        }
    }

    /// The mean power of these bands.
    pub(super) fn power(&self, bands: impl Iterator<Item = usize>) -> f64 {
        bands.map(|band| self.bands[band]).sum::<f64>() / self.num_frames.max(1) as f64
    }

    /// The same of the side.
    pub(super) fn side_power(&self, bands: impl Iterator<Item = usize>) -> f64 {
        bands.map(|band| self.side_bands[band]).sum::<f64>() / self.num_frames.max(1) as f64
    }
}

/// The rows.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    rows: Vec<FrameSums>,
    num_silent: u64,
}

impl Levels {
    pub(super) fn new() -> Self {
        Self { rows: vec![FrameSums::default(); NUM_ROWS], num_silent: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.rows.fill(FrameSums::default());
        self.num_silent = 0;
    }

    /// Sorts a frame in.
    pub(super) fn add(&mut self, level_dbfs: f64, frame: &FrameSums) {
        if level_dbfs < SILENCE_DBFS {
            self.num_silent += 1;
            return;
        }
        let row_idx = ((level_dbfs - SILENCE_DBFS) as usize).min(NUM_ROWS - 1);
        self.rows[row_idx].add(frame);
    }

    pub(super) fn num_frames(&self) -> u64 {
        self.num_silent + self.num_sounding()
    }

    fn num_sounding(&self) -> u64 {
        self.rows.iter().map(|row| row.num_frames).sum()
    }

    /// Everything at or above a level.
    pub(super) fn above(&self, level_dbfs: f64) -> FrameSums {
        let first = (level_dbfs - SILENCE_DBFS).max(0.0) as usize;
        sum(self.rows.iter().skip(first))
    }

    /// The quietest share of what is no digital silence, by whole rows.
    pub(super) fn quietest(&self, share: f64) -> FrameSums {
        sum(self.rows.iter().take(self.row_at(share) + 1))
    }

    /// The level under which this share of the sounding frames lies, in whole decibels.
    pub(super) fn level_at(&self, share: f64) -> f64 {
        SILENCE_DBFS + self.row_at(share) as f64
    }

    fn row_at(&self, share: f64) -> usize {
        let wanted = share * self.num_sounding() as f64;
        let mut num_so_far = 0;
        let reaches = |row: &FrameSums| {
            num_so_far += row.num_frames;
            num_so_far as f64 >= wanted && num_so_far > 0
        };
        self.rows.iter().position(reaches).unwrap_or(NUM_ROWS - 1)
    }
}

fn sum<'a>(rows: impl Iterator<Item = &'a FrameSums>) -> FrameSums {
    let mut total = FrameSums::default();
    rows.for_each(|row| total.add(row));
    total
}

/// Decibels of a power, not under the level of digital silence.
pub(super) fn level_dbfs(power: f64) -> f64 {
    power_to_db(power.max(1e-15))
}
