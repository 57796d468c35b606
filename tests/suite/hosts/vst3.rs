//! The VST3 plugin in hosts of other projects: pedalboard and DawDreamer, by `tests/python/hosts.py`.

use super::bundles::bundle;
use super::parity::{RATE_HZ, num_differing, piece, rendered};
use crate::programs::{arg, oracle};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::param::Param;
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Asks `hosts.py`.
fn ask(folder: &TempDir, what: &str, request: &Value) -> Value {
    let path = folder.path().join(format!("{what}.json"));
    fs::write(&path, request.to_string()).unwrap();
    oracle("hosts.py", &[what, arg(&bundle("Lacquer.vst3")), arg(&path)])
}

/// The position that VST3 has of a value.
fn position(param: &Param, value: f64) -> f32 {
    param.to_normalized(value) as f32
}

/// Those of all parameters, in the order of the table.
pub(super) fn positions(settings: &ChainSettings) -> Vec<f32> {
    params::all().map(|param| position(param, param.get(settings))).collect()
}

fn numbers(value: &Value) -> Vec<f32> {
    let number = |number: &Value| number.as_f64().unwrap() as f32;
    value.as_array().unwrap().iter().map(number).collect()
}

/// Writes raw audio, one channel after another.
pub(super) fn write(folder: &TempDir, name: &str, channels: &[Vec<f32>]) -> PathBuf {
    let path = folder.path().join(name);
    let bytes: Vec<u8> = channels.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
    fs::write(&path, bytes).unwrap();
    path
}

pub(crate) fn read(path: &Path, num_channels: usize) -> Vec<Vec<f32>> {
    let bytes = fs::read(path).unwrap();
    let samples: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    samples.chunks(samples.len() / num_channels).map(<[f32]>::to_vec).collect()
}

fn latency_samples(rate_hz: f64, num_channels: usize) -> usize {
    let mut chain = Chain::new();
    let latency_mode = LatencyMode::Quality;
    chain
        .prepare(&ProcessSpec { sample_rate_hz: rate_hz, max_block_len: 64, num_channels, latency_mode })
        .unwrap();
    chain.latency_samples()
}

#[test]
fn pedalboard_is_told_every_row_of_the_table() {
    let values = |param: &Param| [param.min, param.default, param.max].map(|value| param.settled(value));
    let rows: Vec<Value> = params::all()
        .map(|param| {
            let positions = values(param).map(|value| position(param, value));
            json!({"positions": positions, "texts": values(param).map(|value| param.to_text(value))})
        })
        .collect();
    let told = ask(&TempDir::new().unwrap(), "table", &json!({"rows": rows}));
    let mut keys = HashSet::new();
    for (idx, param) in params::all().enumerate() {
        let told = &told[idx];
        assert_eq!(told["name"], param.name);
        assert!(keys.insert(told["key"].to_string()), "{} shares its key {}", param.id, told["key"]);
        assert_eq!(told["texts"], rows[idx]["texts"], "{}", param.id);
        // Between two whole values a host's own rounding may lie, so the positions are compared as it keeps them.
        assert_eq!(numbers(&told["positions"]), numbers(&rows[idx]["positions"]), "{}", param.id);
        assert_eq!(told["default"].as_f64().unwrap() as f32, position(param, param.default), "{}", param.id);
    }
}

/// What is rendered, and how.
struct Case {
    name: String,
    rate_hz: f64,
    block_len: usize,
    settings: ChainSettings,
}

/// Has pedalboard play the audio in each of these ways, prints what differs from the bounce, and asserts that nothing does.
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn assert_parity(audio: &[Vec<f32>], cases: &[Case]) {
    let folder = TempDir::new().unwrap();
    let out = |idx: usize| folder.path().join(format!("{idx}.raw"));
    let asked: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(idx, case)| {
            json!({"rate_hz": case.rate_hz, "block_len": case.block_len, "positions": positions(&case.settings),
                "out": arg(&out(idx))})
        })
        .collect();
    let audio_path = write(&folder, "audio.raw", audio);
    let request = json!({"audio": arg(&audio_path), "num_channels": audio.len(), "cases": asked});
    let said = ask(&folder, "render", &request);
    println!(
        "| settings | Hz | channels | block | samples | differing from the bounce |\n|---|---|---|---|---|---|"
    );
    let mut all_differing = 0;
    for (idx, case) in cases.iter().enumerate() {
        let Case { name, rate_hz, block_len, settings } = case;
        let played = read(&out(idx), audio.len());
        let expected = rendered(audio, *rate_hz, settings);
        assert_eq!(played[0].len(), expected[0].len(), "{name}");
        assert!(played[0].iter().any(|sample| sample.abs() > 0.01), "{name} is silent");
        let num_differing = num_differing(&played, &expected, 0);
        let num_samples = played.len() * played[0].len();
        println!("| {name} | {rate_hz} | {} | {block_len} | {num_samples} | {num_differing} |", audio.len());
        all_differing += num_differing;
        assert_eq!(said[idx]["unlike"], json!([]), "{name} as the host holds it");
        assert_eq!(said[idx]["latency"], latency_samples(*rate_hz, audio.len()), "{name}");
    }
    assert_eq!(all_differing, 0);
}

#[test]
fn parity_of_every_factory_preset_in_pedalboard() {
    let cases = lacquer_presets::factory().into_iter().flat_map(|preset| {
        [17, 64, 512, 8192].map(|block_len| Case {
            name: preset.slug.clone(),
            rate_hz: RATE_HZ,
            block_len,
            settings: preset.settings,
        })
    });
    assert_parity(&piece(), &cases.collect::<Vec<_>>());
}

#[test]
fn every_rate_block_and_layout_in_pedalboard_gives_what_the_bounce_gives() {
    let settings = lacquer_presets::Library::user().load("streaming").unwrap().settings;
    let mut audio: Vec<Vec<f32>> = piece();
    audio.iter_mut().for_each(|channel| channel.truncate(60_000));
    for num_channels in [2, 1] {
        let cases = [44_100.0, 48_000.0, 96_000.0, 192_000.0].into_iter().flat_map(|rate_hz| {
            [17, 64, 512, 8192].map(|block_len| Case {
                name: "streaming".to_owned(),
                rate_hz,
                block_len,
                settings,
            })
        });
        assert_parity(&audio[..num_channels], &cases.collect::<Vec<_>>());
    }
}

#[test]
fn pedalboard_gets_back_what_it_saved_and_survives_what_is_damaged() {
    let folder = TempDir::new().unwrap();
    let settings = lacquer_presets::Library::user().load("club").unwrap().settings;
    let audio = write(&folder, "audio.raw", &piece());
    let said = ask(&folder, "state", &json!({"audio": arg(&audio), "positions": positions(&settings)}));
    assert_eq!(said["changed"], true, "the settings are heard");
    assert_eq!(numbers(&said["positions"]), positions(&settings));
    assert_eq!((&said["same_audio"], &said["same_state"]), (&json!(true), &json!(true)));
    let damaged = said["damaged"].as_object().unwrap();
    assert!(damaged.len() >= 6);
    for (what, after) in damaged {
        // Whether the host refuses it or the plugin does, what was set stays.
        assert_eq!(after["same_audio"], true, "after a state of {what}: {after}");
    }
    assert_eq!(said["loads_after_damage"], true);
}

/// The user chooses the shorter latency, and then the noise remover, while the audio runs: the host is told each time.
#[test]
fn a_latency_that_changes_while_audio_runs_is_told_to_pedalboard() {
    let folder = TempDir::new().unwrap();
    let settings = lacquer_presets::Library::user().load("gentle-glue").unwrap().settings;
    let audio = piece();
    let (idx, denoise) = params::all().enumerate().find(|(_, param)| param.id == "denoise.bypass").unwrap();
    let [running, anew] = ["running.raw", "anew.raw"].map(|name| folder.path().join(name));
    let said = ask(
        &folder,
        "latency",
        &json!({"audio": arg(&write(&folder, "audio.raw", &audio)), "positions": positions(&settings), "idx": idx,
            "on": position(denoise, 0.0), "running": arg(&running), "anew": arg(&anew)}),
    );
    let mut live = Box::new(Chain::without_denoise());
    let spec = |latency_mode| ProcessSpec {
        sample_rate_hz: RATE_HZ,
        max_block_len: 1 << 20,
        num_channels: 2,
        latency_mode,
    };
    live.prepare(&spec(LatencyMode::Live)).unwrap();
    let live_latency = live.latency_samples();
    let mut with_denoise = Box::<Chain>::default();
    with_denoise.prepare(&spec(LatencyMode::Live)).unwrap();
    let (quality, denoised) = (latency_samples(RATE_HZ, 2), with_denoise.latency_samples());
    assert_eq!(said["told"], json!([quality, live_latency, live_latency, denoised, denoised]));
    live.set(&settings);
    let mut expected = audio.clone();
    let [left, right] = &mut expected[..] else { unreachable!("the piece is stereo") };
    live.process(&mut Block::stereo(left, right));
    // The new chain begins with silence where the old one stopped; the host takes a latency off where it begins.
    assert_eq!(num_differing(&read(&running, 2), &expected, 0), 0, "while the audio ran");
    assert_eq!(num_differing(&expected, &read(&anew, 2), live_latency), 0, "from the beginning");
}

/// DawDreamer sets an automated parameter once for each of its blocks.
#[test]
fn dawdreamer_plays_saves_loads_and_automates() {
    const BLOCK_LEN: usize = 128;
    const CHANGE_AT: usize = 96_000;
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let settings = lacquer_presets::Library::user().load("gentle-glue").unwrap().settings;
    let audio = piece();
    let (idx, trim) = params::all().enumerate().find(|(_, param)| param.id == "input.trim_db").unwrap();
    let before = position(trim, trim.get(&settings));
    let curve: Vec<f32> =
        (0..audio[0].len()).map(|at| if at < CHANGE_AT { before } else { position(trim, -24.0) }).collect();
    let said = ask(
        &folder,
        "daw",
        &json!({
            "audio": arg(&write(&folder, "audio.raw", &audio)), "block_len": BLOCK_LEN,
            "positions": positions(&settings), "out": arg(&path("out.raw")), "other": arg(&path("other.raw")),
            "idx": idx, "curve": arg(&write(&folder, "curve.raw", &[curve])), "automated": arg(&path("automated.raw")),
        }),
    );
    for (param, told) in params::all().zip(said["rows"].as_array().unwrap()) {
        let texts = [param.min, param.default, param.max].map(|value| param.to_text(param.settled(value)));
        assert_eq!((&told["name"], &told["texts"]), (&json!(param.name), &json!(texts)), "{}", param.id);
    }
    let latency = latency_samples(RATE_HZ, 2);
    assert_eq!(said["latency"], latency);
    assert_eq!(numbers(&said["loaded"]), positions(&settings), "as they were loaded");
    let out = read(&path("out.raw"), 2);
    let expected = rendered(&audio, RATE_HZ, &settings);
    assert_eq!(num_differing(&out, &expected, latency), 0, "out of the bounce");
    assert_eq!(
        num_differing(&read(&path("other.raw"), 2), &out, 0),
        0,
        "out of what the first instance played"
    );
    let automated = read(&path("automated.raw"), 2);
    let heard_at = CHANGE_AT + latency;
    // What looks ahead has a part in it before the change itself comes out.
    let first = out[0].iter().zip(&automated[0]).position(|(a, b)| a != b);
    assert!(
        first.is_some_and(|first| (CHANGE_AT..heard_at + BLOCK_LEN).contains(&first)),
        "heard at {first:?}"
    );
    let rms = |audio: &[Vec<f32>]| {
        let part = &audio[0][heard_at + 24_000..];
        (part.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / part.len() as f64).sqrt()
    };
    let fallen_db = 20.0 * (rms(&out) / rms(&automated)).log10();
    assert!(fallen_db > 20.0, "the trim fell by 24 dB, what is heard by {fallen_db:.1} dB");
}
