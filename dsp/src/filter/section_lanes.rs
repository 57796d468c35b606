//! Second-order sections in a row, four of them and both channels in one vector.
//!
//! Each section is a state-variable filter (A. Simper, "Solving the continuous SVF equations using trapezoidal
//! integration", Cytomic, 2013) whose output is mixed from its input and its memory, so it can be any section. Coefficients
//! run in straight lines from one control tick to the next and it stays quiet: the memory's coefficients form a positive
//! matrix, and so does every mixture of two such matrices, so half-way between two stable filters the filter is stable.
//!
//! The sections of a vector work on one sample after the other: while the first has sample n, the second has sample n - 1.
//! That is undone at the end of each call, so nothing is late.

use super::matched::Ratio;
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// The most sections there can be.
pub const MAX_SECTIONS: usize = 32;

const LANES: usize = 8;
const SECTIONS_PER_GROUP: usize = 4;
const NUM_GROUPS: usize = MAX_SECTIONS / SECTIONS_PER_GROUP;

/// Two groups keep the processor busy while each waits for its own last result.
const GROUPS_AT_ONCE: usize = 2;

/// How many numbers more than its frames a buffer of frames must have.
pub const FRAMES_PADDING: usize = 2 * (GROUPS_AT_ONCE * SECTIONS_PER_GROUP - 1) + LANES;

/// A section: three numbers that move its memory, and three that mix its output from the input and both memories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coeffs {
    memory: [f64; 3],
    mix: [f64; 3],
}

/// The mix that leaves the input as it is.
const IDENTITY_MIX: [f64; 3] = [1.0, 0.0, 0.0];

impl Coeffs {
    /// The input alone.
    pub const IDENTITY: Self = Self { memory: [0.0; 3], mix: IDENTITY_MIX };

    /// The section with this transfer function.
    #[must_use]
    pub fn new(ratio: &Ratio) -> Self {
        let (b, a) = (&ratio.numerator, &ratio.denominator);
        let g = (a.dc / a.nyquist).sqrt();
        let damping = 2.0 * a.skew / a.nyquist;
        let a1 = 1.0 / (1.0 + g * g + damping);
        let memory = [2.0 * a1 - 1.0, 2.0 * g * a1, 2.0 * g * g * a1];
        if b == a {
            return Self { memory, mix: IDENTITY_MIX };
        }
        let (high, low) = (b.nyquist / a.nyquist, b.dc / a.dc);
        // Band and low are means of a memory before and after, hence the halves.
        let half_band = (b.skew / a.nyquist - 0.5 * high * damping) / g;
        let half_low = 0.5 * (low - high);
        let [first, cross, second] = memory;
        let turned = half_band * cross + half_low * second;
        let mix = [high + turned, half_band * (1.0 + first) + half_low * cross, 2.0 * half_low - turned];
        Self { memory, mix }
    }

    /// Whether the output is the input, bit for bit.
    #[must_use]
    #[inline]
    pub fn is_identity(&self) -> bool {
        self.mix == IDENTITY_MIX
    }

    /// The gain at a frequency in radians per sample.
    #[cfg(test)]
    pub(crate) fn gain(&self, radians: f64) -> f64 {
        let ([a, b, c], [direct, of_first, of_second]) = (self.memory, self.mix);
        // (z - M) m = input by Cramer's rule, with M = [a, -b; b, 1 - c] and input [b, c], at z = exp(j radians).
        let (re, im) = (libm::cos(radians), libm::sin(radians));
        let times = |x: [f64; 2], y: [f64; 2]| [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]];
        let (p, q) = ([re - a, im], [re - 1.0 + c, im]);
        let determinant = {
            let product = times(p, q);
            [product[0] + b * b, product[1]]
        };
        let first = [b * q[0] - b * c, b * q[1]];
        let second = [c * p[0] + b * b, c * p[1]];
        let numerator: [f64; 2] =
            core::array::from_fn(|n| of_first * first[n] + of_second * second[n] + direct * determinant[n]);
        let norm = |x: [f64; 2]| (x[0] * x[0] + x[1] * x[1]).sqrt();
        norm(numerator) / norm(determinant)
    }

    /// A share of the section and the rest of its input.
    #[must_use]
    #[inline]
    pub fn heard(self, share: f64) -> Self {
        if share == 1.0 {
            return self;
        }
        Self { mix: core::array::from_fn(|n| share_of_the_way(IDENTITY_MIX[n], self.mix[n], share)), ..self }
    }

    /// The coefficients a share of the way to `other`. What is the identity takes the other's memory.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let from = if self.is_identity() { other.memory } else { self.memory };
        let to = if other.is_identity() { self.memory } else { other.memory };
        Self {
            memory: core::array::from_fn(|n| share_of_the_way(from[n], to[n], share)),
            mix: core::array::from_fn(|n| share_of_the_way(self.mix[n], other.mix[n], share)),
        }
    }

    /// The sum of coefficients by weights that add up to one.
    #[must_use]
    #[inline]
    pub fn weighted([p, q, r, s]: [&Self; 4], weights: [f64; 4]) -> Self {
        let mut sum = Self::IDENTITY;
        for n in 0..3 {
            sum.memory[n] = (weights[0] * p.memory[n] + weights[1] * q.memory[n])
                + (weights[2] * r.memory[n] + weights[3] * s.memory[n]);
        }
        if p.is_identity() && q.is_identity() && r.is_identity() && s.is_identity() {
            return sum;
        }
        for n in 0..3 {
            sum.mix[n] = (weights[0] * p.mix[n] + weights[1] * q.mix[n])
                + (weights[2] * r.mix[n] + weights[3] * s.mix[n]);
        }
        sum
    }

    fn rows(&self) -> [f64; NUM_ROWS] {
        let ([a, b, c], [d, e, f]) = (self.memory, self.mix);
        [a, b, c, d, e, f]
    }
}

fn share_of_the_way(from: f64, to: f64, share: f64) -> f64 {
    from + share * (to - from)
}

const NUM_ROWS: usize = 6;
type Rows = [[f64; LANES]; NUM_ROWS];

/// Four sections, both channels of each: the last section in the first two lanes.
#[derive(Debug, Clone, Copy)]
struct Group {
    now: Rows,
    step: Rows,
    target: Rows,
    memory: [[f64; LANES]; 2],
}

impl Group {
    const IDENTITY: Self = {
        let mut rows = [[0.0; LANES]; NUM_ROWS];
        rows[3] = [1.0; LANES];
        Self { now: rows, step: [[0.0; LANES]; NUM_ROWS], target: rows, memory: [[0.0; LANES]; 2] }
    };
}

/// Where a section is: its group, and the lane of its first channel.
fn place(position: usize) -> (usize, usize) {
    (position / SECTIONS_PER_GROUP, 2 * (SECTIONS_PER_GROUP - 1 - position % SECTIONS_PER_GROUP))
}

/// Up to [`MAX_SECTIONS`] sections in the order of their slots. Those that let everything through take no part.
#[derive(Debug, Clone)]
pub struct SectionLanes {
    groups: [Group; NUM_GROUPS],
    /// The slots that take part, in order.
    slots: [usize; MAX_SECTIONS],
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
            slots: [0; MAX_SECTIONS],
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
            self.slots[position] = slot;
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

/// The registers of one group.
#[derive(Clone, Copy)]
struct Registers<S: Simd> {
    now: [f64x8<S>; NUM_ROWS],
    step: [f64x8<S>; NUM_ROWS],
    memory: [f64x8<S>; 2],
    output: f64x8<S>,
}

impl<S: Simd> Registers<S> {
    #[inline(always)]
    fn load(simd: S, group: &Group) -> Self {
        let zero = f64x8::splat(simd, 0.0);
        let mut registers =
            Self { now: [zero; NUM_ROWS], step: [zero; NUM_ROWS], memory: [zero; 2], output: zero };
        for row in 0..NUM_ROWS {
            registers.now[row] = f64x8::load_array_ref(simd, &group.now[row]);
            registers.step[row] = f64x8::load_array_ref(simd, &group.step[row]);
        }
        for row in 0..2 {
            registers.memory[row] = f64x8::load_array_ref(simd, &group.memory[row]);
        }
        registers
    }

    #[inline(always)]
    fn store<const MOVING: bool>(&self, group: &mut Group) {
        for row in 0..2 {
            self.memory[row].store_array(&mut group.memory[row]);
        }
        if MOVING {
            for row in 0..NUM_ROWS {
                self.now[row].store_array(&mut group.now[row]);
            }
        }
    }

    /// One sample on.
    #[inline(always)]
    fn tick<const MOVING: bool>(&mut self, x: f64x8<S>) {
        if MOVING {
            for row in 0..NUM_ROWS {
                self.now[row] += self.step[row];
            }
        }
        let [first, cross, second, direct, of_first, of_second] = self.now;
        let [m1, m2] = self.memory;
        let v = x - m2;
        self.memory = [first * m1 + cross * v, (m2 + cross * m1) + second * v];
        self.output = direct * x + (of_first * m1 + of_second * m2);
    }

    /// One sample on in the lanes that have one: those that have had none yet or all of `len` wait.
    #[inline(always)]
    fn tick_some<const MOVING: bool>(
        &mut self,
        simd: S,
        x: f64x8<S>,
        flushes: bool,
        first_lane_ticks: f64,
        len: f64,
    ) {
        let zero = f64x8::splat(simd, 0.0);
        let ticks = f64x8::splat(simd, first_lane_ticks) - f64x8::load_array(simd, POSITIONS);
        let has_sample = ticks.simd_ge(zero) & ticks.simd_lt(f64x8::splat(simd, len));
        let old = *self;
        if MOVING {
            for row in 0..NUM_ROWS {
                self.step[row] = has_sample.select(old.step[row], zero);
            }
        }
        if flushes {
            self.flush(simd);
        }
        self.tick::<MOVING>(x);
        for row in 0..2 {
            self.memory[row] = has_sample.select(self.memory[row], old.memory[row]);
        }
        self.step = old.step;
    }

    /// As [`crate::math::flush`].
    #[inline(always)]
    fn flush(&mut self, simd: S) {
        let (zero, smallest) = (f64x8::splat(simd, 0.0), f64x8::splat(simd, 1e-30));
        for row in 0..2 {
            self.memory[row] = self.memory[row].abs().simd_lt(smallest).select(zero, self.memory[row]);
        }
    }
}

/// How many sections of its group come before a lane's.
const POSITIONS: [f64; LANES] = [3.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0];

/// What stays the same from the first sample to the last.
#[derive(Clone, Copy)]
struct Run<S> {
    simd: S,
    len: usize,
    phase: usize,
}

impl<S: Simd> Run<S> {
    #[inline(always)]
    fn all<const G: usize, const MOVING: bool>(self, groups: &mut [Group], frames: &mut [f64]) {
        let depth = G * SECTIONS_PER_GROUP - 1;
        let mut registers = [Registers::load(self.simd, &groups[0]); G];
        for g in 1..G {
            registers[g] = Registers::load(self.simd, &groups[g]);
        }
        let full_end = self.len.max(depth);
        for t in 0..depth {
            self.tick::<G, MOVING, false>(&mut registers, frames, t);
        }
        for t in depth..full_end {
            self.tick::<G, MOVING, true>(&mut registers, frames, t);
        }
        for t in full_end..self.len + depth {
            self.tick::<G, MOVING, false>(&mut registers, frames, t);
        }
        for g in 0..G {
            registers[g].store::<MOVING>(&mut groups[g]);
        }
    }

    /// Everything one sample on; the first section has frame `t`.
    #[inline(always)]
    fn tick<const G: usize, const MOVING: bool, const ALL: bool>(
        self,
        registers: &mut [Registers<S>; G],
        frames: &mut [f64],
        t: usize,
    ) {
        let depth = G * SECTIONS_PER_GROUP - 1;
        let flushes = (self.phase + t) % CONTROL_INTERVAL_SAMPLES == 0;
        let mut before = f64x8::from_slice(self.simd, &frames[2 * t..2 * t + LANES]);
        for g in 0..G {
            let registers = &mut registers[g];
            let x = registers.output.slide::<2>(before);
            before = registers.output;
            if ALL {
                if flushes {
                    registers.flush(self.simd);
                }
                registers.tick::<MOVING>(x);
            } else {
                let ticks = t as f64 - (g * SECTIONS_PER_GROUP) as f64;
                registers.tick_some::<MOVING>(self.simd, x, flushes, ticks, self.len as f64);
            }
        }
        if t >= depth {
            registers[G - 1].output.store_slice(&mut frames[2 * (t - depth)..2 * (t - depth) + LANES]);
        }
    }
}
