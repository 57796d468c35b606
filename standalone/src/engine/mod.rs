//! The live engine: two devices, the chain between them, and whoever watches over it.
//!
//! ```text
//! input's callback -> Inlet -> ring -> Intake (resampler, drift) -> Core (chain, recorder, guard) -> output's callback
//! ```
//!
//! The output's clock drives the chain. [`Engine::poll`] supervises: it opens what is wanted, says what went wrong, and opens again
//! what comes back. It is called from one thread, which may wait for a device; [`crate::studio`] gives it one.

pub mod control;
pub mod core;
pub mod drift;
pub mod gauges;
pub mod guard;
pub mod intake;
mod opening;
pub mod status;
pub mod streams;

use self::control::{Control, Store};
use self::core::{Core, CoreSpec, Order, Orders};
use self::gauges::{Gauges, StreamEnd};
use self::opening::{Open, OpenError};
use self::status::{Notice, Status};
use crate::devices::{Hosts, host_in_id};
use crate::play::PlayTap;
use crate::record::RecordTap;
use cpal::traits::StreamTrait;
use lacquer_dsp::telemetry::TelemetryReader;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long a lost device is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// A stream without a callback for so long stands still, whatever its system says.
const STALL: Duration = Duration::from_millis(2500);

/// How often it is asked whether devices are still there that could go without a word.
const PRESENCE: Duration = Duration::from_secs(2);

/// How long a closed stream has to give its core back.
const HANDOVER: Duration = Duration::from_secs(2);

/// Which devices, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EngineSettings {
    /// The audio system; none: what the machine prefers.
    pub host: Option<String>,
    /// The id or name of the input; none: the default.
    pub input: Option<String>,
    /// The id or name of the output; none: the default.
    pub output: Option<String>,
    /// The rate that the chain runs at, Hz; none: what the output is set to.
    pub sample_rate_hz: Option<u32>,
    /// Frames in a callback, 32 to 4096; none: what the system chooses.
    pub buffer_frames: Option<u32>,
    /// The one or two channels of the input that are heard, counted from 1; none: the first two, or the only one.
    pub input_channels: Option<Vec<u16>>,
}

impl EngineSettings {
    /// These, with what `given` says in place of theirs.
    #[must_use]
    pub fn with(&self, given: &Self) -> Self {
        let other_host = |id: &Option<String>| {
            let own = id.as_deref().and_then(host_in_id);
            given.host.as_deref().zip(own).is_some_and(|(given, own)| !own.eq_ignore_ascii_case(given))
        };
        // Another audio system has other devices, and another input other channels.
        let device = |id: &Option<String>| id.clone().filter(|_| !other_host(id));
        let is_other_input = given.input.is_some() || other_host(&self.input);
        let channels = self.input_channels.clone().filter(|_| !is_other_input);
        Self {
            host: given.host.clone().or_else(|| self.host.clone()),
            input: given.input.clone().or_else(|| device(&self.input)),
            output: given.output.clone().or_else(|| device(&self.output)),
            sample_rate_hz: given.sample_rate_hz.or(self.sample_rate_hz),
            buffer_frames: given.buffer_frames.or(self.buffer_frames),
            input_channels: given.input_channels.clone().or(channels),
        }
    }

    /// These, where they differ from `before`, and `kept` where not.
    #[must_use]
    pub fn changed(&self, before: &Self, kept: &Self) -> Self {
        fn changed<T: Clone + PartialEq>(now: &T, before: &T, kept: &T) -> T {
            if now == before { kept.clone() } else { now.clone() }
        }
        Self {
            host: changed(&self.host, &before.host, &kept.host),
            input: changed(&self.input, &before.input, &kept.input),
            output: changed(&self.output, &before.output, &kept.output),
            sample_rate_hz: changed(&self.sample_rate_hz, &before.sample_rate_hz, &kept.sample_rate_hz),
            buffer_frames: changed(&self.buffer_frames, &before.buffer_frames, &kept.buffer_frames),
            input_channels: changed(&self.input_channels, &before.input_channels, &kept.input_channels),
        }
    }
}

/// What the streams are doing.
enum State {
    /// Nothing is wanted.
    Stopped,
    /// It could not be opened, or was lost; tried again at this time.
    Waiting {
        retry_at: Duration,
    },
    Running(Box<Session>),
}

/// Streams that run.
struct Session {
    open: Open,
    gauges: Arc<Gauges>,
    /// When a callback was last seen of each side, and how many there had been.
    seen: [(Duration, u64); 2],
    was_guarded: bool,
    was_denied: bool,
    /// When it was last asked whether the devices are there.
    asked: Duration,
}

/// The engine. See the module's text.
pub struct Engine {
    hosts: Box<dyn Hosts>,
    settings: EngineSettings,
    state: State,
    store: Arc<Store>,
    /// Here while no stream has it.
    core: Option<Core>,
    /// The controls' reading end, while there is no core.
    spare_control: Option<triple_buffer::Output<Control>>,
    orders: Option<Orders>,
    home: (Sender<Core>, Receiver<Core>),
    telemetry: Option<TelemetryReader>,
    notices: Vec<Notice>,
    /// What was said of a device that cannot be opened, so that it is not said at every try.
    last_failure: Option<String>,
    num_restarts: u64,
    past: status::Totals,
    /// Makes the recorder's end for the format that runs, while a recording is wanted.
    recording: Option<MakeRecordTap>,
    /// Makes the player's end, and how many channels it has, while a file is to play.
    playing: Option<(MakePlayTap, usize)>,
}

/// Makes the audio thread's end of a recording of a format; none when that cannot be, and somebody else says why.
pub type MakeRecordTap = Box<dyn FnMut(CoreSpec) -> Option<RecordTap> + Send>;

/// The same of a file that plays.
pub type MakePlayTap = Box<dyn FnMut(CoreSpec) -> Option<PlayTap> + Send>;

impl Engine {
    /// One that stands still, whose controls begin with `control`.
    #[must_use]
    pub fn new(hosts: Box<dyn Hosts>, settings: EngineSettings, control: Control) -> Self {
        let (store, reading) = control::store(control);
        Self {
            hosts,
            settings,
            state: State::Stopped,
            store: Arc::new(store),
            core: None,
            spare_control: Some(reading),
            orders: None,
            home: channel(),
            telemetry: None,
            notices: Vec::new(),
            last_failure: None,
            num_restarts: 0,
            past: status::Totals::default(),
            recording: None,
            playing: None,
        }
    }

    /// Where parameters are set, from any thread but the audio's.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Where devices come from.
    #[must_use]
    pub fn hosts(&self) -> &dyn Hosts {
        self.hosts.as_ref()
    }

    /// Which devices are wanted.
    #[must_use]
    pub fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// Wants other devices; what runs is closed and opened anew.
    pub fn configure(&mut self, settings: EngineSettings, now: Duration) {
        self.settings = settings;
        self.last_failure = None;
        if self.is_started() {
            self.close();
            self.start(now);
        }
    }

    /// Opens the devices, or begins to try. `now` is any clock that only runs forward.
    pub fn start(&mut self, now: Duration) {
        if matches!(self.state, State::Running(_)) {
            return;
        }
        self.state = State::Waiting { retry_at: now };
        self.poll(now);
    }

    /// Whether anything is to be heard, be it that a device is waited for.
    #[must_use]
    pub fn is_started(&self) -> bool {
        !matches!(self.state, State::Stopped)
    }

    /// Closes the devices. What is being recorded stays in the core, and goes on when they are opened again.
    pub fn stop(&mut self) {
        self.close();
        self.state = State::Stopped;
    }

    /// Looks after the streams; to be called several times a second.
    pub fn poll(&mut self, now: Duration) {
        if let Some(orders) = &mut self.orders {
            orders.clear();
        }
        match &mut self.state {
            State::Stopped => {}
            State::Waiting { retry_at } if now < *retry_at => {}
            State::Waiting { .. } => self.try_to_open(now),
            State::Running(session) => {
                let lost = session.watch(now, &mut self.notices);
                let lost = lost.or_else(|| session.missing(now, self.hosts.as_ref()));
                if let Some(reason) = lost {
                    self.notices
                        .push(Notice::warning(format!("{reason}; it goes on when the device is back")));
                    self.close();
                    self.state = State::Waiting { retry_at: now + RETRY };
                }
            }
        }
    }

    fn try_to_open(&mut self, now: Duration) {
        match self.open(now) {
            Ok(session) => {
                let open = &session.open;
                let words =
                    format!("{} -> {}, {}", open.input_name(), open.output.name, open.format_in_words());
                self.notices.push(Notice::info(words));
                self.last_failure = None;
                self.state = State::Running(Box::new(session));
            }
            Err(error) => {
                let words = error.to_string();
                if self.last_failure.as_ref() != Some(&words) {
                    self.notices.push(Notice::error(format!("{words}; it is tried again until it works")));
                    self.last_failure = Some(words);
                }
                self.state = State::Waiting { retry_at: now + RETRY };
            }
        }
    }

    fn open(&mut self, now: Duration) -> Result<Session, OpenError> {
        let num_play_channels = self.playing.as_ref().map(|(_, num_channels)| *num_channels);
        let open = opening::plan(self.hosts.as_ref(), &self.settings, num_play_channels)?;
        let mut core = self.core_for(open.spec())?;
        let gauges = Arc::new(Gauges::default());
        core.set_loop(open.is_loop());
        if open.is_loop() {
            let name = open.input_name();
            let words =
                format!("the input {name} hears what the output plays: the monitors stay closed with it");
            self.notices.push(Notice::warning(words));
        }
        // A howl of before is told already.
        let was_guarded = core.is_guarded();
        gauges.is_guarded.store(was_guarded, Ordering::Release);
        let open = open.open(core, &gauges, &self.home.0).inspect_err(|_| self.take_core_home())?;
        self.num_restarts += 1;
        Ok(Session { open, gauges, seen: [(now, 0); 2], was_guarded, was_denied: false, asked: now })
    }

    /// The core that was, if it fits; otherwise a new one. What is to be recorded or played is set going in it.
    fn core_for(&mut self, spec: CoreSpec) -> Result<Core, OpenError> {
        let mut core = match self.core.take() {
            Some(core) if core.spec() == spec => core,
            Some(core) => {
                if core.is_recording() {
                    let words = "the format changed: the recording goes on in another file";
                    self.notices.push(Notice::warning(words.to_owned()));
                }
                self.spare_control = Some(core.into_control());
                self.new_core(spec)?
            }
            None => self.new_core(spec)?,
        };
        if let Some(make) = self.recording.as_mut().filter(|_| !core.is_recording()) {
            core.set_record(make(spec));
        }
        if let Some((make, _)) = self.playing.as_mut().filter(|_| !core.is_playing()) {
            core.set_play(make(spec));
        }
        Ok(core)
    }

    fn new_core(&mut self, spec: CoreSpec) -> Result<Core, OpenError> {
        let control = self.spare_control.take().unwrap_or_else(|| {
            // The core that held it never came back.
            let (store, reading) = control::store(self.store.get());
            self.store.replace(store);
            reading
        });
        let (core, orders, telemetry) = Core::new(spec, control).map_err(|(error, control)| {
            self.spare_control = Some(control);
            OpenError::Prepare(error)
        })?;
        (self.orders, self.telemetry) = (Some(orders), Some(telemetry));
        Ok(core)
    }

    fn close(&mut self) {
        if let State::Running(session) = std::mem::replace(&mut self.state, State::Stopped) {
            self.past.add(&session.gauges);
            drop(session);
            self.take_core_home();
        }
    }

    fn take_core_home(&mut self) {
        match self.home.1.recv_timeout(HANDOVER) {
            Ok(mut core) => {
                core.obey();
                self.core = Some(core);
            }
            Err(_) => {
                let words = "a stream did not close: what was being recorded ends here";
                self.notices.push(Notice::error(words.to_owned()));
                (self.core, self.orders) = (None, None);
                // Should the core come after all, it must not be taken for the next one.
                self.home = channel();
            }
        }
    }

    /// Records from now on, or from when there is something to record; none ends it. `make` is asked again when the format changes.
    pub fn record(&mut self, make: Option<MakeRecordTap>) {
        self.recording = make;
        let spec = self.spec();
        let tap = spec.zip(self.recording.as_mut()).and_then(|(spec, make)| make(spec));
        if spec.is_some() || self.recording.is_none() {
            self.order(Order::Record(tap));
        }
    }

    /// Plays a file of so many channels instead of the input, or none.
    pub fn play(&mut self, playing: Option<(MakePlayTap, usize)>, now: Duration) {
        self.playing = playing.map(|(make, num_channels)| (make, num_channels.clamp(1, 2)));
        self.order(Order::Play(None));
        // A file needs no input, and mono and stereo are other chains.
        if self.is_started() {
            self.close();
            self.state = State::Waiting { retry_at: now };
            self.poll(now);
        }
    }

    /// What runs.
    fn spec(&self) -> Option<CoreSpec> {
        match &self.state {
            State::Running(session) => Some(session.open.spec()),
            _ => None,
        }
    }

    /// Gives an order to the audio thread, or carries it out when there is none.
    fn order(&mut self, order: Order) {
        if let Some(core) = &mut self.core {
            match order {
                Order::Record(tap) => core.set_record(tap),
                Order::Play(tap) => core.set_play(tap),
            }
        } else if let Some(orders) = &mut self.orders
            && orders.send(order).is_err()
        {
            let words = "the audio does not answer: nothing was changed";
            self.notices.push(Notice::error(words.to_owned()));
        }
    }

    /// The watcher's end of the telemetry, if it is another one than before.
    pub fn take_telemetry(&mut self) -> Option<TelemetryReader> {
        self.telemetry.take()
    }

    /// What the user should be told, the oldest first.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Everything that is counted, since the first start. Takes the highest load since the last call.
    pub fn status(&mut self) -> Status {
        let mut status = Status { num_restarts: self.num_restarts.saturating_sub(1), ..Status::default() };
        status.totals = self.past;
        if let State::Running(session) = &self.state {
            status.take(&session.open, &session.gauges);
        }
        status.is_waiting = matches!(self.state, State::Waiting { .. });
        status
    }
}

impl Session {
    /// Whether a device has gone without a word, and how that is said.
    fn missing(&mut self, now: Duration, hosts: &dyn Hosts) -> Option<String> {
        if now.saturating_sub(self.asked) < PRESENCE {
            return None;
        }
        self.asked = now;
        self.open.missing(hosts).map(|name| format!("{name} is gone"))
    }

    /// Whether the streams are lost, and how that is said; tells what else is new.
    fn watch(&mut self, now: Duration, notices: &mut Vec<Notice>) -> Option<String> {
        let gauges = &self.gauges;
        let is_guarded = gauges.is_guarded.load(Ordering::Acquire);
        if is_guarded && !self.was_guarded {
            let words = "the input howls: the microphone hears the loudspeakers. The monitors are closed";
            notices.push(Notice::warning(words.to_owned()));
        }
        self.was_guarded = is_guarded;
        let is_denied = [&gauges.input, &gauges.output]
            .iter()
            .any(|stream| stream.is_realtime_denied.load(Ordering::Acquire));
        if is_denied && !self.was_denied {
            let words = "the system gives the audio no real-time priority: a busy machine may interrupt it";
            notices.push(Notice::info(words.to_owned()));
            self.was_denied = true;
        }
        let sides = [self.open.input.as_ref().map(|input| &input.name), Some(&self.open.output.name)];
        for (side, stream) in [&gauges.input, &gauges.output].into_iter().enumerate() {
            let Some(name) = sides[side] else { continue };
            if let Some(end) = stream.end() {
                return Some(match end {
                    StreamEnd::DeviceLost => format!("{name} is gone"),
                    StreamEnd::Invalidated => format!("{name} changed its format, or its server ended"),
                    StreamEnd::Failing => format!("{name} fails again and again"),
                    StreamEnd::Panicked => format!("a fault of ours stopped {name}: please report it"),
                });
            }
            if stream.is_moved.swap(false, Ordering::AcqRel) {
                notices.push(Notice::info(format!("the system moved {name} to another device")));
            }
            let num_callbacks = stream.num_callbacks.load(Ordering::Relaxed);
            let (since, seen) = &mut self.seen[side];
            if *seen != num_callbacks {
                (*since, *seen) = (now, num_callbacks);
            } else if now.saturating_sub(*since) > STALL {
                return Some(format!("{name} stands still"));
            }
        }
        None
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let State::Running(session) = &self.state {
            // Streams that are paused first end without a callback into what is being dropped.
            let _ = session.open.output_stream.as_ref().map(StreamTrait::pause);
        }
    }
}
