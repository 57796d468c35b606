//! The one button: the gain with which what was measured meets the target.

use crate::editor::PageContext;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::meter::{LoudnessReading, Lufs};
use lacquer_dsp::param::Param;
use lacquer_dsp::settings::ChainSettings;
use std::fmt;

/// Less than this is no difference.
const SMALLEST_STEP_DB: f64 = 0.05;

/// Why there is nothing to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The meters stand still.
    Paused,
    /// What is measured is not the master.
    Listening,
    /// Nothing was heard yet.
    Measurement,
    /// It meets the target.
    Nothing,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paused => "The meters are paused.",
            Self::Listening => "Bypass, solo or delta is on: what is measured is not the master.",
            Self::Measurement => "Play the loudest part first.",
            Self::Nothing => "The programme meets the target.",
        })
    }
}

/// The settings with which a programme that was measured as `output` meets the target, and by how many decibels its gain moves.
///
/// The limiter gives back less than it gets: where it works much, another measurement and another match come closer.
///
/// # Errors
/// When nothing was measured, or nothing is to be done.
pub fn matched(
    settings: &ChainSettings,
    output: &LoudnessReading,
    target_lufs: f64,
    target_peak_dbtp: f64,
    gain: &Param,
) -> Result<(ChainSettings, f64), Missing> {
    let measured = output.integrated_lufs.filter(|lufs| lufs.0.is_finite());
    let Some(Lufs(measured_lufs)) = measured else { return Err(Missing::Measurement) };
    let mut wanted = *settings;
    // A module that is left out gave no gain, whatever it was set to.
    let present_db = if settings.loudness.bypass { 0.0 } else { settings.loudness.gain_db };
    let gain_db = (present_db + target_lufs - measured_lufs).clamp(gain.min, gain.max);
    let moved_db = gain_db - present_db;
    let is_met = moved_db.abs() < SMALLEST_STEP_DB;
    if !is_met {
        wanted.loudness.gain_db = gain.on_grid(gain_db);
        wanted.loudness.bypass = false;
    }
    // A lower ceiling than the target's is the user's choice.
    let is_too_high = settings.limiter.ceiling_dbtp > target_peak_dbtp || settings.limiter.bypass;
    if is_too_high {
        wanted.limiter.ceiling_dbtp = settings.limiter.ceiling_dbtp.min(target_peak_dbtp);
        wanted.limiter.bypass = false;
    }
    if is_met && !is_too_high { Err(Missing::Nothing) } else { Ok((wanted, moved_db)) }
}

/// The same for what is heard now.
pub(super) fn of(context: &PageContext<'_, '_>) -> Result<(ChainSettings, f64), Missing> {
    let host = &context.desk.host;
    let heard = Listening { gain_match: false, ..host.listening() };
    if !host.is_measuring() {
        return Err(Missing::Paused);
    }
    if heard != Listening::default() {
        return Err(Missing::Listening);
    }
    let output = context.watch.calm().meters.output;
    let gain = crate::desk::param("loudness.gain_db");
    let view = &context.view;
    matched(context.desk.settings(), &output, view.target_lufs, view.target_peak_dbtp, gain)
}
