//! What happens to the side signal: two filters, whose controls move or rest, and the widths of the bands.

use crate::filter::svf::Svf;
use crate::math::flush;

/// Everything that moves, at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Controls {
    pub(super) width_low: f64,
    pub(super) width_high: f64,
    pub(super) mono_bass: f64,
    /// Of what widening adds, the guard's.
    pub(super) share: f64,
    /// The crossover's one coefficient.
    pub(super) low_gain: f64,
    /// The high-pass of the mono bass.
    pub(super) rows: HighPassRows,
}

/// A state-variable high-pass as its memory sees it: what moves the memory, and what is heard of memory and input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HighPassRows {
    memory: [f64; 3],
    heard: [f64; 2],
}

impl HighPassRows {
    pub(super) fn new(svf: &Svf) -> Self {
        Self { memory: svf.memory_rows(), heard: svf.high_rows() }
    }
}

impl Controls {
    /// The same, a share of the way to `to`.
    #[inline(always)]
    pub(super) fn towards(&self, to: &Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + share * (to - from);
        let mut rows = self.rows;
        for idx in 0..3 {
            rows.memory[idx] = between(rows.memory[idx], to.rows.memory[idx]);
        }
        for idx in 0..2 {
            rows.heard[idx] = between(rows.heard[idx], to.rows.heard[idx]);
        }
        Self {
            width_low: between(self.width_low, to.width_low),
            width_high: between(self.width_high, to.width_high),
            mono_bass: between(self.mono_bass, to.mono_bass),
            share: between(self.share, to.share),
            low_gain: between(self.low_gain, to.low_gain),
            rows,
        }
    }

    /// The gains of side and low band in what is there without widening, and in what widening adds.
    #[inline(always)]
    pub(super) fn side_gains(&self) -> [[f64; 2]; 2] {
        let narrowed = |width: f64| if width < 1.0 { width } else { 1.0 };
        let (low, high) = (narrowed(self.width_low), narrowed(self.width_high));
        let (more_low, more_high) = (self.width_low - low, self.width_high - high);
        [[high, low - high], [more_high, more_low - more_high]]
    }
}

/// What is there of the side without widening, and what widening adds, of the whole side and its low band.
#[inline(always)]
pub(super) fn sides(gains: [[f64; 2]; 2], [side, low]: [f64; 2]) -> [f64; 2] {
    [gains[0][0] * side + gains[0][1] * low, gains[1][0] * side + gains[1][1] * low]
}

/// The filters' memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    high_pass: [f64; 2],
    low: f64,
    /// In the middle of a pair of frames: the memory at its beginning and what the filters were given then.
    pair: PairStart,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairStart {
    high_pass: [f64; 2],
    side: f64,
    low: f64,
    bassless: f64,
}

/// One step of settled filters, and two at once: a filter that takes two frames in one step waits for itself half as often.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    controls: Controls,
    once: [[f64; 2]; 2],
    twice: [[f64; 2]; 2],
    input: [f64; 2],
    earlier_input: [f64; 2],
    low_once: f64,
    low_twice: f64,
    low_input: f64,
    low_earlier_input: f64,
}

#[inline(always)]
fn times(matrix: &[[f64; 2]; 2], [m1, m2]: [f64; 2]) -> [f64; 2] {
    [matrix[0][0] * m1 + matrix[0][1] * m2, matrix[1][0] * m1 + matrix[1][1] * m2]
}

impl Steps {
    pub(super) fn new(controls: &Controls) -> Self {
        let [r0, r1, r2] = controls.rows.memory;
        let once = [[r0, -r1], [r1, 1.0 - r2]];
        let input = [r1, r2];
        let columns = [0, 1].map(|c| times(&once, [once[0][c], once[1][c]]));
        let low_once = 1.0 - 2.0 * controls.low_gain;
        let low_input = 2.0 * controls.low_gain;
        Self {
            controls: *controls,
            once,
            twice: [[columns[0][0], columns[1][0]], [columns[0][1], columns[1][1]]],
            input,
            earlier_input: times(&once, input),
            low_once,
            low_twice: low_once * low_once,
            low_input,
            low_earlier_input: low_once * low_input,
        }
    }

    /// The side without its bass, as far as it is to be mono, and the low band of that.
    #[inline(always)]
    fn heard(&self, memory: &Memory, side: f64) -> [f64; 2] {
        let [m1, m2] = memory.high_pass;
        let rows = &self.controls.rows.heard;
        let high_passed = rows[0] * (side - m2) - rows[1] * m1;
        let bassless = side + self.controls.mono_bass * (high_passed - side);
        [bassless, memory.low + self.controls.low_gain * (bassless - memory.low)]
    }

    /// The first frame of a pair.
    #[inline(always)]
    fn first(&self, memory: &mut Memory, side: f64) -> [f64; 2] {
        let heard = self.heard(memory, side);
        let bassless = heard[0];
        memory.pair = PairStart { high_pass: memory.high_pass, side, low: memory.low, bassless };
        let [m1, m2] = times(&self.once, memory.high_pass);
        memory.high_pass = [m1 + self.input[0] * side, m2 + self.input[1] * side];
        memory.low = self.low_once * memory.low + self.low_input * bassless;
        heard
    }

    /// The second, from the memory at the beginning of the pair.
    #[inline(always)]
    fn second(&self, memory: &mut Memory, side: f64) -> [f64; 2] {
        let heard = self.heard(memory, side);
        let pair = memory.pair;
        let [m1, m2] = times(&self.twice, pair.high_pass);
        let from_inputs = |idx: usize| self.earlier_input[idx] * pair.side + self.input[idx] * side;
        memory.high_pass = [m1 + from_inputs(0), m2 + from_inputs(1)];
        let from_inputs = self.low_earlier_input * pair.bassless + self.low_input * heard[0];
        memory.low = self.low_twice * pair.low + from_inputs;
        heard
    }
}

impl Steps {
    /// Replaces sides by what is left of them without bass, and puts their low bands into `low`, from `phase` samples after a
    /// control tick on.
    #[inline(always)]
    pub(super) fn run(&self, memory: &mut Memory, phase: usize, sides: &mut [f64], low: &mut [f64]) {
        let (steps, mut now) = (*self, *memory);
        let is_in_pair = phase % 2 == 1;
        let (first_sides, sides) = sides.split_at_mut(usize::from(is_in_pair));
        let (first_low, low) = low.split_at_mut(usize::from(is_in_pair));
        for (side, low) in first_sides.iter_mut().zip(first_low) {
            [*side, *low] = steps.second(&mut now, *side);
        }
        let (pairs, rest) = sides.as_chunks_mut::<2>();
        let (low_pairs, low_rest) = low.as_chunks_mut::<2>();
        for ([a, b], [low_a, low_b]) in pairs.iter_mut().zip(low_pairs) {
            [*a, *low_a] = steps.first(&mut now, *a);
            [*b, *low_b] = steps.second(&mut now, *b);
        }
        for (side, low) in rest.iter_mut().zip(low_rest) {
            [*side, *low] = steps.first(&mut now, *side);
        }
        *memory = now;
    }
}

impl Memory {
    /// One frame through filters that move.
    #[inline(always)]
    pub(super) fn tick(&mut self, controls: &Controls, side: f64) -> [f64; 2] {
        let ([m1, m2], [r0, r1, r2]) = (self.high_pass, controls.rows.memory);
        let v = side - m2;
        self.high_pass = [r0 * m1 + r1 * v, m2 + (r1 * m1 + r2 * v)];
        let high_passed = controls.rows.heard[0] * v - controls.rows.heard[1] * m1;
        let bassless = side + controls.mono_bass * (high_passed - side);
        let half_step = (bassless - self.low) * controls.low_gain;
        let low = self.low + half_step;
        self.low = low + half_step;
        [bassless, low]
    }

    pub(super) fn flush(&mut self) {
        self.high_pass = self.high_pass.map(flush);
        self.low = flush(self.low);
    }
}
