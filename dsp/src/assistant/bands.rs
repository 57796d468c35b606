//! Third-octave bands, and how much of each a usual programme has.
//!
//! The curves are our own: a few points, approximate values, straight lines between them over the logarithm of frequency. Their shapes
//! follow
//! - music: A. Elowsson and A. Friberg, "Long-term Average Spectrum in Popular Music and its Relation to the Level of the
//!   Percussion", AES 142nd Convention (2017), and P. D. Pestana et al., "Spectral Characteristics of Popular Commercial Recordings
//!   1950-2010", AES 135th Convention (2013): highest around 60 to 100 Hz, some 2 dB per octave down to 4 kHz in bands of equal width
//!   in octaves, and steeper beyond;
//! - speech: D. Byrne et al., "An international comparison of long-term average speech spectra", JASA 96 (1994), for men and women
//!   together.
//!
//! Levels are relative to the mean over 250 Hz to 4 kHz, so they say nothing about loudness.

use super::Kind;

/// Third octaves from 25 Hz to 16 kHz.
pub const NUM_BANDS: usize = 29;

/// Levels are relative to the mean of the bands from 250 Hz to 4 kHz.
pub(super) const REFERENCE_BANDS: core::ops::Range<usize> = 10..23;

/// Points of a curve: frequency in Hz and level in dB.
type Curve = [(f64, f64); 10];

const MUSIC: Curve = [
    (31.5, 0.0),
    (63.0, 8.0),
    (125.0, 7.5),
    (250.0, 4.5),
    (500.0, 2.0),
    (1000.0, 0.0),
    (2000.0, -2.5),
    (4000.0, -5.5),
    (8000.0, -10.0),
    (16_000.0, -18.0),
];

const SPEECH: Curve = [
    (63.0, -16.0),
    (100.0, 0.0),
    (125.0, 3.0),
    (250.0, 6.0),
    (500.0, 7.0),
    (1000.0, -0.5),
    (2000.0, -5.5),
    (4000.0, -9.0),
    (8000.0, -11.0),
    (16_000.0, -14.0),
];

/// The middle of a band.
#[must_use]
pub fn band_centre_hz(band_idx: usize) -> f64 {
    1000.0 * libm::exp2((band_idx as f64 - 16.0) / 3.0)
}

/// Its lower edge; the upper one is the next band's lower.
pub(super) fn band_edge_hz(band_idx: usize) -> f64 {
    band_centre_hz(band_idx) * libm::exp2(-1.0 / 6.0)
}

/// The bands whose centres lie between two frequencies.
pub(super) fn bands_between(low_hz: f64, high_hz: f64) -> impl Iterator<Item = usize> {
    (0..NUM_BANDS).filter(move |&band_idx| (low_hz..high_hz).contains(&band_centre_hz(band_idx)))
}

/// The level of a band in a usual programme of this kind, in dB over the mean of 250 Hz to 4 kHz.
#[must_use]
pub fn usual_level_db(kind: Kind, band_idx: usize) -> f64 {
    let curve = if kind == Kind::Speech { &SPEECH } else { &MUSIC };
    let level = |band_idx| interpolated(curve, band_centre_hz(band_idx));
    level(band_idx) - REFERENCE_BANDS.map(level).sum::<f64>() / REFERENCE_BANDS.len() as f64
}

fn interpolated(curve: &Curve, frequency_hz: f64) -> f64 {
    let next = curve.iter().position(|point| point.0 > frequency_hz).unwrap_or(curve.len());
    let (from, to) = (curve[next.saturating_sub(1)], curve[next.min(curve.len() - 1)]);
    if from.0 == to.0 {
        return from.1;
    }
    let share = libm::log(frequency_hz / from.0) / libm::log(to.0 / from.0);
    from.1 + share * (to.1 - from.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_third_octaves_that_meet() {
        assert!((band_centre_hz(0) - 24.8).abs() < 0.1);
        assert_eq!(band_centre_hz(16), 1000.0);
        assert!((band_centre_hz(NUM_BANDS - 1) - 16_000.0).abs() < 1.0);
        let reference: Vec<f64> = REFERENCE_BANDS.map(band_centre_hz).collect();
        assert!((reference[0] - 250.0).abs() < 1.0 && (reference[12] - 4000.0).abs() < 1.0);
    }

    #[test]
    fn curves_are_relative_to_the_middle_and_without_steps() {
        for kind in [Kind::Music, Kind::Speech] {
            let mean = REFERENCE_BANDS.map(|band| usual_level_db(kind, band)).sum::<f64>();
            assert!(mean.abs() < 1e-9);
            for band in 8..NUM_BANDS {
                let step = usual_level_db(kind, band) - usual_level_db(kind, band - 1);
                assert!(step.abs() < 3.5, "{kind:?} {band}: {step}");
            }
        }
        let falls = |kind, low, high| usual_level_db(kind, low) - usual_level_db(kind, high);
        assert!((falls(Kind::Music, 16, 22) - 5.5).abs() < 1e-9, "1 to 4 kHz");
    }
}
