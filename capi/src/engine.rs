//! The mastering chain, in place.

use crate::figures::lacquer_loudness;
use crate::guard::{Access, Planes, free, give, give_handle, shared, slice, slice_mut, text, unique};
use crate::memory;
use crate::model::lacquer_model;
use crate::settings::lacquer_settings;
use crate::status::lacquer_status::{LACQUER_FILE_ERROR, LACQUER_INVALID_ARGUMENT, LACQUER_NOT_FOUND};
use crate::status::{Fault, fault, guarded, lacquer_status};
use lacquer_dsp::block::MAX_CHANNELS;
use lacquer_dsp::modules::denoise::Model;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_offline::engine::{Engine, SetError};
use lacquer_presets::{Library, Preset, PresetError, parameter_named};
use std::ffi::c_char;
use std::time::Instant;

/// How long the output may be kept waiting for a better sound.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_latency {
    /// Minimum phase and short look-ahead: a few milliseconds, and 20 more for the noise remover.
    LACQUER_LATENCY_LIVE = 0,
    /// Linear-phase bands and long look-ahead: what a bounce takes.
    LACQUER_LATENCY_QUALITY = 1,
}

/// How an engine is. `load` is the share of the time that the audio lasts which processing took, of the last blocks.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_health {
    /// Samples that were not a number, infinite or beyond +240 dBFS and became silence, since the reset.
    pub num_damaged_samples: u64,
    /// Samples of the output that the dither held to full scale since it last set out.
    pub num_clipped_samples: u64,
    /// 0.01 is one percent of a core.
    pub load: f64,
    /// Bytes of memory that the engine takes.
    pub memory_bytes: u64,
}

/// What the modules do to the level as of the last sample, in decibels.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_reductions {
    /// What the gate takes away.
    pub gate_db: f32,
    /// What the de-esser takes from its high band.
    pub de_esser_db: f32,
    /// What the leveller adds.
    pub leveller_gain_db: f32,
    /// What each band of the multiband compressor loses.
    pub multiband_db: [f32; 6],
    /// What the limiter takes away.
    pub limiter_db: f32,
}

/// Memory grows with the longest block, and nobody needs longer ones.
const MAX_BLOCK_LEN: usize = 1 << 16;

/// How fast the load follows: the newest block counts for so much.
const LOAD_STEP: f64 = 0.1;

/// A mastering chain with its meters.
pub struct lacquer_engine {
    engine: Engine,
    /// For what comes interleaved.
    planes: [Vec<f32>; MAX_CHANNELS],
    load: f64,
    /// What its noise remover has learnt, which engines share and whose memory is not the engine's.
    model: Model,
    memory_bytes: isize,
}

impl lacquer_engine {
    fn new(spec: ProcessSpec) -> Result<Self, Fault> {
        // The first in a process unpacks the weights, once for all engines.
        let model = Model::default();
        let (made, memory_bytes) = memory::measured(|| {
            let engine = Engine::new(spec).map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
            let planes = std::array::from_fn(|c| {
                vec![0.0; if c < spec.num_channels { spec.max_block_len } else { 0 }]
            });
            Ok((engine, planes))
        });
        let (engine, planes) = made?;
        let memory_bytes = memory_bytes + size_of::<Self>() as isize;
        Ok(Self { engine, planes, load: 0.0, model, memory_bytes })
    }

    fn spec(&self) -> &ProcessSpec {
        self.engine.spec()
    }

    /// Masters one or two channels of equal length.
    fn process(&mut self, mut planes: [&mut [f32]; MAX_CHANNELS]) {
        let num_frames = planes[0].len();
        if num_frames == 0 {
            return;
        }
        let began = Instant::now();
        let num_channels = self.spec().num_channels;
        self.engine.process(&mut planes[..num_channels]);
        let share = began.elapsed().as_secs_f64() * self.spec().sample_rate_hz / num_frames as f64;
        self.load += LOAD_STEP * (share - self.load);
    }

    fn process_interleaved(&mut self, samples: &mut [f32]) {
        let num_channels = self.spec().num_channels;
        let mut planes = std::mem::take(&mut self.planes);
        for block in samples.chunks_mut(self.spec().max_block_len * num_channels) {
            let num_frames = block.len() / num_channels;
            for (c, plane) in planes.iter_mut().enumerate().take(num_channels) {
                plane
                    .iter_mut()
                    .zip(block.iter().skip(c).step_by(num_channels))
                    .for_each(|(to, from)| *to = *from);
            }
            let [left, right] = &mut planes;
            let right_len = if num_channels == 2 { num_frames } else { 0 };
            self.process([&mut left[..num_frames], &mut right[..right_len]]);
            for (c, plane) in planes.iter().enumerate().take(num_channels) {
                block.iter_mut().skip(c).step_by(num_channels).zip(plane).for_each(|(to, from)| *to = *from);
            }
        }
        self.planes = planes;
    }
}

/// The mode of a number.
pub fn latency_mode(number: i32) -> Result<LatencyMode, Fault> {
    use lacquer_latency::{LACQUER_LATENCY_LIVE, LACQUER_LATENCY_QUALITY};
    match number {
        live if live == LACQUER_LATENCY_LIVE as i32 => Ok(LatencyMode::Live),
        quality if quality == LACQUER_LATENCY_QUALITY as i32 => Ok(LatencyMode::Quality),
        other => {
            let expected = "expected LACQUER_LATENCY_LIVE (0) or LACQUER_LATENCY_QUALITY (1)";
            Err(fault(LACQUER_INVALID_ARGUMENT, format_args!("latency: {expected}, found {other}")))
        }
    }
}

/// A preset that is not taken.
fn preset_fault(error: &PresetError) -> Fault {
    let status = match error {
        PresetError::NotFound { .. } => LACQUER_NOT_FOUND,
        PresetError::Unreadable { .. } => LACQUER_FILE_ERROR,
        _ => LACQUER_INVALID_ARGUMENT,
    };
    fault(status, error)
}

/// The preset of a name or path.
pub fn preset_named(name: &str) -> Result<Preset, Fault> {
    Library::user().load(name).map_err(|error| preset_fault(&error))
}

/// The parameter of an id.
pub fn param_of(id: &str) -> Result<&'static lacquer_dsp::param::Param, Fault> {
    parameter_named(id).map_err(|error| fault(LACQUER_NOT_FOUND, error))
}

/// A parameter that is not set.
pub fn set_fault(error: &SetError) -> Fault {
    let status = match error {
        SetError::Unknown(_) => LACQUER_NOT_FOUND,
        SetError::Value(_) => LACQUER_INVALID_ARGUMENT,
    };
    fault(status, error)
}

/// Makes an engine for audio of 8000 to 384000 Hz and 1 or 2 channels. Blocks longer than `max_block_len`, or than 65536, are split: the
/// bits are the same. `latency` is a lacquer_latency. Every parameter is at its default: the limiter alone works.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_create(
    sample_rate_hz: f64,
    num_channels: u32,
    max_block_len: u32,
    latency: i32,
    engine: *mut *mut lacquer_engine,
) -> lacquer_status {
    guarded(|| {
        let spec = ProcessSpec {
            sample_rate_hz,
            max_block_len: (max_block_len as usize).min(MAX_BLOCK_LEN),
            num_channels: num_channels as usize,
            latency_mode: latency_mode(latency)?,
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(engine, "engine", || lacquer_engine::new(spec)) }
    })
}

/// Frees an engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_destroy(engine: *mut lacquer_engine) {
    // SAFETY: the caller promises that it was created here and not destroyed yet.
    unsafe { free(engine) }
}

/// Sets a parameter by its id, such as "limiter.ceiling_dbtp"; it is approached without a click. Real-time, unless it fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_set(
    engine: *mut lacquer_engine,
    id: *const c_char,
    value: f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and a text.
        let (engine, id) = unsafe { (unique(engine, "engine")?, text(id, "id")?) };
        engine.engine.set_parameter(id, value).map_err(|error| set_fault(&error))
    })
}

/// Gives a parameter's value. Real-time, unless it fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_get(
    engine: *const lacquer_engine,
    id: *const c_char,
    value: *mut f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine, a text, and room for a number.
        unsafe {
            let (engine, id) = (shared(engine, "engine")?, text(id, "id")?);
            give(value, "value", param_of(id)?.get(engine.engine.settings()))
        }
    })
}

/// Sets every parameter to a preset's, by the name of one of the factory's or the user's, or the path of a file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_load_preset(
    engine: *mut lacquer_engine,
    name: *const c_char,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and a text.
        let (engine, name) = unsafe { (unique(engine, "engine")?, text(name, "name")?) };
        engine.engine.set(&preset_named(name)?.settings);
        Ok(())
    })
}

/// Sets every parameter to a preset's, from its TOML: `length` bytes, which need no NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_load_toml(
    engine: *mut lacquer_engine,
    toml: *const c_char,
    length: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and so many bytes.
        let (engine, bytes) =
            unsafe { (unique(engine, "engine")?, slice(toml.cast::<u8>(), length, "toml")?) };
        let invalid = |error: &dyn std::fmt::Display| fault(LACQUER_INVALID_ARGUMENT, error);
        let toml = std::str::from_utf8(bytes)
            .map_err(|error| invalid(&format_args!("toml: expected UTF-8: {error}")))?;
        let preset = lacquer_presets::parse(toml, "toml", "toml").map_err(|error| invalid(&error))?;
        engine.engine.set(&preset.settings);
        Ok(())
    })
}

/// Sets every parameter to those of a lacquer_settings, such as lacquer_master has found. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_use_settings(
    engine: *mut lacquer_engine,
    settings: *const lacquer_settings,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and settings.
        let (engine, settings) = unsafe { (unique(engine, "engine")?, shared(settings, "settings")?) };
        engine.engine.set(&settings.0);
        Ok(())
    })
}

/// Gives the engine's noise remover another model. The engine forgets its audio and its meters. Allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_use_model(
    engine: *mut lacquer_engine,
    model: *const lacquer_model,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and a model.
        let (engine, model) = unsafe { (unique(engine, "engine")?, shared(model, "model")?) };
        // The old chain is freed within, so that what is counted is the difference.
        let (made, more_bytes) = memory::measured(|| engine.engine.use_denoise_model(&model.0));
        made.map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
        engine.memory_bytes += more_bytes;
        engine.model = model.0.clone();
        Ok(())
    })
}

/// How many samples later the output comes. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_latency(
    engine: *const lacquer_engine,
    num_samples: *mut usize,
) -> lacquer_status {
    // SAFETY: the caller promises an engine and room for a number.
    guarded(|| unsafe {
        give(num_samples, "num_samples", shared(engine, "engine")?.engine.chain().latency_samples())
    })
}

/// Forgets all audio and the meters, and keeps the settings. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_reset(engine: *mut lacquer_engine) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine.
        let engine = unsafe { unique(engine, "engine")? };
        memory::without_allocation(|| engine.engine.reset());
        Ok(())
    })
}

/// Masters interleaved audio in place: `num_frames` times the engine's number of channels samples. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_process(
    engine: *mut lacquer_engine,
    samples: *mut f32,
    num_frames: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine and so many samples.
        let engine = unsafe { unique(engine, "engine")? };
        let num_samples = num_frames.saturating_mul(engine.spec().num_channels);
        // SAFETY: as above.
        let samples = unsafe { slice_mut(samples, num_samples, "samples")? };
        memory::without_allocation(|| engine.process_interleaved(samples));
        Ok(())
    })
}

/// Masters planar audio in place: a pointer to `num_frames` samples for each channel. Real-time, as lacquer_engine_process is; the
/// bits are the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_process_planar(
    engine: *mut lacquer_engine,
    planes: *const *mut f32,
    num_channels: u32,
    num_frames: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine, as many pointers as channels, and so many samples at each.
        let (engine, planes) = unsafe {
            let planes =
                Planes::new(planes.cast(), num_channels as usize, num_frames, Access::Write, "planes")?;
            (unique(engine, "engine")?, planes)
        };
        expect_channels(engine.spec().num_channels, planes.num_channels())?;
        // SAFETY: as above.
        let planes = unsafe { planes.write() };
        memory::without_allocation(|| engine.process(planes));
        Ok(())
    })
}

/// Refuses another number of channels than a handle was made for.
pub fn expect_channels(expected: usize, found: usize) -> Result<(), Fault> {
    if expected != found {
        let words = format_args!("num_channels: expected {expected}, as it was made for, found {found}");
        return Err(fault(LACQUER_INVALID_ARGUMENT, words));
    }
    Ok(())
}

/// Gives what the meter of the output reads since the reset. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_meters(
    engine: *const lacquer_engine,
    loudness: *mut lacquer_loudness,
) -> lacquer_status {
    // SAFETY: the caller promises an engine and room for a structure.
    guarded(|| unsafe { give(loudness, "loudness", (&shared(engine, "engine")?.engine.reading()).into()) })
}

/// Gives what the modules do to the level. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_reductions(
    engine: *const lacquer_engine,
    reductions: *mut lacquer_reductions,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine.
        let now = unsafe { shared(engine, "engine")? }.engine.chain().reductions();
        let told = lacquer_reductions {
            gate_db: now.gate_db,
            de_esser_db: now.de_esser_db,
            leveller_gain_db: now.leveller_gain_db,
            multiband_db: now.multiband_db,
            limiter_db: now.limiter_db,
        };
        // SAFETY: the caller promises room for a structure.
        unsafe { give(reductions, "reductions", told) }
    })
}

/// Gives how the engine is. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_engine_health(
    engine: *const lacquer_engine,
    health: *mut lacquer_health,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises an engine.
        let engine = unsafe { shared(engine, "engine")? };
        let told = lacquer_health {
            num_damaged_samples: engine.engine.chain().num_damaged_samples(),
            num_clipped_samples: engine.engine.chain().num_clipped_samples(),
            load: engine.load,
            memory_bytes: engine.memory_bytes.max(0) as u64,
        };
        // SAFETY: the caller promises room for a structure.
        unsafe { give(health, "health", told) }
    })
}
