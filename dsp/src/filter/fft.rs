//! A complex Fourier transform whose bits are the same on every machine.
//!
//! The FFT crates choose their kernels by the processor they find and take their twiddle factors from the platform's libm;
//! either would break the promise of the same bits everywhere. This one is Stockham's autosort with radix 4, then 2, 3 and 5 for
//! what is left, real and imaginary parts in rows of their own so that its inner loops are vector code, and with `libm`'s sines.
//!
//! Source: C. Van Loan, "Computational Frameworks for the Fast Fourier Transform" (SIAM, 1992), section 1.7.

use crate::simd;
use core::ops::{Add, Mul, Sub};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch, f64x4};

/// The two rows of a complex signal, of equal length.
pub type Rows = [Vec<f64>; 2];

/// Transforms of one length: a power of two, or that times 3, 5 or 15.
#[derive(Debug, Clone, Default)]
pub struct Fft {
    /// The cosines and sines of the angles from 0 to a turn, clockwise.
    twiddles: Vec<[f64; 2]>,
    scratch: Rows,
    len: usize,
}

/// One pass: how many butterflies lie how far apart.
#[derive(Clone, Copy)]
struct Pass {
    /// Length of the transforms that are left.
    len: usize,
    /// How many of them run side by side.
    stride: usize,
}

impl Fft {
    /// Allocates and designs.
    ///
    /// # Panics
    /// If `len` is no power of two, nor that times 3, 5 or 15, or if the power is under 4.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let power = 1 << len.trailing_zeros();
        assert!(
            power >= 4 && matches!(len / power, 1 | 3 | 5 | 15),
            "an FFT of {len}: expected a power of two from 4 on, or that times 3, 5 or 15"
        );
        let angle = |k: usize| -core::f64::consts::TAU * k as f64 / len as f64;
        let twiddles = (0..len).map(|k| [libm::cos(angle(k)), libm::sin(angle(k))]).collect();
        Self { twiddles, scratch: [vec![0.0; len], vec![0.0; len]], len }
    }

    /// The sum over `n` of `x[n] exp(-2 pi i k n / len)`, in place. With the rows exchanged it is the inverse, times `len`.
    pub fn forward(&mut self, re: &mut [f64], im: &mut [f64]) {
        let level = simd::level();
        let mut pass = Pass { len: self.len, stride: 1 };
        let [scratch_re, scratch_im] = &mut self.scratch;
        let mut is_in_scratch = false;
        while pass.len > 1 {
            let rows = ([&mut *re, &mut *im], [&mut scratch_re[..], &mut scratch_im[..]]);
            let (from, to) = if is_in_scratch { (rows.1, rows.0) } else { rows };
            let radix =
                [4, 2, 3, 5].into_iter().find(|&radix| pass.len.is_multiple_of(radix)).unwrap_or(pass.len);
            match radix {
                4 => dispatch!(level, simd => radix_4(simd, &self.twiddles, pass, from, to)),
                2 => radix_2(&self.twiddles, pass, from, to),
                3 => dispatch!(level, _simd => radix_odd::<3>(&self.twiddles, pass, from, to)),
                _ => dispatch!(level, _simd => radix_odd::<5>(&self.twiddles, pass, from, to)),
            }
            pass = Pass { len: pass.len / radix, stride: pass.stride * radix };
            is_in_scratch = !is_in_scratch;
        }
        if is_in_scratch {
            re.copy_from_slice(scratch_re);
            im.copy_from_slice(scratch_im);
        }
    }
}

/// Cuts a row into four parts of `len`.
#[inline(always)]
fn quarters(row: &mut [f64], len: usize) -> [&mut [f64]; 4] {
    let (first, rest) = row.split_at_mut(len);
    let (second, rest) = rest.split_at_mut(len);
    let (third, fourth) = rest.split_at_mut(len);
    [first, second, third, &mut fourth[..len]]
}

#[inline(always)]
fn radix_4<S: Simd>(simd: S, twiddles: &[[f64; 2]], pass: Pass, from: [&mut [f64]; 2], to: [&mut [f64]; 2]) {
    let (stride, quarter) = (pass.stride, pass.len / 4);
    let part_len = stride * quarter;
    let ([from_re, from_im], [to_re, to_im]) = (from, to);
    let (x_re, x_im) = (quarters(from_re, part_len), quarters(from_im, part_len));
    for p in 0..quarter {
        let twiddle = |n: usize| twiddles[n * p * stride];
        let w = [twiddle(1), twiddle(2), twiddle(3)];
        let y_re = quarters(&mut to_re[4 * p * stride..], stride);
        let y_im = quarters(&mut to_im[4 * p * stride..], stride);
        if stride == 1 {
            let mut x = [[0.0; 2]; 4];
            for n in 0..4 {
                x[n] = [x_re[n][p], x_im[n][p]];
            }
            let y = butterfly(x, w);
            for n in 0..4 {
                (y_re[n][0], y_im[n][0]) = (y[n][0], y[n][1]);
            }
            continue;
        }
        // Every other stride is a multiple of four.
        for q in (0..stride).step_by(4) {
            let mut x = [[f64x4::splat(simd, 0.0); 2]; 4];
            for n in 0..4 {
                let first = p * stride + q;
                x[n][0] = f64x4::from_slice(simd, &x_re[n][first..][..4]);
                x[n][1] = f64x4::from_slice(simd, &x_im[n][first..][..4]);
            }
            let y = butterfly(x, w);
            for n in 0..4 {
                y[n][0].store_slice(&mut y_re[n][q..][..4]);
                y[n][1].store_slice(&mut y_im[n][q..][..4]);
            }
        }
    }
}

/// Four complex numbers, or vectors of them, through one butterfly.
#[inline(always)]
fn butterfly<V>([a, b, c, d]: [[V; 2]; 4], w: [[f64; 2]; 3]) -> [[V; 2]; 4]
where
    V: Copy + Add<Output = V> + Sub<Output = V> + Mul<f64, Output = V>,
{
    let (sum_ac, sum_bd) = ([a[0] + c[0], a[1] + c[1]], [b[0] + d[0], b[1] + d[1]]);
    let (dif_ac, dif_bd) = ([a[0] - c[0], a[1] - c[1]], [b[0] - d[0], b[1] - d[1]]);
    let turned = |[re, im]: [V; 2], w: [f64; 2]| [re * w[0] - im * w[1], re * w[1] + im * w[0]];
    [
        [sum_ac[0] + sum_bd[0], sum_ac[1] + sum_bd[1]],
        turned([dif_ac[0] + dif_bd[1], dif_ac[1] - dif_bd[0]], w[0]),
        turned([sum_ac[0] - sum_bd[0], sum_ac[1] - sum_bd[1]], w[1]),
        turned([dif_ac[0] - dif_bd[1], dif_ac[1] + dif_bd[0]], w[2]),
    ]
}

/// The pass after those of radix 4, of a length that has another factor of two.
fn radix_2(twiddles: &[[f64; 2]], pass: Pass, from: [&mut [f64]; 2], to: [&mut [f64]; 2]) {
    let half = pass.len / 2;
    let ([from_re, from_im], [to_re, to_im]) = (from, to);
    for p in 0..half {
        let [cos, sin] = twiddles[p * pass.stride];
        for q in 0..pass.stride {
            let (low, high) = (p * pass.stride + q, (p + half) * pass.stride + q);
            let (sum, difference) = (2 * p * pass.stride + q, (2 * p + 1) * pass.stride + q);
            to_re[sum] = from_re[low] + from_re[high];
            to_im[sum] = from_im[low] + from_im[high];
            let [re, im] = [from_re[low] - from_re[high], from_im[low] - from_im[high]];
            to_re[difference] = re * cos - im * sin;
            to_im[difference] = re * sin + im * cos;
        }
    }
}

/// A pass by the definition, as the last of a length three or five times a power of two.
#[inline(always)]
fn radix_odd<const RADIX: usize>(
    twiddles: &[[f64; 2]],
    pass: Pass,
    from: [&mut [f64]; 2],
    to: [&mut [f64]; 2],
) {
    let (stride, part) = (pass.stride, pass.len / RADIX);
    let ([from_re, from_im], [to_re, to_im]) = (from, to);
    for p in 0..part {
        for r in 0..RADIX {
            // The factor of each term is the root of the butterfly's own transform, times the twiddle factor of the pass.
            let turns: [[f64; 2]; RADIX] =
                core::array::from_fn(|k| twiddles[(r * k * part + r * p) * stride % twiddles.len()]);
            let first = (RADIX * p + r) * stride;
            let (to_re, to_im) = (&mut to_re[first..][..stride], &mut to_im[first..][..stride]);
            let terms: [_; RADIX] = core::array::from_fn(|k| {
                let first = (p + k * part) * stride;
                (&from_re[first..][..stride], &from_im[first..][..stride])
            });
            for q in 0..stride {
                let (mut sum_re, mut sum_im) = (0.0, 0.0);
                for ((re, im), [cos, sin]) in terms.iter().zip(turns) {
                    sum_re += re[q] * cos - im[q] * sin;
                    sum_im += re[q] * sin + im[q] * cos;
                }
                (to_re[q], to_im[q]) = (sum_re, sum_im);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, at powers of two and of four, at multiples of them, and back.
    #[test]
    fn it_is_the_transform_and_its_inverse() {
        for len in [4, 8, 12, 32, 40, 64, 120, 512, 960] {
            let signal = |n: usize, salt: usize| ((n * n * 7 + salt * n + 3) % 31) as f64 - 15.0;
            let input: Rows = [1, 5].map(|salt| (0..len).map(|n| signal(n, salt)).collect());
            let [mut re, mut im] = input.clone();
            let mut fft = Fft::new(len);
            fft.forward(&mut re, &mut im);
            for k in 0..len {
                let (mut sum_re, mut sum_im) = (0.0, 0.0);
                for n in 0..len {
                    let angle = -core::f64::consts::TAU * ((k * n) % len) as f64 / len as f64;
                    let (cos, sin) = (libm::cos(angle), libm::sin(angle));
                    sum_re += input[0][n] * cos - input[1][n] * sin;
                    sum_im += input[0][n] * sin + input[1][n] * cos;
                }
                assert!((re[k] - sum_re).abs() + (im[k] - sum_im).abs() < 1e-9, "bin {k} of {len}");
            }
            fft.forward(&mut im, &mut re);
            for n in 0..len {
                let back = [re[n] / len as f64, im[n] / len as f64];
                assert!(
                    (back[0] - input[0][n]).abs() + (back[1] - input[1][n]).abs() < 1e-10,
                    "{n} of {len}"
                );
            }
        }
    }
}
