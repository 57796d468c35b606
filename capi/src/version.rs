//! Which Lacquer this is, and what it can.

use crate::guard::{give, place, text};
use crate::status::lacquer_status::LACQUER_NOT_FOUND;
use crate::status::{contained, fault, guarded, lacquer_status};
use std::ffi::{CStr, CString, c_char};
use std::sync::OnceLock;

/// The version as text, such as "0.1.0". Static. Real-time.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// The version as numbers. Until 1.0 another minor version is another interface. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_version_numbers(
    major: *mut u32,
    minor: *mut u32,
    patch: *mut u32,
) -> lacquer_status {
    guarded(|| {
        let number = |text: &str| text.parse().unwrap_or(0);
        // SAFETY: the caller promises room for one number at each.
        let (major, minor, patch) =
            unsafe { (place(major, "major")?, place(minor, "minor")?, place(patch, "patch")?) };
        major.write(number(env!("CARGO_PKG_VERSION_MAJOR")));
        minor.write(number(env!("CARGO_PKG_VERSION_MINOR")));
        patch.write(number(env!("CARGO_PKG_VERSION_PATCH")));
        Ok(())
    })
}

/// Tells whether the library answers: gives back the number with all bits turned over. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_ping(number: u32, answer: *mut u32) -> lacquer_status {
    // SAFETY: the caller promises room for one number.
    guarded(|| unsafe { give(answer, "answer", !number) })
}

/// Whether a feature was built in: "mp3" (writing it) or "denoise". LACQUER_NOT_FOUND for names that no version has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_has_feature(name: *const c_char, answer: *mut bool) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a text.
        let name = unsafe { text(name, "name")? };
        let is_there = match name {
            "mp3" => cfg!(feature = "mp3"),
            "denoise" => true,
            _ => {
                let expected = "expected \"mp3\" or \"denoise\"";
                return Err(fault(LACQUER_NOT_FOUND, format_args!("name: {expected}, found \"{name}\"")));
            }
        };
        // SAFETY: the caller promises room for one.
        unsafe { give(answer, "answer", is_there) }
    })
}

/// The vector instructions in use: "AVX-512", "AVX2", "SSE4.2", "NEON" or "baseline". The bits are the same with all. Static.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_simd_level() -> *const c_char {
    static NAME: OnceLock<CString> = OnceLock::new();
    let name = || NAME.get_or_init(|| CString::new(lacquer_dsp::simd::name()).unwrap_or_default()).as_ptr();
    contained(c"baseline".as_ptr(), name)
}
