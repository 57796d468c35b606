//! Signals in a row with their recent past, so that loops over time read both as plain slices.
//!
//! Tracks that belong together count with one position: index `at + n` of each is the same sample. Whoever owns them moves
//! on by the samples that came and, before a chunk would not fit, takes all of them back to the front at once.

/// The longest stretch that is worked on at a time: short enough to stay in the nearest cache.
pub(crate) const CHUNK: usize = 256;

/// Room behind a chunk, where vectors may leave what no one reads.
pub(crate) const SPILL: usize = 64;

/// Samples for which a position moves on before the pasts are copied to the front.
const SPAN: usize = 1024;

/// Numbers of one kind, one for each sample.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track<T> {
    values: Vec<T>,
    past: usize,
}

impl<T: Copy + Default> Track<T> {
    /// A track that starts at position `front` and keeps `past` numbers, at most `front`, of what came before a chunk.
    /// Allocates.
    pub(crate) fn new(front: usize, past: usize) -> Self {
        debug_assert!(past <= front, "a past of {past} does not fit before {front}");
        Self { values: vec![T::default(); front + SPAN + SPILL], past }
    }

    pub(crate) fn reset(&mut self) {
        self.values.fill(T::default());
    }

    /// The `len` numbers that begin at a position.
    #[inline(always)]
    pub(crate) fn row(&self, start: usize, len: usize) -> &[T] {
        &self.values[start..start + len]
    }

    #[inline(always)]
    pub(crate) fn row_mut(&mut self, start: usize, len: usize) -> &mut [T] {
        &mut self.values[start..start + len]
    }

    /// What lies before `at` moves to before `front`.
    pub(crate) fn rewind(&mut self, at: usize, front: usize) {
        self.values.copy_within(at - self.past..at, front - self.past);
    }

    /// The same numbers as another track of the same size.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.values.copy_from_slice(&other.values);
    }
}

/// Whether a chunk of `len` at `at` is too long for tracks that start at `front`.
#[inline]
pub(crate) fn is_full(at: usize, front: usize, len: usize) -> bool {
    at + len > front + SPAN
}
