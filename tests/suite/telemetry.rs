//! The ways from the audio thread to whoever watches: nothing torn, nothing in the way, nothing lost that must not be.

use crate::modules::all_bypassed;
use crate::signals;
use cpu_time::ThreadTime;
use ebur128::{EbuR128, Mode};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::{
    Event, EventKind, HistoryPoint, Lost, MeterFrame, TelemetryReader, TelemetryWriter, telemetry,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    let lost = Lost { num_points: 1000, num_samples: 69 * u64::from(RATE_HZ), num_events: 0 };
    assert_eq!(reader.lost(), lost, "a minute of history was kept, and a second of samples");
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

#[test]
fn events_are_told_once_with_their_time() {
    let said = |block_len: usize| -> (Vec<Event>, Lost) {
        let mut audio = [vec![0.0; 48_000], vec![0.0; 48_000]];
        (audio[0][500], audio[1][501], audio[1][24_000]) = (f32::NAN, f32::INFINITY, f32::NAN);
        // Louder than 16 bits hold, for four samples.
        audio[0][40_000..40_004].fill(2.0);
        let mut settings = all_bypassed();
        settings.dither.bypass = false;
        let (mut chain, mut writer, mut reader) = prepared(&settings);
        run(&mut chain, &mut writer, &mut audio, block_len);
        writer.reset(&chain);
        (reader.events().collect(), reader.lost())
    };
    let (events, lost) = said(512);
    let event = |end_frame, kind| Event { end_frame, kind };
    assert_eq!(events[..2], [event(960, EventKind::Damage(2)), event(24_480, EventKind::Damage(1))]);
    assert!(matches!(events[2].kind, EventKind::Clipping(4)), "{:?}", events[2]);
    // Later by the chain's latency.
    assert!((40_320..41_280).contains(&events[2].end_frame), "{:?}", events[2]);
    assert_eq!((&events[3..], lost), (&[event(0, EventKind::Reset)][..], Lost::default()));
    for block_len in [37, 4096] {
        assert_eq!(said(block_len).0, events, "blocks of {block_len}");
    }
    let (chain, mut writer, mut reader) = prepared(&all_bypassed());
    (0..1030).for_each(|_| writer.reset(&chain));
    assert_eq!((reader.events().count(), reader.lost().num_events), (1024, 6));
}

/// The dither goes on counting over a reset of the meters, and what it counted before is not told again.
#[test]
fn a_reset_of_the_meters_clears_what_was_clipped() {
    let mut settings = all_bypassed();
    settings.dither.bypass = false;
    let (mut chain, mut writer, mut reader) = prepared(&settings);
    let mut loud = [vec![2.0; 4800], vec![0.0; 4800]];
    run(&mut chain, &mut writer, &mut loud, 512);
    assert!(reader.newest().num_clipped_samples > 1000);
    writer.reset(&chain);
    reader.events().for_each(drop);
    let mut quiet = [vec![0.1; 48_000], vec![0.1; 48_000]];
    // What the chain still held is loud.
    run(&mut chain, &mut writer, &mut quiet, 512);
    let told: u64 = reader
        .events()
        .map(|event| if let EventKind::Clipping(count) = event.kind { count } else { 0 })
        .sum();
    let of_the_tail = chain.latency_samples() as u64;
    assert!(told <= of_the_tail, "{told} of at most {of_the_tail}");
    assert_eq!(reader.newest().num_clipped_samples, told);
}

/// The time that the writer's thread spends on ten seconds, the least of several runs because everything else only adds.
#[test]
fn a_reader_that_stalls_for_ten_seconds_costs_the_writer_nothing() {
    let audio = [5, 6].map(|seed| signals::programme(seed, RATE_HZ, 10));
    let spent = |is_stalled: bool| -> (Duration, MeterFrame) {
        let (mut chain, mut writer, mut reader) = prepared(&all_bypassed());
        let [mut left, mut right] = audio.clone();
        let mut spent = Duration::ZERO;
        for (left, right) in left.chunks_mut(BLOCK_LEN).zip(right.chunks_mut(BLOCK_LEN)) {
            let start = ThreadTime::now();
            assert_no_alloc::assert_no_alloc(|| {
                writer.process(&mut chain, &mut Block::stereo(left, right));
            });
            spent += start.elapsed();
            if !is_stalled {
                assert_eq!(reader.history().count(), 1);
                reader.samples(|pairs| assert!(pairs.len() <= BLOCK_LEN));
            }
        }
        assert_eq!(reader.lost().num_samples, if is_stalled { 9 * u64::from(RATE_HZ) } else { 0 });
        (spent, *reader.newest())
    };
    let runs = [false, true, false, true, false, true, false, true]
        .map(|is_stalled| (is_stalled, spent(is_stalled)));
    let least = |stalled: bool| {
        let of_kind = runs.iter().filter(|(is_stalled, _)| *is_stalled == stalled);
        of_kind.map(|(_, (spent, _))| *spent).min().unwrap()
    };
    let (attended, stalled) = (least(false), least(true));
    assert!(stalled.as_secs_f64() < 1.25 * attended.as_secs_f64(), "{stalled:?} instead of {attended:?}");
    assert!(runs.iter().all(|(_, (_, frame))| *frame == runs[0].1.1), "no loudness is lost");
    assert!(runs[0].1.1.output.integrated_lufs.is_some());
}

/// A chain that changes nothing carries a count, and a reader in another thread, now fast, now asleep and once stalled for ten
/// seconds of sound, checks that what arrives is whole, in order, and that only counted samples are missing. Other threads want
/// every core meanwhile.
#[test]
fn two_threads_under_load_see_the_same() {
    let (mut chain, mut writer, mut reader) = prepared(&all_bypassed());
    let latency = chain.latency_samples();
    let num_frames = 20 * RATE_HZ as usize;
    let counted = |n: usize| (n % 65_536) as f32 / 65_536.0;
    let (is_done, num_written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let num_cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..num_cores {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        scope.spawn(|| {
            for start in (0..num_frames).step_by(BLOCK_LEN) {
                let mut left: Vec<f32> = (start..start + BLOCK_LEN).map(counted).collect();
                let mut right: Vec<f32> = left.iter().map(|x| -x).collect();
                writer.process(&mut chain, &mut Block::stereo(&mut left, &mut right));
                num_written.store(start + BLOCK_LEN, Ordering::Relaxed);
                // Some fifty times as fast as sound.
                std::thread::sleep(Duration::from_micros(200));
            }
            is_done.store(true, Ordering::Release);
        });
        let mut noise = signals::Noise::new(3);
        let (mut num_samples, mut num_points, mut last_end, mut last_frames) = (0, 0, 0, 0);
        let mut previous = None;
        let (mut num_gaps, mut has_stalled) = (0, false);
        loop {
            let written = num_written.load(Ordering::Relaxed);
            if !has_stalled && written > 4 * RATE_HZ as usize {
                while num_written.load(Ordering::Relaxed) < written + 10 * RATE_HZ as usize {
                    std::thread::sleep(Duration::from_millis(1));
                }
                has_stalled = true;
            }
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
        let lost = reader.lost();
        assert_eq!(num_samples + lost.num_samples as usize, num_frames, "every sample came or was counted");
        assert_eq!(num_points + lost.num_points, 2000);
        assert!(has_stalled && num_gaps > 0 && lost.num_samples >= 8 * u64::from(RATE_HZ));
        assert_eq!(last_frames, num_frames as u64);
        let mut meter = LoudnessMeter::new();
        meter.prepare(f64::from(RATE_HZ), &[ChannelRole::Main; 2]).unwrap();
        let heard: Vec<f32> = (0..num_frames).map(|n| n.checked_sub(latency).map_or(0.0, counted)).collect();
        let inverted: Vec<f32> = heard.iter().map(|x| -x).collect();
        meter.process(&[&heard, &inverted]);
        assert_eq!(reader.newest().output, meter.reading(), "no loudness is lost");
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
    writer.reset(&chain);
    run(&mut chain, &mut writer, &mut audio, BLOCK_LEN);
    let frame = *reader.newest();
    assert!((frame.correlation.unwrap() + 1.0).abs() < 1e-2, "{:?}", frame.correlation);
    assert_eq!(frame.output.num_frames, u64::from(2 * RATE_HZ));
    let mut silence = [vec![0.0; 96_000], vec![0.0; 96_000]];
    chain.reset();
    writer.reset(&chain);
    run(&mut chain, &mut writer, &mut silence, BLOCK_LEN);
    assert_eq!(reader.newest().correlation, None);
    assert_eq!(reader.newest().output.integrated_lufs, None);
}
