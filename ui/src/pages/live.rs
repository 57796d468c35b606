//! What the pages show of the audio: spectra behind a plot, and the power in a band of them.

use super::plane::Plane;
use crate::theme::Theme;
use crate::watch::{Want, Watch};
use egui::epaint::{Mesh, PathStroke, Vertex};
use egui::{Color32, Pos2, Shape, Ui};
use lacquer_dsp::analysis::spectrum::{SpectrumFrame, Trace};
use lacquer_dsp::units::power_to_db;

/// The level at a bin: of two channels, the louder's.
fn level_db(frame: &SpectrumFrame<'_>, traces: &[Trace], bin: usize) -> f32 {
    let of = |trace: &Trace| frame.level_db(*trace).and_then(|levels| levels.get(bin).copied());
    traces.iter().filter_map(of).fold(f32::NEG_INFINITY, f32::max)
}

/// The level that stands between two frequencies: between two bins on the line that joins them, over many the highest.
fn level_between(frame: &SpectrumFrame<'_>, traces: &[Trace], from_hz: f64, to_hz: f64) -> f64 {
    let (from, to) = (from_hz / frame.bin_hz(), to_hz / frame.bin_hz());
    let (first, last) = (from.ceil() as usize, to.floor() as usize);
    if first <= last {
        return f64::from(
            (first..=last).map(|bin| level_db(frame, traces, bin)).fold(f32::NEG_INFINITY, f32::max),
        );
    }
    let below = from.floor();
    let [low, high] = [0, 1].map(|n| f64::from(level_db(frame, traces, below as usize + n)));
    low + (from - below) * (high - low)
}

/// A spectrum as points, one for every other point of the plot's width.
fn points(plane: &Plane, frame: &SpectrumFrame<'_>, traces: &[Trace]) -> Vec<Pos2> {
    let step = 2.0;
    let num_steps = (plane.rect.width() / step).ceil() as usize;
    (0..=num_steps)
        .map(|n| {
            let x = plane.rect.left() + step * n as f32;
            let [from_hz, to_hz] = [x - 0.5 * step, x + 0.5 * step].map(|x| plane.x_value(x));
            Pos2::new(x, plane.y(level_between(frame, traces, from_hz, to_hz)))
        })
        .collect()
}

/// Input and output behind a plot over frequency and level: the input is a line, the output a filled shape.
pub fn spectra(ui: &Ui, theme: &Theme, plane: &Plane, watch: &mut Watch) {
    watch.want(Want::Spectra);
    let Some(spectra) = watch.spectra() else { return };
    let traces = spectra.channels.traces();
    let painter = ui.painter().with_clip_rect(plane.clip(ui));
    let output = points(plane, &spectra.output, traces);
    painter.add(Shape::mesh(under(&output, plane.rect.bottom(), theme.output)));
    painter.line(output, PathStroke::new(1.0, theme.output.gamma_multiply(0.6)));
    let input = points(plane, &spectra.input, traces);
    painter.line(input, PathStroke::new(1.0, theme.input.gamma_multiply(0.7)));
}

/// The shape between a line and the ground, which fades towards the ground.
#[must_use]
pub fn under(line: &[Pos2], ground: f32, colour: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    for (n, top) in line.iter().enumerate() {
        for (pos, share) in [(*top, 0.30), (Pos2::new(top.x, ground), 0.06)] {
            mesh.vertices.push(Vertex {
                pos,
                uv: egui::epaint::WHITE_UV,
                color: colour.gamma_multiply(share),
            });
        }
        if n > 0 {
            let last = 2 * n as u32;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    mesh
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
