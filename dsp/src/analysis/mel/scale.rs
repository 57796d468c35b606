//! Mel scales, and the triangular filters that are cut from them.
//!
//! Sources: S. Young et al., "The HTK Book", section 5.4; M. Slaney, "Auditory Toolbox" (Interval 1998-010), as librosa and
//! Whisper use it; Kaldi, `feat/mel-computations.cc`.

use super::definition::MelDefinition;

/// Where a mel scale bends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MelScale {
    /// `2595 log10(1 + f / 700)`.
    Htk,
    /// Linear below 1 kHz, 15 mel there, and from there on 27 mel for each factor of 6.4.
    Slaney,
}

/// Mel for each hertz of the linear part.
const SLANEY_MEL_PER_HZ: f64 = 3.0 / 200.0;
const SLANEY_CORNER_HZ: f64 = 1000.0;
const SLANEY_CORNER_MEL: f64 = 15.0;
/// Mel for each factor of e above the corner.
const SLANEY_MEL_PER_LN: f64 = 27.0 / 1.856_297_990_365_626_4;

impl MelScale {
    /// Mel of a frequency in Hz, from 0.
    #[must_use]
    pub fn from_hz(self, hz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * libm::log10(1.0 + hz / 700.0),
            Self::Slaney if hz < SLANEY_CORNER_HZ => hz * SLANEY_MEL_PER_HZ,
            Self::Slaney => SLANEY_CORNER_MEL + SLANEY_MEL_PER_LN * libm::log(hz / SLANEY_CORNER_HZ),
        }
    }

    /// The frequency in Hz of so many mel.
    #[must_use]
    pub fn to_hz(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (libm::pow(10.0, mel / 2595.0) - 1.0),
            Self::Slaney if mel < SLANEY_CORNER_MEL => mel / SLANEY_MEL_PER_HZ,
            Self::Slaney => SLANEY_CORNER_HZ * libm::exp((mel - SLANEY_CORNER_MEL) / SLANEY_MEL_PER_LN),
        }
    }
}

/// In which domain the sides of a filter are straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triangles {
    /// Straight over hertz: librosa, Whisper.
    InHz,
    /// Straight over mel: Kaldi. The bin at half the sample rate belongs to none.
    InMel,
}

/// The filters of a definition: for each band the bins where it is not zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MelFilters {
    bands: Vec<Band>,
    weights: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Band {
    first_bin: usize,
    first_weight: usize,
    num_weights: usize,
}

impl MelFilters {
    /// The filters of a definition. Allocates.
    #[must_use]
    pub fn new(definition: &MelDefinition) -> Self {
        let edges_hz = definition.band_edges_hz();
        let mut filters = Self::default();
        for edges_hz in edges_hz.windows(3) {
            let weights: Vec<f32> = (0..=definition.fft_len / 2)
                .map(|bin| weight(definition, [edges_hz[0], edges_hz[1], edges_hz[2]], bin) as f32)
                .collect();
            let first_bin = weights.iter().position(|&weight| weight > 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|&weight| weight > 0.0).map_or(first_bin, |last| last + 1);
            let first_weight = filters.weights.len();
            filters.weights.extend(&weights[first_bin..end]);
            filters.bands.push(Band { first_bin, first_weight, num_weights: end - first_bin });
        }
        filters
    }

    /// How many bands there are.
    #[must_use]
    pub fn num_bands(&self) -> usize {
        self.bands.len()
    }

    /// A band's first bin and its weights from there on.
    #[must_use]
    #[inline(always)]
    pub fn band(&self, band_idx: usize) -> (usize, &[f32]) {
        let band = self.bands[band_idx];
        (band.first_bin, &self.weights[band.first_weight..band.first_weight + band.num_weights])
    }
}

/// The weight of a bin in the band between the first and the last of three edges.
fn weight(definition: &MelDefinition, [low_hz, centre_hz, high_hz]: [f64; 3], bin: usize) -> f64 {
    let bin_hz = bin as f64 * definition.sample_rate_hz / definition.fft_len as f64;
    let triangle = match definition.triangles {
        Triangles::InHz => {
            ((bin_hz - low_hz) / (centre_hz - low_hz)).min((high_hz - bin_hz) / (high_hz - centre_hz))
        }
        Triangles::InMel if bin == definition.fft_len / 2 => 0.0,
        Triangles::InMel => {
            let [low, centre, high, x] =
                [low_hz, centre_hz, high_hz, bin_hz].map(|hz| definition.scale.from_hz(hz));
            ((x - low) / (centre - low)).min((high - x) / (high - centre))
        }
    };
    let height = if definition.has_equal_areas { 2.0 / (high_hz - low_hz) } else { 1.0 };
    triangle.max(0.0) * height
}
