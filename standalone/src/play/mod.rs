//! The player: a file instead of the input.
//!
//! A thread of its own decodes ahead into a ring, at the engine's rate; the audio thread takes from it and never waits. Each frame
//! carries its place in the file and the number of the seek that it belongs to, so that what waits in the ring is left out after
//! the next one. Pauses and seeks are faded; a file that begins at its beginning is not, and gives the bits of the bounce.

mod reader;
mod tape;

use lacquer_dsp::filter::varispeed::Pair;
use lacquer_offline::decode::AudioReader;
use lacquer_offline::error::FileError;
use reader::Reader;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So much is decoded ahead, in seconds.
const AHEAD_S: f64 = 0.5;

/// How long pauses and seeks take to fade.
const FADE_S: f64 = 0.005;

/// One frame on its way.
#[derive(Debug, Clone, Copy)]
struct Piece {
    frame: Pair,
    /// The number of the seek that it belongs to.
    seek: u32,
    /// Its place in the file, in frames of the engine.
    place: u32,
}

/// What is to repeat, in frames of the file.
type Repeat = Option<(u64, u64)>;

/// What all three threads see.
#[derive(Debug, Default)]
struct Shared {
    is_playing: AtomicBool,
    is_gone: AtomicBool,
    /// The number of the newest seek, and where it leads to, in frames of the file.
    num_seeks: AtomicU32,
    target_frame: AtomicU64,
    /// The seek whose last frame is in the ring, plus one; 0: none.
    finished_seek: AtomicU32,
    /// The place of the last frame that was heard.
    place: AtomicU32,
    is_at_end: AtomicBool,
    num_missing_frames: AtomicU64,
    repeat: Mutex<Repeat>,
    error: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain data: whoever panicked while holding it left nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The audio thread's end.
pub struct PlayTap {
    ring: rtrb::Consumer<Piece>,
    shared: Arc<Shared>,
    seek: u32,
    /// How far it is faded in, 0 to `fade_frames`.
    faded: u32,
    fade_frames: u32,
    /// Nothing was heard since the file was opened.
    is_fresh: bool,
}

/// The other end.
pub struct Player {
    shared: Arc<Shared>,
    file_rate_hz: f64,
    rate_hz: f64,
    duration_s: Option<f64>,
}

/// How many channels a file has that can be played.
///
/// # Errors
/// When it cannot be read, or has more than two channels.
pub fn num_channels(path: &Path) -> Result<usize, FileError> {
    Ok(open(path)?.info().num_channels)
}

fn open(path: &Path) -> Result<AudioReader, FileError> {
    let file = AudioReader::open(path)?;
    match file.info().num_channels {
        1 | 2 => Ok(file),
        more => Err(FileError::Unsupported {
            path: path.to_owned(),
            expected: "1 or 2 channels".to_owned(),
            found: format!("{more} channels"),
        }),
    }
}

/// Opens a file for an engine of this rate. It stands at its start.
///
/// # Errors
/// When it cannot be read, or has more than two channels.
///
/// # Panics
/// When the system gives no thread.
pub fn player(path: &Path, sample_rate_hz: u32) -> Result<(PlayTap, Player), FileError> {
    let file = open(path)?;
    let info = file.info().clone();
    let shared = Arc::new(Shared::default());
    let rate_hz = f64::from(sample_rate_hz);
    let file_rate_hz = f64::from(info.sample_rate_hz);
    let (producer, ring) = rtrb::RingBuffer::new((AHEAD_S * rate_hz) as usize);
    let reader = Reader::new(path, file, rate_hz, producer, Arc::clone(&shared));
    let thread = std::thread::Builder::new().name("lacquer-play".to_owned());
    thread.spawn(move || reader.run()).expect("the system gives a thread");
    let tap = PlayTap {
        ring,
        shared: Arc::clone(&shared),
        seek: 0,
        faded: 0,
        fade_frames: ((FADE_S * rate_hz) as u32).max(1),
        is_fresh: true,
    };
    let duration_s = info.num_frames.map(|frames| frames as f64 / file_rate_hz);
    Ok((tap, Player { shared, file_rate_hz, rate_hz, duration_s }))
}

impl PlayTap {
    /// Fills the channels, with silence where the file stands still, and returns how many frames were the file's. Never waits.
    pub fn fill(&mut self, [left, right]: [&mut [f32]; 2]) -> usize {
        let mut num_played = 0;
        for (left, right) in left.iter_mut().zip(right) {
            let frame = self.next();
            num_played += usize::from(frame.is_some());
            [*left, *right] = frame.unwrap_or_default();
        }
        num_played
    }

    fn next(&mut self) -> Option<Pair> {
        let newest_seek = self.shared.num_seeks.load(Ordering::Acquire);
        let is_wanted = self.shared.is_playing.load(Ordering::Acquire) && newest_seek == self.seek;
        if self.faded == 0 && newest_seek != self.seek {
            self.seek = newest_seek;
            self.is_fresh = false;
        }
        if !is_wanted && self.faded == 0 {
            return None;
        }
        let piece = self.pop()?;
        self.faded = match (is_wanted, self.is_fresh) {
            (true, true) => self.fade_frames,
            (true, false) => (self.faded + 1).min(self.fade_frames),
            (false, _) => self.faded - 1,
        };
        self.is_fresh = false;
        self.shared.place.store(piece.place, Ordering::Relaxed);
        if self.faded == self.fade_frames {
            return Some(piece.frame);
        }
        let gain = self.faded as f32 / self.fade_frames as f32;
        Some(piece.frame.map(|sample| sample * gain))
    }

    /// The next frame of this seek.
    fn pop(&mut self) -> Option<Piece> {
        loop {
            // Asked first: what the reader pushed before it said so is in the ring.
            let is_finished = self.shared.finished_seek.load(Ordering::Acquire) == self.seek.wrapping_add(1);
            match self.ring.peek() {
                Ok(piece) if piece.seek == self.seek => return self.ring.pop().ok(),
                // Of a seek before this one.
                Ok(piece) if (piece.seek.wrapping_sub(self.seek) as i32) < 0 => {
                    let _ = self.ring.pop();
                }
                // This one is over, and the next has begun.
                Ok(_) => {
                    self.faded = 0;
                    return None;
                }
                Err(_) => {
                    self.faded = 0;
                    if is_finished {
                        self.shared.is_at_end.store(true, Ordering::Release);
                        self.shared.is_playing.store(false, Ordering::Release);
                    } else {
                        self.shared.num_missing_frames.fetch_add(1, Ordering::Relaxed);
                    }
                    return None;
                }
            }
        }
    }
}

impl Player {
    /// Goes on from where it is; from its end it begins anew.
    pub fn play(&self) {
        if self.is_at_end() {
            self.seek_s(0.0);
        }
        self.shared.is_playing.store(true, Ordering::Release);
    }

    /// Stands still.
    pub fn pause(&self) {
        self.shared.is_playing.store(false, Ordering::Release);
    }

    /// Whether it moves.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.shared.is_playing.load(Ordering::Acquire)
    }

    /// Goes to this place, in seconds.
    pub fn seek_s(&self, position_s: f64) {
        let frame = (position_s.max(0.0) * self.file_rate_hz).round() as u64;
        self.shared.target_frame.store(frame, Ordering::Release);
        self.shared.is_at_end.store(false, Ordering::Release);
        let place = (frame as f64 / self.file_rate_hz * self.rate_hz) as u32;
        self.shared.place.store(place, Ordering::Relaxed);
        self.shared.num_seeks.fetch_add(1, Ordering::AcqRel);
    }

    /// Repeats from the first to the second of these, in seconds; none: to the end. What was decoded ahead is left out.
    pub fn set_loop(&self, repeat: Option<(f64, f64)>) {
        let frame = |seconds: f64| (seconds.max(0.0) * self.file_rate_hz).round() as u64;
        let frames = repeat.map(|(from, to)| (frame(from), frame(to))).filter(|(from, to)| from < to);
        *lock(&self.shared.repeat) = frames;
        self.seek_s(self.position_s());
    }

    /// Where it is, in seconds.
    #[must_use]
    pub fn position_s(&self) -> f64 {
        f64::from(self.shared.place.load(Ordering::Relaxed)) / self.rate_hz
    }

    /// How long the file is, where its container tells.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        self.duration_s
    }

    /// Whether it has come to its end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.shared.is_at_end.load(Ordering::Acquire)
    }

    /// Frames of silence that were heard because the file was not decoded in time.
    #[must_use]
    pub fn num_missing_frames(&self) -> u64 {
        self.shared.num_missing_frames.load(Ordering::Relaxed)
    }

    /// What was wrong with the file, once.
    #[must_use]
    pub fn take_error(&self) -> Option<String> {
        lock(&self.shared.error).take()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.shared.is_gone.store(true, Ordering::Release);
    }
}
