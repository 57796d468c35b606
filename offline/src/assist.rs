//! The assistant for files: finds the loudest half minute, listens to it, and lets the proposal be reported.

use crate::audio::{Audio, each_block};
use crate::master::MasterError;
use crate::measure::{MeasureError, Measurement};
use crate::progress::Progress;
use lacquer_dsp::assistant::{Heard, Kind, LISTENING_S, Listener, LoudestPart, Proposal, Reason, Target};
use lacquer_presets::Preset;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// That the assistant is wanted, and what it is to leave alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assist {
    /// Ids of the parameters that somebody has set by hand.
    pub kept: Vec<&'static str>,
}

/// What the assistant heard and proposed, as a report says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// `speech` or `music`.
    pub kind: &'static str,
    /// Where in the file it listened, in seconds.
    pub from_s: f64,
    /// Until where.
    pub to_s: f64,
    /// Steady noise in the pauses.
    pub noise_dbfs: Option<f64>,
    /// How far the spectrum is from that of most programmes of its kind: root mean square over third octaves.
    pub balance_distance_db: f64,
    /// What was changed, and why.
    pub reasons: Vec<Because>,
    /// What was heard that no setting mends.
    pub notes: Vec<String>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Because {
    /// The module that was changed.
    pub module: &'static str,
    /// Why, in words.
    pub text: String,
    /// What it was changed to.
    pub settings: BTreeMap<&'static str, f64>,
}

/// Listens to a programme whose measurement is known. `None` where there is too little to hear.
///
/// # Errors
/// When it cannot be read, or the work is cancelled.
pub fn assist(
    audio: &dyn Audio,
    preset: &Preset,
    input: &Measurement,
    assist: &Assist,
    progress: &Progress<'_>,
) -> Result<Option<(Proposal, Advice)>, MasterError> {
    let rate_hz = f64::from(audio.info().sample_rate_hz);
    let range = loudest_part(audio, progress)?;
    let Some(mut heard) = listen(audio, &range, progress)? else { return Ok(None) };
    heard.loudness = input.reading;
    let (output_lufs, input_lufs) = (preset.bounce.output_lufs, preset.bounce.input_lufs);
    let target = Target { output_lufs, input_lufs, is_solved: true };
    let mut proposal = heard.propose(&target, &preset.settings);
    proposal.keep(&assist.kept);
    let advice = advice(&heard, &proposal, range, rate_hz);
    Ok(Some((proposal, advice)))
}

fn advice(heard: &Heard, proposal: &Proposal, range: Range<u64>, rate_hz: f64) -> Advice {
    let because = |reason: &Reason| Because {
        module: reason.module.id(),
        text: reason.text.clone(),
        settings: reason.changes.iter().map(|change| (change.param.id, change.value)).collect(),
    };
    Advice {
        kind: if heard.kind == Kind::Speech { "speech" } else { "music" },
        from_s: range.start as f64 / rate_hz,
        to_s: range.end as f64 / rate_hz,
        noise_dbfs: heard.noise_dbfs,
        balance_distance_db: heard.distance_db(),
        reasons: proposal.reasons.iter().map(because).collect(),
        notes: proposal.notes.clone(),
    }
}

/// The frames of the loudest half minute, found in one pass.
fn loudest_part(audio: &dyn Audio, progress: &Progress<'_>) -> Result<Range<u64>, MasterError> {
    let info = audio.info();
    let rate_hz = f64::from(info.sample_rate_hz);
    if let Some(num_frames) = info.num_frames.filter(|&n| n as f64 <= LISTENING_S * rate_hz) {
        return Ok(0..num_frames);
    }
    let mut loudest = LoudestPart::new(rate_hz, info.num_channels)
        .map_err(|source| MeasureError::Meter { path: audio.path().display().to_string(), source })?;
    each_block::<MasterError>(audio, "finding the loudest part", progress, |block, _| {
        loudest.process(block);
        true
    })?;
    Ok(loudest.range())
}

/// Hears a part of a programme. What lies before it is decoded and dropped: not every format can be entered in the middle.
fn listen(
    audio: &dyn Audio,
    range: &Range<u64>,
    progress: &Progress<'_>,
) -> Result<Option<Heard>, MasterError> {
    let info = audio.info();
    let Ok(mut listener) = Listener::new(f64::from(info.sample_rate_hz), info.num_channels) else {
        return Ok(None);
    };
    each_block::<MasterError>(audio, "listening", progress, |block, start| {
        let len = block.first().map_or(0, |channel| channel.len()) as u64;
        let inside = |frame: u64| (frame.clamp(start, start + len) - start) as usize;
        let part = inside(range.start)..inside(range.end);
        let part: Vec<&[f32]> = block.iter().map(|channel| &channel[part.clone()]).collect();
        listener.process(&part);
        start + len < range.end
    })?;
    Ok(listener.heard())
}
