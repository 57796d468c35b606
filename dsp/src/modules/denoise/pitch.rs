//! Finds the period of a voice, as RNNoise's features want it: the delay at which the last 20 ms are most like what was before them.
//!
//! Source: the pitch search of CELT (J.-M. Valin et al., "High-Quality, Low-Delay Music Coding in the Opus Codec", AES 135, 2013,
//! section 4.2): coarsely at a quarter of the rate, then finer; then the periods that are whole parts of the one found are tried,
//! because a delay of two periods fits as well as one.

/// Samples of 48 kHz.
pub const MIN_PERIOD: usize = 60;
pub const MAX_PERIOD: usize = 768;
const FRAME_LEN: usize = 960;
/// How much of the past the search needs.
pub const HISTORY_LEN: usize = MAX_PERIOD + FRAME_LEN;

/// At half the rate.
const HALF_LEN: usize = HISTORY_LEN / 2;
const HALF_FRAME: usize = FRAME_LEN / 2;
const HALF_MAX: usize = MAX_PERIOD / 2;
const HALF_MIN: usize = MIN_PERIOD / 2;

/// The delays that are searched are counted from the longest; so many there are at half the rate, and half as many at a quarter.
const NUM_LAGS: usize = (MAX_PERIOD - 3 * MIN_PERIOD) / 2;

const WHITENING_ORDER: usize = 4;

/// For each whole part of the period, another multiple of that part at which the voice must repeat too.
const SECOND_LOOK: [usize; 16] = [0, 0, 3, 2, 3, 2, 5, 2, 3, 2, 3, 2, 5, 2, 3, 2];

/// The search, with what it remembers from frame to frame.
#[derive(Debug, Clone)]
pub struct PitchFinder {
    last_period: usize,
    last_gain: f32,
    /// The signal at half the rate, whitened.
    half: [f32; HALF_LEN],
    quarter: [f32; HALF_LEN / 2],
    correlations: [f32; NUM_LAGS],
}

impl PitchFinder {
    pub fn new() -> Self {
        Self {
            last_period: 0,
            last_gain: 0.0,
            half: [0.0; HALF_LEN],
            quarter: [0.0; HALF_LEN / 2],
            correlations: [0.0; NUM_LAGS],
        }
    }

    pub fn reset(&mut self) {
        (self.last_period, self.last_gain) = (0, 0.0);
    }

    /// The period in samples of the last frame of `history`.
    #[inline(always)]
    pub fn find(&mut self, history: &[f64; HISTORY_LEN]) -> usize {
        self.halve(history);
        let found = MAX_PERIOD - self.search();
        (self.last_period, self.last_gain) = self.shortest(found);
        self.last_period
    }

    /// Half the rate, and the spectrum's tilt taken out so that formants do not pass for a pitch.
    #[inline(always)]
    fn halve(&mut self, history: &[f64; HISTORY_LEN]) {
        self.half[0] = (0.5 * history[0] + 0.25 * history[1]) as f32;
        for (half, around) in self.half[1..].iter_mut().zip(history[1..].windows(3).step_by(2)) {
            *half = (0.25 * (around[0] + around[2]) + 0.5 * around[1]) as f32;
        }
        let filter = self.whitening();
        let mut before = [0.0; WHITENING_ORDER + 1];
        for sample in &mut self.half {
            let x = *sample;
            *sample = filter.iter().zip(before).fold(x, |sum, (coeff, past)| sum + coeff * past);
            before = [x, before[0], before[1], before[2], before[3]];
        }
    }

    /// The taps after the first of a linear predictor's error filter with a zero at -0.8.
    #[inline(always)]
    fn whitening(&self) -> [f32; WHITENING_ORDER + 1] {
        let correlation = |lag: usize| {
            // A noise floor at -40 dB, and a window over the lags.
            let shrink = if lag == 0 { 1.0001 } else { 1.0 - (0.008 * lag as f32) * (0.008 * lag as f32) };
            shrink * dot(&self.half[lag..], &self.half[..HALF_LEN - lag])
        };
        let predictor = predictor(&core::array::from_fn(correlation));
        let mut taps = [0.0; WHITENING_ORDER + 1];
        let mut widening = 1.0;
        let mut previous = 1.0;
        for (tap, coeff) in taps.iter_mut().zip(predictor) {
            widening *= 0.9;
            *tap = coeff * widening + 0.8 * previous;
            previous = coeff * widening;
        }
        taps[WHITENING_ORDER] = 0.8 * previous;
        taps
    }

    /// The best lag, in samples of the full rate after the longest delay.
    #[inline(always)]
    fn search(&mut self) -> usize {
        for (quarter, half) in self.quarter.iter_mut().zip(self.half.chunks_exact(2)) {
            *quarter = half[0];
        }
        let coarse = &mut self.correlations[..NUM_LAGS / 2];
        coarse.fill(0.0);
        let frame = &self.quarter[HALF_MAX / 2..];
        for (n, x) in frame.iter().enumerate() {
            for (sum, y) in coarse.iter_mut().zip(&self.quarter[n..]) {
                *sum += x * y;
            }
        }
        let likely = two_best(coarse, &self.quarter, HALF_FRAME / 2);
        let frame = &self.half[HALF_MAX..];
        for lag in 0..NUM_LAGS {
            let is_near = likely.iter().any(|likely| lag.abs_diff(2 * likely) <= 2);
            let correlation = if is_near { dot(frame, &self.half[lag..]) } else { 0.0 };
            self.correlations[lag] = if correlation > -1.0 { correlation } else { -1.0 };
        }
        let [best, _] = two_best(&self.correlations, &self.half, HALF_FRAME);
        let has_neighbours = best > 0 && best < NUM_LAGS - 1;
        let offset = if has_neighbours {
            steepest([self.correlations[best - 1], self.correlations[best], self.correlations[best + 1]])
        } else {
            0
        };
        (2 * best).saturating_add_signed(-offset)
    }

    /// The shortest delay at which the signal repeats about as well as at the one found, and how well it does.
    #[inline(always)]
    fn shortest(&self, found: usize) -> (usize, f32) {
        let energies = self.energies();
        let frame = &self.half[HALF_MAX..];
        let correlation = |period: usize| dot(frame, &self.half[HALF_MAX - period..]);
        let longest = if found / 2 < HALF_MAX { found / 2 } else { HALF_MAX - 1 };
        let own = energies[0];
        let first = Fit { correlation: correlation(longest), energy: energies[longest] };
        let (mut best, mut best_fit, mut best_gain) = (longest, first, first.gain(own));
        for part in 2..SECOND_LOOK.len() {
            let period = (2 * longest + part) / (2 * part);
            if period < HALF_MIN {
                break;
            }
            let other = match part {
                2 if period + longest > HALF_MAX => longest,
                2 => longest + period,
                _ => (2 * SECOND_LOOK[part] * longest + part) / (2 * part),
            };
            let fit = Fit {
                correlation: (correlation(period) + correlation(other)) * 0.5,
                energy: (energies[period] + energies[other]) * 0.5,
            };
            if fit.gain(own) > self.threshold(period, part, longest, first.gain(own)) {
                (best, best_fit, best_gain) = (period, fit, fit.gain(own));
            }
        }
        let offset = steepest([best - 1, best, best + 1].map(correlation));
        let period = (2 * best).saturating_add_signed(offset);
        let gain = best_fit.prediction_gain();
        (
            if period > MIN_PERIOD { period } else { MIN_PERIOD },
            if gain < best_gain { gain } else { best_gain },
        )
    }

    /// The energy of the frame as it was so many samples of half the rate ago.
    #[inline(always)]
    fn energies(&self) -> [f32; HALF_MAX + 1] {
        let mut energy = f64::from(dot(&self.half[HALF_MAX..], &self.half[HALF_MAX..]));
        let mut energies = [energy as f32; HALF_MAX + 1];
        for period in 1..=HALF_MAX {
            let (new, old) = (self.half[HALF_MAX - period], self.half[HALF_LEN - period]);
            energy += f64::from(new) * f64::from(new) - f64::from(old) * f64::from(old);
            energies[period] = if energy > 0.0 { energy as f32 } else { 0.0 };
        }
        energies
    }

    /// How well a part of the period must fit: less if the voice had it before, more if it is short, where chance fits often.
    #[inline(always)]
    fn threshold(&self, period: usize, part: usize, longest: usize, first_gain: f32) -> f32 {
        let carried = match period.abs_diff(self.last_period / 2) {
            0 | 1 => self.last_gain,
            2 if 5 * part * part < longest => 0.5 * self.last_gain,
            _ => 0.0,
        };
        let (share, least) = if period < 3 * HALF_MIN { (0.85, 0.4) } else { (0.7, 0.3) };
        let wanted = share * first_gain - carried;
        if wanted > least { wanted } else { least }
    }
}

/// How like one another two frames are.
#[derive(Clone, Copy)]
struct Fit {
    correlation: f32,
    /// Of the earlier one.
    energy: f32,
}

impl Fit {
    /// Of `-1..=1`.
    #[inline(always)]
    fn gain(self, own: f32) -> f32 {
        self.correlation / (1.0 + own * self.energy).sqrt()
    }

    /// By what the earlier frame is multiplied to be nearest to the later.
    #[inline(always)]
    fn prediction_gain(self) -> f32 {
        let correlation = if self.correlation > 0.0 { self.correlation } else { 0.0 };
        if self.energy <= correlation { 1.0 } else { correlation / (self.energy + 1.0) }
    }
}

/// The scalar product over the shorter of the two, in eight lanes whatever the processor.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = if a.len() < b.len() { a.len() } else { b.len() };
    let (a, b) = (a[..len].chunks_exact(8), b[..len].chunks_exact(8));
    let rest = a.remainder().iter().zip(b.remainder()).fold(0.0, |sum, (x, y)| sum + x * y);
    let mut lanes = [0.0; 8];
    for (x, y) in a.zip(b) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    let quads = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (quads[0] + quads[2]) + (quads[1] + quads[3]) + rest
}

/// The two lags with the highest normalised correlation, the better one first.
#[inline(always)]
fn two_best(correlations: &[f32], signal: &[f32], frame_len: usize) -> [usize; 2] {
    // Squares over energies, compared crosswise; f64, because the products leave the range of f32.
    let mut best = [(-1.0, 0.0, 0), (-1.0, 0.0, 1)];
    let mut energy = 1.0 + f64::from(dot(&signal[..frame_len], &signal[..frame_len]));
    for (lag, &correlation) in correlations.iter().enumerate() {
        if correlation > 0.0 {
            let square = f64::from(correlation) * f64::from(correlation);
            let is_better =
                |(other, other_energy, _): (f64, f64, usize)| square * other_energy > other * energy;
            if is_better(best[0]) {
                best = [(square, energy, lag), best[0]];
            } else if is_better(best[1]) {
                best[1] = (square, energy, lag);
            }
        }
        let (new, old) = (f64::from(signal[lag + frame_len]), f64::from(signal[lag]));
        energy += new * new - old * old;
        energy = if energy > 1.0 { energy } else { 1.0 };
    }
    best.map(|(_, _, lag)| lag)
}

/// To which side of the middle the top leans by more than a half.
#[inline(always)]
fn steepest([before, middle, after]: [f32; 3]) -> isize {
    if after - before > 0.7 * (middle - before) {
        1
    } else if before - after > 0.7 * (middle - after) {
        -1
    } else {
        0
    }
}

/// Linear prediction by Levinson's recursion, given the autocorrelation; it stops at a gain of 30 dB.
#[inline(always)]
fn predictor(autocorrelation: &[f32; WHITENING_ORDER + 1]) -> [f32; WHITENING_ORDER] {
    let mut coeffs = [0.0; WHITENING_ORDER];
    let mut error = autocorrelation[0];
    if error <= 0.0 {
        return coeffs;
    }
    for order in 0..WHITENING_ORDER {
        let known = &coeffs[..order];
        let sum = known
            .iter()
            .enumerate()
            .fold(autocorrelation[order + 1], |sum, (idx, coeff)| sum + coeff * autocorrelation[order - idx]);
        let reflection = -sum / error;
        let before = coeffs;
        for idx in 0..order {
            coeffs[idx] = before[idx] + reflection * before[order - 1 - idx];
        }
        coeffs[order] = reflection;
        error -= reflection * reflection * error;
        if error < 0.001 * autocorrelation[0] {
            break;
        }
    }
    coeffs
}
