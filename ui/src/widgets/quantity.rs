//! What a control turns: a parameter of the chain, or another number that has a name, a range and a text.

use crate::desk::Desk;
use crate::help;
use lacquer_dsp::param::Param;
use std::ops::RangeInclusive;

/// A number as a control sees it.
pub trait Quantity {
    /// As assistive technology says it, the only one of its name on a page.
    fn name(&self) -> &str;

    /// As it stands beside the control.
    fn caption(&self) -> String;

    /// What it does, its range and its default, for the tooltip.
    fn help(&self) -> String;

    /// Where it stands.
    fn value(&self) -> f64;

    /// Where a double click takes it.
    fn default(&self) -> f64;

    /// Lowest and highest.
    fn range(&self) -> RangeInclusive<f64>;

    /// The share of a control's travel, 0 to 1, at a value.
    fn position(&self, value: f64) -> f64;

    /// The value at a share of the travel, on the grid.
    fn at(&self, position: f64) -> f64;

    /// One step of the grid.
    fn step(&self) -> f64;

    /// A value with its unit.
    fn text(&self, value: f64) -> String;

    /// Reads what a person typed.
    ///
    /// # Errors
    /// What is expected, when it is no value of this quantity.
    fn parse(&self, text: &str) -> Result<f64, String>;

    /// The user takes hold of it.
    fn begin(&mut self);

    /// The user moves it, between `begin` and `end`.
    fn set(&mut self, value: f64);

    /// The user lets go.
    fn end(&mut self);

    /// The user moves it by a click of the wheel or a key.
    fn nudge(&mut self, value: f64, now_s: f64);

    /// The user sets it in one go.
    fn change(&mut self, value: f64) {
        self.begin();
        self.set(value);
        self.end();
    }
}

/// A parameter on its desk.
pub struct OnDesk<'a, 'h> {
    /// Where it is changed.
    pub desk: &'a mut Desk<'h>,
    /// Which.
    pub param: &'static Param,
}

impl Quantity for OnDesk<'_, '_> {
    fn name(&self) -> &str {
        self.param.name
    }

    fn caption(&self) -> String {
        help::caption(self.param)
    }

    fn help(&self) -> String {
        help::tooltip(self.param)
    }

    fn value(&self) -> f64 {
        self.desk.value(self.param)
    }

    fn default(&self) -> f64 {
        self.param.default
    }

    fn range(&self) -> RangeInclusive<f64> {
        self.param.min..=self.param.max
    }

    fn position(&self, value: f64) -> f64 {
        self.param.to_normalized(value)
    }

    fn at(&self, position: f64) -> f64 {
        self.param.from_normalized(position)
    }

    fn step(&self) -> f64 {
        self.param.step
    }

    fn text(&self, value: f64) -> String {
        self.param.to_text(value)
    }

    fn parse(&self, text: &str) -> Result<f64, String> {
        let read = self.param.from_text(&plain_digits(text));
        read.map_err(|_| format!("Expected {}", self.param.range_text()))
    }

    fn begin(&mut self) {
        self.desk.begin(self.param);
    }

    fn set(&mut self, value: f64) {
        self.desk.set(self.param, value);
    }

    fn end(&mut self) {
        self.desk.end(self.param);
    }

    fn nudge(&mut self, value: f64, now_s: f64) {
        self.desk.nudge(self.param, value, now_s);
    }
}

/// A number that is no parameter of the chain: nothing of it is undone or automated.
pub struct Free<'a> {
    /// As it is read and heard.
    pub name: &'a str,
    /// What it does.
    pub help: &'a str,
    /// Behind the number, may be empty.
    pub unit: &'a str,
    /// Lowest and highest.
    pub range: RangeInclusive<f64>,
    /// Where a double click takes it.
    pub default: f64,
    /// Its grid: 1, 0.1, 0.01.
    pub step: f64,
    /// The number itself.
    pub value: &'a mut f64,
}

impl Free<'_> {
    fn limited(&self, value: f64) -> f64 {
        ((value / self.step).round() * self.step).clamp(*self.range.start(), *self.range.end())
    }
}

impl Quantity for Free<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn caption(&self) -> String {
        self.name.to_owned()
    }

    fn help(&self) -> String {
        let [low, high, default] =
            [*self.range.start(), *self.range.end(), self.default].map(|x| self.text(x));
        format!("{}\n{low} to {high}; usually {default}.", self.help)
    }

    fn value(&self) -> f64 {
        *self.value
    }

    fn default(&self) -> f64 {
        self.default
    }

    fn range(&self) -> RangeInclusive<f64> {
        self.range.clone()
    }

    fn position(&self, value: f64) -> f64 {
        (value - self.range.start()) / (self.range.end() - self.range.start())
    }

    fn at(&self, position: f64) -> f64 {
        let (low, high) = (*self.range.start(), *self.range.end());
        self.limited(low + position * (high - low))
    }

    fn step(&self) -> f64 {
        self.step
    }

    fn text(&self, value: f64) -> String {
        let decimals = (0.5 - self.step.log10()).max(0.0) as usize;
        let number = format!("{value:.decimals$} {}", self.unit);
        number.trim_end().to_owned()
    }

    fn parse(&self, text: &str) -> Result<f64, String> {
        let text = plain_digits(text).to_lowercase();
        let digits = text.trim().trim_end_matches(&self.unit.to_lowercase()).trim();
        let value = digits.parse::<f64>().ok().filter(|value| self.range.contains(value));
        value.ok_or_else(|| {
            format!("Expected {} to {}", self.text(*self.range.start()), self.text(*self.range.end()))
        })
    }

    fn begin(&mut self) {}

    fn set(&mut self, value: f64) {
        *self.value = value.clamp(*self.range.start(), *self.range.end());
    }

    fn end(&mut self) {}

    fn nudge(&mut self, value: f64, _now_s: f64) {
        self.set(value);
    }
}

/// With the minus and the decimal point that the numbers are read with, whatever a person or another program wrote.
fn plain_digits(text: &str) -> String {
    text.replace('\u{2212}', "-").replace(',', ".")
}
