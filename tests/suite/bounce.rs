//! Masters: what was asked for is in the file, and the same settings give the same bits.

use crate::cli::call;
use crate::random::Random;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::decode::AudioReader;
use lacquer_presets::factory;
use serde_json::Value;
use std::path::Path;

fn read(path: &Path) -> Vec<Vec<f32>> {
    let mut reader = AudioReader::open(path).unwrap();
    let num_frames = reader.info().num_frames.unwrap() as usize;
    let mut channels = vec![vec![0.0; num_frames]; reader.info().num_channels];
    assert_eq!(reader.read(&mut channels).unwrap(), num_frames);
    channels
}

/// No file: the demo piece, its master and its report, by every preset that has a target.
#[test]
fn the_demo_piece_reaches_every_presets_target() {
    let folder = tempfile::tempdir().unwrap();
    for preset in factory() {
        let ended = call(folder.path(), &["bounce", "--preset", &preset.slug, "--json"]);
        assert_eq!(ended.status, Some(0), "{}: {}", preset.slug, ended.stderr);
        let reports: Value = serde_json::from_str(&ended.stdout).unwrap();
        let figures = &reports[0]["output"]["figures"];
        let ceiling_dbtp = preset.settings.limiter.ceiling_dbtp;
        assert!(figures["true_peak_dbtp"].as_f64().unwrap() <= ceiling_dbtp, "{}: {figures}", preset.slug);
        if let Some(wanted) = preset.bounce.output_lufs {
            let off = figures["integrated_lufs"].as_f64().unwrap() - wanted;
            assert!(off.abs() <= 0.05, "{}: {off} LU off", preset.slug);
        }
        let report =
            std::fs::read_to_string(folder.path().join("lacquer-demo/demo.mastered.report.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&report).unwrap(), reports[0]);
    }
}

/// The promise of parity: the settings of the report, put into a chain by anyone and run in blocks of any length, give the
/// very bits of the file.
#[test]
fn the_reports_settings_give_the_masters_bits() {
    for (bits, dither) in [("float", "none"), ("16", "tpdf"), ("16", "shaped"), ("24", "tpdf")] {
        a_report_gives_its_masters_bits(bits, dither);
    }
}

/// At 16 bits this is also the proof that peak and loudness hold with the dither in them: a miss is a failed bounce.
fn a_report_gives_its_masters_bits(bits: &str, dither: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ended =
        call(folder.path(), &["bounce", "--preset", "club", "--bits", bits, "--dither", dither, "--json"]);
    assert_eq!(ended.status, Some(0), "{bits} bits, {dither}: {}", ended.stderr);
    let reports: Value = serde_json::from_str(&ended.stdout).unwrap();
    let mut settings = ChainSettings::default();
    for (id, value) in reports[0]["settings"].as_object().unwrap() {
        params::find(id).unwrap().set(&mut settings, value.as_f64().unwrap()).unwrap();
    }
    let mut channels = read(&folder.path().join("lacquer-demo/demo.wav"));
    let num_frames = channels[0].len();
    let mut chain = Chain::new();
    chain
        .prepare(&ProcessSpec {
            sample_rate_hz: 48_000.0,
            max_block_len: 1000,
            num_channels: 2,
            latency_mode: LatencyMode::Quality,
        })
        .unwrap();
    chain.set(&settings);
    let latency = chain.latency_samples();
    channels.iter_mut().for_each(|channel| channel.resize(num_frames + latency, 0.0));
    let mut start = 0;
    for end in Random::new(1).splits(num_frames + latency, 1000) {
        let [left, right] = channels.as_mut_slice() else { panic!("the demo piece is stereo") };
        chain.process(&mut Block::stereo(&mut left[start..end], &mut right[start..end]));
        start = end;
    }
    let rendered: Vec<Vec<f32>> = channels.iter().map(|channel| channel[latency..].to_vec()).collect();
    crate::contract::assert_same_bits(
        &read(&folder.path().join("lacquer-demo/demo.mastered.wav")),
        &rendered,
        &format!("the master of {bits} bits, {dither}"),
    );
}

/// Every kind of input, rate and number of channels keeps its length, and comes out at the target.
#[test]
fn the_length_is_kept_at_every_rate() {
    let folder = tempfile::tempdir().unwrap();
    for (rate_hz, num_channels) in [(8_000, 1), (22_050, 2), (44_100, 1), (96_000, 2), (192_000, 2)] {
        let path = folder.path().join(format!("{rate_hz}.wav"));
        let spec = hound::WavSpec {
            channels: num_channels,
            sample_rate: rate_hz,
            bits_per_sample: 24,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        let num_frames = rate_hz as usize * 2 + 17;
        for sample in Random::new(u64::from(rate_hz)).noise(num_frames * usize::from(num_channels)) {
            writer.write_sample((sample * 800_000.0) as i32).unwrap();
        }
        writer.finalize().unwrap();
        let ended = call(folder.path(), &["bounce", path.to_str().unwrap(), "--lufs", "-20", "--json"]);
        assert_eq!(ended.status, Some(0), "{rate_hz} Hz: {}", ended.stderr);
        let master = hound::WavReader::open(path.with_extension("mastered.wav")).unwrap();
        assert_eq!((master.duration() as usize, master.spec().sample_rate), (num_frames, rate_hz));
    }
}
