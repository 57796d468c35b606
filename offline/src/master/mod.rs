//! A programme in, a master out: measure, solve, render, verify what was written, and only then put it in its place.

mod error;
mod order;

pub use error::MasterError;
pub use order::{
    CEILING_DBTP, Contradiction, Job, NotInRange, OUTPUT_LUFS, Order, check_preset, dither_for, stored_bits,
};

use crate::assist::{Advice, assist};
use crate::audio::{Audio, AudioFile, Planes};
use crate::decode::AudioInfo;
use crate::encode::{AudioWriter, TempMaster};
use crate::error::FileError;
use crate::measure::{Gauge, MeasureError, Measurement, measure, measure_file, roles};
use crate::opening::{begin, levelled, trimmed};
use crate::progress::Progress;
use crate::render::{Cache, CacheWriter, RenderSummary, Source, render};
use crate::report::{FileReport, Report, Target, Work, misses};
use crate::solve::{Goal, Outcome, Solution, TOLERANCE_LU, Trial, solve};
use lacquer_dsp::meter::{Lufs, ProgrammeLoudness};
use lacquer_dsp::settings::{ChainSettings, DitherSettings, Module};
use std::path::Path;

/// The most channels that can be mastered.
const MAX_CHANNELS: usize = lacquer_dsp::block::MAX_CHANNELS;

/// Masters one file.
///
/// # Errors
/// See [`MasterError`]; whatever it is, nothing has been written then.
pub fn master(job: &Job, progress: &Progress<'_>) -> Result<Report, MasterError> {
    check_preset(&job.order.preset)?;
    let dither = dither_for(&job.order.preset.settings, job.format.dither_bits(), job.order.dither)?;
    let file = AudioFile::new(&job.input)?;
    let info = file.info();
    check_channels(&file)?;
    // Opened before the work, so that a folder that takes no file is known at once.
    let create = || AudioWriter::create(&job.output, job.format, info.sample_rate_hz, info.num_channels);
    let writer = create()?;
    let programme = Programme { audio: &file, order: &job.order, progress };
    let cache = CacheWriter::beside(&job.output, info.num_channels);
    let mut plan = programme.plan(dither, cache)?;
    let solution = if job.format.is_lossless() {
        programme.solve(&mut plan)?
    } else {
        programme.solve_for_decoded(&mut plan, create)?
    };
    let solved = with_trial(&plan.settings, solution.trial);
    let (temp, summary) = programme.write(writer, &solved)?;
    let (written, output) = measure_file(temp.path(), job.order.dual_mono, progress)?;
    let output = FileReport::new(&job.output, &written, &output);
    let num_clipped_samples = temp.counts().num_clipped + summary.num_clipped_samples;
    let made = Made { solved, num_passes: solution.num_passes, summary, num_clipped_samples };
    let report = programme.report(plan, &made, output)?;
    temp.publish(job.overwrite)?;
    Ok(report)
}

/// Masters a programme in memory: mono or stereo, one slice for each channel. The master, as long as the programme and one channel
/// after the other, comes beside the report, in floating point: it has the bits of a file that `lacquer bounce --bits float` writes, or, where `bits` are 16 or 24, the
/// values of one with so many.
///
/// # Errors
/// See [`MasterError`].
pub fn master_planes(
    channels: &[&[f32]],
    sample_rate_hz: u32,
    bits: Option<usize>,
    order: &Order,
    progress: &Progress<'_>,
) -> Result<(Vec<f32>, Report), MasterError> {
    check_preset(&order.preset)?;
    let dither = dither_for(&order.preset.settings, bits, order.dither)?;
    let planes = Planes::new(channels, sample_rate_hz)?;
    check_channels(&planes)?;
    let programme = Programme { audio: &planes, order, progress };
    let mut plan = programme.plan(dither, CacheWriter::in_memory(channels.len()))?;
    let solution = programme.solve(&mut plan)?;
    let solved = with_trial(&plan.settings, solution.trial);
    let num_frames = channels.first().map_or(0, |channel| channel.len());
    let mut master = vec![0.0; channels.len() * num_frames];
    let mut num_written = 0;
    let summary = programme.render(&mut planes.open()?, &solved, "writing", |block| {
        for (plane, part) in master.chunks_exact_mut(num_frames).zip(block) {
            plane[num_written..num_written + part.len()].copy_from_slice(part);
        }
        num_written += block.first().map_or(0, |part| part.len());
        Ok(())
    })?;
    let written: Vec<&[f32]> = master.chunks_exact(num_frames).collect();
    let written = Planes::new(&written, sample_rate_hz)?;
    let output =
        FileReport::new(written.path(), written.info(), &measure(&written, order.dual_mono, progress)?);
    let num_clipped_samples = summary.num_clipped_samples;
    let made = Made { solved, num_passes: solution.num_passes, summary, num_clipped_samples };
    let report = programme.report(plan, &made, output)?;
    Ok((master, report))
}

fn check_channels(audio: &dyn Audio) -> Result<(), MasterError> {
    let num_channels = audio.info().num_channels;
    if num_channels > MAX_CHANNELS {
        return Err(MasterError::TooManyChannels { path: path_text(audio.path()), num_channels });
    }
    Ok(())
}

fn why_no_loudness(input: &Measurement) -> &'static str {
    match input.reading.max_momentary_lufs {
        None => "shorter than the 400 ms that a loudness takes",
        Some(_) => "silent (nothing is above -70 LUFS)",
    }
}

fn with_trial(settings: &ChainSettings, trial: Trial) -> ChainSettings {
    let mut settings = *settings;
    settings.loudness.gain_db = trial.gain_db;
    settings.limiter.ceiling_dbtp = trial.ceiling_dbtp;
    // What is reported can be set in a host, and gives the same bits there.
    settings.settled()
}

/// What is known before the search.
struct Plan {
    input: Measurement,
    advice: Option<Advice>,
    settings: ChainSettings,
    target: Target,
    /// The programme as it comes to the loudness gain, and the gain that its loudness suggests.
    shaped: Cache,
    start_gain_db: f64,
}

/// What the last pass made.
struct Made {
    solved: ChainSettings,
    num_passes: usize,
    summary: RenderSummary,
    num_clipped_samples: u64,
}

/// A programme on its way through the passes.
struct Programme<'a> {
    audio: &'a dyn Audio,
    order: &'a Order,
    progress: &'a Progress<'a>,
}

impl Programme<'_> {
    fn info(&self) -> &AudioInfo {
        self.audio.info()
    }

    /// Measures, listens, and renders everything before the gain once.
    fn plan(&self, dither: DitherSettings, cache: CacheWriter) -> Result<Plan, MasterError> {
        let Self { audio, order, progress } = *self;
        let input = measure(audio, order.dual_mono, progress)?;
        let mut preset = order.preset.clone();
        let advice = match &order.assist {
            Some(wishes) => assist(audio, &preset, &input, wishes, progress)?,
            None => None,
        };
        let advice = advice.map(|(proposal, advice)| {
            preset.settings = proposal.settings;
            advice
        });
        let mut settings = ChainSettings { dither, ..trimmed(&preset, input.reading.integrated_lufs) };
        self.warm_up(&mut settings, &input)?;
        let target = Target {
            integrated_lufs: preset.bounce.output_lufs,
            tolerance_lu: TOLERANCE_LU,
            ceiling_dbtp: settings.limiter.ceiling_dbtp,
            rms_min_dbfs: preset.bounce.rms_min_dbfs,
            rms_max_dbfs: preset.bounce.rms_max_dbfs,
        };
        if let (Some(lufs), None) = (target.integrated_lufs, input.reading.integrated_lufs) {
            let path = path_text(audio.path());
            return Err(MasterError::NoLoudness { path, reason: why_no_loudness(&input), lufs });
        }
        let (shaped, measured) = self.shape(&settings, cache)?;
        let start_gain_db = match (target.integrated_lufs, measured.reading.integrated_lufs) {
            (Some(wanted), Some(lufs)) => wanted - lufs.0,
            _ => settings.loudness.gain_db,
        };
        Ok(Plan { input, advice, settings, target, shaped, start_gain_db })
    }

    /// Lets the leveller begin where the programme does.
    fn warm_up(&self, settings: &mut ChainSettings, input: &Measurement) -> Result<(), MasterError> {
        if let (false, Some(lufs)) = (settings.leveller.bypass, input.reading.integrated_lufs) {
            *settings = levelled(settings, self.opening(settings, lufs)?);
        }
        Ok(())
    }

    /// The loudness of the first three seconds of programme where they come to the leveller.
    fn opening(&self, settings: &ChainSettings, whole: Lufs) -> Result<Lufs, MasterError> {
        let (_, from_leveller) = Module::ALL.split_at(Module::Leveller as usize);
        let before = settings.without(from_leveller.iter().copied());
        let whole_there = Lufs(whole.0 + if before.input.bypass { 0.0 } else { before.input.trim_db });
        let mut loudness = ProgrammeLoudness::new();
        let info = self.info();
        begin(&mut loudness, f64::from(info.sample_rate_hz), info.num_channels, whole_there);
        self.render(&mut self.audio.open()?, &before, "levelling", |channels| {
            loudness.listen(channels);
            Ok(())
        })?;
        Ok(loudness.lufs())
    }

    fn shape(
        &self,
        settings: &ChainSettings,
        mut cache: CacheWriter,
    ) -> Result<(Cache, Measurement), MasterError> {
        let (_, finishing) = Module::ALL.split_at(Module::Loudness as usize);
        let before = settings.without(finishing.iter().copied());
        let mut gauge = self.gauge()?;
        self.render(&mut self.audio.open()?, &before, "shaping", |channels| {
            gauge.process(channels);
            Ok(cache.write(channels)?)
        })?;
        Ok((cache.finish()?, gauge.finish()))
    }

    /// Searches with gain and limiter alone. Every pass ends on the grid that is written, so that what it measures is what the master
    /// will be.
    fn solve(&self, plan: &mut Plan) -> Result<Solution, MasterError> {
        self.search(plan, |source, settings, step| {
            let mut gauge = self.gauge()?;
            self.render(source, settings, step, |channels| {
                gauge.process(channels);
                Ok(())
            })?;
            Ok(gauge.finish())
        })
    }

    /// The same for a format that gives back something else than was put in, as peaks above those that went in: every pass is
    /// encoded, decoded and measured.
    fn solve_for_decoded(
        &self,
        plan: &mut Plan,
        create: impl Fn() -> Result<AudioWriter, FileError>,
    ) -> Result<Solution, MasterError> {
        self.search(plan, |source, settings, step| {
            let mut writer = create()?;
            self.render(source, settings, step, |channels| Ok(writer.write(channels)?))?;
            let (_, measured) = measure_file(writer.finish()?.path(), self.order.dual_mono, self.progress)?;
            Ok(measured)
        })
    }

    fn search(
        &self,
        plan: &mut Plan,
        mut pass: impl FnMut(&mut dyn Source, &ChainSettings, &str) -> Result<Measurement, MasterError>,
    ) -> Result<Solution, MasterError> {
        let (shaping, _) = Module::ALL.split_at(Module::Loudness as usize);
        let after = plan.settings.without(shaping.iter().copied());
        let goal = Goal {
            output_lufs: plan.target.integrated_lufs,
            ceiling_dbtp: plan.target.ceiling_dbtp,
            is_limited: !plan.settings.limiter.bypass,
        };
        solve(&goal, plan.start_gain_db, |number, trial| {
            let settings = with_trial(&after, trial);
            let measured = pass(&mut plan.shaped.source()?, &settings, &format!("pass {number}"))?;
            Ok(Outcome {
                lufs: measured.reading.integrated_lufs.map_or(f64::NEG_INFINITY, |lufs| lufs.0),
                peak_dbtp: measured.highest_true_peak_dbtp().map_or(f64::NEG_INFINITY, |peak| peak.0),
            })
        })
    }

    /// The whole chain, from the input to a file beside the output.
    fn write(
        &self,
        mut writer: AudioWriter,
        settings: &ChainSettings,
    ) -> Result<(TempMaster, RenderSummary), MasterError> {
        let mut source = self.audio.open()?;
        let summary =
            self.render(&mut source, settings, "writing", |channels| Ok(writer.write(channels)?))?;
        Ok((writer.finish()?, summary))
    }

    fn render(
        &self,
        source: &mut (impl Source + ?Sized),
        settings: &ChainSettings,
        step: &str,
        mut sink: impl FnMut(&[&[f32]]) -> Result<(), MasterError>,
    ) -> Result<RenderSummary, MasterError> {
        let mut num_frames = 0;
        let info = self.info();
        render(source, f64::from(info.sample_rate_hz), info.num_channels, settings, |channels| {
            num_frames += channels.first().map_or(0, |channel| channel.len() as u64);
            self.progress.report(step, num_frames, info.num_frames)?;
            sink(channels)
        })
    }

    fn gauge(&self) -> Result<Gauge, MasterError> {
        let info = self.info();
        Gauge::new(f64::from(info.sample_rate_hz), &roles(info, self.order.dual_mono))
            .map_err(|source| MeasureError::Meter { path: path_text(self.audio.path()), source }.into())
    }

    /// What was made and what came of it; refuses what is not what was wanted, unless the closest will do.
    fn report(&self, plan: Plan, made: &Made, output: FileReport) -> Result<Report, MasterError> {
        let Made { solved, num_passes, summary, num_clipped_samples } = made;
        let report = Report {
            lacquer_version: env!("CARGO_PKG_VERSION"),
            preset: self.order.preset.slug.clone(),
            input: FileReport::new(self.audio.path(), self.info(), &plan.input),
            misses: misses(&plan.target, &output.figures),
            output,
            target: plan.target,
            assistant: plan.advice,
            work: Work {
                input_trim_db: if solved.input.bypass { 0.0 } else { solved.input.trim_db },
                loudness_gain_db: solved.loudness.gain_db,
                limiter_ceiling_dbtp: solved.limiter.ceiling_dbtp,
                deepest_limiter_reduction_db: summary.deepest_reduction_db,
                num_passes: *num_passes,
                num_clipped_samples: *num_clipped_samples,
            },
            settings: *solved,
        };
        if !report.misses.is_empty() && !self.order.best_effort {
            return Err(MasterError::NotReached(Box::new(report)));
        }
        Ok(report)
    }
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}
