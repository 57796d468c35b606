//! A whole programme, brought to an exact loudness under a ceiling.

use crate::engine::preset_named;
use crate::guard::{Access, Planes, give, place, shared, text};
use crate::settings::lacquer_settings;
use crate::status::lacquer_status::{
    LACQUER_INTERNAL_ERROR, LACQUER_INVALID_ARGUMENT, LACQUER_TARGET_NOT_REACHED, LACQUER_UNSUITABLE_AUDIO,
};
use crate::status::{Fault, fault, guarded, lacquer_status};
use lacquer_offline::assist::Assist;
use lacquer_offline::master::{MasterError, Order, master_planes, stored_bits};
use lacquer_offline::progress::Progress;
use lacquer_offline::report::Report;
use std::ffi::c_char;
use std::sync::atomic::AtomicBool;

/// What a master is to be. lacquer_master_options_default fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_master_options {
    /// The name of a preset, or the path of a preset file.
    pub preset: *const c_char,
    /// Integrated loudness, -60 to 0 LUFS; NAN for the preset's.
    pub output_lufs: f64,
    /// Highest true peak, -30 to 0 dBTP; NAN for the preset's.
    pub ceiling_dbtp: f64,
    /// 16 or 24 when the master will be stored with so many bits: it is then dithered for them. 0 otherwise.
    pub bits: u32,
    /// Not 0: the assistant adapts the settings to the programme.
    pub assist: i32,
    /// Not 0: gives the closest that can be had where the target cannot.
    pub best_effort: i32,
    /// Not 0: one channel counts as heard from two loudspeakers, which is 3.01 LU more.
    pub dual_mono: i32,
}

/// What came of it. NAN where there is no figure.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_report {
    /// Integrated loudness of the input.
    pub input_lufs: f64,
    /// Integrated loudness of the master.
    pub output_lufs: f64,
    /// Loudness range of the master.
    pub output_range_lu: f64,
    /// The master's true peak at sixteen times oversampling.
    pub output_true_peak_dbtp: f64,
    /// The gain that was solved for.
    pub loudness_gain_db: f64,
    /// What the limiter was told, so that the ceiling holds.
    pub limiter_ceiling_dbtp: f64,
    /// The limiter's deepest reduction.
    pub deepest_limiter_reduction_db: f64,
    /// How often the programme was rendered to find this.
    pub num_passes: u32,
}

impl From<&Report> for lacquer_report {
    fn from(report: &Report) -> Self {
        let figure = |figure: Option<f64>| figure.unwrap_or(f64::NAN);
        let output = &report.output.figures;
        Self {
            input_lufs: figure(report.input.figures.integrated_lufs),
            output_lufs: figure(output.integrated_lufs),
            output_range_lu: figure(output.range_lu),
            output_true_peak_dbtp: figure(output.true_peak_dbtp),
            loudness_gain_db: report.work.loudness_gain_db,
            limiter_ceiling_dbtp: report.work.limiter_ceiling_dbtp,
            deepest_limiter_reduction_db: report.work.deepest_limiter_reduction_db,
            num_passes: report.work.num_passes as u32,
        }
    }
}

fn master_fault(error: &MasterError) -> Fault {
    let status = match error {
        // There is no file: what the reader of planes says is about the audio.
        MasterError::File(_)
        | MasterError::Measure(_)
        | MasterError::TooManyChannels { .. }
        | MasterError::NoLoudness { .. } => LACQUER_UNSUITABLE_AUDIO,
        MasterError::Contradiction(_) => LACQUER_INVALID_ARGUMENT,
        MasterError::NotReached(_) => LACQUER_TARGET_NOT_REACHED,
        MasterError::Cancelled(_) => LACQUER_INTERNAL_ERROR,
    };
    fault(status, error)
}

fn order(options: &lacquer_master_options) -> Result<(Order, Option<usize>), Fault> {
    let invalid = |error| fault(LACQUER_INVALID_ARGUMENT, error);
    let given = |value: f64| Some(value).filter(|value| !value.is_nan());
    // SAFETY: whoever fills the structure promises a text.
    let preset = preset_named(unsafe { text(options.preset, "preset")? })?;
    let order = Order {
        preset,
        assist: (options.assist != 0).then(Assist::default),
        dither: None,
        best_effort: options.best_effort != 0,
        dual_mono: options.dual_mono != 0,
    };
    let targets = [given(options.output_lufs), given(options.ceiling_dbtp)];
    let order =
        order.with_targets(targets[0], targets[1], ["output_lufs", "ceiling_dbtp"]).map_err(invalid)?;
    let bits = stored_bits(Some(options.bits).filter(|&bits| bits != 0)).map_err(invalid)?;
    Ok((order, bits))
}

/// Fills options with "streaming", its targets, no dither, no assistant, and the refusal of what cannot be had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_master_options_default(
    options: *mut lacquer_master_options,
) -> lacquer_status {
    let defaults = lacquer_master_options {
        preset: c"streaming".as_ptr(),
        output_lufs: f64::NAN,
        ceiling_dbtp: f64::NAN,
        bits: 0,
        assist: 0,
        best_effort: 0,
        dual_mono: 0,
    };
    // SAFETY: the caller promises room for a structure.
    guarded(|| unsafe { give(options, "options", defaults) })
}

/// Masters a whole programme: measures it, solves for the loudness gain and the limiter's ceiling by rendering, renders, and measures
/// the master. `output` has as many channels and frames as `input`, and may be `input` itself. `options` may be NULL for the defaults.
/// `report` may be NULL, and so may `settings`, where the caller gets all that the master was made with, to be freed by
/// lacquer_settings_free. The bits are those of `lacquer bounce` in floating point.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_master(
    input: *const *const f32,
    num_channels: u32,
    num_frames: usize,
    sample_rate_hz: u32,
    options: *const lacquer_master_options,
    output: *const *mut f32,
    report: *mut lacquer_report,
    settings: *mut *mut lacquer_settings,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises as many pointers as channels, so many samples at each, and room for a structure and a pointer.
        let (input, output, report, settings) = unsafe {
            (
                Planes::new(input, num_channels as usize, num_frames, Access::Read, "input")?,
                Planes::new(output.cast(), num_channels as usize, num_frames, Access::Write, "output")?,
                if report.is_null() { None } else { Some(place(report, "report")?) },
                if settings.is_null() { None } else { Some(place(settings, "settings")?) },
            )
        };
        input.apart_from(&output, true, "input and output")?;
        let mut chosen = std::mem::MaybeUninit::uninit();
        // SAFETY: the defaults fill the structure; the caller promises the other.
        let options = unsafe {
            if options.is_null() {
                lacquer_master_options_default(chosen.as_mut_ptr());
                chosen.assume_init_ref()
            } else {
                shared(options, "options")?
            }
        };
        let (order, bits) = order(options)?;
        // SAFETY: as above. Nothing is written yet.
        let planes = unsafe { input.read() };
        let progress = Progress { on_step: &|_, _| (), cancelled: &AtomicBool::new(false) };
        let (master, told) =
            master_planes(&planes[..num_channels as usize], sample_rate_hz, bits, &order, &progress)
                .map_err(|error| master_fault(&error))?;
        if let Some(report) = report {
            report.write((&told).into());
        }
        if let Some(settings) = settings {
            settings.write(Box::into_raw(Box::new(lacquer_settings(told.settings))));
        }
        // SAFETY: as above; the input is no longer read.
        let planes = unsafe { output.write() };
        planes
            .into_iter()
            .zip(master.chunks_exact(num_frames))
            .for_each(|(to, from)| to.copy_from_slice(from));
        Ok(())
    })
}
