//! What the user is told of the engine: figures, and words when something happens.

use super::gauges::Gauges;
use super::opening::Open;
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Good to know.
    Info,
    /// Something is not as it should be, and goes on.
    Warning,
    /// Something does not work.
    Error,
}

/// Something that happened, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How much it matters.
    pub weight: Weight,
    /// What it was, and what happens now.
    pub text: String,
}

impl Notice {
    /// Good to know.
    #[must_use]
    pub fn info(text: String) -> Self {
        Self { weight: Weight::Info, text }
    }

    /// Not as it should be.
    #[must_use]
    pub fn warning(text: String) -> Self {
        Self { weight: Weight::Warning, text }
    }

    /// Does not work.
    #[must_use]
    pub fn error(text: String) -> Self {
        Self { weight: Weight::Error, text }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What adds up over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Frames that went to the output.
    pub num_frames: u64,
    /// Overruns and underruns that the system told of.
    pub num_xruns: u64,
    /// Times that our output found too little input.
    pub num_underruns: u64,
    /// Frames of silence that were sent instead.
    pub num_missing_frames: u64,
    /// Frames of input that found no room.
    pub num_dropped_frames: u64,
}

impl Totals {
    /// Adds what these gauges have counted.
    pub fn add(&mut self, gauges: &Gauges) {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.num_frames += count(&gauges.output.num_frames);
        self.num_xruns += count(&gauges.input.num_xruns) + count(&gauges.output.num_xruns);
        self.num_underruns += count(&gauges.num_underruns);
        self.num_missing_frames += count(&gauges.num_missing_frames);
        self.num_dropped_frames += count(&gauges.num_dropped_frames);
    }
}

/// Where the latency comes from, each in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Latency {
    /// A callback of the input: its first frame waits for its last.
    pub input_ms: f64,
    /// What waits in the ring, on average, when the output takes of it.
    pub waiting_ms: f64,
    /// The resampler between the clocks.
    pub resampler_ms: f64,
    /// The chain.
    pub chain_ms: f64,
    /// A callback of the output.
    pub output_ms: f64,
}

impl Latency {
    /// From microphone to loudspeaker, without what the devices themselves add.
    #[must_use]
    pub fn total_ms(&self) -> f64 {
        // What waits was counted when the input's callback had come, which is what its frames waited for.
        self.input_ms + self.waiting_ms + self.resampler_ms + self.chain_ms + self.output_ms
    }
}

/// Everything that is counted.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Status {
    /// Whether audio runs.
    pub is_running: bool,
    /// Whether a device is wanted and not there.
    pub is_waiting: bool,
    /// The names of input and output while audio runs.
    pub input: Option<String>,
    /// See `input`.
    pub output: Option<String>,
    /// The ids of input and output.
    pub input_id: Option<String>,
    /// See `input_id`.
    pub output_id: Option<String>,
    /// The rate that the chain runs at; 0 while nothing runs.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub num_channels: usize,
    /// The longest callbacks of input and output, in frames.
    pub callback_frames: [u32; 2],
    /// How much faster the input's clock runs, in parts per million; 0 while the clocks keep step.
    pub drift_ppm: f64,
    /// The mean time of a callback against the time of its sound, percent.
    pub load_percent: f64,
    /// The highest since it was last asked.
    pub longest_load_percent: f64,
    /// The latency and its parts.
    pub latency: Latency,
    /// What adds up over restarts.
    pub totals: Totals,
    /// How often devices were opened anew.
    pub num_restarts: u64,
    /// Whether the feedback guard has closed the monitors.
    pub is_guarded: bool,
    /// Whether the input hears what the output plays, by its very nature; the monitors are closed then, whatever is wanted.
    pub is_loop: bool,
    /// Whether the system refused real-time priority.
    pub is_realtime_denied: bool,
}

impl Status {
    /// Adds what runs.
    pub(super) fn take(&mut self, open: &Open, gauges: &Gauges) {
        self.is_running = true;
        self.input = open.input.as_ref().map(|input| input.name.clone());
        self.output = Some(open.output.name.clone());
        self.input_id = open.input.as_ref().map(|input| input.id.clone());
        self.output_id = Some(open.output.id.clone());
        self.sample_rate_hz = open.output_format.config.sample_rate;
        self.num_channels = open.num_channels();
        let frames = |frames: &AtomicU32| frames.load(Ordering::Relaxed);
        let [input_frames, output_frames] =
            [&gauges.input, &gauges.output].map(|stream| frames(&stream.longest_frames));
        self.callback_frames = [input_frames, output_frames];
        self.drift_ppm = gauges.drift_ppb.load(Ordering::Relaxed) as f64 / 1000.0;
        let [busy_ns, sound_ns] =
            [&gauges.busy_ns, &gauges.sound_ns].map(|ns| ns.load(Ordering::Relaxed) as f64);
        self.load_percent = if sound_ns > 0.0 { 100.0 * busy_ns / sound_ns } else { 0.0 };
        self.longest_load_percent = gauges.take_longest_load_percent();
        self.totals.add(gauges);
        self.is_guarded = gauges.is_guarded.load(Ordering::Acquire);
        self.is_loop = open.is_loop();
        self.is_realtime_denied = [&gauges.input, &gauges.output]
            .iter()
            .any(|stream| stream.is_realtime_denied.load(Ordering::Acquire));
        let out_hz = f64::from(self.sample_rate_hz);
        let in_hz = open.input_format.map_or(out_hz, |format| f64::from(format.config.sample_rate));
        let ms = |frames: u32, hz: f64| f64::from(frames) / hz * 1e3;
        // What waits when the output comes includes the input's newest callback.
        let waiting = frames(&gauges.waiting_frames).saturating_sub(input_frames);
        self.latency = Latency {
            input_ms: ms(input_frames, in_hz),
            waiting_ms: ms(waiting, in_hz),
            resampler_ms: ms(frames(&gauges.resampler_latency_frames), in_hz),
            chain_ms: ms(frames(&gauges.chain_latency_frames), out_hz),
            output_ms: ms(output_frames, out_hz),
        };
    }
}
