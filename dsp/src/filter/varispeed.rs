//! A resampler whose ratio may change at every sample: for two clocks that nearly, but not quite, keep step.
//!
//! Each output is a Kaiser-windowed sinc about its place between the inputs, read from a table of phases with straight lines
//! between them (J. O. Smith, "Digital Audio Resampling Home Page", CCRMA: the error of the lines falls with the square of the
//! number of phases, here -106 dB at the highest frequency). Where an output lies exactly on an input and the rates are the same,
//! it is that input, bit for bit: clocks that keep step leave no trace. That, and that it takes any number of samples without
//! collecting chunks, is why it is our own.

use super::kaiser::{kaiser, sinc};

/// Taps at equal rates: flat to 0.43 of the rate, images 100 dB down.
const NUM_TAPS: usize = 48;
/// Taps in the time of the lower rate when rates differ: what folds back does so above 0.44 of the lower rate.
const NUM_TAPS_ACROSS: usize = 128;
const KAISER_BETA: f64 = 10.0;
/// Middle of the passage from pass to stop when rates differ, as a share of the lower rate.
const CORNER_ACROSS: f64 = 0.475;

/// Phases between two inputs.
const NUM_PHASES: usize = 512;

/// A frame of a stereo signal; a mono one uses the first.
pub type Pair = [f32; 2];

/// The resampler. Times are counted in inputs.
#[derive(Debug, Clone)]
pub struct Varispeed {
    num_taps: usize,
    /// A row of taps for each phase and one more, the oldest input first.
    taps: Vec<f32>,
    is_equal: bool,
    nominal_step: f64,
    /// The last inputs, kept twice, so that they always lie in a row.
    history: Vec<Pair>,
    newest_idx: usize,
    /// How far the next output lies behind the input in the middle of the history, 0 to 1.
    offset: f64,
}

impl Varispeed {
    /// From one nominal rate to another, in Hz. Allocates.
    ///
    /// # Panics
    /// If a rate is not positive.
    #[must_use]
    pub fn new(in_hz: f64, out_hz: f64) -> Self {
        assert!(in_hz > 0.0 && out_hz > 0.0, "rates are positive, not {in_hz} and {out_hz} Hz");
        let is_equal = in_hz == out_hz;
        let (num_taps, cutoff) = if is_equal {
            (NUM_TAPS, 1.0)
        } else {
            let lower = (out_hz / in_hz).min(1.0);
            ((NUM_TAPS_ACROSS as f64 / lower / 2.0).ceil() as usize * 2, 2.0 * CORNER_ACROSS * lower)
        };
        Self {
            num_taps,
            taps: design(num_taps, cutoff),
            is_equal,
            nominal_step: in_hz / out_hz,
            history: vec![[0.0; 2]; 2 * num_taps],
            newest_idx: 0,
            offset: 0.0,
        }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.history.fill([0.0; 2]);
        (self.newest_idx, self.offset) = (0, 0.0);
    }

    /// How many inputs later the output comes.
    #[must_use]
    pub fn latency_frames(&self) -> usize {
        self.num_taps / 2
    }

    /// Takes the inputs that it looks ahead, after a reset: the first output is then the first input.
    pub fn look_ahead(&mut self, mut next: impl FnMut() -> Pair) {
        for _ in 0..self.latency_frames() {
            self.push(next());
        }
        // The first pull steps by a whole output before it looks.
        self.offset = 1.0 - self.nominal_step;
    }

    /// At most how many inputs the next `num_outputs` outputs take, with the ratio changed by `speed`.
    #[must_use]
    pub fn num_inputs(&self, num_outputs: usize, speed: f64) -> usize {
        (self.offset + num_outputs as f64 * self.nominal_step * speed).ceil() as usize
    }

    /// The next output. Inputs run faster than nominal by the factor `speed`, such as 1.0001; `next` gives the inputs that it takes.
    #[inline]
    pub fn pull(&mut self, speed: f64, mut next: impl FnMut() -> Pair) -> Pair {
        self.offset += self.nominal_step * speed;
        while self.offset >= 1.0 {
            self.push(next());
            self.offset -= 1.0;
        }
        self.output()
    }

    fn push(&mut self, frame: Pair) {
        self.newest_idx = if self.newest_idx == 0 { self.num_taps - 1 } else { self.newest_idx - 1 };
        // The newest lies first.
        self.history[self.newest_idx] = frame;
        self.history[self.newest_idx + self.num_taps] = frame;
    }

    fn output(&self) -> Pair {
        let inputs = &self.history[self.newest_idx..self.newest_idx + self.num_taps];
        if self.is_equal && self.offset == 0.0 {
            return inputs[self.num_taps / 2];
        }
        let place = self.offset * NUM_PHASES as f64;
        let phase = (place as usize).min(NUM_PHASES - 1);
        let share = (place - phase as f64) as f32;
        let row = |phase: usize| &self.taps[phase * self.num_taps..(phase + 1) * self.num_taps];
        let mut sum = [0.0; 2];
        for ((input, low), high) in inputs.iter().zip(row(phase)).zip(row(phase + 1)) {
            let tap = low + share * (high - low);
            sum[0] += tap * input[0];
            sum[1] += tap * input[1];
        }
        sum
    }
}

/// The rows of taps; each passes a constant unchanged.
fn design(num_taps: usize, cutoff: f64) -> Vec<f32> {
    let half = num_taps as f64 / 2.0;
    let mut taps = Vec::with_capacity((NUM_PHASES + 1) * num_taps);
    for phase in 0..=NUM_PHASES {
        let offset = phase as f64 / NUM_PHASES as f64;
        // The input at `half` lies at the output's place when the offset is zero; newer ones lie first.
        let row: Vec<f64> = (0..num_taps)
            .map(|tap| {
                let distance = tap as f64 - half + offset;
                kaiser(distance / half, KAISER_BETA) * sinc(distance * cutoff)
            })
            .collect();
        let sum: f64 = row.iter().sum();
        taps.extend(row.iter().map(|tap| (tap / sum) as f32));
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(n: f64, hz: f64, rate_hz: f64) -> f64 {
        libm::sin(core::f64::consts::TAU * hz * n / rate_hz)
    }

    /// The largest error of a resampled sine against the closed form, in dB of the sine.
    fn worst_error_db(in_hz: f64, out_hz: f64, speed: f64, tone_hz: f64) -> f64 {
        let mut resampler = Varispeed::new(in_hz, out_hz);
        let mut num_in = 0;
        let mut worst = 0.0_f64;
        for n in 1..20_000 {
            let out = resampler.pull(speed, || {
                let sample = sine(f64::from(num_in), tone_hz, in_hz) as f32;
                num_in += 1;
                [sample, -sample]
            });
            let time = f64::from(n) * in_hz / out_hz * speed - 1.0 - resampler.latency_frames() as f64;
            if n > 2000 {
                worst = worst.max((f64::from(out[0]) - sine(time, tone_hz, in_hz)).abs());
            }
            assert_eq!(out[0], -out[1]);
        }
        20.0 * libm::log10(worst)
    }

    #[test]
    fn a_sine_comes_out_as_the_closed_form_says() {
        for (in_hz, out_hz, speed, tone_hz) in [
            (48e3, 48e3, 1.0002, 997.0),
            (48e3, 48e3, 0.9998, 15e3),
            (48e3, 48e3, 1.001, 20e3),
            (44.1e3, 48e3, 1.0, 997.0),
            (44.1e3, 48e3, 0.9999, 18e3),
            (48e3, 44.1e3, 1.0, 997.0),
            (192e3, 44.1e3, 1.0001, 18e3),
            (16e3, 48e3, 1.0, 5e3),
        ] {
            let error_db = worst_error_db(in_hz, out_hz, speed, tone_hz);
            assert!(error_db < -100.0, "{in_hz} -> {out_hz} Hz x {speed}, {tone_hz} Hz: {error_db:.1} dB");
        }
    }

    #[test]
    fn clocks_that_keep_step_leave_no_trace() {
        let mut resampler = Varispeed::new(48e3, 48e3);
        let inputs: Vec<f32> = (0..5000).map(|n| sine(f64::from(n), 1234.5, 48e3) as f32 * 0.7).collect();
        let mut left = inputs.iter();
        let outputs: Vec<f32> =
            inputs.iter().map(|_| resampler.pull(1.0, || [*left.next().unwrap(), 0.0])[0]).collect();
        let latency = resampler.latency_frames();
        assert_eq!(outputs[latency..], inputs[..inputs.len() - latency]);
    }

    #[test]
    fn it_takes_no_more_inputs_than_it_says() {
        for (in_hz, out_hz, speed) in
            [(48e3, 48e3, 1.0), (48e3, 48e3, 1.0003), (44.1e3, 48e3, 0.9997), (96e3, 44.1e3, 1.0)]
        {
            let mut resampler = Varispeed::new(in_hz, out_hz);
            for num_outputs in [1, 30, 64, 1024, 333] {
                let most = resampler.num_inputs(num_outputs, speed);
                let mut num_taken = 0;
                for _ in 0..num_outputs {
                    resampler.pull(speed, || {
                        num_taken += 1;
                        [0.0; 2]
                    });
                }
                assert!(num_taken <= most && most <= num_taken + 1, "{num_taken} of {most}");
            }
        }
    }
}
