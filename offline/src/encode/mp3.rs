//! MP3, by LAME: at the rate of the audio, and gapless, by the tag in which LAME says what it put before and behind.

use super::{Encoder, Mp3Quality, Output, WriteCounts};
use crate::error::FileError;
use mp3lame_encoder::{
    Bitrate, Builder, DualPcm, EncodeError, Encoder as Lame, FlushGap, MonoPcm, Quality, VbrMode,
    max_required_buffer_size,
};
use std::fmt::Display;
use std::io::ErrorKind;

/// The rates that MPEG-1 has, which take all bit rates; those of MPEG-2, which take the lower ones; those of MPEG-2.5, which take
/// none that is offered here.
const MPEG_1_RATES_HZ: [u32; 3] = [32_000, 44_100, 48_000];
const MPEG_2_RATES_HZ: [u32; 3] = [16_000, 22_050, 24_000];
const MPEG_2_MAX_KBPS: u16 = 160;

/// So many frames go to the encoder at a time.
const CHUNK_LEN: usize = 8192;

pub(super) fn check(quality: Mp3Quality, sample_rate_hz: u32, num_channels: usize) -> Result<(), String> {
    let is_mpeg_2 = MPEG_2_RATES_HZ.contains(&sample_rate_hz);
    if num_channels > 2 {
        return Err(format!("MP3 holds 1 or 2 channels, found {num_channels}"));
    }
    if !is_mpeg_2 && !MPEG_1_RATES_HZ.contains(&sample_rate_hz) {
        let rates = "16000, 22050, 24000, 32000, 44100 or 48000 Hz";
        return Err(format!("MP3 is written at {rates}, found {sample_rate_hz} Hz: convert the rate first"));
    }
    match quality {
        Mp3Quality::Cbr(kbps) if !Mp3Quality::BIT_RATES_KBPS.contains(&kbps) => {
            Err(format!("MP3 is written at 128, 160, 192, 224, 256 or 320 kbit/s, found {kbps}"))
        }
        Mp3Quality::Cbr(kbps) if is_mpeg_2 && kbps > MPEG_2_MAX_KBPS => {
            Err(format!("MP3 at {sample_rate_hz} Hz is written with 128 or 160 kbit/s, found {kbps}"))
        }
        Mp3Quality::Vbr(quality @ 3..) => Err(format!("MP3 is written with V0, V1 or V2, found V{quality}")),
        _ => Ok(()),
    }
}

/// Writes an MP3 file.
pub(super) struct Mp3Encoder {
    lame: Lame,
    output: Output,
    bytes: Vec<u8>,
}

impl Mp3Encoder {
    pub(super) fn new(
        output: Output,
        quality: Mp3Quality,
        sample_rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        let lame = lame(quality, sample_rate_hz, num_channels).map_err(|error| refused(&output, error))?;
        Ok(Self { lame, output, bytes: Vec::new() })
    }

    /// Puts what was encoded into the file.
    fn put(&mut self, encoded: Result<usize, EncodeError>) -> Result<(), FileError> {
        encoded.map_err(|error| refused(&self.output, error))?;
        self.output.put(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

fn refused(output: &Output, error: impl Display) -> FileError {
    FileError::Unwritable {
        path: output.dest.clone(),
        reason: format!("LAME: {error}"),
        kind: ErrorKind::Other,
    }
}

/// LAME, with the settings that its own program takes.
fn lame(
    quality: Mp3Quality,
    sample_rate_hz: u32,
    num_channels: usize,
) -> Result<Lame, mp3lame_encoder::BuildError> {
    let builder = Builder::new().ok_or(mp3lame_encoder::BuildError::NoMem)?;
    let builder = builder
        .with_num_channels(num_channels as u8)?
        .with_sample_rate(sample_rate_hz)?
        // Said, since LAME would lower the rate when it finds the bits too few.
        .with_output_sample_rate(std::num::NonZeroU32::new(sample_rate_hz))?
        .with_to_write_vbr_tag(true)?
        .with_quality(Quality::VeryNice)?;
    let builder = match quality {
        Mp3Quality::Highest if MPEG_2_RATES_HZ.contains(&sample_rate_hz) => {
            builder.with_vbr_mode(VbrMode::Off)?.with_brate(bit_rate(MPEG_2_MAX_KBPS))?
        }
        Mp3Quality::Highest => builder.with_vbr_mode(VbrMode::Off)?.with_brate(Bitrate::Kbps320)?,
        Mp3Quality::Cbr(kbps) => builder.with_vbr_mode(VbrMode::Off)?.with_brate(bit_rate(kbps))?,
        Mp3Quality::Vbr(quality) => {
            let quality =
                [Quality::Best, Quality::SecondBest, Quality::NearBest][usize::from(quality.min(2))];
            builder.with_vbr_mode(VbrMode::Mtrh)?.with_vbr_quality(quality)?
        }
    };
    builder.build()
}

fn bit_rate(kbps: u16) -> Bitrate {
    match kbps {
        128 => Bitrate::Kbps128,
        160 => Bitrate::Kbps160,
        192 => Bitrate::Kbps192,
        224 => Bitrate::Kbps224,
        256 => Bitrate::Kbps256,
        // `check` lets no other pass.
        _ => Bitrate::Kbps320,
    }
}

impl Encoder for Mp3Encoder {
    fn write(&mut self, channels: &[&[f32]], counts: &mut WriteCounts) -> Result<(), FileError> {
        let block_len = channels[0].len();
        let sensible: Vec<Vec<f32>> =
            channels.iter().map(|channel| channel.iter().map(|&x| counts.sensible(x)).collect()).collect();
        for start in (0..block_len).step_by(CHUNK_LEN) {
            let range = start..block_len.min(start + CHUNK_LEN);
            self.bytes.reserve(max_required_buffer_size(range.len()));
            let encoded = match &sensible[..] {
                [left, right] => {
                    let pcm = DualPcm { left: &left[range.clone()], right: &right[range] };
                    self.lame.encode_to_vec(pcm, &mut self.bytes)
                }
                planes => self.lame.encode_to_vec(MonoPcm(&planes[0][range]), &mut self.bytes),
            };
            self.put(encoded)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), FileError> {
        self.bytes.reserve(max_required_buffer_size(CHUNK_LEN));
        let encoded = self.lame.flush_to_vec::<FlushGap>(&mut self.bytes);
        self.put(encoded)?;
        // The first frame, which was left free, says how long the audio is and where it begins.
        self.bytes.reserve(self.lame.lame_tag_size());
        if self.lame.lame_tag_encode_to_vec(&mut self.bytes).is_some() {
            let tag = std::mem::take(&mut self.bytes);
            self.output.put_at_start(&tag)?;
        }
        Ok(())
    }
}
