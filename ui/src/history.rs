//! Undo and redo: what the parameters were before each of the user's steps.

use lacquer_dsp::settings::ChainSettings;
use std::collections::VecDeque;

/// How many steps can be taken back.
pub const NUM_STEPS: usize = 200;

/// A step, and the settings on its far side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What the user did.
    pub what: &'static str,
    /// Where undo or redo leads to.
    pub settings: ChainSettings,
}

/// The steps behind and those taken back. What a host automates is no step.
#[derive(Debug, Default)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// The settings before the gesture that goes on, its name, and how many parameters are held.
    open: Option<(Step, usize)>,
}

impl History {
    /// A gesture begins, or another parameter joins the one that goes on.
    pub fn begin(&mut self, before: &ChainSettings, what: &'static str) {
        match &mut self.open {
            Some((_, num_held)) => *num_held += 1,
            None => self.open = Some((Step { what, settings: *before }, 1)),
        }
    }

    /// A parameter is let go; with the last the step is complete, if anything changed.
    pub fn end(&mut self, after: &ChainSettings) {
        let Some((step, num_held)) = &mut self.open else { return };
        *num_held -= 1;
        if *num_held > 0 {
            return;
        }
        if step.settings != *after {
            if self.done.len() == NUM_STEPS {
                self.done.pop_front();
            }
            self.done.push_back(*step);
            self.undone.clear();
        }
        self.open = None;
    }

    /// The step to take back, whose settings are to be restored. `now` is where redo will lead.
    pub fn undo(&mut self, now: &ChainSettings) -> Option<Step> {
        let step = self.done.pop_back()?;
        self.undone.push(Step { what: step.what, settings: *now });
        Some(step)
    }

    /// The step to do again.
    pub fn redo(&mut self, now: &ChainSettings) -> Option<Step> {
        let step = self.undone.pop()?;
        self.done.push_back(Step { what: step.what, settings: *now });
        Some(step)
    }

    /// What undo would take back.
    #[must_use]
    pub fn undo_name(&self) -> Option<&'static str> {
        self.done.back().map(|step| step.what)
    }

    /// What redo would do again.
    #[must_use]
    pub fn redo_name(&self) -> Option<&'static str> {
        self.undone.last().map(|step| step.what)
    }
}
