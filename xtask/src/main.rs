//! The project's own commands: `cargo xtask <command>`, from any folder of the workspace.
//!
//! One file for each. A new command is a variant of [`Command`], an arm of [`main`], and its file; `bounce` is the
//! `lacquer` binary's own, and lives in `lacquer_offline::command`.
#![forbid(unsafe_code)]

mod bench;
mod capi;
mod packages;
mod peers;
mod plots;
mod plugin;
mod process;
mod python;
mod render;
mod screenshots;
mod signals;
mod table;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use lacquer_offline::command::{self, BounceArgs};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bounce(Box<BounceArgs>),
    /// Build the CLAP and VST3 plugin into target/bundled
    Bundle(plugin::BundleArgs),
    /// Build the plugin and copy it to your CLAP and VST3 folders
    Install,
    /// Take the plugin out of your CLAP and VST3 folders
    Uninstall,
    /// Build the C library and install it with its header and pkg-config file
    Capi(capi::CapiArgs),
    /// Write the C library's header from its code
    Header(capi::HeaderArgs),
    /// Measure what things cost on this machine
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Draw the pictures of docs/ from what the modules do
    Plots,
    /// Draw the pictures of the window in docs/window, without a display
    Screenshots,
    /// Run everything that continuous integration runs, in its order, and stop at the first failure
    Test,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Bounce(args) => command::bounce(&args),
        Command::Bundle(args) => told(plugin::bundle(&args)),
        Command::Install => told(plugin::install()),
        Command::Uninstall => told(plugin::uninstall()),
        Command::Capi(args) => told(capi::capi(&args)),
        Command::Header(args) => told(capi::header(&args)),
        Command::Bench(bench) => told(bench::run(&bench)),
        Command::Plots => told(plots::run()),
        Command::Screenshots => told(screenshots::run()),
        Command::Test => told(test::run()),
    }
}

/// The folder that all of the project is in.
fn workspace_root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no folder around it")?;
    Ok(root.to_owned())
}

/// Says why a command could not be done.
#[expect(clippy::print_stderr, reason = "a command says on stderr why it could not be done")]
fn told(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
