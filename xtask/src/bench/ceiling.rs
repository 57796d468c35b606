//! `cargo xtask bench ceiling`: whether limiters hold a true-peak ceiling, how loud they get under it, and what it costs the
//! sound. What NumPy measures, by the same script for everybody, goes into docs/quality-beside-peers.md.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::{ChainSettings, LimiterCharacter, LimiterSettings};
use lacquer_offline::demo;
use serde::Deserialize;

use super::chain::BLOCK_LEN;
use super::document;
use crate::packages::{self, FOR_TESTS};
use crate::peers::catalogue::{LIMITERS, LSP_UNREGULATED};
use crate::peers::{Host, Piece, to_bytes};
use crate::process::program;
use crate::table::markdown;
use crate::{python, render, signals, workspace_root};

const CEILING_DBTP: f64 = -1.0;

/// How far above full scale the highest sample of each piece is.
const DRIVE_DB: f64 = 6.0;

/// What is limited.
struct Material {
    name: &'static str,
    audio: [Vec<f32>; 2],
    rate_hz: u32,
    /// Whether what is added to it means something.
    is_music: bool,
}

/// A limiter's output, or why there is none.
struct Take {
    name: String,
    /// The reported latency, which was taken off.
    latency_ms: f64,
    rendered: Result<PathBuf, String>,
}

/// What `ceiling.py` prints for each output.
#[derive(Debug, Deserialize)]
struct Figures {
    true_peak_dbtp: f64,
    integrated_lufs: f64,
    residual_db: f64,
    fast_residual_db: f64,
    /// By how much more the output lags than its limiter reports.
    delay_samples: f64,
}

/// Limits, measures, prints, and writes docs/quality-beside-peers.md.
///
/// # Errors
/// When the music or NumPy are missing.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run() -> anyhow::Result<()> {
    let root = workspace_root()?;
    packages::install(&FOR_TESTS)?;
    python::prepare(&root)?;
    let host = Host::build(&root).map_err(|error| format!("no host: {error:#}"));
    let mut sections = String::new();
    for material in &materials()? {
        let takes = takes(&root, &host, material)?;
        let section = format!("## {}\n\n{}", material.name, table(&root, material, &takes)?);
        println!("{section}");
        sections += &format!("\n{section}");
    }
    document::write(&root.join("docs/quality-beside-peers.md"), &document::quality_beside_peers(&sections))
}

fn materials() -> anyhow::Result<Vec<Material>> {
    let mut materials = Vec::new();
    for (name, song) in [
        ("\"introzik\" of Frozen Bubble", "introzik"),
        ("\"frozen-mainzik-1p\" of Frozen Bubble", "frozen-mainzik-1p"),
    ] {
        let (mut audio, rate_hz) = signals::song(song)?;
        signals::bring_to(&mut audio, DRIVE_DB)?;
        materials.push(Material { name, audio, rate_hz, is_music: true });
    }
    let mut audio = demo::render();
    audio.iter_mut().for_each(|channel| signals::fade(channel, demo::SAMPLE_RATE_HZ));
    signals::bring_to(&mut audio, DRIVE_DB)?;
    materials.push(Material { name: "The demo piece", audio, rate_hz: demo::SAMPLE_RATE_HZ, is_music: true });
    let chirp = signals::clipped_chirp(12.0, 12.0, 4.0, 48_000);
    let audio = [chirp.clone(), chirp];
    materials.push(Material { name: "A hot clipped chirp", audio, rate_hz: 48_000, is_music: false });
    Ok(materials)
}

/// Every limiter's output, ours first, with the reported latency taken off.
fn takes(root: &Path, host: &Result<Host, String>, material: &Material) -> anyhow::Result<Vec<Take>> {
    let folder = root.join("target/peers/ceiling");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let write = |name: String, made: Result<render::Rendered, String>| -> anyhow::Result<Take> {
        let latency_ms = made
            .as_ref()
            .map_or(0.0, |made| 1000.0 * made.latency_samples as f64 / f64::from(material.rate_hz));
        let path = folder.join(format!("{}.raw", name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")));
        let rendered = match made {
            Ok(made) => {
                let bytes = to_bytes(&made.without_latency(material.audio[0].len()));
                fs::write(&path, bytes).with_context(|| path.display().to_string())?;
                Ok(path)
            }
            Err(reason) => Err(reason),
        };
        Ok(Take { name, latency_ms, rendered })
    };
    let mut takes = Vec::new();
    for mode in [LatencyMode::Live, LatencyMode::Quality] {
        for character in [LimiterCharacter::Transparent, LimiterCharacter::Punchy, LimiterCharacter::Loud] {
            let settings = LimiterSettings { character, ..ChainSettings::default().limiter };
            ensure!(settings.ceiling_dbtp == CEILING_DBTP, "the default ceiling is that of the table");
            let made = render::limited(&settings, mode, &material.audio, material.rate_hz)?;
            let word = LimiterCharacter::WORDS[character as usize];
            takes.push(write(format!("Lacquer, {mode:?}, {word}"), Ok(made))?);
        }
    }
    let piece = Piece { audio: &material.audio, rate_hz: material.rate_hz, block_len: BLOCK_LEN };
    for peer in LIMITERS.iter().chain(&LSP_UNREGULATED) {
        let host = host.as_ref().map_err(Clone::clone);
        let made = host.and_then(|host| host.render(peer, &piece).map_err(|error| format!("{error:#}")));
        takes.push(write(peer.name.to_owned(), made)?);
    }
    Ok(takes)
}

/// Has outputs measured beside their input.
fn measured(root: &Path, python: &Path, rate_hz: u32, paths: &[&PathBuf]) -> anyhow::Result<Vec<Figures>> {
    let paths = paths.iter().map(|path| path.to_str().context("the workspace's path is not UTF-8"));
    let paths = paths.collect::<anyhow::Result<Vec<_>>>()?;
    let (script, rate_hz) = (root.join("xtask/peers/ceiling.py"), rate_hz.to_string());
    let script = script.to_str().context("the workspace's path is not UTF-8")?;
    let args = [&["-B", script, &rate_hz], paths.as_slice()].concat();
    let answer = program(python, &args).env("PYTHONPATH", root.join("tests/python")).answer()?;
    let figures: Vec<Figures> = serde_json::from_str(&answer).context("ceiling.py's answer")?;
    ensure!(figures.len() + 1 == paths.len(), "one measurement for each output");
    Ok(figures)
}

/// Puts the figures of all outputs side by side.
fn table(root: &Path, material: &Material, takes: &[Take]) -> anyhow::Result<String> {
    let input = root.join("target/peers/ceiling/input.raw");
    fs::write(&input, to_bytes(&material.audio)).with_context(|| input.display().to_string())?;
    let paths: Vec<_> =
        [&input].into_iter().chain(takes.iter().filter_map(|take| take.rendered.as_ref().ok())).collect();
    let figures = measured(root, &python::interpreter(root), material.rate_hz, &paths)?;
    let mut figures = figures.iter();
    let row = |take: &Take| {
        let figures = if take.rendered.is_ok() { figures.next() } else { None };
        [take.name.clone()].into_iter().chain(cells(take, figures, material)).collect()
    };
    let rows: Vec<_> = takes.iter().map(row).collect();
    let header = [
        "",
        "true peak over -1 dBTP, dB",
        "loudness, LUFS",
        "residual, dB",
        "fast residual, dB",
        "latency, ms",
    ];
    let mut table = markdown(&header, &rows);
    for take in takes {
        if let Err(reason) = &take.rendered {
            table += &format!("\n{} could not be run: {reason}\n", take.name);
        }
    }
    Ok(table)
}

fn cells(take: &Take, figures: Option<&Figures>, material: &Material) -> [String; 5] {
    let Some(figures) = figures else { return [const { "-" }; 5].map(str::to_owned) };
    let delay_ms = take.latency_ms + 1000.0 * figures.delay_samples / f64::from(material.rate_hz);
    let of_music = |figure: f64| if material.is_music { format!("{figure:.1}") } else { "-".to_owned() };
    [
        format!("{:+.2}", figures.true_peak_dbtp - CEILING_DBTP),
        format!("{:.1}", figures.integrated_lufs),
        of_music(figures.residual_db),
        of_music(figures.fast_residual_db),
        format!("{delay_ms:.1}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the input, 10.25 samples late, and a tone of 12 kHz 40 dB below it.
    #[test]
    fn what_was_added_is_found_whatever_gain_and_delay_are() {
        let root = workspace_root().unwrap();
        let python =
            std::env::var_os(python::VARIABLE).map_or_else(|| python::interpreter(&root), PathBuf::from);
        let tones = [211.0, 997.0, 3001.0];
        let input =
            |n: f64| tones.map(|hz| 0.2 * (hz * n / 48_000.0 * std::f64::consts::TAU).sin()).iter().sum();
        // Both ends fade, so that neither the delay nor the transform sees a jump there.
        let made = |sample: &dyn Fn(f64) -> f64| {
            let mut samples: Vec<f32> = (0..48_000).map(|n| sample(f64::from(n)) as f32).collect();
            signals::fade(&mut samples, 48_000);
            [samples.clone(), samples]
        };
        let added = |n: f64| 0.01 * 0.5 * 0.2 * 3.0_f64.sqrt() * (n * 0.5 * std::f64::consts::PI).sin();
        let folder = std::env::temp_dir().join(format!("lacquer-ceiling-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let paths = ["input.raw", "output.raw"].map(|name| folder.join(name));
        fs::write(&paths[0], to_bytes(&made(&input))).unwrap();
        fs::write(&paths[1], to_bytes(&made(&|n| 0.5 * input(n - 10.25) + added(n)))).unwrap();
        let figures =
            measured(&root, &python, 48_000, &paths.each_ref()).expect("NumPy: run cargo xtask test");
        fs::remove_dir_all(&folder).unwrap();
        let figures = &figures[0];
        assert!((figures.delay_samples - 10.25).abs() < 0.02, "{figures:?}");
        assert!((figures.residual_db + 40.0).abs() < 0.3, "{figures:?}");
        assert!((figures.fast_residual_db + 40.0).abs() < 0.3, "{figures:?}");
    }

    #[test]
    fn what_is_not_there_is_a_dash_and_what_means_nothing_too() {
        let take = Take { name: "one".to_owned(), latency_ms: 2.0, rendered: Err("no".to_owned()) };
        let mut material =
            Material { name: "piece", audio: [vec![], vec![]], rate_hz: 48_000, is_music: true };
        assert_eq!(cells(&take, None, &material), ["-"; 5]);
        let answer = r#"[{"true_peak_dbtp": -0.875, "integrated_lufs": -9.96, "residual_db": -20,
            "fast_residual_db": -30, "delay_samples": 48.0}]"#;
        let figures: Vec<Figures> = serde_json::from_str(answer).unwrap();
        let music = ["+0.12", "-10.0", "-20.0", "-30.0", "3.0"];
        assert_eq!(cells(&take, figures.first(), &material), music);
        material.is_music = false;
        assert_eq!(cells(&take, figures.first(), &material), ["+0.12", "-10.0", "-", "-", "3.0"]);
    }
}
