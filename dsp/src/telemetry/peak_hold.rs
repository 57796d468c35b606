//! A magnitude's largest value since it was last read: no reader is too slow to see a peak.

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, Ordering};

/// One writer and one reader. Neither ever waits.
#[derive(Debug)]
pub struct PeakHold(AtomicU32);

impl Default for PeakHold {
    fn default() -> Self {
        Self(AtomicU32::new(0))
    }
}

impl PeakHold {
    /// Takes a magnitude, zero or more. What is not a number is no magnitude and is left out.
    pub fn raise(&self, magnitude: f32) {
        // Magnitudes are in the order of their bits.
        if magnitude > 0.0 {
            self.0.fetch_max(magnitude.to_bits(), Ordering::Relaxed);
        }
    }

    /// The largest magnitude since the last call.
    pub fn take(&self) -> f32 {
        f32::from_bits(self.0.swap(0, Ordering::Relaxed))
    }
}

#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use loom::sync::Arc;

    /// Every order in which two threads can run: what was raised is taken exactly once, and never less than its largest.
    #[test]
    fn no_peak_is_lost_between_two_threads() {
        loom::model(|| {
            let peak = Arc::new(PeakHold::default());
            let writer = {
                let peak = Arc::clone(&peak);
                loom::thread::spawn(move || [0.5, 0.9, 0.2].map(|magnitude| peak.raise(magnitude)))
            };
            let early = [peak.take(), peak.take()];
            writer.join().expect("the writer ends");
            let last = peak.take();
            let largest = early.into_iter().fold(last, f32::max);
            assert_eq!(largest, 0.9);
            assert_eq!(peak.take(), 0.0);
        });
    }
}
