//! A programme that comes piece by piece.

use crate::engine::{expect_channels, preset_named};
use crate::guard::{Access, Planes, free, give_handle, place, shared, text, unique};
use crate::memory;
use crate::settings::lacquer_settings;
use crate::status::lacquer_status::{
    LACQUER_BUFFER_TOO_SMALL, LACQUER_INVALID_ARGUMENT, LACQUER_WRONG_STATE,
};
use crate::status::{fault, guarded, lacquer_status};
use lacquer_offline::stream::Stream;
use std::ffi::c_char;

/// A programme on its way.
pub struct lacquer_stream(Stream);

/// Begins a stream whose settings are known: those that lacquer_master has found, a first pass over the same programme, give its bits
/// again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_start(
    sample_rate_hz: f64,
    num_channels: u32,
    settings: *const lacquer_settings,
    stream: *mut *mut lacquer_stream,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises settings.
        let settings = unsafe { shared(settings, "settings")? };
        let make = || {
            Stream::new(sample_rate_hz, num_channels as usize, &settings.0)
                .map(lacquer_stream)
                .map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(stream, "stream", make) }
    })
}

/// Begins a stream that is brought to a loudness as it goes: `look_ahead_s`, 0.8 to 60, of the programme are held back and heard before
/// its beginning goes out, and the gain then follows what was heard so far. `output_lufs` is the integrated loudness of the output, -60
/// to 0, or NAN for the preset's. The input is trimmed to what the preset's thresholds are made for, by what was heard of it so
/// far, half the look-ahead beforehand. A programme shorter than 400 ms has no loudness, and keeps its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_start_look_ahead(
    sample_rate_hz: f64,
    num_channels: u32,
    preset: *const c_char,
    output_lufs: f64,
    look_ahead_s: f64,
    stream: *mut *mut lacquer_stream,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text.
        let preset = preset_named(unsafe { text(preset, "preset")? })?;
        let output_lufs = Some(output_lufs).filter(|lufs| !lufs.is_nan());
        let make = || {
            Stream::look_ahead(sample_rate_hz, num_channels as usize, &preset, output_lufs, look_ahead_s)
                .map(lacquer_stream)
                .map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(stream, "stream", make) }
    })
}

/// Takes the next piece and gives what is ready, planar. `output` has room for `capacity` frames, at least `num_frames`;
/// `num_written` says how many there are. In all, as much comes out as goes in. Input and output share no memory. Real-time, as
/// lacquer_engine_process is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_next(
    stream: *mut lacquer_stream,
    input: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    output: *const *mut f32,
    capacity: usize,
    num_written: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream, as many pointers as channels, so many samples at each, and room for a number.
        let (stream, num_written, input, output) = unsafe {
            (
                unique(stream, "stream")?,
                place(num_written, "num_written")?,
                Planes::new(input, num_channels as usize, num_frames, Access::Read, "input")?,
                Planes::new(output.cast(), num_channels as usize, capacity, Access::Write, "output")?,
            )
        };
        expect_channels(stream.0.num_channels(), input.num_channels())?;
        input.apart_from(&output, false, "input and output")?;
        if stream.0.is_finished() {
            return Err(fault(LACQUER_WRONG_STATE, "stream: it was finished, and takes no more input"));
        }
        if capacity < num_frames {
            let words =
                format_args!("capacity: expected at least num_frames ({num_frames}), found {capacity}");
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, words));
        }
        // SAFETY: as above.
        let (input, mut output) = unsafe { (input.read(), output.write()) };
        let num_channels = num_channels as usize;
        let (_, given) = memory::without_allocation(|| {
            stream.0.process(&input[..num_channels], &mut output[..num_channels])
        });
        num_written.write(given);
        Ok(())
    })
}

/// The programme has ended: gives what is left, as much as there is room for. To be called until `num_written` is 0. Real-time, as
/// lacquer_engine_process is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_finish(
    stream: *mut lacquer_stream,
    output: *const *mut f32,
    num_channels: u32,
    capacity: usize,
    num_written: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream, as many pointers as channels, room for so many samples at each, and for a number.
        let (stream, num_written, output) = unsafe {
            (
                unique(stream, "stream")?,
                place(num_written, "num_written")?,
                Planes::new(output.cast(), num_channels as usize, capacity, Access::Write, "output")?,
            )
        };
        expect_channels(stream.0.num_channels(), output.num_channels())?;
        if capacity == 0 {
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, "capacity: expected at least 1, found 0"));
        }
        // SAFETY: as above.
        let mut output = unsafe { output.write() };
        let given = memory::without_allocation(|| stream.0.finish(&mut output[..num_channels as usize]));
        num_written.write(given);
        Ok(())
    })
}

/// Gives how many frames are still to come out for what has gone in, and the loudness gain of what went out last. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_state(
    stream: *const lacquer_stream,
    num_pending: *mut u64,
    loudness_gain_db: *mut f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream and room for the numbers.
        let (stream, num_pending, loudness_gain_db) = unsafe {
            (
                shared(stream, "stream")?,
                place(num_pending, "num_pending")?,
                place(loudness_gain_db, "loudness_gain_db")?,
            )
        };
        num_pending.write(stream.0.num_pending());
        loudness_gain_db.write(stream.0.loudness_gain_db());
        Ok(())
    })
}

/// Frees a stream, finished or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_free(stream: *mut lacquer_stream) {
    // SAFETY: the caller promises that it was started here and not freed yet.
    unsafe { free(stream) }
}
