//! What the noise remover's network has learnt.

use crate::guard::{free, give, give_handle, shared, text};
use crate::status::lacquer_status::LACQUER_FILE_ERROR;
use crate::status::{fault, guarded, lacquer_status};
use lacquer_dsp::modules::denoise::Model;
use std::ffi::c_char;

/// A model of the noise remover. Engines that use it keep what they need of it.
pub struct lacquer_model(pub(crate) Model);

/// Gives the model that is built in: RNNoise's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_model_load_builtin(model: *mut *mut lacquer_model) -> lacquer_status {
    // SAFETY: the caller promises room for a pointer.
    guarded(|| unsafe { give_handle(model, "model", || Ok(lacquer_model(Model::default()))) })
}

/// Reads a model in the format that nnnoiseless' training writes (RNNoise's weights in bytes): layers of signed bytes, each after
/// its numbers of inputs and neurons and its activation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_model_load_file(
    path: *const c_char,
    model: *mut *mut lacquer_model,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text.
        let path = unsafe { text(path, "path")? };
        let load = || {
            let bytes = std::fs::read(path).map_err(|error| {
                fault(LACQUER_FILE_ERROR, format_args!("{path}: cannot be read: {error}"))
            })?;
            let model = Model::from_bytes(&bytes).ok_or_else(|| {
                let expected =
                    "expected RNNoise weights of 42 inputs and 22 outputs as nnnoiseless writes them";
                fault(LACQUER_FILE_ERROR, format_args!("{path}: not a model: {expected}"))
            })?;
            Ok(lacquer_model(model))
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(model, "model", load) }
    })
}

/// How many bytes of memory the model takes, which the engines that use it share: 0 for the one that is built in, whose weights are
/// there once for all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_model_memory(
    model: *const lacquer_model,
    num_bytes: *mut u64,
) -> lacquer_status {
    // SAFETY: the caller promises a model and room for a number.
    guarded(|| unsafe { give(num_bytes, "num_bytes", shared(model, "model")?.0.num_bytes() as u64) })
}

/// Frees a model. Engines that use it go on using what they have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_model_unload(model: *mut lacquer_model) {
    // SAFETY: the caller promises that it was loaded here and not freed yet.
    unsafe { free(model) }
}
