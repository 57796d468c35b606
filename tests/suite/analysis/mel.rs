//! Mel spectrograms of clips and streams.

use super::{sine, white};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram, MelStream, MelValues, StreamTop, Triangles};
use lacquer_dsp::simd::{self, Widest};

pub(super) fn clip(definition: &MelDefinition, samples: &[f32]) -> Vec<f32> {
    let mut mel = MelSpectrogram::new(definition).unwrap();
    let mut values = vec![f32::NAN; definition.num_bands * definition.num_frames(samples.len())];
    assert_no_alloc(|| mel.process(samples, &mut values));
    values
}

/// The values that other implementations found for simple signals.
#[test]
fn simple_signals_have_whispers_values() {
    for bands in [80, 128] {
        let definition = MelDefinition::whisper(bands);
        assert!(clip(&definition, &[0.0; 16_000]).iter().all(|&value| value == -1.5));
        let values = clip(&definition, &sine(1000.0, 0.5, 16_000.0, 16_000));
        assert_eq!(values.len(), bands * 100);
        let extremes = |values: &[f32]| {
            let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            (f64::from(max), f64::from(values.iter().copied().fold(f32::INFINITY, f32::min)))
        };
        let (max, min) = extremes(&values);
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
        let expected = if bands == 80 {
            [1.439_652, -0.560_348, -0.444_366]
        } else {
            [1.474_446, -0.525_554, -0.430_371]
        };
        for (name, found, expected) in
            [("max", max, expected[0]), ("min", min, expected[1]), ("mean", mean, expected[2])]
        {
            assert!((found - expected).abs() < 1e-4, "{bands} bands: {name} {found}, expected {expected}");
        }
        let at_50 = |band: &usize| values[band * 100 + 50];
        let peak = (0..bands).max_by(|a, b| at_50(a).total_cmp(&at_50(b)));
        assert_eq!(peak, Some(if bands == 80 { 26 } else { 42 }));
        if bands == 80 {
            let mut impulse = vec![0.0; 16_000];
            impulse[8000] = 1.0;
            let (max, min) = extremes(&clip(&definition, &impulse));
            assert!((max - 0.607_791).abs() < 1e-5 && (min + 1.392_209).abs() < 1e-5, "{max} {min}");
        }
    }
}

/// Any split, and any instructions, give the clip's bits; the clip maximum apart, which a stream cannot know.
#[test]
fn a_stream_has_the_bits_of_the_clip() {
    for definition in [MelDefinition::whisper(80), MelDefinition::librosa(), MelDefinition::kaldi()] {
        let definition = MelDefinition { values: MelValues::Power, ..definition };
        for len in [0, 1, 150, 201, 399, 400, 401, 2000, 20_011] {
            let samples = white(9, 0.4, len);
            let whole = clip(&definition, &samples);
            let num_frames = definition.num_frames(len);
            for widest in [Widest::Any, Widest::Avx2, Widest::Baseline] {
                simd::limit(widest);
                for block_len in [1, 37, 160, 1000, 100_000] {
                    let mut stream = MelStream::new(&definition, StreamTop::Running).unwrap();
                    let mut seen = 0;
                    let mut check = |idx: u64, values: &[f32]| {
                        assert_eq!(idx as usize, seen);
                        for (band, value) in values.iter().enumerate() {
                            let expected = whole[band * num_frames + seen];
                            assert_eq!(value.to_bits(), expected.to_bits(), "{len} samples, frame {seen}");
                        }
                        seen += 1;
                    };
                    assert_no_alloc(|| {
                        for block in samples.chunks(block_len) {
                            stream.process(block, |frame| check(frame.idx, frame.values));
                        }
                        stream.finish(|frame| check(frame.idx, frame.values));
                    });
                    assert_eq!(seen, num_frames, "{len} samples in blocks of {block_len}");
                }
            }
            simd::limit(Widest::Any);
        }
    }
}

#[test]
fn a_stream_limits_by_the_loudest_so_far_or_by_what_it_was_told() {
    let definition = MelDefinition::whisper(80);
    let mut samples = white(3, 1e-3, 32_000);
    samples[16_000..20_000].copy_from_slice(&white(4, 0.9, 4000));
    let whole = clip(&definition, &samples);
    let top = whole.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for policy in [StreamTop::Running, StreamTop::Known(top)] {
        let mut stream = MelStream::new(&definition, policy).unwrap();
        let mut frames: Vec<Vec<f32>> = Vec::new();
        stream.process(&samples, |frame| frames.push(frame.values.to_vec()));
        stream.finish(|frame| frames.push(frame.values.to_vec()));
        let has_whole = |frame: usize| (0..80).all(|band| frames[frame][band] == whole[band * 200 + frame]);
        assert!((130..200).all(has_whole), "{policy:?}: after the loudest frame all are the clip's");
        let early = (0..90).all(has_whole);
        assert!(early == (policy == StreamTop::Known(top)), "{policy:?}: before it only with the top known");
    }
}

#[test]
fn what_cannot_be_followed_is_named() {
    let wrong = [
        ("fft_len", MelDefinition { fft_len: 448, frame_len: 448, ..MelDefinition::whisper(80) }),
        ("frame_len", MelDefinition { frame_len: 399, ..MelDefinition::whisper(80) }),
        ("hop_len", MelDefinition { hop_len: 200, ..MelDefinition::whisper(80) }),
        ("hop_len", MelDefinition { hop_len: 401, ..MelDefinition::kaldi() }),
        ("num_bands", MelDefinition { num_bands: 0, ..MelDefinition::whisper(80) }),
        ("low_hz to high_hz", MelDefinition { high_hz: 8001.0, ..MelDefinition::whisper(80) }),
    ];
    for (field, definition) in wrong {
        let error = MelSpectrogram::new(&definition).expect_err(field);
        assert_eq!(error.field, field);
    }
    assert_eq!(MelDefinition::kaldi().triangles, Triangles::InMel);
}
