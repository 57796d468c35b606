//! `cargo xtask bench capi`: what calls into the C library cost, and what mastering and writing a clip cost beside libsndfile and LAME.

use std::fs;

use anyhow::Context as _;
use serde::Deserialize;

use super::chain::music;
use super::document;
use crate::capi::{CapiArgs, capi};
use crate::packages::{self, Package, Sign};
use crate::peers::to_bytes;
use crate::process::program;
use crate::table::markdown;
use crate::workspace_root;

/// What is compared with, and what compiles it.
const PACKAGES: [Package; 4] = [
    ("gcc", Sign::Program("gcc")),
    ("pkg-config", Sign::Program("pkg-config")),
    ("libsndfile1-dev", Sign::Path("/usr/include/sndfile.h")),
    ("libmp3lame-dev", Sign::Path("/usr/include/lame/lame.h")),
];

/// The clip's length.
const CLIP_S: usize = 60;

/// A call that does nothing may cost so much.
const EMPTY_CALL_BAR_NS: f64 = 20.0;

/// What `capi.c` prints.
#[derive(Debug, Deserialize)]
struct Costs {
    empty_ns: f64,
    getter_ns: f64,
    master_ms: f64,
    ours_wav: Written,
    sndfile_wav: Written,
    ours_flac: Written,
    sndfile_flac: Written,
    ours_mp3: Written,
    lame_mp3: Written,
}

#[derive(Debug, Deserialize)]
struct Written {
    ms: f64,
    bytes: u64,
}

/// Builds the library for release, measures, prints, and writes its part of docs/performance.md.
///
/// # Errors
/// When something does not build or cannot be written.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run() -> anyhow::Result<()> {
    let root = workspace_root()?;
    packages::install(&PACKAGES)?;
    let folder = root.join("target/peers/capi");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let text = |path: &std::path::Path| {
        path.to_str().map(str::to_owned).context("the workspace's path is not UTF-8")
    };
    let prefix = folder.join("prefix");
    capi(&CapiArgs { prefix: prefix.clone(), debug: false })?;
    let (source, binary, raw) =
        (root.join("xtask/peers/capi.c"), folder.join("bench"), folder.join("clip.raw"));
    let flags = program("pkg-config", &["--cflags", "--libs", "lacquer", "sndfile"])
        .env("PKG_CONFIG_PATH", format!("{}:{}", text(&prefix.join("lib/pkgconfig"))?, system_path()))
        .answer()?;
    let rpath = format!("-Wl,-rpath,{}", text(&prefix.join("lib"))?);
    let (source, program_path) = (text(&source)?, text(&binary)?);
    let args = ["-std=gnu11", "-O2", "-o", &program_path, &source];
    let args: Vec<&str> =
        args.into_iter().chain(flags.split_whitespace()).chain(["-lmp3lame", &rpath]).collect();
    program("gcc", &args).answer()?;
    let piece = music(0.0);
    let rate_hz = lacquer_offline::demo::SAMPLE_RATE_HZ;
    let clip = piece
        .map(|channel| channel.iter().copied().cycle().take(CLIP_S * rate_hz as usize).collect::<Vec<f32>>());
    fs::write(&raw, to_bytes(&clip)).with_context(|| raw.display().to_string())?;
    let answer = program(&binary, &[&text(&raw)?, &rate_hz.to_string(), &text(&folder)?]).answer()?;
    let costs: Costs = serde_json::from_str(&answer).with_context(|| format!("capi printed: {answer}"))?;
    let (calls, files) = (calls_table(&costs), files_table(&costs));
    println!("{calls}\n{files}");
    let part = document::capi([&calls, &files]);
    document::write_part(&root.join("docs/performance.md"), document::Part::Capi, &part)
}

/// Where pkg-config looks by itself.
fn system_path() -> String {
    program("pkg-config", &["--variable", "pc_path", "pkg-config"]).output().trim().to_owned()
}

fn calls_table(costs: &Costs) -> String {
    let row =
        |what: &str, ns: f64| vec![what.to_owned(), format!("{ns:.1}"), format!("{EMPTY_CALL_BAR_NS:.0}")];
    let rows = [
        row("lacquer_engine_process of no frames", costs.empty_ns),
        row("lacquer_engine_latency", costs.getter_ns),
    ];
    markdown(&["call", "ns", "bar"], &rows)
}

fn files_table(costs: &Costs) -> String {
    let row = |what: &str, ours: &Written, peer: &str, theirs: &Written| {
        let ratio = ours.ms / theirs.ms;
        let megabytes = |written: &Written| format!("{:.2}", written.bytes as f64 * 1e-6);
        vec![
            what.to_owned(),
            format!("{:.0}", ours.ms),
            peer.to_owned(),
            format!("{:.0}", theirs.ms),
            format!("{ratio:.2}"),
            megabytes(ours),
            megabytes(theirs),
        ]
    };
    let dash = || "-".to_owned();
    let master = vec![
        "lacquer_master".to_owned(),
        format!("{:.0}", costs.master_ms),
        dash(),
        dash(),
        dash(),
        dash(),
        dash(),
    ];
    let rows = [
        master,
        row("WAV, 24 bits", &costs.ours_wav, "libsndfile", &costs.sndfile_wav),
        row("FLAC, 24 bits", &costs.ours_flac, "libsndfile (libFLAC)", &costs.sndfile_flac),
        row("MP3, 320 kbit/s", &costs.ours_mp3, "libmp3lame, -q 3", &costs.lame_mp3),
    ];
    markdown(&["what", "ms", "beside", "ms of it", "ratio", "MB", "MB of it"], &rows)
}
