//! What is asked for, and what cannot be asked for.

use crate::assist::Assist;
use crate::encode::OutputFormat;
use lacquer_dsp::settings::{ChainSettings, DitherKind, DitherSettings};
use lacquer_presets::Preset;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// What a master's integrated loudness can be asked to be, in LUFS.
pub const OUTPUT_LUFS: RangeInclusive<f64> = -60.0..=0.0;

/// What its highest true peak can be asked to be, in dBTP. The limiter's own range goes lower, since a solver may have to tell it a
/// lower ceiling.
pub const CEILING_DBTP: RangeInclusive<f64> = -30.0..=0.0;

/// What to make of a programme, wherever it comes from and goes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Settings and targets.
    pub preset: Preset,
    /// Whether the assistant adapts the settings to the programme, and what it leaves alone.
    pub assist: Option<Assist>,
    /// The dither, instead of the preset's.
    pub dither: Option<DitherKind>,
    /// Whether to give the closest that can be had where the target cannot.
    pub best_effort: bool,
    /// Whether one channel counts as heard from two loudspeakers.
    pub dual_mono: bool,
}

/// What to make of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The file to master.
    pub input: PathBuf,
    /// Where the master goes.
    pub output: PathBuf,
    /// What it is to be.
    pub order: Order,
    /// How it is stored.
    pub format: OutputFormat,
    /// Whether a file that stands at `output` may be replaced.
    pub overwrite: bool,
}

/// A wish that nobody can fulfil.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name}: expected {expected}, found {found}")]
pub struct NotInRange {
    name: &'static str,
    expected: String,
    found: String,
}

impl Order {
    /// Asks for other targets than the preset's, in LUFS and dBTP; `names` are what the caller calls the two.
    ///
    /// # Errors
    /// Names the target that is out of [`OUTPUT_LUFS`] or [`CEILING_DBTP`], or no number.
    pub fn with_targets(
        mut self,
        output_lufs: Option<f64>,
        ceiling_dbtp: Option<f64>,
        names: [&'static str; 2],
    ) -> Result<Self, NotInRange> {
        self.preset.bounce.output_lufs =
            in_range(names[0], output_lufs, &OUTPUT_LUFS)?.or(self.preset.bounce.output_lufs);
        let limiter = &mut self.preset.settings.limiter;
        limiter.ceiling_dbtp =
            in_range(names[1], ceiling_dbtp, &CEILING_DBTP)?.unwrap_or(limiter.ceiling_dbtp);
        Ok(self)
    }
}

fn in_range(
    name: &'static str,
    value: Option<f64>,
    range: &RangeInclusive<f64>,
) -> Result<Option<f64>, NotInRange> {
    match value {
        Some(value) if !range.contains(&value) => Err(NotInRange {
            name,
            expected: format!("{} to {}", range.start(), range.end()),
            found: value.to_string(),
        }),
        _ => Ok(value),
    }
}

/// The bits of the file that a master in memory will be stored in.
///
/// # Errors
/// For others than 16 and 24.
pub fn stored_bits(bits: Option<u32>) -> Result<Option<usize>, NotInRange> {
    match bits {
        None | Some(16 | 24) => Ok(bits.map(|bits| bits as usize)),
        Some(other) => {
            let expected = "16, 24, or none where samples are not rounded".to_owned();
            Err(NotInRange { name: "bits", expected, found: other.to_string() })
        }
    }
}

/// A setting that cannot stand beside what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Contradiction {
    /// The only gain that could reach the loudness is bypassed.
    #[error("loudness.bypass is on: expected it off, or no loudness target ({0:.1} LUFS)")]
    GainBypassed(f64),
    /// The gain that is to be solved for was set.
    #[error("loudness.gain_db is solved for: expected it left alone, or no loudness target ({0:.1} LUFS)")]
    GainSet(f64),
    /// A file whose samples are not rounded to anything audible has nothing to dither.
    #[error(
        "dither is for files of 16 and 24 bits: expected none in an MP3, or one of 32 bits or floating point (--dither none)"
    )]
    NothingToDither,
    /// The grid of the settings is not the file's.
    #[error(
        "dither.bits is {set}: expected {file}, the bits of the file (--bits), or the setting left alone"
    )]
    DitherBits {
        /// What the settings say.
        set: usize,
        /// What the file has.
        file: usize,
    },
}

/// What the dither is set to for a master of so many bits ([`OutputFormat::dither_bits`]). One of 16 or 24 bits is dithered, with TPDF
/// unless something else is said, and `dither.bypass`, which is about listening, does not matter; any other is not dithered.
///
/// # Errors
/// When dither was asked for, or its bits, that the file has no use for.
pub fn dither_for(
    settings: &ChainSettings,
    file_bits: Option<usize>,
    asked: Option<DitherKind>,
) -> Result<DitherSettings, Contradiction> {
    let set = settings.dither;
    let default = ChainSettings::default().dither;
    let kind = asked.unwrap_or(set.kind);
    match file_bits {
        Some(file) if set.bits != file && set.bits != default.bits => {
            Err(Contradiction::DitherBits { set: set.bits, file })
        }
        Some(bits) => Ok(DitherSettings { bypass: false, bits, kind }),
        None if asked == Some(DitherKind::None) => Ok(default),
        None if asked.is_some() || !set.bypass || set.kind == DitherKind::Shaped => {
            Err(Contradiction::NothingToDither)
        }
        None => Ok(set),
    }
}

/// Refuses settings that a bounce would have to ignore.
///
/// # Errors
/// Names the setting.
pub fn check_preset(preset: &Preset) -> Result<(), Contradiction> {
    match preset.bounce.output_lufs {
        Some(lufs) if preset.settings.loudness.bypass => Err(Contradiction::GainBypassed(lufs)),
        Some(lufs) if preset.settings.loudness.gain_db != 0.0 => Err(Contradiction::GainSet(lufs)),
        _ => Ok(()),
    }
}
