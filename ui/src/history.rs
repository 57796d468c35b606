//! Undo and redo: what the parameters were before and after each of the user's steps.

use lacquer_dsp::param::Param;
use lacquer_dsp::settings::ChainSettings;
use std::collections::VecDeque;

/// How many steps can be taken back.
pub const NUM_STEPS: usize = 200;

/// Nudges of one parameter that follow each other sooner than this are one step.
const NUDGE_PAUSE_S: f64 = 0.8;

/// A step, and the settings on both sides of it. Only what differs between them is the user's: a host may have automated the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What the user did.
    pub what: &'static str,
    /// Before it.
    pub before: ChainSettings,
    /// After it.
    pub after: ChainSettings,
}

/// The steps behind and those taken back. What a host automates is no step.
#[derive(Default)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// The settings before the gesture that goes on, and its name.
    open: Option<(&'static str, ChainSettings)>,
    num_held: usize,
    /// The parameters that are held now, so that whoever finds them abandoned can let them go.
    held: Vec<&'static Param>,
    /// The parameter that was last nudged, and when, as long as nothing else was done since.
    nudged: Option<(&'static str, f64)>,
}

impl History {
    /// A gesture begins, or another joins the one that goes on.
    pub fn begin(&mut self, before: &ChainSettings, what: &'static str) {
        self.open.get_or_insert((what, *before));
        self.num_held += 1;
    }

    /// A gesture ends; with the last of those that go on the step is complete, if anything changed.
    pub fn end(&mut self, after: &ChainSettings) {
        self.num_held = self.num_held.saturating_sub(1);
        if self.num_held > 0 {
            return;
        }
        let Some((what, before)) = self.open.take() else { return };
        if before != *after {
            if self.done.len() == NUM_STEPS {
                self.done.pop_front();
            }
            self.done.push_back(Step { what, before, after: *after });
            self.undone.clear();
            self.nudged = None;
        }
    }

    /// Takes hold of a parameter.
    pub fn hold(&mut self, before: &ChainSettings, param: &'static Param) {
        self.begin(before, param.name);
        self.held.push(param);
    }

    /// Lets a parameter go.
    pub fn release(&mut self, after: &ChainSettings, param: &'static Param) {
        if let Some(place) = self.held.iter().position(|held| held.id == param.id) {
            self.held.remove(place);
            self.end(after);
        }
    }

    /// What is held now.
    #[must_use]
    pub fn held(&self) -> &[&'static Param] {
        &self.held
    }

    /// The step that was just made was a nudge: the click of a wheel, a press of an arrow key. With the nudge before it, it is
    /// one step.
    pub fn join_nudge(
        &mut self,
        last_nudged: Option<(&'static str, f64)>,
        param: &'static Param,
        now_s: f64,
    ) {
        let follows =
            last_nudged.is_some_and(|(id, then_s)| id == param.id && now_s - then_s < NUDGE_PAUSE_S);
        if follows
            && self.done.len() > 1
            && let Some(last) = self.done.pop_back()
            && let Some(joined) = self.done.back_mut()
        {
            joined.after = last.after;
        }
        self.nudged = Some((param.id, now_s));
    }

    /// The parameter that was nudged by the last step, and when.
    #[must_use]
    pub fn nudged(&self) -> Option<(&'static str, f64)> {
        self.nudged
    }

    /// The step to take back; none while a gesture goes on.
    pub fn undo(&mut self) -> Option<Step> {
        if self.open.is_some() {
            return None;
        }
        let step = self.done.pop_back()?;
        self.nudged = None;
        self.undone.push(step);
        Some(step)
    }

    /// The step to do again.
    pub fn redo(&mut self) -> Option<Step> {
        if self.open.is_some() {
            return None;
        }
        let step = self.undone.pop()?;
        self.done.push_back(step);
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
