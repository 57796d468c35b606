//! A bell of one frequency and Q at any gain, for one whose gain moves all the time.
//!
//! The coefficients are smooth functions of the gain in dB, so cubics through exact designs at every 1.5 dB follow them within a few
//! thousandths of a decibel. Each design is made when it is first needed.

use super::design::{Kind, Shape};
use crate::filter::section_lanes::Coeffs;

const STEP_DB: f64 = 1.5;

/// Gain and range add up to at most 48 dB either way.
const NUM_NODES: usize = 68;
const FIRST_DB: f64 = -49.5;

/// Exact designs at equal steps of gain.
#[derive(Debug, Clone, Default)]
pub(super) struct GainTable {
    sample_rate_hz: f64,
    frequency_hz_and_q: [f64; 2],
    nodes: Vec<Option<[Coeffs; 2]>>,
}

impl GainTable {
    /// An empty table.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        Self { sample_rate_hz, frequency_hz_and_q: [0.0; 2], nodes: vec![None; NUM_NODES] }
    }

    /// The bell and its correction.
    pub(super) fn coeffs(&mut self, shape: &Shape) -> [Coeffs; 2] {
        let frequency_hz_and_q = [shape.frequency_hz, shape.q];
        if self.frequency_hz_and_q != frequency_hz_and_q {
            self.frequency_hz_and_q = frequency_hz_and_q;
            self.nodes.fill(None);
        }
        let position = (shape.gain_db - FIRST_DB) / STEP_DB;
        let before = (position as usize).clamp(1, NUM_NODES - 3);
        let nodes: [[Coeffs; 2]; 4] = core::array::from_fn(|n| self.node(before - 1 + n));
        let weights = cubic_weights(position - before as f64);
        [0, 1].map(|section| Coeffs::weighted([0, 1, 2, 3].map(|n: usize| &nodes[n][section]), weights))
    }

    fn node(&mut self, idx: usize) -> [Coeffs; 2] {
        if let Some(Some(node)) = self.nodes.get(idx).copied() {
            return node;
        }
        let [frequency_hz, q] = self.frequency_hz_and_q;
        let gain_db = FIRST_DB + STEP_DB * idx as f64;
        let shape = Shape { kind: Kind::Bell, frequency_hz, gain_db, q, order: 1 };
        let sections = shape.sections(self.sample_rate_hz);
        let node = [Coeffs::new(&sections[0].main), Coeffs::new(&sections[0].correction)];
        if let Some(slot) = self.nodes.get_mut(idx) {
            *slot = Some(node);
        }
        node
    }
}

/// Of the values at -1, 0, 1 and 2 in the cubic through them, at `t` (Lagrange).
fn cubic_weights(t: f64) -> [f64; 4] {
    let (after, before, far) = (t + 1.0, t - 1.0, t - 2.0);
    [-t * before * far / 6.0, after * before * far / 2.0, -after * t * far / 2.0, after * t * before / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::matched::Ratio;

    /// The gain of coefficients at a frequency, from their impulse response.
    fn gain_db(coeffs: &[Coeffs; 2], radians: f64) -> f64 {
        let gain: f64 = coeffs.iter().map(|coeffs| coeffs.gain(radians)).product();
        20.0 * libm::log10(gain)
    }

    #[test]
    fn between_the_nodes_the_table_is_the_design() {
        let mut worst_db = 0.0_f64;
        for frequency_hz in [50.0, 1000.0, 9000.0, 18_000.0] {
            for q in [0.1, 0.7, 4.0, 24.0] {
                let mut table = GainTable::new(44_100.0);
                for step in 0..193 {
                    let gain_db_of_bell = -48.0 + 0.5 * f64::from(step);
                    let shape =
                        Shape { kind: Kind::Bell, frequency_hz, gain_db: gain_db_of_bell, q, order: 1 };
                    let exact = shape.sections(44_100.0)[0];
                    let response = |ratio: &Ratio| Coeffs::new(ratio);
                    let exact = [response(&exact.main), response(&exact.correction)];
                    for share in [0.02, 0.5, 0.9, 0.99, 1.0, 1.01, 1.1, 2.0] {
                        let radians = core::f64::consts::TAU * frequency_hz * share / 44_100.0;
                        if radians < 2.85 {
                            let error = gain_db(&table.coeffs(&shape), radians) - gain_db(&exact, radians);
                            worst_db = worst_db.max(error.abs());
                        }
                    }
                }
            }
        }
        assert!(worst_db < 0.01, "{worst_db} dB");
    }
}
