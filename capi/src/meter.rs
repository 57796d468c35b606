//! Loudness and true peak of whatever comes.

use crate::figures::lacquer_loudness;
use crate::guard::{free, give, give_handle, shared, slice, unique};
use crate::memory;
use crate::status::lacquer_status::LACQUER_INVALID_ARGUMENT;
use crate::status::{fault, guarded, lacquer_status};
use lacquer_dsp::meter::{LoudnessMeter, MAX_METER_CHANNELS};
use lacquer_offline::measure::roles_of;

/// How much of interleaved audio is taken apart at a time.
const BLOCK_LEN: usize = 1024;

/// A loudness meter.
pub struct lacquer_meter {
    meter: LoudnessMeter,
    planes: Vec<Vec<f32>>,
}

/// Makes a meter for 1 to 24 channels of 8000 to 384000 Hz. Five channels are left, right, centre and two surrounds; six have the LFE
/// after the centre; others all count the same. With `dual_mono` other than 0 a single channel counts as heard from two loudspeakers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_create(
    sample_rate_hz: f64,
    num_channels: u32,
    dual_mono: i32,
    meter: *mut *mut lacquer_meter,
) -> lacquer_status {
    guarded(|| {
        let num_channels = num_channels as usize;
        let make = || {
            let mut meter = LoudnessMeter::new();
            let prepared = meter.prepare(sample_rate_hz, &roles_of(num_channels, dual_mono != 0));
            prepared.map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
            Ok(lacquer_meter { meter, planes: vec![vec![0.0; BLOCK_LEN]; num_channels] })
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(meter, "meter", make) }
    })
}

/// Frees a meter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_destroy(meter: *mut lacquer_meter) {
    // SAFETY: the caller promises that it was created here and not destroyed yet.
    unsafe { free(meter) }
}

/// Hears interleaved audio: `num_frames` times the meter's number of channels samples. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_process(
    meter: *mut lacquer_meter,
    samples: *const f32,
    num_frames: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a meter and so many samples.
        let lacquer_meter { meter, planes } = unsafe { unique(meter, "meter")? };
        let num_channels = planes.len();
        let num_samples = num_frames.saturating_mul(num_channels);
        // SAFETY: as above.
        let samples = unsafe { slice(samples, num_samples, "samples")? };
        memory::without_allocation(|| {
            for block in samples.chunks(BLOCK_LEN * num_channels) {
                for (c, plane) in planes.iter_mut().enumerate() {
                    plane
                        .iter_mut()
                        .zip(block.iter().skip(c).step_by(num_channels))
                        .for_each(|(to, from)| *to = *from);
                }
                hear(meter, planes, block.len() / num_channels);
            }
        });
        Ok(())
    })
}

fn hear(meter: &mut LoudnessMeter, planes: &[Vec<f32>], len: usize) {
    let mut parts: [&[f32]; MAX_METER_CHANNELS] = [&[]; MAX_METER_CHANNELS];
    parts.iter_mut().zip(planes).for_each(|(part, plane)| *part = &plane[..len]);
    meter.process(&parts[..planes.len()]);
}

/// Hears planar audio: a pointer to `num_frames` samples for each channel. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_process_planar(
    meter: *mut lacquer_meter,
    planes: *const *const f32,
    num_channels: u32,
    num_frames: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a meter and as many pointers as channels.
        let (meter, pointers) =
            unsafe { (unique(meter, "meter")?, slice(planes, num_channels as usize, "planes")?) };
        crate::engine::expect_channels(meter.planes.len(), pointers.len())?;
        let mut parts: [&[f32]; MAX_METER_CHANNELS] = [&[]; MAX_METER_CHANNELS];
        for (part, pointer) in parts.iter_mut().zip(pointers) {
            // SAFETY: the caller promises so many samples at each.
            *part = unsafe { slice(*pointer, num_frames, "planes")? };
        }
        memory::without_allocation(|| meter.meter.process(&parts[..pointers.len()]));
        Ok(())
    })
}

/// The programme has ended: the loudness range then counts what Tech 3342 puts after it. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_finish(meter: *mut lacquer_meter) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a meter.
        unsafe { unique(meter, "meter")? }.meter.finish();
        Ok(())
    })
}

/// Gives what the meter reads. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_read(
    meter: *const lacquer_meter,
    loudness: *mut lacquer_loudness,
) -> lacquer_status {
    // SAFETY: the caller promises a meter and room for a structure.
    guarded(|| unsafe { give(loudness, "loudness", (&shared(meter, "meter")?.meter.reading()).into()) })
}

/// Forgets everything heard. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_meter_reset(meter: *mut lacquer_meter) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a meter.
        unsafe { unique(meter, "meter")? }.meter.reset();
        Ok(())
    })
}
