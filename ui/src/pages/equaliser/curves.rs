//! The equaliser's curves as places on the plot, worked out again only when a setting or the plot has changed.

use super::bands::{BELLS, NUM_BANDS};
use crate::widgets::plot::Plot;
use egui::{Id, Pos2, Ui};
use lacquer_dsp::modules::equaliser::Response;
use lacquer_dsp::settings::{EqualiserSettings, NUM_BELLS};
use std::sync::Arc;

/// Nothing is drawn beyond half the sample rate, where there is no sound.
const HIGHEST_SHARE: f64 = 0.499;

/// Closer to each other than this, in points, two curves are drawn as one.
const LEAST_APART: f32 = 2.0;

/// What the curves depend on.
#[derive(Clone, PartialEq)]
struct Key {
    settings: EqualiserSettings,
    plot: Plot,
    pixels_per_point: f32,
    sample_rate_hz: f64,
}

/// A place for each column of pixels.
pub(super) struct Curves {
    key: Key,
    pub(super) response: Response,
    /// The sum that mid passes.
    pub(super) mid: Vec<Pos2>,
    /// The sum that the side passes, where it is another.
    pub(super) side: Option<Vec<Pos2>>,
    pub(super) bands: [Vec<Pos2>; NUM_BANDS],
    /// Each bell where its range takes it.
    pub(super) moved: [Option<Vec<Pos2>>; NUM_BANDS],
}

impl Curves {
    pub(super) fn of(ui: &Ui, plot: &Plot, settings: &EqualiserSettings, sample_rate_hz: f64) -> Arc<Self> {
        let pixels_per_point = ui.ctx().pixels_per_point();
        let key = Key { settings: *settings, plot: plot.clone(), pixels_per_point, sample_rate_hz };
        let id = Id::unique("equaliser curves");
        if let Some(curves) =
            ui.data(|data| data.get_temp::<Arc<Self>>(id)).filter(|curves| curves.key == key)
        {
            return curves;
        }
        let curves = Arc::new(Self::new(key));
        ui.data_mut(|data| data.insert_temp(id, Arc::clone(&curves)));
        curves
    }

    fn new(key: Key) -> Self {
        let (plot, sample_rate_hz) = (&key.plot, key.sample_rate_hz);
        let response = Response::new(&key.settings, sample_rate_hz);
        let highest_hz = HIGHEST_SHARE * sample_rate_hz;
        let curve =
            |gain_db: &dyn Fn(f64) -> f64| plot.curve(key.pixels_per_point, |hz| gain_db(hz.min(highest_hz)));
        let mid = curve(&|hz| response.gains_db(hz)[0]);
        let side = curve(&|hz| response.gains_db(hz)[1]);
        let bands: [_; NUM_BANDS] = core::array::from_fn(|idx| curve(&|hz| response.band_db(idx, hz)));
        let mut moved_settings = key.settings;
        for bell in &mut moved_settings.bells {
            bell.gain_db += bell.range_db;
        }
        let moved_response = Response::new(&moved_settings, sample_rate_hz);
        let is_dynamic = |idx: usize| {
            let bell = idx.checked_sub(BELLS.start).and_then(|bell| key.settings.bells.get(bell));
            bell.is_some_and(|bell| bell.range_db != 0.0)
        };
        let moved = core::array::from_fn(|idx| {
            let moved = is_dynamic(idx).then(|| curve(&|hz| moved_response.band_db(idx, hz)))?;
            let pairs = moved.into_iter().zip(&bands[idx]);
            let apart = pairs.filter(|(moved, at_rest)| (moved.y - at_rest.y).abs() > LEAST_APART);
            Some(apart.map(|(moved, _)| moved).collect())
        });
        let side = (side != mid).then_some(side);
        Self { key, response, mid, side, bands, moved }
    }

    /// The sums that mid and, where it is another, the side pass while levels have moved the bells' gains by so much.
    pub(super) fn moved_sums(
        &self,
        moved_db: &[f32; NUM_BELLS],
        plot: &Plot,
        pixels_per_point: f32,
    ) -> (Vec<Pos2>, Option<Vec<Pos2>>) {
        let mut settings = self.key.settings;
        for (bell, moved_db) in settings.bells.iter_mut().zip(moved_db) {
            bell.gain_db += f64::from(*moved_db);
        }
        let response = Response::new(&settings, self.key.sample_rate_hz);
        let highest_hz = HIGHEST_SHARE * self.key.sample_rate_hz;
        let sum = |idx: usize| plot.curve(pixels_per_point, |hz| response.gains_db(hz.min(highest_hz))[idx]);
        (sum(0), self.side.is_some().then(|| sum(1)))
    }
}
