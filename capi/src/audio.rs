//! Audio files, in and out.

use crate::guard::{
    Access, Planes, apart, check_len, free, give, give_handle, shared, slice, slice_mut, text,
};
use crate::status::lacquer_status::{LACQUER_BUFFER_TOO_SMALL, LACQUER_FILE_ERROR, LACQUER_INVALID_ARGUMENT};
use crate::status::{Fault, fault, guarded, lacquer_status};
use lacquer_dsp::processor::SAMPLE_RATES_HZ;
use lacquer_offline::decode::read_all;
use lacquer_offline::encode::{AudioWriter, Mp3Quality, OutputFormat, SampleFormat};
use lacquer_offline::error::FileError;
use lacquer_offline::mono::{resampled, resampled_len};
use std::ffi::c_char;
use std::path::Path;

/// How samples are stored in a file.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_sample_format {
    /// 16-bit integers.
    LACQUER_INT16 = 16,
    /// 24-bit integers.
    LACQUER_INT24 = 24,
    /// 32-bit integers; not in FLAC.
    LACQUER_INT32 = 32,
    /// 32-bit floating point; not in FLAC.
    LACQUER_FLOAT32 = 0,
}

/// What a file holds.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_audio_info {
    /// In Hz.
    pub sample_rate_hz: u32,
    /// Mastering takes 1 or 2.
    pub num_channels: u32,
    /// Samples of each channel.
    pub num_frames: usize,
}

/// A file in memory.
pub struct lacquer_audio {
    sample_rate_hz: u32,
    channels: Vec<Vec<f32>>,
}

fn file_fault(error: &FileError) -> Fault {
    // What no format holds, no other place or name will mend: it is the caller's choice.
    let is_choice = matches!(error, FileError::NotHeld { .. });
    fault(if is_choice { LACQUER_INVALID_ARGUMENT } else { LACQUER_FILE_ERROR }, error)
}

fn load(path: &str) -> Result<lacquer_audio, FileError> {
    let (info, channels) = read_all(path)?;
    Ok(lacquer_audio { sample_rate_hz: info.sample_rate_hz, channels })
}

/// Reads a WAV (also RF64), FLAC, MP3 or Ogg Vorbis file of any number of channels into memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_audio_load(
    path: *const c_char,
    audio: *mut *mut lacquer_audio,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text and room for a pointer.
        unsafe {
            let path = text(path, "path")?;
            give_handle(audio, "audio", || load(path).map_err(|error| file_fault(&error)))
        }
    })
}

/// Gives what was loaded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_audio_describe(
    audio: *const lacquer_audio,
    info: *mut lacquer_audio_info,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises audio and room for a structure.
        unsafe {
            let audio = shared(audio, "audio")?;
            let told = lacquer_audio_info {
                sample_rate_hz: audio.sample_rate_hz,
                num_channels: audio.channels.len() as u32,
                num_frames: audio.channels.first().map_or(0, Vec::len),
            };
            give(info, "info", told)
        }
    })
}

/// Gives a channel's samples, from channel 0 on, without a copy. They are valid until the audio is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_audio_channel(
    audio: *const lacquer_audio,
    channel: u32,
    samples: *mut *const f32,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises audio and room for a pointer.
        let audio = unsafe { shared(audio, "audio")? };
        let plane = audio.channels.get(channel as usize).ok_or_else(|| {
            let words = format_args!("channel: expected less than {}, found {channel}", audio.channels.len());
            fault(LACQUER_INVALID_ARGUMENT, words)
        })?;
        // SAFETY: as above.
        unsafe { give(samples, "samples", plane.as_ptr()) }
    })
}

/// Frees audio.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_audio_free(audio: *mut lacquer_audio) {
    // SAFETY: the caller promises that it was loaded here and not freed yet.
    unsafe { free(audio) }
}

fn sample_format(number: i32) -> Result<SampleFormat, Fault> {
    use lacquer_sample_format::{LACQUER_FLOAT32, LACQUER_INT16, LACQUER_INT24, LACQUER_INT32};
    let all = [
        (LACQUER_INT16, SampleFormat::Int16),
        (LACQUER_INT24, SampleFormat::Int24),
        (LACQUER_INT32, SampleFormat::Int32),
        (LACQUER_FLOAT32, SampleFormat::Float32),
    ];
    all.into_iter().find(|(name, _)| *name as i32 == number).map(|(_, format)| format).ok_or_else(|| {
        let expected =
            "expected LACQUER_INT16 (16), LACQUER_INT24 (24), LACQUER_INT32 (32) or LACQUER_FLOAT32 (0)";
        fault(LACQUER_INVALID_ARGUMENT, format_args!("format: {expected}, found {number}"))
    })
}

unsafe fn save(
    path: *const c_char,
    planes: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    sample_rate_hz: u32,
    format: impl FnOnce() -> Result<OutputFormat, Fault>,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text, as many pointers as channels, and so many samples at each.
        let (path, planes) = unsafe {
            (
                text(path, "path")?,
                Planes::new(planes, num_channels as usize, num_frames, Access::Read, "planes")?.read(),
            )
        };
        let format = format()?;
        let write = || {
            let mut writer =
                AudioWriter::create(Path::new(path), format, sample_rate_hz, num_channels as usize)?;
            writer.write(&planes[..num_channels as usize])?;
            writer.finish()?.publish(true)
        };
        write().map(|_| ()).map_err(|error| file_fault(&error))
    })
}

/// Writes a WAV file of one or two channels; `format` is a lacquer_sample_format. What stands at `path` is replaced, in one step,
/// when all is written. Rates are 8000 to 384000 Hz, also of FLAC. Samples are rounded, not dithered: set the engine's dither, or lacquer_master's `bits`, for 16 and 24 bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_save_wav(
    path: *const c_char,
    planes: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    sample_rate_hz: u32,
    format: i32,
) -> lacquer_status {
    let format = || sample_format(format).map(OutputFormat::Wav);
    // SAFETY: the caller's promises are `save`'s.
    unsafe { save(path, planes, num_channels, num_frames, sample_rate_hz, format) }
}

/// Writes a FLAC file, as lacquer_save_wav does, with LACQUER_INT16 or LACQUER_INT24.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_save_flac(
    path: *const c_char,
    planes: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    sample_rate_hz: u32,
    format: i32,
) -> lacquer_status {
    let format = || sample_format(format).map(OutputFormat::Flac);
    // SAFETY: the caller's promises are `save`'s.
    unsafe { save(path, planes, num_channels, num_frames, sample_rate_hz, format) }
}

/// Writes a gapless MP3 file: `bit_rate` is 128, 160, 192, 224, 256 or 320 kbit/s, or 0, 1, 2 for LAME's V0, V1, V2. Rates are 16000,
/// 22050, 24000, 32000, 44100 and 48000 Hz.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_save_mp3(
    path: *const c_char,
    planes: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    sample_rate_hz: u32,
    bit_rate: u32,
) -> lacquer_status {
    let format = || {
        let text = if bit_rate <= 2 { format!("V{bit_rate}") } else { bit_rate.to_string() };
        let quality = Mp3Quality::from_text(&text).ok_or_else(|| {
            let expected = "expected 128, 160, 192, 224, 256 or 320, or 0, 1, 2 for a variable rate";
            fault(LACQUER_INVALID_ARGUMENT, format_args!("bit_rate: {expected}, found {bit_rate}"))
        })?;
        Ok(OutputFormat::Mp3(quality))
    };
    // SAFETY: the caller's promises are `save`'s.
    unsafe { save(path, planes, num_channels, num_frames, sample_rate_hz, format) }
}

/// Gives how many samples lacquer_resample writes for so many, to size a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_resample_len(
    num_samples: usize,
    from_hz: f64,
    to_hz: f64,
    num_resampled: *mut usize,
) -> lacquer_status {
    guarded(|| {
        check_rates(from_hz, to_hz)?;
        check_len::<f32>(num_samples, "num_samples")?;
        // SAFETY: the caller promises room for a number.
        unsafe { give(num_resampled, "num_resampled", resampled_len(num_samples, from_hz, to_hz)) }
    })
}

fn check_rates(from_hz: f64, to_hz: f64) -> Result<(), Fault> {
    for (name, rate_hz) in [("from_hz", from_hz), ("to_hz", to_hz)] {
        if !SAMPLE_RATES_HZ.contains(&rate_hz) {
            let words = format_args!("{name}: expected 8000 to 384000, found {rate_hz}");
            return Err(fault(LACQUER_INVALID_ARGUMENT, words));
        }
    }
    Ok(())
}

/// Brings one channel to another rate, as for a mel spectrogram: flat to 0.44 of the lower rate, folding 90 dB down, without delay.
/// `capacity` is at least what lacquer_resample_len says, and input and output share no memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_resample(
    samples: *const f32,
    num_samples: usize,
    from_hz: f64,
    to_hz: f64,
    output: *mut f32,
    capacity: usize,
) -> lacquer_status {
    guarded(|| {
        check_rates(from_hz, to_hz)?;
        check_len::<f32>(num_samples, "num_samples")?;
        let len = resampled_len(num_samples, from_hz, to_hz);
        if capacity < len {
            let words = format_args!("capacity: expected at least {len}, found {capacity}");
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, words));
        }
        // SAFETY: the caller promises so many samples, and room for so many.
        let (samples, output) = unsafe {
            apart((samples, num_samples), (output.cast_const(), capacity), "samples and output")?;
            (slice(samples, num_samples, "samples")?, slice_mut(output, len, "output")?)
        };
        let made =
            resampled(samples, from_hz, to_hz).map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
        output.copy_from_slice(&made);
        Ok(())
    })
}
