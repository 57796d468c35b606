//! How far long work has come, and whether it is still wanted.

use std::sync::atomic::{AtomicBool, Ordering};

/// The work was cancelled; whatever it was writing is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Where work reports to, and asks whether to go on.
pub struct Progress<'a> {
    /// Called with what is being done and the share of it that is done, 0 to 1; not all work knows its share.
    pub on_step: &'a dyn Fn(&str, Option<f64>),
    /// Set by anyone, seen within a block.
    pub cancelled: &'a AtomicBool,
}

impl Progress<'_> {
    /// Tells that `done` of `total` frames of `step` are done.
    ///
    /// # Errors
    /// When the work is no longer wanted.
    pub fn report(&self, step: &str, done: u64, total: Option<u64>) -> Result<(), Cancelled> {
        (self.on_step)(step, total.filter(|total| *total > 0).map(|total| done as f64 / total as f64));
        if self.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}
