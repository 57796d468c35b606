//! A complex Fourier transform whose bits are the same on every machine.
//!
//! The FFT crates choose their kernels by the processor they find and take their twiddle factors from the platform's libm;
//! either would break the promise of the same bits everywhere. This one is Stockham's autosort with radix 4, real
//! and imaginary parts in rows of their own so that its inner loops become vector code, and with `libm`'s sines.
//!
//! Source: C. Van Loan, "Computational Frameworks for the Fast Fourier Transform" (SIAM, 1992), section 1.7.

/// The two rows of a complex signal, of equal length.
pub type Rows = [Vec<f64>; 2];

/// Transforms of one length, a power of two.
#[derive(Debug, Clone, Default)]
pub struct Fft {
    /// The cosines and sines of the angles from 0 to `3/4` of a turn, clockwise.
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
    /// If `len` is no power of two, or under 4.
    #[must_use]
    pub fn new(len: usize) -> Self {
        assert!(len.is_power_of_two() && len >= 4, "an FFT of {len}: expected a power of two from 4 on");
        let angle = |k: usize| -core::f64::consts::TAU * k as f64 / len as f64;
        let twiddles = (0..3 * len / 4).map(|k| [libm::cos(angle(k)), libm::sin(angle(k))]).collect();
        Self { twiddles, scratch: [vec![0.0; len], vec![0.0; len]], len }
    }

    /// The sum over `n` of `x[n] exp(-2 pi i k n / len)`, in place. With the rows exchanged it is the inverse, times `len`.
    pub fn forward(&mut self, re: &mut [f64], im: &mut [f64]) {
        let mut pass = Pass { len: self.len, stride: 1 };
        let [scratch_re, scratch_im] = &mut self.scratch;
        let mut is_in_scratch = false;
        while pass.len > 1 {
            let rows = ([&mut *re, &mut *im], [&mut scratch_re[..], &mut scratch_im[..]]);
            let (from, to) = if is_in_scratch { (rows.1, rows.0) } else { rows };
            if pass.len >= 4 {
                radix_4(&self.twiddles, pass, from, to);
                pass = Pass { len: pass.len / 4, stride: pass.stride * 4 };
            } else {
                radix_2(pass, from, to);
                pass = Pass { len: 1, stride: pass.stride * 2 };
            }
            is_in_scratch = !is_in_scratch;
        }
        if is_in_scratch {
            re.copy_from_slice(scratch_re);
            im.copy_from_slice(scratch_im);
        }
    }
}

/// Cuts a row into four parts of `len`.
fn quarters(row: &mut [f64], len: usize) -> [&mut [f64]; 4] {
    let (first, rest) = row.split_at_mut(len);
    let (second, rest) = rest.split_at_mut(len);
    let (third, fourth) = rest.split_at_mut(len);
    [first, second, third, &mut fourth[..len]]
}

fn radix_4(twiddles: &[[f64; 2]], pass: Pass, from: [&mut [f64]; 2], to: [&mut [f64]; 2]) {
    let (stride, quarter) = (pass.stride, pass.len / 4);
    let part_len = stride * quarter;
    let ([from_re, from_im], [to_re, to_im]) = (from, to);
    let (x_re, x_im) = (quarters(from_re, part_len), quarters(from_im, part_len));
    for p in 0..quarter {
        let twiddle = |n: usize| twiddles[n * p * stride];
        let (w1, w2, w3) = (twiddle(1), twiddle(2), twiddle(3));
        let range = p * stride..(p + 1) * stride;
        let [a_re, b_re, c_re, d_re] = [0, 1, 2, 3].map(|n| &x_re[n][range.clone()]);
        let [a_im, b_im, c_im, d_im] = [0, 1, 2, 3].map(|n| &x_im[n][range.clone()]);
        let place = 4 * p * stride;
        let [y0_re, y1_re, y2_re, y3_re] = quarters(&mut to_re[place..], stride);
        let [y0_im, y1_im, y2_im, y3_im] = quarters(&mut to_im[place..], stride);
        for q in 0..stride {
            let (sum_ac_re, sum_ac_im) = (a_re[q] + c_re[q], a_im[q] + c_im[q]);
            let (dif_ac_re, dif_ac_im) = (a_re[q] - c_re[q], a_im[q] - c_im[q]);
            let (sum_bd_re, sum_bd_im) = (b_re[q] + d_re[q], b_im[q] + d_im[q]);
            let (dif_bd_re, dif_bd_im) = (b_re[q] - d_re[q], b_im[q] - d_im[q]);
            y0_re[q] = sum_ac_re + sum_bd_re;
            y0_im[q] = sum_ac_im + sum_bd_im;
            let (u_re, u_im) = (dif_ac_re + dif_bd_im, dif_ac_im - dif_bd_re);
            y1_re[q] = u_re * w1[0] - u_im * w1[1];
            y1_im[q] = u_re * w1[1] + u_im * w1[0];
            let (u_re, u_im) = (sum_ac_re - sum_bd_re, sum_ac_im - sum_bd_im);
            y2_re[q] = u_re * w2[0] - u_im * w2[1];
            y2_im[q] = u_re * w2[1] + u_im * w2[0];
            let (u_re, u_im) = (dif_ac_re - dif_bd_im, dif_ac_im + dif_bd_re);
            y3_re[q] = u_re * w3[0] - u_im * w3[1];
            y3_im[q] = u_re * w3[1] + u_im * w3[0];
        }
    }
}

/// The last pass of a length that is no power of four; its twiddle factors are one.
fn radix_2(pass: Pass, from: [&mut [f64]; 2], to: [&mut [f64]; 2]) {
    for (x, y) in from.into_iter().zip(to) {
        let (low, high) = x.split_at(pass.stride);
        let (sum, difference) = y.split_at_mut(pass.stride);
        for q in 0..pass.stride {
            sum[q] = low[q] + high[q];
            difference[q] = low[q] - high[q];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, at powers of two and of four, and back.
    #[test]
    fn it_is_the_transform_and_its_inverse() {
        for len in [4, 8, 32, 64, 512] {
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
