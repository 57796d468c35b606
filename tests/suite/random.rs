//! Seeded randomness: noise, settings from the whole of the parameter table, and ways to split a signal.

use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// White noise from -1 to 1.
    pub(crate) fn noise(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (2.0 * self.unit() - 1.0) as f32).collect()
    }

    /// Every parameter anywhere in its range.
    pub(crate) fn settings(&mut self) -> ChainSettings {
        let mut settings = ChainSettings::default();
        for param in params::all() {
            param.set(&mut settings, param.from_normalized(self.unit())).expect("a knob stays in its range");
        }
        settings
    }

    /// The ends of consecutive parts of random length that cover `len`.
    pub(crate) fn splits(&mut self, len: usize, longest: usize) -> Vec<usize> {
        let (mut ends, mut end) = (Vec::new(), 0);
        while end < len {
            end = len.min(end + 1 + self.below(longest));
            ends.push(end);
        }
        ends
    }
}
