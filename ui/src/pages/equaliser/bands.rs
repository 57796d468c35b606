//! The equaliser's bands, by the parameters that each has.

use crate::desk::{Desk, param};
use lacquer_dsp::modules::equaliser::Kind;

/// The number of bands.
pub(super) const NUM_BANDS: usize = 9;

/// The four bells.
pub(super) const BELLS: core::ops::Range<usize> = 2..6;

/// A band's parameters, in the order in which the sound passes the bands.
pub(super) struct Band {
    pub(super) kind: Kind,
    /// As a listener is told.
    pub(super) name: &'static str,
    /// As its node and its tab show it.
    pub(super) mark: &'static str,
    pub(super) on: &'static str,
    pub(super) frequency: &'static str,
    pub(super) gain: Option<&'static str>,
    pub(super) q: Option<&'static str>,
    pub(super) slope: Option<&'static str>,
    pub(super) placement: &'static str,
    /// Threshold and range.
    pub(super) dynamics: Option<[&'static str; 2]>,
}

macro_rules! pass {
    ($kind:ident, $name:literal, $mark:literal, $id:literal) => {
        Band {
            kind: Kind::$kind,
            name: $name,
            mark: $mark,
            on: concat!("equaliser.", $id, ".on"),
            frequency: concat!("equaliser.", $id, ".frequency_hz"),
            gain: None,
            q: None,
            slope: Some(concat!("equaliser.", $id, ".slope_db_per_oct")),
            placement: concat!("equaliser.", $id, ".placement"),
            dynamics: None,
        }
    };
}

macro_rules! shelf {
    ($kind:ident, $name:literal, $mark:literal, $id:literal) => {
        Band {
            gain: Some(concat!("equaliser.", $id, ".gain_db")),
            q: Some(concat!("equaliser.", $id, ".q")),
            slope: None,
            ..pass!($kind, $name, $mark, $id)
        }
    };
}

macro_rules! bell {
    ($name:literal, $mark:literal, $id:literal) => {
        Band {
            dynamics: Some([
                concat!("equaliser.", $id, ".threshold_db"),
                concat!("equaliser.", $id, ".range_db"),
            ]),
            ..shelf!(Bell, $name, $mark, $id)
        }
    };
}

/// All of them.
pub(super) static BANDS: [Band; NUM_BANDS] = [
    pass!(HighPass, "High-pass", "HP", "high_pass"),
    shelf!(LowShelf, "Low shelf", "LS", "low_shelf"),
    bell!("Bell 1", "1", "bell1"),
    bell!("Bell 2", "2", "bell2"),
    bell!("Bell 3", "3", "bell3"),
    bell!("Bell 4", "4", "bell4"),
    shelf!(HighShelf, "High shelf", "HS", "high_shelf"),
    pass!(LowPass, "Low-pass", "LP", "low_pass"),
    Band {
        kind: Kind::Tilt,
        name: "Tilt",
        mark: "T",
        on: "equaliser.tilt_on",
        frequency: "equaliser.tilt_pivot_hz",
        gain: Some("equaliser.tilt_db"),
        q: None,
        slope: None,
        placement: "equaliser.tilt_placement",
        dynamics: None,
    },
];

impl Band {
    pub(super) fn is_on(&self, desk: &Desk<'_>) -> bool {
        desk.value(param(self.on)) >= 0.5
    }

    /// Whether it does nothing though it is on.
    pub(super) fn is_flat(&self, desk: &Desk<'_>) -> bool {
        let is_zero = |id: &'static str| desk.value(param(id)) == 0.0;
        self.gain.is_some_and(is_zero) && self.dynamics.is_none_or(|[_, range]| is_zero(range))
    }

    /// The gain, or 0 dB where there is none.
    pub(super) fn gain_db(&self, desk: &Desk<'_>) -> f64 {
        self.gain.map_or(0.0, |gain| desk.value(param(gain)))
    }

    /// `250 Hz, -3.0 dB, Q 1.00`.
    pub(super) fn text(&self, desk: &Desk<'_>) -> String {
        let text = |id: &'static str| param(id).to_text(desk.value(param(id)));
        let mut words = vec![text(self.frequency)];
        words.extend(self.gain.map(text));
        words.extend(self.q.map(|q| format!("Q {}", text(q))));
        words.extend(self.slope.map(|slope| format!("{} dB per octave", text(slope))));
        words.join(", ")
    }

    /// The places of its node: what the vertical axis says for a gain. A tilt's gain is that of highs over lows, half of it either way.
    pub(super) fn share_of_gain(&self) -> f64 {
        if self.kind == Kind::Tilt { 0.5 } else { 1.0 }
    }
}

/// Turns the next bell that does nothing on at a place, and says which; none if all four are at work.
pub(super) fn turn_next_on(desk: &mut Desk<'_>, frequency_hz: f64, gain_db: f64) -> Option<usize> {
    let is_free = |idx: &usize| !BANDS[*idx].is_on(desk) || BANDS[*idx].is_flat(desk);
    let idx = BELLS.filter(is_free).min_by_key(|idx| BANDS[*idx].is_on(desk))?;
    let band = &BANDS[idx];
    let mut settings = *desk.settings();
    let mut set = |id: &'static str, value: f64| {
        let param = param(id);
        // What is on the grid is in the range.
        param.set(&mut settings, param.on_grid(value)).is_ok()
    };
    set(band.on, 1.0);
    set(band.frequency, frequency_hz);
    set(band.placement, 0.0);
    band.gain.map(|gain| set(gain, gain_db));
    band.q.map(|q| set(q, 1.0));
    band.dynamics.map(|[_, range]| set(range, 0.0));
    desk.apply(&settings, "New bell");
    Some(idx)
}
