//! The toolkit's own widgets in the palette of [`Theme`]: colours, corners, spacing on a grid of 8 points, and the sizes of text.

use crate::theme::Theme;
use crate::view::Shade;
use egui::style::{ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontFamily, FontId, Id, Margin, Shadow, Stroke, Style, TextStyle, Ui, Vec2,
    Visuals,
};
use std::sync::Arc;

/// The rhythm of everything, in points.
pub const GRID: f32 = 8.0;

/// The smallest text, in points.
pub const SMALL_POINTS: f32 = 11.0;

/// Text on controls: words of buttons, values, notes.
pub const CONTROL_POINTS: f32 = 12.0;

/// Text beside controls.
pub const BODY_POINTS: f32 = 12.5;

/// What is chosen by its name: presets, pages.
pub const NAME_POINTS: f32 = 13.0;

/// Titles.
pub const TITLE_POINTS: f32 = 15.0;

/// Figures that are read from afar.
pub const LARGE_POINTS: f32 = 28.0;

/// The figures that matter most.
pub const HUGE_POINTS: f32 = 46.0;

const CORNER: CornerRadius = CornerRadius::same(4);

/// Dresses the toolkit, and what is drawn into this `ui`. Cheap enough for every frame: the style is only made when the shade is
/// another.
pub fn dress(ui: &mut Ui, theme: &Theme, shade: Shade) {
    let kept_id = Id::unique("lacquer style");
    let kept: Option<(Shade, Arc<Style>)> = ui.data(|data| data.get_temp(kept_id));
    if let Some((_, style)) = kept.filter(|(of, _)| *of == shade) {
        ui.set_style(style);
        return;
    }
    let style = Arc::new(style(theme, shade));
    let ctx = ui.ctx();
    ctx.set_theme(if shade == Shade::Dark { egui::Theme::Dark } else { egui::Theme::Light });
    // Both, so that popups of this frame, which do not know of the other theme yet, wear it too.
    ctx.set_style_of(egui::Theme::Dark, style.clone());
    ctx.set_style_of(egui::Theme::Light, style.clone());
    ctx.data_mut(|data| data.insert_temp(kept_id, (shade, style.clone())));
    ui.set_style(style);
}

/// Everything that the toolkit wants to know.
#[must_use]
pub fn style(theme: &Theme, shade: Shade) -> Style {
    let mut style = Style { visuals: visuals(theme, shade), ..Style::default() };
    let proportional = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, proportional(SMALL_POINTS)),
        (TextStyle::Body, proportional(BODY_POINTS)),
        (TextStyle::Button, proportional(BODY_POINTS)),
        (TextStyle::Heading, proportional(TITLE_POINTS)),
        (TextStyle::Monospace, FontId::new(CONTROL_POINTS, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(GRID, GRID / 2.0);
    spacing.button_padding = Vec2::new(10.0, 4.0);
    spacing.interact_size = Vec2::new(24.0, 24.0);
    spacing.window_margin = Margin::same(12);
    spacing.menu_margin = Margin::same(8);
    spacing.slider_width = 160.0;
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 340.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, ..ScrollStyle::solid() };
    style.interaction.tooltip_delay = 0.6;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.08;
    style
}

fn visuals(theme: &Theme, shade: Shade) -> Visuals {
    let base = if shade == Shade::Dark { Visuals::dark() } else { Visuals::light() };
    let shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(80) };
    Visuals {
        widgets: widgets(theme),
        selection: Selection {
            bg_fill: theme.output.gamma_multiply(0.35),
            stroke: Stroke::new(1.0, theme.text),
        },
        hyperlink_color: theme.output,
        weak_text_color: Some(theme.faint_text),
        faint_bg_color: theme.panel,
        extreme_bg_color: theme.well,
        text_edit_bg_color: Some(theme.well),
        code_bg_color: theme.well,
        warn_fg_color: theme.change,
        error_fg_color: theme.alarm,
        window_corner_radius: CornerRadius::same(8),
        menu_corner_radius: CornerRadius::same(6),
        window_fill: theme.panel,
        window_stroke: Stroke::new(1.0, theme.edge),
        window_shadow: shadow,
        popup_shadow: shadow,
        panel_fill: theme.window,
        slider_trailing_fill: true,
        ..base
    }
}

fn widgets(theme: &Theme) -> Widgets {
    let look = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: CORNER,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(theme.panel, theme.grid, theme.text),
        inactive: look(theme.control, theme.edge, theme.text),
        hovered: look(theme.control_hovered, theme.faint_text, theme.text),
        active: look(theme.control_hovered, theme.output, theme.text),
        open: look(theme.control_hovered, theme.output, theme.text),
    }
}
