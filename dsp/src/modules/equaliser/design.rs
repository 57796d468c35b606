//! From the controls of a band to its sections. Both the sound and the curve on screen come from here.
//!
//! Bells and shelves are those of R. Bristow-Johnson's "Audio EQ Cookbook" in the analogue domain: `A = 10^(gain/40)`, a cut
//! is the exact inverse of the boost. High-pass and low-pass are Butterworth.

use crate::filter::matched::{Analogue, Family, Section};
use crate::filter::substituted;
use crate::units::db_to_gain;
use core::f64::consts::{PI, TAU};

/// The steepest slope is of order eight.
pub const MAX_SECTIONS: usize = 4;

/// Bells and passes are matched up to this share of the sample rate, 21.2 kHz at 44.1 kHz, and substituted beyond.
const HIGHEST_MATCHED: f64 = 0.48;

/// What a band is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Takes what lies below.
    HighPass,
    /// Takes what lies above.
    LowPass,
    /// Gain of what lies below.
    LowShelf,
    /// Gain of what lies above.
    HighShelf,
    /// Gain around a frequency.
    Bell,
    /// Lows down as far as highs up.
    Tilt,
}

/// Everything that decides a band's curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// What it is for.
    pub kind: Kind,
    /// Corner or middle.
    pub frequency_hz: f64,
    /// Gain; a tilt's is the highs' over the lows'.
    pub gain_db: f64,
    /// Bells and shelves.
    pub q: f64,
    /// Order of high-pass and low-pass, one to eight.
    pub order: usize,
}

/// The sections of one band, the first `len` of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sections {
    sections: [Section; MAX_SECTIONS],
    len: usize,
}

impl core::ops::Deref for Sections {
    type Target = [Section];

    fn deref(&self) -> &[Section] {
        &self.sections[..self.len]
    }
}

impl Shape {
    /// Designs the band.
    #[must_use]
    pub fn sections(&self, sample_rate_hz: f64) -> Sections {
        let radians = TAU * self.frequency_hz / sample_rate_hz;
        let mut sections = [Section::IDENTITY; MAX_SECTIONS];
        let len = match self.kind {
            Kind::HighPass | Kind::LowPass => {
                let len = self.order.div_ceil(2);
                for (idx, section) in sections[..len].iter_mut().enumerate() {
                    *section = butterworth(self.kind, self.order, idx, radians);
                }
                len
            }
            kind => {
                sections[0] = with_gain(kind, radians, self.gain_db, self.q);
                1
            }
        };
        Sections { sections, len }
    }
}

/// Section `idx` of a Butterworth filter; an odd order begins with the one of first order.
fn butterworth(kind: Kind, order: usize, idx: usize, w: f64) -> Section {
    let is_first_order = order % 2 == 1 && idx == 0;
    let poles = if is_first_order {
        Analogue([w, 1.0, 0.0])
    } else {
        let step = if order % 2 == 1 { idx as f64 } else { idx as f64 + 0.5 };
        Analogue([w * w, 2.0 * w * libm::cos(PI * step / order as f64), 1.0])
    };
    let zeros = match (kind, is_first_order) {
        (Kind::HighPass, true) => Analogue([0.0, 1.0, 0.0]),
        (Kind::HighPass, false) => Analogue([0.0, 0.0, 1.0]),
        _ => Analogue([poles.0[0], 0.0, 0.0]),
    };
    let family = if kind == Kind::HighPass { Family::HighPass } else { Family::LowPass };
    section(family, zeros, poles, w)
}

fn section(family: Family, zeros: Analogue, poles: Analogue, w: f64) -> Section {
    if w > HIGHEST_MATCHED * TAU {
        substituted::section(zeros, poles, w)
    } else {
        Section::new(family, zeros, poles)
    }
}

/// Each is designed the way round that has its poles low, where matching is best, and turned over if need be.
fn with_gain(kind: Kind, w: f64, gain_db: f64, q: f64) -> Section {
    let a = db_to_gain(0.5 * gain_db.abs());
    let is_boost = gain_db >= 0.0;
    match kind {
        Kind::Tilt => {
            let lows_up = section(Family::Bell, Analogue([w * a, 1.0, 0.0]), Analogue([w / a, 1.0, 0.0]), w);
            if is_boost { lows_up.inverse().scaled(a) } else { lows_up.scaled(1.0 / a) }
        }
        Kind::Bell => {
            let zeros = Analogue([w * w, w * a / q, 1.0]);
            let boost = section(Family::Bell, zeros, Analogue([w * w, w / (a * q), 1.0]), w);
            if is_boost { boost } else { boost.inverse() }
        }
        kind => {
            let middle = w * a.sqrt() / q;
            let zeros = Analogue([a * a * w * w, a * middle, a]);
            let low_boost = substituted::section(zeros, Analogue([w * w, middle, a]), w);
            match (kind, is_boost) {
                (Kind::LowShelf, true) => low_boost,
                (Kind::LowShelf, false) => low_boost.inverse(),
                (_, true) => low_boost.inverse().scaled(a * a),
                (_, false) => low_boost.scaled(1.0 / (a * a)),
            }
        }
    }
}
