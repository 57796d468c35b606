//! What runs in the output's callback: the next input, through the chain, to recorder and loudspeakers.
//!
//! The core outlives the streams. When a device is lost the callback that held it is dropped, and its core comes back to the engine,
//! which opens the device again around it: a recording goes on, and meters keep what they measured.

use super::control::Control;
use super::gauges::Gauges;
use super::guard::Guard;
use super::intake::Intake;
use crate::play::PlayTap;
use crate::record::RecordTap;
use lacquer_dsp::block::Block;
use lacquer_dsp::processor::PrepareError;
use lacquer_dsp::rig::{Path, Rig};
use lacquer_dsp::smooth::Ramp;
use lacquer_dsp::telemetry::TelemetryReader;
use lacquer_dsp::units::ms_to_samples;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

/// A longer callback is processed in parts.
pub const MAX_PART_FRAMES: usize = 1024;

/// How long the monitors take to open and to close.
const MONITOR_FADE_MS: f64 = 20.0;

/// How many orders may wait.
const NUM_ORDERS: usize = 16;

/// What a core is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoreSpec {
    /// In Hz.
    pub sample_rate_hz: f64,
    /// 1 or 2.
    pub num_channels: usize,
}

/// Something that the audio thread is given, or gives back: it never frees anything itself.
pub enum Order {
    /// Record from the next frame on; none ends it.
    Record(Option<RecordTap>),
    /// Play this instead of the input; none returns to the input.
    Play(Option<PlayTap>),
}

/// The engine's ends of a core's two queues.
pub struct Orders {
    send: rtrb::Producer<Order>,
    returned: rtrb::Consumer<Order>,
}

impl Orders {
    /// Sends an order; when the queue is full it comes back.
    ///
    /// # Errors
    /// The order itself.
    pub fn send(&mut self, order: Order) -> Result<(), Order> {
        self.send.push(order).map_err(|rtrb::PushError::Full(order)| order)
    }

    /// Frees what came back.
    pub fn clear(&mut self) {
        while self.returned.pop().is_ok() {}
    }
}

/// The core itself.
pub struct Core {
    spec: CoreSpec,
    rig: Box<Rig>,
    control: triple_buffer::Output<Control>,
    orders: rtrb::Consumer<Order>,
    returned: rtrb::Producer<Order>,
    record: Option<RecordTap>,
    play: Option<PlayTap>,
    guard: Guard,
    num_guard_resets: u64,
    is_guarded: bool,
    /// Whether the input is the output.
    is_loop: bool,
    monitor: Ramp,
    input: [Vec<f32>; 2],
    output: [Vec<f32>; 2],
}

impl Core {
    /// A new core, the engine's ends of its queues, and the watcher's end of its telemetry. Allocates.
    ///
    /// # Errors
    /// For a rate or a number of channels that no chain takes.
    pub fn new(
        spec: CoreSpec,
        control: triple_buffer::Output<Control>,
    ) -> Result<(Self, Orders, TelemetryReader), (PrepareError, triple_buffer::Output<Control>)> {
        let mut control = control;
        let wanted = *control.read();
        let path = Path::wanted(wanted.latency_mode, &wanted.settings, None);
        let (rig, telemetry) = match Rig::new(spec.sample_rate_hz, MAX_PART_FRAMES, spec.num_channels, path) {
            Ok(made) => made,
            Err(error) => return Err((error, control)),
        };
        let (send, orders) = rtrb::RingBuffer::new(NUM_ORDERS);
        let (returned, back) = rtrb::RingBuffer::new(NUM_ORDERS * 2);
        let core = Self {
            spec,
            rig: Box::new(rig),
            control,
            orders,
            returned,
            record: None,
            play: None,
            guard: Guard::new(spec.sample_rate_hz),
            num_guard_resets: wanted.num_guard_resets,
            is_guarded: false,
            is_loop: false,
            monitor: Ramp::new(ms_to_samples(MONITOR_FADE_MS, spec.sample_rate_hz)),
            input: std::array::from_fn(|_| vec![0.0; MAX_PART_FRAMES]),
            output: std::array::from_fn(|_| vec![0.0; MAX_PART_FRAMES]),
        };
        Ok((core, Orders { send, returned: back }, telemetry))
    }

    /// What it was made for.
    #[must_use]
    pub fn spec(&self) -> CoreSpec {
        self.spec
    }

    /// What is left when the core is of no more use.
    #[must_use]
    pub fn into_control(self) -> triple_buffer::Output<Control> {
        self.control
    }

    /// Whether it records.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.record.is_some()
    }

    /// Whether a file plays.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.play.is_some()
    }

    /// Begins or ends a recording while no stream has the core.
    pub fn set_record(&mut self, record: Option<RecordTap>) {
        self.record = record;
    }

    /// Begins or ends playing while no stream has the core.
    pub fn set_play(&mut self, play: Option<PlayTap>) {
        self.play = play;
    }

    /// Keeps the monitors closed while the input is the output, by its very nature: what plays would come back in.
    pub fn set_loop(&mut self, is_loop: bool) {
        self.is_loop = is_loop;
    }

    /// Whether a howl has closed the monitors.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// Makes the next `num_frames` frames, at most [`MAX_PART_FRAMES`], and hands them over.
    fn make(&mut self, intake: &mut Intake, gauges: &Gauges, num_frames: usize) -> [&[f32]; 2] {
        self.obey();
        let control = *self.control.read();
        if self.play_or_listen(intake, num_frames) {
            self.follow(&control, gauges);
            self.process(&control, num_frames);
            if let Some(record) = &mut self.record {
                let input = [&self.input[0][..num_frames], &self.input[1][..num_frames]];
                record.push(input, [&self.output[0][..num_frames], &self.output[1][..num_frames]]);
            }
            self.send_to_monitors(&control, gauges, num_frames);
        } else {
            self.output.iter_mut().for_each(|channel| channel[..num_frames].fill(0.0));
        }
        [&self.output[0][..num_frames], &self.output[1][..num_frames]]
    }

    /// Carries out the orders that wait; also at home, so that none of before a closing is carried out after it.
    pub fn obey(&mut self) {
        while self.returned.slots() > 0 {
            let Ok(order) = self.orders.pop() else { return };
            let old = match order {
                Order::Record(tap) => Order::Record(std::mem::replace(&mut self.record, tap)),
                Order::Play(tap) => Order::Play(std::mem::replace(&mut self.play, tap)),
            };
            // There is a place, and nobody else writes here.
            let _ = self.returned.push(old);
        }
    }

    /// Fills the input; false as long as nothing has ever come.
    fn play_or_listen(&mut self, intake: &mut Intake, num_frames: usize) -> bool {
        let has_begun = if let Some(play) = &mut self.play {
            intake.discard();
            let [left, right] = &mut self.input;
            play.fill([&mut left[..num_frames], &mut right[..num_frames]]);
            true
        } else {
            intake.fill(&mut self.input, num_frames)
        };
        if self.spec.num_channels == 1 {
            let [left, right] = &mut self.input;
            right[..num_frames].copy_from_slice(&left[..num_frames]);
        }
        has_begun
    }

    fn follow(&mut self, control: &Control, gauges: &Gauges) {
        let path = Path::wanted(control.latency_mode, &control.settings, Some(self.rig.path()));
        if path != self.rig.path() {
            self.rig.change_path(path);
        }
        gauges.chain_latency_frames.store(self.rig.latency_samples() as u32, Ordering::Relaxed);
        self.rig.follow_meters(control.num_meter_resets, control.is_measuring);
    }

    fn process(&mut self, control: &Control, num_frames: usize) {
        for (output, input) in self.output.iter_mut().zip(&self.input) {
            output[..num_frames].copy_from_slice(&input[..num_frames]);
        }
        let [left, right] = &mut self.output;
        let (left, right) = (&mut left[..num_frames], &mut right[..num_frames]);
        if self.spec.num_channels == 1 {
            self.rig.process(&control.settings, &control.listening, &mut Block::mono(left));
            right.copy_from_slice(left);
        } else {
            self.rig.process(&control.settings, &control.listening, &mut Block::stereo(left, right));
        }
    }

    /// A recording took the output as it is; what is heard may be closed.
    fn send_to_monitors(&mut self, control: &Control, gauges: &Gauges, num_frames: usize) {
        let is_reset = self.num_guard_resets != control.num_guard_resets;
        self.num_guard_resets = control.num_guard_resets;
        // A controller that says so again and again does not keep the guard from hearing a howl.
        if is_reset && self.is_guarded {
            self.is_guarded = false;
            self.guard.reset();
        }
        // What a file plays cannot come back in.
        if control.is_monitoring && control.is_guarding && self.play.is_none() {
            let [left, right] = &self.input;
            self.is_guarded |= self.guard.is_howling(&left[..num_frames], &right[..num_frames]);
        } else {
            self.guard.reset();
        }
        gauges.is_guarded.store(self.is_guarded, Ordering::Release);
        let is_open = control.is_monitoring && !self.is_guarded && !self.is_loop;
        self.monitor.set(if is_open { 1.0 } else { 0.0 });
        if self.monitor.is_settled() && self.monitor.value() == 1.0 {
            self.monitor.advance(num_frames);
            return;
        }
        let [left, right] = &mut self.output;
        for (left, right) in left[..num_frames].iter_mut().zip(right) {
            let gain = self.monitor.tick() as f32;
            *left *= gain;
            *right *= gain;
        }
    }
}

/// A core in a callback; when the callback is dropped the core goes back to the engine.
pub struct Running {
    core: Option<Core>,
    intake: Intake,
    gauges: Arc<Gauges>,
    home: Sender<Core>,
}

impl Running {
    /// Puts a core to work.
    #[must_use]
    pub fn new(core: Core, intake: Intake, gauges: Arc<Gauges>, home: Sender<Core>) -> Self {
        Self { core: Some(core), intake, gauges, home }
    }

    /// Makes `num_frames` frames, in parts that are handed to `send` with their place.
    pub fn run(&mut self, num_frames: usize, mut send: impl FnMut(usize, [&[f32]; 2])) {
        let Some(core) = &mut self.core else { return };
        self.intake.begin(num_frames);
        let mut start = 0;
        while start < num_frames {
            let part_frames = MAX_PART_FRAMES.min(num_frames - start);
            send(start, core.make(&mut self.intake, &self.gauges, part_frames));
            start += part_frames;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            // An engine that is gone needs it no more.
            let _ = self.home.send(core);
        }
    }
}
