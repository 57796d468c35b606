//! What was done to a file and what came of it, for people and for programs.

use crate::assist::Advice;
use crate::decode::AudioInfo;
use crate::measure::Measurement;
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The figures of one file. What does not exist, such as the integrated loudness of silence, is `null`; so is minus infinity
/// in JSON, which has no such number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Gated loudness of the whole (BS.1770-5).
    pub integrated_lufs: Option<f64>,
    /// Largest loudness of any 3 s.
    pub max_short_term_lufs: Option<f64>,
    /// Largest loudness of any 400 ms.
    pub max_momentary_lufs: Option<f64>,
    /// Loudness range (Tech 3342).
    pub range_lu: Option<f64>,
    /// True peak by the independent detector at sixteen times oversampling.
    pub true_peak_dbtp: Option<f64>,
    /// True peak as the standard's four times oversampling reads it (BS.1770-5 annex 2).
    pub itu_true_peak_dbtp: Option<f64>,
    /// True peak as the meter of the chain and of displays reads it, closer than the standard's filter does. It is the third opinion:
    /// a ceiling is proven by the two above.
    pub intersample_peak_dbtp: Option<f64>,
    /// Largest sample.
    pub sample_peak_dbfs: Option<f64>,
    /// True peak over loudness.
    pub plr_lu: Option<f64>,
    /// Unweighted root mean square.
    pub rms_dbfs: Option<f64>,
}

impl From<&Measurement> for Figures {
    fn from(measurement: &Measurement) -> Self {
        let reading = &measurement.reading;
        let true_peak_dbtp = measurement.reference_peak_dbtp.map(|peak| peak.0);
        let integrated_lufs = reading.integrated_lufs.map(|lufs| lufs.0);
        Self {
            integrated_lufs,
            max_short_term_lufs: reading.max_short_term_lufs.map(|lufs| lufs.0),
            max_momentary_lufs: reading.max_momentary_lufs.map(|lufs| lufs.0),
            range_lu: reading.range_lu.map(|range| range.0),
            true_peak_dbtp,
            itu_true_peak_dbtp: reading.true_peak_dbtp.map(|peak| peak.0),
            intersample_peak_dbtp: reading.intersample_peak_dbtp.map(|peak| peak.0),
            sample_peak_dbfs: reading.sample_peak_dbfs.map(|peak| peak.0),
            plr_lu: true_peak_dbtp.zip(integrated_lufs).map(|(peak, lufs)| peak - lufs),
            rms_dbfs: reading.rms_dbfs.map(|rms| rms.0),
        }
    }
}

/// A file and its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// As it was named; in JSON, what is no Unicode in it is replaced.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// Container and sample format.
    pub format: String,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub num_channels: usize,
    /// Length.
    pub duration_s: f64,
    /// Samples that were no audio (not a number, infinite) and counted as silence.
    pub num_damaged_samples: u64,
    /// What it measures.
    pub figures: Figures,
}

impl FileReport {
    /// Joins what the header and the meters said.
    #[must_use]
    pub fn new(path: &Path, info: &AudioInfo, measurement: &Measurement) -> Self {
        Self {
            path: path.to_owned(),
            format: info.format.clone(),
            sample_rate_hz: info.sample_rate_hz,
            num_channels: info.num_channels,
            duration_s: measurement.reading.num_frames as f64 / f64::from(info.sample_rate_hz),
            num_damaged_samples: measurement.reading.num_damaged_samples,
            figures: Figures::from(measurement),
        }
    }
}

fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// What the master was to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Target {
    /// Integrated loudness, if one was asked for.
    pub integrated_lufs: Option<f64>,
    /// How near it must be.
    pub tolerance_lu: f64,
    /// Highest true peak, by the independent detector and by the standard's.
    pub ceiling_dbtp: f64,
    /// Lowest root mean square, if the delivery has one.
    pub rms_min_dbfs: Option<f64>,
    /// Highest root mean square, if the delivery has one.
    pub rms_max_dbfs: Option<f64>,
}

/// A figure that is not what it was to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// Which figure.
    pub figure: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What was wanted.
    pub wanted: f64,
    /// What could be reached.
    pub reached: f64,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figure, unit, wanted, reached } = self;
        let difference_unit = if *unit == "LUFS" { "LU" } else { "dB" };
        let off = (reached - wanted).abs();
        write!(
            f,
            "{figure} {reached:.2} {unit} instead of {wanted:.2} {unit}, off by {off:.2} {difference_unit}"
        )
    }
}

/// How the master was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Work {
    /// Gain at the input.
    pub input_trim_db: f64,
    /// The gain that was solved for.
    pub loudness_gain_db: f64,
    /// What the limiter was told, so that the ceiling holds.
    pub limiter_ceiling_dbtp: f64,
    /// The limiter's deepest reduction.
    pub deepest_limiter_reduction_db: f64,
    /// How often the programme was rendered to find this.
    pub num_passes: usize,
    /// Samples beyond full scale that an integer format could not hold.
    pub num_clipped_samples: u64,
}

/// Everything about one bounce.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which Lacquer it was.
    pub lacquer_version: &'static str,
    /// The preset it began with.
    pub preset: String,
    /// What came in.
    pub input: FileReport,
    /// What went out, measured from the file that was written.
    pub output: FileReport,
    /// What was wanted.
    pub target: Target,
    /// What the assistant heard and changed, if it was asked and had enough to hear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant: Option<Advice>,
    /// What could not be had; empty when all was.
    pub misses: Vec<Miss>,
    /// How it was made.
    pub work: Work,
    /// What it was made with, in JSON by the parameters' ids: a stream or a host with these settings gives the same bits.
    #[serde(serialize_with = "by_id")]
    pub settings: ChainSettings,
}

fn by_id<S: Serializer>(settings: &ChainSettings, serializer: S) -> Result<S::Ok, S::Error> {
    let settings: BTreeMap<&str, f64> = params::all().map(|param| (param.id, param.get(settings))).collect();
    settings.serialize(serializer)
}

/// Compares what came out with what was wanted.
#[must_use]
pub fn misses(target: &Target, figures: &Figures) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut check =
        |figure, unit, wanted: Option<f64>, reached: Option<f64>, is_met: &dyn Fn(f64, f64) -> bool| {
            if let (Some(wanted), Some(reached)) = (wanted, reached)
                && !is_met(wanted, reached)
            {
                misses.push(Miss { figure, unit, wanted, reached });
            }
        };
    let lufs = figures.integrated_lufs.or(Some(f64::NEG_INFINITY));
    check("integrated loudness", "LUFS", target.integrated_lufs, lufs, &|wanted, reached| {
        (reached - wanted).abs() <= target.tolerance_lu
    });
    let at_most = |wanted: f64, reached: f64| reached <= wanted;
    let at_least = |wanted: f64, reached: f64| reached >= wanted;
    let itu_is_higher = figures.itu_true_peak_dbtp > figures.true_peak_dbtp;
    let true_peak = if itu_is_higher { figures.itu_true_peak_dbtp } else { figures.true_peak_dbtp };
    check("true peak", "dBTP", Some(target.ceiling_dbtp), true_peak, &at_most);
    check("RMS", "dBFS", target.rms_min_dbfs, figures.rms_dbfs, &at_least);
    check("RMS", "dBFS", target.rms_max_dbfs, figures.rms_dbfs, &at_most);
    misses
}
