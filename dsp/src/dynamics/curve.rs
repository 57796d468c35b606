//! The static curve of a compressor: downward above one threshold, upward below another.
//!
//! Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and Analysis",
//! JAES 60 (2012), equation 4, the quadratic knee. The upward half is its mirror image, cut off at a greatest gain.

/// How much gain a level loses or wins.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Curve {
    /// Middle of the downward knee, dB.
    pub threshold_db: f64,
    /// 1 - 1 / ratio: 0 leaves the level alone, 1 is a limiter.
    pub slope: f64,
    /// Width of both knees, dB; 0 is a hard one.
    pub knee_db: f64,
    /// Middle of the upward knee, dB.
    pub upward_threshold_db: f64,
    /// 1 - 1 / upward ratio: 0 is off.
    pub upward_slope: f64,
    /// The most gain that is given, dB.
    pub upward_max_db: f64,
}

impl Curve {
    /// Decibels of gain that a level of `level_db` loses; negative is gain. It never falls as the level rises, so one smoother,
    /// which takes the louder for the stronger, serves both directions.
    #[inline]
    #[must_use]
    pub fn reduction_db(&self, level_db: f64) -> f64 {
        let per_knee = if self.knee_db > 0.0 { 0.5 / self.knee_db } else { 0.0 };
        let lost_db = self.slope * self.beyond_db(level_db - self.threshold_db, per_knee);
        let won_db = self.upward_slope * self.beyond_db(self.upward_threshold_db - level_db, per_knee);
        lost_db - if won_db < self.upward_max_db { won_db } else { self.upward_max_db }
    }

    /// How far beyond a threshold, rounded by the knee. Without a branch, so that a loop over it becomes vector code.
    #[inline]
    fn beyond_db(&self, over_db: f64, per_knee: f64) -> f64 {
        let half_knee_db = 0.5 * self.knee_db;
        let start_db = over_db + half_knee_db;
        let from_start_db = if start_db > 0.0 { start_db } else { 0.0 };
        let into_knee_db = if from_start_db < self.knee_db { from_start_db } else { self.knee_db };
        let past_db = over_db - half_knee_db;
        into_knee_db * into_knee_db * per_knee + if past_db > 0.0 { past_db } else { 0.0 }
    }

    /// Up to this level, dB, nothing changes; minus infinity where even silence is raised.
    #[must_use]
    pub fn quiet_db(&self) -> f64 {
        if self.upward_slope * self.upward_max_db > 0.0 {
            f64::NEG_INFINITY
        } else {
            self.threshold_db - 0.5 * self.knee_db
        }
    }
}
