//! The chain in its order, a line for each stage: whether it is on, its most telling control, and what it does now.

use super::card;
use crate::editor::PageContext;
use crate::help;
use crate::style::CONTROL_POINTS;
use crate::view::Page;
use crate::widgets::meter::{number, reduction};
use crate::widgets::{choice, on_switch, slider};
use egui::{Align, Button, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};
use lacquer_dsp::settings::{Bypassable, ChainSettings, Module};

/// The highest line; what is left over stays empty below.
const HIGHEST_LINE: f32 = 38.0;

const NAME_WIDTH: f32 = 128.0;
const CAPTION_WIDTH: f32 = 96.0;
const BUTTON_WIDTH: f32 = 76.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let num_lines = Module::ALL.len() as f32;
    let height = ((rect.height() - 12.0) / num_lines).min(HIGHEST_LINE);
    let rect = Rect::from_min_size(rect.min, vec2(rect.width(), height * num_lines + 12.0));
    let inner = card(ui, context, rect).expand2(vec2(0.0, 4.0));
    for (place, module) in Module::ALL.into_iter().enumerate() {
        let top = inner.top() + place as f32 * height;
        let line = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), height));
        if place > 0 {
            ui.painter().hline(line.x_range(), top, (1.0, context.theme.grid));
        }
        stage(ui, context, module, line);
    }
}

fn stage(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module, line: Rect) {
    let theme = context.theme;
    let is_on = !is_bypassed(context.desk.settings(), module);
    let mut left = line.left();
    let mut next = |width: f32| {
        let place = Rect::from_min_size(pos2(left, line.top()), vec2(width, line.height()));
        left += width + 12.0;
        place
    };
    let row = |ui: &mut Ui, rect: Rect| {
        ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)))
    };
    on_switch(&mut row(ui, next(NAME_WIDTH)), context, module, help::module_title(module));
    let (id, caption) = telling(module);
    let caption = RichText::new(caption).size(CONTROL_POINTS).color(theme.faint_text);
    row(ui, next(CAPTION_WIDTH)).add(egui::Label::new(caption).truncate());
    let rest = line.width() - NAME_WIDTH - CAPTION_WIDTH - BUTTON_WIDTH - 4.0 * 12.0;
    let mut place = row(ui, next(0.55 * rest));
    // What is off stays readable and can be set, but steps back.
    place.set_opacity(if is_on { 1.0 } else { 0.55 });
    if module == Module::Dither {
        choice(&mut place, context, id);
    } else {
        place.spacing_mut().slider_width = 0.55 * rest - 84.0;
        slider(&mut place, context, id);
    }
    let activity_place = next(0.45 * rest);
    if is_on {
        activity(ui, context, module, activity_place);
    } else {
        row(ui, activity_place).label(RichText::new("off").size(CONTROL_POINTS).color(theme.faint_text));
    }
    let mut place = ui.new_child(
        UiBuilder::new().max_rect(next(BUTTON_WIDTH)).layout(Layout::right_to_left(Align::Center)),
    );
    if let Some(page) = page_of(module) {
        let button =
            Button::new(RichText::new("Edit \u{23f5}").size(CONTROL_POINTS)).frame_when_inactive(false);
        let response = place.add(button).on_hover_text(format!("Open the page {}.", page.title()));
        let name = format!("Edit {}", help::module_title(module));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if response.clicked() {
            context.view.page = page;
        }
    }
}

fn is_bypassed(settings: &ChainSettings, module: Module) -> bool {
    match module {
        Module::Input => settings.input.is_bypassed(),
        Module::Denoise => settings.denoise.is_bypassed(),
        Module::Gate => settings.gate.is_bypassed(),
        Module::DeEsser => settings.de_esser.is_bypassed(),
        Module::Equaliser => settings.equaliser.is_bypassed(),
        Module::Leveller => settings.leveller.is_bypassed(),
        Module::Multiband => settings.multiband.is_bypassed(),
        Module::Exciter => settings.exciter.is_bypassed(),
        Module::Stereo => settings.stereo.is_bypassed(),
        Module::Loudness => settings.loudness.is_bypassed(),
        Module::Limiter => settings.limiter.is_bypassed(),
        Module::Dither => settings.dither.is_bypassed(),
    }
}

/// The control that says most of a stage, and what it is called here.
fn telling(module: Module) -> (&'static str, &'static str) {
    match module {
        Module::Input => ("input.trim_db", "Trim"),
        Module::Denoise => ("denoise.mix_percent", "Amount"),
        Module::Gate => ("gate.threshold_db", "Threshold"),
        Module::DeEsser => ("de_esser.threshold_db", "Threshold"),
        Module::Equaliser => ("equaliser.tilt_db", "Tilt"),
        Module::Leveller => ("leveller.target_lufs", "Even out to"),
        Module::Multiband => ("multiband.mix_percent", "Amount"),
        Module::Exciter => ("exciter.mix_percent", "Amount"),
        Module::Stereo => ("stereo.width_high_percent", "Width of highs"),
        Module::Loudness => ("loudness.gain_db", "Gain"),
        Module::Limiter => ("limiter.ceiling_dbtp", "Ceiling"),
        Module::Dither => ("dither.kind", "Noise"),
    }
}

/// Where the rest of its controls are.
fn page_of(module: Module) -> Option<Page> {
    Some(match module {
        Module::Input | Module::Denoise | Module::Gate | Module::DeEsser | Module::Leveller => Page::Voice,
        Module::Equaliser => Page::Equaliser,
        Module::Multiband => Page::Multiband,
        Module::Exciter => Page::Exciter,
        Module::Stereo => Page::Stereo,
        Module::Loudness | Module::Limiter | Module::Dither => Page::Limiter,
    })
}

/// What a stage does now: a bar of what it takes or adds, or where it does not work on the level, what it is set to.
fn activity(ui: &mut Ui, context: &PageContext<'_, '_>, module: Module, place: Rect) {
    let meters = context.watch.meters();
    let now = meters.reductions;
    let bar = Rect::from_center_size(place.center(), vec2(place.width(), place.height().min(26.0) - 4.0));
    let settings = context.desk.settings();
    let words = match module {
        Module::Gate => return drop(reduction(ui, context.theme, bar, "Gate takes", now.gate_db)),
        Module::DeEsser => return drop(reduction(ui, context.theme, bar, "De-esser takes", now.de_esser_db)),
        Module::Leveller => {
            return drop(reduction(ui, context.theme, bar, "Leveller adds", -now.leveller_gain_db));
        }
        Module::Multiband => {
            let bands = &now.multiband_db[..settings.multiband.num_bands];
            let most = bands.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or_default();
            return drop(reduction(ui, context.theme, bar, "Most in a band", most));
        }
        Module::Loudness => {
            return drop(reduction(ui, context.theme, bar, "Gain adds", -(settings.loudness.gain_db as f32)));
        }
        Module::Limiter => return drop(reduction(ui, context.theme, bar, "Limiter takes", now.limiter_db)),
        Module::Equaliser if now.bells_db.iter().any(|bell_db| *bell_db != 0.0) => {
            let most =
                now.bells_db.into_iter().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or_default();
            return drop(reduction(ui, context.theme, bar, "Most in a dynamic bell", -most));
        }
        Module::Input => {
            let momentary = context.watch.calm().meters.input.momentary_lufs.map(|lufs| lufs.0);
            format!("{} LUFS come in", number(momentary, 1))
        }
        Module::Denoise => "takes steady noise from a voice".to_owned(),
        Module::Equaliser => "shapes the balance, moves with nothing".to_owned(),
        Module::Exciter => {
            let [low, high] = ["exciter.focus_hz", "exciter.focus_high_hz"].map(crate::desk::param);
            let [low, high] = [low, high].map(|param| param.to_text(context.desk.value(param)));
            format!("harmonics of {low} to {high}")
        }
        Module::Stereo => {
            let correlation = context.watch.calm().meters.correlation;
            format!("correlation {}", number(correlation, 2))
        }
        Module::Dither => format!("rounds to {} bits", settings.dither.bits),
    };
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)));
    child.add(
        egui::Label::new(RichText::new(words).size(CONTROL_POINTS).color(context.theme.faint_text))
            .truncate(),
    );
}
