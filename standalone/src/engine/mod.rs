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
mod session;
mod settings;
pub mod status;
pub mod streams;

use self::control::{Control, Store};
use self::core::{Core, CoreSpec, Order, Orders};
use self::gauges::Gauges;
use self::opening::OpenError;
use self::session::Session;
pub use self::settings::EngineSettings;
use self::status::{Notice, Status};
use crate::devices::Hosts;
use crate::play::PlayTap;
use crate::record::RecordTap;
use cpal::traits::StreamTrait;
use lacquer_dsp::telemetry::TelemetryReader;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long a lost device is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a closed stream has to give its core back.
const HANDOVER: Duration = Duration::from_secs(2);

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
        gauges.is_guarded.store(core.is_guarded(), Ordering::Release);
        let open = open.open(core, &gauges, &self.home.0).inspect_err(|_| self.take_core_home())?;
        self.num_restarts += 1;
        Ok(Session::new(open, gauges, now))
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

impl Drop for Engine {
    fn drop(&mut self) {
        if let State::Running(session) = &self.state {
            // Streams that are paused first end without a callback into what is being dropped.
            let _ = session.open.output_stream.as_ref().map(StreamTrait::pause);
        }
    }
}
