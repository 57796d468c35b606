//! `cargo xtask plots`: the pictures in docs/, of what the modules really do.
//!
//! Signals go through the modules, and through peers where they do the same work; what comes out is written as JSON to
//! target/plots, and docs/plots/plots.py, which has the analogue formulas of its own, measures and draws it.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use lacquer_dsp::modules::equaliser::Equaliser;
use lacquer_dsp::modules::exciter::Exciter;
use lacquer_dsp::modules::multiband::Multiband;
use lacquer_dsp::processor::{LatencyMode, Processor};
use lacquer_dsp::settings::{
    ChainSettings, EqualiserSettings, ExciterSettings, LimiterCharacter, LimiterSettings, MultibandSettings,
};
use serde_json::{Value, json};

use crate::peers::catalogue::{CALF_EXCITER, DPL_TP, LSP_UNREGULATED};
use crate::peers::{Host, Peer, Piece};
use crate::process::program;
use crate::{python, render, signals, workspace_root};

const RATE_HZ: u32 = 48_000;
const CD_HZ: u32 = 44_100;

/// Long enough for the slowest filter that is drawn to have died away.
const RESPONSE_LEN: usize = 1 << 15;

/// Where the impulse of a response is: after the controls have come to rest.
const SETTLED: usize = 1 << 14;

/// Renders, measures and draws.
///
/// # Errors
/// When Matplotlib cannot be installed or a picture cannot be written.
pub fn run() -> anyhow::Result<()> {
    let root = workspace_root()?;
    python::prepare(&root)?;
    python::add_plotting(&root)?;
    let folder = root.join("target/plots");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let host = Host::build(&root);
    let write = |name: &str, data: &Value| {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, data.to_string()).with_context(|| path.display().to_string())
    };
    write("limiter", &limiter(&host)?)?;
    write("crossover", &crossover()?)?;
    write("equaliser", &equaliser()?)?;
    write("exciter", &exciter(&host)?)?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("the workspace's path is not UTF-8");
    let args = [
        "-B".to_owned(),
        path(&root.join("docs/plots/plots.py"))?,
        path(&folder)?,
        path(&root.join("docs"))?,
    ];
    program(python::interpreter(&root), &args.each_ref().map(String::as_str)).run()
}

/// A peer's left channel, the latency that it reports taken off; nothing when it cannot be run, which is said.
#[expect(clippy::print_stderr, reason = "a picture that lacks a peer is not to lack it silently")]
fn beside(host: &anyhow::Result<Host>, peer: &Peer, audio: &[Vec<f32>; 2]) -> Option<Vec<f32>> {
    let piece = Piece { audio, rate_hz: RATE_HZ, block_len: 512 };
    let rendered = host.as_ref().map_err(|error| format!("{error:#}"));
    let rendered = rendered.and_then(|host| host.render(peer, &piece).map_err(|error| format!("{error:#}")));
    match rendered {
        Ok(rendered) => Some(left(&rendered, audio[0].len())),
        Err(reason) => {
            eprintln!("{} is left out: {reason}", peer.name);
            None
        }
    }
}

fn left(rendered: &render::Rendered, len: usize) -> Vec<f32> {
    let [left, _] = rendered.without_latency(len);
    left
}

/// Ours first, and then the peers that could be run.
fn takes(host: &anyhow::Result<Host>, ours: Vec<Value>, peers: &[Peer], audio: &[Vec<f32>; 2]) -> Vec<Value> {
    let peers = peers.iter().filter_map(|peer| {
        let output = beside(host, peer, audio)?;
        Some(json!({ "name": peer.name, "output": output }))
    });
    ours.into_iter().chain(peers).collect()
}

/// A burst of 20 ms, 6 dB over full scale, a second after the start.
fn limiter(host: &anyhow::Result<Host>) -> anyhow::Result<Value> {
    let (start, len) = (RATE_HZ as usize, 2 * RATE_HZ as usize);
    let burst = signals::burst(len, start..start + RATE_HZ as usize / 50, -20.0, 6.0);
    let audio = [burst.clone(), burst.clone()];
    let defaults = ChainSettings::default().limiter;
    let ours = |name: &str, character| {
        let settings = LimiterSettings { character, ..defaults };
        let rendered = render::limited(&settings, LatencyMode::Live, &audio, RATE_HZ)?;
        anyhow::Ok(json!({ "name": name, "output": left(&rendered, len) }))
    };
    let ours = vec![
        ours("Lacquer, Live, transparent", LimiterCharacter::Transparent)?,
        ours("Lacquer, Live, loud", LimiterCharacter::Loud)?,
    ];
    let takes = takes(host, ours, &[LSP_UNREGULATED[1], DPL_TP], &audio);
    Ok(json!({
        "rate_hz": RATE_HZ, "start": start, "ceiling_dbtp": defaults.ceiling_dbtp, "input": burst, "takes": takes
    }))
}

/// Impulse responses of each band alone and of all, with no dynamics.
fn crossover() -> anyhow::Result<Value> {
    let mut settings = ChainSettings::default().multiband;
    settings.bypass = false;
    settings.num_bands = 4;
    settings.bands.iter_mut().for_each(|band| band.bypass = true);
    let mode = |name: &str, mode| -> anyhow::Result<Value> {
        let response = |settings: &MultibandSettings| response(Multiband::new(), settings, mode, RATE_HZ);
        let mut bands = Vec::new();
        for idx in 0..settings.num_bands {
            let mut soloed = settings;
            soloed.bands[idx].solo = true;
            bands.push(response(&soloed)?);
        }
        Ok(json!({ "name": name, "bands": bands, "sum": response(&settings)? }))
    };
    let modes = [mode("Live", LatencyMode::Live)?, mode("Quality", LatencyMode::Quality)?];
    let crossovers_hz = &settings.crossovers_hz[..settings.num_bands - 1];
    Ok(json!({ "rate_hz": RATE_HZ, "crossovers_hz": crossovers_hz, "modes": modes }))
}

/// Impulse responses of single bands, at the rate where the top of the band is nearest.
fn equaliser() -> anyhow::Result<Value> {
    let mut flat = ChainSettings::default().equaliser;
    flat.bypass = false;
    let curve = |kind: &str, frequency_hz: f64, gain_db: f64, q: f64| -> anyhow::Result<Value> {
        let mut settings: EqualiserSettings = flat;
        match kind {
            "bell" => {
                let bell = &mut settings.bells[0];
                (bell.on, bell.frequency_hz, bell.gain_db, bell.q) = (true, frequency_hz, gain_db, q);
            }
            _ => {
                let shelf = &mut settings.high_shelf;
                (shelf.on, shelf.frequency_hz, shelf.gain_db, shelf.q) = (true, frequency_hz, gain_db, q);
            }
        }
        let response = response(Equaliser::new(), &settings, LatencyMode::Live, CD_HZ)?;
        Ok(json!({
            "kind": kind, "frequency_hz": frequency_hz, "gain_db": gain_db, "q": q, "response": response
        }))
    };
    let curves = [
        curve("bell", 2000.0, -9.0, 1.0)?,
        curve("bell", 10_000.0, 12.0, 0.7)?,
        curve("bell", 16_000.0, -12.0, 2.0)?,
        curve("high shelf", 8000.0, 6.0, 0.71)?,
    ];
    Ok(json!({ "rate_hz": CD_HZ, "curves": curves }))
}

/// A tone of 5 kHz at -6 dBFS, driven as far as it goes.
fn exciter(host: &anyhow::Result<Host>) -> anyhow::Result<Value> {
    let tone = signals::sine(5000.0, -6.0, 3 * RATE_HZ as usize, RATE_HZ);
    let audio = [tone.clone(), tone];
    let settings = ExciterSettings {
        bypass: false,
        drive_db: 36.0,
        mix_percent: 100.0,
        ..ChainSettings::default().exciter
    };
    let rendered = render::processed(Exciter::new(), &settings, LatencyMode::Live, &audio, RATE_HZ)?;
    let ours = vec![json!({ "name": "Lacquer", "output": left(&rendered, audio[0].len()) })];
    let takes = takes(host, ours, &[CALF_EXCITER], &audio);
    Ok(json!({ "rate_hz": RATE_HZ, "tone_hz": 5000.0, "takes": takes }))
}

/// The response of any module to an impulse, its latency taken off. What a linear-phase filter rings before its latency
/// comes round again at the end, where the Fourier transform expects it.
fn response<P: Processor>(
    module: P,
    settings: &P::Settings,
    mode: LatencyMode,
    rate_hz: u32,
) -> anyhow::Result<Vec<f32>> {
    let rendered = render::processed(module, settings, mode, &impulse(), rate_hz)?;
    let output = left(&rendered, SETTLED + RESPONSE_LEN);
    let (before, after) = output.split_at(SETTLED);
    let mut response = after.to_vec();
    let ringing = &mut response[RESPONSE_LEN - SETTLED..];
    ringing.iter_mut().zip(before).for_each(|(sample, before)| *sample += before);
    Ok(response)
}

fn impulse() -> [Vec<f32>; 2] {
    let mut impulse = vec![0.0; SETTLED + RESPONSE_LEN];
    impulse[SETTLED] = 1.0;
    [impulse.clone(), impulse]
}
