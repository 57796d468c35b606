//! Plain snapshots of everything that can be set, one structure per module.
//!
//! Ranges and defaults are declared in the parameter table, [`crate::params`], and nowhere else.

mod equaliser;
mod voice;

pub use equaliser::*;
pub use voice::*;

use crate::param::Choice;

/// The most bands of the multiband compressor.
pub const MAX_BANDS: usize = 6;

/// Settings of a module that can be bypassed.
pub trait Bypassable {
    /// Whether the module is to be left out.
    fn is_bypassed(&self) -> bool;
}

/// Declares the modules once: their names, their settings, and that each can be bypassed.
macro_rules! modules {
    ($($(#[$doc:meta])* $module:ident, $field:ident: $settings:ty;)*) => {
        /// Everything that the chain can be told.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct ChainSettings {
            $($(#[$doc])* pub $field: $settings,)*
        }

        /// The modules, in the order of the signal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Module {
            $($(#[$doc])* $module,)*
        }

        impl Module {
            /// All of them, in the order of the signal.
            pub const ALL: [Self; [$(stringify!($module)),*].len()] = [$(Self::$module),*];

            /// What the parameters' ids begin with.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$module => stringify!($field),)*
                }
            }
        }

        impl ChainSettings {
            /// The bypass of one module.
            pub fn bypass_mut(&mut self, module: Module) -> &mut bool {
                match module {
                    $(Module::$module => &mut self.$field.bypass,)*
                }
            }
        }

        $(impl Bypassable for $settings {
            fn is_bypassed(&self) -> bool {
                self.bypass
            }
        })*
    };
}

modules! {
    /// What happens to the signal first.
    Input, input: InputSettings;
    /// Removal of noise from a voice.
    Denoise, denoise: DenoiseSettings;
    /// Attenuation of what lies under a threshold.
    Gate, gate: GateSettings;
    /// Reduction of sibilance.
    DeEsser, de_esser: DeEsserSettings;
    /// Filters, shelves and bells.
    Equaliser, equaliser: EqualiserSettings;
    /// Slow gain to an even loudness.
    Leveller, leveller: LevellerSettings;
    /// Dynamics in two to six bands.
    Multiband, multiband: MultibandSettings;
    /// Added harmonics.
    Exciter, exciter: ExciterSettings;
    /// Width of the stereo image.
    Stereo, stereo: StereoSettings;
    /// The gain that brings the programme to its loudness.
    Loudness, loudness: LoudnessSettings;
    /// The true-peak ceiling.
    Limiter, limiter: LimiterSettings;
    /// The whole numbers of the file to be.
    Dither, dither: DitherSettings;
}

impl ChainSettings {
    /// The same with these modules bypassed.
    #[must_use]
    pub fn without(mut self, modules: impl IntoIterator<Item = Module>) -> Self {
        for module in modules {
            *self.bypass_mut(module) = true;
        }
        self
    }
}

/// Trim, polarity and removal of direct current.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct InputSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Gain before everything else.
    pub trim_db: f64,
    /// Turns the left (or only) channel upside down.
    pub invert_left: bool,
    /// Turns the right channel upside down.
    pub invert_right: bool,
    /// Removes what lies below a few hertz.
    pub dc_removal: bool,
}

/// The multiband compressor.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MultibandSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Two to six.
    pub num_bands: usize,
    /// Where band `n` ends and band `n + 1` begins; the first `num_bands - 1` count. They are kept in rising order.
    pub crossovers_hz: [f64; MAX_BANDS - 1],
    /// 0: each channel for itself; 100: both get the gain of the louder one.
    pub link_percent: f64,
    /// Share of the compressed signal.
    pub mix_percent: f64,
    /// From the lowest up; the first `num_bands` count.
    pub bands: [BandSettings; MAX_BANDS],
}

/// One band of the multiband compressor.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BandSettings {
    /// Leaves this band's dynamics out.
    pub bypass: bool,
    /// Silences every band that is not soloed itself.
    pub solo: bool,
    /// Share of the band's compressed signal; the module's own mix multiplies it.
    pub mix_percent: f64,
    /// Level from which on gain is reduced, dBFS peak.
    pub threshold_db: f64,
    /// Input change over output change above the threshold.
    pub ratio: f64,
    /// Width of the soft transition around the threshold.
    pub knee_db: f64,
    /// Time in which gain covers 63 % of its fall, in dB, after a step of the level.
    pub attack_ms: f64,
    /// Time in which gain covers 63 % of its return, in dB, after a step of the level.
    pub release_ms: f64,
    /// Gain after compression.
    pub makeup_db: f64,
    /// Level under which gain is raised, dBFS peak; its knee is `knee_db` too.
    pub upward_threshold_db: f64,
    /// Input change over output change under the upward threshold; 1 is off.
    pub upward_ratio: f64,
    /// The most that gain is raised, so that silence stays silence.
    pub upward_max_db: f64,
}

/// Harmonic enhancement.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ExciterSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Level into the shaping curve.
    pub drive_db: f64,
    /// Harmonics are made of what lies above.
    pub focus_hz: f64,
    /// 0: odd harmonics only; 100: even ones only.
    pub even_percent: f64,
    /// How much of the harmonics is added.
    pub mix_percent: f64,
}

/// Stereo width.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StereoSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Width of what lies below the crossover: 0 mono, 100 unchanged.
    pub width_low_percent: f64,
    /// Width of what lies above the crossover.
    pub width_high_percent: f64,
    /// Where low becomes high.
    pub crossover_hz: f64,
    /// Makes the bass mono.
    pub mono_bass: bool,
    /// Below this there is no side signal, if `mono_bass` is on.
    pub mono_below_hz: f64,
}

/// The gain that brings the programme to its loudness; the bounce solves for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoudnessSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Gain into the limiter.
    pub gain_db: f64,
}

/// How the limiter lets a reduction go. Its ceiling, latency and attack are the same in all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimiterCharacter {
    /// Holds each reduction over a cycle of 45 Hz and returns slowly: the least distortion.
    #[default]
    Transparent,
    /// Returns soon after a transient, so that what follows it keeps its weight.
    Punchy,
    /// Returns almost at once: the most loudness, and the most distortion of low tones.
    Loud,
}

impl LimiterCharacter {
    /// The words that presets and command line use, in the order of the parameter's numbers.
    pub const WORDS: [&str; 3] = ["transparent", "punchy", "loud"];
}

impl Choice for LimiterCharacter {
    fn index(&self) -> usize {
        *self as usize
    }

    fn set_index(&mut self, index: usize) {
        *self = match index {
            0 => Self::Transparent,
            1 => Self::Punchy,
            _ => Self::Loud,
        };
    }
}

/// The true-peak limiter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LimiterSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Highest true peak that may come out.
    pub ceiling_dbtp: f64,
    /// Time constant in which the gain returns from a reduction that lasted; from a short one it returns sooner.
    pub release_ms: f64,
    /// How a reduction is let go.
    pub character: LimiterCharacter,
    /// Share that a channel takes in the other's peaks. 0: each its own; 100: both get the gain of the louder one.
    pub transient_link_percent: f64,
    /// Share that a channel's slow stage takes in the other's lasting reduction. 0: each its own; 100: shared.
    pub release_link_percent: f64,
}

/// Dither to whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DitherSettings {
    /// Leaves the samples off the grid.
    pub bypass: bool,
    /// Bits of the whole numbers that come out, 16 to 24.
    pub bits: usize,
    /// The noise that is added.
    pub kind: DitherKind,
}

/// What is added before samples are rounded to whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DitherKind {
    /// Nothing: samples are rounded, and the error is distortion.
    None,
    /// White noise of triangular distribution, 2 LSB peak to peak.
    #[default]
    Tpdf,
    /// The same, with the whole error moved to where the ear hears least.
    Shaped,
}

impl DitherKind {
    /// As the parameter table lists them.
    pub const NAMES: [&'static str; 3] = ["none", "tpdf", "shaped"];
}

impl Choice for DitherKind {
    fn index(&self) -> usize {
        *self as usize
    }

    fn set_index(&mut self, index: usize) {
        *self = match index {
            0 => Self::None,
            1 => Self::Tpdf,
            _ => Self::Shaped,
        };
    }
}
