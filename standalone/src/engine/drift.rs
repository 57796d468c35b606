//! Two clocks that do not keep step: seen by how much input waits, and answered by a resampler's speed.
//!
//! As long as what waits stays about where it was, the speed is exactly 1 and the audio is untouched. When it has moved by more than
//! callbacks that come early or late can explain, a loop takes over that never lets go: proportional and integral, critically
//! slow, so that the pitch moves by less than anybody hears. Everything counts frames of sound; the time of day is not asked.

/// What waits is averaged over this long before it is compared.
const WINDOW_S: f64 = 1.0;

/// The loop's natural frequency, radians per second, and its damping.
const LOOP_RATE: f64 = 0.1;
const LOOP_DAMPING: f64 = 0.8;

/// What waits is smoothed over this long in the loop.
const SMOOTHING_S: f64 = 0.5;

/// The most that the proportional part may do, and the most in all: 0.2 % is 3.5 cents.
const MAX_PULL: f64 = 100e-6;
const MAX_SPEED: f64 = 2000e-6;

/// Change of speed per second: 50 parts per million.
const MAX_SLEW: f64 = 50e-6;

/// What is known of two clocks.
#[derive(Debug, Clone)]
pub struct Drift {
    in_hz: f64,
    out_hz: f64,
    /// Whether one clock drives both.
    is_one_clock: bool,
    /// Moves of what waits that say nothing, in frames.
    tolerance_frames: f64,
    window: Window,
    num_windows: u32,
    /// What waited at first, and in the last window.
    reference: f64,
    last_mean: f64,
    num_outside: u32,
    following: Option<Loop>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    sum: f64,
    num_frames: f64,
}

#[derive(Debug, Clone, Copy)]
struct Loop {
    smoothed: f64,
    integral: f64,
    speed: f64,
}

impl Drift {
    /// For an input and an output of these rates in Hz; `is_one_clock` when there is nothing to correct.
    #[must_use]
    pub fn new(in_hz: f64, out_hz: f64, is_one_clock: bool) -> Self {
        Self {
            in_hz,
            out_hz,
            is_one_clock,
            tolerance_frames: 0.0,
            window: Window::default(),
            num_windows: 0,
            reference: 0.0,
            last_mean: 0.0,
            num_outside: 0,
            following: None,
        }
    }

    /// The flow begins anew. What was learnt of the clocks is kept.
    pub fn restart(&mut self, tolerance_frames: f64) {
        self.tolerance_frames = tolerance_frames;
        (self.window, self.num_windows, self.num_outside) = (Window::default(), 0, 0);
        if let Some(following) = &mut self.following {
            following.smoothed = f64::NAN;
        }
    }

    /// Looks at what waits, in frames of the input, before `num_frames` of output are made, and tells how fast the input is to be read.
    pub fn update(&mut self, waiting: f64, num_frames: usize) -> f64 {
        if self.is_one_clock {
            return 1.0;
        }
        let elapsed_s = num_frames as f64 / self.out_hz;
        if let Some(following) = &mut self.following {
            // After a new start what waits now is what is to wait.
            if following.smoothed.is_nan() {
                (following.smoothed, self.reference) = (waiting, waiting);
            }
            return 1.0 + following.update(waiting, self.reference, self.in_hz, elapsed_s);
        }
        self.watch(waiting, num_frames);
        1.0
    }

    fn watch(&mut self, waiting: f64, num_frames: usize) {
        self.window.sum += waiting * num_frames as f64;
        self.window.num_frames += num_frames as f64;
        if self.window.num_frames < WINDOW_S * self.out_hz {
            return;
        }
        let mean = self.window.sum / self.window.num_frames;
        self.window = Window::default();
        self.num_windows += 1;
        match self.num_windows {
            // The first holds the start.
            1 => {}
            2 => self.reference = mean,
            _ => {
                let is_outside = (mean - self.reference).abs() > self.tolerance_frames;
                self.num_outside = if is_outside { self.num_outside + 1 } else { 0 };
            }
        }
        if self.num_outside >= 2 {
            // So far it went in so many seconds.
            let elapsed_s = f64::from(self.num_windows - 2) * WINDOW_S;
            let slope = (mean - self.reference) / elapsed_s / self.in_hz;
            self.following =
                Some(Loop { smoothed: mean, integral: slope.clamp(-MAX_SPEED, MAX_SPEED), speed: 0.0 });
        }
        self.last_mean = mean;
    }

    /// Whether the clocks were found to differ.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.following.is_some()
    }
}

impl Loop {
    /// The speed less one.
    fn update(&mut self, waiting: f64, reference: f64, in_hz: f64, elapsed_s: f64) -> f64 {
        self.smoothed += (waiting - self.smoothed) * (elapsed_s / SMOOTHING_S).min(1.0);
        let error_s = (self.smoothed - reference) / in_hz;
        let pull = 2.0 * LOOP_DAMPING * LOOP_RATE * error_s;
        // The integral waits while the pull is held back, or it would shoot far beyond.
        if pull.abs() < MAX_PULL {
            self.integral += LOOP_RATE * LOOP_RATE * error_s * elapsed_s;
        }
        let wanted = (self.integral + pull.clamp(-MAX_PULL, MAX_PULL)).clamp(-MAX_SPEED, MAX_SPEED);
        let most = MAX_SLEW * elapsed_s;
        self.speed += (wanted - self.speed).clamp(-most, most);
        self.speed
    }
}
