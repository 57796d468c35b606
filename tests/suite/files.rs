//! Files in and out, checked against bytes made by hand, hound, and the encoders and decoder of other projects.

mod compressed;
mod damage;
mod encoders;
mod outputs;
mod wav;
mod writer;

use std::path::{Path, PathBuf};

use lacquer_offline::decode::{AudioInfo, AudioReader};
use lacquer_offline::error::FileError;

use crate::programs::{arg, run};

/// Reads a file to its end, in blocks of `block_len`.
fn read_all(path: &Path, block_len: usize) -> Result<(AudioInfo, Vec<Vec<f32>>), FileError> {
    let mut reader = AudioReader::open(path)?;
    let info = reader.info().clone();
    let mut block = vec![vec![0.0; block_len]; info.num_channels];
    let mut channels = vec![Vec::new(); info.num_channels];
    loop {
        let num_frames = reader.read(&mut block)?;
        if num_frames == 0 {
            return Ok((info, channels));
        }
        for (channel, part) in channels.iter_mut().zip(&block) {
            channel.extend_from_slice(&part[..num_frames]);
        }
    }
}

/// The error that reading a file must end with. Whatever it is, it is one line that names the file.
fn error_of(path: &Path) -> FileError {
    let error =
        read_all(path, 1000).err().unwrap_or_else(|| panic!("{} was read without an error", path.display()));
    assert_is_clear(&error, path);
    error
}

fn assert_is_clear(error: &FileError, path: &Path) {
    let text = error.to_string();
    assert!(text.starts_with(&format!("{}: ", path.display())), "names the file first: {text}");
    assert!(!text.contains('\n'), "is one line: {text}");
}

/// A WAV file made by hand: a format tag, bits, and interleaved data.
fn wav_bytes(tag: u16, num_channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let frame_bytes = num_channels * bits.div_ceil(8);
    let mut format = Vec::new();
    format.extend(tag.to_le_bytes());
    format.extend(num_channels.to_le_bytes());
    format.extend(rate_hz.to_le_bytes());
    format.extend((rate_hz * u32::from(frame_bytes)).to_le_bytes());
    format.extend(frame_bytes.to_le_bytes());
    format.extend(bits.to_le_bytes());
    riff(&format, data)
}

/// RIFF around a `fmt ` chunk and data, with an odd-sized chunk before the data, to be skipped with its padding.
fn riff(format: &[u8], data: &[u8]) -> Vec<u8> {
    let mut body = Vec::from(*b"WAVE");
    for (id, content) in [(b"fmt ", format), (b"LIST", b"odd"), (b"data", data)] {
        body.extend(id);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let mut bytes = Vec::from(*b"RIFF");
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// Repeatable noise, evenly spread over all 32-bit integers.
fn noise(seed: u64) -> impl Iterator<Item = i32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as i32
    })
}

/// A stereo file of `num_frames` with tones and a little noise at 44.1 kHz, which lossy encoders handle as they do music.
fn music_wav(folder: &Path, num_frames: u32, bits: u16) -> PathBuf {
    let path = folder.join(format!("music{num_frames}.{bits}.wav"));
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: bits,
        sample_format: hound::SampleFormat::Int,
    };
    let full_scale = f64::from(1_u32 << (bits - 1));
    let mut writer = hound::WavWriter::create(&path, spec).expect("a temporary folder can be written");
    let mut hiss = noise(7);
    for frame_idx in 0..num_frames {
        let t = f64::from(frame_idx) / 44_100.0;
        for pitch_hz in [220.0, 331.0] {
            let tone = (std::f64::consts::TAU * pitch_hz * t).sin()
                + 0.5 * (std::f64::consts::TAU * 2500.0 * t).sin();
            let hiss = f64::from(hiss.next().expect("endless")) / f64::from(i32::MAX);
            let sample = 0.4 * tone + 0.01 * hiss;
            writer.write_sample((sample * full_scale) as i32).expect("a temporary folder can be written");
        }
    }
    writer.finalize().expect("a temporary folder can be written");
    path
}

/// What ffmpeg decodes a stereo file to.
fn ffmpeg_decode(path: &Path) -> Vec<Vec<f32>> {
    let bytes =
        run("ffmpeg", "ffmpeg", &["-v", "error", "-i", arg(path), "-f", "f32le", "-c:a", "pcm_f32le", "-"]);
    let samples: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes"))).collect();
    (0..2).map(|channel_idx| samples.iter().skip(channel_idx).step_by(2).copied().collect()).collect()
}

/// Makes a file of one kind from a WAV, with the encoder that people use for it.
fn encode(wav: &Path, extension: &str) -> PathBuf {
    let out = wav.with_extension(extension);
    match extension {
        "flac" => run("flac", "flac", &["--silent", "--force", "-o", arg(&out), arg(wav)]),
        "mp3" => run("lame", "lame", &["--quiet", "-b", "192", arg(wav), arg(&out)]),
        "ogg" => run("oggenc", "vorbis-tools", &["--quiet", "-q", "6", "-o", arg(&out), arg(wav)]),
        other => panic!("no encoder for {other}"),
    };
    out
}
