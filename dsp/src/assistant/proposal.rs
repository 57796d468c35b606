//! What the assistant proposes: changes, each with its reason, each to be left out on its own.

use crate::param::Param;
use crate::params;
use crate::settings::{ChainSettings, Module};

/// What the master is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Integrated loudness of the master, if there is one to reach.
    pub output_lufs: Option<f64>,
    /// The loudness that the settings' thresholds are made for, if they are made for one.
    pub input_lufs: Option<f64>,
    /// Whether somebody solves for trim and loudness gain afterwards, as a bounce does. They are then left alone.
    pub is_solved: bool,
}

/// The loudness that most presets' thresholds are made for.
const USUAL_INPUT_LUFS: f64 = -20.0;

impl Target {
    /// For a chain that runs, whose settings alone tell what loudness their thresholds are made for: the leveller's target, if one
    /// works, the usual one if there are other thresholds, and none without any.
    #[must_use]
    pub fn live(output_lufs: f64, settings: &ChainSettings) -> Self {
        let has_thresholds = !(settings.gate.bypass && settings.multiband.bypass);
        let input_lufs = if settings.leveller.bypass {
            has_thresholds.then_some(USUAL_INPUT_LUFS)
        } else {
            Some(settings.leveller.target_lufs)
        };
        Self { output_lufs: Some(output_lufs), input_lufs, is_solved: false }
    }
}

/// One parameter's new value.
#[derive(Clone, Copy)]
pub struct Change {
    /// Which.
    pub param: &'static Param,
    /// Its value.
    pub value: f64,
}

impl core::fmt::Debug for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}={}", self.param.id, self.value)
    }
}

impl PartialEq for Change {
    fn eq(&self, other: &Self) -> bool {
        self.param.id == other.param.id && self.value == other.value
    }
}

/// Why, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The module that changes.
    pub module: Module,
    /// What was heard, and what is done about it, with figures.
    pub text: String,
    /// What changes.
    pub changes: Vec<Change>,
}

/// Settings and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The settings that it began with.
    pub base: ChainSettings,
    /// Those with every change.
    pub settings: ChainSettings,
    /// In the order of the signal. Empty where nothing needs to be done.
    pub reasons: Vec<Reason>,
    /// What was heard that no setting mends.
    pub notes: Vec<String>,
}

impl Proposal {
    pub(super) fn new(base: &ChainSettings) -> Self {
        Self { base: *base, settings: *base, reasons: Vec::new(), notes: Vec::new() }
    }

    /// Adds what `change` does to the base, unless it does nothing.
    pub(super) fn add(&mut self, module: Module, text: String, change: impl FnOnce(&mut ChainSettings)) {
        let mut wanted = self.base;
        change(&mut wanted);
        let changes: Vec<Change> = params::all()
            .map(|param| Change { param, value: param.on_grid(param.get(&wanted)) })
            .filter(|change| change.value != change.param.on_grid(change.param.get(&self.base)))
            .collect();
        if !changes.is_empty() {
            self.reasons.push(Reason { module, text, changes });
            self.settings = self.settings_with(|_| true);
        }
    }

    /// Leaves out every reason that would change one of these parameters, because somebody said what they are to be.
    pub fn keep(&mut self, ids: &[&str]) {
        self.reasons.retain(|reason| !reason.changes.iter().any(|change| ids.contains(&change.param.id)));
        self.settings = self.settings_with(|_| true);
    }

    /// The settings with those reasons alone whose place in the list is wanted.
    #[must_use]
    pub fn settings_with(&self, is_wanted: impl Fn(usize) -> bool) -> ChainSettings {
        let mut settings = self.base;
        let wanted = self.reasons.iter().enumerate().filter(|(idx, _)| is_wanted(*idx));
        for change in wanted.flat_map(|(_, reason)| &reason.changes) {
            change.param.write(&mut settings, change.value);
        }
        settings
    }
}
