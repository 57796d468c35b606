//! A programme that comes piece by piece: the bits of a bounce after a first pass, and a loudness to rely on without one.

use crate::hosts::parity::{piece, rendered};
use crate::random::Random;
use crate::{agreement, independent};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::decode::AudioReader;
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use lacquer_offline::stream::{Normalisation, Stream, StreamError};

const RATE_HZ: f64 = 48_000.0;

fn settings(preset: &str) -> ChainSettings {
    lacquer_presets::Library::user().load(preset).unwrap().settings
}

/// Everything that comes out when the input comes in pieces that end there, with as much room as input.
fn streamed(stream: &mut Stream, audio: &[Vec<f32>], ends: &[usize]) -> Vec<Vec<f32>> {
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
        let mut room = vec![vec![0.0; 777]; audio.len()];
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

#[test]
fn after_a_first_pass_a_stream_has_the_bits_of_a_bounce() {
    let mut random = Random::new(11);
    for (preset, num_channels, len) in [("streaming", 2, 100_000), ("podcast", 1, 60_001), ("club", 2, 500)] {
        let audio: Vec<Vec<f32>> =
            piece().into_iter().take(num_channels).map(|c| c[..len].to_vec()).collect();
        let expected = rendered(&audio, RATE_HZ, &settings(preset));
        for longest in [1, 700, 5_000] {
            let ends = if longest == 1 { (1..=len).collect() } else { random.splits(len, longest) };
            let mut stream =
                Stream::new(RATE_HZ, num_channels, &settings(preset), Normalisation::FirstPass).unwrap();
            assert_same_bits(&streamed(&mut stream, &audio, &ends), &expected, preset);
            assert!(stream.is_finished() && stream.num_pending() == 0);
        }
    }
}

#[test]
fn a_look_ahead_gives_the_same_bits_for_any_pieces() {
    let mut random = Random::new(12);
    let audio = piece();
    let normalisation = Normalisation::LookAhead { output_lufs: -16.0, seconds: 1.0 };
    let mut first: Option<Vec<Vec<f32>>> = None;
    for longest in [300, 1024, 60_000] {
        let ends = random.splits(audio[0].len(), longest);
        let mut stream = Stream::new(RATE_HZ, 2, &settings("podcast"), normalisation).unwrap();
        let out = streamed(&mut stream, &audio, &ends);
        assert_eq!(out[0].len(), audio[0].len(), "nothing is lost and nothing added");
        let expected = first.get_or_insert_with(|| out.clone());
        assert_same_bits(&out, expected, "pieces");
    }
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
        let normalisation = Normalisation::LookAhead { output_lufs: -16.0, seconds };
        let plain = settings("limiter-only");
        let mut stream = Stream::new(f64::from(rate_hz), audio.len(), &plain, normalisation).unwrap();
        let ends = Random::new(3).splits(len, 4_000);
        let out = streamed(&mut stream, &audio, &ends);
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
        let normalisation = Normalisation::LookAhead { output_lufs, seconds };
        Stream::new(rate_hz, num_channels, &ChainSettings::default(), normalisation).err().expect("refused")
    };
    assert!(matches!(refused(1_000.0, 2, -16.0, 1.0), StreamError::Format(_)));
    assert!(matches!(refused(48_000.0, 3, -16.0, 1.0), StreamError::Format(_)));
    assert!(matches!(refused(48_000.0, 2, 1.0, 1.0), StreamError::Target(_)));
    assert!(matches!(refused(48_000.0, 2, f64::NAN, 1.0), StreamError::Target(_)));
    assert!(matches!(refused(48_000.0, 2, -16.0, 0.1), StreamError::LookAhead(_)));
}
