//! Equaliser: high-pass, two shelves, four bells that may follow their level, low-pass, and tilt, each for both channels, mid or side.
//!
//! The magnitude is the analogue prototype's up to 20 kHz at 44.1 kHz ([`crate::filter::matched`]); phase is minimum phase and there
//! is no latency. All bands work on mid and side, where a band for both channels is one filter for each. A band that is off or flat
//! costs nothing, and when all are the block is left alone, bit for bit.

mod band;
mod design;
mod detector;

pub use design::{Kind, Sections, Shape};
pub use detector::{DB_PER_DB, moved_db};

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::{EqualiserSettings, NUM_BELLS, PassSettings, Placement, ShelfSettings};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use band::{Band, BandSettings};

/// High-pass, low shelf, bells, high shelf, low-pass, tilt.
const NUM_BANDS: usize = NUM_BELLS + 5;

const KINDS: [Kind; NUM_BANDS] = [
    Kind::HighPass,
    Kind::LowShelf,
    Kind::Bell,
    Kind::Bell,
    Kind::Bell,
    Kind::Bell,
    Kind::HighShelf,
    Kind::LowPass,
    Kind::Tilt,
];

/// The equaliser. No latency.
#[derive(Debug, Clone)]
pub struct Equaliser {
    settings: Option<EqualiserSettings>,
    bands: [Band; NUM_BANDS],
    /// Samples since the last control tick.
    phase: usize,
}

impl Default for Equaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl Equaliser {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { settings: None, bands: KINDS.map(|kind| Band::new(kind, 48_000.0)), phase: 0 }
    }

    /// The gain for mid and for side at a frequency, dB, from the same coefficients as the sound. Dynamic bells are at rest.
    #[must_use]
    pub fn response_db(settings: &EqualiserSettings, sample_rate_hz: f64, frequency_hz: f64) -> [f64; 2] {
        let mut gains_db = [0.0; 2];
        for band in bands(settings).iter().filter(|band| band.on) {
            let sections = band.shape.sections(sample_rate_hz);
            let gain_db: f64 =
                sections.iter().map(|section| section.gain_db(frequency_hz, sample_rate_hz)).sum();
            if band.placement != Placement::Side {
                gains_db[0] += gain_db;
            }
            if band.placement != Placement::Mid {
                gains_db[1] += gain_db;
            }
        }
        gains_db
    }

    /// Filters what lies between two control ticks.
    fn process_part(&mut self, part: &mut Block<'_>) {
        if self.bands.iter().all(Band::is_idle) {
            return;
        }
        let mut frames = [[0.0; MAX_CHANNELS]; CONTROL_INTERVAL_SAMPLES];
        let frames = &mut frames[..part.len()];
        for (idx, frame) in frames.iter_mut().enumerate() {
            let [left, right] = part.frame(idx);
            *frame = [0.5 * (left + right), 0.5 * (left - right)];
        }
        self.bands.iter_mut().for_each(|band| band.process(frames));
        let mut filtered = frames.iter();
        part.map_frames(|dry| {
            let [mid, side]: Frame = filtered.next().copied().unwrap_or(dry);
            [mid + side, mid - side]
        });
    }
}

/// The bands in the order of the signal.
fn bands(settings: &EqualiserSettings) -> [BandSettings; NUM_BANDS] {
    let times_ms = [settings.attack_ms, settings.release_ms];
    let band = |kind, on, placement, frequency_hz, gain_db, q| BandSettings {
        on,
        placement,
        shape: Shape { kind, frequency_hz, gain_db, q, order: 1 },
        threshold_db: 0.0,
        range_db: 0.0,
        times_ms,
    };
    let pass = |kind, pass: &PassSettings| {
        let mut band = band(kind, pass.on, pass.placement, pass.frequency_hz, 0.0, 1.0);
        band.shape.order = pass.slope.0;
        band
    };
    let shelf = |kind, shelf: &ShelfSettings| {
        band(kind, shelf.on, shelf.placement, shelf.frequency_hz, shelf.gain_db, shelf.q)
    };
    let [bell1, bell2, bell3, bell4] = settings.bells.map(|bell| BandSettings {
        threshold_db: bell.threshold_db,
        range_db: bell.range_db,
        ..band(Kind::Bell, bell.on, bell.placement, bell.frequency_hz, bell.gain_db, bell.q)
    });
    let tilt = &settings.tilt;
    [
        pass(Kind::HighPass, &settings.high_pass),
        shelf(Kind::LowShelf, &settings.low_shelf),
        bell1,
        bell2,
        bell3,
        bell4,
        shelf(Kind::HighShelf, &settings.high_shelf),
        pass(Kind::LowPass, &settings.low_pass),
        band(Kind::Tilt, tilt.on, tilt.placement, tilt.pivot_hz, tilt.gain_db, 1.0),
    ]
}

impl Processor for Equaliser {
    type Settings = EqualiserSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        self.settings = None;
        self.bands = KINDS.map(|kind| Band::new(kind, spec.sample_rate_hz));
        self.reset();
        Ok(())
    }

    fn set(&mut self, settings: &EqualiserSettings) {
        if self.settings == Some(*settings) {
            return;
        }
        self.settings = Some(*settings);
        for (band, settings) in self.bands.iter_mut().zip(&bands(settings)) {
            band.set(settings);
        }
    }

    fn reset(&mut self) {
        self.bands.iter_mut().for_each(Band::reset);
        self.phase = 0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        let mut start = 0;
        while start < block.len() {
            if self.phase == 0 {
                self.bands.iter_mut().for_each(Band::control_tick);
            }
            let end = block.len().min(start + CONTROL_INTERVAL_SAMPLES - self.phase);
            self.process_part(&mut block.slice(start..end));
            self.phase = (self.phase + end - start) % CONTROL_INTERVAL_SAMPLES;
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
