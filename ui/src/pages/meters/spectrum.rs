//! Spectrum and spectrogram of the output.

use super::panel;
use crate::editor::PageContext;
use crate::watch::SpectrogramImage;
use crate::widgets::meter;
use crate::widgets::plot::{self, Plot};
use egui::{Align2, Color32, Rect, Ui, pos2, vec2};

/// What the spectrum's axis spans, dBFS.
const LEVELS_DB: core::ops::RangeInclusive<f64> = -90.0..=0.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let rect = panel(ui, context, rect);
    let middle = rect.top() + 0.56 * rect.height();
    spectrum(ui, context, Rect::from_min_max(rect.min, pos2(rect.right(), middle)));
    spectrogram(ui, context, Rect::from_min_max(pos2(rect.left(), middle + 8.0), rect.max));
}

fn spectrum(ui: &mut Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let plot = Plot::new(rect, LEVELS_DB);
    plot.axes(ui, theme, 18.0);
    let response = meter::shown(ui, rect, "Spectrum before and after");
    let Some(spectra) = context.watch.spectra() else { return };
    let painter = plot.painter(ui);
    let places =
        |frame, is_peak| plot.spectrum(ui.ctx().pixels_per_point(), frame, spectra.channels, is_peak);
    plot::line(&painter, places(&spectra.input, false), 1.0, theme.input.gamma_multiply(0.7));
    let output = places(&spectra.output, false);
    plot.fill(&painter, &output, *LEVELS_DB.start(), theme.output.gamma_multiply(0.3));
    plot::line(&painter, output, 1.2, theme.output);
    if context.view.spectrum.is_holding {
        plot::line(&painter, places(&spectra.output, true), 1.0, theme.output.gamma_multiply(0.5));
    }
    if let Some(at) = response.hover_pos().filter(|at| plot.area.contains(*at)) {
        let frequency_hz = plot.hz_of_x(at.x);
        let level = plot::level_at(&spectra.output, spectra.channels, frequency_hz);
        let words = format!("{}   {level:.1} dBFS", plot::hz_text(frequency_hz)).replace('-', "\u{2212}");
        plot.read_out(ui, theme, at, &words);
    }
}

/// Time runs to the left, frequency runs up, and bright is loud.
fn spectrogram(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let area = Rect::from_min_max(rect.min + vec2(36.0, 0.0), rect.max - vec2(0.0, 18.0));
    ui.painter().rect_filled(area, 4.0, theme.well);
    let Some(image) = context.watch.spectrogram() else { return };
    let high_hz = image.high_hz();
    let (texture, parts) = image.texture(ui.ctx());
    for part in parts {
        let x = part.across.map(|share| area.left() + share * area.width());
        ui.painter().image(
            texture,
            Rect::from_x_y_ranges(x[0]..=x[1], area.y_range()),
            part.uv,
            Color32::WHITE,
        );
    }
    let y = |hz: f64| area.bottom() - ((hz / 20.0).ln() / (high_hz / 20.0).ln()) as f32 * area.height();
    let labels = [(20.0, "20"), (100.0, "100"), (1000.0, "1k"), (10_000.0, "10k")];
    plot::labels_at_left(ui, theme, area, labels.into_iter().map(|(hz, text)| (y(hz), text.to_owned())));
    let below = |x: f32, align, text: &str| {
        plot::text(ui.painter(), pos2(x, area.bottom() + 4.0), align, text, theme.faint_text);
    };
    below(area.left() - 6.0, Align2::RIGHT_TOP, "Hz");
    below(area.left(), Align2::LEFT_TOP, &format!("{} s", plot::signed(-SpectrogramImage::span_s())));
    below(
        area.center().x,
        Align2::CENTER_TOP,
        &format!("{} s", plot::signed(-SpectrogramImage::span_s() / 2.0)),
    );
    below(area.right(), Align2::RIGHT_TOP, "now");
    let response = meter::shown(ui, area, "Spectrogram");
    if let Some(at) = response.hover_pos() {
        let share = f64::from((area.bottom() - at.y) / area.height());
        let words = plot::hz_text(20.0 * (high_hz / 20.0).powf(share));
        crate::widgets::handle::tag(ui, theme, at + vec2(12.0, -8.0), Align2::LEFT_BOTTOM, &words, area);
    }
}
