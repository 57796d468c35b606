//! The loudness of a programme where it is a programme: K-weighted, over the last three seconds that were no pause.
//!
//! The weighting, the hops and the window are those of the loudness meter (BS.1770-5). What differs is the gate, which works as the
//! programme goes on: a hop counts while the 100 ms that end with it lie at most 20 LU under the programme's own level, which is the
//! mean of what counted over half a minute. Silence and the noise of a room are left out, so the loudness before a pause
//! still stands after it.

use super::figures::Lufs;
use super::k_weighting::{KWeighting, PairMeter};
use super::windows::{HOPS_PER_SECOND, HopClock, SHORT_TERM_HOPS, SlidingWindow};
use crate::units::db_to_power;

/// How far under the programme's own level something is still programme. Speech has its words within 15 LU; a room that is
/// only 20 LU under its speaker is noisy indeed.
const GATE_LU: f64 = -20.0;

/// Hops that the gate looks at: as long as a gap between syllables, which is no pause.
const GATE_HOPS: usize = 10;

/// Hops over which the programme's own level is a mean.
const OWN_LEVEL_HOPS: f64 = 30.0 * HOPS_PER_SECOND as f64;

/// Measures one or two channels.
#[derive(Debug, Clone, Default)]
pub struct ProgrammeLoudness {
    weighting: Option<KWeighting>,
    num_channels: usize,
    pair: PairMeter,
    clock: HopClock,
    recent: SlidingWindow<GATE_HOPS>,
    short_term: SlidingWindow<SHORT_TERM_HOPS>,
    short_term_power: f64,
    own_power: f64,
    floor_power: f64,
    gate_share: f64,
    is_active: bool,
    num_active_hops: usize,
}

impl ProgrammeLoudness {
    /// A measure that must be prepared. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For a sample rate that a processor takes, and one or two channels. Allocates nothing.
    pub fn prepare(&mut self, sample_rate_hz: f64, num_channels: usize) {
        *self = Self {
            weighting: Some(KWeighting::design(sample_rate_hz)),
            num_channels,
            clock: HopClock::new(sample_rate_hz),
            gate_share: db_to_power(GATE_LU),
            ..Self::default()
        };
    }

    /// Forgets all audio and takes it that the programme has had a loudness of `start` so far.
    pub fn reset(&mut self, start: Lufs) {
        self.pair = PairMeter::default();
        self.clock.reset();
        self.recent = SlidingWindow::default();
        self.own_power = start.to_power();
        self.short_term_power = self.own_power;
        self.short_term.fill(self.own_power);
        self.is_active = false;
        self.num_active_hops = 0;
    }

    /// What lies under this is never programme.
    pub fn set_floor(&mut self, floor: Lufs) {
        self.floor_power = floor.to_power();
    }

    /// The most frames that the next [`Self::add`] takes.
    #[must_use]
    pub fn frames_left(&self) -> usize {
        self.clock.frames_left()
    }

    /// Listens to channels of any length until [`Self::is_full`], for a first pass over a file.
    pub fn listen(&mut self, channels: &[&[f32]]) {
        let (Some(left), Some(right)) = (channels.first(), channels.last()) else { return };
        let mut start = 0;
        while start < left.len() && !self.is_full() {
            let end = left.len().min(start + self.frames_left());
            self.add(&left[start..end], &right[start..end]);
            start = end;
        }
    }

    /// Listens to at most [`Self::frames_left`] frames of both channels, the only one twice; true when they end a hop, and
    /// the figures are new.
    pub fn add(&mut self, left: &[f32], right: &[f32]) -> bool {
        let Some(weighting) = &self.weighting else { return false };
        self.pair.add(weighting, left, right);
        let is_finished = self.clock.advance(left.len());
        if is_finished {
            self.finish_hop();
        }
        is_finished
    }

    fn finish_hop(&mut self) {
        let weighted = self.pair.take_hop().weighted;
        let power =
            weighted.iter().take(self.num_channels).sum::<f64>() / self.clock.frames_of_last(1) as f64;
        let recent_power = self.recent.mean_with(power);
        self.is_active = recent_power > self.floor_power.max(self.own_power * self.gate_share);
        if self.is_active {
            self.num_active_hops += 1;
            self.short_term_power = self.short_term.mean_with(power);
            self.own_power += (power - self.own_power) / OWN_LEVEL_HOPS;
        }
    }

    /// Whether the last hop was programme.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    /// Whether the loudness is measured throughout, and nothing of the start that was supposed is left in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.num_active_hops >= SHORT_TERM_HOPS
    }

    /// The loudness of the last three seconds of programme.
    #[must_use]
    pub fn lufs(&self) -> Lufs {
        Lufs::from_power(self.short_term_power)
    }
}
