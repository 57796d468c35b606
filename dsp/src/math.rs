//! Per-sample mathematics whose bits do not depend on the platform's libm.
//!
//! Everything here is built from IEEE additions, multiplications, divisions and bit moves, so scalar code, vector
//! code, and every operating system agree. `clippy.toml` forbids the standard library's transcendental functions
//! in this crate.

/// Adding and subtracting this leaves the nearest whole number, in the rounding mode every host runs in.
const ROUND_MAGIC: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, for magnitudes below 2^51. Halves go to the even neighbour.
#[must_use]
#[inline]
pub fn round(x: f64) -> f64 {
    (x + ROUND_MAGIC) - ROUND_MAGIC
}

/// Base-2 logarithm of a positive, normal number, within 2e-9 of the true value.
///
/// The mantissa is centred on 1 and its logarithm is the series of `2 artanh((m - 1) / (m + 1))` up to the ninth power.
#[must_use]
#[inline]
pub fn log2(x: f64) -> f64 {
    const SQRT_HALF_BITS: u64 = 0x3FE6_A09E_667F_3BCD;
    const TWO_OVER_LN_2: f64 = 2.885_390_081_777_926_8;
    // The exponent, biased to be positive, becomes a number by way of the bits of 2^52: vector units have no
    // conversion of 64-bit integers, and one in this place would keep loops over this function scalar.
    const BIAS: u64 = 1023 << 52;
    const TWO_TO_52_BITS: u64 = 0x4330_0000_0000_0000;
    const TWO_TO_52_AND_BIAS: f64 = 4_503_599_627_370_496.0 + 1023.0;
    let biased = x.to_bits().wrapping_sub(SQRT_HALF_BITS).wrapping_add(BIAS) >> 52;
    let exponent = f64::from_bits(TWO_TO_52_BITS | biased) - TWO_TO_52_AND_BIAS;
    let mantissa = f64::from_bits(x.to_bits().wrapping_sub(biased << 52).wrapping_add(BIAS));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let series = 1.0 + s2 * (1.0 / 3.0 + s2 * (1.0 / 5.0 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0))));
    exponent + TWO_OVER_LN_2 * s * series
}

/// Two to the power of `x`, within a relative 2e-11, for -1000 <= x <= 1000 (clamped beyond).
///
/// The fraction, at most a half, goes through the Taylor series of degree nine; the whole part is the exponent's bits.
#[must_use]
#[inline]
pub fn exp2(x: f64) -> f64 {
    let x = x.clamp(-1000.0, 1000.0);
    // The low bits of the shifted number are the whole part, which spares a conversion that vector units lack.
    let shifted = x + ROUND_MAGIC;
    let whole = shifted - ROUND_MAGIC;
    let t = (x - whole) * core::f64::consts::LN_2;
    let high =
        1.0 / 120.0 + t * (1.0 / 720.0 + t * (1.0 / 5040.0 + t * (1.0 / 40320.0 + t * (1.0 / 362_880.0))));
    let series = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * high))));
    series * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// Decibels of amplitude per octave of base-2 logarithm: 20 log10(2).
const DB_PER_LOG2: f64 = 6.020_599_913_279_624;

/// Decibels of a linear amplitude, per sample. Anything at or under 1e-15 reads -300 dB.
#[must_use]
#[inline]
pub fn amplitude_to_db(amplitude: f64) -> f64 {
    DB_PER_LOG2 * log2(amplitude.max(1e-15))
}

/// Linear gain of decibels, per sample.
#[must_use]
#[inline]
pub fn db_to_amplitude(db: f64) -> f64 {
    exp2(db * (1.0 / DB_PER_LOG2))
}

/// Adding and subtracting this leaves the nearest whole number of an `f32`.
const ROUND_MAGIC_F32: f32 = 12_582_912.0;

/// [`log2`] of a positive, normal `f32`, within 2e-6 of the true value or half a unit in the last place of it.
///
/// The mantissa is centred on 1, and its logarithm is a polynomial through the Chebyshev points, exact at 1.
#[must_use]
#[inline(always)]
pub fn log2_f32(x: f32) -> f32 {
    const SQRT_HALF_BITS: i32 = 0x3F35_04F3;
    const P: [f32; 7] =
        [1.442_696_5, -0.721_360_2, 0.480_613_1, -0.359_524_45, 0.296_119_57, -0.267_963_9, 0.168_186_62];
    let bits = x.to_bits() as i32;
    let exponent = bits.wrapping_sub(SQRT_HALF_BITS) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32) - 1.0;
    let high = P[3] + m * (P[4] + m * (P[5] + m * P[6]));
    exponent as f32 + m * (P[0] + m * (P[1] + m * (P[2] + m * high)))
}

/// [`exp2`] within a relative 2e-7, for -126 <= x <= 126 (clamped beyond).
///
/// The fraction, at most a half, goes through a polynomial that is exact at 0; the whole part is the exponent's bits.
#[must_use]
#[inline(always)]
pub fn exp2_f32(x: f32) -> f32 {
    const P: [f32; 6] = [
        core::f32::consts::LN_2,
        0.240_226_5,
        0.055_503_57,
        0.009_618_083,
        0.001_339_086_3,
        0.000_154_531_63,
    ];
    let x = if x > -126.0 { x } else { -126.0 };
    let x = if x < 126.0 { x } else { 126.0 };
    let shifted = x + ROUND_MAGIC_F32;
    let t = x - (shifted - ROUND_MAGIC_F32);
    let series = 1.0 + t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * (P[4] + t * P[5])))));
    series * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Decibels of a linear amplitude; the argument is a normal number, as 1e-15 is.
#[must_use]
#[inline(always)]
pub fn amplitude_to_db_f32(amplitude: f32) -> f32 {
    DB_PER_LOG2 as f32 * log2_f32(amplitude)
}

/// Linear gain of decibels.
#[must_use]
#[inline(always)]
pub fn db_to_amplitude_f32(db: f32) -> f32 {
    exp2_f32(db * (1.0 / DB_PER_LOG2) as f32)
}

/// What a decaying filter state becomes: itself, or zero once it is far below anything audible.
///
/// Hosts differ in their flush-to-zero flags. States stop at 1e-30 (-600 dBFS), long before a subnormal, so the flags
/// never matter. It is applied every sample, so no block boundary is involved.
#[must_use]
#[inline]
pub fn flush(state: f64) -> f64 {
    if state.abs() < 1e-30 { 0.0 } else { state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log2_and_exp2_keep_their_stated_error() {
        for step in 0..200_000 {
            let x = -60.0 + f64::from(step) * 6e-4;
            let y = exp2(x);
            assert!((y / libm::exp2(x) - 1.0).abs() < 2e-11, "exp2({x}) = {y}");
            assert!((log2(y) - libm::log2(y)).abs() < 2e-9, "log2({y})");
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(exp2(0.0), 1.0);
    }

    #[test]
    fn the_short_log2_and_exp2_keep_their_stated_error() {
        for step in 0..200_000 {
            let x = (-60.0 + f64::from(step) * 6e-4) as f32;
            let y = exp2_f32(x);
            assert!((f64::from(y) / libm::exp2(f64::from(x)) - 1.0).abs() < 2e-7, "exp2({x}) = {y}");
            let expected = libm::log2(f64::from(y));
            let bound = 2e-6 + expected.abs() * 6e-8;
            assert!((f64::from(log2_f32(y)) - expected).abs() < bound, "log2({y})");
        }
        assert_eq!(log2_f32(1.0), 0.0);
        assert_eq!(exp2_f32(0.0), 1.0);
    }

    #[test]
    fn rounding_goes_to_the_nearest() {
        for (x, expected) in [(0.4, 0.0), (0.6, 1.0), (-1.6, -2.0), (2.5, 2.0), (12345.49, 12345.0)] {
            assert_eq!(round(x), expected);
        }
    }
}
