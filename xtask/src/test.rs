//! `cargo xtask test`: what continuous integration runs, step by step, up to the first failure.
//!
//! Nobody who reads "passed" at its end can have been shown less than everything: the versions are those of Cargo.lock,
//! a program that a test needs is installed or its absence is the failure, and jobs that ran no test are found by
//! counting what they printed.

mod agreement;
mod conformance;
mod counts;
mod quality;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;

use crate::{packages, plugin, process, python, workspace_root};
use counts::Counts;

/// What a step does with what all share.
type Step = fn(&mut Run) -> anyhow::Result<()>;

/// What the steps share.
struct Run {
    /// The workspace's root, which is every child's folder.
    root: PathBuf,
    /// The interpreter that the tests' oracles run on.
    python: PathBuf,
    /// Where the tests put the figures that they measure.
    quality_folder: PathBuf,
    /// What the tests printed about themselves.
    counts: Counts,
}

/// The steps in their order, each with the name that it is announced by.
const STEPS: [(&str, Step); 11] = [
    ("packages", |_| packages::install(&packages::FOR_TESTS)),
    ("Python packages", |run| python::prepare(&run.root)),
    ("formatting", |run| process::cargo(&run.root, &["fmt", "--all", "--check"]).run()),
    ("clippy", |run| {
        let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        process::cargo(&run.root, &args).run()
    }),
    ("plugin bundles", |_| plugin::bundle(&plugin::BundleArgs { debug: true })),
    ("tests", tests),
    ("orders of threads", orders_of_threads),
    ("conformance table", |run| conformance::publish(&run.root, &printed(run, "conformance_every_signal")?)),
    ("agreement tables", |run| agreement::check(&printed(run, "analysis::agreement")?)),
    ("quality table", |run| quality::publish(&run.root, &run.quality_folder)),
    ("documentation", |run| {
        let args = ["doc", "--workspace", "--no-deps", "--locked"];
        process::cargo(&run.root, &args).env("RUSTDOCFLAGS", "-D warnings").run()
    }),
];

/// Runs every step.
///
/// # Errors
/// Names the first step that failed, and why.
#[expect(clippy::print_stdout, reason = "the steps are announced where their output goes")]
pub fn run() -> anyhow::Result<()> {
    let root = workspace_root()?;
    let mut run = Run {
        python: python::interpreter(&root),
        quality_folder: quality::folder(&root)?,
        root,
        counts: Counts::default(),
    };
    let start = Instant::now();
    for (idx, (name, step)) in STEPS.iter().enumerate() {
        println!("==> {}/{} {name}", idx + 1, STEPS.len());
        let step_start = Instant::now();
        step(&mut run).with_context(|| format!("step \"{name}\" failed"))?;
        println!("<== {name}: {:.1} s", step_start.elapsed().as_secs_f64());
    }
    println!("all steps: {:.0} s", start.elapsed().as_secs_f64());
    println!("{} passed, {} failed", run.counts.num_passed(), run.counts.num_failed());
    Ok(())
}

/// All tests of the workspace, those in documentation included, shown as they run and counted.
fn tests(run: &mut Run) -> anyhow::Result<()> {
    let command = process::cargo(&run.root, &["test", "--workspace", "--locked"]);
    let (output, status) = command
        .env(python::VARIABLE, &run.python)
        .env(quality::VARIABLE, &run.quality_folder)
        .run_and_collect()?;
    run.counts = Counts::of(&output);
    let (num_passed, num_failed) = (run.counts.num_passed(), run.counts.num_failed());
    status.with_context(|| format!("{num_passed} passed, {num_failed} failed"))?;
    run.counts.check()
}

/// Our own piece of lock-free code, in every order that two threads can run in (loom, which wants a build of its own).
fn orders_of_threads(run: &mut Run) -> anyhow::Result<()> {
    let args = ["test", "--package", "lacquer-dsp", "--lib", "--locked", "--", "peak_hold"];
    let command = process::cargo(&run.root, &args);
    let (output, status) = command
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_TARGET_DIR", run.root.join("target/loom"))
        .run_and_collect()?;
    status?;
    anyhow::ensure!(Counts::of(&output).num_passed() > 0, "no order of threads was tried");
    Ok(())
}

/// What these tests of the suite print, which a passing run otherwise swallows: the table of the loudness standards' signals, and
/// those of how far the analyses lie from others'.
fn printed(run: &Run, tests: &str) -> anyhow::Result<String> {
    let args = ["test", "--workspace", "--locked", "--test", "suite", "--", tests, "--nocapture"];
    let command = process::cargo(&run.root, &args).env(python::VARIABLE, &run.python);
    let (output, status) = command.run_and_collect()?;
    status?;
    Ok(output)
}
