//! The largest of the last values for two windows at once, a chunk at a time.
//!
//! The maximum over twice as many values is the larger of two maxima, so the levels of a ladder double their windows; a
//! window of any length is the larger of two that overlap. Each step is a loop over time without a branch, whose result
//! depends on nothing but the window's values.

use super::track::Track;

/// Maxima over 1, 2, 4, 8... of the last values, which are never negative.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ladder {
    levels: Vec<Track<f32>>,
}

/// The larger of two numbers, in the form that is one machine instruction. Neither is NaN here.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The level for a window, and how much older its second maximum is than its first.
#[inline(always)]
fn level_and_offset(window: usize) -> (usize, usize) {
    let level = window.ilog2() as usize;
    (level, window - (1 << level))
}

impl Ladder {
    /// How far before a chunk the levels reach for windows up to `longest_window`.
    pub(crate) fn front(longest_window: usize) -> usize {
        1 << longest_window.ilog2()
    }

    /// Of zeros, for windows up to `longest_window`, on tracks that start at `front`. Allocates.
    pub(crate) fn new(longest_window: usize, front: usize) -> Self {
        let num_levels = 1 + longest_window.ilog2() as usize;
        Self { levels: (0..num_levels).map(|level| Track::new(front, 1 << level)).collect() }
    }

    /// Takes the values at `at` and after.
    #[inline(always)]
    pub(crate) fn push(&mut self, at: usize, values: &[f32]) {
        let len = values.len();
        self.levels[0].row_mut(at, len).copy_from_slice(values);
        for level in 1..self.levels.len() {
            let (shorter, longer) = self.levels.split_at_mut(level);
            let shorter = &shorter[level - 1];
            let (newer, older) = (shorter.row(at, len), shorter.row(at - (1 << (level - 1)), len));
            for ((out, newer), older) in longer[0].row_mut(at, len).iter_mut().zip(newer).zip(older) {
                *out = larger(*newer, *older);
            }
        }
    }

    /// Raises each number to the largest of the last `window` values, as of the samples at `at` and after.
    #[inline(always)]
    pub(crate) fn raise(&self, at: usize, window: usize, numbers: &mut [f64]) {
        let (level, offset) = level_and_offset(window);
        let level = &self.levels[level];
        let (newer, older) = (level.row(at, numbers.len()), level.row(at - offset, numbers.len()));
        for ((number, newer), older) in numbers.iter_mut().zip(newer).zip(older) {
            let largest = f64::from(larger(*newer, *older));
            *number = if largest > *number { largest } else { *number };
        }
    }

    /// The largest of the `window` values that end at `at`.
    #[inline(always)]
    pub(crate) fn read(&self, at: usize, window: usize) -> f32 {
        let (level, offset) = level_and_offset(window);
        let level = &self.levels[level];
        larger(level.row(at, 1)[0], level.row(at - offset, 1)[0])
    }

    pub(crate) fn tracks(&mut self) -> impl Iterator<Item = &mut Track<f32>> {
        self.levels.iter_mut()
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.levels.iter_mut().zip(&other.levels).for_each(|(level, other)| level.copy_from(other));
    }
}
