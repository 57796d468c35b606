//! Hops of 10 ms and the sliding windows made of them.

/// Hops per second. Tech 3341's signals 13 and 14 need a momentary loudness every 10 ms; a 100 ms hop misses them.
pub(crate) const HOPS_PER_SECOND: u64 = 100;
/// Hops of a momentary window and of a gating block, 400 ms.
pub(crate) const MOMENTARY_HOPS: usize = 40;
/// Hops of a short-term window, 3 s.
pub(crate) const SHORT_TERM_HOPS: usize = 300;
/// Hops from one gating block to the next, and from one value of the range to the next: 100 ms.
pub(crate) const GATING_STEP_HOPS: u64 = 10;

/// Where hops end. At rates that are no multiple of 100 Hz they differ by a sample, and never drift.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HopClock {
    sample_rate_hz: f64,
    num_hops: u64,
    num_frames: u64,
}

impl HopClock {
    pub(crate) fn new(sample_rate_hz: f64) -> Self {
        Self { sample_rate_hz, num_hops: 0, num_frames: 0 }
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.sample_rate_hz);
    }

    /// The frame at which hop `hop_idx` begins.
    pub(crate) fn boundary(&self, hop_idx: u64) -> u64 {
        (hop_idx as f64 * self.sample_rate_hz / HOPS_PER_SECOND as f64).round() as u64
    }

    /// Frames from now to the end of the hop under way, at least one.
    pub(crate) fn frames_left(&self) -> usize {
        (self.boundary(self.num_hops + 1) - self.num_frames) as usize
    }

    /// Counts frames, no more than are left, and says whether they finished the hop.
    pub(crate) fn advance(&mut self, num_frames: usize) -> bool {
        self.num_frames += num_frames as u64;
        let is_finished = self.num_frames == self.boundary(self.num_hops + 1);
        self.num_hops += u64::from(is_finished);
        is_finished
    }

    /// Hops that are finished.
    pub(crate) fn num_hops(&self) -> u64 {
        self.num_hops
    }

    /// Frames since the reset.
    pub(crate) fn num_frames(&self) -> u64 {
        self.num_frames
    }

    /// Frames of the last `num_hops` hops, of which so many have to be finished.
    pub(crate) fn frames_of_last(&self, num_hops: usize) -> u64 {
        self.boundary(self.num_hops) - self.boundary(self.num_hops - num_hops as u64)
    }
}

/// A rectangular window over the energies of the last hops.
///
/// It is added up anew at every hop: a running sum would keep the rounding errors of loud passages for ever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlidingWindow<const NUM_HOPS: usize> {
    energies: [f64; NUM_HOPS],
    next_idx: usize,
}

impl<const NUM_HOPS: usize> Default for SlidingWindow<NUM_HOPS> {
    fn default() -> Self {
        Self { energies: [0.0; NUM_HOPS], next_idx: 0 }
    }
}

impl<const NUM_HOPS: usize> SlidingWindow<NUM_HOPS> {
    /// Takes the hop that the clock has just finished; returns the window's mean power once it is full.
    pub(crate) fn push(&mut self, energy: f64, clock: &HopClock) -> Option<f64> {
        self.energies[self.next_idx] = energy;
        self.next_idx = (self.next_idx + 1) % NUM_HOPS;
        (clock.num_hops() >= NUM_HOPS as u64).then(|| self.sum() / clock.frames_of_last(NUM_HOPS) as f64)
    }

    /// As if the last hops had all had this value.
    pub(crate) fn fill(&mut self, value: f64) {
        self.energies = [value; NUM_HOPS];
    }

    /// Takes one more value and returns the mean of the last ones, for values that are means of their hop already.
    pub(crate) fn mean_with(&mut self, value: f64) -> f64 {
        self.energies[self.next_idx] = value;
        self.next_idx = (self.next_idx + 1) % NUM_HOPS;
        self.sum() / NUM_HOPS as f64
    }

    /// Four sums side by side, since one alone would wait for each of its additions.
    fn sum(&self) -> f64 {
        let (chunks, rest) = self.energies.as_chunks::<4>();
        let mut sums = [0.0; 4];
        for chunk in chunks {
            for (sum, energy) in sums.iter_mut().zip(chunk) {
                *sum += energy;
            }
        }
        rest.iter().fold((sums[0] + sums[1]) + (sums[2] + sums[3]), |sum, energy| sum + energy)
    }
}
