//! How far the peaks of bands stand over their mean: what says how much a compressor of each would find to do.

use crate::filter::crossover::CrossoverState;
use crate::filter::svf::{BUTTERWORTH_Q, Svf};
use crate::units::power_to_db;

/// What nobody hears, bass, low middle, high middle, treble.
pub(super) const NUM_CREST_BANDS: usize = 5;
const CROSSOVERS_HZ: [f64; NUM_CREST_BANDS - 1] = [20.0, 120.0, 700.0, 4500.0];

/// Peaks are those of stretches this long; their mean is calmer than the one highest.
const STRETCH_S: f64 = 0.4;

/// What one band measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Band {
    peak: f64,
    /// Of each stretch's peak, squared.
    peak_power_sum: f64,
    num_stretches: u64,
    power_sum: f64,
    num_frames: u64,
    stretch_power: f64,
}

/// Splits and measures.
#[derive(Debug, Clone)]
pub(super) struct CrestBands {
    splits: [(Svf, CrossoverState); NUM_CREST_BANDS - 1],
    bands: [Band; NUM_CREST_BANDS],
    stretch_len: usize,
    num_in_stretch: usize,
}

impl CrestBands {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let split = |hz| (Svf::new(hz, BUTTERWORTH_Q, sample_rate_hz), CrossoverState::default());
        Self {
            splits: CROSSOVERS_HZ.map(split),
            bands: Default::default(),
            stretch_len: (sample_rate_hz * STRETCH_S) as usize,
            num_in_stretch: 0,
        }
    }

    /// The band that a frequency belongs to.
    pub(super) fn band_at(frequency_hz: f64) -> usize {
        CROSSOVERS_HZ.iter().filter(|corner| frequency_hz >= **corner).count()
    }

    pub(super) fn process(&mut self, left: &[f32], right: &[f32]) {
        let sane = |x: f32| if x.is_finite() { f64::from(x) } else { 0.0 };
        for (&l, &r) in left.iter().zip(right) {
            let mut rest = [sane(l), sane(r)];
            for ((svf, state), band) in self.splits.iter_mut().zip(&mut self.bands) {
                let (low, high) = state.split(svf, rest);
                band.add(low);
                rest = high;
            }
            self.bands[NUM_CREST_BANDS - 1].add(rest);
            self.num_in_stretch += 1;
            if self.num_in_stretch == self.stretch_len {
                self.num_in_stretch = 0;
                self.finish_stretch();
            } else if self.num_in_stretch.is_multiple_of(16) {
                self.splits.iter_mut().for_each(|(_, state)| state.flush());
            }
        }
    }

    fn finish_stretch(&mut self) {
        let num_frames = self.stretch_len as f64;
        for band in &mut self.bands {
            // Silence has no peaks.
            if band.stretch_power > 1e-10 * num_frames {
                band.power_sum += band.stretch_power;
                band.num_frames += self.stretch_len as u64;
                band.peak_power_sum += band.peak * band.peak;
                band.num_stretches += 1;
            }
            (band.peak, band.stretch_power) = (0.0, 0.0);
        }
    }

    /// The mean square of what lies under 20 Hz, and of the bass above that.
    pub(super) fn rumble_and_bass_power(&self) -> [f64; 2] {
        [0, 1].map(|idx| self.bands[idx].power_sum / self.bands[idx].num_frames.max(1) as f64)
    }

    /// The level of each band's usual peaks, dBFS, and how far that is over its mean square. `None` where a band is silent.
    pub(super) fn peaks_and_crests_db(&self) -> [Option<(f64, f64)>; NUM_CREST_BANDS] {
        self.bands.map(|band| {
            let peak_db = power_to_db(band.peak_power_sum / band.num_stretches as f64);
            let mean_db = power_to_db(band.power_sum / band.num_frames as f64);
            (band.num_stretches > 0).then_some((peak_db, peak_db - mean_db))
        })
    }
}

impl Band {
    fn add(&mut self, [l, r]: [f64; 2]) {
        self.peak = self.peak.max(l.abs()).max(r.abs());
        self.stretch_power += 0.5 * (l * l + r * r);
    }
}
