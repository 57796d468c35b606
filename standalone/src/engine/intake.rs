//! From the input's callback to the output's: a ring, the resampler between the clocks, and what happens when too little came.

use super::drift::Drift;
use super::gauges::{Gauges, StreamGauges};
use lacquer_dsp::filter::varispeed::{Pair, Varispeed};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How long a gap takes to close and to open.
const FADE_FRAMES: usize = 64;

/// Half of this, or of the longest callback, is how far what waits may move before the clocks are found to differ: threads do not wake
/// to the microsecond.
const MIN_TOLERANCE_FRAMES: usize = 128;

/// What waits is looked at over this long before some of it is left out, and only if it is more than twice this, or twice the longest
/// callback, too much.
const SURPLUS_WINDOW_S: f64 = 1.0;
const MIN_SLACK_FRAMES: usize = 128;

/// The most that a run of underruns adds to what is kept waiting, in seconds.
const MAX_EXTRA_S: f64 = 0.2;

/// What the opening of two devices says of the way between them.
#[derive(Debug, Clone, Copy)]
pub struct IntakeSpec {
    /// Of the input, Hz.
    pub in_hz: f64,
    /// Of the output, Hz.
    pub out_hz: f64,
    /// Whether one clock drives both.
    pub is_one_clock: bool,
    /// The room between them, in frames of the input.
    pub capacity_frames: usize,
}

/// The input callback's end.
pub struct Inlet {
    ring: rtrb::Producer<Pair>,
    gauges: Arc<Gauges>,
}

/// The output callback's end.
pub struct Intake {
    ring: rtrb::Consumer<Pair>,
    in_hz: f64,
    out_hz: f64,
    resampler: Varispeed,
    drift: Drift,
    speed: f64,
    state: State,
    /// Frames that are kept waiting beyond what the callbacks need, because they were missing before.
    extra_frames: usize,
    max_extra_frames: usize,
    capacity_frames: usize,
    waiting_smoothed: f64,
    surplus: Surplus,
    gauges: Arc<Gauges>,
}

/// The least that waited of late. When the output misses its turns what it did not take waits for ever, and is only late.
#[derive(Debug, Clone, Copy, Default)]
struct Surplus {
    lowest: Option<usize>,
    num_frames: usize,
    /// Frames that are to be left out, once so many frames of a fade are through.
    skip: usize,
    /// See `skip`.
    fade_left: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come yet.
    Empty,
    /// Waits until there is enough.
    Filling,
    /// Flows, and so many frames of a fade are still to come.
    Flowing { fade_left: usize },
}

/// Both ends.
#[must_use]
pub fn intake(spec: &IntakeSpec, gauges: &Arc<Gauges>) -> (Inlet, Intake) {
    let (producer, consumer) = rtrb::RingBuffer::new(spec.capacity_frames);
    let resampler = Varispeed::new(spec.in_hz, spec.out_hz);
    gauges.resampler_latency_frames.store(resampler.latency_frames() as u32, Ordering::Relaxed);
    let intake = Intake {
        ring: consumer,
        in_hz: spec.in_hz,
        out_hz: spec.out_hz,
        resampler,
        drift: Drift::new(spec.in_hz, spec.out_hz, spec.is_one_clock),
        speed: 1.0,
        state: State::Empty,
        extra_frames: 0,
        max_extra_frames: (MAX_EXTRA_S * spec.in_hz) as usize,
        capacity_frames: spec.capacity_frames,
        waiting_smoothed: 0.0,
        surplus: Surplus::default(),
        gauges: Arc::clone(gauges),
    };
    (Inlet { ring: producer, gauges: Arc::clone(gauges) }, intake)
}

impl Inlet {
    /// Takes what came from the device; what finds no room is counted.
    pub fn push(&mut self, frames: impl ExactSizeIterator<Item = Pair>) {
        let len = frames.len();
        let num_taken = len.min(self.ring.slots());
        if let Ok(chunk) = self.ring.write_chunk_uninit(num_taken) {
            chunk.fill_from_iter(frames);
        }
        if num_taken < len {
            self.gauges.num_dropped_frames.fetch_add((len - num_taken) as u64, Ordering::Relaxed);
        }
    }
}

impl Intake {
    /// A callback of the output begins, which will take so many frames.
    pub fn begin(&mut self, num_frames: usize) {
        self.begin_if_full_enough(num_frames);
        if matches!(self.state, State::Flowing { .. }) {
            self.follow(num_frames);
            self.look_for_surplus(num_frames);
        }
    }

    /// Fills `channels` with the next frames; false as long as nothing has ever come, and the time of the audio has not begun.
    pub fn fill(&mut self, channels: &mut [Vec<f32>; 2], num_frames: usize) -> bool {
        match self.state {
            State::Empty => return false,
            State::Filling => {
                channels.iter_mut().for_each(|channel| channel[..num_frames].fill(0.0));
                self.count_missing(num_frames);
            }
            State::Flowing { .. } => self.flow(channels, num_frames),
        }
        true
    }

    /// What came is not wanted: a file plays. The flow begins anew afterwards.
    pub fn discard(&mut self) {
        let num_waiting = self.ring.slots();
        if let Ok(chunk) = self.ring.read_chunk(num_waiting) {
            chunk.commit_all();
        }
        if self.state != State::Empty {
            self.state = State::Filling;
        }
    }

    /// How much is to wait before the flow begins: what one callback of each side needs, and room for one that comes late.
    fn wanted_frames(&self, num_frames: usize) -> usize {
        let longest = |frames: &std::sync::atomic::AtomicU32| frames.load(Ordering::Relaxed) as usize;
        let input_frames = longest(&self.gauges.input.longest_frames);
        let output_frames = longest(&self.gauges.output.longest_frames).max(num_frames);
        let taken_frames = self.resampler.num_inputs(output_frames, 1.0);
        let wanted =
            taken_frames + 2 * input_frames.max(1) + self.resampler.latency_frames() + self.extra_frames;
        wanted.min(self.capacity_frames / 2)
    }

    fn begin_if_full_enough(&mut self, num_frames: usize) {
        if matches!(self.state, State::Flowing { .. }) || self.ring.slots() < self.wanted_frames(num_frames) {
            return;
        }
        // What piled up before the output's first turn would only be late.
        let longest = self.gauges.input.longest_frames.load(Ordering::Relaxed) as usize;
        let surplus = self.ring.slots().saturating_sub(self.wanted_frames(num_frames));
        if surplus > longest
            && let Ok(chunk) = self.ring.read_chunk(surplus)
        {
            chunk.commit_all();
        }
        // The first frame that comes out is the first that came in, when nothing is to be faded in.
        let fade_left = if self.state == State::Empty { 0 } else { FADE_FRAMES };
        self.flow_from_here(fade_left);
        self.waiting_smoothed = self.ring.slots() as f64;
    }

    fn tolerance_frames(&self) -> f64 {
        let longest = |stream: &StreamGauges| stream.longest_frames.load(Ordering::Relaxed) as usize;
        let frames = longest(&self.gauges.input).max(longest(&self.gauges.output));
        0.5 * frames.max(MIN_TOLERANCE_FRAMES) as f64
    }

    fn pull(&mut self) -> Pair {
        let ring = &mut self.ring;
        self.resampler.pull(self.speed, || ring.pop().unwrap_or_default())
    }

    fn flow(&mut self, channels: &mut [Vec<f32>; 2], num_frames: usize) {
        let num_waiting = self.ring.slots();
        if num_waiting > self.capacity_frames * 3 / 4 {
            // The output stood still for long; what waits would only be late from now on.
            self.discard();
            self.fill(channels, num_frames);
            return;
        }
        let is_enough = self.resampler.num_inputs(num_frames, self.speed) <= num_waiting;
        let num_good = if is_enough { num_frames } else { self.num_outputs_of(num_waiting).min(num_frames) };
        for n in 0..num_good {
            let frame = self.pull();
            let gain = self.next_gain();
            (channels[0][n], channels[1][n]) = (frame[0] * gain, frame[1] * gain);
        }
        if !is_enough {
            self.run_dry(channels, num_good, num_frames);
        }
    }

    /// The gain of the next frame. Fades count frames, however few a callback has; what is to be left out is, when its fade is through.
    fn next_gain(&mut self) -> f32 {
        let mut gain = 1.0;
        if let State::Flowing { fade_left } = &mut self.state
            && *fade_left > 0
        {
            gain -= *fade_left as f32 / FADE_FRAMES as f32;
            *fade_left -= 1;
        }
        if self.surplus.skip > 0 {
            self.surplus.fade_left -= 1;
            gain *= self.surplus.fade_left as f32 / FADE_FRAMES as f32;
            if self.surplus.fade_left == 0 {
                self.skip();
            }
        }
        gain
    }

    /// What is there ends in a fade, silence follows until there is enough again, and more is kept waiting from then on.
    fn run_dry(&mut self, channels: &mut [Vec<f32>; 2], num_good: usize, num_frames: usize) {
        let fade_frames = FADE_FRAMES.min(num_good);
        for channel in channels {
            for n in 0..fade_frames {
                channel[num_good - 1 - n] *= n as f32 / fade_frames as f32;
            }
            channel[num_good..num_frames].fill(0.0);
        }
        self.state = State::Filling;
        self.surplus = Surplus::default();
        self.gauges.num_underruns.fetch_add(1, Ordering::Relaxed);
        self.count_missing(num_frames - num_good);
        let longest = self.gauges.input.longest_frames.load(Ordering::Relaxed) as usize;
        self.extra_frames = (self.extra_frames + longest.max(num_frames)).min(self.max_extra_frames);
    }

    /// How many outputs so many inputs certainly give.
    fn num_outputs_of(&self, num_inputs: usize) -> usize {
        let per_output = self.resampler.num_inputs(1_000_000, self.speed) as f64 / 1e6;
        ((num_inputs as f64 - 1.0).max(0.0) / per_output) as usize
    }

    /// Once a second: what waited all the time, beyond what callbacks that come late and clocks that drift explain, is too much.
    fn look_for_surplus(&mut self, num_frames: usize) {
        let num_waiting = self.ring.slots();
        let lowest = self.surplus.lowest.map_or(num_waiting, |lowest| lowest.min(num_waiting));
        self.surplus.lowest = Some(lowest);
        self.surplus.num_frames += num_frames;
        if (self.surplus.num_frames as f64) < SURPLUS_WINDOW_S * self.out_hz {
            return;
        }
        let longest = |stream: &StreamGauges| stream.longest_frames.load(Ordering::Relaxed) as usize;
        let slack = 2 * longest(&self.gauges.input).max(longest(&self.gauges.output)).max(MIN_SLACK_FRAMES);
        let surplus = lowest.saturating_sub(self.wanted_frames(num_frames));
        let skip = if surplus > slack { surplus } else { 0 };
        self.surplus = Surplus { skip, fade_left: FADE_FRAMES, ..Surplus::default() };
    }

    /// Leaves out what waits too long, between two frames that are faded to silence.
    fn skip(&mut self) {
        // A callback that came late since then has taken some of it already.
        let num_spare = self.ring.slots().saturating_sub(self.wanted_frames(0));
        let num_skipped = std::mem::take(&mut self.surplus.skip).min(num_spare);
        if let Ok(chunk) = self.ring.read_chunk(num_skipped) {
            chunk.commit_all();
        }
        self.gauges.num_dropped_frames.fetch_add(num_skipped as u64, Ordering::Relaxed);
        self.flow_from_here(FADE_FRAMES);
    }

    /// The next frame that comes out is the next in the ring.
    fn flow_from_here(&mut self, fade_left: usize) {
        self.state = State::Flowing { fade_left };
        self.resampler.reset();
        let ring = &mut self.ring;
        self.resampler.look_ahead(|| ring.pop().unwrap_or_default());
        self.drift.restart(self.tolerance_frames());
    }

    /// Callbacks bring their frames by the block, but time passes evenly: what waits is what lies in the ring and what has come to the
    /// device since its last callback.
    fn follow(&mut self, num_frames: usize) {
        let gauges = &self.gauges;
        let time_ns = |stream: &StreamGauges| stream.time_ns.load(Ordering::Relaxed);
        let age_s =
            (time_ns(&gauges.output) as i64).wrapping_sub(time_ns(&gauges.input) as i64) as f64 * 1e-9;
        let num_waiting = self.ring.slots() as f64;
        self.speed = self.drift.update(num_waiting + age_s * self.in_hz, num_frames);
        self.waiting_smoothed += (num_waiting - self.waiting_smoothed) * 0.05;
        gauges.waiting_frames.store(self.waiting_smoothed as u32, Ordering::Relaxed);
        gauges.drift_ppb.store(((self.speed - 1.0) * 1e9).round() as i64, Ordering::Relaxed);
    }

    fn count_missing(&self, num_frames: usize) {
        self.gauges.num_missing_frames.fetch_add(num_frames as u64, Ordering::Relaxed);
    }
}
