//! A picture of values over time and frequency, with axes and a scale, as a PNG.

mod canvas;
mod ticks;

use canvas::{Anchor, Canvas, LETTER};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{Point, Size};
use std::io::{self, Write};
pub use ticks::{Tick, even_ticks, frequency_ticks, time_ticks};

/// Size of the coloured field in pixels.
pub const FIELD: [usize; 2] = [1200, 600];

const MARGIN_LEFT: i32 = 90;
const MARGIN_TOP: i32 = 70;
const MARGIN_RIGHT: i32 = 150;
const MARGIN_BOTTOM: i32 = 70;

const BACKGROUND: Rgb888 = Rgb888::new(18, 18, 24);
const BRIGHT: Rgb888 = Rgb888::new(235, 235, 240);
const DIM: Rgb888 = Rgb888::new(160, 160, 172);

/// Everything that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<'a> {
    /// First line above the field.
    pub title: &'a str,
    /// Second line.
    pub subtitle: &'a str,
    /// What values are in, above the scale.
    pub unit: &'a str,
    /// A value for each cell: rows from the lowest frequency on, each with all columns.
    pub values: &'a [f32],
    /// How many rows there are.
    pub num_rows: usize,
    /// The values of the darkest and of the brightest colour.
    pub range: [f32; 2],
    /// The time at which the columns begin.
    pub start_s: f64,
    /// How long they last, all together.
    pub seconds: f64,
    /// Marks on the axis of frequencies.
    pub frequencies: &'a [Tick],
}

impl Picture<'_> {
    /// Draws and encodes it. Colours are magma, whose lightness rises evenly with the value.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_png(&self, to: impl Write) -> io::Result<()> {
        let [width, height] = FIELD.map(|len| len as i32);
        let mut canvas = Canvas::new(
            (MARGIN_LEFT + width + MARGIN_RIGHT) as usize,
            (MARGIN_TOP + height + MARGIN_BOTTOM) as usize,
            BACKGROUND,
        );
        let letters = (width + MARGIN_RIGHT) as usize / LETTER[0] as usize;
        for (line, (text, colour)) in [(self.title, BRIGHT), (self.subtitle, DIM)].into_iter().enumerate() {
            let place = Point::new(MARGIN_LEFT, 20 + line as i32 * (LETTER[1] + 4));
            canvas.write(&shortened(text, letters), place, Anchor::Left, colour);
        }
        self.draw_field(&mut canvas);
        self.draw_axes(&mut canvas);
        self.draw_scale(&mut canvas);
        canvas.encode(to)
    }

    /// Each pixel has the mean of the cells in it.
    fn draw_field(&self, canvas: &mut Canvas) {
        let num_columns = self.values.len().checked_div(self.num_rows).unwrap_or(0);
        if num_columns == 0 {
            return;
        }
        let [width, height] = FIELD;
        for y in 0..height {
            let rows = cells(height - 1 - y, height, self.num_rows);
            for x in 0..width {
                let columns = cells(x, width, num_columns);
                let of_row = |row: usize| {
                    let start = row * num_columns;
                    self.values[start + columns.start..start + columns.end].iter().copied()
                };
                let count = (rows.len() * columns.len()) as f32;
                let value = rows.clone().flat_map(of_row).sum::<f32>() / count;
                let [low, high] = self.range;
                let rgb = colour(f64::from((value - low) / (high - low)));
                canvas.set(MARGIN_LEFT + x as i32, MARGIN_TOP + y as i32, rgb);
            }
        }
    }

    fn draw_axes(&self, canvas: &mut Canvas) {
        let [width, height] = FIELD.map(|len| len as i32);
        let bottom = MARGIN_TOP + height;
        let (time_unit, ticks) = time_ticks(self.start_s, self.start_s + self.seconds);
        for tick in ticks {
            let x = MARGIN_LEFT + (tick.place * f64::from(width - 1)).round() as i32;
            canvas.fill(Point::new(x, bottom), Size::new(1, 6), DIM);
            canvas.write(&tick.label, Point::new(x, bottom + 9), Anchor::Top, BRIGHT);
        }
        let middle = Point::new(MARGIN_LEFT + width / 2, bottom + 36);
        canvas.write(time_unit, middle, Anchor::Top, DIM);
        for tick in self.frequencies {
            let y = bottom - 1 - (tick.place * f64::from(height - 1)).round() as i32;
            canvas.fill(Point::new(MARGIN_LEFT - 6, y), Size::new(6, 1), DIM);
            canvas.write(&tick.label, Point::new(MARGIN_LEFT - 10, y), Anchor::Right, BRIGHT);
        }
        canvas.write("Hz", Point::new(MARGIN_LEFT - 10, bottom + 45), Anchor::Right, DIM);
    }

    fn draw_scale(&self, canvas: &mut Canvas) {
        let [width, height] = FIELD.map(|len| len as i32);
        let (left, bar_width) = (MARGIN_LEFT + width + 30, 24);
        for y in 0..height {
            let rgb = colour(f64::from(height - 1 - y) / f64::from(height - 1));
            for x in 0..bar_width {
                canvas.set(left + x, MARGIN_TOP + y, rgb);
            }
        }
        let [low, high] = self.range.map(f64::from);
        for tick in even_ticks(low, high, 8) {
            let y = MARGIN_TOP + height - 1 - (tick.place * f64::from(height - 1)).round() as i32;
            canvas.fill(Point::new(left + bar_width, y), Size::new(6, 1), DIM);
            canvas.write(&tick.label, Point::new(left + bar_width + 10, y), Anchor::Left, BRIGHT);
        }
        canvas.write(self.unit, Point::new(left, MARGIN_TOP - 20), Anchor::Left, DIM);
    }
}

/// The cells, of `num_cells`, that a pixel of `num_pixels` shows: at least one.
fn cells(pixel: usize, num_pixels: usize, num_cells: usize) -> std::ops::Range<usize> {
    let start = pixel * num_cells / num_pixels;
    let end = ((pixel + 1) * num_cells / num_pixels).max(start + 1);
    start..end
}

/// A picture's palette holds 256 colours, of which the letters and the margin need three.
fn colour(share: f64) -> [u8; 3] {
    const NUM_STEPS: f64 = 250.0;
    let share = if share > 0.0 { share.min(1.0) } else { 0.0 };
    let colorous::Color { r, g, b } =
        colorous::MAGMA.eval_continuous((share * NUM_STEPS).round() / NUM_STEPS);
    [r, g, b]
}

/// A text's end, which tells files apart, where it is too long.
fn shortened(text: &str, num_letters: usize) -> String {
    let len = text.chars().count();
    if len <= num_letters {
        return text.to_owned();
    }
    let end: String = text.chars().skip(len + 3 - num_letters).collect();
    format!("...{end}")
}
