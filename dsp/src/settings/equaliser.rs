//! The equaliser's settings.

use crate::param::Choice;

/// The bells of the equaliser.
pub const NUM_BELLS: usize = 4;

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
