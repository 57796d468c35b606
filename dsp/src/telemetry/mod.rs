//! From the audio thread to whoever watches: meters, history and samples, over three kinds of way and no fourth.
//!
//! - Peaks go through [`PeakHold`]: the largest since the last look, so that no reader is too slow to see one.
//! - What passes (a point of history every 10 ms, the samples for analyser and scope, events) goes through rings (rtrb). A full
//!   ring takes nothing more, the writer goes on, and what was left out is counted.
//! - What is shown now (the [`MeterFrame`]) goes through a buffer that keeps the newest (triple_buffer).
//!
//! [`telemetry`] makes both ends of all of them at once: the writer for the audio thread, the reader for the window, the report or
//! the C caller. Loudness is measured on the writer's side, so a reader that sleeps loses none of it. The writer never waits, never
//! allocates, and cuts the audio at every hop of 10 ms, so what it says does not depend on the host's blocks.

mod peak_hold;

use crate::block::Block;
use crate::chain::{Chain, Reductions};
use crate::meter::HopClock;
use crate::meter::{ChannelRole, LoudnessMeter, LoudnessReading, MeterError, StereoMeans};
use crate::processor::{ProcessSpec, Processor};
pub use peak_hold::PeakHold;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Points of history per second.
pub const HISTORY_RATE_HZ: f64 = 100.0;

/// How much is kept for a reader that does not come, in seconds.
const HISTORY_S: f64 = 60.0;
const SAMPLES_S: f64 = 1.0;

/// How many events are kept for a reader that does not come.
const MAX_EVENTS: usize = 1024;

/// Everything that is shown now. Plain data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeterFrame {
    /// Loudness, range and peaks of the output since the reset.
    pub output: LoudnessReading,
    /// The same of the input.
    pub input: LoudnessReading,
    /// Correlation of the output's channels, see [`StereoMeans::correlation`].
    pub correlation: Option<f64>,
    /// How much louder the output's right channel is, dB.
    pub balance_db: Option<f64>,
    /// What the modules do to the level.
    pub reductions: Reductions,
    /// Samples of the input that were no audio since the reset, and samples of the output that the dither held to full scale since
    /// it last set out.
    pub num_damaged_samples: u64,
    /// See `num_damaged_samples`.
    pub num_clipped_samples: u64,
}

/// One point of history: 10 ms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HistoryPoint {
    /// The frame, counted from the reset, that follows these 10 ms.
    pub end_frame: u64,
    /// The largest sample of each channel of input and output, linear.
    pub input_peaks: [f32; 2],
    /// See `input_peaks`.
    pub output_peaks: [f32; 2],
    /// Momentary loudness of the output, LUFS; minus infinity in silence and before 400 ms.
    pub momentary_lufs: f32,
    /// What the modules did at the end of these 10 ms.
    pub reductions: Reductions,
}

/// One frame of samples, before and after the chain. The input is earlier by the chain's latency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SamplePair {
    /// Left and right as they came in.
    pub input: [f32; 2],
    /// Left and right as they go out.
    pub output: [f32; 2],
}

/// Something that happened, told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The frame, counted from the reset, that follows the 10 ms in which it happened.
    pub end_frame: u64,
    /// What it was.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Everything began anew: frames are counted from here.
    Reset,
    /// So many samples of the input were no audio and became silence.
    Damage(u64),
    /// So many samples of the output were held to full scale by the dither.
    Clipping(u64),
}

/// What found its ring full since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Points of history.
    pub num_points: u64,
    /// Frames of samples.
    pub num_samples: u64,
    /// Events.
    pub num_events: u64,
}

/// What both ends see at any time.
#[derive(Debug, Default)]
struct Shared {
    input_peaks: [PeakHold; 2],
    output_peaks: [PeakHold; 2],
    num_lost_points: AtomicU64,
    num_lost_samples: AtomicU64,
    num_lost_events: AtomicU64,
}

/// The audio thread's end.
#[derive(Debug)]
pub struct TelemetryWriter {
    clock: HopClock,
    max_part_frames: usize,
    num_damaged_samples: u64,
    /// How many damaged and clipped samples have been told as events.
    told: [u64; 2],
    /// What the dither had counted at the reset.
    num_clipped_before: u64,
    meters: [LoudnessMeter; 2],
    is_measuring: bool,
    means: StereoMeans,
    point: HistoryPoint,
    /// The input of the part that is being processed.
    input: [Vec<f32>; 2],
    newest: triple_buffer::Input<MeterFrame>,
    history: rtrb::Producer<HistoryPoint>,
    samples: rtrb::Producer<SamplePair>,
    events: rtrb::Producer<Event>,
    shared: Arc<Shared>,
}

/// The watcher's end.
#[derive(Debug)]
pub struct TelemetryReader {
    newest: triple_buffer::Output<MeterFrame>,
    history: rtrb::Consumer<HistoryPoint>,
    samples: rtrb::Consumer<SamplePair>,
    events: rtrb::Consumer<Event>,
    shared: Arc<Shared>,
}

/// Both ends, for a chain of this specification. Allocates; another specification needs another pair.
///
/// # Errors
/// When the meters cannot be prepared for it.
pub fn telemetry(spec: &ProcessSpec) -> Result<(TelemetryWriter, TelemetryReader), MeterError> {
    let rate_hz = spec.sample_rate_hz;
    let (newest, newest_out) = triple_buffer::triple_buffer(&MeterFrame::default());
    let (history, history_out) = rtrb::RingBuffer::new((HISTORY_S * HISTORY_RATE_HZ) as usize);
    let (samples, samples_out) = rtrb::RingBuffer::new((SAMPLES_S * rate_hz) as usize);
    let (events, events_out) = rtrb::RingBuffer::new(MAX_EVENTS);
    let shared = Arc::new(Shared::default());
    let roles = if spec.num_channels == 1 { &ChannelRole::MONO[..] } else { &[ChannelRole::Main; 2] };
    let mut meters = [LoudnessMeter::new(), LoudnessMeter::new()];
    for meter in &mut meters {
        meter.prepare(rate_hz, roles)?;
    }
    let writer = TelemetryWriter {
        clock: HopClock::new(rate_hz),
        max_part_frames: spec.max_block_len.max(1),
        num_damaged_samples: 0,
        told: [0; 2],
        num_clipped_before: 0,
        meters,
        is_measuring: true,
        means: StereoMeans::new(HISTORY_RATE_HZ),
        point: HistoryPoint::default(),
        input: core::array::from_fn(|_| vec![0.0; spec.max_block_len.max(1)]),
        newest,
        history,
        samples,
        events,
        shared: Arc::clone(&shared),
    };
    let reader = TelemetryReader {
        newest: newest_out,
        history: history_out,
        samples: samples_out,
        events: events_out,
        shared,
    };
    Ok((writer, reader))
}

impl TelemetryWriter {
    /// Forgets all audio. What the reader has not fetched yet stays for it. `chain` is the one that is measured: what its dither has
    /// held to full scale until now is of the past.
    pub fn reset(&mut self, chain: &Chain) {
        self.num_clipped_before = chain.num_clipped_samples();
        self.meters.iter_mut().for_each(LoudnessMeter::reset);
        self.means.reset();
        self.clock.reset();
        (self.num_damaged_samples, self.told, self.point) = (0, [0; 2], HistoryPoint::default());
        self.tell(EventKind::Reset);
    }

    /// Pauses loudness, range and peaks, or lets them go on: what comes before and after a pause is joined (EBU Tech 3341). What passes,
    /// history and samples, goes on being told.
    pub fn set_measuring(&mut self, is_measuring: bool) {
        self.is_measuring = is_measuring;
    }

    /// Runs the chain on a block of any length and reports what went in, what came out, and what the modules did.
    pub fn process(&mut self, chain: &mut Chain, block: &mut Block<'_>) {
        let mut start = 0;
        while start < block.len() {
            let end = block.len().min(start + self.clock.frames_left().min(self.max_part_frames));
            self.process_part(chain, &mut block.slice(start..end));
            start = end;
        }
    }

    /// At most what is left of a hop, and what the chain was promised.
    fn process_part(&mut self, chain: &mut Chain, part: &mut Block<'_>) {
        let len = part.len();
        let num_channels = part.num_channels();
        // What is no audio must not reach the watcher either.
        self.num_damaged_samples += part.sanitize();
        for (c, input) in self.input.iter_mut().enumerate() {
            input[..len].copy_from_slice(part.channel(c));
        }
        chain.process(part);
        let input = [&self.input[0][..len], &self.input[1][..len]];
        let output = [part.channel(0), part.channel(1)];
        if self.is_measuring {
            self.meters[0].process(&input[..num_channels]);
            self.meters[1].process(&output[..num_channels]);
        }
        self.means.add(output[0], output[1]);
        for c in 0..2 {
            let (input_peak, output_peak) = (peak(input[c]), peak(output[c]));
            self.shared.input_peaks[c].raise(input_peak);
            self.shared.output_peaks[c].raise(output_peak);
            self.point.input_peaks[c] = self.point.input_peaks[c].max(input_peak);
            self.point.output_peaks[c] = self.point.output_peaks[c].max(output_peak);
        }
        let pairs = (0..len)
            .map(|n| SamplePair { input: [input[0][n], input[1][n]], output: [output[0][n], output[1][n]] });
        send_samples(&mut self.samples, &self.shared, len, pairs);
        if self.clock.advance(len) {
            self.finish_hop(chain);
        }
    }

    fn finish_hop(&mut self, chain: &Chain) {
        self.means.finish_hop();
        let reading = self.meters[1].reading();
        let reductions = chain.reductions();
        let momentary_lufs = reading.momentary_lufs.map_or(f32::NEG_INFINITY, |lufs| lufs.0 as f32);
        let point =
            HistoryPoint { end_frame: self.clock.num_frames(), momentary_lufs, reductions, ..self.point };
        if self.history.push(point).is_err() {
            self.shared.num_lost_points.fetch_add(1, Ordering::Relaxed);
        }
        self.point = HistoryPoint::default();
        let num_clipped_samples = self.num_clipped_since_reset(chain);
        let counts = [self.num_damaged_samples, num_clipped_samples];
        let kinds = [EventKind::Damage, EventKind::Clipping];
        for ((count, told), kind) in counts.into_iter().zip(self.told).zip(kinds) {
            if count > told {
                self.tell(kind(count - told));
            }
        }
        // The dither's count also goes back, when it sets out anew.
        self.told = counts;
        self.newest.write(MeterFrame {
            output: reading,
            input: self.meters[0].reading(),
            correlation: self.means.correlation(),
            balance_db: self.means.balance_db(),
            reductions,
            num_damaged_samples: self.num_damaged_samples,
            num_clipped_samples,
        });
    }

    /// The dither's count goes back to zero when it sets out anew.
    fn num_clipped_since_reset(&mut self, chain: &Chain) -> u64 {
        let num_clipped = chain.num_clipped_samples();
        self.num_clipped_before = self.num_clipped_before.min(num_clipped);
        num_clipped - self.num_clipped_before
    }

    fn tell(&mut self, kind: EventKind) {
        let event = Event { end_frame: self.clock.num_frames(), kind };
        if self.events.push(event).is_err() {
            self.shared.num_lost_events.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Sends as many as there is room for.
fn send_samples(
    ring: &mut rtrb::Producer<SamplePair>,
    shared: &Shared,
    len: usize,
    pairs: impl Iterator<Item = SamplePair>,
) {
    let num_sent = len.min(ring.slots());
    if let Ok(chunk) = ring.write_chunk_uninit(num_sent) {
        chunk.fill_from_iter(pairs);
    }
    if num_sent < len {
        shared.num_lost_samples.fetch_add((len - num_sent) as u64, Ordering::Relaxed);
    }
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| if sample.abs() > peak { sample.abs() } else { peak })
}

impl TelemetryReader {
    /// The newest frame of meters.
    pub fn newest(&mut self) -> &MeterFrame {
        self.newest.read()
    }

    /// The largest sample of each channel since the last call, of the input and of the output, linear.
    #[must_use]
    pub fn take_peaks(&self) -> [[f32; 2]; 2] {
        let take = |holds: &[PeakHold; 2]| [holds[0].take(), holds[1].take()];
        [take(&self.shared.input_peaks), take(&self.shared.output_peaks)]
    }

    /// The history since the last call, oldest first.
    pub fn history(&mut self) -> impl Iterator<Item = HistoryPoint> {
        core::iter::from_fn(|| self.history.pop().ok())
    }

    /// The events since the last call, oldest first.
    pub fn events(&mut self) -> impl Iterator<Item = Event> {
        core::iter::from_fn(|| self.events.pop().ok())
    }

    /// The samples since the last call, oldest first, handed over in one or two runs.
    pub fn samples(&mut self, mut take: impl FnMut(&[SamplePair])) {
        let num_samples = self.samples.slots();
        if let Ok(chunk) = self.samples.read_chunk(num_samples) {
            let (first, second) = chunk.as_slices();
            take(first);
            take(second);
            chunk.commit_all();
        }
    }

    /// What found its ring full since the beginning.
    #[must_use]
    pub fn lost(&self) -> Lost {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Lost {
            num_points: count(&self.shared.num_lost_points),
            num_samples: count(&self.shared.num_lost_samples),
            num_events: count(&self.shared.num_lost_events),
        }
    }
}
