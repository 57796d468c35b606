//! Pixels, text and lines, and the way to a PNG.

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_10X20;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, Write};

/// A letter's size in pixels.
pub(super) const LETTER: [i32; 2] = [10, 20];

/// A picture in the making.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Which point of a text its place is.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// Its left end, half its height.
    Left,
    /// Its right end, half its height.
    Right,
    /// The middle of its top.
    Top,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, colour: Rgb888) -> Self {
        let rgb = [colour.r(), colour.g(), colour.b()];
        Self { width, height, pixels: rgb.repeat(width * height) }
    }

    pub(super) fn set(&mut self, x: i32, y: i32, rgb: [u8; 3]) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let start = 3 * (y * self.width + x);
            self.pixels[start..start + 3].copy_from_slice(&rgb);
        }
    }

    pub(super) fn fill(&mut self, corner: Point, size: Size, colour: Rgb888) {
        let Ok(()) = Rectangle::new(corner, size).into_styled(PrimitiveStyle::with_fill(colour)).draw(self);
    }

    pub(super) fn write(&mut self, text: &str, place: Point, anchor: Anchor, colour: Rgb888) {
        let (alignment, baseline) = match anchor {
            Anchor::Left => (Alignment::Left, Baseline::Middle),
            Anchor::Right => (Alignment::Right, Baseline::Middle),
            Anchor::Top => (Alignment::Center, Baseline::Top),
        };
        let style = TextStyleBuilder::new().alignment(alignment).baseline(baseline).build();
        let text = Text::with_text_style(text, place, MonoTextStyle::new(&FONT_10X20, colour), style);
        let Ok(_) = text.draw(self);
    }

    /// With a palette, which makes a file of half the size.
    pub(super) fn encode(&self, to: impl Write) -> io::Result<()> {
        let (pixels, _) = self.pixels.as_chunks::<3>();
        let (mut palette, mut places) = (Vec::new(), HashMap::new());
        let mut indices = Vec::with_capacity(pixels.len());
        for rgb in pixels {
            let place = *places.entry(rgb).or_insert_with(|| {
                palette.extend_from_slice(rgb);
                palette.len() / 3 - 1
            });
            let index =
                u8::try_from(place).map_err(|_| io::Error::other("a picture of more than 256 colours"))?;
            indices.push(index);
        }
        let mut encoder = png::Encoder::new(to, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette);
        // Neighbours in a palette are no neighbours in colour, so there is nothing to predict.
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&indices)?;
        Ok(writer.finish()?)
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(place, colour) in pixels {
            self.set(place.x, place.y, [colour.r(), colour.g(), colour.b()]);
        }
        Ok(())
    }
}
