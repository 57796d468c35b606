//! The recorder: what goes into the chain and what comes out, to files that are whole at every moment.
//!
//! The audio thread pushes into a ring and never waits; a thread of the recorder's own writes. Every quarter of a second what was
//! written is given its header, so that whatever ends the program, all but the last moment can be opened. When the ring was full
//! for a while, silence of the same length stands in the file, and is counted. A file that exists is never overwritten: a number
//! is added to the name.

mod file;

use file::{GrowingFile, GrowingFlac, GrowingWav};
use lacquer_offline::encode::{SampleFormat, WavLayout};
use lacquer_offline::error::FileError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The ring holds so much: a disk may stand still for that long.
const RING_S: f64 = 8.0;

/// How often the writer looks for more, and how often headers are brought up to date.
const LOOK: Duration = Duration::from_millis(20);
const SETTLE: Duration = Duration::from_millis(250);

/// So many gaps may wait to be written.
const NUM_GAPS: usize = 256;

/// Frames that are written at a time.
const CHUNK_FRAMES: usize = 4096;

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Before the chain.
    Input,
    /// After the chain.
    Output,
    /// Both, in two files, NAME-input and NAME-output.
    Both,
}

/// Container and samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RIFF WAVE, and RF64 beyond 4 GiB.
    Wav(SampleFormat),
    /// FLAC of 16 or 24 bits.
    Flac {
        /// 16 or 24.
        bits: u8,
    },
}

impl Format {
    /// The end of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav(_) => "wav",
            Self::Flac { .. } => "flac",
        }
    }
}

/// What is to be recorded, where, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSpec {
    /// The file, or what the names of both are made from.
    pub path: PathBuf,
    /// What is recorded.
    pub what: What,
    /// Container and samples.
    pub format: Format,
    /// Of the audio, Hz.
    pub sample_rate_hz: u32,
    /// 1 or 2; a mono recording takes the left channel.
    pub num_channels: usize,
}

/// Why nothing is recorded any more.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file cannot be made or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The recording ended before it was asked to.
    #[error("{path}: the recording ended early: {reason}; what was recorded until then is kept", path = .path.display())]
    Ended {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// How a recording goes.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordState {
    /// It is written.
    Running,
    /// It is complete.
    Finished,
    /// It ended for this reason; what is in the file is kept.
    Failed(String),
}

/// Figures of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordStatus {
    /// Where it is written.
    pub paths: Vec<PathBuf>,
    /// Of the files, Hz; no device need be there to tell how long they are.
    pub sample_rate_hz: u32,
    /// Frames in each file.
    pub num_frames: u64,
    /// Those among them that are silence because the disk was too slow.
    pub num_lost_frames: u64,
    /// Bytes in all files.
    pub num_bytes: u64,
    /// Whether it still goes on.
    pub state: RecordState,
}

impl RecordStatus {
    /// How long each file is, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.num_frames as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Input left and right, output left and right.
type Frame = [f32; 4];

/// Frames that found no room: so many, before the frame of this number.
#[derive(Debug, Clone, Copy)]
struct Gap {
    before_frame: u64,
    num_frames: u64,
}

/// What both ends see.
#[derive(Debug, Default)]
struct Shared {
    num_frames: AtomicU64,
    num_lost_frames: AtomicU64,
    num_bytes: AtomicU64,
    is_over: AtomicBool,
    failure: Mutex<Option<String>>,
}

/// The audio thread's end.
pub struct RecordTap {
    frames: rtrb::Producer<Frame>,
    gaps: rtrb::Producer<Gap>,
    num_pushed: u64,
    num_lost: u64,
}

/// The other end: figures, and the end of the recording.
pub struct Recorder {
    paths: Vec<PathBuf>,
    sample_rate_hz: u32,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<(), RecordError>>>,
}

/// Opens the files and makes both ends.
///
/// # Errors
/// When a file cannot be made.
///
/// # Panics
/// When the system gives no thread.
pub fn recorder(spec: &RecordSpec) -> Result<(RecordTap, Recorder), RecordError> {
    let files = match spec.what {
        What::Input => vec![(0, open(spec, "")?)],
        What::Output => vec![(2, open(spec, "")?)],
        What::Both => vec![(0, open(spec, "-input")?), (2, open(spec, "-output")?)],
    };
    let (frames, frames_out) = rtrb::RingBuffer::new((RING_S * f64::from(spec.sample_rate_hz)) as usize);
    let (gaps, gaps_out) = rtrb::RingBuffer::new(NUM_GAPS);
    let shared = Arc::new(Shared::default());
    let paths = files.iter().map(|(_, file)| file.path().to_owned()).collect();
    let writer = Writer {
        frames: frames_out,
        gaps: gaps_out,
        next_gap: None,
        num_popped: 0,
        files,
        num_channels: spec.num_channels,
        planes: std::array::from_fn(|_| Vec::with_capacity(CHUNK_FRAMES)),
        shared: Arc::clone(&shared),
    };
    let thread = std::thread::Builder::new().name("lacquer-record".to_owned());
    let thread = thread.spawn(move || writer.run()).expect("the system gives a thread");
    let tap = RecordTap { frames, gaps, num_pushed: 0, num_lost: 0 };
    Ok((tap, Recorder { paths, sample_rate_hz: spec.sample_rate_hz, shared, thread: Some(thread) }))
}

fn open(spec: &RecordSpec, suffix: &str) -> Result<Box<dyn GrowingFile>, FileError> {
    let path = with_suffix(&spec.path, suffix);
    let (rate_hz, num_channels) = (spec.sample_rate_hz, spec.num_channels);
    Ok(match spec.format {
        Format::Wav(sample_format) => {
            let layout = WavLayout { sample_format, sample_rate_hz: rate_hz, num_channels };
            Box::new(GrowingWav::create(&path, layout)?)
        }
        Format::Flac { bits } => Box::new(GrowingFlac::create(&path, bits, rate_hz, num_channels)?),
    })
}

/// `take.wav` and `-input` make `take-input.wav`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

impl RecordTap {
    /// Takes what went into the chain and what came out of it. Never waits.
    pub fn push(&mut self, input: [&[f32]; 2], output: [&[f32]; 2]) {
        let len = input[0].len();
        let num_taken = self.room().min(len);
        if let Ok(chunk) = self.frames.write_chunk_uninit(num_taken) {
            let frame = |n: usize| [input[0][n], input[1][n], output[0][n], output[1][n]];
            chunk.fill_from_iter((0..num_taken).map(frame));
        }
        self.num_pushed += num_taken as u64;
        self.num_lost += (len - num_taken) as u64;
    }

    /// How many frames may be pushed: none behind a gap that cannot be told.
    fn room(&mut self) -> usize {
        let room = self.frames.slots();
        if self.num_lost == 0 || room == 0 {
            return room;
        }
        let gap = Gap { before_frame: self.num_pushed, num_frames: self.num_lost };
        if self.gaps.push(gap).is_err() {
            return 0;
        }
        self.num_lost = 0;
        room
    }
}

impl Recorder {
    /// How it goes.
    #[must_use]
    pub fn status(&self) -> RecordStatus {
        let shared = &self.shared;
        let failure = shared.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_finished = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        RecordStatus {
            paths: self.paths.clone(),
            sample_rate_hz: self.sample_rate_hz,
            num_frames: shared.num_frames.load(Ordering::Relaxed),
            num_lost_frames: shared.num_lost_frames.load(Ordering::Relaxed),
            num_bytes: shared.num_bytes.load(Ordering::Relaxed),
            state: match failure {
                Some(reason) => RecordState::Failed(reason),
                None if is_finished => RecordState::Finished,
                None => RecordState::Running,
            },
        }
    }

    /// Writes what still waits, completes the files, and names them.
    ///
    /// # Errors
    /// When that fails now, or failed before.
    pub fn stop(mut self) -> Result<Vec<PathBuf>, RecordError> {
        self.shared.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let ended = |_| RecordError::Ended {
                path: self.paths.first().cloned().unwrap_or_default(),
                reason: "a fault of ours".to_owned(),
            };
            thread.join().map_err(ended)??;
        }
        Ok(std::mem::take(&mut self.paths))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // One that nobody stops is completed all the same; its thread ends by itself.
        self.shared.is_over.store(true, Ordering::Release);
    }
}

/// What runs on the recorder's thread.
struct Writer {
    frames: rtrb::Consumer<Frame>,
    gaps: rtrb::Consumer<Gap>,
    next_gap: Option<Gap>,
    num_popped: u64,
    /// Each with the place of its left channel in a frame.
    files: Vec<(usize, Box<dyn GrowingFile>)>,
    num_channels: usize,
    planes: [Vec<f32>; 4],
    shared: Arc<Shared>,
}

impl Writer {
    fn run(mut self) -> Result<(), RecordError> {
        let outcome = self.write_all();
        if let Err(error) = &outcome {
            let reason = error.to_string();
            *self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        }
        outcome
    }

    fn write_all(&mut self) -> Result<(), RecordError> {
        let mut last_settled = Instant::now();
        loop {
            let is_over = self.shared.is_over.load(Ordering::Acquire) || self.frames.is_abandoned();
            let num_written = self.write_some().map_err(|e| self.give_up(e))?;
            if num_written > 0 {
                if last_settled.elapsed() < SETTLE {
                    continue;
                }
            } else if is_over {
                break;
            } else {
                std::thread::sleep(LOOK);
            }
            if last_settled.elapsed() >= SETTLE {
                self.settle().map_err(|e| self.give_up(e))?;
                last_settled = Instant::now();
            }
        }
        for (_, file) in std::mem::take(&mut self.files) {
            file.finish()?;
        }
        Ok(())
    }

    /// What is on the disk stays, with the header that it has earned.
    fn give_up(&mut self, error: FileError) -> RecordError {
        for (_, file) in &mut self.files {
            file.keep_what_is_there();
        }
        let path = self.files.first().map(|(_, file)| file.path().to_owned()).unwrap_or_default();
        let reason = match error {
            FileError::Unwritable { reason, .. } => reason,
            other => other.to_string(),
        };
        RecordError::Ended { path, reason }
    }

    /// Writes at most a chunk of what waits, and returns how many frames.
    fn write_some(&mut self) -> Result<usize, FileError> {
        self.next_gap = self.next_gap.or_else(|| self.gaps.pop().ok());
        let mut num_frames = self.frames.slots().min(CHUNK_FRAMES);
        if let Some(gap) = self.next_gap {
            if gap.before_frame == self.num_popped {
                return self.write_gap(gap);
            }
            num_frames = num_frames.min((gap.before_frame - self.num_popped) as usize);
        }
        self.planes.iter_mut().for_each(Vec::clear);
        if let Ok(chunk) = self.frames.read_chunk(num_frames) {
            for frame in chunk {
                self.planes.iter_mut().zip(frame).for_each(|(plane, sample)| plane.push(sample));
            }
        }
        self.num_popped += num_frames as u64;
        self.write_planes(num_frames)?;
        Ok(num_frames)
    }

    fn write_gap(&mut self, gap: Gap) -> Result<usize, FileError> {
        let num_frames = gap.num_frames.min(CHUNK_FRAMES as u64);
        let left = gap.num_frames - num_frames;
        self.next_gap = (left > 0).then_some(Gap { num_frames: left, ..gap });
        for plane in &mut self.planes {
            plane.clear();
            plane.resize(num_frames as usize, 0.0);
        }
        self.shared.num_lost_frames.fetch_add(num_frames, Ordering::Relaxed);
        self.write_planes(num_frames as usize)?;
        Ok(num_frames as usize)
    }

    fn write_planes(&mut self, num_frames: usize) -> Result<(), FileError> {
        for (left, file) in &mut self.files {
            let planes: Vec<&[f32]> =
                self.planes[*left..*left + self.num_channels].iter().map(Vec::as_slice).collect();
            file.write(&planes)?;
        }
        self.shared.num_frames.fetch_add(num_frames as u64, Ordering::Relaxed);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), FileError> {
        let mut num_bytes = 0;
        for (_, file) in &mut self.files {
            num_bytes += file.settle()?;
        }
        self.shared.num_bytes.store(num_bytes, Ordering::Relaxed);
        Ok(())
    }
}
