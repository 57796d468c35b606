//! What moves the dynamic bells: the level of each one's band over a threshold, in what enters the equaliser.
//!
//! All listen to the input rather than to what the bands before have left, so that no bell moves another one.

use crate::filter::svf::Svf;
use crate::math::{amplitude_to_db, flush};
use crate::settings::NUM_BELLS;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Ramp, control_ticks};
use crate::units::ms_to_one_pole_coeff;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x2, f64x4, f64x8};

/// How long threshold and range take to move to where they were set.
const MOVE_MS: f64 = 30.0;

/// The gain moves by half the decibels over the threshold, as if compressed (or expanded upwards) two to one.
pub const DB_PER_DB: f64 = 0.5;

/// Moves below this end; the exponential would reach subnormals instead.
const SILENT_DB: f64 = 1e-7;

/// Mid and side of each bell.
const LANES: usize = 2 * NUM_BELLS;

/// The gain that a bell's range adds at a level of its band: the static curve.
#[must_use]
pub fn moved_db(level_db: f64, threshold_db: f64, range_db: f64) -> f64 {
    let moved_db = raised_db(level_db, threshold_db, range_db.abs());
    if range_db < 0.0 { -moved_db } else { moved_db }
}

#[inline(always)]
fn raised_db(level_db: f64, threshold_db: f64, range_db: f64) -> f64 {
    let over_db = DB_PER_DB * (level_db - threshold_db);
    let over_db = if over_db < range_db { over_db } else { range_db };
    if over_db > 0.0 { over_db } else { 0.0 }
}

/// What one bell's detector is set to.
#[derive(Debug, Clone, Copy, Default)]
struct Controls {
    threshold_db: Ramp,
    range_db: Ramp,
    designed: [f64; 2],
    listens: bool,
}

impl Controls {
    /// Whether there is nothing to listen for.
    fn is_resting(&self) -> bool {
        self.range_db.value() == 0.0 && self.range_db.is_settled()
    }
}

/// Where a bell is heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ear {
    pub(super) frequency_hz: f64,
    pub(super) q: f64,
    /// Shares of mid and of side.
    pub(super) shares: [f64; 2],
}

/// For each bell a band-pass, its level, and decoupled smoothing as in [`crate::dynamics::compressor`].
#[derive(Debug, Clone, Default)]
pub(super) struct Detectors {
    sample_rate_hz: f64,
    bells: [Controls; NUM_BELLS],
    /// The band-passes: what moves both memories, as in [`Svf`], and the gain of what comes out.
    coeffs: [[f64; LANES]; 4],
    memory: [[f64; LANES]; 2],
    threshold_db: [f64; NUM_BELLS],
    range_db: [f64; NUM_BELLS],
    attack_coeff: f64,
    release_coeff: f64,
    held_db: [f64; NUM_BELLS],
    moved_db: [f64; NUM_BELLS],
}

impl Detectors {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(control_ticks(MOVE_MS, sample_rate_hz));
        let bell = Controls { threshold_db: ramp, range_db: ramp, ..Controls::default() };
        Self { sample_rate_hz, bells: [bell; NUM_BELLS], ..Self::default() }
    }

    /// Where to go.
    pub(super) fn set(&mut self, bell: usize, threshold_db: f64, range_db: f64) {
        self.bells[bell].threshold_db.set(threshold_db);
        self.bells[bell].range_db.set(range_db);
    }

    pub(super) fn set_times(&mut self, attack_ms: f64, release_ms: f64) {
        self.attack_coeff = ms_to_one_pole_coeff(attack_ms, self.sample_rate_hz);
        self.release_coeff = ms_to_one_pole_coeff(release_ms, self.sample_rate_hz);
    }

    /// Silence, and the settings at once.
    pub(super) fn reset(&mut self) {
        for bell in 0..NUM_BELLS {
            self.bells[bell].threshold_db.reset();
            self.bells[bell].range_db.reset();
            self.rest(bell);
        }
    }

    /// Whether any bell follows its level.
    pub(super) fn listen(&self) -> bool {
        self.bells.iter().any(|bell| bell.listens)
    }

    /// Forgets all audio.
    fn rest(&mut self, bell: usize) {
        for row in self.coeffs.iter_mut().chain(&mut self.memory) {
            row[2 * bell..][..2].fill(0.0);
        }
        self.bells[bell].designed = [0.0; 2];
        self.bells[bell].listens = false;
        for values in [&mut self.threshold_db, &mut self.range_db, &mut self.held_db, &mut self.moved_db] {
            values[bell] = 0.0;
        }
    }

    /// One control interval on: what the level adds to the gain of a bell, dB. A bell that is not heard has no ear.
    pub(super) fn control_tick(&mut self, bell: usize, ear: Option<Ear>) -> f64 {
        let controls = &mut self.bells[bell];
        let threshold_db = controls.threshold_db.tick();
        let range_db = controls.range_db.tick();
        let Some(ear) = ear.filter(|_| !controls.is_resting()) else {
            if controls.listens {
                self.rest(bell);
            }
            return 0.0;
        };
        controls.listens = true;
        self.threshold_db[bell] = threshold_db;
        self.range_db[bell] = range_db.abs();
        self.design(bell, ear);
        for (held_db, moved_db) in self.held_db.iter_mut().zip(&mut self.moved_db) {
            *held_db = end_small(*held_db);
            *moved_db = end_small(*moved_db);
        }
        for memory in self.memory.as_flattened_mut() {
            *memory = flush(*memory);
        }
        self.moved_db(bell)
    }

    /// What the level adds to the gain of a bell, dB.
    pub(super) fn moved_db(&self, bell: usize) -> f64 {
        let range_db = self.bells[bell].range_db.value();
        // The cap is applied again, because the range may have shrunk since.
        let moved_db = self.moved_db[bell].min(range_db.abs());
        if range_db < 0.0 { -moved_db } else { moved_db }
    }

    fn design(&mut self, bell: usize, ear: Ear) {
        let designed = [ear.frequency_hz, ear.q];
        if self.bells[bell].designed != designed {
            self.bells[bell].designed = designed;
            let rows = Svf::new(ear.frequency_hz, ear.q, self.sample_rate_hz).memory_rows();
            for (row, value) in self.coeffs.iter_mut().zip(rows) {
                row[2 * bell..][..2].fill(value);
            }
        }
        // The memory's mean, before and after, over Q is the band at unity gain.
        for (channel, share) in ear.shares.iter().enumerate() {
            self.coeffs[3][2 * bell + channel] = 0.5 * share / ear.q;
        }
    }

    /// Listens to `frames` of mid and side, which lie between two control ticks.
    #[inline(always)]
    pub(super) fn process<S: Simd>(&mut self, simd: S, frames: &[f64]) {
        let mut bands = [0.0; LANES * CONTROL_INTERVAL_SAMPLES];
        self.band_levels(simd, frames, &mut bands);
        let mut wanted_db = [[0.0; NUM_BELLS]; CONTROL_INTERVAL_SAMPLES];
        // The whole interval each time: a loop of known length is the quicker one.
        for (wanted_db, bands) in wanted_db.iter_mut().zip(bands.as_chunks::<LANES>().0) {
            for bell in 0..NUM_BELLS {
                // Mid and side add up to the louder channel.
                let level_db = amplitude_to_db(bands[2 * bell] + bands[2 * bell + 1]);
                wanted_db[bell] = raised_db(level_db, self.threshold_db[bell], self.range_db[bell]);
            }
        }
        self.follow(simd, &wanted_db[..frames.len() / 2]);
    }

    #[inline(always)]
    fn band_levels<S: Simd>(&mut self, simd: S, frames: &[f64], levels: &mut [f64]) {
        let [first, cross, second, gain] = self.coeffs;
        let (first, cross) = (f64x8::load_array(simd, first), f64x8::load_array(simd, cross));
        let (second, gain) = (f64x8::load_array(simd, second), f64x8::load_array(simd, gain));
        let mut m1 = f64x8::load_array(simd, self.memory[0]);
        let mut m2 = f64x8::load_array(simd, self.memory[1]);
        for (frame, levels) in frames.chunks_exact(2).zip(levels.chunks_exact_mut(LANES)) {
            let v = f64x8::block_splat(f64x2::from_slice(simd, frame)) - m2;
            let old = m1;
            m2 = (m2 + cross * old) + second * v;
            m1 = first * old + cross * v;
            (gain * (old + m1)).abs().store_slice(levels);
        }
        self.memory = [m1.to_array(), m2.to_array()];
    }

    #[inline(always)]
    fn follow<S: Simd>(&mut self, simd: S, wanted_db: &[[f64; NUM_BELLS]]) {
        let attack = f64x4::splat(simd, self.attack_coeff);
        let release = f64x4::splat(simd, self.release_coeff);
        let mut held_db = f64x4::load_array(simd, self.held_db);
        let mut moved_db = f64x4::load_array(simd, self.moved_db);
        for wanted_db in wanted_db {
            let wanted_db = f64x4::load_array(simd, *wanted_db);
            let falling_db = wanted_db + release * (held_db - wanted_db);
            held_db = wanted_db.simd_gt(falling_db).select(wanted_db, falling_db);
            moved_db = held_db + attack * (moved_db - held_db);
        }
        self.held_db = held_db.to_array();
        self.moved_db = moved_db.to_array();
    }
}

fn end_small(db: f64) -> f64 {
    if db < SILENT_DB { 0.0 } else { db }
}
