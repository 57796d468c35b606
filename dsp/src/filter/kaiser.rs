//! The Kaiser window and the windowed sinc that every finite filter here is cut from.
//!
//! Source: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", ISCAS 1974.

use core::f64::consts::PI;

/// The window at `position` from -1 to 1; `beta` sets how far the side lobes lie under the main one.
#[must_use]
pub fn kaiser(position: f64, beta: f64) -> f64 {
    let inside = 1.0 - position * position;
    if inside < 0.0 { 0.0 } else { bessel_i0(beta * inside.sqrt()) / bessel_i0(beta) }
}

/// `sin(pi x) / (pi x)`.
#[must_use]
pub fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(PI * x) / (PI * x) }
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (n * n);
        sum += term;
        n += 1.0;
    }
    sum
}
