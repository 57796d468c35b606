//! Where the bands of a part lie: a row for each frame, every band of the left channel before every band of the right.
//!
//! A band has a slot. Filters run four at a time, so a row has four slots or eight for each channel, and what lies in a slot
//! that no band has is silence.

use crate::block::MAX_CHANNELS;
use crate::dynamics::compressor::{MAX_SLOTS, SLOTS_PER_QUAD};
use crate::settings::MAX_BANDS;

/// The longest part, in frames: long enough that its beginning and its end cost little, and with four bands still within the
/// first-level cache.
pub(super) const MAX_PART_FRAMES: usize = 256;

/// The bands of one part.
pub(super) type BandRows = [f64; MAX_PART_FRAMES * MAX_CHANNELS * MAX_SLOTS];

/// The slots of each number of bands, see [`super::minimum_phase`] for why there are gaps.
const SLOTS: [[usize; MAX_BANDS]; MAX_BANDS - 1] =
    [[1, 3, 0, 0, 0, 0], [0, 1, 3, 0, 0, 0], [0, 1, 2, 3, 0, 0], [0, 1, 2, 3, 5, 0], [0, 1, 2, 3, 4, 5]];

/// The slot of each of `num_bands`, from the lowest up.
pub(super) fn slots(num_bands: usize) -> &'static [usize] {
    &SLOTS[num_bands - 2][..num_bands]
}

/// Whether a row has eight slots for each channel.
pub(super) fn is_wide(num_bands: usize) -> bool {
    num_bands > SLOTS_PER_QUAD
}

/// How many slots each channel of a row has.
pub(super) fn num_slots(num_bands: usize) -> usize {
    if is_wide(num_bands) { MAX_SLOTS } else { SLOTS_PER_QUAD }
}
