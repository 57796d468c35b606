//! `cargo xtask bench plugin`: what an instance costs in a host, with and without its window, and how many of them a core holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use lacquer_dsp::params;
use serde::Deserialize;
use serde_json::json;

use super::chain::{music, settings};
use super::document;
use super::ours::SILENCE_S;
use crate::packages::{self, FOR_TESTS};
use crate::peers::to_bytes;
use crate::plugin::{BundleArgs, bundle};
use crate::process::program;
use crate::table::markdown;
use crate::{python, workspace_root};

const BLOCK_LENS: [usize; 3] = [64, 256, 1024];

/// What to measure.
#[derive(Args)]
pub struct PluginArgs {
    /// Measure the bundle in this folder, and write no document, instead of building one for release
    #[arg(long)]
    bundles: Option<PathBuf>,
}

/// What `plugin.py` prints for each block length, in milliseconds per second of audio.
#[derive(Debug, Deserialize)]
struct Costs {
    block_len: usize,
    music_ms: f64,
    silence_ms: f64,
    by_turns_ms: f64,
    closed: InTime,
    open: InTime,
}

/// What threads cost while audio plays as fast as time goes.
#[derive(Debug, Deserialize)]
struct InTime {
    audio_thread_ms: f64,
    driver_ms: f64,
    others_ms: f64,
}

/// Builds, measures, prints, and writes its part of docs/performance.md.
///
/// # Errors
/// When the plugin does not build, or the host or the document fail.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run(args: &PluginArgs) -> anyhow::Result<()> {
    let root = workspace_root()?;
    packages::install(&FOR_TESTS)?;
    python::prepare(&root)?;
    let bundles = match &args.bundles {
        Some(folder) => folder.canonicalize().with_context(|| folder.display().to_string())?,
        None => {
            bundle(&BundleArgs { debug: false })?;
            crate::plugin::bundled()?
        }
    };
    let costs = measure(&root, &bundles.join("Lacquer.vst3"))?;
    let (processing, window) = (processing_table(&costs), window_table(&costs));
    println!("{processing}\n{window}");
    if args.bundles.is_some() {
        return Ok(());
    }
    let part = document::plugin([&processing, &window]);
    document::write_part(&root.join("docs/performance.md"), document::Part::Plugin, &part)
}

fn measure(root: &Path, bundle: &Path) -> anyhow::Result<Vec<Costs>> {
    ensure!(bundle.exists(), "{} is not there", bundle.display());
    let folder = root.join("target/peers/plugin");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let (audio, request) = (folder.join("audio.raw"), folder.join("request.json"));
    fs::write(&audio, to_bytes(&music(0.0))).with_context(|| audio.display().to_string())?;
    let settings = settings();
    let positions: Vec<f32> =
        params::all().map(|param| param.to_normalized(param.get(&settings)) as f32).collect();
    let asked = json!({"audio": text(&audio)?, "positions": positions, "blocks": BLOCK_LENS,
        "silence_s": SILENCE_S});
    fs::write(&request, asked.to_string()).with_context(|| request.display().to_string())?;
    let (display, script) = (root.join("tests/python/display.py"), root.join("xtask/peers/plugin.py"));
    let args = ["-B", text(&display)?, text(&script)?, text(bundle)?, text(&request)?];
    let answer = program(python::interpreter(root), &args).env("PYTHONPATH", root.join("tests/python"));
    let costs: Vec<Costs> = serde_json::from_str(&answer.answer()?).context("plugin.py's answer")?;
    ensure!(costs.len() == BLOCK_LENS.len(), "a line for each block length");
    Ok(costs)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the workspace's path is not UTF-8")
}

fn processing_table(costs: &[Costs]) -> String {
    let row = |costs: &Costs| {
        vec![
            costs.block_len.to_string(),
            format!("{:.2}", costs.music_ms),
            format!("{:.2}", costs.silence_ms),
            format!("{:.2}", costs.by_turns_ms),
            num_instances(costs.by_turns_ms).to_string(),
        ]
    };
    let rows: Vec<_> = costs.iter().map(row).collect();
    markdown(
        &["block", "music", "silence after music", "one of eight by turns", "instances on one core"],
        &rows,
    )
}

/// How many instances of this cost a core can play at once.
fn num_instances(cost_ms: f64) -> usize {
    (1000.0 / cost_ms) as usize
}

fn window_table(costs: &[Costs]) -> String {
    let line = |block_len: usize, window: &str, cost: &InTime| {
        let figures = [cost.audio_thread_ms, cost.others_ms, cost.driver_ms].map(|ms| format!("{ms:.1}"));
        [block_len.to_string(), window.to_owned()].into_iter().chain(figures).collect::<Vec<_>>()
    };
    let rows: Vec<_> = costs
        .iter()
        .flat_map(|costs| {
            [line(costs.block_len, "closed", &costs.closed), line(costs.block_len, "open", &costs.open)]
        })
        .collect();
    markdown(&["block", "window", "audio thread", "other threads", "llvmpipe's threads"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_says_becomes_two_tables() {
        let answer = r#"[{"block_len": 64, "music_ms": 5.0, "silence_ms": 1.25, "by_turns_ms": 7.5,
            "closed": {"audio_thread_ms": 6, "driver_ms": 0, "others_ms": 0.5},
            "open": {"audio_thread_ms": 6.25, "driver_ms": 100, "others_ms": 20}}]"#;
        let costs: Vec<Costs> = serde_json::from_str(answer).unwrap();
        let rows: Vec<String> = (processing_table(&costs) + &window_table(&costs))
            .lines()
            .map(|line| line.replace(' ', ""))
            .collect();
        assert!(rows.contains(&"|64|5.00|1.25|7.50|133|".to_owned()), "{rows:?}");
        assert!(rows.contains(&"|64|closed|6.0|0.5|0.0|".to_owned()), "{rows:?}");
        assert!(rows.contains(&"|64|open|6.2|20.0|100.0|".to_owned()), "{rows:?}");
    }
}
