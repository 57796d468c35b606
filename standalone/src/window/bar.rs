//! The bar for devices: what is heard, on what, and how it goes.

use crate::devices::{DeviceInfo, Direction};
use crate::engine::EngineSettings;
use crate::engine::control::Control;
use crate::engine::status::Status;
use crate::prefs::Prefs;
use crate::studio::Studio;
use eframe::egui;
use egui::{Align, Button, ComboBox, Label, Layout, RichText, Ui, WidgetInfo};
use lacquer_ui::style::CONTROL_POINTS;
use lacquer_ui::theme::Theme;
use lacquer_ui::widgets::toggle;

const BUFFERS: [u32; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];
const RATES_HZ: [u32; 5] = [44_100, 48_000, 88_200, 96_000, 192_000];
const DEVICE_WIDTH: f32 = 132.0;

/// Draws the bar, and opens what is chosen.
pub(super) fn show(ui: &mut Ui, theme: &Theme, studio: &Studio, prefs: &mut Prefs) {
    let (devices, status) = {
        let board = studio.board();
        (board.devices.clone(), board.status.clone())
    };
    let mut wanted = prefs.engine.clone();
    ui.spacing_mut().item_spacing.x = 6.0;
    device(ui, theme, studio, &devices, Direction::Input, &mut wanted.input);
    channels(ui, &devices, &mut wanted);
    ui.label(RichText::new("\u{27a1}").color(theme.faint_text));
    device(ui, theme, studio, &devices, Direction::Output, &mut wanted.output);
    let frames = wanted.buffer_frames.map_or("Auto buffer".to_owned(), |frames| format!("{frames}"));
    picker(
        ui,
        "Buffer",
        &frames,
        84.0,
        "Frames in a callback: fewer are sooner heard, and leave less time.",
        |ui| {
            ui.selectable_value(&mut wanted.buffer_frames, None, "As the system chooses");
            for frames in BUFFERS {
                ui.selectable_value(&mut wanted.buffer_frames, Some(frames), format!("{frames} frames"));
            }
        },
    );
    let rate = wanted.sample_rate_hz.map_or("Auto rate".to_owned(), khz);
    picker(
        ui,
        "Sample rate",
        &rate,
        72.0,
        "The rate of output and chain; an input of another rate is resampled.",
        |ui| {
            ui.selectable_value(&mut wanted.sample_rate_hz, None, "As the output is set");
            for rate_hz in RATES_HZ {
                ui.selectable_value(&mut wanted.sample_rate_hz, Some(rate_hz), khz(rate_hz));
            }
        },
    );
    // A device that is picked is picked with its audio system; the one of the command line is for what nobody picks.
    let is_picked = |now: &Option<String>, before: &Option<String>| now.is_some() && now != before;
    if is_picked(&wanted.input, &prefs.engine.input) || is_picked(&wanted.output, &prefs.engine.output) {
        wanted.host = None;
    }
    if wanted != prefs.engine {
        prefs.engine = wanted.clone();
        studio.configure(wanted);
    }
    monitor(ui, theme, studio, &status);
}

fn khz(rate_hz: u32) -> String {
    format!("{} kHz", f64::from(rate_hz) / 1000.0)
}

/// A box that opens a list; `name` is what assistive technology says.
fn picker(
    ui: &mut Ui,
    name: &str,
    shown: &str,
    width: f32,
    explained: &str,
    list: impl FnOnce(&mut Ui),
) -> bool {
    let text = RichText::new(shown).size(CONTROL_POINTS);
    let picker = ComboBox::from_id_salt(name).selected_text(text).width(width).truncate();
    let response = picker.show_ui(ui, |ui| {
        ui.set_min_width(220.0);
        list(ui);
    });
    let is_enabled = ui.is_enabled();
    let info = format!("{name}: {shown}");
    response.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, is_enabled, &info));
    let is_opened = response.response.clicked();
    response.response.on_hover_text(explained);
    is_opened
}

fn device(
    ui: &mut Ui,
    theme: &Theme,
    studio: &Studio,
    devices: &[DeviceInfo],
    direction: Direction,
    wanted: &mut Option<String>,
) {
    let (name, explained) = match direction {
        Direction::Input => ("Input", "The microphone or line that is heard."),
        Direction::Output => ("Output", "Where the result is sent."),
    };
    let here = || devices.iter().filter(|device| device.direction == direction);
    let named = |id: &String| here().find(|device| device.id == *id).map(|device| device.name.clone());
    let shown = match wanted {
        Some(id) => named(id).unwrap_or_else(|| id.clone()),
        None => format!("Default {}", name.to_lowercase()),
    };
    let is_opened = picker(ui, name, &shown, DEVICE_WIDTH, &format!("{explained}\n{shown}"), |ui| {
        ui.selectable_value(wanted, None, format!("Default {}", name.to_lowercase()));
        for device in here() {
            let default = if device.is_default { ", its default" } else { "" };
            let words = format!("{}  ({}{default})", device.name, device.host);
            let row = ui.selectable_value(wanted, Some(device.id.clone()), words);
            row.on_hover_text(&device.id);
        }
        if here().next().is_none() {
            ui.label(RichText::new("No device was found").color(theme.faint_text));
        }
    });
    if is_opened {
        // What was plugged in since is to be in the list.
        studio.look_for_devices();
    }
}

/// Which of the input's channels are heard.
fn channels(ui: &mut Ui, devices: &[DeviceInfo], wanted: &mut EngineSettings) {
    let is_it = |device: &&DeviceInfo| {
        device.direction == Direction::Input
            && wanted.input.as_ref().map_or(device.is_default, |id| device.id == *id)
    };
    let num_channels = devices.iter().find(is_it).and_then(|device| device.num_channels).unwrap_or(2);
    let words = |channels: &Option<Vec<u16>>| match channels.as_deref() {
        None => "All".to_owned(),
        Some([only]) => format!("{only}"),
        Some(pair) => pair.iter().map(u16::to_string).collect::<Vec<_>>().join("+"),
    };
    let shown = words(&wanted.input_channels);
    picker(
        ui,
        "Input channels",
        &shown,
        40.0,
        "One channel is a mono microphone; two are a stereo pair.",
        |ui| {
            ui.selectable_value(&mut wanted.input_channels, None, "All (the first two)");
            for channel in 1..=num_channels {
                ui.selectable_value(
                    &mut wanted.input_channels,
                    Some(vec![channel]),
                    format!("{channel} (mono)"),
                );
            }
            for left in (1..num_channels).step_by(2) {
                let pair = vec![left, left + 1];
                ui.selectable_value(
                    &mut wanted.input_channels,
                    Some(pair),
                    format!("{left}+{} (stereo)", left + 1),
                );
            }
        },
    );
}

fn monitor(ui: &mut Ui, theme: &Theme, studio: &Studio, status: &Status) {
    let is_open = studio.store().get().is_monitoring;
    if status.is_loop {
        let words = RichText::new("Input is output").size(CONTROL_POINTS).color(theme.alarm);
        let explained = "The monitors are closed: this input hears what the output plays. Choose another input or output.";
        ui.add_enabled(false, Button::new(words)).on_disabled_hover_text(explained);
        return;
    }
    if status.is_guarded && is_open {
        let words = RichText::new("Howl: open again").size(CONTROL_POINTS).color(theme.alarm);
        let explained = "The monitors were closed because the microphone hears the loudspeakers. Turn them down, or use \
                         headphones; then open the monitors again.";
        if ui.button(words).on_hover_text(explained).clicked() {
            studio.store().change(Control::open_monitors);
        }
        return;
    }
    let caption = if is_open { "Monitor" } else { "Monitor off" };
    let explained = "Sends the result to the output. Off, it is silent, and a recording still hears it.";
    if toggle(ui, theme, "Monitor", caption, is_open).on_hover_text(explained).clicked() {
        studio.store().change(|control| control.is_monitoring = !is_open);
    }
}

/// Calm figures at the right.
pub(super) fn figures(ui: &mut Ui, theme: &Theme, studio: &Studio) {
    let status = studio.board().status.clone();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| write_figures(ui, theme, &status));
}

fn write_figures(ui: &mut Ui, theme: &Theme, status: &Status) {
    let faint = |words: String| RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text);
    if !status.is_running {
        let words = if status.is_waiting { "Waiting for the device" } else { "Stopped" };
        ui.add(Label::new(RichText::new(words).size(CONTROL_POINTS).color(theme.alarm)).truncate());
        return;
    }
    let totals = &status.totals;
    let num_lost = totals.num_missing_frames + totals.num_dropped_frames;
    let is_clean = num_lost == 0 && totals.num_xruns == 0;
    let words =
        if is_clean { "no loss".to_owned() } else { format!("{} lost", lost_words(num_lost, status)) };
    let colour = if is_clean { theme.faint_text } else { theme.change };
    ui.add(Label::new(RichText::new(words).size(CONTROL_POINTS).color(colour))).on_hover_text(format!(
        "{} overruns and underruns of the system, {} frames that came too late, {} that found no room. A larger buffer helps.",
        totals.num_xruns, totals.num_missing_frames, totals.num_dropped_frames
    ));
    ui.label(faint(format!("{:.0} %", status.load_percent)))
        .on_hover_text("The time that the chain takes of the time that it has.");
    let latency = &status.latency;
    let drift = if status.drift_ppm == 0.0 {
        "The clocks of input and output keep step.".to_owned()
    } else {
        format!(
            "The input's clock runs {:+.1} parts per million faster than the output's; it is followed.",
            status.drift_ppm
        )
    };
    ui.label(faint(format!("{:.1} ms", latency.total_ms()))).on_hover_text(format!(
        "From microphone to loudspeaker, without the devices themselves: input {:.1}, waiting {:.1}, resampler {:.1}, chain {:.1}, \
         output {:.1} ms.\n{drift}",
        latency.input_ms, latency.waiting_ms, latency.resampler_ms, latency.chain_ms, latency.output_ms
    ));
}

fn lost_words(num_frames: u64, status: &Status) -> String {
    let ms = num_frames as f64 * 1e3 / f64::from(status.sample_rate_hz.max(1));
    if ms >= 1000.0 { format!("{:.1} s", ms / 1e3) } else { format!("{ms:.0} ms") }
}
