//! The curve on screen, from the same coefficients as the sound.

use super::design::Sections;
use super::{NUM_BANDS, bands};
use crate::settings::{EqualiserSettings, Placement};

/// The bands of some settings, designed once for any number of frequencies. Dynamic bells are at rest.
#[derive(Debug, Clone)]
pub struct Response {
    bands: [BandResponse; NUM_BANDS],
    sample_rate_hz: f64,
}

#[derive(Debug, Clone, Copy)]
struct BandResponse {
    on: bool,
    placement: Placement,
    sections: Sections,
}

impl Response {
    /// Designs the bands.
    #[must_use]
    pub fn new(settings: &EqualiserSettings, sample_rate_hz: f64) -> Self {
        let bands = bands(settings).map(|band| BandResponse {
            on: band.on,
            placement: band.placement,
            sections: band.shape.sections(sample_rate_hz),
        });
        Self { bands, sample_rate_hz }
    }

    /// The gain of one band at a frequency, dB, whether it is on or not: high-pass, low shelf, the bells, high shelf, low-pass, tilt.
    #[must_use]
    pub fn band_db(&self, band_idx: usize, frequency_hz: f64) -> f64 {
        let sections = self.bands[band_idx].sections;
        sections.iter().map(|section| section.gain_db(frequency_hz, self.sample_rate_hz)).sum()
    }

    /// The gain for mid and for side at a frequency, dB.
    #[must_use]
    pub fn gains_db(&self, frequency_hz: f64) -> [f64; 2] {
        let mut gains_db = [0.0; 2];
        for (band_idx, band) in self.bands.iter().enumerate().filter(|(_, band)| band.on) {
            let gain_db = self.band_db(band_idx, frequency_hz);
            if band.placement != Placement::Side {
                gains_db[0] += gain_db;
            }
            if band.placement != Placement::Mid {
                gains_db[1] += gain_db;
            }
        }
        gains_db
    }
}
