//! A page's hands: it reads values, and changes them in gestures that the host records and undo knows.

use crate::history::History;
use crate::host::Host;
use lacquer_dsp::param::Param;
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use std::collections::HashMap;
use std::sync::LazyLock;

static BY_ID: LazyLock<HashMap<&'static str, &'static Param>> =
    LazyLock::new(|| params::all().map(|param| (param.id, param)).collect());

/// The row of the parameter table with this id.
///
/// # Panics
/// If there is none: ids in this crate are literals, and the tests open every page.
#[must_use]
pub fn param(id: &str) -> &'static Param {
    BY_ID.get(id).copied().unwrap_or_else(|| panic!("there is no parameter '{id}'"))
}

/// One frame's access to the host's parameters.
pub struct Desk<'a> {
    /// For everything that is no parameter.
    pub host: &'a mut dyn Host,
    settings: ChainSettings,
    history: &'a mut History,
}

impl<'a> Desk<'a> {
    /// Looks at the host's parameters once; what this desk changes is seen through it at once.
    pub fn new(host: &'a mut dyn Host, history: &'a mut History) -> Self {
        let settings = host.settings();
        Self { host, settings, history }
    }

    /// Every parameter as it stands.
    #[must_use]
    pub fn settings(&self) -> &ChainSettings {
        &self.settings
    }

    /// The value of one.
    #[must_use]
    pub fn value(&self, param: &Param) -> f64 {
        param.get(&self.settings)
    }

    /// The user takes hold of a parameter. Several may be held at once; they are then undone together.
    pub fn begin(&mut self, param: &'static Param) {
        self.history.hold(&self.settings, param);
        self.host.begin(param);
    }

    /// Moves a parameter that is held. What is out of range is taken to its limit.
    pub fn set(&mut self, param: &'static Param, value: f64) {
        if value.is_nan() {
            return;
        }
        let value = value.clamp(param.min, param.max);
        if param.set(&mut self.settings, value).is_ok() {
            self.host.set(param, value);
        }
    }

    /// The user lets go.
    pub fn end(&mut self, param: &'static Param) {
        if self.history.held().iter().any(|held| held.id == param.id) {
            self.host.end(param);
            self.history.release(&self.settings, param);
        }
    }

    /// Lets go of whatever is held: the control that held it is no longer there.
    pub fn end_all(&mut self) {
        for param in self.history.held().to_vec() {
            self.end(param);
        }
    }

    /// Whether anything is held.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        !self.history.held().is_empty()
    }

    /// A small change that others follow: the click of a wheel, a press of an arrow key. Those that follow each other at once are
    /// one step.
    pub fn nudge(&mut self, param: &'static Param, value: f64, now_s: f64) {
        let before = (self.value(param), self.history.nudged());
        self.change(param, value);
        if self.value(param) != before.0 {
            self.history.join_nudge(before.1, param, now_s);
        }
    }

    /// A change in one go: a click, a typed value.
    pub fn change(&mut self, param: &'static Param, value: f64) {
        self.begin(param);
        self.set(param, value);
        self.end(param);
    }

    /// Brings every parameter to `wanted`, as one step that `what` names.
    pub fn apply(&mut self, wanted: &ChainSettings, what: &'static str) {
        self.history.begin(&self.settings, what);
        self.move_to(wanted);
        self.history.end(&self.settings);
    }

    /// Goes to other settings, which have a history of their own, and leaves the present one in its place: no step.
    pub fn exchange(&mut self, wanted: &ChainSettings, history: &mut History) {
        self.end_all();
        self.move_to(wanted);
        std::mem::swap(self.history, history);
    }

    /// What undo and redo would do, if there is anything.
    #[must_use]
    pub fn step_names(&self) -> [Option<&'static str>; 2] {
        [self.history.undo_name(), self.history.redo_name()]
    }

    /// Takes the last step back, and names it.
    pub fn undo(&mut self) -> Option<&'static str> {
        let step = self.history.undo()?;
        self.move_between(&step.after, &step.before);
        Some(step.what)
    }

    /// Does again what was last taken back, and names it.
    pub fn redo(&mut self) -> Option<&'static str> {
        let step = self.history.redo()?;
        self.move_between(&step.before, &step.after);
        Some(step.what)
    }

    fn move_to(&mut self, wanted: &ChainSettings) {
        let now = self.settings;
        self.move_between(&now, wanted);
    }

    /// Brings what differs between two settings to those of the second, and leaves the rest as it stands now.
    fn move_between(&mut self, from: &ChainSettings, to: &ChainSettings) {
        for param in params::all() {
            let value = param.get(to);
            if value != param.get(from) && value != param.get(&self.settings) {
                self.host.begin(param);
                self.set(param, value);
                self.host.end(param);
            }
        }
    }
}
