//! A second-order section as a state-variable filter whose output is mixed from its input and its memory.
//!
//! Source: A. Simper, "Solving the continuous SVF equations using trapezoidal integration" (Cytomic, 2013). With input `x`, memories
//! `m1` and `m2`, and `v = x - m2`: `m1' = a m1 + b v`, `m2' = m2 + b m1 + c v`, and the output is `d x + e m1 + f m2`.

use super::matched::Ratio;

/// A section: three numbers that move its memory, and three that mix its output from the input and both memories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coeffs {
    pub(super) memory: [f64; 3],
    pub(super) mix: [f64; 3],
}

/// The mix that leaves the input as it is.
pub(super) const IDENTITY_MIX: [f64; 3] = [1.0, 0.0, 0.0];

impl Coeffs {
    /// The input alone.
    pub const IDENTITY: Self = Self { memory: [0.0; 3], mix: IDENTITY_MIX };

    /// The section with this transfer function.
    #[must_use]
    pub fn new(ratio: &Ratio) -> Self {
        let (b, a) = (&ratio.numerator, &ratio.denominator);
        let g = (a.dc / a.nyquist).sqrt();
        let damping = 2.0 * a.skew / a.nyquist;
        let a1 = 1.0 / (1.0 + g * g + damping);
        let memory = [2.0 * a1 - 1.0, 2.0 * g * a1, 2.0 * g * g * a1];
        if b == a {
            return Self { memory, mix: IDENTITY_MIX };
        }
        let (high, low) = (b.nyquist / a.nyquist, b.dc / a.dc);
        // Band and low are means of a memory before and after, hence the halves.
        let half_band = (b.skew / a.nyquist - 0.5 * high * damping) / g;
        let half_low = 0.5 * (low - high);
        let [first, cross, second] = memory;
        let turned = half_band * cross + half_low * second;
        let mix = [high + turned, half_band * (1.0 + first) + half_low * cross, 2.0 * half_low - turned];
        Self { memory, mix }
    }

    /// Whether the output is the input, bit for bit.
    #[must_use]
    #[inline]
    pub fn is_identity(&self) -> bool {
        self.mix == IDENTITY_MIX
    }

    /// The gain at a frequency in radians per sample.
    #[cfg(test)]
    pub(crate) fn gain(&self, radians: f64) -> f64 {
        let ([a, b, c], [direct, of_first, of_second]) = (self.memory, self.mix);
        // (z - M) m = input by Cramer's rule, with M = [a, -b; b, 1 - c] and input [b, c], at z = exp(j radians).
        let (re, im) = (libm::cos(radians), libm::sin(radians));
        let times = |x: [f64; 2], y: [f64; 2]| [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]];
        let (p, q) = ([re - a, im], [re - 1.0 + c, im]);
        let determinant = {
            let product = times(p, q);
            [product[0] + b * b, product[1]]
        };
        let first = [b * q[0] - b * c, b * q[1]];
        let second = [c * p[0] + b * b, c * p[1]];
        let numerator: [f64; 2] =
            core::array::from_fn(|n| of_first * first[n] + of_second * second[n] + direct * determinant[n]);
        let norm = |x: [f64; 2]| (x[0] * x[0] + x[1] * x[1]).sqrt();
        norm(numerator) / norm(determinant)
    }

    /// A share of the section and the rest of its input.
    #[must_use]
    #[inline]
    pub fn heard(self, share: f64) -> Self {
        if share == 1.0 {
            return self;
        }
        Self { mix: core::array::from_fn(|n| share_of_the_way(IDENTITY_MIX[n], self.mix[n], share)), ..self }
    }

    /// The coefficients a share of the way to `other`. What is the identity takes the other's memory.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let from = if self.is_identity() { other.memory } else { self.memory };
        let to = if other.is_identity() { self.memory } else { other.memory };
        Self {
            memory: core::array::from_fn(|n| share_of_the_way(from[n], to[n], share)),
            mix: core::array::from_fn(|n| share_of_the_way(self.mix[n], other.mix[n], share)),
        }
    }

    /// The sum of coefficients by weights that add up to one.
    #[must_use]
    #[inline]
    pub fn weighted([p, q, r, s]: [&Self; 4], weights: [f64; 4]) -> Self {
        let mut sum = Self::IDENTITY;
        for n in 0..3 {
            sum.memory[n] = (weights[0] * p.memory[n] + weights[1] * q.memory[n])
                + (weights[2] * r.memory[n] + weights[3] * s.memory[n]);
        }
        if p.is_identity() && q.is_identity() && r.is_identity() && s.is_identity() {
            return sum;
        }
        for n in 0..3 {
            sum.mix[n] = (weights[0] * p.mix[n] + weights[1] * q.mix[n])
                + (weights[2] * r.mix[n] + weights[3] * s.mix[n]);
        }
        sum
    }

    pub(super) fn rows(&self) -> [f64; 6] {
        let ([a, b, c], [d, e, f]) = (self.memory, self.mix);
        [a, b, c, d, e, f]
    }
}

fn share_of_the_way(from: f64, to: f64, share: f64) -> f64 {
    from + share * (to - from)
}
