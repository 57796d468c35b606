//! The bands of Live: a tree of Linkwitz-Riley crossovers, with no latency.
//!
//! A crossover in the middle cuts the sound in halves, and one in each half cuts again; with five or six bands the lowest
//! and the highest of the quarters are cut a third time. A half lacks the phase turns of the crossovers in the other, so
//! it goes through their all-passes before it is cut. Every band then has the phase of all crossovers, and their sum is
//! an all-pass: flat at every frequency.
//!
//! A tree keeps vectors full where a row of crossovers would be a chain: the two halves, left and right, are four lanes.
//! A place in the tree that has no crossover hands everything to the higher side, so its lower slot stays silent.
//!
//! Source of the crossover: S. Linkwitz, "Active Crossover Networks for Noncoincident Drivers", JAES 24 (1976). The low
//! side is a squared Butterworth low-pass, and the high side the all-pass of the same corner less the low side.

use super::bands::{is_wide, num_slots};
use super::plan::{Corners, TreeCoeffs};
use crate::block::{Frame, MAX_CHANNELS};
use crate::filter::quad_svf::{Quad, QuadRows, QuadState};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use core::ops::{Mul, Sub};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x2, f64x4};

/// The filters' memory: a crossover takes two, an all-pass one.
#[derive(Debug, Clone, Copy, Default)]
struct TreeState {
    /// Both filters of the crossover in the middle: the first's left and right, then the second's.
    root: QuadState,
    turns: [QuadState; 2],
    halves: [QuadState; 2],
    quarters: [QuadState; 2],
    quarter_turn: QuadState,
}

/// The tree for one number of bands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MinimumPhase {
    state: TreeState,
    /// At the beginning and at the end of the control interval; only the latter counts at rest.
    from: TreeCoeffs,
    to: TreeCoeffs,
    is_moving: bool,
    num_bands: usize,
}

impl MinimumPhase {
    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        self.state = TreeState::default();
    }

    /// Where the corners are from now on, or move to within this control interval.
    pub(super) fn tune(&mut self, num_bands: usize, from: Corners<'_>, to: Corners<'_>) {
        self.num_bands = num_bands;
        self.from = TreeCoeffs::new(num_bands, from);
        self.to = TreeCoeffs::new(num_bands, to);
        self.is_moving = from != to;
    }

    /// Cuts a part into bands. It starts `phase` samples into a control interval, which it may not leave while corners move.
    pub(super) fn split(&mut self, level: Level, phase: usize, input: &[Frame], rows: &mut [f64]) {
        let rows = &mut rows[..input.len() * MAX_CHANNELS * num_slots(self.num_bands)];
        match (is_wide(self.num_bands), self.is_moving) {
            (false, false) => {
                dispatch!(level, simd => split::<_, false, false>(simd, self, phase, input, rows));
            }
            (false, true) => {
                dispatch!(level, simd => split::<_, false, true>(simd, self, phase, input, rows));
            }
            (true, false) => {
                dispatch!(level, simd => split::<_, true, false>(simd, self, phase, input, rows));
            }
            (true, true) => dispatch!(level, simd => split::<_, true, true>(simd, self, phase, input, rows)),
        }
    }
}

/// [`TreeState`] in registers.
#[derive(Clone, Copy)]
struct Tree<S: Simd> {
    root: Quad<S>,
    turns: [Quad<S>; 2],
    halves: [Quad<S>; 2],
    quarters: [Quad<S>; 2],
    quarter_turn: Quad<S>,
}

impl<S: Simd> Tree<S> {
    #[inline(always)]
    fn load(simd: S, state: &TreeState) -> Self {
        Self {
            root: Quad::load(simd, &state.root),
            turns: Self::load_two(simd, &state.turns),
            halves: Self::load_two(simd, &state.halves),
            quarters: Self::load_two(simd, &state.quarters),
            quarter_turn: Quad::load(simd, &state.quarter_turn),
        }
    }

    #[inline(always)]
    fn load_two(simd: S, states: &[QuadState; 2]) -> [Quad<S>; 2] {
        [Quad::load(simd, &states[0]), Quad::load(simd, &states[1])]
    }

    #[inline(always)]
    fn store(self, state: &mut TreeState) {
        self.root.store(&mut state.root);
        Self::store_two(self.turns, &mut state.turns);
        Self::store_two(self.halves, &mut state.halves);
        Self::store_two(self.quarters, &mut state.quarters);
        self.quarter_turn.store(&mut state.quarter_turn);
    }

    #[inline(always)]
    fn store_two(quads: [Quad<S>; 2], states: &mut [QuadState; 2]) {
        quads[0].store(&mut states[0]);
        quads[1].store(&mut states[1]);
    }

    /// Ends the decays of the stages that have `work`.
    #[inline(always)]
    fn flush<const IS_WIDE: bool>(&mut self, simd: S, work: Work) {
        let before = self.root;
        self.root.flush(simd);
        if !(work[0] && work[SECOND]) {
            self.root.restore(before, [!work[0], !work[SECOND]]);
        }
        if work[TURNS] {
            self.turns[0].flush(simd);
        }
        if IS_WIDE && work[TURNS] {
            self.turns[1].flush(simd);
        }
        if work[HALVES] {
            self.halves[0].flush(simd);
        }
        if work[SIDES] {
            self.halves[1].flush(simd);
        }
        if IS_WIDE && work[QUARTERS] {
            self.quarters[0].flush(simd);
            self.quarters[1].flush(simd);
            self.quarter_turn.flush(simd);
        }
    }
}

/// What is on its way between the stages. Lanes of four are the lower side's left and right, then the higher side's.
#[derive(Clone, Copy)]
struct Flow<S: Simd> {
    /// From the first filter of the crossover in the middle, at the step before last and at the last one: twice the low side,
    /// and the all-pass.
    root: [[f64x2<S>; 2]; 2],
    /// The halves.
    halves: f64x4<S>,
    /// The halves, with the phase turns of each other's crossovers.
    turned: f64x4<S>,
    /// From the first filters of the halves' crossovers, as `root`.
    cut: [f64x4<S>; 2],
    /// The lowest and the highest quarter.
    outer: f64x4<S>,
    /// The quarters between.
    inner: f64x4<S>,
}

/// How many frames the stages are behind the first one, which is the first filter of the crossover in the middle. Its second
/// filter shares a vector with it, so its input would come late if it were only one frame behind.
const SECOND: usize = 2;
/// The turns of the halves.
const TURNS: usize = 3;
/// The first filters of the halves' crossovers.
const HALVES: usize = 4;
/// Their second filters.
const SIDES: usize = 5;
/// The crossovers of the quarters and their turns, with five or six bands.
const QUARTERS: usize = 6;

/// Which stages have work in a step, by how many frames they are behind.
type Work = [bool; QUARTERS + 1];

/// The coefficients' way through a control interval, and how far a part has come.
struct Way<'a> {
    from: &'a TreeCoeffs,
    to: &'a TreeCoeffs,
    phase: usize,
    step: usize,
}

impl Way<'_> {
    /// The coefficients of one place, whose first two lanes and last two are so many frames behind the first stage.
    #[inline(always)]
    fn coeffs<S: Simd, const IS_MOVING: bool>(&self, simd: S, idx: usize, behind: [usize; 2]) -> QuadRows<S> {
        if !IS_MOVING {
            return self.to.0[idx].rows(simd);
        }
        let share = |behind: usize| {
            let num_passed = (self.phase + self.step + 1) as f64 - behind as f64;
            f64x2::splat(simd, num_passed * (1.0 / CONTROL_INTERVAL_SAMPLES as f64))
        };
        let shares = share(behind[0]).combine(share(behind[1]));
        self.from.0[idx].rows_towards(simd, &self.to.0[idx], shares)
    }

    /// Whether filters are flushed before this step: once per control interval, each stage's at a frame of its own.
    #[inline(always)]
    fn flushes(&self) -> bool {
        (self.phase + self.step).is_multiple_of(CONTROL_INTERVAL_SAMPLES)
    }
}

/// Each stage is behind the one that feeds it, so that within a step none waits for another: a frame's way through them all
/// takes longer than processors look ahead. A part begins with the early stages alone and ends with the late ones
/// alone.
#[inline(always)]
fn split<S: Simd, const IS_WIDE: bool, const IS_MOVING: bool>(
    simd: S,
    tree: &mut MinimumPhase,
    phase: usize,
    input: &[Frame],
    rows: &mut [f64],
) {
    let mut filters = Tree::load(simd, &tree.state);
    let none = f64x2::splat(simd, 0.0);
    let silence = none.combine(none);
    let mut flow = Flow {
        root: [[none; 2]; 2],
        halves: silence,
        turned: silence,
        cut: [silence; 2],
        outer: silence,
        inner: silence,
    };
    let mut way = Way { from: &tree.from, to: &tree.to, phase, step: 0 };
    let (num_frames, behind) = (input.len(), if IS_WIDE { QUARTERS } else { SIDES });
    let full = behind..num_frames.max(behind);
    for step in 0..full.start {
        way.step = step;
        let work = work_at(step, num_frames);
        advance::<S, IS_WIDE, IS_MOVING>(simd, &mut filters, &mut flow, &way, work, input, rows);
    }
    for step in full.clone() {
        way.step = step;
        let work = [true; QUARTERS + 1];
        advance::<S, IS_WIDE, IS_MOVING>(simd, &mut filters, &mut flow, &way, work, input, rows);
    }
    for step in full.end..num_frames + behind {
        way.step = step;
        let work = work_at(step, num_frames);
        advance::<S, IS_WIDE, IS_MOVING>(simd, &mut filters, &mut flow, &way, work, input, rows);
    }
    filters.store(&mut tree.state);
}

/// Which stages have work in a step over a part of `num_frames`.
#[inline(always)]
fn work_at(step: usize, num_frames: usize) -> Work {
    let mut work = [false; QUARTERS + 1];
    for behind in 0..work.len() {
        work[behind] = step >= behind && step - behind < num_frames;
    }
    work
}

/// One step of the stages that have `work`, the last first, because each takes what the one before left in the last step.
#[inline(always)]
fn advance<S: Simd, const IS_WIDE: bool, const IS_MOVING: bool>(
    simd: S,
    filters: &mut Tree<S>,
    flow: &mut Flow<S>,
    way: &Way<'_>,
    work: Work,
    input: &[Frame],
    rows: &mut [f64],
) {
    let coeffs = |idx: usize, stages: [usize; 2]| way.coeffs::<S, IS_MOVING>(simd, idx, stages);
    if way.flushes() {
        filters.flush::<IS_WIDE>(simd, work);
    }
    if IS_WIDE && work[QUARTERS] {
        let outer = crossover(&mut filters.quarters, coeffs(4, [QUARTERS; 2]), flow.outer);
        let between = filters.quarter_turn.tick(coeffs(5, [QUARTERS; 2]), flow.inner)[1];
        store_eight(simd, outer, between, &mut rows[16 * (way.step - QUARTERS)..][..16]);
    }
    if work[SIDES] {
        let low_four_times = filters.halves[1].tick(coeffs(2, [SIDES; 2]), flow.cut[0])[0];
        let [low, high] = sides(low_four_times, flow.cut[1]);
        if IS_WIDE {
            let ((lowest, upper), (lower, highest)) = (low.split(), high.split());
            (flow.outer, flow.inner) = (lowest.combine(highest), lower.combine(upper));
        } else {
            let (left, right) = by_channel(low, high);
            let row = &mut rows[8 * (way.step - SIDES)..][..8];
            left.store_slice(&mut row[..4]);
            right.store_slice(&mut row[4..]);
        }
    }
    if work[HALVES] {
        flow.cut = filters.halves[0].tick(coeffs(2, [HALVES; 2]), flow.turned);
    }
    if work[TURNS] {
        flow.turned = filters.turns[0].tick(coeffs(1, [TURNS; 2]), flow.halves)[1];
        if IS_WIDE {
            flow.turned = filters.turns[1].tick(coeffs(3, [TURNS; 2]), flow.turned)[1];
        }
    }
    {
        let frame = f64x2::simd_from(simd, if work[0] { input[way.step] } else { [0.0; MAX_CHANNELS] });
        let ([low_before, all_pass_before], before) = (flow.root[0], filters.root);
        let [low_twice, all_pass] = filters.root.tick(coeffs(0, [0, SECOND]), frame.combine(low_before));
        if !(work[0] && work[SECOND]) {
            filters.root.restore(before, [!work[0], !work[SECOND]]);
        }
        if work[SECOND] {
            let [low, high] = sides(low_twice.split().1, all_pass_before);
            flow.halves = low.combine(high);
        }
        flow.root = [flow.root[1], [low_twice.split().0, all_pass.split().0]];
    }
}

/// What lies below the corners and what lies above.
#[inline(always)]
fn crossover<S: Simd>(filters: &mut [Quad<S>; 2], coeffs: QuadRows<S>, x: f64x4<S>) -> [f64x4<S>; 2] {
    let [low_twice, all_pass] = filters[0].tick(coeffs, x);
    let [low_four_times, _] = filters[1].tick(coeffs, low_twice);
    sides(low_four_times, all_pass)
}

/// The sides of a crossover from what its two filters give.
#[inline(always)]
fn sides<V: Copy + Mul<f64, Output = V> + Sub<Output = V>>(low_four_times: V, all_pass: V) -> [V; 2] {
    let low = low_four_times * 0.25;
    [low, all_pass - low]
}

/// Stores a row of eight slots for each channel, from the lowest and the highest quarter, both cut, and the two between.
#[inline(always)]
fn store_eight<S: Simd>(simd: S, [low, high]: [f64x4<S>; 2], between: f64x4<S>, row: &mut [f64]) {
    let ((low_0, low_4), (high_1, high_5)) = (low.split(), high.split());
    let (left, right) = by_channel(low_0.combine(between.split().0), high_1.combine(between.split().1));
    left.store_slice(&mut row[..4]);
    right.store_slice(&mut row[8..12]);
    let none = f64x2::splat(simd, 0.0);
    let (left, right) = by_channel(low_4.combine(none), high_5.combine(none));
    left.store_slice(&mut row[4..8]);
    right.store_slice(&mut row[12..]);
}

/// Pairs of left and right, even slots and odd ones, become the left channel's four slots and the right channel's.
#[inline(always)]
fn by_channel<S: Simd>(even: f64x4<S>, odd: f64x4<S>) -> (f64x4<S>, f64x4<S>) {
    let ((even_0, even_2), (odd_1, odd_3)) = (even.split(), odd.split());
    (
        even_0.zip_low(odd_1).combine(even_2.zip_low(odd_3)),
        even_0.zip_high(odd_1).combine(even_2.zip_high(odd_3)),
    )
}
