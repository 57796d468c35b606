//! `lacquer measure`: what files measure.

use super::{Bar, Failure, complain, finish, listen_for_ctrl_c, say, table};
use crate::measure::{MeasureError, measure_file};
use crate::report::FileReport;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures loudness (BS.1770-5), range, true peak and RMS of files of any number of channels.
#[derive(Debug, clap::Args)]
pub struct MeasureArgs {
    /// WAV, FLAC, MP3 or Ogg Vorbis files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Count a file of one channel as heard from two loudspeakers (+3.01 LU)
    #[arg(long)]
    dual_mono: bool,
    /// Print an array with an object for each file
    #[arg(long)]
    json: bool,
}

/// Runs the command.
#[must_use]
pub fn measure(args: &MeasureArgs) -> ExitCode {
    finish(run(args))
}

fn run(args: &MeasureArgs) -> Result<(), Failure> {
    listen_for_ctrl_c();
    let mut measured = Vec::new();
    let mut results: Vec<Value> = Vec::new();
    let mut outcome = Ok(());
    for path in &args.files {
        let name = path.display().to_string();
        match Bar::new(&name).run(|progress| measure_file(path, args.dual_mono, progress)) {
            Ok((info, measurement)) => {
                let report = FileReport::new(path, &info, &measurement);
                if report.num_damaged_samples > 0 {
                    let count = report.num_damaged_samples;
                    complain(format!("{name}: {count} samples were no numbers and counted as silence"));
                }
                results.push(json!(report));
                measured.push(report);
            }
            Err(MeasureError::Cancelled(_)) => {
                outcome = Err(Failure::Cancelled);
                break;
            }
            Err(error) => {
                complain(&error);
                results.push(json!({ "path": name, "error": error.to_string() }));
                outcome = Err(Failure::Told);
            }
        }
    }
    if args.json {
        say(format!("{:#}", Value::Array(results)))?;
    } else if !measured.is_empty() {
        say(table::measure(&measured))?;
    }
    outcome
}
