//! One palette and one set of sizes for every panel.
//!
//! Series are told apart by blue, orange and teal, which eyes of every kind of colour vision tell apart (after Okabe and Ito), and
//! never by red against green; whatever a colour says is also said by a word, a place or a shape.

use crate::view::Shade;
use egui::Color32;

/// The colours by what they mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theme {
    /// Behind everything.
    pub window: Color32,
    /// Behind a group of controls.
    pub panel: Color32,
    /// Behind a plot or a meter.
    pub well: Color32,
    /// Lines of a grid.
    pub grid: Color32,
    /// What can be clicked or turned.
    pub control: Color32,
    /// The same under the pointer.
    pub control_hovered: Color32,
    /// Outlines and separators.
    pub edge: Color32,
    /// What is read.
    pub text: Color32,
    /// What explains.
    pub faint_text: Color32,
    /// The sound as it comes out; what is selected.
    pub output: Color32,
    /// The sound as it came in.
    pub input: Color32,
    /// What a module takes or adds.
    pub change: Color32,
    /// Within the target.
    pub good: Color32,
    /// Beyond it: clipping, a missed ceiling.
    pub alarm: Color32,
}

impl Theme {
    /// The palette of a shade.
    #[must_use]
    pub fn of(shade: Shade) -> Self {
        match shade {
            Shade::Dark => Self {
                window: Color32::from_rgb(0x17, 0x19, 0x1d),
                panel: Color32::from_rgb(0x20, 0x23, 0x29),
                well: Color32::from_rgb(0x10, 0x12, 0x15),
                grid: Color32::from_rgb(0x2b, 0x2f, 0x37),
                control: Color32::from_rgb(0x2a, 0x2e, 0x36),
                control_hovered: Color32::from_rgb(0x35, 0x3a, 0x44),
                edge: Color32::from_rgb(0x3a, 0x3f, 0x49),
                text: Color32::from_rgb(0xe8, 0xea, 0xee),
                faint_text: Color32::from_rgb(0xa0, 0xa7, 0xb4),
                output: Color32::from_rgb(0x56, 0xb4, 0xe9),
                input: Color32::from_rgb(0x8a, 0x92, 0xa0),
                change: Color32::from_rgb(0xe6, 0x9f, 0x00),
                good: Color32::from_rgb(0x2f, 0xc4, 0xa0),
                alarm: Color32::from_rgb(0xff, 0x6b, 0x4a),
            },
            Shade::Light => Self {
                window: Color32::from_rgb(0xe9, 0xeb, 0xef),
                panel: Color32::from_rgb(0xf7, 0xf8, 0xfa),
                well: Color32::from_rgb(0xff, 0xff, 0xff),
                grid: Color32::from_rgb(0xdf, 0xe2, 0xe8),
                control: Color32::from_rgb(0xff, 0xff, 0xff),
                control_hovered: Color32::from_rgb(0xe4, 0xe8, 0xef),
                edge: Color32::from_rgb(0xb9, 0xbf, 0xca),
                text: Color32::from_rgb(0x1c, 0x20, 0x27),
                faint_text: Color32::from_rgb(0x55, 0x5d, 0x6b),
                output: Color32::from_rgb(0x00, 0x6c, 0xab),
                input: Color32::from_rgb(0x80, 0x88, 0x96),
                change: Color32::from_rgb(0xa8, 0x62, 0x00),
                good: Color32::from_rgb(0x00, 0x7d, 0x62),
                alarm: Color32::from_rgb(0xc4, 0x35, 0x14),
            },
        }
    }
}
