//! One band: its controls on their way, its sections, and its share of mid and side.

use super::design::{Kind, MAX_SECTIONS, Shape};
use crate::block::MAX_CHANNELS;
use crate::filter::section_coeffs::Coeffs;
use crate::filter::section_lanes::SectionLanes;
use crate::settings::Placement;
use crate::smooth::{Ramp, control_ticks, smooth_step};

/// How long frequency, gain and Q take to move to where they were set.
const MOVE_MS: f64 = 40.0;

/// How long a band, a placement or a slope takes to come or go.
const FADE_MS: f64 = 30.0;

/// What a band is set to, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BandSettings {
    pub(super) on: bool,
    pub(super) placement: Placement,
    pub(super) shape: Shape,
}

/// Where a band is at a control tick: its shape, what is left of the order that it had, and its shares of mid and side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Aim {
    pub(super) shape: Shape,
    leaving: Option<(usize, f64)>,
    shares: [f64; MAX_CHANNELS],
}

/// The coefficients of a band: sections and their corrections.
pub(super) type BandCoeffs = [[Coeffs; 2]; MAX_SECTIONS];

/// One band of the equaliser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    kind: Kind,
    log2_hz: Ramp,
    gain_db: Ramp,
    log2_q: Ramp,
    /// Frequency and Q as of the last control tick, with the logarithms that they are powers of.
    powers: [f64; 2],
    powers_of: [f64; 2],
    /// Of mid and of side.
    shares: [Ramp; MAX_CHANNELS],
    wanted_order: usize,
    order: usize,
    leaving_order: usize,
    /// How much of the order that leaves is left.
    leaving: Ramp,
    aim: Option<Aim>,
    is_settled: bool,
}

impl Band {
    pub(super) fn new(kind: Kind, sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(control_ticks(MOVE_MS, sample_rate_hz));
        let fade = Ramp::new(control_ticks(FADE_MS, sample_rate_hz));
        Self {
            kind,
            log2_hz: ramp,
            gain_db: ramp,
            log2_q: ramp,
            powers: [1.0; 2],
            powers_of: [0.0; 2],
            shares: [fade; MAX_CHANNELS],
            wanted_order: 1,
            order: 1,
            leaving_order: 1,
            leaving: fade,
            aim: None,
            is_settled: false,
        }
    }

    pub(super) fn set(&mut self, settings: &BandSettings) {
        let shape = &settings.shape;
        self.is_settled = false;
        self.log2_hz.set(libm::log2(shape.frequency_hz));
        self.gain_db.set(shape.gain_db);
        self.log2_q.set(libm::log2(shape.q));
        let is_in = |placements: [Placement; 2]| settings.on && placements.contains(&settings.placement);
        let [mid, side] = &mut self.shares;
        mid.set(if is_in([Placement::Stereo, Placement::Mid]) { 1.0 } else { 0.0 });
        side.set(if is_in([Placement::Stereo, Placement::Side]) { 1.0 } else { 0.0 });
        self.wanted_order = shape.order;
    }

    pub(super) fn reset(&mut self) {
        for ramp in [&mut self.log2_hz, &mut self.gain_db, &mut self.log2_q] {
            ramp.reset();
        }
        self.shares.iter_mut().for_each(Ramp::reset);
        self.rest_leaving();
        self.aim = None;
        self.is_settled = false;
    }

    /// Ends the passage between two orders.
    fn rest_leaving(&mut self) {
        self.order = self.wanted_order;
        self.leaving.set(0.0);
        self.leaving.reset();
    }

    /// Nothing moves, and nothing will until the next `set`.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    pub(super) fn is_out(&self) -> bool {
        self.shares.iter().all(|share| share.is_settled() && share.value() == 0.0)
    }

    /// Frequency and Q are where they were set.
    pub(super) fn is_tuned(&self) -> bool {
        self.log2_hz.is_settled() && self.log2_q.is_settled()
    }

    /// Frequency in Hz and Q as of the last control tick.
    pub(super) fn frequency_hz_and_q(&self) -> [f64; 2] {
        self.powers
    }

    /// The shares of mid and side as of the last control tick.
    pub(super) fn shares(&self) -> [f64; MAX_CHANNELS] {
        self.shares.map(|share| smooth_step(share.value()))
    }

    /// One control interval on.
    pub(super) fn control_tick(&mut self) {
        if self.is_settled {
            return;
        }
        self.gain_db.tick();
        let logs = [self.log2_hz.tick(), self.log2_q.tick()];
        if logs != self.powers_of {
            self.powers_of = logs;
            self.powers = logs.map(libm::exp2);
        }
        for share in &mut self.shares {
            share.tick();
        }
        self.leaving.tick();
        if self.is_out() || self.aim.is_none() {
            self.rest_leaving();
        } else if self.order != self.wanted_order && self.leaving.is_settled() {
            self.leaving_order = self.order;
            self.order = self.wanted_order;
            self.leaving.set(1.0);
            self.leaving.reset();
            self.leaving.tick();
            self.leaving.set(0.0);
        }
        let ramps = [&self.log2_hz, &self.gain_db, &self.log2_q, &self.leaving];
        self.is_settled = ramps.into_iter().chain(&self.shares).all(Ramp::is_settled);
    }

    /// Where the band is now, if that is another place than when this was last asked. `moved_db` adds to its gain.
    pub(super) fn aim(&mut self, moved_db: f64) -> Option<Aim> {
        let [frequency_hz, q] = self.powers;
        let gain_db = self.gain_db.value() + moved_db;
        let aim = Aim {
            shape: Shape { kind: self.kind, frequency_hz, gain_db, q, order: self.order },
            leaving: (!self.leaving.is_settled())
                .then(|| (self.leaving_order, smooth_step(self.leaving.value()))),
            shares: self.shares(),
        };
        if self.aim == Some(aim) {
            return None;
        }
        self.aim = Some(aim);
        Some(aim)
    }
}

impl Aim {
    /// Both channels rest on the input.
    pub(super) fn is_out(&self) -> bool {
        self.shares == [0.0; MAX_CHANNELS]
    }

    /// The shape with the order that leaves.
    pub(super) fn leaving_shape(&self) -> Option<Shape> {
        self.leaving.map(|(order, _)| Shape { order, ..self.shape })
    }

    /// Aims the sections in these slots.
    pub(super) fn take(
        &self,
        lanes: &mut SectionLanes,
        slots: core::ops::Range<usize>,
        coeffs: &BandCoeffs,
        leaving: Option<&BandCoeffs>,
    ) {
        for (idx, slot) in slots.enumerate() {
            let mut wanted = coeffs.as_flattened()[idx];
            if let (Some(leaving), Some((_, share))) = (leaving, self.leaving) {
                wanted = wanted.towards(&leaving.as_flattened()[idx], share);
            }
            let [mid, side] = self.shares;
            lanes.aim(slot, &[wanted.heard(mid), wanted.heard(side)]);
        }
    }
}
