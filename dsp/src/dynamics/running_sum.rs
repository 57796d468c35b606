//! The exact running sum of whole numbers: a moving average that never drifts.

/// The sum of the last `len` whole numbers, which start at `rest`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunningSum {
    values: Vec<i64>,
    position: usize,
    sum: i64,
    rest: i64,
}

impl RunningSum {
    /// A sum over `len` numbers, all of them `rest` until others come. Allocates.
    pub(crate) fn new(len: usize, rest: i64) -> Self {
        Self { values: vec![rest; len], position: 0, sum: rest * len as i64, rest }
    }

    /// Every number is `rest` again.
    pub(crate) fn reset(&mut self) {
        self.values.fill(self.rest);
        self.sum = self.resting_sum();
        self.position = 0;
    }

    /// The sum of nothing but `rest`.
    pub(crate) fn resting_sum(&self) -> i64 {
        self.rest * self.values.len() as i64
    }

    /// The sum as of the last push.
    pub(crate) fn sum(&self) -> i64 {
        self.sum
    }

    /// One number in for the oldest one out, and the new sum.
    #[inline]
    pub(crate) fn push(&mut self, value: i64) -> i64 {
        self.sum += value - core::mem::replace(&mut self.values[self.position], value);
        self.position = if self.position + 1 == self.values.len() { 0 } else { self.position + 1 };
        self.sum
    }
}
