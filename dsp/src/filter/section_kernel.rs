//! The inner loop of [`super::section_lanes`].

use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// Four sections, both channels of each.
pub(super) const LANES: usize = 8;
pub(super) const SECTIONS_PER_GROUP: usize = 4;

/// Rows of [`super::section_coeffs::Coeffs`]: three for the memory, then three for the mix.
pub(super) const NUM_ROWS: usize = 6;
pub(super) type Rows = [[f64; LANES]; NUM_ROWS];

/// Four sections, both channels of each: the last section in the first two lanes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) now: Rows,
    pub(super) step: Rows,
    pub(super) target: Rows,
    pub(super) memory: [[f64; LANES]; 2],
}

impl Group {
    /// Sections that let everything through.
    pub(super) const IDENTITY: Self = {
        let mut rows = [[0.0; LANES]; NUM_ROWS];
        rows[3] = [1.0; LANES];
        Self { now: rows, step: [[0.0; LANES]; NUM_ROWS], target: rows, memory: [[0.0; LANES]; 2] }
    };
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
pub(super) struct Run<S> {
    pub(super) simd: S,
    pub(super) len: usize,
    pub(super) phase: usize,
}

impl<S: Simd> Run<S> {
    /// Filters all frames by `G` groups. `frames` has room for [`super::section_lanes::FRAMES_PADDING`] numbers more.
    #[inline(always)]
    pub(super) fn all<const G: usize, const MOVING: bool>(self, groups: &mut [Group], frames: &mut [f64]) {
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
        let flushes = (self.phase + t).is_multiple_of(CONTROL_INTERVAL_SAMPLES);
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
