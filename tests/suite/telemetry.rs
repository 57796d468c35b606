//! The ways from the audio thread to whoever watches: nothing torn, nothing in the way, nothing lost that must not be.

use crate::modules::all_bypassed;
use crate::signals;
use ebur128::{EbuR128, Mode};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::{HistoryPoint, MeterFrame, TelemetryReader, TelemetryWriter, telemetry};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const RATE_HZ: u32 = 48_000;
const BLOCK_LEN: usize = 480;

fn spec() -> ProcessSpec {
    ProcessSpec {
        sample_rate_hz: f64::from(RATE_HZ),
        max_block_len: 512,
        num_channels: 2,
        latency_mode: LatencyMode::Live,
    }
}

fn prepared(settings: &ChainSettings) -> (Chain, TelemetryWriter, TelemetryReader) {
    let mut chain = Chain::without_denoise();
    chain.prepare(&spec()).unwrap();
    chain.set(settings);
    let (writer, reader) = telemetry(&spec()).unwrap();
    (chain, writer, reader)
}

fn limited() -> ChainSettings {
    let mut settings = all_bypassed();
    settings.loudness.bypass = false;
    settings.loudness.gain_db = 40.0;
    settings.limiter.bypass = false;
    settings
}

/// Runs the audio through chain and writer, under the guard against allocation.
fn run(chain: &mut Chain, writer: &mut TelemetryWriter, audio: &mut [Vec<f32>; 2], block_len: usize) {
    let [left, right] = audio;
    for (left, right) in left.chunks_mut(block_len).zip(right.chunks_mut(block_len)) {
        assert_no_alloc::assert_no_alloc(|| writer.process(chain, &mut Block::stereo(left, right)));
    }
}

#[test]
fn a_reader_that_sleeps_loses_no_loudness_and_no_peak() {
    // Longer than any ring, and louder in the middle than at its end.
    let mut audio = [5, 6].map(|seed| signals::programme(seed, RATE_HZ, 70));
    audio[0][RATE_HZ as usize * 30] = 0.9;
    let input = audio.clone();
    let (mut chain, mut writer, mut reader) = prepared(&limited());
    run(&mut chain, &mut writer, &mut audio, BLOCK_LEN);
    let frame = *reader.newest();
    let mut oracle = EbuR128::new(2, RATE_HZ, Mode::I).unwrap();
    oracle.add_frames_planar_f32(&[&audio[0], &audio[1]]).unwrap();
    let integrated = frame.output.integrated_lufs.unwrap().0;
    assert!((integrated - oracle.loudness_global().unwrap()).abs() < 0.02, "{integrated}");
    let mut meter = LoudnessMeter::new();
    meter.prepare(f64::from(RATE_HZ), &[ChannelRole::Main; 2]).unwrap();
    meter.process(&[&audio[0], &audio[1]]);
    assert_eq!(frame.output, meter.reading(), "every figure is that of a meter that heard it all");
    let loudest = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    let [input_peaks, output_peaks] = reader.take_peaks();
    assert_eq!(input_peaks, [loudest(&input[0]), loudest(&input[1])]);
    assert_eq!(output_peaks, [loudest(&audio[0]), loudest(&audio[1])]);
    assert_eq!(reader.take_peaks(), [[0.0; 2]; 2], "they were taken");
    assert_eq!(frame.output.num_frames, input[0].len() as u64);
    let (num_lost_points, num_lost_samples) = reader.num_lost();
    assert_eq!(num_lost_points, 1000, "a minute of history was kept");
    assert_eq!(num_lost_samples, 69 * u64::from(RATE_HZ), "a second of samples was kept");
    assert_eq!(reader.history().count(), 6000);
}

#[test]
fn what_is_said_does_not_depend_on_blocks() {
    let said = |block_len: usize| -> (Vec<HistoryPoint>, MeterFrame) {
        let mut audio = [5, 6].map(|seed| signals::programme(seed, RATE_HZ, 3));
        audio[0][777] = f32::NAN;
        audio[1][778] = f32::INFINITY;
        let (mut chain, mut writer, mut reader) = prepared(&limited());
        run(&mut chain, &mut writer, &mut audio, block_len);
        (reader.history().collect(), *reader.newest())
    };
    let (points, frame) = said(512);
    assert_eq!(points.len(), 300);
    assert_eq!(frame.num_damaged_samples, 2);
    assert!(points.iter().any(|point| point.reductions.limiter_db > 1.0), "the limiter had work");
    for block_len in [64, 37, 4096] {
        assert!(said(block_len) == (points.clone(), frame), "blocks of {block_len}");
    }
}

/// A rate that is no multiple of 100 Hz, one channel, and blocks beyond what the chain was promised.
#[test]
fn history_keeps_time_at_any_rate() {
    let spec = ProcessSpec { sample_rate_hz: 11_025.0, max_block_len: 64, num_channels: 1, ..spec() };
    let mut chain = Chain::without_denoise();
    chain.prepare(&spec).unwrap();
    chain.set(&all_bypassed());
    let (mut writer, mut reader) = telemetry(&spec).unwrap();
    let mut samples = signals::programme(7, 11_025, 20);
    for part in samples.chunks_mut(1000) {
        writer.process(&mut chain, &mut Block::mono(part));
    }
    let points: Vec<HistoryPoint> = reader.history().collect();
    assert_eq!(points.len(), 2000);
    assert_eq!(points[1999].end_frame, 20 * 11_025);
    assert!(points.iter().all(|point| point.output_peaks[0] == point.output_peaks[1]));
    assert!(reader.newest().output.integrated_lufs.is_some());
}

/// A chain that changes nothing carries a count, and a reader in another thread, now fast and now asleep, checks that what
/// arrives is whole, in order, and that only counted samples are missing.
#[test]
fn two_threads_under_load_see_the_same() {
    let (mut chain, mut writer, mut reader) = prepared(&all_bypassed());
    let latency = chain.latency_samples();
    let num_frames = 20 * RATE_HZ as usize;
    let counted = |n: usize| (n % 65_536) as f32 / 65_536.0;
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for start in (0..num_frames).step_by(BLOCK_LEN) {
                let mut left: Vec<f32> = (start..start + BLOCK_LEN).map(counted).collect();
                let mut right: Vec<f32> = left.iter().map(|x| -x).collect();
                writer.process(&mut chain, &mut Block::stereo(&mut left, &mut right));
                // Some fifty times as fast as sound.
                std::thread::sleep(Duration::from_micros(200));
            }
            is_done.store(true, Ordering::Release);
        });
        let mut noise = signals::Noise::new(3);
        let (mut num_samples, mut num_points, mut last_end, mut last_frames) = (0, 0, 0, 0);
        let mut previous = None;
        let mut num_gaps = 0;
        loop {
            let is_last = is_done.load(Ordering::Acquire);
            reader.samples(|pairs| {
                for pair in pairs {
                    assert_eq!(pair.input[1], -pair.input[0], "a torn frame");
                    assert_eq!(pair.output[1], -pair.output[0], "a torn frame");
                    let index = (pair.input[0] * 65_536.0) as usize;
                    let expected = (index + 65_536 - latency) % 65_536;
                    assert!(num_samples < latency || pair.output[0] == counted(expected));
                    num_gaps +=
                        usize::from(previous.is_some_and(|before: usize| (before + 1) % 65_536 != index));
                    previous = Some(index);
                    num_samples += 1;
                }
            });
            for point in reader.history() {
                assert!(point.end_frame > last_end, "history goes on");
                last_end = point.end_frame;
                num_points += 1;
            }
            let frame = reader.newest();
            assert!(frame.output.num_frames >= last_frames, "what is shown is never older");
            last_frames = frame.output.num_frames;
            if is_last {
                break;
            }
            std::thread::sleep(Duration::from_millis(noise.below(30) as u64));
        }
        let (num_lost_points, num_lost_samples) = reader.num_lost();
        assert_eq!(num_samples + num_lost_samples as usize, num_frames, "every sample came or was counted");
        assert_eq!(num_points + num_lost_points, 2000);
        assert!(num_lost_samples > 0 || num_gaps == 0);
        assert_eq!(last_frames, num_frames as u64);
    });
}

#[test]
fn what_is_shown_is_what_there_is() {
    let tone = signals::tone(1000, RATE_HZ, &[(-6.0, 2.0)]);
    let mut audio = [tone.clone(), tone.iter().map(|x| 0.5 * x).collect()];
    let (mut chain, mut writer, mut reader) = prepared(&all_bypassed());
    run(&mut chain, &mut writer, &mut audio, BLOCK_LEN);
    let frame = *reader.newest();
    assert!((frame.correlation.unwrap() - 1.0).abs() < 1e-9);
    assert!((frame.balance_db.unwrap() + 6.0206).abs() < 1e-3);
    assert_eq!(frame.reductions, Default::default());
    audio[1] = audio[0].iter().map(|x| -x).collect();
    chain.reset();
    writer.reset();
    run(&mut chain, &mut writer, &mut audio, BLOCK_LEN);
    let frame = *reader.newest();
    assert!((frame.correlation.unwrap() + 1.0).abs() < 1e-2, "{:?}", frame.correlation);
    assert_eq!(frame.output.num_frames, u64::from(2 * RATE_HZ));
    let mut silence = [vec![0.0; 96_000], vec![0.0; 96_000]];
    chain.reset();
    writer.reset();
    run(&mut chain, &mut writer, &mut silence, BLOCK_LEN);
    assert_eq!(reader.newest().correlation, None);
    assert_eq!(reader.newest().output.integrated_lufs, None);
}
