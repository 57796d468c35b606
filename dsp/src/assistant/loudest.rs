//! Where a file is loudest, found while it streams by.

use super::LISTENING_S;
use crate::meter::{ChannelRole, LoudnessMeter, Lufs, MeterError};
use core::ops::Range;
use std::collections::VecDeque;

/// How often the window is looked at.
const STEP_S: f64 = 1.0;

/// Finds the 30 s with the highest loudness, by the short-term loudness of every second.
#[derive(Debug, Clone)]
pub struct LoudestPart {
    meter: LoudnessMeter,
    step_len: usize,
    num_in_step: usize,
    num_frames: u64,
    recent: VecDeque<f64>,
    best: Option<(f64, u64)>,
}

impl LoudestPart {
    /// For a sample rate of 8 to 384 kHz, and one or two channels.
    ///
    /// # Errors
    /// When the meter does not take them.
    pub fn new(sample_rate_hz: f64, num_channels: usize) -> Result<Self, MeterError> {
        let mut meter = LoudnessMeter::new();
        let roles = if num_channels == 1 { &ChannelRole::MONO[..] } else { &ChannelRole::STEREO };
        meter.prepare(sample_rate_hz, roles)?;
        let step_len = (sample_rate_hz * STEP_S) as usize;
        Ok(Self { meter, step_len, num_in_step: 0, num_frames: 0, recent: VecDeque::new(), best: None })
    }

    /// Takes the next samples, a slice for each channel.
    pub fn process(&mut self, channels: &[&[f32]]) {
        let len = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut start = 0;
        while start < len {
            let end = len.min(start + self.step_len - self.num_in_step);
            let part: Vec<&[f32]> = channels.iter().map(|channel| &channel[start..end]).collect();
            self.meter.process(&part);
            self.num_in_step += end - start;
            self.num_frames += (end - start) as u64;
            if self.num_in_step == self.step_len {
                self.num_in_step = 0;
                self.finish_step();
            }
            start = end;
        }
    }

    fn finish_step(&mut self) {
        let num_steps = (LISTENING_S / STEP_S) as usize;
        let power = self.meter.reading().short_term_lufs.map_or(0.0, Lufs::to_power);
        if self.recent.len() == num_steps {
            self.recent.pop_front();
        }
        self.recent.push_back(power);
        let sum: f64 = self.recent.iter().sum();
        // The first of equals, so that a loop is heard from its beginning.
        if self.recent.len() == num_steps && self.best.is_none_or(|(best, _)| sum > best) {
            self.best = Some((sum, self.num_frames));
        }
    }

    /// The loudest part in frames; a shorter file is all of it.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        let part_len = (LISTENING_S / STEP_S) as u64 * self.step_len as u64;
        self.best.map_or(0..self.num_frames, |(_, end)| end.saturating_sub(part_len)..end)
    }
}
