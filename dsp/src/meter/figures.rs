//! The units that meters speak, each a type of its own, so that no LUFS can be taken for a dBTP.
//!
//! What has not been measured is `None`, never a number. What was measured and turned out to be digital silence is
//! `Some` of minus infinity: the true logarithm of nothing, and a different statement.

use core::fmt;

/// Declares a figure: a number with a unit that prints as such, with one decimal unless told otherwise.
macro_rules! figure {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:.*} {}", f.precision().unwrap_or(1), self.0, $unit)
            }
        }
    };
}

figure! {
    /// Loudness relative to full scale, K-weighted (BS.1770-5). About -70 to +3; minus infinity is digital silence.
    Lufs, "LUFS"
}
figure! {
    /// A difference of two loudnesses, or of a peak and a loudness (Tech 3341, Tech 3342).
    Lu, "LU"
}
figure! {
    /// True peak relative to full scale (BS.1770-5 annex 2). Minus infinity is digital silence.
    Dbtp, "dBTP"
}
figure! {
    /// A sample peak or an unweighted RMS relative to full scale, where a square wave of full scale has the RMS 0 dBFS
    /// and a sine -3.01 dBFS. Minus infinity is digital silence.
    Dbfs, "dBFS"
}

/// Loudness of a weighted mean square is ten times its logarithm, shifted by this (BS.1770-5 annex 1, equation 2).
const LOUDNESS_OFFSET_DB: f64 = -0.691;

impl Lufs {
    /// The loudness of a mean square that was K-weighted and summed over channels.
    #[must_use]
    pub fn from_power(power: f64) -> Self {
        Self(LOUDNESS_OFFSET_DB + crate::units::power_to_db(power))
    }

    /// The K-weighted mean square that has this loudness.
    #[must_use]
    pub fn to_power(self) -> f64 {
        crate::units::db_to_power(self.0 - LOUDNESS_OFFSET_DB)
    }
}

impl core::ops::Sub for Lufs {
    type Output = Lu;

    fn sub(self, other: Self) -> Lu {
        Lu(self.0 - other.0)
    }
}

/// Everything that a loudness meter knows at one moment. Plain data, to be sent to a window or written in a report.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoudnessReading {
    /// Loudness of the last 400 ms. `None` before there have been 400 ms.
    pub momentary_lufs: Option<Lufs>,
    /// Loudness of the last 3 s. `None` before there have been 3 s.
    pub short_term_lufs: Option<Lufs>,
    /// The largest momentary loudness since the reset.
    pub max_momentary_lufs: Option<Lufs>,
    /// The largest short-term loudness since the reset.
    pub max_short_term_lufs: Option<Lufs>,
    /// Gated loudness of everything since the reset. `None` while no 400 ms block has been louder than -70 LUFS.
    pub integrated_lufs: Option<Lufs>,
    /// Loudness range (Tech 3342). `None` while no short-term value has reached -70 LUFS.
    pub range_lu: Option<Lu>,
    /// Whether 60 s have been heard, before which a range is to be shown as provisional (Tech 3341).
    pub is_range_stable: bool,
    /// The largest true peak of any channel as BS.1770's own filter reads it, to be compared with other meters' and with what
    /// a delivery asks for. `None` before the first sample.
    pub true_peak_dbtp: Option<Dbtp>,
    /// The highest point of any channel's band-limited curve: what the true peak is meant to be, read closer than the standard's
    /// filter does, and never under the sample peak. `None` before the first sample; what was heard in the last 50 ms may not be in it yet.
    pub intersample_peak_dbtp: Option<Dbtp>,
    /// The largest sample of any channel. `None` before the first sample.
    pub sample_peak_dbfs: Option<Dbfs>,
    /// Peak to loudness ratio: true peak less integrated loudness. `None` while either is.
    pub plr_lu: Option<Lu>,
    /// Unweighted, ungated root mean square over all samples of all channels. `None` before the first sample.
    pub rms_dbfs: Option<Dbfs>,
    /// Frames since the reset.
    pub num_frames: u64,
    /// Samples that were not audio (not a number, infinite, beyond +240 dBFS) and were taken for silence.
    pub num_damaged_samples: u64,
}
