//! The parameter table and the factory's presets, for programs that show them.

use crate::guard::give;
use crate::status::lacquer_status::LACQUER_NOT_FOUND;
use crate::status::{contained, fault, guarded, lacquer_status};
use lacquer_dsp::params;
use std::ffi::{CString, c_char};
use std::sync::OnceLock;

/// A parameter. Its texts are static.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_param {
    /// What it is set by, such as "limiter.ceiling_dbtp".
    pub id: *const c_char,
    /// What a person reads.
    pub name: *const c_char,
    /// The symbol behind its number, empty where there is none.
    pub unit: *const c_char,
    /// The lowest value. Switches are 0 or 1, and choices count from 0.
    pub min: f64,
    /// The highest value.
    pub max: f64,
    /// What it is until it is set.
    pub default_value: f64,
}

struct Row {
    id: CString,
    name: CString,
    unit: CString,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let text = |text: &str| CString::new(text).unwrap_or_default();
        params::all()
            .map(|param| Row { id: text(param.id), name: text(param.name), unit: text(param.unit.symbol()) })
            .collect()
    })
}

/// How many parameters there are.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_param_count() -> usize {
    contained(0, || params::all().count())
}

/// Describes the parameter at `index`, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_param_describe(index: usize, param: *mut lacquer_param) -> lacquer_status {
    guarded(|| {
        let found = params::all().nth(index).zip(rows().get(index));
        let Some((row, texts)) = found else {
            let count = lacquer_param_count();
            let words = format_args!("index: expected less than {count}, found {index}");
            return Err(fault(LACQUER_NOT_FOUND, words));
        };
        let told = lacquer_param {
            id: texts.id.as_ptr(),
            name: texts.name.as_ptr(),
            unit: texts.unit.as_ptr(),
            min: row.min,
            max: row.max,
            default_value: row.default,
        };
        // SAFETY: the caller promises room for one.
        unsafe { give(param, "param", told) }
    })
}

fn preset_names() -> &'static [CString] {
    static NAMES: OnceLock<Vec<CString>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let presets = lacquer_presets::factory().into_iter();
        presets.map(|preset| CString::new(preset.slug).unwrap_or_default()).collect()
    })
}

/// How many presets the factory has. The user's own are found by name as well.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_preset_count() -> usize {
    contained(0, || preset_names().len())
}

/// The name of the factory's preset at `index`, from 0, or NULL beyond the last. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_preset_name(index: usize) -> *const c_char {
    contained(std::ptr::null(), || preset_names().get(index).map_or(std::ptr::null(), |name| name.as_ptr()))
}
