//! The static curve of a compressor: downward above one threshold, upward below another.
//!
//! Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and Analysis",
//! JAES 60 (2012), equation 4, the quadratic knee. The upward half is its mirror image, cut off at a greatest gain.

use crate::settings::BandSettings;
use core::ops::{Add, Div, Mul, Sub};

/// What the curve needs of a number: `f64`, or `f32` where sixteen curves run side by side.
pub trait Number:
    Copy
    + Default
    + PartialOrd
    + From<f32>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
}

impl Number for f32 {}
impl Number for f64 {}

/// How much gain a level loses or wins.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Curve<T> {
    /// Middle of the downward knee, dB.
    pub threshold_db: T,
    /// 1 - 1 / ratio: 0 leaves the level alone, 1 is a limiter.
    pub slope: T,
    /// Width of both knees, dB; 0 is a hard one.
    pub knee_db: T,
    /// Middle of the upward knee, dB.
    pub upward_threshold_db: T,
    /// 1 - 1 / upward ratio: 0 is off.
    pub upward_slope: T,
    /// The most gain that is given, dB.
    pub upward_max_db: T,
}

impl Curve<f64> {
    /// The curve of a band of the multiband compressor.
    #[must_use]
    pub fn of_band(band: &BandSettings) -> Self {
        Self {
            threshold_db: band.threshold_db,
            slope: 1.0 - 1.0 / band.ratio,
            knee_db: band.knee_db,
            upward_threshold_db: band.upward_threshold_db,
            upward_slope: 1.0 - 1.0 / band.upward_ratio,
            upward_max_db: band.upward_max_db,
        }
    }
}

impl<T: Number> Curve<T> {
    /// Decibels of gain that a level of `level_db` loses; negative is gain. It never falls as the level rises, so one smoother,
    /// which takes the louder for the stronger, serves both directions. `per_knee` is that of [`per_knee`].
    ///
    /// There is no branch, so that a loop over it becomes vector code.
    #[inline(always)]
    #[must_use]
    pub fn reduction_db(&self, level_db: T, per_knee: T) -> T {
        let lost_db = self.lost_db(level_db, per_knee);
        let won_db = self.upward_slope * self.beyond_db(self.upward_threshold_db - level_db, per_knee);
        lost_db - if won_db < self.upward_max_db { won_db } else { self.upward_max_db }
    }

    /// The downward half alone.
    #[inline(always)]
    #[must_use]
    pub fn lost_db(&self, level_db: T, per_knee: T) -> T {
        self.slope * self.beyond_db(level_db - self.threshold_db, per_knee)
    }

    /// How far beyond a threshold, rounded by the knee.
    #[inline(always)]
    fn beyond_db(&self, over_db: T, per_knee: T) -> T {
        let start_db = over_db + T::from(0.5) * self.knee_db;
        let from_start_db = if start_db > T::default() { start_db } else { T::default() };
        let into_knee_db = if from_start_db < self.knee_db { from_start_db } else { self.knee_db };
        into_knee_db * into_knee_db * per_knee + (from_start_db - into_knee_db)
    }
}

/// One over twice the knee's width, or zero where there is no knee.
#[inline(always)]
#[must_use]
pub fn per_knee<T: Number>(knee_db: T) -> T {
    if knee_db > T::default() { T::from(0.5) / knee_db } else { T::default() }
}
