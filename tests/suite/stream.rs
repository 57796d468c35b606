//! A programme that comes piece by piece: the bits of a bounce after a first pass, and a loudness to rely on without one.

use crate::hosts::parity::piece;
use crate::random::Random;
use crate::{agreement, independent};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_offline::decode::AudioReader;
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use lacquer_offline::master::{Order, master_planes};
use lacquer_offline::progress::Progress;
use lacquer_offline::stream::{Stream, StreamError};
use lacquer_presets::Preset;
use std::sync::atomic::AtomicBool;

const RATE_HZ: f64 = 48_000.0;

fn preset(name: &str) -> Preset {
    lacquer_presets::Library::user().load(name).unwrap()
}

fn look_ahead(preset: &Preset, rate_hz: f64, num_channels: usize, seconds: f64) -> Stream {
    Stream::look_ahead(rate_hz, num_channels, preset, Some(-16.0), seconds).unwrap()
}

/// Everything that comes out when the input comes in pieces that end there, with as much room as input, and the end is fetched with so
/// much room at a time.
fn streamed(stream: &mut Stream, audio: &[Vec<f32>], ends: &[usize], room_at_end: usize) -> Vec<Vec<f32>> {
    let mut out = vec![Vec::new(); audio.len()];
    let mut start = 0;
    for &end in ends {
        let input: Vec<&[f32]> = audio.iter().map(|channel| &channel[start..end]).collect();
        let mut room = vec![vec![0.0; end - start]; audio.len()];
        let mut output: Vec<&mut [f32]> = room.iter_mut().map(Vec::as_mut_slice).collect();
        let (taken, given) = assert_no_alloc(|| stream.process(&input, &mut output));
        assert_eq!(taken, end - start, "with equal room everything is taken");
        out.iter_mut().zip(&room).for_each(|(all, part)| all.extend_from_slice(&part[..given]));
        start = end;
    }
    loop {
        let mut room = vec![vec![0.0; room_at_end]; audio.len()];
        let mut output: Vec<&mut [f32]> = room.iter_mut().map(Vec::as_mut_slice).collect();
        let given = assert_no_alloc(|| stream.finish(&mut output));
        out.iter_mut().zip(&room).for_each(|(all, part)| all.extend_from_slice(&part[..given]));
        if given == 0 {
            return out;
        }
    }
}

fn assert_same_bits(one: &[Vec<f32>], other: &[Vec<f32>], what: &str) {
    for (a, b) in one.iter().zip(other) {
        assert_eq!(a.len(), b.len(), "{what}: as long");
        let num_differing = a.iter().zip(b).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(num_differing, 0, "{what}");
    }
}

/// For every preset: what a first pass found is all that a stream needs for the bits of its master.
#[test]
fn after_a_first_pass_a_stream_has_the_bits_of_its_master() {
    let mut random = Random::new(11);
    let progress = Progress { on_step: &|_, _| (), cancelled: &AtomicBool::new(false) };
    for preset in lacquer_presets::factory() {
        let num_channels = if preset.slug == "podcast" { 1 } else { 2 };
        let len = 100_000;
        let audio: Vec<Vec<f32>> =
            piece().into_iter().take(num_channels).map(|c| c[..len].to_vec()).collect();
        let planes: Vec<&[f32]> = audio.iter().map(Vec::as_slice).collect();
        let what = preset.slug.clone();
        let order = Order { preset, assist: None, dither: None, best_effort: true, dual_mono: false };
        let (master, report) = master_planes(&planes, RATE_HZ as u32, None, &order, &progress).unwrap();
        let expected: Vec<Vec<f32>> = master.chunks_exact(len).map(<[f32]>::to_vec).collect();
        for (longest, room_at_end) in [(700, 777), (5_000, 1), (len, len)] {
            let ends = random.splits(len, longest);
            let mut stream = Stream::new(RATE_HZ, num_channels, &report.settings).unwrap();
            assert_same_bits(&streamed(&mut stream, &audio, &ends, room_at_end), &expected, &what);
            assert!(stream.is_finished() && stream.num_pending() == 0);
        }
    }
}

#[test]
fn a_look_ahead_gives_the_same_bits_for_any_pieces() {
    let mut random = Random::new(12);
    let audio = piece();
    let mut first: Option<Vec<Vec<f32>>> = None;
    for (longest, room_at_end) in [(1, 777), (300, 1), (1024, 64), (60_000, 1000), (400_000, 400_000)] {
        let len = audio[0].len();
        let ends = if longest == 1 { (1..=len).collect() } else { random.splits(len, longest) };
        let mut stream = look_ahead(&preset("podcast"), RATE_HZ, 2, 1.0);
        let out = streamed(&mut stream, &audio, &ends, room_at_end);
        assert_eq!(out[0].len(), audio[0].len(), "nothing is lost and nothing added");
        let expected = first.get_or_insert_with(|| out.clone());
        assert_same_bits(&out, expected, "pieces");
    }
}

/// Programmes that end before the look-ahead is full, or before the chain has given anything, come out whole, and from 400 ms on at the
/// loudness that was asked for.
#[test]
fn a_short_programme_behind_a_look_ahead_is_heard_to_its_end() {
    let mut preset = preset("podcast");
    // What takes noise away would take this away.
    (preset.settings.denoise.bypass, preset.settings.gate.bypass) = (true, true);
    for len in [1, 480, 3_000, 5_000, 19_199, 19_200, 24_000, 30_000, 60_000, 144_000, 149_000] {
        let noise = Random::new(5).noise(len);
        let audio = vec![noise.iter().map(|x| 0.1 * x).collect::<Vec<f32>>()];
        let mut stream = look_ahead(&preset, RATE_HZ, 1, 3.0);
        let out = streamed(&mut stream, &audio, &[len], 500);
        assert_eq!(out[0].len(), len);
        let level = |from: usize, to: usize| {
            (out[0][from..to].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / (to - from) as f64).sqrt()
        };
        let whole = level(0, len);
        assert!(whole > 0.0, "{len} frames: something is heard");
        if len >= 480 {
            assert!(whole > 0.01, "{len} frames: {whole}");
            let end = level(len - len / 8, len);
            assert!(end > 0.5 * whole, "{len} frames: so is the end, {end} beside {whole}");
        }
        if len >= 24_000 {
            let mut meter = LoudnessMeter::new();
            meter.prepare(RATE_HZ, &[ChannelRole::Main]).unwrap();
            meter.process(&[&out[0]]);
            let lufs = meter.reading().integrated_lufs.unwrap().0;
            assert!((lufs + 16.0).abs() < 0.5, "{len} frames: {lufs} LUFS");
        }
    }
}

/// What comes before a voice, silence or a quiet room, does not change how it comes out.
#[test]
fn a_look_ahead_waits_for_the_programme() {
    let preset = preset("podcast");
    let voice: Vec<f32> = piece()[0].iter().map(|x| 0.2 * x).collect();
    let heard = |before: Vec<f32>, seconds: f64| {
        let audio = vec![[before.clone(), voice.clone()].concat()];
        let mut stream = look_ahead(&preset, RATE_HZ, 1, seconds);
        streamed(&mut stream, &audio, &[audio[0].len()], 1_000)[0].split_off(before.len())
    };
    let room: Vec<f32> = Random::new(9).noise(72_000).iter().map(|x| 0.002 * x).collect();
    for seconds in [0.8, 3.0] {
        let alone = heard(Vec::new(), seconds);
        // After silence less of the voice is held when the leveller's beginning is chosen. A room it takes for a voice until there is
        // one, and comes down from there as slowly as it moves.
        for (before, bar_db) in
            [(vec![0.0; 24_000], -30.0), (vec![0.0; 240_000], -30.0), (room.clone(), -15.0)]
        {
            let after = heard(before, seconds);
            // Dynamics take their time to forget; the second half is past that.
            let half = voice.len() / 2;
            let power =
                |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
            let rest = power(&mut alone[half..].iter().zip(&after[half..]).map(|(a, b)| a - b));
            let rest_db = 10.0 * (rest / power(&mut alone[half..].iter().copied())).log10();
            assert!(rest_db < bar_db, "{seconds} s: {rest_db} dB");
        }
    }
}

/// The trim makes a preset's thresholds mean the same for a quiet and a loud voice, so that both come out alike.
#[test]
fn a_look_ahead_trims_the_input() {
    let preset = preset("podcast");
    let voice: Vec<f32> = piece()[0].clone();
    let outputs = [0.1_f32, 1.0].map(|gain| {
        let audio = vec![voice.iter().map(|x| x * gain).collect::<Vec<f32>>()];
        streamed(&mut look_ahead(&preset, RATE_HZ, 1, 2.0), &audio, &[voice.len()], 1_000)
    });
    let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
    let rest = power(&mut outputs[0][0].iter().zip(&outputs[1][0]).map(|(a, b)| a - b));
    let rest_db = 10.0 * (rest / power(&mut outputs[1][0].iter().copied())).log10();
    assert!(rest_db < -40.0, "20 dB apart at the input, {rest_db} dB between the outputs");
}

/// Speech at other levels comes out at the target, measured by libebur128, and never jumps at its beginning.
#[test]
fn a_look_ahead_brings_speech_to_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let path = agreement::speech(folder.path());
    let mut reader = AudioReader::open(&path).unwrap();
    let rate_hz = reader.info().sample_rate_hz;
    let mut channels = vec![vec![0.0; 20 * rate_hz as usize]; reader.info().num_channels];
    let len = reader.read(&mut channels).unwrap();
    for (gain, seconds) in [(1.0, 3.0), (0.1, 3.0), (0.3, 1.0)] {
        let audio: Vec<Vec<f32>> =
            channels.iter().map(|channel| channel[..len].iter().map(|x| x * gain).collect()).collect();
        let mut stream = look_ahead(&preset("limiter-only"), f64::from(rate_hz), audio.len(), seconds);
        let ends = Random::new(3).splits(len, 4_000);
        let out = streamed(&mut stream, &audio, &ends, 777);
        let wav = folder.path().join("out.wav");
        let format = OutputFormat::Wav(SampleFormat::Float32);
        let mut writer = AudioWriter::create(&wav, format, rate_hz, audio.len()).unwrap();
        writer.write(&out.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        writer.finish().unwrap().publish(true).unwrap();
        let read = independent::independent(&wav).libebur128;
        let off = (read.integrated_lufs + 16.0).abs();
        assert!(off < 0.3, "x{gain}, {seconds} s: {} LUFS", read.integrated_lufs);
        assert!(read.true_peak_dbtp < -0.9, "{} dBTP", read.true_peak_dbtp);
    }
}

#[test]
fn what_cannot_be_streamed_is_refused_by_name() {
    let refused = |rate_hz, num_channels, output_lufs, seconds| {
        let preset = preset("podcast");
        let made = Stream::look_ahead(rate_hz, num_channels, &preset, Some(output_lufs), seconds);
        made.err().expect("refused")
    };
    let plain = preset("limiter-only");
    assert_eq!(Stream::look_ahead(RATE_HZ, 2, &plain, None, 1.0).err(), Some(StreamError::NoTarget));
    let mut bypassed = preset("podcast");
    bypassed.settings.loudness.bypass = true;
    let refused_preset = Stream::look_ahead(RATE_HZ, 2, &bypassed, None, 1.0).err();
    assert!(matches!(refused_preset, Some(StreamError::Contradiction(_))));
    assert!(matches!(refused(1_000.0, 2, -16.0, 1.0), StreamError::Format(_)));
    assert!(matches!(refused(48_000.0, 3, -16.0, 1.0), StreamError::Format(_)));
    assert!(matches!(refused(48_000.0, 2, 1.0, 1.0), StreamError::Target(_)));
    assert!(matches!(refused(48_000.0, 2, f64::NAN, 1.0), StreamError::Target(_)));
    assert!(matches!(refused(48_000.0, 2, -16.0, 0.7), StreamError::LookAhead(_)));
    assert!(matches!(refused(48_000.0, 2, -16.0, f64::NAN), StreamError::LookAhead(_)));
}
