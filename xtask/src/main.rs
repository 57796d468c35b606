//! The project's own commands: `cargo xtask <command>`, from any folder of the workspace.
//!
//! One file for each. A new command is a variant of [`Command`], an arm of [`run`], and its file.
#![forbid(unsafe_code)]

mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that continuous integration runs, in its order, and stop at the first failure
    Test,
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Test => test::run(),
    }
}

#[expect(clippy::print_stderr, reason = "a command says on stderr why it could not be done")]
fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
