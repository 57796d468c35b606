//! How the window looks and which page it shows: kept by the host from session to session.

use crate::other::Other;
use crate::watch::SpectrumOptions;
use serde::{Deserialize, Serialize};

/// A page of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Page {
    /// For the hurried.
    #[default]
    Overview,
    /// Noise removal, gate, de-esser, leveller: what a voice needs.
    Voice,
    /// Curve and nodes over the spectrum.
    Equaliser,
    /// Bands, thresholds and what they take.
    Multiband,
    /// Harmonics.
    Exciter,
    /// Width.
    Stereo,
    /// Ceiling, and the history of what it took.
    Limiter,
    /// Every meter.
    Meters,
}

impl Page {
    /// In the order of the tabs.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Voice,
        Self::Equaliser,
        Self::Multiband,
        Self::Exciter,
        Self::Stereo,
        Self::Limiter,
        Self::Meters,
    ];

    /// As the tab says it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Voice => "Voice",
            Self::Equaliser => "Equaliser",
            Self::Multiband => "Multiband",
            Self::Exciter => "Exciter",
            Self::Stereo => "Stereo",
            Self::Limiter => "Limiter",
            Self::Meters => "Meters",
        }
    }
}

/// Light on dark, or dark on light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Shade {
    /// For a dim room.
    #[default]
    Dark,
    /// For daylight.
    Light,
}

/// What is kept. A field that a saved view does not know takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// What is shown.
    pub page: Page,
    /// Dark or light.
    pub shade: Shade,
    /// 75 to 200: everything's size.
    pub scale_percent: f32,
    /// The window's size in the host's points, which do not know of the scale.
    pub size: [f32; 2],
    /// Integrated loudness to aim at, LUFS: the target of the overview and of the meters' band.
    pub target_lufs: f64,
    /// The place of [`crate::targets::TARGETS`] that was chosen: two places may ask for the same numbers.
    pub target_name: String,
    /// Highest true peak that the target allows, dBTP.
    pub target_peak_dbtp: f64,
    /// The slug of the preset that was last loaded.
    pub preset: Option<String>,
    /// Whether B is heard, of A and B.
    pub is_b: bool,
    /// The one that is not heard, once there are two.
    pub other: Option<Other>,
    /// How spectra are drawn.
    pub spectrum: SpectrumOptions,
    /// Whether the loudness scale reaches to +18 LU instead of +9 (EBU Tech 3341).
    pub is_plus_18: bool,
    /// Whether the meters begin anew when the host starts to play.
    pub is_reset_on_play: bool,
    /// Whether loudness is written in LUFS instead of LU about the target.
    pub is_absolute: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            page: Page::Overview,
            shade: Shade::Dark,
            scale_percent: 100.0,
            size: [1040.0, 680.0],
            target_lufs: -14.0,
            target_name: crate::targets::TARGETS[0].name.to_owned(),
            target_peak_dbtp: -1.0,
            preset: None,
            is_b: false,
            other: None,
            spectrum: SpectrumOptions::default(),
            is_plus_18: false,
            is_reset_on_play: false,
            is_absolute: true,
        }
    }
}
