//! What the places where masters go ask for.

use crate::view::View;

/// A place, its loudness, and the highest true peak it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// As it is chosen.
    pub name: &'static str,
    /// Integrated loudness.
    pub lufs: f64,
    /// Highest true peak.
    pub peak_dbtp: f64,
}

/// From music to speech to the dance floor. The numbers are those that the places publish; for a club, where nobody does, what is
/// usual.
pub const TARGETS: [Target; 7] = [
    Target { name: "Streaming", lufs: -14.0, peak_dbtp: -1.0 },
    Target { name: "Apple Music", lufs: -16.0, peak_dbtp: -1.0 },
    Target { name: "Podcast", lufs: -16.0, peak_dbtp: -1.0 },
    Target { name: "EBU R 128", lufs: -23.0, peak_dbtp: -1.0 },
    Target { name: "ATSC A/85", lufs: -24.0, peak_dbtp: -2.0 },
    Target { name: "Audiobook", lufs: -20.0, peak_dbtp: -3.0 },
    Target { name: "Club", lufs: -9.0, peak_dbtp: -1.0 },
];

impl Target {
    /// Whether these are the numbers that the view aims at.
    #[must_use]
    pub fn has_numbers_of(&self, view: &View) -> bool {
        self.lufs == view.target_lufs && self.peak_dbtp == view.target_peak_dbtp
    }

    /// Makes it what the view aims at.
    pub fn choose(&self, view: &mut View) {
        self.name.clone_into(&mut view.target_name);
        (view.target_lufs, view.target_peak_dbtp) = (self.lufs, self.peak_dbtp);
    }
}

/// The place in [`TARGETS`] of what the view aims at, unless the numbers are the user's own.
#[must_use]
pub fn chosen(view: &View) -> Option<usize> {
    let named = TARGETS.iter().position(|target| target.name == view.target_name);
    let first = || TARGETS.iter().position(|target| target.has_numbers_of(view));
    named.filter(|place| TARGETS[*place].has_numbers_of(view)).or_else(first)
}
