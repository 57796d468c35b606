//! Which vector instructions the inner loops run on: the widest this processor has, found at run time.
//!
//! A kernel is one function, generic over [`fearless_simd::Simd`], that `dispatch!` compiles once for each set of
//! instructions. Its bits are the same on all of them, because it keeps to these rules:
//!
//! - products and sums are written apart, never as `mul_add`, which some processors round once and others twice;
//! - minima and maxima are comparisons and selections, because `min` and `max` treat zeros of either sign differently;
//! - a sum over lanes, if there must be one, adds in an order that does not depend on how many lanes a register has;
//! - what is generic is `#[inline(always)]`, or the loop would be compiled for the poorest processor.
//!
//! `tests/suite/parity.rs` compares the sets of instructions bit by bit.

use core::sync::atomic::{AtomicU8, Ordering};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd};

/// Sets of instructions, from the widest down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Widest {
    /// Whatever there is.
    Any,
    /// At most AVX2, 256 bits.
    Avx2,
    /// What every processor of the architecture has: SSE2 or NEON, 128 bits.
    Baseline,
}

static WIDEST: AtomicU8 = AtomicU8::new(Widest::Any as u8);

/// Processors that are prepared from now on, and what asks at every call, use no wider instructions than these. For tests that compare bits, and for
/// measuring what the instructions are worth; nothing that is heard depends on it.
pub fn limit(widest: Widest) {
    WIDEST.store(widest as u8, Ordering::Relaxed);
}

/// The instructions to use.
#[must_use]
pub(crate) fn level() -> Level {
    let level = Level::new();
    match WIDEST.load(Ordering::Relaxed) {
        widest if widest == Widest::Baseline as u8 => Level::baseline(),
        widest if widest == Widest::Avx2 as u8 => at_most_avx2(level),
        _ => level,
    }
}

/// What the instructions in use are called: `AVX-512`, `AVX2`, `SSE4.2`, `NEON`, or `baseline` for what every processor of the
/// architecture has.
#[must_use]
pub fn name() -> &'static str {
    match level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(_) => "AVX-512",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx2(_) => "AVX2",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Sse4_2(_) => "SSE4.2",
        #[cfg(target_arch = "aarch64")]
        Level::Neon(_) => "NEON",
        _ => "baseline",
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn at_most_avx2(level: Level) -> Level {
    level.as_avx2().map_or(level, Level::Avx2)
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn at_most_avx2(level: Level) -> Level {
    level
}

/// Rows for columns. Each step zips the first half of the rows with the second, as one shuffles cards.
#[inline(always)]
pub(crate) fn transposed<S: Simd, L: SimdBase<S>, const N: usize>(mut rows: [L; N]) -> [L; N] {
    for _ in 0..N.ilog2() {
        rows = core::array::from_fn(|idx| {
            let (a, b) = (rows[idx / 2], rows[idx / 2 + N / 2]);
            if idx % 2 == 0 { a.zip_low(b) } else { a.zip_high(b) }
        });
    }
    rows
}
