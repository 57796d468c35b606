//! The curve that makes harmonics: polynomials, so that nothing beyond the seventh harmonic exists.
//!
//! Odd: what the saturator `P` with `P'(v) = (1 - v^2) (1 - 5/4 v^2)^2` changes, `P(v) - v`. It is flat at full scale, and 5/4 is
//! as much as leaves the third harmonic's share of a sine rising up to there. Even: a rounded rectifier of the same power
//! whose second and fourth harmonics' shares rise too. Neither has a linear part.
//!
//! A sine of amplitude `A` becomes these harmonics, by the powers of sine and cosine:
//!
//! | harmonic | amplitude |
//! |---|---|
//! | 1 | 3/4 c3 A^3 + 5/8 c5 A^5 + 35/64 c7 A^7 |
//! | 2 | 1/2 c2 A^2 + 1/2 c4 A^4 + 15/32 c6 A^6 |
//! | 3 | 1/4 c3 A^3 + 5/16 c5 A^5 + 21/64 c7 A^7 |
//! | 4 | 1/8 c4 A^4 + 3/16 c6 A^6 |
//! | 5 | 1/16 c5 A^5 + 7/64 c7 A^7 |
//! | 6 | 1/32 c6 A^6 |
//! | 7 | 1/64 c7 A^7 |

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x16};

/// As many harmonics as the curve makes, the first among them.
pub const NUM_HARMONICS: usize = 7;

/// Coefficients of the third, fifth and seventh power.
const ODD: [f32; 3] = [-7.0 / 6.0, 13.0 / 16.0, -25.0 / 112.0];

/// Coefficients of the second, fourth and sixth power.
const EVEN: [f32; 3] = [0.4, -0.25, 0.075];

/// The harmonics of `x` when it is driven by `gain` into the curve, at the level of `x`: the curve's value over `gain`.
#[inline(always)]
pub(super) fn harmonics<S: Simd>(x: f32x16<S>, gain: f32x16<S>, even_share: f32x16<S>) -> f32x16<S> {
    let v = x * gain;
    let squared = v * v;
    let odd = squared * (squared * (squared * ODD[2] + ODD[1]) + ODD[0]);
    let even = v * (squared * (squared * EVEN[2] + EVEN[1]) + EVEN[0]);
    x * (odd + even_share * (even - odd))
}

/// What the curve makes of a value within full scale, for the display; `even_share` is 0 for odd harmonics alone, 1 for even ones.
#[must_use]
pub fn shaped(driven: f32, even_share: f32) -> f32 {
    dispatch!(Level::baseline(), simd => {
        let [driven, gain, even_share] = [driven, 1.0, even_share].map(|x| f32x16::splat(simd, x));
        harmonics(driven, gain, even_share).as_slice()[0]
    })
}

/// The amplitudes of the harmonics of a sine that is driven to `amplitude`, at most 1, over that amplitude; the first is what the
/// sine itself gains or loses. For the display.
#[must_use]
pub fn harmonic_gains(amplitude: f32, even_share: f32) -> [f32; NUM_HARMONICS] {
    // More than twice the highest harmonic, so that none folds onto another.
    const NUM_POINTS: usize = 32;
    let turn = |n: usize| core::f32::consts::TAU * n as f32 / NUM_POINTS as f32;
    // Of a cosine, every harmonic is a cosine too.
    let values: [f32; NUM_POINTS] =
        core::array::from_fn(|n| shaped(amplitude * libm::cosf(turn(n)), even_share));
    core::array::from_fn(|idx| {
        let products = values.iter().enumerate().map(|(n, value)| value * libm::cosf(turn(n * (idx + 1))));
        2.0 * products.sum::<f32>() / (NUM_POINTS as f32 * amplitude.max(f32::MIN_POSITIVE))
    })
}
