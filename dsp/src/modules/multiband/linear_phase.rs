//! The bands of Quality: linear phase, and a sum that is the delayed input.
//!
//! Each crossover is a symmetric low-pass with exactly the magnitude of Live's fourth-order Linkwitz-Riley low-pass, so the two
//! modes differ in phase and latency and not in balance. A band is the difference of two neighbouring low-passes and the
//! last is the delayed input less the highest low-pass, so the sum is the delayed input whatever the filters are.
//!
//! The filters run in the frequency domain by overlap-save. A hop is counted in samples since `reset` and never follows the
//! host's blocks. Left and right are the real and imaginary part of one complex signal; the filters are symmetric about
//! zero, so their responses are real and one transform filters both channels. The transform is our own, because bits
//! must not depend on the processor (see [`crate::filter::fft`]).
//!
//! Work comes at the end of a hop: one transform for the input, one for each crossover, a second one for each crossover
//! that moved, and six for the design of the next filters. That is bounded, but it is a peak of load that short host
//! blocks will notice; Live is the mode for short blocks.

use super::bands::{BandRows, num_slots, slots};
use crate::block::{Frame, MAX_CHANNELS};
use crate::filter::fft::{Fft, Rows};
use crate::settings::MAX_BANDS;

/// A hop is the power of two that lasts at least this long: 2048 samples at 44.1 and 48 kHz.
const SHORTEST_HOP_S: f64 = 0.032;

/// The same limit that the filters of Live keep.
const HIGHEST_CORNER: f64 = 0.45;

/// The responses for one set of corners.
#[derive(Debug, Clone, Default)]
struct Filters {
    corners_hz: [f64; MAX_BANDS - 1],
    /// Real, one value per bin; with the scale of the inverse transform.
    responses: [Vec<f64>; MAX_BANDS - 1],
}

/// The row of low-passes.
#[derive(Debug, Clone, Default)]
pub(super) struct LinearPhase {
    sample_rate_hz: f64,
    hop: usize,
    position: usize,
    fft: Fft,
    /// `tan(pi f / rate)` to the fourth power at each bin, the axis on which the response is a plain fraction.
    warped: Vec<f64>,
    /// What is left of an impulse response at each distance from its centre.
    window: Vec<f64>,
    /// The last hop and the present one.
    input: Rows,
    spectrum: Rows,
    work: Rows,
    heard: Filters,
    /// The filters that the next hop passes to, if `is_moving`.
    coming: Filters,
    is_moving: bool,
    started: bool,
    wanted_hz: [f64; MAX_BANDS - 1],
    lows: [Rows; MAX_BANDS - 1],
    delayed: Rows,
}

fn rows(len: usize) -> Rows {
    [vec![0.0; len], vec![0.0; len]]
}

impl LinearPhase {
    /// Allocates for this sample rate.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let hop = (libm::ceil(sample_rate_hz * SHORTEST_HOP_S) as usize).next_power_of_two();
        let len = 2 * hop;
        let warp = |bin: usize| warped(bin as f64 / len as f64);
        let filters = || Filters {
            corners_hz: [0.0; MAX_BANDS - 1],
            responses: core::array::from_fn(|_| vec![0.0; len]),
        };
        Self {
            sample_rate_hz,
            hop,
            fft: Fft::new(len),
            warped: (0..hop).map(warp).collect(),
            window: (0..hop / 2).map(|distance| flat_window(distance as f64 / (hop / 2) as f64)).collect(),
            input: rows(len),
            spectrum: rows(len),
            work: rows(len),
            heard: filters(),
            coming: filters(),
            lows: core::array::from_fn(|_| rows(hop)),
            delayed: rows(hop),
            ..Self::default()
        }
    }

    /// The hop that fills, and the half of the filters' length.
    pub(super) fn latency_samples(&self) -> usize {
        self.hop + self.hop / 2
    }

    /// Where the crossovers are to be from the next hop but one on.
    pub(super) fn set(&mut self, corners_hz: [f64; MAX_BANDS - 1]) {
        self.wanted_hz = corners_hz;
    }

    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        let lows = self.lows.iter_mut().flatten();
        for row in lows.chain(&mut self.input).chain(&mut self.delayed) {
            row.fill(0.0);
        }
        self.position = 0;
        self.is_moving = false;
        self.started = false;
    }

    /// How many frames the hop has room for; [`Self::turn_over`] is due when there are none.
    pub(super) fn num_left(&self) -> usize {
        self.hop - self.position
    }

    /// Filters the hop that has filled, with the lowest `num_lows` crossovers, and begins another.
    pub(super) fn turn_over(&mut self, num_lows: usize) {
        let (hop, reach) = (self.hop, self.hop / 2);
        for c in 0..MAX_CHANNELS {
            self.spectrum[c].copy_from_slice(&self.input[c]);
            self.delayed[c].copy_from_slice(&self.input[c][reach..reach + hop]);
            self.input[c].copy_within(hop.., 0);
        }
        let [re, im] = &mut self.spectrum;
        self.fft.forward(re, im);
        if !self.started && self.heard.corners_hz != self.wanted_hz {
            self.design();
            core::mem::swap(&mut self.heard, &mut self.coming);
        }
        self.started = true;
        for low_idx in 0..num_lows {
            self.filter(low_idx);
        }
        if self.is_moving {
            core::mem::swap(&mut self.heard, &mut self.coming);
        }
        self.is_moving = self.heard.corners_hz != self.wanted_hz;
        if self.is_moving {
            self.design();
        }
        self.position = 0;
    }

    /// One low-pass over the hop, passing from the heard filters to the coming ones where they differ.
    fn filter(&mut self, low_idx: usize) {
        let (hop, reach) = (self.hop, self.hop / 2);
        self.convolve(low_idx, false);
        for c in 0..MAX_CHANNELS {
            self.lows[low_idx][c].copy_from_slice(&self.work[c][reach..reach + hop]);
        }
        if self.is_moving && self.heard.corners_hz[low_idx] != self.coming.corners_hz[low_idx] {
            self.convolve(low_idx, true);
            let per_sample = 1.0 / hop as f64;
            for c in 0..MAX_CHANNELS {
                let coming = &self.work[c][reach..reach + hop];
                for (n, (low, new)) in self.lows[low_idx][c].iter_mut().zip(coming).enumerate() {
                    *low += (n + 1) as f64 * per_sample * (new - *low);
                }
            }
        }
    }

    /// Leaves the filtered input of both hops in `work`.
    fn convolve(&mut self, low_idx: usize, is_coming: bool) {
        let filters = if is_coming { &self.coming } else { &self.heard };
        let response = &filters.responses[low_idx];
        for c in 0..MAX_CHANNELS {
            for ((y, x), h) in self.work[c].iter_mut().zip(&self.spectrum[c]).zip(response) {
                *y = x * h;
            }
        }
        let [re, im] = &mut self.work;
        self.fft.forward(im, re);
    }

    /// Designs the coming filters, two in one transform: the wanted magnitude, its impulse response, cut to what a hop
    /// leaves room for, and the response of that.
    fn design(&mut self) {
        let len = 2 * self.hop;
        self.coming.corners_hz = self.wanted_hz;
        let inverse_corners = self.wanted_hz.map(|corner_hz| {
            let corner = corner_hz / self.sample_rate_hz;
            1.0 / warped(if corner < HIGHEST_CORNER { corner } else { HIGHEST_CORNER })
        });
        for (pair, responses) in inverse_corners.chunks(2).zip(self.coming.responses.chunks_mut(2)) {
            for (row, inverse_corner) in self.work.iter_mut().zip([pair[0], pair[pair.len() - 1]]) {
                row[self.hop] = 0.0;
                for (bin, warped) in self.warped.iter().enumerate() {
                    row[bin] = 1.0 / (1.0 + warped * inverse_corner);
                    row[(len - bin) % len] = row[bin];
                }
            }
            let [first, second] = &mut self.work;
            self.fft.forward(second, first);
            for row in &mut self.work {
                cut(row, &self.window);
            }
            let [first, second] = &mut self.work;
            self.fft.forward(first, second);
            let scale = 1.0 / (len as f64 * len as f64);
            for (response, row) in responses.iter_mut().zip(&self.work) {
                for (h, x) in response.iter_mut().zip(row) {
                    *h = x * scale;
                }
            }
        }
    }

    /// Cuts the next `num_frames` of the delayed sound, which [`Self::take`] makes room for, into bands.
    pub(super) fn split(&self, num_bands: usize, num_frames: usize, rows: &mut BandRows) {
        let (slots, num_slots) = (slots(num_bands), num_slots(num_bands));
        let range = self.position..self.position + num_frames;
        let rows = &mut rows[..num_frames * MAX_CHANNELS * num_slots];
        rows.fill(0.0);
        for c in 0..MAX_CHANNELS {
            let delayed = &self.delayed[c][range.clone()];
            let lows: [&[f64]; MAX_BANDS - 1] = core::array::from_fn(|idx| &self.lows[idx][c][range.clone()]);
            for (n, row) in rows.chunks_exact_mut(MAX_CHANNELS * num_slots).enumerate() {
                let row = &mut row[num_slots * c..][..num_slots];
                let mut below = 0.0;
                for (slot, low) in slots.iter().zip(&lows[..num_bands - 1]) {
                    row[*slot] = low[n] - below;
                    below = low[n];
                }
                row[slots[num_bands - 1]] = delayed[n] - below;
            }
        }
    }

    /// Takes frames in, which must end within the hop.
    pub(super) fn take(&mut self, input: &[Frame]) {
        let start = self.hop + self.position;
        self.position += input.len();
        for c in 0..MAX_CHANNELS {
            for (place, frame) in self.input[c][start..].iter_mut().zip(input) {
                *place = frame[c];
            }
        }
    }
}

/// `tan(pi f)` to the fourth power, for a frequency as a fraction of the rate, below a half.
fn warped(frequency: f64) -> f64 {
    let tan = libm::tan(core::f64::consts::PI * frequency);
    (tan * tan) * (tan * tan)
}

/// One over the first half of the way from the centre, then half a cosine to zero: what is cut off then hardly blurs
/// the transition, because the response of a 100 Hz crossover has decayed by 30 dB before the slope begins.
fn flat_window(distance: f64) -> f64 {
    if distance <= 0.5 { 1.0 } else { 0.5 - 0.5 * libm::cos(core::f64::consts::TAU * distance) }
}

/// Windows an impulse response that is symmetric about its first sample.
fn cut(response: &mut [f64], window: &[f64]) {
    let len = response.len();
    response[window.len()..=len - window.len()].fill(0.0);
    for (distance, factor) in window.iter().enumerate().skip(1) {
        response[distance] *= factor;
        response[len - distance] *= factor;
    }
}
