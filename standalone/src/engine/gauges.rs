//! What the audio threads count for whoever supervises them: scalars, each an atomic.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Of one stream.
#[derive(Debug, Default)]
pub struct StreamGauges {
    /// Callbacks so far.
    pub num_callbacks: AtomicU64,
    /// Frames so far.
    pub num_frames: AtomicU64,
    /// When the newest callback came, by the system's clock for streams, in nanoseconds.
    pub time_ns: AtomicU64,
    /// The longest callback, in frames.
    pub longest_frames: AtomicU32,
    /// Overruns and underruns that the system told of.
    pub num_xruns: AtomicU64,
    /// Whether the system refused real-time priority.
    pub is_realtime_denied: AtomicBool,
    /// Whether the stream moved to another device by itself.
    pub is_moved: AtomicBool,
    /// How the stream ended, see [`StreamEnd`].
    end: AtomicU8,
    /// Errors that the backend did not explain.
    num_backend_errors: AtomicU32,
}

/// Why a stream has to be opened anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StreamEnd {
    /// The device is gone.
    DeviceLost = 1,
    /// Rate or format changed, or the server is gone.
    Invalidated = 2,
    /// The backend fails again and again.
    Failing = 3,
    /// Our own code panicked.
    Panicked = 4,
}

/// So many unexplained errors are taken before a stream counts as broken: after an xrun ALSA over PulseAudio repeats them forever.
const MAX_BACKEND_ERRORS: u32 = 8;

impl StreamGauges {
    /// The stream is of no more use. The first reason stays.
    pub fn finish(&self, end: StreamEnd) {
        let _ = self.end.compare_exchange(0, end as u8, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Whether and why it ended.
    #[must_use]
    pub fn end(&self) -> Option<StreamEnd> {
        use StreamEnd::{DeviceLost, Failing, Invalidated, Panicked};
        let end = self.end.load(Ordering::Acquire);
        [DeviceLost, Invalidated, Failing, Panicked].into_iter().find(|reason| *reason as u8 == end)
    }

    /// Takes an error from the system. May be called on the audio thread.
    pub fn take_error(&self, kind: cpal::ErrorKind) {
        use cpal::ErrorKind;
        match kind {
            ErrorKind::Xrun => {
                self.num_xruns.fetch_add(1, Ordering::Relaxed);
            }
            ErrorKind::RealtimeDenied => self.is_realtime_denied.store(true, Ordering::Release),
            ErrorKind::DeviceChanged => self.is_moved.store(true, Ordering::Release),
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => self.finish(StreamEnd::DeviceLost),
            ErrorKind::StreamInvalidated => self.finish(StreamEnd::Invalidated),
            _ => {
                if self.num_backend_errors.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_BACKEND_ERRORS {
                    self.finish(StreamEnd::Failing);
                }
            }
        }
    }

    /// A callback of so many frames at this time.
    pub fn count(&self, num_frames: usize, time: cpal::StreamInstant) {
        let time = time.checked_duration_since(cpal::StreamInstant::ZERO).unwrap_or_default();
        self.time_ns.store(time.as_nanos() as u64, Ordering::Relaxed);
        self.num_callbacks.fetch_add(1, Ordering::Relaxed);
        self.num_frames.fetch_add(num_frames as u64, Ordering::Relaxed);
        self.longest_frames.fetch_max(num_frames as u32, Ordering::Relaxed);
    }
}

/// Of everything that runs between two openings of the devices.
#[derive(Debug, Default)]
pub struct Gauges {
    /// The microphone's side.
    pub input: StreamGauges,
    /// The loudspeakers' side.
    pub output: StreamGauges,
    /// Times that the output found too little input, and frames of silence that it sent instead.
    pub num_underruns: AtomicU64,
    /// See `num_underruns`.
    pub num_missing_frames: AtomicU64,
    /// Frames of input that found no room.
    pub num_dropped_frames: AtomicU64,
    /// Frames of input that wait for the output, just before it takes of them; the mean of a moment.
    pub waiting_frames: AtomicU32,
    /// How much faster the input's clock runs than the output's, in parts per thousand million; 0 while they keep step.
    pub drift_ppb: AtomicI64,
    /// The time of the slowest callback against the time that its sound lasts, since it was last asked, in millionths.
    longest_load_ppm: AtomicU32,
    /// The time of all callbacks, and of the sound that they made, in nanoseconds.
    pub busy_ns: AtomicU64,
    /// See `busy_ns`.
    pub sound_ns: AtomicU64,
    /// How many frames of input the resampler looks ahead.
    pub resampler_latency_frames: AtomicU32,
    /// How much later the chain's output comes.
    pub chain_latency_frames: AtomicU32,
    /// Whether the feedback guard has closed the monitors.
    pub is_guarded: AtomicBool,
}

impl Gauges {
    /// The time that a callback took and the time that its sound lasts.
    pub fn count_load(&self, busy_ns: u64, sound_ns: u64) {
        self.busy_ns.fetch_add(busy_ns, Ordering::Relaxed);
        self.sound_ns.fetch_add(sound_ns, Ordering::Relaxed);
        let load = (busy_ns * 1_000_000).checked_div(sound_ns).unwrap_or(0);
        self.longest_load_ppm.fetch_max(load.min(u64::from(u32::MAX)) as u32, Ordering::Relaxed);
    }

    /// The slowest callback since the last call, in percent of the time that it had.
    pub fn take_longest_load_percent(&self) -> f64 {
        f64::from(self.longest_load_ppm.swap(0, Ordering::Relaxed)) / 1e4
    }
}
