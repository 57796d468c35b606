//! Sections whose corner may lie anywhere, above the Nyquist frequency too.
//!
//! The square of the analogue frequency is very nearly a rational function of `phi`, the squared sine of half the digital frequency:
//! `w^2 ~ R(phi) = phi (P[0] + P[1] phi) / (1 + Q[0] phi + Q[1] phi^2)`, up to a factor. Put in its place, each analogue root `s` becomes the two
//! solutions of `R(phi) = -s^2`: one near where the matched root would be, and one beyond the Nyquist frequency that makes up
//! for the aliases. Neither can lie on the circle, so no root has to be kept away from it as with `z = exp(s T)`.

use super::matched::{Analogue, Quadratic, Ratio, Section};
use core::f64::consts::PI;

/// Numerator and denominator of `R`, found by search for the least error of shelves at 44.1 and 48 kHz.
const P: [f64; 2] = [4.0, -3.433_85];
const Q: [f64; 2] = [-1.227_526, 0.290_645];

/// `R` is exact at the corner, or up here if the corner is higher.
const HIGHEST_EXACT: f64 = 0.881 * PI;

/// No solution is farther than about one over this.
const FARTHEST_IS_OVER: f64 = 1e-9;

fn substituted(phi: f64) -> f64 {
    phi * (P[0] + P[1] * phi) / (1.0 + Q[0] * phi + Q[1] * phi * phi)
}

/// The section `numerator / denominator` with its corner or middle at `radians` per sample. Both are of the same order, or the
/// numerator is a power of `s`.
#[must_use]
pub fn section(numerator: Analogue, denominator: Analogue, radians: f64) -> Section {
    let exact_at = radians.min(HIGHEST_EXACT);
    let half = libm::sin(0.5 * exact_at);
    let scale = substituted(half * half) / (exact_at * exact_at);
    if denominator.0[2] == 0.0 {
        let main = Ratio {
            numerator: first_order(&numerator, scale),
            denominator: first_order(&denominator, scale),
        };
        return Section { main, ..Section::IDENTITY };
    }
    let [poles, far_poles] = digital(&denominator, scale);
    let far_poles = far_poles.scaled(1.0 / far_poles.dc);
    let zeros = match numerator.0 {
        [0.0, 0.0, _] => Quadratic { dc: 0.0, nyquist: 4.0, skew: 0.0 },
        [_, 0.0, 0.0] => first_order(&numerator, scale),
        _ => digital(&numerator, scale)[0],
    };
    let keeps_dc = zeros.dc > 0.0;
    let gain = if keeps_dc {
        numerator.0[0] / denominator.0[0] * poles.dc / zeros.dc
    } else {
        numerator.0[2] / denominator.0[0] * poles.dc
    };
    let main = Ratio { numerator: zeros.scaled(gain), denominator: poles };
    Section::corrected(main, numerator, denominator, far_poles, keeps_dc)
}

/// The digital quadratic of `c1 s + c0`: `scale c0^2 (1 + Q[0] phi + Q[1] phi^2) + c1^2 phi (P[0] + P[1] phi)` as a power.
fn first_order(analogue: &Analogue, scale: f64) -> Quadratic {
    let [c0, c1, _] = analogue.0;
    let (flat, rising) = (scale * c0 * c0, c1 * c1);
    let (linear, square) = (flat * Q[0] + rising * P[0], flat * Q[1] + rising * P[1]);
    let (dc, nyquist) = (flat.sqrt(), (flat + linear + square).sqrt());
    Quadratic { dc, nyquist, skew: (0.25 * (2.0 * flat + linear + 2.0 * dc * nyquist)).sqrt() }
}

/// The near and the far digital quadratic of an analogue one.
fn digital(analogue: &Analogue, scale: f64) -> [Quadratic; 2] {
    let [c0, c1, c2] = analogue.0;
    let natural_squared = scale * c0 / c2;
    let damping = 0.5 * c1 / (c0 * c2).sqrt();
    if damping < 1.0 {
        let square = Complex {
            re: natural_squared * (1.0 - 2.0 * damping * damping),
            im: natural_squared * 2.0 * damping * (1.0 - damping * damping).sqrt(),
        };
        square.solutions().map(Complex::with_conjugate)
    } else {
        let spread = damping + (damping * damping - 1.0).sqrt();
        let spread_squared = spread * spread;
        let square = |re: f64| Complex { re: -re, im: 0.0 };
        let slow = square(natural_squared / spread_squared).solutions();
        let fast = square(natural_squared * spread_squared).solutions();
        [0, 1].map(|n| of_reals(slow[n].re, fast[n].re))
    }
}

/// The quadratic whose power is `(phi - a) (phi - b)` or its opposite. Neither lies between 0 and 1.
fn of_reals(a: f64, b: f64) -> Quadratic {
    let (at_dc, at_nyquist) = (a * b, (1.0 - a) * (1.0 - b));
    let cross = a * (b - 1.0) + b * (a - 1.0);
    let cross = if at_dc < 0.0 { -cross } else { cross };
    let (dc, nyquist) = (at_dc.abs().sqrt(), at_nyquist.abs().sqrt());
    Quadratic { dc, nyquist, skew: (0.25 * (cross + 2.0 * dc * nyquist)).sqrt() }
}

#[derive(Debug, Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn abs(self) -> f64 {
        (self.re * self.re + self.im * self.im).sqrt()
    }

    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn over(self, other: Self) -> Self {
        let norm = other.re * other.re + other.im * other.im;
        let product = self.times(Self { im: -other.im, ..other });
        Self { re: product.re / norm, im: product.im / norm }
    }

    /// The square root that does not lie to the left.
    fn sqrt(self) -> Self {
        let larger = (0.5 * (self.abs() + self.re.abs())).sqrt();
        if larger == 0.0 {
            return self;
        }
        let other = 0.5 * self.im.abs() / larger;
        let (re, im) = if self.re >= 0.0 { (larger, other) } else { (other, larger) };
        Self { re, im: if self.im < 0.0 { -im } else { im } }
    }

    /// Where `R(phi)` is this: the near and the far solution.
    fn solutions(self) -> [Self; 2] {
        let mut a = Self { re: P[1] - self.re * Q[1], im: -self.im * Q[1] };
        if a.abs() < FARTHEST_IS_OVER {
            // The far solution passes infinity here.
            a.re = FARTHEST_IS_OVER;
        }
        let b = Self { re: P[0] - self.re * Q[0], im: -self.im * Q[0] };
        let c = Self { re: -self.re, im: -self.im };
        let (bb, ac) = (b.times(b), a.times(c));
        let mut root = Self { re: bb.re - 4.0 * ac.re, im: bb.im - 4.0 * ac.im }.sqrt();
        // Added to what points the same way, nothing cancels.
        if b.re * root.re + b.im * root.im < 0.0 {
            root = Self { re: -root.re, im: -root.im };
        }
        let t = Self { re: -0.5 * (b.re + root.re), im: -0.5 * (b.im + root.im) };
        [c.over(t), t.over(a)]
    }

    /// The quadratic whose power is the squared distance of `phi` from here.
    fn with_conjugate(self) -> Quadratic {
        let dc = self.abs();
        let nyquist = Self { re: 1.0 - self.re, ..self }.abs();
        let (even, both) = (dc * dc - self.re, dc * nyquist);
        // `both^2 - even^2` is the square of the imaginary part, which is small for sharp resonances of low frequency.
        let skew = if even < 0.0 {
            self.im.abs() / (2.0 * (both - even)).sqrt()
        } else {
            (0.5 * (even + both)).sqrt()
        };
        Quadratic { dc, nyquist, skew }
    }
}
