//! Second-order sections in a row, four of them and both channels in one vector.
//!
//! Coefficients ([`super::section_coeffs`]) run in straight lines from one control tick to the next, and the sections stay
//! quiet: those of the memory form a positive matrix, and so does every mixture of two such matrices, so half-way between
//! two stable filters the filter is stable.
//!
//! The sections of a vector work on one sample after the other: while the first has sample n, the second has sample n - 1.
//! That is undone at the end of each call, so nothing is late.

use super::section_coeffs::{Coeffs, IDENTITY_MIX};
use super::section_kernel::{Group, LANES, NUM_ROWS, Rows, Run, SECTIONS_PER_GROUP};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use fearless_simd::Simd;

/// The most sections there can be.
pub const MAX_SECTIONS: usize = 32;

const NUM_GROUPS: usize = MAX_SECTIONS / SECTIONS_PER_GROUP;

/// Two groups keep the processor busy while each waits for its own last result.
const GROUPS_AT_ONCE: usize = 2;

/// How many numbers more than its frames a buffer of frames must have.
pub const FRAMES_PADDING: usize = 2 * (GROUPS_AT_ONCE * SECTIONS_PER_GROUP - 1) + LANES;

/// Where a section is: its group, and the lane of its first channel.
fn place(position: usize) -> (usize, usize) {
    (position / SECTIONS_PER_GROUP, 2 * (SECTIONS_PER_GROUP - 1 - position % SECTIONS_PER_GROUP))
}

/// Up to [`MAX_SECTIONS`] sections in the order of their slots. Those that let everything through take no part.
#[derive(Debug, Clone)]
pub struct SectionLanes {
    groups: [Group; NUM_GROUPS],
    /// How many sections take part.
    len: usize,
    /// Where a slot's section is among them.
    positions: [Option<usize>; MAX_SECTIONS],
    /// Sections that were aimed at and have no place yet.
    entering: [Option<[Coeffs; 2]>; MAX_SECTIONS],
    has_entering: bool,
    was_aimed: bool,
    is_moving: bool,
    is_fresh: bool,
}

impl Default for SectionLanes {
    fn default() -> Self {
        Self {
            groups: [Group::IDENTITY; NUM_GROUPS],
            len: 0,
            positions: [None; MAX_SECTIONS],
            entering: [None; MAX_SECTIONS],
            has_entering: false,
            was_aimed: false,
            is_moving: false,
            is_fresh: true,
        }
    }
}

impl SectionLanes {
    /// No section takes part, and the first to be aimed at is there at once.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether frames pass unchanged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether coefficients are on their way.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.is_moving
    }

    /// To be called at each control tick, before any [`Self::aim`]: what set out at the last one has arrived.
    pub fn arrive(&mut self) {
        if self.is_moving {
            for group in &mut self.groups[..self.len.div_ceil(SECTIONS_PER_GROUP)] {
                group.now = group.target;
                group.step = Default::default();
            }
        }
        self.was_aimed = false;
    }

    /// Where the section of `slot` is to be at the next control tick, in each channel.
    #[inline]
    pub fn aim(&mut self, slot: usize, coeffs: &[Coeffs; 2]) {
        self.was_aimed = true;
        let Some(position) = self.positions[slot] else {
            if !(coeffs[0].is_identity() && coeffs[1].is_identity()) {
                self.entering[slot] = Some(*coeffs);
                self.has_entering = true;
            }
            return;
        };
        let (group, lane) = place(position);
        let target = &mut self.groups[group].target;
        for (channel, coeffs) in coeffs.iter().enumerate() {
            // What comes to its end keeps its poles until then.
            if *coeffs != Coeffs::IDENTITY {
                for row in 0..3 {
                    target[row][lane + channel] = coeffs.memory[row];
                }
            }
            for row in 0..3 {
                target[3 + row][lane + channel] = coeffs.mix[row];
            }
        }
    }

    /// To be called at each control tick, after all [`Self::aim`].
    pub fn depart(&mut self) {
        if self.has_entering || (self.is_moving && !self.was_aimed) {
            self.take_places();
        }
        self.is_fresh = false;
        self.is_moving = self.was_aimed;
        if !self.is_moving {
            return;
        }
        for group in &mut self.groups[..self.len.div_ceil(SECTIONS_PER_GROUP)] {
            for ((step, target), now) in group.step.iter_mut().zip(&group.target).zip(&group.now) {
                for lane in 0..LANES {
                    step[lane] = (target[lane] - now[lane]) * (1.0 / CONTROL_INTERVAL_SAMPLES as f64);
                }
            }
        }
    }

    /// Lets sections in that do something now, and those out that no longer do.
    fn take_places(&mut self) {
        let old = self.clone();
        self.groups = [Group::IDENTITY; NUM_GROUPS];
        self.len = 0;
        for slot in 0..MAX_SECTIONS {
            self.positions[slot] = None;
            let stays = old.positions[slot].filter(|position| !old.is_identity_at(*position));
            if stays.is_none() && old.entering[slot].is_none() {
                continue;
            }
            let position = self.len;
            self.positions[slot] = Some(position);
            self.len += 1;
            if let Some(coeffs) = old.entering[slot] {
                self.enter(position, coeffs);
            } else if let Some(old_position) = stays {
                self.move_in(position, &old, old_position);
            }
        }
        self.entering = [None; MAX_SECTIONS];
        self.has_entering = false;
    }

    /// Whether the section lets everything through and will.
    fn is_identity_at(&self, position: usize) -> bool {
        let (group, lane) = place(position);
        let is_identity = |rows: &Rows| {
            (lane..lane + 2).all(|lane| [rows[3][lane], rows[4][lane], rows[5][lane]] == IDENTITY_MIX)
        };
        is_identity(&self.groups[group].now) && is_identity(&self.groups[group].target)
    }

    /// Starts a section from the identity, or at once where everything starts.
    fn enter(&mut self, position: usize, coeffs: [Coeffs; 2]) {
        let (group, lane) = place(position);
        let group = &mut self.groups[group];
        for (channel, coeffs) in coeffs.iter().enumerate() {
            let start = if self.is_fresh { *coeffs } else { Coeffs { mix: IDENTITY_MIX, ..*coeffs } };
            for row in 0..NUM_ROWS {
                group.now[row][lane + channel] = start.rows()[row];
                group.target[row][lane + channel] = coeffs.rows()[row];
            }
        }
    }

    fn move_in(&mut self, position: usize, old: &Self, old_position: usize) {
        let ((group, lane), (old_group, old_lane)) = (place(position), place(old_position));
        let (group, old_group) = (&mut self.groups[group], &old.groups[old_group]);
        for channel in 0..2 {
            for row in 0..NUM_ROWS {
                group.now[row][lane + channel] = old_group.now[row][old_lane + channel];
                group.target[row][lane + channel] = old_group.target[row][old_lane + channel];
            }
            for (memory, old) in group.memory.iter_mut().zip(&old_group.memory) {
                memory[lane + channel] = old[old_lane + channel];
            }
        }
    }

    /// Filters `len` frames, one after the other in `frames`, which has [`FRAMES_PADDING`] numbers more at its end.
    /// `phase` is the first frame's distance from the last control tick.
    #[inline(always)]
    pub fn process<S: Simd>(&mut self, simd: S, frames: &mut [f64], len: usize, phase: usize) {
        let used = self.len.div_ceil(SECTIONS_PER_GROUP);
        let run = Run { simd, len, phase };
        for groups in self.groups[..used].chunks_mut(GROUPS_AT_ONCE) {
            frames[2 * len..].fill(0.0);
            match (groups.len(), self.is_moving) {
                (2, true) => run.all::<2, true>(groups, frames),
                (2, false) => run.all::<2, false>(groups, frames),
                (_, true) => run.all::<1, true>(groups, frames),
                (_, false) => run.all::<1, false>(groups, frames),
            }
        }
    }
}
