//! The parameter table as a host sees it.
//!
//! What has a range is told to the host as a position from 0 to 1, as the table lays the range out; the value behind a position is
//! [`Param::from_host_position`], so a value that a host kept as a position comes back to the bit.

use crate::link::Link;
use crate::state::{self, Kept};
use lacquer_dsp::param::{Param, Unit};
use lacquer_dsp::settings::ChainSettings;
use nice_plug::prelude::{
    BoolParam, FloatParam, FloatRange, IntParam, IntRange, Param as _, ParamPtr, Params,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The id of the host's own bypass.
pub const BYPASS_ID: &str = "bypass";

/// How a host holds a row of the table.
pub enum Control {
    /// A number in a range, by its position.
    Position(FloatParam),
    /// Off or on.
    Switch(BoolParam),
    /// A count, or a choice by its place.
    Whole(IntParam),
}

impl Control {
    fn new(param: &'static Param, link: &Arc<Link>) -> Self {
        let text = move |text: &str| param.from_text(text).ok();
        match param.unit {
            Unit::Switch => Self::Switch(
                BoolParam::new(param.name, param.default >= 0.5)
                    .with_callback(marks_change(link))
                    .with_value_to_string(Arc::new(|on| if on { "on" } else { "off" }.to_owned()))
                    .with_string_to_value(Arc::new(move |word| text(word).map(|value| value >= 0.5))),
            ),
            Unit::Count | Unit::Choice(_) => {
                let range = IntRange::Linear { min: param.min as i32, max: param.max as i32 };
                Self::Whole(
                    IntParam::new(param.name, param.default as i32, range)
                        .with_callback(marks_change(link))
                        .with_value_to_string(Arc::new(|value| param.to_text(f64::from(value))))
                        .with_string_to_value(Arc::new(move |word| text(word).map(|value| value as i32))),
                )
            }
            _ => Self::Position(
                FloatParam::new(
                    param.name,
                    param.to_normalized(param.default) as f32,
                    FloatRange::Linear { min: 0.0, max: 1.0 },
                )
                .with_callback(marks_change(link))
                .with_value_to_string(Arc::new(|position| param.to_text(param.from_host_position(position))))
                .with_string_to_value(Arc::new(move |word| {
                    text(word).map(|value| param.to_normalized(value) as f32)
                })),
            ),
        }
    }

    /// What identifies the present value without working it out.
    fn bits(&self) -> u32 {
        match self {
            Self::Position(float) => float.value().to_bits(),
            Self::Switch(switch) => u32::from(switch.value()),
            Self::Whole(whole) => whole.value() as u32,
        }
    }

    /// The value of bits that this control had.
    fn value_of(&self, param: &Param, bits: u32) -> f64 {
        match self {
            Self::Position(_) => param.from_host_position(f32::from_bits(bits)),
            Self::Switch(_) | Self::Whole(_) => f64::from(bits as i32),
        }
    }

    /// The value that the user set, whatever a host adds to it.
    fn unmodulated(&self, param: &Param) -> f64 {
        match self {
            Self::Position(float) => param.from_host_position(float.unmodulated_plain_value()),
            Self::Switch(switch) => f64::from(u8::from(switch.unmodulated_plain_value())),
            Self::Whole(whole) => f64::from(whole.unmodulated_plain_value()),
        }
    }

    fn as_ptr(&self) -> ParamPtr {
        match self {
            Self::Position(float) => float.as_ptr(),
            Self::Switch(switch) => switch.as_ptr(),
            Self::Whole(whole) => whole.as_ptr(),
        }
    }
}

/// A host's change of a parameter is seen by a count, so that the audio thread looks at parameters only after one.
fn marks_change<T>(link: &Arc<Link>) -> Arc<dyn Fn(T) + Send + Sync> {
    let link = Arc::clone(link);
    Arc::new(move |_| {
        link.num_changes.fetch_add(1, Ordering::Release);
    })
}

/// A row of the table and how the host holds it.
pub struct Row {
    /// What it is.
    pub param: &'static Param,
    /// How the host holds it.
    pub control: Control,
}

/// Every parameter, and what else a project keeps.
pub struct TableParams {
    /// In the order of the table.
    pub rows: Vec<Row>,
    /// The host's own bypass.
    pub bypass: BoolParam,
    link: Arc<Link>,
}

impl TableParams {
    /// All at their defaults.
    pub fn new(link: &Arc<Link>) -> Self {
        let row = |param| Row { param, control: Control::new(param, link) };
        Self {
            rows: lacquer_dsp::params::all().map(row).collect(),
            bypass: BoolParam::new("Bypass", false).make_bypass().with_callback(marks_change(link)),
            link: Arc::clone(link),
        }
    }

    /// What the user set.
    pub fn settings(&self) -> ChainSettings {
        let mut settings = ChainSettings::default();
        for row in &self.rows {
            // A position is a value in range.
            let _ = row.param.set(&mut settings, row.control.unmodulated(row.param));
        }
        settings
    }

    /// The control of a row of the table.
    pub fn control(&self, param: &Param) -> Option<&Control> {
        self.rows.iter().find(|row| std::ptr::eq(row.param, param)).map(|row| &row.control)
    }
}

/// The settings on the audio thread: only what changed is worked out again.
pub struct Snapshot {
    seen_changes: Option<u64>,
    bits: Vec<Option<u32>>,
    settings: ChainSettings,
}

impl Snapshot {
    /// Nothing is known yet.
    pub fn new(params: &TableParams) -> Self {
        Self { seen_changes: None, bits: vec![None; params.rows.len()], settings: ChainSettings::default() }
    }

    /// The settings as they stand, a host's modulation included.
    pub fn update(&mut self, params: &TableParams) -> &ChainSettings {
        let num_changes = params.link.num_changes.load(Ordering::Acquire);
        if self.seen_changes != Some(num_changes) {
            self.seen_changes = Some(num_changes);
            for (row, known) in params.rows.iter().zip(&mut self.bits) {
                let bits = row.control.bits();
                if *known != Some(bits) {
                    *known = Some(bits);
                    // A position is a value in range.
                    let _ = row.param.set(&mut self.settings, row.control.value_of(row.param, bits));
                }
            }
        }
        &self.settings
    }
}

// SAFETY: the pointers that `param_map` hands out point into `rows` and `bypass`, which are never moved or changed after `new`: the
// wrapper keeps this object in an `Arc`, and nobody has it mutably.
#[expect(
    unsafe_code,
    reason = "the trait is unsafe to implement, and parameters from a table are beyond its derive macro"
)]
unsafe impl Params for TableParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        let row = |row: &Row| (row.param.id.to_owned(), row.control.as_ptr(), group(row.param));
        let bypass = (BYPASS_ID.to_owned(), self.bypass.as_ptr(), String::new());
        std::iter::once(bypass).chain(self.rows.iter().map(row)).collect()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        state::fields(&self.settings(), &self.link.kept())
    }

    fn deserialize_fields(&self, fields: &BTreeMap<String, String>) {
        let (kept, notice): (Kept, Option<String>) = state::kept(fields);
        self.link.restore(kept, notice);
        self.link.num_changes.fetch_add(1, Ordering::Release);
    }
}

/// `Multiband/Band 1` of `multiband.band1.ratio`: the module, and what in it has several of a kind.
fn group(param: &Param) -> String {
    let parts: Vec<&str> = param.id.split('.').collect();
    let words: Vec<String> = parts[..parts.len() - 1].iter().map(|part| words(part)).collect();
    words.join("/")
}

/// `Band 1` of `band1`, `De-esser` of `de_esser`.
fn words(part: &str) -> String {
    if part == "de_esser" {
        return "De-esser".to_owned();
    }
    let mut text = String::new();
    for (idx, letter) in part.chars().enumerate() {
        match letter {
            '_' => text.push(' '),
            digit if digit.is_ascii_digit() && !text.ends_with(' ') => text.extend([' ', digit]),
            letter if idx == 0 => text.extend(letter.to_uppercase()),
            letter => text.push(letter),
        }
    }
    text
}
