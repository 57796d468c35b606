//! The smallest of the last values, one value at a time.

/// The smallest of the last `window` values, in constant time on average.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlidingMin {
    /// Ring of (value, time) whose values rise: the head is the minimum.
    entries: Vec<(f64, u64)>,
    head: usize,
    len: usize,
    window: u64,
    now: u64,
}

impl SlidingMin {
    /// The smallest of the last `window` values. Allocates.
    pub(crate) fn new(window: usize) -> Self {
        Self { entries: vec![(1.0, 0); window + 1], window: window as u64, ..Self::default() }
    }

    pub(crate) fn reset(&mut self) {
        (self.head, self.len, self.now) = (0, 0, 0);
    }

    #[inline]
    fn slot(&self, offset: usize) -> usize {
        let slot = self.head + offset;
        if slot >= self.entries.len() { slot - self.entries.len() } else { slot }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        while self.len > 0 && self.entries[self.slot(self.len - 1)].0 >= value {
            self.len -= 1;
        }
        if self.len > 0 && self.entries[self.head].1 + self.window <= self.now {
            self.head = self.slot(1);
            self.len -= 1;
        }
        let end = self.slot(self.len);
        self.entries[end] = (value, self.now);
        self.len += 1;
        self.now += 1;
        self.entries[self.head].0
    }
}
