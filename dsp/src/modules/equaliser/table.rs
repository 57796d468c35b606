//! A bell of one frequency and Q at any gain, for one whose gain moves all the time.
//!
//! The coefficients are smooth functions of the gain in dB, so cubics through exact designs at every 1.5 dB follow them within a few
//! thousandths of a decibel. Each design is made when it is first needed.

use super::design::{Kind, Shape};
use crate::filter::section_coeffs::Coeffs;

const STEP_DB: f64 = 1.5;

/// Gain and range add up to at most 48 dB either way.
const NUM_NODES: usize = 68;
const FIRST_DB: f64 = -49.5;

/// Exact designs at equal steps of gain.
#[derive(Debug, Clone, Default)]
pub(super) struct GainTable {
    sample_rate_hz: f64,
    frequency_hz_and_q: [f64; 2],
    nodes: Vec<[Coeffs; 2]>,
    is_designed: Vec<bool>,
}

impl GainTable {
    /// An empty table.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let nodes = vec![[Coeffs::IDENTITY; 2]; NUM_NODES];
        Self { sample_rate_hz, frequency_hz_and_q: [0.0; 2], nodes, is_designed: vec![false; NUM_NODES] }
    }

    /// Whether there is a table.
    pub(super) fn is_prepared(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// The bell and its correction.
    pub(super) fn coeffs(&mut self, shape: &Shape) -> [Coeffs; 2] {
        let frequency_hz_and_q = [shape.frequency_hz, shape.q];
        if self.frequency_hz_and_q != frequency_hz_and_q {
            self.frequency_hz_and_q = frequency_hz_and_q;
            self.is_designed.fill(false);
        }
        let position = (shape.gain_db - FIRST_DB) / STEP_DB;
        let before = (position as usize).clamp(1, NUM_NODES - 3);
        for idx in before - 1..before + 3 {
            if !self.is_designed[idx] {
                self.design(idx);
            }
        }
        let weights = cubic_weights(position - before as f64);
        let [p, q, r, s] = &self.nodes[before - 1..before + 3] else { unreachable!("four nodes") };
        [
            Coeffs::weighted([&p[0], &q[0], &r[0], &s[0]], weights),
            Coeffs::weighted([&p[1], &q[1], &r[1], &s[1]], weights),
        ]
    }

    fn design(&mut self, idx: usize) {
        let [frequency_hz, q] = self.frequency_hz_and_q;
        let gain_db = FIRST_DB + STEP_DB * idx as f64;
        let shape = Shape { kind: Kind::Bell, frequency_hz, gain_db, q, order: 1 };
        let sections = shape.sections(self.sample_rate_hz);
        self.nodes[idx] = [Coeffs::new(&sections[0].main), Coeffs::new(&sections[0].correction)];
        self.is_designed[idx] = true;
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

    /// The gain of a bell and its correction at a frequency.
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
                    let exact = [Coeffs::new(&exact.main), Coeffs::new(&exact.correction)];
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
