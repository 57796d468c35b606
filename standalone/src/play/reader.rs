//! The thread that decodes ahead.

use super::tape::Tape;
use super::{Piece, Shared, lock};
use lacquer_dsp::filter::varispeed::Varispeed;
use lacquer_offline::decode::AudioReader;
use lacquer_offline::error::FileError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Frames that are made at a time.
const BLOCK_FRAMES: usize = 2048;

/// How long it rests when the ring is full.
const REST: Duration = Duration::from_millis(5);

pub(super) struct Reader {
    path: PathBuf,
    tape: Tape,
    rate_hz: f64,
    resampler: Varispeed,
    ring: rtrb::Producer<Piece>,
    shared: Arc<Shared>,
    seek: u32,
    /// Frames of this seek that went into the ring, and the place of the first, in frames of the engine.
    num_made: u64,
    start: f64,
    is_finished: bool,
}

impl Reader {
    pub(super) fn new(
        path: &Path,
        file: AudioReader,
        rate_hz: f64,
        ring: rtrb::Producer<Piece>,
        shared: Arc<Shared>,
    ) -> Self {
        let file_rate_hz = f64::from(file.info().sample_rate_hz);
        let mut reader = Self {
            path: path.to_owned(),
            tape: Tape::new(path, file),
            rate_hz,
            resampler: Varispeed::new(file_rate_hz, rate_hz),
            ring,
            shared,
            seek: 0,
            num_made: 0,
            start: 0.0,
            is_finished: false,
        };
        reader.prime();
        reader
    }

    pub(super) fn run(mut self) {
        while !self.shared.is_gone.load(Ordering::Acquire) && !self.ring.is_abandoned() {
            if let Err(error) = self.work() {
                *lock(&self.shared.error) = Some(error.to_string());
                self.finish();
            }
        }
    }

    fn work(&mut self) -> Result<(), FileError> {
        let newest = self.shared.num_seeks.load(Ordering::Acquire);
        if newest != self.seek {
            self.go_to(newest)?;
        }
        if self.is_finished || self.ring.slots() == 0 {
            if self.is_finished || !self.tape.prepare()? {
                std::thread::sleep(REST);
            }
            return Ok(());
        }
        let latency_frames = self.resampler.latency_frames();
        for _ in 0..self.ring.slots().min(BLOCK_FRAMES) {
            let mut outcome = Ok(());
            let tape = &mut self.tape;
            let frame = self.resampler.pull(1.0, || {
                tape.next().unwrap_or_else(|error| {
                    outcome = Err(error);
                    [0.0; 2]
                })
            });
            outcome?;
            // The last of the file comes out when as much silence as the resampler looks ahead has gone in.
            if self.tape.num_after_end() > latency_frames {
                self.finish();
                break;
            }
            let place = self.place();
            // There is room: nobody else pushes.
            let _ = self.ring.push(Piece { frame, seek: self.seek, place });
            self.num_made += 1;
        }
        Ok(())
    }

    fn finish(&mut self) {
        self.is_finished = true;
        self.shared.finished_seek.store(self.seek.wrapping_add(1), Ordering::Release);
    }

    /// The place of the next frame in the file; within what repeats it goes round.
    fn place(&self) -> u32 {
        let place = self.start + self.num_made as f64;
        let to_engine = self.rate_hz / self.tape.sample_rate_hz();
        match self.tape.repeat().map(|(from, to)| (from as f64 * to_engine, to as f64 * to_engine)) {
            Some((from, to)) if self.start < to && place >= to => {
                (from + (place - from) % (to - from)) as u32
            }
            _ => place as u32,
        }
    }

    fn go_to(&mut self, seek: u32) -> Result<(), FileError> {
        let target = self.shared.target_frame.load(Ordering::Acquire);
        self.seek = seek;
        self.is_finished = false;
        self.tape.set_repeat(*lock(&self.shared.repeat));
        self.tape.go_to(target)?;
        self.start = target as f64 * self.rate_hz / self.tape.sample_rate_hz();
        self.num_made = 0;
        self.prime();
        Ok(())
    }

    /// The first output is to be the first input: what the resampler looks ahead is given to it beforehand.
    fn prime(&mut self) {
        self.resampler.reset();
        let tape = &mut self.tape;
        // A fault of the file comes again with the next frame.
        self.resampler.look_ahead(|| tape.next().unwrap_or_default());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *lock(&self.shared.error) = Some(format!("{}: a fault of ours ended it", self.path.display()));
        }
    }
}
