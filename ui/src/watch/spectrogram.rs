//! The spectrogram as a picture that is written column by column: a ring of columns in a texture, of which only the new ones are sent.

use crate::host::AudioFormat;
use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureId, TextureOptions};
use lacquer_dsp::analysis::Resolution;
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramColumn, SpectrogramSettings};
use lacquer_dsp::analysis::window::Window;
use std::collections::VecDeque;
use std::sync::LazyLock;

/// Columns of the picture, 50 for each second.
pub const NUM_COLUMNS: usize = 600;

/// Rows of the picture, the same number for each octave.
pub const NUM_ROWS: usize = 256;

const COLUMNS_PER_S: f64 = 50.0;

/// The quietest and the loudest level that has a colour of its own, dBFS.
pub const LEVELS_DBFS: [f64; 2] = [-100.0, -10.0];

/// The lowest and the highest frequency, Hz.
pub const RANGE_HZ: [f64; 2] = [20.0, 20_000.0];

/// A map whose lightness grows evenly, so that it reads the same without colours.
static COLOURS: LazyLock<[Color32; 256]> = LazyLock::new(|| {
    core::array::from_fn(|idx| {
        let colorous::Color { r, g, b } = colorous::MAGMA.eval_rational(idx, 256);
        Color32::from_rgb(r, g, b)
    })
});

type Column = [Color32; NUM_ROWS];

/// The picture and what it is made with.
pub struct SpectrogramImage {
    analyser: Spectrogram,
    /// Columns that the texture does not have yet.
    fresh: VecDeque<Column>,
    /// How many columns the texture has had.
    num_written: usize,
    texture: Option<TextureHandle>,
}

/// A part of the picture: which part of the texture, and which part of the picture's width it fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Of the texture, 0 to 1.
    pub uv: Rect,
    /// From and to, 0 to 1 of the width.
    pub across: [f32; 2],
}

impl SpectrogramImage {
    pub(super) fn new(format: &AudioFormat) -> Option<Self> {
        let rate_hz = format.sample_rate_hz;
        let fft_len = (4096.0 * (rate_hz / 48_000.0).log2().round().exp2()) as usize;
        let overlap = (1.0 - rate_hz / COLUMNS_PER_S / fft_len as f64).clamp(0.0, 0.97);
        let settings = SpectrogramSettings {
            resolution: Resolution { fft_len, window: Window::Hann, overlap },
            rows: Rows::Octaves {
                low_hz: RANGE_HZ[0],
                high_hz: RANGE_HZ[1].min(rate_hz / 2.0),
                num_rows: NUM_ROWS,
            },
            is_reassigned: false,
        };
        let analyser = Spectrogram::new(rate_hz, &settings).ok()?;
        Some(Self { analyser, fresh: VecDeque::new(), num_written: 0, texture: None })
    }

    /// How much time the picture spans.
    #[must_use]
    pub fn span_s() -> f64 {
        NUM_COLUMNS as f64 / COLUMNS_PER_S
    }

    /// The frequency at the picture's upper edge.
    #[must_use]
    pub fn high_hz(&self) -> f64 {
        match self.analyser.settings().rows {
            Rows::Octaves { high_hz, .. } => high_hz,
            Rows::Bins => RANGE_HZ[1],
        }
    }

    pub(super) fn process(&mut self, samples: &[f32]) {
        let fresh = &mut self.fresh;
        self.analyser.process(samples, |column| {
            if fresh.len() == NUM_COLUMNS {
                fresh.pop_front();
            }
            fresh.push_back(painted(&column));
        });
    }

    /// Sends the new columns and says what is to be drawn: the older part, then the newer.
    pub fn texture(&mut self, context: &Context) -> (TextureId, [Part; 2]) {
        let texture = self.texture.get_or_insert_with(|| {
            let empty = ColorImage::filled([NUM_COLUMNS, NUM_ROWS], COLOURS[0]);
            context.load_texture("spectrogram", empty, TextureOptions::LINEAR)
        });
        while !self.fresh.is_empty() {
            let at = self.num_written % NUM_COLUMNS;
            let num_columns = self.fresh.len().min(NUM_COLUMNS - at);
            let columns: Vec<_> = self.fresh.drain(..num_columns).collect();
            let pixels = (0..NUM_ROWS).rev().flat_map(|row| columns.iter().map(move |column| column[row]));
            let image = ColorImage::new([num_columns, NUM_ROWS], pixels.collect());
            texture.set_partial([at, 0], image, TextureOptions::LINEAR);
            self.num_written += num_columns;
        }
        let newest = (self.num_written % NUM_COLUMNS) as f32 / NUM_COLUMNS as f32;
        // Half a column is left out at the seam, where the texture's filter would mix the oldest with the newest.
        let half = 0.5 / NUM_COLUMNS as f32;
        let uv = |from: f32, to: f32| {
            Rect::from_min_max(egui::pos2(from + half, 0.0), egui::pos2((to - half).max(from + half), 1.0))
        };
        let older = Part { uv: uv(newest, 1.0), across: [0.0, 1.0 - newest] };
        let newer = Part { uv: uv(0.0, newest), across: [1.0 - newest, 1.0] };
        (texture.id(), [older, newer])
    }
}

fn painted(column: &SpectrogramColumn<'_>) -> Column {
    let [low, high] = LEVELS_DBFS;
    core::array::from_fn(|row| {
        let level_dbfs = 10.0 * column.power[row].max(1e-20).log10();
        let share = ((level_dbfs - low) / (high - low)).clamp(0.0, 1.0);
        COLOURS[(share * 255.0) as usize]
    })
}
