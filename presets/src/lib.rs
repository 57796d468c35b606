//! Factory presets, the user's preset folder, and the preset file format.
//!
//! A preset is a TOML file: a version, a name, a description, what a bounce should solve for, and any of the parameters of
//! `lacquer_dsp::params` by their ids. What it does not name stays at the table's default.
#![forbid(unsafe_code)]

mod error;
mod factory;
mod favourites;
mod format;
mod library;

pub use error::{PresetError, UnknownParameter, parameter_named};
pub use factory::factory;
pub use favourites::Favourites;
pub use format::{VERSION, parse, to_toml};
pub use library::{Entry, Library};

use lacquer_dsp::settings::ChainSettings;

/// A named set of settings and what a bounce makes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// What the command line calls it: the file's name without its ending.
    pub slug: String,
    /// What a person reads.
    pub name: String,
    /// One sentence: for what, and how.
    pub description: String,
    /// What a bounce solves for.
    pub bounce: BounceTarget,
    /// The whole chain.
    pub settings: ChainSettings,
}

/// What a bounce brings the programme to. Everything is optional: without any it only renders.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BounceTarget {
    /// Integrated loudness to which the input's trim brings the programme before the chain, so that thresholds mean the same
    /// for a quiet and a loud file.
    pub input_lufs: Option<f64>,
    /// Integrated loudness of the master.
    pub output_lufs: Option<f64>,
    /// Lowest root mean square of the master, where a delivery asks for one.
    pub rms_min_dbfs: Option<f64>,
    /// Highest root mean square of the master.
    pub rms_max_dbfs: Option<f64>,
}
