//! Two moving averages in a row, as sums of whole numbers: they never drift, and what was zero long enough is zero.

use super::track::Track;

/// A whole number below 2^51 added to this stands in the lowest bits of the sum, which no vector unit needs long for.
const WHOLE_MAGIC: f64 = 6_755_399_441_055_744.0;

/// Sums stay below this.
const LARGEST_SUM: f64 = (1_u64 << 50) as f64;

/// The averages over the last `lens[0]` numbers from 0 to 1 and over the last `lens[1]` of those averages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Averages {
    lens: [usize; 2],
    /// One is counted as so many.
    steps: f64,
    wholes: Track<i64>,
    first_sums: Track<i64>,
    first_sum: i64,
    second_sum: i64,
}

impl Averages {
    /// Of zeros, on tracks that start at `front`. Allocates.
    pub(crate) fn new(lens: [usize; 2], front: usize) -> Self {
        Self {
            lens,
            steps: (LARGEST_SUM / (lens[0] * lens[1]).next_power_of_two() as f64).min(LARGEST_SUM),
            wholes: Track::new(front, lens[0]),
            first_sums: Track::new(front, lens[1]),
            first_sum: 0,
            second_sum: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.wholes.reset();
        self.first_sums.reset();
        (self.first_sum, self.second_sum) = (0, 0);
    }

    pub(crate) fn rewind(&mut self, at: usize, front: usize) {
        self.wholes.rewind(at, front);
        self.first_sums.rewind(at, front);
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.wholes.copy_from(&other.wholes);
        self.first_sums.copy_from(&other.first_sums);
        (self.first_sum, self.second_sum) = (other.first_sum, other.second_sum);
    }

    /// Whether everything that is averaged is zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.first_sum == 0 && self.second_sum == 0
    }

    /// Takes the numbers at `at` and after, and gives one less the average as of each.
    #[inline(always)]
    pub(crate) fn process(&mut self, at: usize, values: &[f64], gains: &mut [f64]) {
        let len = values.len();
        for (whole, value) in self.wholes.row_mut(at, len).iter_mut().zip(values) {
            *whole = ((value * self.steps + WHOLE_MAGIC).to_bits() as i64)
                .wrapping_sub(WHOLE_MAGIC.to_bits() as i64);
        }
        let (newer, older) = (self.wholes.row(at, len), self.wholes.row(at - self.lens[0], len));
        let firsts = self.first_sums.row_mut(at - self.lens[1], self.lens[1] + len);
        let (mut first, mut second) = (self.first_sum, self.second_sum);
        for n in 0..len {
            first = first.wrapping_add(newer[n].wrapping_sub(older[n]));
            firsts[self.lens[1] + n] = first;
            second = second.wrapping_add(first.wrapping_sub(firsts[n]));
            // Whole numbers up to 2^51 are exact in this form, so the bits may travel as a number.
            gains[n] = f64::from_bits((WHOLE_MAGIC.to_bits() as i64).wrapping_add(second) as u64);
        }
        (self.first_sum, self.second_sum) = (first, second);
        let scale = 1.0 / ((self.lens[0] * self.lens[1]) as f64 * self.steps);
        for gain in &mut gains[..len] {
            *gain = 1.0 - (*gain - WHOLE_MAGIC) * scale;
        }
    }
}
