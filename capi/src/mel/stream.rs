//! The mel spectrogram of audio that comes piece by piece.

use super::{definition, lacquer_mel_config};
use crate::guard::{apart, free, give, give_handle, place, shared, slice, slice_mut, unique};
use crate::memory;
use crate::status::lacquer_status::{LACQUER_BUFFER_TOO_SMALL, LACQUER_INVALID_ARGUMENT};
use crate::status::{Fault, fault, guarded, lacquer_status};
use lacquer_dsp::analysis::mel::{MelDefinition, MelFrame, MelStream, StreamTop};

/// A mel spectrogram that grows with its audio.
pub struct lacquer_mel_stream {
    stream: MelStream,
    num_samples: u64,
    num_frames: u64,
}

impl lacquer_mel_stream {
    /// How many frames more samples can complete at most.
    fn most(&self, definition: &MelDefinition, num_samples: usize) -> usize {
        let past_and_new = self.num_samples.saturating_add(num_samples as u64);
        let padded = past_and_new.saturating_add(definition.padding_len() as u64);
        let most = (padded / definition.hop_len as u64).saturating_add(1);
        (most - self.num_frames.min(most)) as usize
    }
}

/// Begins a stream. Where values are limited by the clip's largest, the largest so far stands for it; a `top` that is a number, in the
/// values' own unit, stands for it instead, and NAN does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_stream_create(
    config: *const lacquer_mel_config,
    top: f64,
    stream: *mut *mut lacquer_mel_stream,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a structure.
        let definition = unsafe { definition(config)? };
        let top = if top.is_nan() { StreamTop::Running } else { StreamTop::Known(top as f32) };
        let make = || {
            let stream =
                MelStream::new(&definition, top).map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
            Ok(lacquer_mel_stream { stream, num_samples: 0, num_frames: 0 })
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(stream, "stream", make) }
    })
}

/// Gives how many frames `num_samples` more samples, and the end after them, can complete at most, to size a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_stream_room(
    stream: *const lacquer_mel_stream,
    num_samples: usize,
    num_frames: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream and room for a number.
        unsafe {
            let stream = shared(stream, "stream")?;
            give(num_frames, "num_frames", stream.most(stream.stream.definition(), num_samples))
        }
    })
}

/// Takes the next samples and gives the frames that they complete, frame after frame, each with all its bands. `capacity` is counted
/// in frames, and at least what lacquer_mel_stream_room says. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_stream_process(
    stream: *mut lacquer_mel_stream,
    samples: *const f32,
    num_samples: usize,
    frames: *mut f32,
    capacity: usize,
    num_frames: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream.
        let stream = unsafe { unique(stream, "stream")? };
        let num_values = capacity.saturating_mul(stream.stream.definition().num_bands);
        apart((samples, num_samples), (frames.cast_const(), num_values), "samples and frames")?;
        // SAFETY: the caller promises so many samples, room for so many frames, and for a number.
        let (samples, frames, num_frames) = unsafe {
            (
                slice(samples, num_samples, "samples")?,
                room(stream, frames, capacity, num_samples)?,
                place(num_frames, "num_frames")?,
            )
        };
        let mut num_new = 0;
        memory::without_allocation(|| {
            stream.stream.process(samples, |frame| put(&frame, frames, &mut num_new))
        });
        stream.num_samples += num_samples as u64;
        stream.num_frames += num_new as u64;
        num_frames.write(num_new);
        Ok(())
    })
}

/// The clip has ended: gives the frames that see its end. After it the stream is as new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_stream_finish(
    stream: *mut lacquer_mel_stream,
    frames: *mut f32,
    capacity: usize,
    num_frames: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a stream and room for a number.
        let (stream, num_frames) = unsafe { (unique(stream, "stream")?, place(num_frames, "num_frames")?) };
        // SAFETY: as above.
        let frames = unsafe { room(stream, frames, capacity, 0)? };
        let mut num_new = 0;
        memory::without_allocation(|| stream.stream.finish(|frame| put(&frame, frames, &mut num_new)));
        (stream.num_samples, stream.num_frames) = (0, 0);
        num_frames.write(num_new);
        Ok(())
    })
}

unsafe fn room<'a>(
    stream: &lacquer_mel_stream,
    frames: *mut f32,
    capacity: usize,
    num_samples: usize,
) -> Result<&'a mut [f32], Fault> {
    let definition = stream.stream.definition();
    let most = stream.most(definition, num_samples);
    if capacity < most {
        let words = format_args!("capacity: expected at least {most} frames, found {capacity}");
        return Err(fault(LACQUER_BUFFER_TOO_SMALL, words));
    }
    // SAFETY: the caller promises room for so many frames.
    unsafe { slice_mut(frames, capacity.saturating_mul(definition.num_bands), "frames") }
}

fn put(frame: &MelFrame<'_>, frames: &mut [f32], num_new: &mut usize) {
    let num_bands = frame.values.len();
    frames[*num_new * num_bands..(*num_new + 1) * num_bands].copy_from_slice(frame.values);
    *num_new += 1;
}

/// Frees a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_stream_free(stream: *mut lacquer_mel_stream) {
    // SAFETY: the caller promises that it was created here and not freed yet.
    unsafe { free(stream) }
}
