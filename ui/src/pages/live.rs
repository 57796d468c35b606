//! What the pages show of the audio: spectra behind a plot, and the power in a band of them.

use super::plane::Plane;
use crate::theme::Theme;
use crate::watch::{Want, Watch};
use crate::widgets::plot::{self, Plot};
use egui::Ui;
use lacquer_dsp::analysis::spectrum::Trace;
use lacquer_dsp::units::power_to_db;

/// How strong the ground under a line is.
pub const GROUND: f32 = 0.28;

/// Input and output behind a plot over frequency and level: the input is a line, the output a filled shape.
pub fn spectra(ui: &Ui, theme: &Theme, plane: &Plane, watch: &mut Watch) {
    watch.want(Want::Spectra);
    let Some(spectra) = watch.spectra() else { return };
    let [range_hz, range_db] = [plane.x, plane.y].map(|scale| [scale.from, scale.to]);
    let (plot, painter) = (Plot { area: plane.rect, range_hz, range_db }, plane.painter(ui));
    let places = |frame| plot.spectrum(ui.pixels_per_point(), frame, spectra.channels, false);
    let output = places(&spectra.output);
    plot::fill_to(&painter, &output, plane.rect.bottom(), theme.output.gamma_multiply(GROUND));
    plot::line(&painter, output, 1.0, theme.output.gamma_multiply(0.6));
    plot::line(&painter, places(&spectra.input), 1.0, theme.input.gamma_multiply(0.7));
}

/// The level of what of the input lies between two frequencies, of two channels the louder's, dBFS, where a sine of full scale is
/// 0. None in silence.
#[must_use]
pub fn input_level_db(watch: &Watch, from_hz: f64, to_hz: f64) -> Option<f64> {
    let spectra = watch.spectra()?;
    let frame = spectra.input;
    let bin = |hz: f64| (hz / frame.bin_hz()).round() as usize;
    let power = |trace: &Trace| {
        let powers = frame.power(*trace)?;
        let (from, to) = (bin(from_hz).min(powers.len()), bin(to_hz).min(powers.len()));
        Some(powers[from.min(to)..to].iter().sum::<f64>() / frame.noise_bandwidth_bins)
    };
    let power = spectra.channels.traces().iter().filter_map(power).fold(0.0, f64::max);
    Some(power_to_db(power)).filter(|level_db| *level_db > -100.0)
}
