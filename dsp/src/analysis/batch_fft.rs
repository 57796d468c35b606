//! The power spectra of several frames at once, a frame in each lane of the vector registers: sixteen in `f32`, eight in `f64`.
//!
//! A single small transform keeps wide registers busy with shuffling. Frames of a spectrogram come in hundreds, so here
//! each number of the transform is a row that holds it for all these frames: every step is a plain vector operation, and what
//! follows (filters, logarithms) is too. A lane never meets another, so a frame has the same bits whichever frames
//! are beside it and whatever instructions the machine has.
//!
//! The transform is Stockham's autosort with mixed radices on half the length, and the usual step from there to a real one.
//!
//! Source: C. Van Loan, "Computational Frameworks for the Fast Fourier Transform" (SIAM, 1992), sections 1.7 and 4.3.

use core::f64::consts::TAU;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8};

/// What a batch of `N` frames is worked out in.
pub(crate) trait Number<const N: usize>: Copy + Default + 'static {
    /// One number of each frame, in registers.
    type Lanes<S: Simd>: Lanes<S, Element = Self>;

    /// The nearest one.
    fn nearest(x: f64) -> Self;

    /// In single precision.
    fn single(self) -> f32;

    /// `N` samples.
    fn load<S: Simd>(simd: S, samples: &[f32]) -> Self::Lanes<S>;
}

impl Number<16> for f32 {
    type Lanes<S: Simd> = f32x16<S>;

    fn nearest(x: f64) -> Self {
        x as Self
    }

    #[inline(always)]
    fn single(self) -> f32 {
        self
    }

    #[inline(always)]
    fn load<S: Simd>(simd: S, samples: &[f32]) -> f32x16<S> {
        f32x16::from_slice(simd, samples)
    }
}

impl Number<8> for f64 {
    type Lanes<S: Simd> = f64x8<S>;

    fn nearest(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn single(self) -> f32 {
        self as f32
    }

    #[inline(always)]
    fn load<S: Simd>(simd: S, samples: &[f32]) -> f64x8<S> {
        let samples = &samples[..8];
        f64x8::load_array(simd, core::array::from_fn(|lane| Self::from(samples[lane])))
    }
}

/// Registers of numbers.
pub(crate) trait Lanes<S: Simd>: SimdFloat<S> {
    /// The number nearest to `x` in every lane.
    fn all(simd: S, x: f64) -> Self;
}

impl<S: Simd> Lanes<S> for f32x16<S> {
    #[inline(always)]
    fn all(simd: S, x: f64) -> Self {
        Self::splat(simd, x as f32)
    }
}

impl<S: Simd> Lanes<S> for f64x8<S> {
    #[inline(always)]
    fn all(simd: S, x: f64) -> Self {
        Self::splat(simd, x)
    }
}

/// One complex number of each frame, the real parts first.
pub(crate) type Complex<T, const N: usize> = [[T; N]; 2];

/// Transforms of one length, on rows.
#[derive(Debug, Clone)]
pub(crate) struct BatchFft<T, const N: usize> {
    passes: Vec<Pass<T>>,
    /// `exp(-2 pi i k / len)` for the step to the real transform.
    split: Vec<[T; 2]>,
    scratch: Vec<Complex<T, N>>,
}

/// One pass over the data.
#[derive(Debug, Clone)]
struct Pass<T> {
    radix: usize,
    /// How many butterflies share their factors, and how far apart their numbers are.
    stride: usize,
    /// For each butterfly the factors of all its results but the first.
    twiddles: Vec<[T; 2]>,
}

/// Whether [`BatchFft`] has a real transform of that length: a multiple of 16 with no prime factor over 5.
pub(crate) fn is_possible(len: usize) -> bool {
    let mut rest = len;
    for prime in [2, 3, 5] {
        while rest > 0 && rest.is_multiple_of(prime) {
            rest /= prime;
        }
    }
    len >= 32 && len.is_multiple_of(16) && rest == 1
}

impl<T: Number<N>, const N: usize> BatchFft<T, N> {
    /// Designs the real transform of a length that [`is_possible`]. Allocates.
    pub(crate) fn new(len: usize) -> Self {
        debug_assert!(is_possible(len), "a batch of transforms of {len}");
        let half = len / 2;
        let mut passes = Vec::new();
        let (mut rest, mut stride) = (half, 1);
        while rest > 1 {
            let radix = [8, 5, 4, 3, 2].into_iter().find(|&radix| rest.is_multiple_of(radix)).unwrap_or(rest);
            let factors = (0..rest / radix).flat_map(|p| (1..radix).map(move |k| unit::<T, N>(p * k, rest)));
            passes.push(Pass { radix, stride, twiddles: factors.collect() });
            (rest, stride) = (rest / radix, stride * radix);
        }
        let split = (0..=half / 2).map(|k| unit::<T, N>(k, len)).collect();
        Self { passes, split, scratch: vec![[[T::default(); N]; 2]; half] }
    }

    /// From the frames, even samples as real and odd ones as imaginary parts, to the power of each bin from 0 to half the
    /// rate: `|sum over n of x[n] exp(-2 pi i k n / len)|^2`. The frames are overwritten.
    #[inline(always)]
    pub(crate) fn powers<S: Simd>(&mut self, simd: S, frames: &mut [Complex<T, N>], powers: &mut [[T; N]]) {
        let mut is_in_scratch = false;
        for pass in &self.passes {
            let (from, to) = if is_in_scratch {
                (&self.scratch[..], &mut *frames)
            } else {
                (&*frames, &mut self.scratch[..])
            };
            match pass.radix {
                8 => run::<S, Radix8, T, N, 8>(simd, pass, from, to),
                5 => run::<S, Radix5, T, N, 5>(simd, pass, from, to),
                4 => run::<S, Radix4, T, N, 4>(simd, pass, from, to),
                3 => run::<S, Radix3, T, N, 3>(simd, pass, from, to),
                _ => run::<S, Radix2, T, N, 2>(simd, pass, from, to),
            }
            is_in_scratch = !is_in_scratch;
        }
        let spectrum = if is_in_scratch { &self.scratch[..] } else { &*frames };
        real_powers(simd, &self.split, spectrum, powers);
    }
}

/// `exp(-2 pi i k / len)`.
fn unit<T: Number<N>, const N: usize>(k: usize, len: usize) -> [T; 2] {
    let angle = -TAU * (k % len) as f64 / len as f64;
    [libm::cos(angle), libm::sin(angle)].map(T::nearest)
}

/// The sum over `j` of `x[j] exp(-2 pi i j k / R)` for each `k`.
trait Butterfly<const R: usize> {
    fn apply<S: Simd, L: Lanes<S>>(simd: S, x: [[L; 2]; R]) -> [[L; 2]; R];
}

#[inline(always)]
fn run<S: Simd, B: Butterfly<R>, T: Number<N>, const N: usize, const R: usize>(
    simd: S,
    pass: &Pass<T>,
    from: &[Complex<T, N>],
    to: &mut [Complex<T, N>],
) {
    let stride = pass.stride;
    let part_len = from.len() / R;
    for (p, (twiddles, block)) in
        pass.twiddles.chunks_exact(R - 1).zip(to.chunks_exact_mut(R * stride)).enumerate()
    {
        for q in 0..stride {
            let x = core::array::from_fn(|j| load(simd, &from[q + stride * p + part_len * j]));
            let y = B::apply(simd, x);
            store(y[0], &mut block[q]);
            for k in 1..R {
                store(rotate(simd, y[k], twiddles[k - 1]), &mut block[q + stride * k]);
            }
        }
    }
}

/// From the transform `z` of half the length to the powers of the real one. With `e` and `o` for the transforms of even and
/// odd samples, `z = e + i o`, so both come from `z[k]` and `z[half - k]`, and the bins are `e + w o` and `e - w o`.
#[inline(always)]
fn real_powers<S: Simd, T: Number<N>, const N: usize>(
    simd: S,
    split: &[[T; 2]],
    z: &[Complex<T, N>],
    powers: &mut [[T; N]],
) {
    let half = z.len();
    let [re, im] = load(simd, &z[0]);
    let (sum, difference) = (re + im, re - im);
    (sum * sum).store_slice(&mut powers[0]);
    (difference * difference).store_slice(&mut powers[half]);
    let quarter = T::Lanes::all(simd, 0.25);
    for k in 1..=half / 2 {
        let ([a_re, a_im], [b_re, b_im]) = (load(simd, &z[k]), load(simd, &z[half - k]));
        let even = [a_re + b_re, a_im - b_im];
        let odd = rotate(simd, [a_im + b_im, b_re - a_re], split[k]);
        for (bin, re, im) in
            [(k, even[0] + odd[0], even[1] + odd[1]), (half - k, even[0] - odd[0], even[1] - odd[1])]
        {
            ((re * re + im * im) * quarter).store_slice(&mut powers[bin]);
        }
    }
}

#[inline(always)]
fn load<S: Simd, T: Number<N>, const N: usize>(simd: S, x: &Complex<T, N>) -> [T::Lanes<S>; 2] {
    [T::Lanes::from_slice(simd, &x[0]), T::Lanes::from_slice(simd, &x[1])]
}

#[inline(always)]
fn store<S: Simd, T: Number<N>, const N: usize>(x: [T::Lanes<S>; 2], to: &mut Complex<T, N>) {
    x[0].store_slice(&mut to[0]);
    x[1].store_slice(&mut to[1]);
}

#[inline(always)]
fn rotate<S: Simd, L: Lanes<S>>(simd: S, x: [L; 2], by: [L::Element; 2]) -> [L; 2] {
    let (cos, sin) = (L::splat(simd, by[0]), L::splat(simd, by[1]));
    [x[0] * cos - x[1] * sin, x[0] * sin + x[1] * cos]
}

#[inline(always)]
fn add<S: Simd, L: Lanes<S>>(a: [L; 2], b: [L; 2]) -> [L; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn sub<S: Simd, L: Lanes<S>>(a: [L; 2], b: [L; 2]) -> [L; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

/// `a - i b`.
#[inline(always)]
fn sub_turned<S: Simd, L: Lanes<S>>(a: [L; 2], b: [L; 2]) -> [L; 2] {
    [a[0] + b[1], a[1] - b[0]]
}

/// `a + i b`.
#[inline(always)]
fn add_turned<S: Simd, L: Lanes<S>>(a: [L; 2], b: [L; 2]) -> [L; 2] {
    [a[0] - b[1], a[1] + b[0]]
}

#[inline(always)]
fn scale<S: Simd, L: Lanes<S>>(simd: S, a: [L; 2], by: f64) -> [L; 2] {
    let by = L::all(simd, by);
    [a[0] * by, a[1] * by]
}

struct Radix2;
struct Radix3;
struct Radix4;
struct Radix5;
struct Radix8;

impl Butterfly<2> for Radix2 {
    #[inline(always)]
    fn apply<S: Simd, L: Lanes<S>>(_: S, [a, b]: [[L; 2]; 2]) -> [[L; 2]; 2] {
        [add(a, b), sub(a, b)]
    }
}

impl Butterfly<3> for Radix3 {
    #[inline(always)]
    fn apply<S: Simd, L: Lanes<S>>(simd: S, [a, b, c]: [[L; 2]; 3]) -> [[L; 2]; 3] {
        const SIN_60: f64 = 0.866_025_403_784_438_6;
        let sum = add(b, c);
        let middle = sub(a, scale(simd, sum, 0.5));
        let across = scale(simd, sub(b, c), SIN_60);
        [add(a, sum), sub_turned(middle, across), add_turned(middle, across)]
    }
}

impl Butterfly<4> for Radix4 {
    #[inline(always)]
    fn apply<S: Simd, L: Lanes<S>>(_: S, [a, b, c, d]: [[L; 2]; 4]) -> [[L; 2]; 4] {
        let (ac, bd) = (add(a, c), add(b, d));
        let (a_c, b_d) = (sub(a, c), sub(b, d));
        [add(ac, bd), sub_turned(a_c, b_d), sub(ac, bd), add_turned(a_c, b_d)]
    }
}

impl Butterfly<5> for Radix5 {
    #[inline(always)]
    fn apply<S: Simd, L: Lanes<S>>(simd: S, [a, b, c, d, e]: [[L; 2]; 5]) -> [[L; 2]; 5] {
        const COS_72: f64 = 0.309_016_994_374_947_45;
        const COS_144: f64 = -0.809_016_994_374_947_5;
        const SIN_72: f64 = 0.951_056_516_295_153_5;
        const SIN_144: f64 = 0.587_785_252_292_473_1;
        let (be, cd) = (add(b, e), add(c, d));
        let (b_e, c_d) = (sub(b, e), sub(c, d));
        let first = add(a, add(scale(simd, be, COS_72), scale(simd, cd, COS_144)));
        let second = add(a, add(scale(simd, be, COS_144), scale(simd, cd, COS_72)));
        let first_across = add(scale(simd, b_e, SIN_72), scale(simd, c_d, SIN_144));
        let second_across = sub(scale(simd, b_e, SIN_144), scale(simd, c_d, SIN_72));
        [
            add(a, add(be, cd)),
            sub_turned(first, first_across),
            sub_turned(second, second_across),
            add_turned(second, second_across),
            add_turned(first, first_across),
        ]
    }
}

impl Butterfly<8> for Radix8 {
    #[inline(always)]
    fn apply<S: Simd, L: Lanes<S>>(simd: S, x: [[L; 2]; 8]) -> [[L; 2]; 8] {
        const COS_45: f64 = core::f64::consts::FRAC_1_SQRT_2;
        let even = Radix4::apply(simd, [x[0], x[2], x[4], x[6]]);
        let odd = Radix4::apply(simd, [x[1], x[3], x[5], x[7]]);
        // The odd results turned by 0, 45, 90 and 135 degrees; turns by 90 are in the sums.
        let [re, im] = odd[1];
        let second = scale(simd, [re + im, im - re], COS_45);
        let [re, im] = odd[3];
        let fourth = scale(simd, [im - re, -(re + im)], COS_45);
        [
            add(even[0], odd[0]),
            add(even[1], second),
            sub_turned(even[2], odd[2]),
            add(even[3], fourth),
            sub(even[0], odd[0]),
            sub(even[1], second),
            add_turned(even[2], odd[2]),
            sub(even[3], fourth),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;

    /// Against the definition, for every radix alone and together, each lane with a signal of its own.
    fn check_powers<T: Number<N> + Into<f64>, const N: usize>(tolerance: f64) {
        for len in [32, 48, 80, 96, 240, 400, 512, 720] {
            assert!(is_possible(len));
            let signal = |n: usize, lane: usize| ((n * n * 7 + lane * n + 3) % 31) as f64 / 32.0 - 0.5;
            let mut frames: Vec<Complex<T, N>> = (0..len / 2)
                .map(|n| [2 * n, 2 * n + 1].map(|n| core::array::from_fn(|lane| T::nearest(signal(n, lane)))))
                .collect();
            let mut powers = vec![[T::default(); N]; len / 2 + 1];
            let mut fft = BatchFft::<T, N>::new(len);
            dispatch!(crate::simd::level(), simd => fft.powers(simd, &mut frames, &mut powers));
            for (k, row) in powers.iter().enumerate() {
                for (lane, &power) in row.iter().enumerate() {
                    let (mut re, mut im) = (0.0, 0.0);
                    for n in 0..len {
                        let angle = -TAU * ((k * n) % len) as f64 / len as f64;
                        re += signal(n, lane) * libm::cos(angle);
                        im += signal(n, lane) * libm::sin(angle);
                    }
                    let (expected, scale) = (re * re + im * im, len as f64);
                    let error = (power.into() - expected).abs();
                    assert!(
                        error < tolerance * (expected + scale),
                        "bin {k} of {len}, lane {lane}: off {expected} by {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn powers_are_those_of_the_definition() {
        check_powers::<f32, 16>(2e-6);
        check_powers::<f64, 8>(2e-14);
    }

    #[test]
    fn other_lengths_are_known_to_be_impossible() {
        for len in [0, 1, 16, 100, 399, 448, 1000] {
            assert!(!is_possible(len), "{len}");
        }
    }
}
