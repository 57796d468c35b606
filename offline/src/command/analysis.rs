//! What `lacquer mel` and `lacquer spectrogram` share: which part of which file is looked at, where the result goes, how it gets
//! there, and what is said of it.

use super::{Bar, Failure, complain, listen_for_ctrl_c, say, table, time};
use crate::encode::create_temp;
use crate::error::FileError;
use crate::mono::{AnalysisError, MonoInfo};
use crate::paths::{Destination, plan_outputs};
use crate::progress::Progress;
use serde_json::{Map, Value, json};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

// No sentence above the next type: clap would take it for the commands' own description.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// A WAV, FLAC, MP3 or Ogg Vorbis file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Where in the file to begin: seconds, m:ss or h:mm:ss
    #[arg(long, value_name = "TIME", default_value = "0", hide_default_value = true, value_parser = time::parse)]
    start: f64,
    /// How much of it to look at, written likewise [default: all that follows]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    duration: Option<f64>,
    /// Replace a file that is there already
    #[arg(long, short)]
    force: bool,
    /// Print an object that says what was written
    #[arg(long)]
    json: bool,
}

/// What is written, by the ending of the output's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A NumPy array.
    Npy,
    /// Numbers as text, a line for each frame.
    Csv,
    /// A picture.
    Png,
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Csv => "csv",
            Self::Png => "png",
        }
    }
}

/// What an analysis found.
pub(super) trait Finding {
    /// Writes it as what was asked for.
    fn write(&self, plan: &Plan<'_>, info: &MonoInfo, to: &mut dyn Write) -> io::Result<()>;

    /// Its figures, and a line of them for people.
    fn told(&self, info: &MonoInfo) -> (Map<String, Value>, String);
}

/// The one input and its output, settled before any work.
pub(super) struct Plan<'a> {
    common: &'a Common,
    output: &'a Path,
    pub(super) kind: Kind,
}

impl<'a> Plan<'a> {
    /// For a command that can write `kinds`.
    pub(super) fn new(common: &'a Common, output: &'a Path, kinds: &[Kind]) -> Result<Self, Failure> {
        let ending = output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let Some(&kind) = kinds.iter().find(|kind| kind.ending() == ending) else {
            let endings: Vec<String> = kinds.iter().map(|kind| format!(".{}", kind.ending())).collect();
            let expected = match endings.split_last() {
                Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
                _ => endings.concat(),
            };
            let output = output.display();
            return Err(Failure::Usage(format!("{output}: expected a name that ends in {expected}")));
        };
        let destination = Destination::File(output.to_owned());
        plan_outputs(std::slice::from_ref(&common.file), &destination, common.force).map_err(|error| {
            match error {
                FileError::OutputIsInput { .. } => Failure::usage(error),
                FileError::OutputExists { path } => already_there(&path),
                error => Failure::not_done(error),
            }
        })?;
        Ok(Self { common, output, kind })
    }

    /// Does the work, writes what it found, and says so.
    pub(super) fn run<F: Finding>(
        &self,
        analyse: impl FnOnce(&Progress<'_>) -> Result<(MonoInfo, F), AnalysisError>,
    ) -> Result<(), Failure> {
        listen_for_ctrl_c();
        let name = self.common.file.display().to_string();
        let (info, finding) = Bar::new(&name).run(analyse).map_err(failed)?;
        if info.num_damaged_samples > 0 {
            let count = info.num_damaged_samples;
            complain(format!("{name}: {count} samples were no numbers and counted as silence"));
        }
        self.write(|to| finding.write(self, &info, to))?;
        let (figures, line) = finding.told(&info);
        if !self.common.json {
            return say(format!("{}: {line}", table::shown(self.output)));
        }
        let output = self.output.display().to_string();
        let mut object = json!({ "path": name, "output": output, "start_s": self.start_s(&info) });
        if let Some(object) = object.as_object_mut() {
            object.extend(figures);
        }
        say(format!("{object:#}"))
    }

    /// Which of the file's frames are to be looked at; the file may end sooner.
    pub(super) fn frames(&self, file_rate_hz: f64) -> Range<u64> {
        let at = |seconds: f64| (seconds * file_rate_hz).round() as u64;
        let start = at(self.common.start);
        let end = self.common.duration.map(|duration| at(self.common.start + duration).max(start + 1));
        start..end.unwrap_or(u64::MAX)
    }

    /// Where the part that is looked at begins, in seconds: a whole frame of the file.
    pub(super) fn start_s(&self, info: &MonoInfo) -> f64 {
        let rate_hz = f64::from(info.audio.sample_rate_hz);
        self.frames(rate_hz).start as f64 / rate_hz
    }

    /// Writes a temporary file beside the output and renames it when it is whole.
    fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let unwritable = |error: &io::Error| Failure::not_done(FileError::unwritable(self.output, error));
        let mut temp = create_temp(self.output).map_err(Failure::not_done)?;
        let mut buffered = BufWriter::new(&mut temp);
        write(&mut buffered).and_then(|()| buffered.flush()).map_err(|error| unwritable(&error))?;
        drop(buffered);
        let placed =
            if self.common.force { temp.persist(self.output) } else { temp.persist_noclobber(self.output) };
        match placed {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(already_there(self.output))
            }
            Err(error) => Err(unwritable(&error.error)),
        }
    }

    /// The input's name without its folders.
    pub(super) fn title(&self) -> String {
        self.common.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

fn already_there(path: &Path) -> Failure {
    Failure::NotDone(format!("{}: is there already: --force replaces it", path.display()))
}

fn failed(error: AnalysisError) -> Failure {
    match error {
        AnalysisError::Cancelled(_) => Failure::Cancelled,
        error => Failure::not_done(error),
    }
}
