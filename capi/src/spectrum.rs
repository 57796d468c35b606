//! The spectrum of what comes, calibrated: a full-scale sine reads 0 dBFS.

use crate::guard::{apart, free, give_handle, place, shared, slice, slice_mut, unique};
use crate::memory;
use crate::status::lacquer_status::{LACQUER_BUFFER_TOO_SMALL, LACQUER_INVALID_ARGUMENT};
use crate::status::{fault, guarded, lacquer_status};
use lacquer_dsp::analysis::spectrum::{Analyser, AnalyserSettings, Ballistics, Trace};
use lacquer_dsp::analysis::{FLOOR_DB, Resolution};

/// A spectrum analyser of one channel.
pub struct lacquer_spectrum(Analyser);

/// Makes an analyser with a Hann window of `fft_len` samples, each overlapping three quarters of the one before. Powers are averaged
/// over `averaging_ms`, 0 to 60000; 0 shows each frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_create(
    sample_rate_hz: f64,
    fft_len: u32,
    averaging_ms: f64,
    spectrum: *mut *mut lacquer_spectrum,
) -> lacquer_status {
    guarded(|| {
        let settings = AnalyserSettings {
            resolution: Resolution { fft_len: fft_len as usize, ..Resolution::default() },
            ballistics: Ballistics { averaging_ms, ..Ballistics::default() },
            traces: [true, false, false, false],
        };
        let make = || {
            Analyser::new(sample_rate_hz, &settings)
                .map(lacquer_spectrum)
                .map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(spectrum, "spectrum", make) }
    })
}

/// Frees an analyser.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_free(spectrum: *mut lacquer_spectrum) {
    // SAFETY: the caller promises that it was created here and not freed yet.
    unsafe { free(spectrum) }
}

/// Takes the next samples. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_process(
    spectrum: *mut lacquer_spectrum,
    samples: *const f32,
    num_samples: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an analyser and so many samples.
        let (spectrum, samples) =
            unsafe { (unique(spectrum, "spectrum")?, slice(samples, num_samples, "samples")?) };
        memory::without_allocation(|| spectrum.0.process(samples, samples, |_| ()));
        Ok(())
    })
}

/// Gives how many bins there are, from 0 Hz to half the rate, and how far apart.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_shape(
    spectrum: *const lacquer_spectrum,
    num_bins: *mut usize,
    bin_hz: *mut f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an analyser and room for the numbers.
        let (spectrum, num_bins, bin_hz) = unsafe {
            (shared(spectrum, "spectrum")?, place(num_bins, "num_bins")?, place(bin_hz, "bin_hz")?)
        };
        num_bins.write(spectrum.0.settings().resolution.num_bins());
        bin_hz.write(spectrum.0.bin_hz());
        Ok(())
    })
}

/// Copies the level of each bin in dBFS, of which there are as many as lacquer_spectrum_shape says; -180 before there was a whole window.
/// Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_levels(
    spectrum: *const lacquer_spectrum,
    levels_dbfs: *mut f32,
    capacity: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an analyser and room for so many numbers.
        let analyser = unsafe { &shared(spectrum, "spectrum")?.0 };
        let num_bins = analyser.settings().resolution.num_bins();
        if capacity < num_bins {
            let words = format_args!("capacity: expected at least {num_bins}, found {capacity}");
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, words));
        }
        apart((spectrum, 1), (levels_dbfs, capacity), "spectrum and levels_dbfs")?;
        // SAFETY: as above.
        let levels = unsafe { slice_mut(levels_dbfs, num_bins, "levels_dbfs")? };
        match analyser.frame().and_then(|frame| frame.level_db(Trace::Left)) {
            Some(now) => levels.copy_from_slice(now),
            None => levels.fill(FLOOR_DB),
        }
        Ok(())
    })
}

/// Forgets everything heard. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_spectrum_reset(spectrum: *mut lacquer_spectrum) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an analyser.
        unsafe { unique(spectrum, "spectrum")? }.0.reset();
        Ok(())
    })
}
