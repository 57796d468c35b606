//! A programme that comes piece by piece.

use crate::engine::{expect_channels, preset_named};
use crate::guard::{Planes, free, give, give_handle, shared, text, unique};
use crate::memory;
use crate::status::lacquer_status::{
    LACQUER_BUFFER_TOO_SMALL, LACQUER_INVALID_ARGUMENT, LACQUER_WRONG_STATE,
};
use crate::status::{fault, guarded, lacquer_status};
use lacquer_offline::stream::{Normalisation, Stream};
use std::ffi::c_char;

/// Where a stream's loudness comes from.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_normalisation {
    /// A gain that a first pass has found, in decibels, such as loudness_gain_db of a lacquer_report.
    LACQUER_FIRST_PASS = 0,
    /// A target in LUFS: the beginning is held back and measured, and the gain follows what was heard so far.
    LACQUER_LOOK_AHEAD = 1,
}

/// A programme on its way.
pub struct lacquer_stream(Stream);

/// Begins a stream with a preset's settings. With LACQUER_FIRST_PASS `value` is the loudness gain in decibels, `look_ahead_s` means
/// nothing, and the bits are those of an engine with that gain. With LACQUER_LOOK_AHEAD `value` is the integrated loudness of the output
/// in LUFS, and `look_ahead_s`, 0.4 to 60, how much is held back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_start(
    sample_rate_hz: f64,
    num_channels: u32,
    preset: *const c_char,
    normalisation: i32,
    value: f64,
    look_ahead_s: f64,
    stream: *mut *mut lacquer_stream,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text.
        let mut settings = preset_named(unsafe { text(preset, "preset")? })?.settings;
        use lacquer_normalisation::{LACQUER_FIRST_PASS, LACQUER_LOOK_AHEAD};
        let normalisation = match normalisation {
            first if first == LACQUER_FIRST_PASS as i32 => {
                let gain = lacquer_dsp::params::find("loudness.gain_db");
                let set = gain.and_then(|gain| gain.set(&mut settings, value));
                set.map_err(|error| fault(LACQUER_INVALID_ARGUMENT, format_args!("value: {error}")))?;
                Normalisation::FirstPass
            }
            ahead if ahead == LACQUER_LOOK_AHEAD as i32 => {
                Normalisation::LookAhead { output_lufs: value, seconds: look_ahead_s }
            }
            other => {
                let expected = "expected LACQUER_FIRST_PASS (0) or LACQUER_LOOK_AHEAD (1)";
                let words = format_args!("normalisation: {expected}, found {other}");
                return Err(fault(LACQUER_INVALID_ARGUMENT, words));
            }
        };
        let make = || {
            Stream::new(sample_rate_hz, num_channels as usize, &settings, normalisation)
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
        // SAFETY: the caller promises a stream, as many pointers as channels, and so many samples at each.
        let (stream, input, output) = unsafe {
            (
                unique(stream, "stream")?,
                Planes::new(input, num_channels as usize, num_frames, "input")?,
                Planes::new(output.cast(), num_channels as usize, capacity, "output")?,
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
        // SAFETY: the caller promises room for a number.
        unsafe { give(num_written, "num_written", given) }
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
        // SAFETY: the caller promises a stream, as many pointers as channels, and room for so many samples at each.
        let (stream, output) = unsafe {
            (
                unique(stream, "stream")?,
                Planes::new(output.cast(), num_channels as usize, capacity, "output")?,
            )
        };
        expect_channels(stream.0.num_channels(), output.num_channels())?;
        if capacity == 0 {
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, "capacity: expected at least 1, found 0"));
        }
        // SAFETY: as above.
        let mut output = unsafe { output.write() };
        let given = memory::without_allocation(|| stream.0.finish(&mut output[..num_channels as usize]));
        // SAFETY: the caller promises room for a number.
        unsafe { give(num_written, "num_written", given) }
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
        unsafe {
            let stream = shared(stream, "stream")?;
            give(num_pending, "num_pending", stream.0.num_pending())?;
            give(loudness_gain_db, "loudness_gain_db", stream.0.loudness_gain_db())
        }
    })
}

/// Frees a stream, finished or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_stream_free(stream: *mut lacquer_stream) {
    // SAFETY: the caller promises that it was started here and not freed yet.
    unsafe { free(stream) }
}
