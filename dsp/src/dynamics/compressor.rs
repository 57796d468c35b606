//! A feed-forward compressor in the log domain, a few samples at a time: levels, curve, envelope, gains.
//!
//! Each step is a loop of its own over at most one control interval, so that the logarithms and exponentials become vector
//! code and what a quiet band does not need is left out. What is left out gives the same bits as what is not, because
//! where a part ends depends on the host.

use super::curve::Curve;
use super::timing::{Envelope, Timing};
use crate::block::{Frame, MAX_CHANNELS};
use crate::math::{amplitude_to_db, db_to_amplitude};
use crate::settings::BandSettings;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Glide};
use crate::units::{db_to_gain, ms_to_samples};

/// How long every control takes to move to where it was set.
const MOVE_MS: f64 = 30.0;

/// What all bands share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shared {
    /// 1: both channels get the reduction of the louder; 0: each its own.
    pub link: f64,
    /// Share of the compressed signal.
    pub mix: f64,
    /// Some band is soloed, so those that are not fall silent.
    pub any_solo: bool,
}

/// One value per control that moves smoothly.
const NUM_CONTROLS: usize = 10;

/// The controls at one moment.
#[derive(Debug, Clone, Copy, Default)]
struct Controls {
    curve: Curve,
    makeup_db: f64,
    link: f64,
    /// Share of the compressed band; none while the band is bypassed.
    wet: f64,
    /// 0 while another band is soloed.
    audible: f64,
}

impl Controls {
    fn new(settings: &BandSettings, shared: &Shared) -> Self {
        let is_heard = settings.solo || !shared.any_solo;
        let wet = if settings.bypass { 0.0 } else { shared.mix * settings.mix_percent * 0.01 };
        Self {
            curve: Curve {
                threshold_db: settings.threshold_db,
                slope: 1.0 - 1.0 / settings.ratio,
                knee_db: settings.knee_db,
                upward_threshold_db: settings.upward_threshold_db,
                upward_slope: 1.0 - 1.0 / settings.upward_ratio,
                upward_max_db: settings.upward_max_db,
            },
            makeup_db: settings.makeup_db,
            link: shared.link,
            wet,
            audible: if is_heard { 1.0 } else { 0.0 },
        }
    }

    fn to_values(self) -> [f64; NUM_CONTROLS] {
        let curve = self.curve;
        [
            curve.threshold_db,
            curve.slope,
            curve.knee_db,
            curve.upward_threshold_db,
            curve.upward_slope,
            curve.upward_max_db,
            self.makeup_db,
            self.link,
            self.wet,
            self.audible,
        ]
    }

    fn from_values(values: [f64; NUM_CONTROLS]) -> Self {
        let [threshold_db, slope, knee_db, upward_threshold_db, upward_slope, upward_max_db, rest @ ..] =
            values;
        let [makeup_db, link, wet, audible] = rest;
        let curve = Curve { threshold_db, slope, knee_db, upward_threshold_db, upward_slope, upward_max_db };
        Self { curve, makeup_db, link, wet, audible }
    }

    /// The factor on the band when the envelope stands at `reduction_db`.
    #[inline]
    fn gain(&self, reduction_db: f64) -> f64 {
        self.audible * (1.0 + self.wet * (db_to_amplitude(self.makeup_db - reduction_db) - 1.0))
    }
}

/// The compressor of one band: its controls, its envelopes, and nothing of the audio.
#[derive(Debug, Clone, Copy)]
pub struct Compressor {
    sample_rate_hz: f64,
    glide: Glide<NUM_CONTROLS>,
    controls: Controls,
    /// A magnitude that surely lies under the knee; negative while the controls move or silence is raised.
    quiet_gain: f64,
    timing: Timing,
    envelopes: [Envelope; MAX_CHANNELS],
}

impl Compressor {
    /// A compressor for this sample rate, waiting for its first settings.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            sample_rate_hz,
            glide: Glide::new(ms_to_samples(MOVE_MS, sample_rate_hz)),
            controls: Controls::default(),
            quiet_gain: -1.0,
            timing: Timing::default(),
            envelopes: Default::default(),
        }
    }

    /// Takes new settings, smoothly once running.
    pub fn set(&mut self, settings: &BandSettings, shared: &Shared) {
        self.glide.set(Controls::new(settings, shared).to_values());
        self.timing.set(settings.attack_ms, settings.release_ms, self.sample_rate_hz);
        self.settle();
    }

    /// Full gain, and the settings at once.
    pub fn reset(&mut self) {
        self.glide.reset();
        self.envelopes = Default::default();
        self.settle();
    }

    /// Goes on from another band's reduction.
    pub fn take_envelopes(&mut self, other: &Self) {
        self.envelopes = other.envelopes;
    }

    /// Brings up to date what follows from controls at rest.
    fn settle(&mut self) {
        self.controls = Controls::from_values(self.glide.value());
        // The margin is wider than the logarithm's error, so the curve too gives exactly nothing at this level.
        let quiet_db =
            if self.glide.is_settled() { self.controls.curve.quiet_db() - 1e-4 } else { f64::NEG_INFINITY };
        self.quiet_gain = if quiet_db == f64::NEG_INFINITY { -1.0 } else { db_to_gain(quiet_db) };
    }

    /// Once per control interval, counted from `reset`.
    #[inline]
    pub fn control_tick(&mut self) {
        self.envelopes.iter_mut().for_each(Envelope::flush);
    }

    /// Compresses at most one control interval of the band in place.
    #[inline]
    pub fn process(&mut self, band: &mut [Frame]) {
        self.glide.start();
        if self.glide.is_settled() {
            self.process_at_rest(band);
            return;
        }
        for frame in band {
            self.controls = Controls::from_values(self.glide.tick());
            self.process_at_rest(core::slice::from_mut(frame));
        }
        if self.glide.is_settled() {
            self.settle();
        }
    }

    fn process_at_rest(&mut self, band: &mut [Frame]) {
        let loudest = band.iter().flatten().fold(0.0, |m, x| if x.abs() > m { x.abs() } else { m });
        let is_quiet = loudest <= self.quiet_gain;
        if is_quiet && self.envelopes == [Envelope::default(); MAX_CHANNELS] {
            let gain = self.controls.gain(0.0);
            if gain != 1.0 {
                band.as_flattened_mut().iter_mut().for_each(|x| *x *= gain);
            }
            return;
        }
        let is_linked = self.controls.link >= 1.0;
        let are_alike = is_linked && self.envelopes[0] == self.envelopes[1];
        let num_frames = band.len();
        let mut lanes = [[0.0; CONTROL_INTERVAL_SAMPLES]; MAX_CHANNELS];
        let [left, right] = lanes.each_mut().map(|lane| &mut lane[..num_frames]);
        if !is_quiet {
            self.wanted(band, is_linked, left, right);
        }
        self.gains(0, left);
        if are_alike {
            self.envelopes[1] = self.envelopes[0];
            right.copy_from_slice(left);
        } else {
            self.gains(1, right);
        }
        for (frame, (l, r)) in band.iter_mut().zip(left.iter().zip(right.iter())) {
            *frame = [frame[0] * l, frame[1] * r];
        }
    }

    /// The reduction that the curve wants for each channel.
    #[inline]
    fn wanted(&self, band: &[Frame], is_linked: bool, left: &mut [f64], right: &mut [f64]) {
        for ((frame, l), r) in band.iter().zip(left.iter_mut()).zip(right.iter_mut()) {
            let own = frame.map(f64::abs);
            let loudest = if own[0] > own[1] { own[0] } else { own[1] };
            [*l, *r] = if is_linked { [loudest; MAX_CHANNELS] } else { own };
        }
        self.curve(left);
        if is_linked {
            right.copy_from_slice(left);
            return;
        }
        self.curve(right);
        let link = self.controls.link;
        for (l, r) in left.iter_mut().zip(right) {
            // The louder channel wants the greater reduction, so the greater of the two is the linked one.
            let linked_db = if *l > *r { *l } else { *r };
            *l += link * (linked_db - *l);
            *r += link * (linked_db - *r);
        }
    }

    /// Magnitudes become the reduction that the curve wants.
    #[inline]
    fn curve(&self, lane: &mut [f64]) {
        let curve = self.controls.curve;
        for value in lane {
            *value = curve.reduction_db(amplitude_to_db(*value));
        }
    }

    /// Reductions that are wanted become gains.
    #[inline]
    fn gains(&mut self, channel_idx: usize, lane: &mut [f64]) {
        let (timing, controls) = (self.timing, self.controls);
        let envelope = &mut self.envelopes[channel_idx];
        for value in lane.iter_mut() {
            *value = envelope.tick(&timing, *value);
        }
        for value in lane.iter_mut() {
            *value = controls.gain(*value);
        }
    }

    /// The present reduction of the more reduced channel, dB; negative where upward compression raises the band.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        self.envelopes[0].reduction_db().max(self.envelopes[1].reduction_db())
    }
}
