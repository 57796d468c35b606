//! What the mixing desk sends to: equalisers, chorus, ducking, a ping-pong delay and a plate.
//!
//! The plate is a feedback delay network of eight lines mixed by a Householder matrix (Jot and Chaigne, "Digital delay
//! networks for designing artificial reverberators", AES 90, 1991) behind two all-pass diffusers a side.

use super::sound::{Oscillator, RATE_HZ, Svf, Track};
use core::f64::consts::FRAC_1_SQRT_2;
use lacquer_dsp::block::Frame;
use lacquer_dsp::math::{db_to_amplitude, flush};
use lacquer_dsp::units::{db_to_gain, ms_to_one_pole_coeff, ms_to_samples};

/// A channel strip's equaliser: a high-pass, one bell and a low-pass.
pub(super) struct Equaliser {
    pub(super) low_cut_hz: f64,
    pub(super) bell_hz: f64,
    pub(super) bell_db: f64,
    pub(super) high_cut_hz: f64,
}

/// Runs a track through an equaliser.
pub(super) fn equalise(track: &mut [Frame], settings: &Equaliser) {
    // A bell is the signal plus a share of a band-pass of it.
    let gain = db_to_gain(settings.bell_db);
    let mut filters = [0, 1].map(|_| {
        let bell = Svf::new(settings.bell_hz, 0.9);
        (Svf::new(settings.low_cut_hz, FRAC_1_SQRT_2), bell, Svf::new(settings.high_cut_hz, FRAC_1_SQRT_2))
    });
    for frame in track {
        for (x, (low_cut, bell, high_cut)) in frame.iter_mut().zip(&mut filters) {
            let cut = low_cut.tick(*x).high;
            *x = high_cut.tick(cut + (gain - 1.0) * bell.tick(cut).band).low;
        }
    }
}

/// A ring of samples read at a distance behind the newest.
struct DelayLine {
    samples: Vec<f64>,
    newest: usize,
}

impl DelayLine {
    fn new(max_samples: usize) -> Self {
        Self { samples: vec![0.0; max_samples + 2], newest: 0 }
    }

    fn write(&mut self, x: f64) {
        self.newest = if self.newest == 0 { self.samples.len() - 1 } else { self.newest - 1 };
        self.samples[self.newest] = flush(x);
    }

    /// The sample written `delay` writes before the newest.
    fn read(&self, delay: usize) -> f64 {
        let idx = self.newest + delay;
        self.samples[if idx >= self.samples.len() { idx - self.samples.len() } else { idx }]
    }

    fn read_between(&self, delay: f64) -> f64 {
        let whole = delay as usize;
        let part = delay - whole as f64;
        (1.0 - part) * self.read(whole) + part * self.read(whole + 1)
    }
}

/// Widens a track by a copy of each channel that is slowly stretched and squeezed, out of step between the sides.
pub(super) fn chorus(track: &mut [Frame], depth: f64) {
    let mut lines = [0, 1].map(|_| DelayLine::new(1000));
    let mut sway = Oscillator::default();
    for frame in track {
        let now = sway.advance(0.63);
        for (channel_idx, line) in lines.iter_mut().enumerate() {
            line.write(frame[channel_idx]);
            let delay = 430.0 + 90.0 * now.sine(0.25 * channel_idx as f64);
            frame[channel_idx] += depth * line.read_between(delay);
        }
    }
}

/// The gain that makes room for each kick: down by `depth_db` at once, back in about a fifth of a second.
pub(super) fn duck(track: &mut [Frame], kick_frames: &[usize], depth_db: f64) {
    let attack = ms_to_one_pole_coeff(4.0, RATE_HZ);
    let recovery = ms_to_one_pole_coeff(110.0, RATE_HZ);
    let (mut pressure, mut smooth) = (0.0, 0.0);
    let mut kicks = kick_frames.iter().peekable();
    for (idx, frame) in track.iter_mut().enumerate() {
        pressure *= recovery;
        if kicks.next_if(|kick| **kick <= idx).is_some() {
            pressure = 1.0;
        }
        smooth += (1.0 - attack) * (pressure - smooth);
        let gain = db_to_amplitude(-depth_db * smooth);
        *frame = frame.map(|x| gain * x);
    }
}

/// Echoes at dotted eighths, thrown from side to side, each duller than the last. Returns only the echoes.
pub(super) fn ping_pong(send: &[Frame], delay_s: f64, feedback: f64) -> Track {
    let delay = ms_to_samples(1000.0 * delay_s, RATE_HZ);
    let mut lines = [0, 1].map(|_| DelayLine::new(delay));
    let mut tone = [0, 1].map(|_| (Svf::new(320.0, 0.7), Svf::new(3800.0, 0.7)));
    let mut echo = |frame: &Frame| {
        let out = [0, 1].map(|channel_idx: usize| lines[channel_idx].read(delay - 1));
        let crossed = [0.5 * (frame[0] + frame[1]) + feedback * out[1], feedback * out[0]];
        for ((line, x), (low_cut, high_cut)) in lines.iter_mut().zip(crossed).zip(&mut tone) {
            line.write(high_cut.tick(low_cut.tick(x).high).low);
        }
        // The first echo is heard from the left line and the second from the right.
        out
    };
    send.iter().map(&mut echo).collect()
}

/// A Schroeder all-pass, which smears a click without colouring it.
struct Diffuser {
    line: DelayLine,
    delay: usize,
}

impl Diffuser {
    const GAIN: f64 = 0.62;

    fn new(delay: usize) -> Self {
        Self { line: DelayLine::new(delay), delay }
    }

    fn tick(&mut self, x: f64) -> f64 {
        let delayed = self.line.read(self.delay - 1);
        let inner = x - Self::GAIN * delayed;
        self.line.write(inner);
        delayed + Self::GAIN * inner
    }
}

/// One line of the plate: its delay, the loss of each pass, and the damping of its highs.
struct PlateLine {
    line: DelayLine,
    delay: usize,
    gain: f64,
    damped: f64,
}

/// The plate's reverberation time at middle frequencies.
const PLATE_SECONDS: f64 = 1.9;

impl PlateLine {
    fn new(delay: usize) -> Self {
        // Each pass loses its share of the sixty decibels.
        let gain = db_to_gain(-60.0 * delay as f64 / RATE_HZ / PLATE_SECONDS);
        Self { line: DelayLine::new(delay), delay, gain, damped: 0.0 }
    }

    fn read(&mut self) -> f64 {
        const DAMPING: f64 = 0.32;
        let x = self.line.read(self.delay - 1);
        self.damped = flush(x + DAMPING * (self.damped - x));
        self.gain * self.damped
    }
}

/// A plate, fed in stereo. Returns only the reverberation.
pub(super) fn plate(send: &[Frame]) -> Track {
    // Primes share no factor, so that the lines' echoes do not pile up on one another.
    let mut lines = [1117, 1277, 1433, 1613, 1811, 2039, 2309, 2593].map(PlateLine::new);
    let mut diffusers = [[241, 571], [263, 541]].map(|side| side.map(Diffuser::new));
    let mut before = [0, 1].map(|_| (Svf::new(220.0, 0.7), Svf::new(9500.0, 0.7), DelayLine::new(900)));
    let mut reverberate = |frame: &Frame| {
        let mut fed = [0.0; 2];
        for (channel_idx, (low_cut, high_cut, pre_delay)) in before.iter_mut().enumerate() {
            pre_delay.write(high_cut.tick(low_cut.tick(frame[channel_idx]).high).low);
            let side = &mut diffusers[channel_idx];
            fed[channel_idx] = side.iter_mut().fold(pre_delay.read(864), |x, diffuser| diffuser.tick(x));
        }
        let heard = lines.each_mut().map(PlateLine::read);
        let shared = heard.iter().sum::<f64>() * (2.0 / heard.len() as f64);
        let mut out = [0.0; 2];
        for (line_idx, (line, x)) in lines.iter_mut().zip(heard).enumerate() {
            let side = line_idx % 2;
            line.line.write(fed[side] + x - shared);
            out[side] += if line_idx % 4 < 2 { 0.5 * x } else { -0.5 * x };
        }
        out
    };
    send.iter().map(&mut reverberate).collect()
}
