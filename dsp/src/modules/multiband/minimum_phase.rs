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
use crate::block::{Frame, MAX_CHANNELS};
use crate::dynamics::compressor::MAX_SLOTS;
use crate::filter::quad_svf::{LANES, Quad, QuadCoeffs, QuadRows, QuadState};
use crate::filter::svf::Svf;
use crate::settings::MAX_BANDS;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, intervals};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x2, f64x4};

/// The corners of all crossovers at one moment.
pub(super) type Corners<'a> = [&'a Svf; MAX_BANDS - 1];

/// The filters of one place in the tree: of the lower side and of the higher side, or none.
type Sides = [Option<usize>; 2];

/// Filters with coefficients of their own.
const NUM_COEFFS: usize = 6;

/// Which crossover is where, for one number of bands.
struct Plan {
    /// In the middle.
    root: usize,
    /// All-passes of each half for crossovers of the other: one, and with five or six bands a second.
    turns: [Sides; 2],
    /// The crossover within each half.
    halves: Sides,
    /// The crossovers of the lowest and of the highest quarter, and their all-passes for the quarters between.
    quarters: Sides,
}

const PLANS: [Plan; MAX_BANDS - 1] = {
    const NONE: Sides = [None, None];
    [
        Plan { root: 0, turns: [NONE, NONE], halves: NONE, quarters: NONE },
        Plan { root: 1, turns: [[None, Some(0)], NONE], halves: [Some(0), None], quarters: NONE },
        Plan { root: 1, turns: [[Some(2), Some(0)], NONE], halves: [Some(0), Some(2)], quarters: NONE },
        Plan {
            root: 2,
            turns: [[Some(3), Some(0)], [None, Some(1)]],
            halves: [Some(1), Some(3)],
            quarters: [Some(0), None],
        },
        Plan {
            root: 2,
            turns: [[Some(3), Some(0)], [Some(4), Some(1)]],
            halves: [Some(1), Some(3)],
            quarters: [Some(0), Some(4)],
        },
    ]
};

/// The coefficients of the whole tree: root, first turns, halves, second turns, quarters, turns of the quarters.
#[derive(Debug, Clone, Copy, Default)]
struct TreeCoeffs([QuadCoeffs; NUM_COEFFS]);

impl TreeCoeffs {
    fn new(num_bands: usize, corners: Corners<'_>) -> Self {
        let plan = &PLANS[num_bands - 2];
        let quad = |sides: Sides| {
            let mut coeffs = QuadCoeffs::default();
            for lane in 0..LANES {
                if let Some(corner_idx) = sides[lane / MAX_CHANNELS] {
                    coeffs.set(lane, corners[corner_idx]);
                }
            }
            coeffs
        };
        let root = [Some(plan.root); 2];
        Self([root, plan.turns[0], plan.halves, plan.turns[1], plan.quarters, plan.quarters].map(quad))
    }
}

/// The filters' memory: a crossover takes two, an all-pass one.
#[derive(Debug, Clone, Copy, Default)]
struct TreeState {
    root: [QuadState; 2],
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
    root: [Quad<S>; 2],
    turns: [Quad<S>; 2],
    halves: [Quad<S>; 2],
    quarters: [Quad<S>; 2],
    quarter_turn: Quad<S>,
}

impl<S: Simd> Tree<S> {
    #[inline(always)]
    fn load(simd: S, state: &TreeState) -> Self {
        Self {
            root: Self::load_two(simd, &state.root),
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
        Self::store_two(self.root, &mut state.root);
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

    #[inline(always)]
    fn flush<const IS_WIDE: bool>(&mut self, simd: S) {
        for idx in 0..2 {
            self.root[idx].flush(simd);
            self.halves[idx].flush(simd);
        }
        self.turns[0].flush(simd);
        if IS_WIDE {
            self.turns[1].flush(simd);
            self.quarters[0].flush(simd);
            self.quarters[1].flush(simd);
            self.quarter_turn.flush(simd);
        }
    }
}

/// The coefficients of one place.
#[inline(always)]
fn coeffs<S: Simd, const IS_MOVING: bool>(simd: S, way: &Way<'_>, idx: usize) -> QuadRows<S> {
    if IS_MOVING {
        way.from.0[idx].rows_towards(simd, &way.to.0[idx], way.share)
    } else {
        way.to.0[idx].rows(simd)
    }
}

/// The coefficients' way through a control interval, and how far they have come.
struct Way<'a> {
    from: &'a TreeCoeffs,
    to: &'a TreeCoeffs,
    share: f64,
}

#[inline(always)]
fn split<S: Simd, const IS_WIDE: bool, const IS_MOVING: bool>(
    simd: S,
    tree: &mut MinimumPhase,
    phase: usize,
    input: &[Frame],
    rows: &mut [f64],
) {
    let row_len = MAX_CHANNELS * if IS_WIDE { MAX_SLOTS } else { LANES };
    let mut filters = Tree::load(simd, &tree.state);
    let mut way = Way { from: &tree.from, to: &tree.to, share: 1.0 };
    for part in intervals(phase, input.len(), CONTROL_INTERVAL_SAMPLES) {
        if part.phase == 0 {
            filters.flush::<IS_WIDE>(simd);
        }
        let rows = rows[part.range.start * row_len..part.range.end * row_len].chunks_exact_mut(row_len);
        for (n, (x, row)) in input[part.range].iter().zip(rows).enumerate() {
            way.share = (part.phase + n + 1) as f64 * (1.0 / CONTROL_INTERVAL_SAMPLES as f64);
            let frame = f64x2::simd_from(simd, *x);
            split_frame::<S, IS_WIDE, IS_MOVING>(simd, &mut filters, &way, frame.combine(frame), row);
        }
    }
    filters.store(&mut tree.state);
}

/// One frame, in both halves of `x`, into a row. Lanes are the lower side's left and right, then the higher side's.
#[inline(always)]
fn split_frame<S: Simd, const IS_WIDE: bool, const IS_MOVING: bool>(
    simd: S,
    filters: &mut Tree<S>,
    way: &Way<'_>,
    x: f64x4<S>,
    row: &mut [f64],
) {
    let [low, high] = crossover(&mut filters.root, coeffs::<S, IS_MOVING>(simd, way, 0), x);
    let halves = low.split().0.combine(high.split().1);
    let mut turned = filters.turns[0].tick(coeffs::<S, IS_MOVING>(simd, way, 1), halves)[1];
    if IS_WIDE {
        turned = filters.turns[1].tick(coeffs::<S, IS_MOVING>(simd, way, 3), turned)[1];
    }
    let [low, high] = crossover(&mut filters.halves, coeffs::<S, IS_MOVING>(simd, way, 2), turned);
    if !IS_WIDE {
        let (left, right) = by_channel(low, high);
        left.store_slice(&mut row[..4]);
        right.store_slice(&mut row[4..8]);
        return;
    }
    let ((lowest, upper), (lower, highest)) = (low.split(), high.split());
    let [low, high] =
        crossover(&mut filters.quarters, coeffs::<S, IS_MOVING>(simd, way, 4), lowest.combine(highest));
    let between = filters.quarter_turn.tick(coeffs::<S, IS_MOVING>(simd, way, 5), lower.combine(upper))[1];
    let ((low_0, low_4), (high_1, high_5)) = (low.split(), high.split());
    let (left, right) = by_channel(low_0.combine(between.split().0), high_1.combine(between.split().1));
    left.store_slice(&mut row[..4]);
    right.store_slice(&mut row[8..12]);
    let none = f64x2::splat(simd, 0.0);
    let (left, right) = by_channel(low_4.combine(none), high_5.combine(none));
    left.store_slice(&mut row[4..8]);
    right.store_slice(&mut row[12..]);
}

/// What lies below the corners and what lies above.
#[inline(always)]
fn crossover<S: Simd>(filters: &mut [Quad<S>; 2], coeffs: QuadRows<S>, x: f64x4<S>) -> [f64x4<S>; 2] {
    let [low_twice, all_pass] = filters[0].tick(coeffs, x);
    let [low_four_times, _] = filters[1].tick(coeffs, low_twice);
    let low = low_four_times * 0.25;
    [low, all_pass - low]
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
