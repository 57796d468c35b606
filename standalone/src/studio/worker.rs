//! What runs on the engine's thread: it fulfils wishes, looks after the engine, and writes the board.

use super::reel::Reel;
use super::tape::Tape;
use super::{Board, RecordWish, Recording, Transport, Wish, lock};
use crate::devices::list;
use crate::engine::Engine;
use crate::engine::core::CoreSpec;
use crate::engine::status::Notice;
use crate::play::num_channels;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often the engine is looked after.
const TICK: Duration = Duration::from_millis(50);

/// So many notices are kept for a reader that does not come.
const MAX_NOTICES: usize = 1000;

/// What is recorded.
struct Taping {
    wish: RecordWish,
    reel: Arc<Mutex<Reel>>,
}

/// A file that was opened.
struct Playing {
    path: PathBuf,
    tape: Arc<Mutex<Tape>>,
}

/// The engine, and what it was told to record and to play.
pub(super) struct Worker {
    engine: Engine,
    board: Arc<Mutex<Board>>,
    begin: Instant,
    recording: Option<Taping>,
    file: Option<Playing>,
}

impl Worker {
    pub(super) fn new(engine: Engine, board: Arc<Mutex<Board>>) -> Self {
        Self { engine, board, begin: Instant::now(), recording: None, file: None }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Wish>) {
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(Wish::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(wish) => self.fulfil(wish),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.engine.poll(self.begin.elapsed());
            self.publish();
        }
        self.engine.stop();
        self.stop_recording();
        self.publish();
    }

    fn fulfil(&mut self, wish: Wish) {
        let now = self.begin.elapsed();
        match wish {
            Wish::Configure(settings) => self.engine.configure(settings, now),
            Wish::Start => self.engine.start(now),
            Wish::Stop => self.engine.stop(),
            Wish::LookForDevices => {
                let devices = list(self.engine.hosts());
                lock(&self.board).devices = devices;
            }
            Wish::Record(wish) => self.record(wish),
            Wish::StopRecording => self.stop_recording(),
            Wish::OpenFile(path) => self.open_file(path, now),
            Wish::CloseFile => {
                self.file = None;
                self.engine.play(None, now);
            }
            Wish::Transport(transport) => self.move_file(transport),
            // The loop ends before.
            Wish::Quit => {}
        }
    }

    fn record(&mut self, wish: RecordWish) {
        self.stop_recording();
        let reel = Arc::new(Mutex::new(Reel::default()));
        self.recording = Some(Taping { wish: wish.clone(), reel: Arc::clone(&reel) });
        let board = Arc::clone(&self.board);
        self.engine.record(Some(Box::new(move |spec| {
            let mut reel = lock(&reel);
            reel.finish(&board);
            reel.start(&wish, spec)
        })));
    }

    fn stop_recording(&mut self) {
        self.engine.record(None);
        if let Some(taping) = self.recording.take() {
            lock(&taping.reel).finish(&self.board);
        }
    }

    fn open_file(&mut self, path: PathBuf, now: Duration) {
        let tape = Arc::new(Mutex::new(Tape::default()));
        let num_channels = match num_channels(&path) {
            Ok(num_channels) => num_channels,
            Err(error) if self.engine.is_started() => return self.say(Notice::error(error.to_string())),
            // Whoever wants a file before all else is not to hear the input instead; when it is to be played it is said why not.
            Err(_) => 1,
        };
        self.file = Some(Playing { path: path.clone(), tape: Arc::clone(&tape) });
        let make = Box::new(move |spec: CoreSpec| lock(&tape).open(&path, spec));
        self.engine.play(Some((make, num_channels)), now);
    }

    fn move_file(&mut self, transport: Transport) {
        if let Some(file) = &self.file {
            lock(&file.tape).obey(transport);
        }
    }

    fn say(&self, notice: Notice) {
        let mut board = lock(&self.board);
        if board.notices.len() < MAX_NOTICES {
            board.notices.push(notice);
        }
    }

    fn publish(&mut self) {
        let notices = self.engine.take_notices();
        let recording = self.recording.as_ref().map(|taping| {
            let mut reel = lock(&taping.reel);
            let status = reel.look(&self.board);
            Recording { wish: taping.wish.clone(), status, has_failed: reel.has_failed }
        });
        let file = self.file.as_ref().map(|playing| {
            let mut tape = lock(&playing.tape);
            let fault = tape.take_fault();
            (tape.shown(&playing.path), fault)
        });
        let (file, said_of_file) = file.unzip();
        for notice in notices.into_iter().chain(said_of_file.flatten()) {
            self.say(notice);
        }
        let status = self.engine.status();
        let telemetry = self.engine.take_telemetry();
        let mut board = lock(&self.board);
        (board.status, board.recording, board.file) = (status, recording, file);
        if telemetry.is_some() {
            board.telemetry = telemetry;
        }
    }
}
