//! The reader's side of the telemetry: what has arrived since the last frame of the window, worked out for the pages.

use lacquer_dsp::telemetry::{MeterFrame, TelemetryReader};

/// What the pages draw of the audio.
#[derive(Default)]
pub struct Watch {
    reader: Option<TelemetryReader>,
    meters: MeterFrame,
}

impl Watch {
    /// Listens to another chain from now on.
    pub fn connect(&mut self, reader: TelemetryReader) {
        *self = Self { reader: Some(reader), ..Self::default() };
    }

    /// Takes everything that has arrived. Once for each frame of the window.
    pub fn update(&mut self) {
        let Some(reader) = &mut self.reader else { return };
        self.meters = *reader.newest();
        reader.history().for_each(drop);
        reader.samples(|_| ());
    }

    /// The meters now.
    #[must_use]
    pub fn meters(&self) -> &MeterFrame {
        &self.meters
    }
}
