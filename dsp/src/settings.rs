//! Plain snapshots of everything that can be set, one structure per module.
//!
//! Ranges and defaults are declared in the parameter table, [`crate::params`], and nowhere else.

use crate::param::Choice;

/// The bells of the equaliser.
pub const NUM_BELLS: usize = 4;

/// The most bands of the multiband compressor.
pub const MAX_BANDS: usize = 6;

/// Everything that the chain can be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainSettings {
    /// What happens to the signal first.
    pub input: InputSettings,
    /// Removal of noise from a voice.
    pub denoise: DenoiseSettings,
    /// Attenuation of what lies under a threshold.
    pub gate: GateSettings,
    /// Reduction of sibilance.
    pub de_esser: DeEsserSettings,
    /// Filters, shelves and bells.
    pub equaliser: EqualiserSettings,
    /// Slow gain to an even loudness.
    pub leveller: LevellerSettings,
    /// Dynamics in two to six bands.
    pub multiband: MultibandSettings,
    /// Added harmonics.
    pub exciter: ExciterSettings,
    /// Width of the stereo image.
    pub stereo: StereoSettings,
    /// The gain that brings the programme to its loudness.
    pub loudness: LoudnessSettings,
    /// The true-peak ceiling.
    pub limiter: LimiterSettings,
    /// The whole numbers of the file to be.
    pub dither: DitherSettings,
}

/// Settings of a module that can be bypassed.
pub trait Bypassable {
    /// Whether the module is to be left out.
    fn is_bypassed(&self) -> bool;
}

macro_rules! bypassable {
    ($($settings:ty),*) => {
        $(impl Bypassable for $settings {
            fn is_bypassed(&self) -> bool {
                self.bypass
            }
        })*
    };
}

bypassable!(
    InputSettings,
    DenoiseSettings,
    GateSettings,
    DeEsserSettings,
    EqualiserSettings,
    LevellerSettings,
    MultibandSettings,
    ExciterSettings,
    StereoSettings,
    LoudnessSettings,
    LimiterSettings,
    DitherSettings
);

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

/// The equaliser.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EqualiserSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Takes what lies below.
    pub high_pass: PassSettings,
    /// Gain of what lies below.
    pub low_shelf: ShelfSettings,
    /// Gain around a frequency.
    pub bells: [BellSettings; NUM_BELLS],
    /// Gain of what lies above.
    pub high_shelf: ShelfSettings,
    /// Takes what lies above.
    pub low_pass: PassSettings,
    /// Highs against lows.
    pub tilt: TiltSettings,
    /// Time constant of a dynamic bell that sets out.
    pub attack_ms: f64,
    /// Time constant of a dynamic bell that returns.
    pub release_ms: f64,
}

/// What a band of the equaliser filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// Both channels.
    #[default]
    Stereo,
    /// Half the sum of both.
    Mid,
    /// Half the difference of both.
    Side,
}

impl Placement {
    /// As the parameter table lists them.
    pub const WORDS: &[&str] = &["stereo", "mid", "side"];
}

impl Choice for Placement {
    fn index(&self) -> usize {
        *self as usize
    }

    fn set_index(&mut self, index: usize) {
        *self = match index {
            0 => Self::Stereo,
            1 => Self::Mid,
            _ => Self::Side,
        };
    }
}

/// How steep a high-pass or low-pass is: its order, one to eight, each worth 6 dB per octave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slope(pub usize);

impl Default for Slope {
    fn default() -> Self {
        Self(2)
    }
}

impl Slope {
    /// Decibels per octave, as the parameter table lists them.
    pub const WORDS: &[&str] = &["6", "12", "18", "24", "30", "36", "42", "48"];
}

impl Choice for Slope {
    fn index(&self) -> usize {
        self.0 - 1
    }

    fn set_index(&mut self, index: usize) {
        self.0 = index.min(Self::WORDS.len() - 1) + 1;
    }
}

/// High-pass or low-pass, Butterworth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PassSettings {
    /// Whether it is heard.
    pub on: bool,
    /// Where 3 dB are lost.
    pub frequency_hz: f64,
    /// How steeply.
    pub slope: Slope,
    /// What it filters.
    pub placement: Placement,
}

/// A second-order shelf.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ShelfSettings {
    /// Whether it is heard.
    pub on: bool,
    /// Where half the decibels are reached.
    pub frequency_hz: f64,
    /// Gain of the shelf.
    pub gain_db: f64,
    /// 0.71 is the steepest that does not overshoot.
    pub q: f64,
    /// What it filters.
    pub placement: Placement,
}

/// A bell, which may follow the level of its band.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BellSettings {
    /// Whether it is heard.
    pub on: bool,
    /// The middle.
    pub frequency_hz: f64,
    /// Gain in the middle.
    pub gain_db: f64,
    /// Frequency over the width between the points of half the decibels.
    pub q: f64,
    /// What it filters.
    pub placement: Placement,
    /// Level of the band from which on the gain moves, dBFS peak.
    pub threshold_db: f64,
    /// The furthest that the gain moves; 0 is a static bell.
    pub range_db: f64,
}

/// First-order tilt: lows down as far as highs up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TiltSettings {
    /// Whether it is heard.
    pub on: bool,
    /// How much more gain the highs get than the lows.
    pub gain_db: f64,
    /// Where the gain stays.
    pub pivot_hz: f64,
    /// What it filters.
    pub placement: Placement,
}

/// The noise remover.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DenoiseSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Share of the denoised signal; the rest is the input.
    pub mix_percent: f64,
}

/// The gate, or with a low ratio the downward expander.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GateSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Level from which on it is open, dBFS peak.
    pub threshold_db: f64,
    /// Output change over input change under the threshold.
    pub ratio: f64,
    /// The most that it takes away.
    pub range_db: f64,
    /// How far under the threshold an open gate begins to shut.
    pub hysteresis_db: f64,
    /// How long it takes to open from shut, in a straight line of amplitude.
    pub attack_ms: f64,
    /// How long it stays open after the last peak.
    pub hold_ms: f64,
    /// How long it takes to shut by the whole range, in a straight line of decibels.
    pub release_ms: f64,
    /// What lies below does not open it.
    pub high_pass_hz: f64,
}

/// The de-esser.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DeEsserSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Only what lies above is reduced.
    pub frequency_hz: f64,
    /// How far under the whole the high band must be to be left alone.
    pub threshold_db: f64,
    /// The most that the high band loses.
    pub range_db: f64,
}

/// The leveller.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LevellerSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Where it brings the programme to, in loudness over three seconds.
    pub target_lufs: f64,
    /// The most that it adds.
    pub max_gain_db: f64,
    /// The most that it takes away.
    pub max_cut_db: f64,
    /// How fast the gain may rise.
    pub rise_db_per_s: f64,
    /// How fast the gain may fall.
    pub fall_db_per_s: f64,
    /// The gain at the beginning. A bounce measures the programme and sets it; taken in by `reset`, not while running.
    pub start_gain_db: f64,
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
