//! Equaliser: high-pass, two shelves, four bells that may follow their level, low-pass, and tilt, each for both channels, mid or side.
//!
//! The magnitude is the analogue prototype's up to 20 kHz at 44.1 kHz ([`crate::filter::matched`]); phase is minimum phase and there
//! is no latency. All bands work on mid and side, where a band for both channels is one filter for each. A band that is off or flat
//! costs nothing, and when all are the block is left alone, bit for bit.

mod band;
mod design;
mod detector;
mod response;
mod table;

pub use design::{Kind, Sections, Shape};
pub use detector::{DB_PER_DB, moved_db};
pub use response::Response;

use crate::block::{Block, MAX_CHANNELS};
use crate::filter::section_coeffs::Coeffs;
use crate::filter::section_lanes::{FRAMES_PADDING, SectionLanes};
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::{EqualiserSettings, NUM_BELLS, PassSettings, ShelfSettings};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use band::{Aim, Band, BandCoeffs, BandSettings};
use core::ops::Range;
use design::MAX_SECTIONS;
use detector::{Detectors, Ear};
use fearless_simd::{Level, Simd, dispatch};
use table::GainTable;

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

/// The first bell of [`KINDS`].
const FIRST_BELL: usize = 2;

/// The slots of each band among the sections: two for each section of the steepest pass.
const SLOTS: [Range<usize>; NUM_BANDS] =
    [0..8, 8..10, 10..12, 12..14, 14..16, 16..18, 18..20, 20..28, 28..30];

/// The most frames that are filtered at once.
const CHUNK_FRAMES: usize = 256;

/// The equaliser. No latency.
#[derive(Debug, Clone)]
pub struct Equaliser {
    level: Level,
    sample_rate_hz: f64,
    settings: Option<EqualiserSettings>,
    bands: [Band; NUM_BANDS],
    detectors: Detectors,
    /// Of the bells; empty until `prepare`.
    tables: [GainTable; NUM_BELLS],
    sections: SectionLanes,
    /// Nothing moves or listens, and nothing will until the next `set`.
    is_settled: bool,
    /// Mid and side of what is being filtered, frame by frame.
    frames: [f64; 2 * CHUNK_FRAMES + FRAMES_PADDING],
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
        Self {
            level: Level::baseline(),
            sample_rate_hz: 48_000.0,
            settings: None,
            bands: KINDS.map(|kind| Band::new(kind, 48_000.0)),
            detectors: Detectors::new(48_000.0),
            tables: Default::default(),
            sections: SectionLanes::default(),
            is_settled: false,
            frames: [0.0; 2 * CHUNK_FRAMES + FRAMES_PADDING],
            phase: 0,
        }
    }

    /// The gain for mid and for side at a frequency, dB, from the same coefficients as the sound. Dynamic bells are at rest.
    #[must_use]
    pub fn response_db(settings: &EqualiserSettings, sample_rate_hz: f64, frequency_hz: f64) -> [f64; 2] {
        Response::new(settings, sample_rate_hz).gains_db(frequency_hz)
    }

    /// What its level adds to the gain of each bell as of the last sample, dB.
    #[must_use]
    pub fn bells_moved_db(&self) -> [f64; NUM_BELLS] {
        core::array::from_fn(|bell| self.detectors.moved_db(bell))
    }

    fn control_tick(&mut self) {
        if self.is_settled {
            return;
        }
        self.bands.iter_mut().for_each(Band::control_tick);
        self.sections.arrive();
        for idx in 0..NUM_BANDS {
            let moved_db = self.moved_db(idx);
            if let Some(aim) = self.bands[idx].aim(moved_db) {
                self.take(idx, &aim, moved_db != 0.0);
            }
        }
        self.sections.depart();
        self.is_settled =
            self.bands.iter().all(Band::is_settled) && !self.detectors.listen() && !self.sections.is_moving();
    }

    /// Aims the sections of a band. A bell that moves with its level takes them from its table, unless it moves otherwise too.
    fn take(&mut self, idx: usize, aim: &Aim, is_dynamic: bool) {
        let slots = SLOTS[idx].clone();
        let mut coeffs = [[Coeffs::IDENTITY; 2]; MAX_SECTIONS];
        if is_dynamic && self.bands[idx].is_tuned() && self.tables[idx - FIRST_BELL].is_prepared() {
            coeffs[0] = self.tables[idx - FIRST_BELL].coeffs(&aim.shape);
        } else if !aim.is_out() {
            coeffs = designed(&aim.shape, self.sample_rate_hz);
        }
        let leaving = aim.leaving_shape().map(|shape| designed(&shape, self.sample_rate_hz));
        aim.take(&mut self.sections, slots, &coeffs, leaving.as_ref());
    }

    /// What the level adds to the gain of a band.
    fn moved_db(&mut self, idx: usize) -> f64 {
        let Some(bell) = idx.checked_sub(FIRST_BELL).filter(|bell| *bell < NUM_BELLS) else { return 0.0 };
        let band = &self.bands[idx];
        let [frequency_hz, q] = band.frequency_hz_and_q();
        let ear = Ear { frequency_hz, q, shares: band.shares() };
        self.detectors.control_tick(bell, (!band.is_out()).then_some(ear))
    }

    /// Filters what lies between two changes of anything.
    fn process_part(&mut self, part: &mut Block<'_>) {
        let listens = self.detectors.listen();
        if !listens && self.sections.is_empty() {
            return;
        }
        let (frames, phase) = (&mut self.frames[..2 * part.len() + FRAMES_PADDING], self.phase);
        let (detectors, sections) = (&mut self.detectors, &mut self.sections);
        dispatch!(self.level, simd => {
            encode(simd, part, frames);
            if listens {
                detectors.process(simd, &frames[..2 * part.len()]);
            }
            sections.process(simd, frames, part.len(), phase);
            decode(simd, frames, part);
        });
    }
}

/// The sections of a shape as the lanes take them.
fn designed(shape: &Shape, sample_rate_hz: f64) -> BandCoeffs {
    let mut coeffs = [[Coeffs::IDENTITY; 2]; MAX_SECTIONS];
    for (coeffs, section) in coeffs.iter_mut().zip(shape.sections(sample_rate_hz).iter()) {
        *coeffs = [Coeffs::new(&section.main), Coeffs::new(&section.correction)];
    }
    coeffs
}

/// Mid and side of each frame, one after the other.
#[inline(always)]
fn encode<S: Simd>(_: S, block: &Block<'_>, frames: &mut [f64]) {
    let (frames, _) = frames.as_chunks_mut::<MAX_CHANNELS>();
    for ((frame, left), right) in frames.iter_mut().zip(block.channel(0)).zip(block.channel(1)) {
        let (left, right) = (f64::from(*left), f64::from(*right));
        *frame = [0.5 * (left + right), 0.5 * (left - right)];
    }
}

/// And back.
#[inline(always)]
fn decode<S: Simd>(_: S, frames: &[f64], block: &mut Block<'_>) {
    let (frames, _) = frames.as_chunks::<MAX_CHANNELS>();
    for (sign, samples) in [1.0, -1.0].into_iter().zip(block.channels_mut()) {
        for (sample, [mid, side]) in samples.iter_mut().zip(frames) {
            *sample = (mid + sign * side) as f32;
        }
    }
}

/// The bands in the order of the signal.
fn bands(settings: &EqualiserSettings) -> [BandSettings; NUM_BANDS] {
    let band = |kind, on, placement, frequency_hz, gain_db, q| BandSettings {
        on,
        placement,
        shape: Shape { kind, frequency_hz, gain_db, q, order: 1 },
    };
    let pass = |kind, pass: &PassSettings| {
        let mut band = band(kind, pass.on, pass.placement, pass.frequency_hz, 0.0, 1.0);
        band.shape.order = pass.slope.0;
        band
    };
    let shelf = |kind, shelf: &ShelfSettings| {
        band(kind, shelf.on, shelf.placement, shelf.frequency_hz, shelf.gain_db, shelf.q)
    };
    let [bell1, bell2, bell3, bell4] = settings
        .bells
        .map(|bell| band(Kind::Bell, bell.on, bell.placement, bell.frequency_hz, bell.gain_db, bell.q));
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
        self.level = crate::simd::level();
        self.sample_rate_hz = spec.sample_rate_hz;
        self.settings = None;
        self.bands = KINDS.map(|kind| Band::new(kind, spec.sample_rate_hz));
        self.detectors = Detectors::new(spec.sample_rate_hz);
        self.tables = core::array::from_fn(|_| GainTable::new(spec.sample_rate_hz));
        self.reset();
        Ok(())
    }

    fn set(&mut self, settings: &EqualiserSettings) {
        if self.settings == Some(*settings) {
            return;
        }
        self.settings = Some(*settings);
        self.is_settled = false;
        for (band, settings) in self.bands.iter_mut().zip(&bands(settings)) {
            band.set(settings);
        }
        self.detectors.set_times(settings.attack_ms, settings.release_ms);
        for (idx, bell) in settings.bells.iter().enumerate() {
            self.detectors.set(idx, bell.threshold_db, bell.range_db);
        }
    }

    fn reset(&mut self) {
        self.bands.iter_mut().for_each(Band::reset);
        self.detectors.reset();
        self.sections.reset();
        self.is_settled = false;
        self.phase = 0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        let mut start = 0;
        while start < block.len() {
            if self.phase == 0 {
                self.control_tick();
            }
            let longest = if self.is_settled { CHUNK_FRAMES } else { CONTROL_INTERVAL_SAMPLES - self.phase };
            let end = block.len().min(start + longest);
            self.process_part(&mut block.slice(start..end));
            self.phase = (self.phase + end - start) % CONTROL_INTERVAL_SAMPLES;
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
