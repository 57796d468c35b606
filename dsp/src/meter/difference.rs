//! How much louder one signal is than another, as it goes on: what a fair comparison by ear must take away.
//!
//! K-weighted powers (BS.1770-5) of hops in which both are programme, averaged over the first three seconds and
//! exponentially over three seconds from then on. In silence the difference stands still.

use super::figures::Lufs;
use super::k_weighting::{KWeighting, PairMeter};
use super::windows::{HopClock, SHORT_TERM_HOPS};

/// Under this neither is programme: the standard's absolute gate.
const FLOOR: Lufs = Lufs(-70.0);

/// Measures two signals of one or two channels side by side.
#[derive(Debug, Clone, Default)]
pub struct LoudnessDifference {
    weighting: Option<KWeighting>,
    num_channels: usize,
    clock: HopClock,
    pairs: [PairMeter; 2],
    mean_powers: [f64; 2],
    num_hops: usize,
}

impl LoudnessDifference {
    /// For a sample rate that a processor takes, and one or two channels.
    #[must_use]
    pub fn new(sample_rate_hz: f64, num_channels: usize) -> Self {
        Self {
            weighting: Some(KWeighting::design(sample_rate_hz)),
            num_channels,
            clock: HopClock::new(sample_rate_hz),
            ..Self::default()
        }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.clock.reset();
        self.pairs = Default::default();
        self.mean_powers = [0.0; 2];
        self.num_hops = 0;
    }

    /// The most frames that the next [`Self::add`] takes.
    #[must_use]
    pub fn frames_left(&self) -> usize {
        self.clock.frames_left()
    }

    /// Takes at most [`Self::frames_left`] frames of both signals, left and right, a mono channel twice; true when they end a
    /// hop, and the figure is new.
    pub fn add(&mut self, signals: [[&[f32]; 2]; 2]) -> bool {
        let Some(weighting) = &self.weighting else { return false };
        for (pair, [left, right]) in self.pairs.iter_mut().zip(signals) {
            pair.add(weighting, left, right);
        }
        let is_finished = self.clock.advance(signals[0][0].len());
        if is_finished {
            self.finish_hop();
        }
        is_finished
    }

    fn finish_hop(&mut self) {
        let num_frames = self.clock.frames_of_last(1) as f64;
        let powers = self.pairs.each_mut().map(|pair| {
            let weighted = pair.take_hop().weighted;
            weighted.iter().take(self.num_channels).sum::<f64>() / num_frames
        });
        if powers.iter().all(|&power| power > FLOOR.to_power()) {
            self.num_hops = (self.num_hops + 1).min(SHORT_TERM_HOPS);
            for (mean, power) in self.mean_powers.iter_mut().zip(powers) {
                *mean += (power - *mean) / self.num_hops as f64;
            }
        }
    }

    /// The gain, linear, that brings the first signal to the loudness of the second; none before both were programme.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        (self.num_hops > 0).then(|| (self.mean_powers[1] / self.mean_powers[0]).sqrt())
    }
}
