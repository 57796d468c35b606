//! The project's own commands: `cargo xtask <command>`, from any folder of the workspace.
//!
//! One file for each. A new command is a variant of [`Command`], an arm of [`main`], and its file; `bounce` is the
//! `lacquer` binary's own, and lives in `lacquer_offline::command`.
#![forbid(unsafe_code)]

mod bench;
mod test;

use std::process::ExitCode;

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
    /// Measure what things cost on this machine
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Run everything that continuous integration runs, in its order, and stop at the first failure
    Test,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Bounce(args) => command::bounce(&args),
        Command::Bench(bench) => told(bench::run(&bench)),
        Command::Test => told(test::run()),
    }
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
