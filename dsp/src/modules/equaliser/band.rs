//! One band: its controls on their way, its sections, and its share of mid and side.

use super::design::{Kind, MAX_SECTIONS, Sections, Shape};
use super::detector::Detector;
use crate::block::{Frame, MAX_CHANNELS};
use crate::filter::mixed_svf::MixedSvf;
use crate::settings::Placement;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Ramp, control_ticks};

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
    pub(super) threshold_db: f64,
    pub(super) range_db: f64,
    pub(super) times_ms: [f64; 2],
}

/// The audio state of one order of the band.
#[derive(Debug, Clone, Copy, Default)]
struct Cascade {
    order: usize,
    designed: Option<Shape>,
    len: usize,
    filters: [[MixedSvf; 2]; MAX_SECTIONS],
}

impl Cascade {
    /// Follows `shape`; at once when the cascade starts afresh.
    fn control_tick(&mut self, shape: Shape, sample_rate_hz: f64) {
        let shape = Shape { order: self.order, ..shape };
        if self.designed == Some(shape) {
            return self.flush();
        }
        let sections: Sections = shape.sections(sample_rate_hz);
        self.len = sections.len();
        for (filters, section) in self.filters.iter_mut().zip(sections.iter()) {
            for (filter, ratio) in filters.iter_mut().zip([&section.main, &section.correction]) {
                if self.designed.is_none() {
                    filter.jump(ratio);
                } else {
                    filter.control_tick(Some(ratio));
                }
            }
        }
        self.designed = Some(shape);
    }

    fn flush(&mut self) {
        self.filters[..self.len].as_flattened_mut().iter_mut().for_each(|filter| filter.control_tick(None));
    }

    fn is_moving(&self) -> bool {
        self.filters[..self.len].as_flattened().iter().any(MixedSvf::is_moving)
    }

    fn is_identity(&self) -> bool {
        self.filters[..self.len].as_flattened().iter().all(MixedSvf::is_identity)
    }

    fn process(&mut self, frames: &mut [Frame]) {
        self.filters[..self.len].as_flattened_mut().iter_mut().for_each(|filter| filter.process(frames));
    }
}

/// A share between 0 and 1 that fades along a smooth step, in straight lines between control ticks.
#[derive(Debug, Clone, Copy, Default)]
struct Fade {
    ramp: Ramp,
    now: f64,
    target: f64,
    step: f64,
    is_fresh: bool,
}

impl Fade {
    fn new(sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(control_ticks(FADE_MS, sample_rate_hz));
        Self { ramp, is_fresh: true, ..Self::default() }
    }

    fn reset(&mut self) {
        self.ramp.reset();
        self.is_fresh = true;
    }

    /// Starts over at `from`.
    fn restart(&mut self, from: f64) {
        self.ramp.set(from);
        self.reset();
        self.ramp.tick();
        self.now = from;
        self.target = from;
        self.step = 0.0;
        self.is_fresh = false;
    }

    fn control_tick(&mut self) {
        let s = self.ramp.tick();
        let target = s * s * (3.0 - 2.0 * s);
        self.now = if self.is_fresh { target } else { self.target };
        self.is_fresh = false;
        self.step = (target - self.now) / CONTROL_INTERVAL_SAMPLES as f64;
        self.target = target;
    }

    fn rests_at(&self, value: f64) -> bool {
        self.now == value && self.target == value
    }

    #[inline]
    fn tick(&mut self) -> f64 {
        self.now += self.step;
        self.now
    }
}

/// One band of the equaliser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    sample_rate_hz: f64,
    kind: Kind,
    log2_hz: Ramp,
    gain_db: Ramp,
    log2_q: Ramp,
    /// Frequency and Q as of the last control tick, with the logarithms that they are powers of.
    powers: [f64; 2],
    powers_of: [f64; 2],
    /// Of mid and of side.
    shares: [Fade; MAX_CHANNELS],
    detector: Detector,
    order: usize,
    /// The cascade that is heard, or comes to be heard while `regroup` falls to zero.
    current: Cascade,
    previous: Cascade,
    regroup: Fade,
    started: bool,
    /// Nothing moves, fades or listens, and nothing will until the next `set`.
    is_settled: bool,
    is_idle: bool,
}

impl Band {
    pub(super) fn new(kind: Kind, sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(control_ticks(MOVE_MS, sample_rate_hz));
        Self {
            sample_rate_hz,
            kind,
            log2_hz: ramp,
            gain_db: ramp,
            log2_q: ramp,
            powers: [1.0; 2],
            powers_of: [0.0; 2],
            shares: [Fade::new(sample_rate_hz); MAX_CHANNELS],
            detector: Detector::new(sample_rate_hz),
            order: 1,
            current: Cascade::default(),
            previous: Cascade::default(),
            regroup: Fade::new(sample_rate_hz),
            started: false,
            is_settled: false,
            is_idle: false,
        }
    }

    pub(super) fn set(&mut self, settings: &BandSettings) {
        let shape = &settings.shape;
        self.is_settled = false;
        self.is_idle = false;
        self.log2_hz.set(libm::log2(shape.frequency_hz));
        self.gain_db.set(shape.gain_db);
        self.log2_q.set(libm::log2(shape.q));
        let is_in = |placements: [Placement; 2]| settings.on && placements.contains(&settings.placement);
        let [mid, side] = &mut self.shares;
        mid.ramp.set(if is_in([Placement::Stereo, Placement::Mid]) { 1.0 } else { 0.0 });
        side.ramp.set(if is_in([Placement::Stereo, Placement::Side]) { 1.0 } else { 0.0 });
        self.detector.set(settings.threshold_db, settings.range_db, settings.times_ms);
        self.order = shape.order;
    }

    pub(super) fn reset(&mut self) {
        self.is_settled = false;
        self.is_idle = false;
        for ramp in [&mut self.log2_hz, &mut self.gain_db, &mut self.log2_q] {
            ramp.reset();
        }
        self.shares.iter_mut().for_each(Fade::reset);
        self.detector.reset();
        self.current = Cascade::default();
        self.previous = Cascade::default();
        self.regroup.restart(0.0);
        self.started = false;
    }

    /// Out of mid and side both, and not on the way in.
    fn is_out(&self) -> bool {
        self.shares.iter().all(|share| share.rests_at(0.0))
    }

    /// Whether frames pass unchanged and nothing listens or fades.
    pub(super) fn is_idle(&self) -> bool {
        self.is_idle
    }

    fn settle(&mut self) {
        let ramps = [&self.log2_hz, &self.gain_db, &self.log2_q, &self.shares[0].ramp, &self.shares[1].ramp];
        let rests = ramps.iter().all(|ramp| ramp.is_settled())
            && self.shares.iter().all(|share| share.rests_at(share.target))
            && self.regroup.rests_at(0.0);
        let listens = !self.is_out() && !self.detector.is_resting();
        self.is_settled = rests && !listens && (self.is_out() || !self.current.is_moving());
        self.is_idle = self.is_settled && (self.is_out() || self.current.is_identity());
    }

    /// One control interval on.
    pub(super) fn control_tick(&mut self) {
        if self.is_idle {
            return;
        }
        if self.is_settled {
            return self.current.flush();
        }
        self.move_on();
        self.settle();
    }

    fn move_on(&mut self) {
        let gain_db = self.gain_db.tick();
        let logs = [self.log2_hz.tick(), self.log2_q.tick()];
        if logs != self.powers_of {
            self.powers_of = logs;
            self.powers = logs.map(libm::exp2);
        }
        let [frequency_hz, q] = self.powers;
        self.shares.iter_mut().for_each(Fade::control_tick);
        self.regroup.control_tick();
        if self.is_out() {
            // What starts again later starts afresh.
            if self.current.designed.is_some() {
                self.current = Cascade::default();
                self.regroup.restart(0.0);
                self.detector.rest();
            }
            self.current.order = self.order;
            self.started = true;
            return;
        }
        self.regroup_if_wanted();
        let moved_db = self.detector.control_tick(frequency_hz, q);
        let shape =
            Shape { kind: self.kind, frequency_hz, gain_db: gain_db + moved_db, q, order: self.order };
        self.current.control_tick(shape, self.sample_rate_hz);
        if !self.regroup.rests_at(0.0) {
            self.previous.control_tick(shape, self.sample_rate_hz);
        }
    }

    /// Begins to pass to the wanted order, unless such a passage is still under way.
    fn regroup_if_wanted(&mut self) {
        if self.order == self.current.order || !self.regroup.rests_at(0.0) {
            return;
        }
        if self.started {
            self.previous = self.current;
            self.regroup.restart(1.0);
            self.regroup.ramp.set(0.0);
        }
        self.started = true;
        self.current = Cascade { order: self.order, ..Cascade::default() };
    }

    /// Filters mid and side frames that lie between two control ticks.
    pub(super) fn process(&mut self, frames: &mut [Frame]) {
        if self.is_idle || self.is_out() {
            return;
        }
        let is_regrouping = !self.regroup.rests_at(0.0);
        self.detector.listen(frames, self.shares.map(|share| share.target));
        if !is_regrouping && self.current.is_identity() {
            self.shares.iter_mut().for_each(|share| frames.iter().for_each(|_| _ = share.tick()));
            return;
        }
        if !is_regrouping && self.shares.iter().all(|share| share.rests_at(1.0)) {
            return self.current.process(frames);
        }
        let mut dry = [[0.0; MAX_CHANNELS]; CONTROL_INTERVAL_SAMPLES];
        let dry = &mut dry[..frames.len()];
        dry.copy_from_slice(frames);
        self.current.process(frames);
        if is_regrouping {
            let mut old = [[0.0; MAX_CHANNELS]; CONTROL_INTERVAL_SAMPLES];
            let old = &mut old[..frames.len()];
            old.copy_from_slice(dry);
            self.previous.process(old);
            for (frame, old) in frames.iter_mut().zip(old) {
                let share = self.regroup.tick();
                *frame = core::array::from_fn(|c| frame[c] + share * (old[c] - frame[c]));
            }
        }
        for (frame, dry) in frames.iter_mut().zip(dry) {
            *frame = core::array::from_fn(|c| {
                let share = self.shares[c].tick();
                dry[c] + share * (frame[c] - dry[c])
            });
        }
    }
}
