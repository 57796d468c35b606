//! Which crossover is where in the tree of Live, for each number of bands, see [`super::minimum_phase`].

use crate::block::MAX_CHANNELS;
use crate::filter::quad_svf::{LANES, QuadCoeffs};
use crate::filter::svf::Svf;
use crate::settings::MAX_BANDS;

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
pub(super) struct TreeCoeffs(pub(super) [QuadCoeffs; NUM_COEFFS]);

impl TreeCoeffs {
    pub(super) fn new(num_bands: usize, corners: Corners<'_>) -> Self {
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
