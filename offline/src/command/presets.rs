//! `lacquer presets`: what there is, and what is in it.

use super::{Failure, complain, finish, say, table};
use lacquer_presets::{Library, to_toml};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Lists the presets, or prints one as a file to begin your own with.
#[derive(Debug, clap::Args)]
pub struct PresetsArgs {
    /// Print this preset as TOML, every parameter with its range
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print an array with an object for each preset
    #[arg(long, conflicts_with = "name")]
    json: bool,
}

/// Runs the command.
#[must_use]
pub fn presets(args: &PresetsArgs) -> ExitCode {
    finish(run(args))
}

fn run(args: &PresetsArgs) -> Result<(), Failure> {
    let library = Library::user();
    if let Some(name) = &args.name {
        return say(to_toml(&library.load(name).map_err(Failure::usage)?).trim_end());
    }
    let mut presets = Vec::new();
    let mut outcome = Ok(());
    for entry in library.all() {
        match entry.preset {
            Ok(preset) => presets.push((preset, if entry.is_factory { "factory" } else { "user" })),
            Err(error) => {
                complain(error);
                outcome = Err(Failure::Told);
            }
        }
    }
    // The user's own come first.
    presets.sort_by_key(|(_, from)| *from == "factory");
    if args.json {
        let list = presets.iter().map(|(preset, from)| {
            json!({
                "slug": preset.slug,
                "name": preset.name,
                "description": preset.description,
                "from": from,
                "output_lufs": preset.bounce.output_lufs,
                "ceiling_dbtp": preset.settings.limiter.ceiling_dbtp,
            })
        });
        say(format!("{:#}", Value::Array(list.collect())))?;
        return outcome;
    }
    say(table::presets(presets.into_iter().map(|(preset, _)| (preset.slug, preset.description))))?;
    if let Some(folder) = library.folder() {
        say(format!("\nYour own go into {} as NAME.toml.", folder.display()))?;
    }
    outcome
}
