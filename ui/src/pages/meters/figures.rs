//! The figures: calm enough to be read, a dash where there is no value.

use super::panel;
use crate::editor::PageContext;
use crate::widgets::meter::{Figure, number};
use egui::{Rect, Ui, pos2, vec2};
use lacquer_dsp::meter::Lufs;

/// Lines of the table are as high as there is room for, up to this.
const HIGHEST_LINE: f32 = 30.0;

/// Within this distance of the target a programme meets it (EBU R 128's tolerance for live programmes).
pub(super) const TOLERANCE_LU: f64 = 1.0;

/// A loudness as the view writes it, and its unit.
pub(super) fn loudness(context: &PageContext<'_, '_>, lufs: Option<Lufs>) -> (Option<f64>, &'static str) {
    let view = &context.view;
    match view.is_absolute {
        true => (lufs.map(|lufs| lufs.0), "LUFS"),
        false => (lufs.map(|lufs| lufs.0 - view.target_lufs), "LU"),
    }
}

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let rect = panel(ui, context, rect);
    let theme = context.theme;
    let calm = *context.watch.calm();
    let output = calm.meters.output;
    let integrated = output.integrated_lufs;
    let is_met = integrated.is_some_and(|lufs| (lufs.0 - context.view.target_lufs).abs() <= TOLERANCE_LU);
    let large = |name, lufs, help, colour| {
        let (value, unit) = loudness(context, lufs);
        Figure { name, value: number(value, 1), unit, help, colour, note: "" }
    };
    let integrated_help = "Gated loudness of everything since the reset (BS.1770); a tick says that it is within 1 LU of the target";
    let name = if is_met { "Integrated  \u{2714}" } else { "Integrated" };
    let colour = if is_met { theme.good } else { theme.text };
    let row = |top: f32, height: f32| {
        Rect::from_min_size(pos2(rect.left(), rect.top() + top), vec2(rect.width(), height))
    };
    large(name, integrated, integrated_help, colour).large(ui, theme, row(0.0, 54.0), 38.0);
    let half = vec2(rect.width() / 2.0 - 4.0, 42.0);
    let momentary = Rect::from_min_size(row(64.0, 0.0).min, half);
    let short_term = momentary.translate(vec2(rect.width() / 2.0 + 4.0, 0.0));
    let help = "Loudness of the last 400 ms";
    large("Momentary", output.momentary_lufs, help, theme.text).large(ui, theme, momentary, 24.0);
    let help = "Loudness of the last 3 s";
    large("Short-term", output.short_term_lufs, help, theme.text).large(ui, theme, short_term, 24.0);
    let lines = lines(context);
    let top = 116.0;
    let height = ((rect.height() - top) / lines.len() as f32).min(HIGHEST_LINE);
    for (idx, line) in lines.iter().enumerate() {
        line.line(ui, theme, row(top + idx as f32 * height, height));
    }
}

fn lines(context: &PageContext<'_, '_>) -> Vec<Figure<'static>> {
    let calm = context.watch.calm();
    let (output, theme) = (&calm.meters.output, context.theme);
    let line = |name, value, unit, help| Figure {
        name,
        value: number(value, 1),
        unit,
        help,
        colour: theme.text,
        note: "",
    };
    let (max_momentary, unit) = loudness(context, output.max_momentary_lufs);
    let (max_short_term, _) = loudness(context, output.max_short_term_lufs);
    let is_provisional = output.range_lu.is_some() && !output.is_range_stable;
    let is_over = output.true_peak_dbtp.is_some_and(|peak| peak.0 > 0.0);
    let count = |name, count: u64, help| {
        let colour = if count > 0 { theme.alarm } else { theme.text };
        Figure {
            name,
            value: count.to_string(),
            unit: "",
            help,
            colour,
            note: if count > 0 { "!" } else { "" },
        }
    };
    let signed = |value: Option<f64>| {
        value.map_or_else(|| number(None, 1), |value| format!("{value:+.2}").replace('-', "\u{2212}"))
    };
    vec![
        Figure {
            note: if is_provisional { "unstable" } else { "" },
            ..line(
                "Range (LRA)",
                output.range_lu.map(|range| range.0),
                "LU",
                "How far loud and quiet passages lie apart (EBU Tech 3342); unstable for the first 60 s",
            )
        },
        line("Max momentary", max_momentary, unit, "The loudest 400 ms since the reset"),
        line("Max short-term", max_short_term, unit, "The loudest 3 s since the reset"),
        Figure {
            colour: if is_over { theme.alarm } else { theme.text },
            note: if is_over { "over" } else { "" },
            ..line(
                "True peak",
                output.true_peak_dbtp.map(|peak| peak.0),
                "dBTP",
                "The highest peak between samples since the reset, as BS.1770's own filter reads it (annex 2)",
            )
        },
        line(
            "Inter-sample peak",
            output.intersample_peak_dbtp.map(|peak| peak.0),
            "dBTP",
            "The same read closer than the standard's filter does; not what a delivery is checked with",
        ),
        line(
            "Sample peak",
            output.sample_peak_dbfs.map(|peak| peak.0),
            "dBFS",
            "The highest sample since the reset",
        ),
        line("RMS", output.rms_dbfs.map(|rms| rms.0), "dBFS", "Unweighted root mean square since the reset"),
        line(
            "PLR",
            output.plr_lu.map(|plr| plr.0),
            "LU",
            "Peak to loudness: true peak less integrated loudness",
        ),
        line(
            "PSR",
            calm.psr_db,
            "LU",
            "Peak to short-term: the highest sample of the last 3 s less their loudness",
        ),
        Figure {
            value: signed(calm.meters.correlation),
            ..line(
                "Correlation",
                None,
                "",
                "+1: both channels alike; 0: nothing in common; below 0: mono loses",
            )
        },
        line("Balance", calm.meters.balance_db, "dB", "How much louder the right channel is"),
        count(
            "Overs",
            calm.num_overs,
            "Times that samples of the output went beyond full scale; without 10 ms between them they are one",
        ),
        count("Clipped", calm.meters.num_clipped_samples, "Samples that the dither held to full scale"),
        count(
            "Damaged",
            calm.meters.num_damaged_samples,
            "Samples of the input that were no audio and became silence",
        ),
    ]
}
