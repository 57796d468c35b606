//! Second-order sections whose magnitude follows the analogue prototype up to nine tenths of the Nyquist frequency.
//!
//! Poles and zeros are matched, `z = exp(s T)`, as in M. Vicanek, "Matched Second Order Digital Filters" (2016), section 2, or
//! for shelves substituted ([`super::substituted`]).
//! What the aliases of both leave over is a smooth function of frequency without resonances, and a second section corrects it: its poles
//! are fixed, its zeros a linear least-squares fit, so that it moves as smoothly as the controls do and can never fail to be stable.
//! Numerators fitted to three points of the magnitude instead are 0.8 dB off for broad bells at 18 kHz and 44.1 kHz; these keep within
//! 0.1 dB (`tests/suite/equaliser/` has the figures).

use core::f64::consts::PI;

/// Where the correction is fitted, as fractions of the Nyquist frequency; 0.905 is 20 kHz at 44.1 kHz.
const FIT_AT: [f64; 9] = [0.1, 0.25, 0.4, 0.52, 0.63, 0.73, 0.8, 0.86, 0.905];

/// Zeros above the Nyquist frequency keep their distance from the circle, and this angle.
const WIDEST_ANGLE: f64 = 0.97 * PI;

/// Up to this deviation of power (0.01 dB) nothing is corrected; at twice as much, everything is.
const CORRECT_FROM: f64 = 0.0023;

/// `c[2] s^2 + c[1] s + c[0]`, with `s` in radians per sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analogue(pub [f64; 3]);

impl Analogue {
    pub(super) fn power(&self, radians: f64) -> f64 {
        let [c0, c1, c2] = self.0;
        let (even, odd) = (c0 - c2 * radians * radians, c1 * radians);
        even * even + odd * odd
    }

    /// The digital polynomial with the roots at `exp(s)`, and the factor between both at low frequencies.
    fn matched(&self) -> (Quadratic, f64) {
        let [c0, c1, c2] = self.0;
        if c2 == 0.0 {
            return if c1 == 0.0 { (Quadratic::ONE, c0) } else { first_order(c0, c1) };
        }
        if c0 == 0.0 {
            return (Quadratic { dc: 0.0, nyquist: 4.0, skew: 0.0 }, c2);
        }
        let (natural, damping) = ((c0 / c2).sqrt(), 0.5 * c1 / (c0 * c2).sqrt());
        let skew = -libm::expm1(-2.0 * damping * natural);
        let quadratic = if damping < 1.0 {
            let radius = libm::exp(-damping * natural);
            let inside = -libm::expm1(-damping * natural);
            let angle = ((1.0 - damping * damping).sqrt() * natural).min(WIDEST_ANGLE);
            let half = libm::sin(0.5 * angle);
            let turn = 4.0 * radius * half * half;
            Quadratic { dc: inside * inside + turn, nyquist: (1.0 + radius) * (1.0 + radius) - turn, skew }
        } else {
            let spread = damping + (damping * damping - 1.0).sqrt();
            let (slow, fast) = (natural / spread, natural * spread);
            let dc = libm::expm1(-slow) * libm::expm1(-fast);
            Quadratic { dc, nyquist: (1.0 + libm::exp(-slow)) * (1.0 + libm::exp(-fast)), skew }
        };
        (quadratic, c0 / quadratic.dc)
    }
}

fn first_order(c0: f64, c1: f64) -> (Quadratic, f64) {
    let root = c0 / c1;
    let quadratic = Quadratic { dc: -libm::expm1(-root), nyquist: 1.0 + libm::exp(-root), skew: 1.0 };
    (quadratic, if c0 == 0.0 { c1 } else { c0 / quadratic.dc })
}

/// `b0 + b1 z^-1 + b2 z^-2` by its values where they matter. With all three positive, the roots lie inside the circle.
///
/// Low corners leave `b0 + b1 + b2` as a tiny difference of large numbers; kept apart, it loses nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadratic {
    /// `b0 + b1 + b2`.
    pub dc: f64,
    /// `b0 - b1 + b2`.
    pub nyquist: f64,
    /// `b0 - b2`.
    pub skew: f64,
}

impl Quadratic {
    const ONE: Self = Self { dc: 1.0, nyquist: 1.0, skew: 1.0 };

    const fn with_roots(p: f64, q: f64) -> Self {
        Self { dc: (1.0 - p) * (1.0 - q), nyquist: (1.0 + p) * (1.0 + q), skew: 1.0 - p * q }
    }

    pub(super) fn scaled(self, factor: f64) -> Self {
        Self { dc: self.dc * factor, nyquist: self.nyquist * factor, skew: self.skew * factor }
    }

    /// The squared magnitude where `sin^2(w / 2)` is `phi`: a sum of squares, so nothing cancels.
    fn power(&self, phi: f64) -> f64 {
        let even = self.dc * (1.0 - phi) - self.nyquist * phi;
        even * even + 4.0 * self.skew * self.skew * phi * (1.0 - phi)
    }
}

/// A second-order digital filter, coefficients only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Zeros.
    pub numerator: Quadratic,
    /// Poles.
    pub denominator: Quadratic,
}

impl Ratio {
    const IDENTITY: Self = Self { numerator: Quadratic::ONE, denominator: Quadratic::ONE };

    fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    fn power(&self, phi: f64) -> f64 {
        self.numerator.power(phi) / self.denominator.power(phi)
    }
}

/// What a section is for decides the fixed poles of its correction, found by search for the least error over the whole range of
/// controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Bells and tilt.
    Bell,
    /// Low-pass.
    LowPass,
    /// High-pass.
    HighPass,
}

impl Family {
    const fn poles(self) -> Quadratic {
        match self {
            Self::Bell => Quadratic::with_roots(-0.527_1, -0.069_3),
            Self::LowPass => Quadratic::with_roots(-0.494_5, 0.003),
            Self::HighPass => Quadratic::with_roots(-0.553, -0.146_6),
        }
    }
}

/// Zeros at infinity have no match. These stand for them, found by the same search: `1 - 0.06846 phi - 0.11864 phi^2` as a power.
const NO_ZEROS: Quadratic = Quadratic { dc: 1.0, nyquist: 0.901_609, skew: 0.966_278 };

/// A matched section and its correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Matched poles and zeros.
    pub main: Ratio,
    /// What brings the magnitude to the prototype's.
    pub correction: Ratio,
}

impl Section {
    /// Lets everything through.
    pub const IDENTITY: Self = Self { main: Ratio::IDENTITY, correction: Ratio::IDENTITY };

    /// The section for `numerator / denominator`. The poles' natural frequency must lie below the Nyquist frequency.
    #[must_use]
    pub fn new(family: Family, numerator: Analogue, denominator: Analogue) -> Self {
        let ((zeros, zeros_scale), (poles, poles_scale)) = (numerator.matched(), denominator.matched());
        let zeros = if family == Family::LowPass { NO_ZEROS } else { zeros };
        let main = Ratio { numerator: zeros.scaled(zeros_scale / poles_scale), denominator: poles };
        Self::corrected(main, numerator, denominator, family.poles(), family != Family::HighPass)
    }

    /// Fits a correction with these poles, exact at zero frequency or not.
    pub(super) fn corrected(
        main: Ratio,
        numerator: Analogue,
        denominator: Analogue,
        poles: Quadratic,
        keeps_dc: bool,
    ) -> Self {
        let wanted = FIT_AT.map(|at| {
            let half = libm::sin(0.5 * PI * at);
            let phi = half * half;
            let power = numerator.power(PI * at) / denominator.power(PI * at);
            (phi, power / main.power(phi))
        });
        Self { main, correction: correction(poles, wanted, keeps_dc) }
    }

    /// The filter that undoes this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { main: self.main.inverse(), correction: self.correction.inverse() }
    }

    /// The same at another level.
    #[must_use]
    pub fn scaled(mut self, gain: f64) -> Self {
        self.main.numerator = self.main.numerator.scaled(gain);
        self
    }

    /// The gain at a frequency, dB.
    #[must_use]
    pub fn gain_db(&self, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        let half = libm::sin(PI * frequency_hz / sample_rate_hz);
        let phi = half * half;
        crate::units::power_to_db(self.main.power(phi) * self.correction.power(phi))
    }
}

/// Fits the zeros over fixed poles to the wanted power by least squares of the relative error.
fn correction(poles: Quadratic, mut wanted: [(f64, f64); FIT_AT.len()], keeps_dc: bool) -> Ratio {
    let furthest = wanted.iter().fold(0.0_f64, |m, (_, power)| m.max((power - 1.0).abs()));
    let share = (furthest / CORRECT_FROM - 1.0).clamp(0.0, 1.0);
    if share == 0.0 {
        return Ratio { numerator: poles, denominator: poles };
    }
    wanted.iter_mut().for_each(|(_, power)| *power = 1.0 + share * (*power - 1.0));
    // The power is x[0] (1 - phi)^2 + x[1] phi (1 - phi) + x[2] phi^2.
    let (mut normal, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
    for (phi, power) in wanted {
        let target = power * poles.power(phi);
        let row = [(1.0 - phi) * (1.0 - phi) / target, phi * (1.0 - phi) / target, phi * phi / target];
        for i in 0..3 {
            right[i] += row[i];
            for j in 0..3 {
                normal[i][j] += row[i] * row[j];
            }
        }
    }
    if keeps_dc {
        normal[0] = [1.0, 0.0, 0.0];
        right[0] = poles.dc * poles.dc;
    }
    let [dc, cross, nyquist] = solved(normal, right);
    let (dc, nyquist) = (dc.max(1e-6).sqrt(), nyquist.max(1e-6).sqrt());
    let dc = if keeps_dc { poles.dc } else { dc };
    let skew = (0.25 * (cross + 2.0 * dc * nyquist)).max(1e-6).sqrt();
    Ratio { numerator: Quadratic { dc, nyquist, skew }, denominator: poles }
}

/// Three linear equations, by elimination.
fn solved(mut rows: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for i in 0..3 {
        for k in i + 1..3 {
            let factor = rows[k][i] / rows[i][i];
            for j in i..3 {
                rows[k][j] -= factor * rows[i][j];
            }
            right[k] -= factor * right[i];
        }
    }
    for i in (0..3).rev() {
        for j in i + 1..3 {
            right[i] -= rows[i][j] * right[j];
        }
        right[i] /= rows[i][i];
    }
    right
}
