//! The toolkit dressed in the theme: colours, sizes of text, spacing, all from one place.

use crate::theme::Theme;
use crate::view::Shade;
use egui::{Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Vec2, Visuals};

/// Sizes of text in points at 100 %.
pub mod size {
    /// Captions and axes; nothing is smaller.
    pub const SMALL: f32 = 11.0;
    /// What is read.
    pub const BODY: f32 = 13.0;
    /// Names of modules.
    pub const TITLE: f32 = 15.0;
    /// A figure that is seen from the other end of the desk.
    pub const FIGURE: f32 = 44.0;
}

/// Everything is a multiple of this.
pub const UNIT: f32 = 8.0;

/// How round corners are.
pub const CORNER: f32 = 4.0;

/// The height of buttons and fields.
pub const CONTROL_HEIGHT: f32 = 24.0;

/// Dresses the toolkit. Cheap enough for every frame, and only done when the shade is another.
pub fn apply(context: &Context, shade: Shade) {
    let key = egui::Id::unique("lacquer style");
    if context.data(|data| data.get_temp::<Shade>(key)) == Some(shade) {
        return;
    }
    context.data_mut(|data| data.insert_temp(key, shade));
    let theme = Theme::of(shade);
    context.set_theme(if shade == Shade::Dark { egui::Theme::Dark } else { egui::Theme::Light });
    context.all_styles_mut(|style| {
        style.visuals = visuals(&theme, shade);
        let proportional = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Small, proportional(size::SMALL)),
            (TextStyle::Body, proportional(size::BODY)),
            (TextStyle::Button, proportional(size::BODY)),
            (TextStyle::Heading, proportional(size::TITLE)),
            (TextStyle::Monospace, FontId::monospace(size::BODY)),
        ]
        .into();
        style.spacing.item_spacing = Vec2::splat(UNIT);
        style.spacing.button_padding = Vec2::new(UNIT, 3.0);
        style.spacing.interact_size = Vec2::new(40.0, CONTROL_HEIGHT);
        style.spacing.combo_width = 80.0;
        style.interaction.tooltip_delay = 0.6;
        style.interaction.selectable_labels = false;
    });
}

fn visuals(theme: &Theme, shade: Shade) -> Visuals {
    let mut visuals = if shade == Shade::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.override_text_color = Some(theme.text);
    visuals.panel_fill = theme.window;
    visuals.window_fill = theme.panel;
    visuals.window_stroke = Stroke::new(1.0, theme.edge);
    visuals.extreme_bg_color = theme.well;
    visuals.faint_bg_color = theme.grid;
    visuals.error_fg_color = theme.alarm;
    visuals.warn_fg_color = theme.change;
    visuals.hyperlink_color = theme.output;
    visuals.selection.bg_fill = theme.output.gamma_multiply(0.35);
    // The ring around what the keyboard has.
    visuals.selection.stroke = Stroke::new(1.5, theme.output);
    let widgets = &mut visuals.widgets;
    let states = [
        (&mut widgets.noninteractive, theme.panel, theme.edge),
        (&mut widgets.inactive, theme.grid, theme.edge),
        (&mut widgets.hovered, theme.edge, theme.faint_text),
        (&mut widgets.active, theme.edge, theme.output),
        (&mut widgets.open, theme.grid, theme.output),
    ];
    for (state, fill, edge) in states {
        (state.bg_fill, state.weak_bg_fill) = (fill, fill);
        state.bg_stroke = Stroke::new(1.0, edge);
        state.fg_stroke = Stroke::new(1.0, theme.text);
        state.corner_radius = CornerRadius::same(CORNER as u8);
        state.expansion = 0.0;
    }
    visuals
}
