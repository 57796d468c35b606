//! Every parameter of the chain at once: what a preset says, or what a first pass has found.

use crate::engine::{param_of, preset_named, set_fault};
use crate::guard::{free, give, give_handle, shared, text, unique};
use crate::status::{guarded, lacquer_status};
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::engine::set_by_id;
use std::ffi::c_char;

/// What a chain is set to.
pub struct lacquer_settings(pub ChainSettings);

/// Makes settings of a preset, by the name of one of the factory's or the user's, or the path of a file. What a bounce solves for is
/// not among them: lacquer_master gives settings that have it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_settings_load(
    preset: *const c_char,
    settings: *mut *mut lacquer_settings,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text and room for a pointer.
        unsafe {
            let preset = text(preset, "preset")?;
            give_handle(settings, "settings", || Ok(lacquer_settings(preset_named(preset)?.settings)))
        }
    })
}

/// Gives a parameter's value. Real-time, unless it fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_settings_get(
    settings: *const lacquer_settings,
    id: *const c_char,
    value: *mut f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises settings, a text, and room for a number.
        unsafe {
            let (settings, id) = (shared(settings, "settings")?, text(id, "id")?);
            give(value, "value", param_of(id)?.get(&settings.0))
        }
    })
}

/// Sets a parameter by its id, such as "limiter.ceiling_dbtp". Real-time, unless it fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_settings_set(
    settings: *mut lacquer_settings,
    id: *const c_char,
    value: f64,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises settings and a text.
        let (settings, id) = unsafe { (unique(settings, "settings")?, text(id, "id")?) };
        set_by_id(&mut settings.0, id, value).map_err(|error| set_fault(&error))
    })
}

/// Frees settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_settings_free(settings: *mut lacquer_settings) {
    // SAFETY: the caller promises that they were made here and not freed yet.
    unsafe { free(settings) }
}
