//! What calls answer: a code, and the words for it.

use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::fmt::{self, Write};

/// How a call ended.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_status {
    /// As it was asked for.
    LACQUER_OK = 0,
    /// A pointer is NULL that may not be.
    LACQUER_NULL_POINTER = 1,
    /// A pointer is not aligned to what it points to.
    LACQUER_MISALIGNED = 2,
    /// Buffers overlap that may not.
    LACQUER_OVERLAP = 3,
    /// A number, a text or an option is none of those that are expected.
    LACQUER_INVALID_ARGUMENT = 4,
    /// There is no parameter, preset or model of that name.
    LACQUER_NOT_FOUND = 5,
    /// A buffer is too small; nothing was done.
    LACQUER_BUFFER_TOO_SMALL = 6,
    /// A file cannot be read or written, or is not what was expected.
    LACQUER_FILE_ERROR = 7,
    /// The audio cannot be mastered: silent, too short, or of a format that is not taken.
    LACQUER_UNSUITABLE_AUDIO = 8,
    /// The loudness and the ceiling cannot both be had.
    LACQUER_TARGET_NOT_REACHED = 9,
    /// The call is not for this moment, such as more input for what was finished.
    LACQUER_WRONG_STATE = 10,
    /// A fault of Lacquer itself. The handle is to be freed and not used again.
    LACQUER_INTERNAL_ERROR = 11,
}

use lacquer_status::{LACQUER_INTERNAL_ERROR, LACQUER_OK};

const TEXTS: [&CStr; 12] = [
    c"ok",
    c"a pointer is NULL",
    c"a pointer is misaligned",
    c"buffers overlap",
    c"an argument is invalid",
    c"not found",
    c"a buffer is too small",
    c"file error",
    c"the audio is unsuitable",
    c"the target cannot be reached",
    c"wrong state",
    c"internal error",
];

const MAX_LEN: usize = 1024;

/// The last words of a thread, in place, so that saying them allocates nothing.
struct Words {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_LEN - self.len;
        // Cut between characters, never within one.
        let len = (0..=text.len().min(room)).rev().find(|&len| text.is_char_boundary(len)).unwrap_or(0);
        self.bytes[self.len..self.len + len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

thread_local! {
    static LAST: RefCell<Words> = const { RefCell::new(Words { bytes: [0; MAX_LEN], len: 0 }) };
}

/// Why a call does not do what it was asked for; the words are kept for [`lacquer_last_error`].
#[derive(Debug, Clone, Copy)]
pub struct Fault(pub lacquer_status);

/// Keeps the words, and gives the fault for them.
pub fn fault(status: lacquer_status, words: impl fmt::Display) -> Fault {
    let _ = LAST.try_with(|last| {
        let mut last = last.borrow_mut();
        last.len = 0;
        let _ = write!(last, "{words}");
    });
    Fault(status)
}

/// Runs the body of a function: faults become their codes, and a panic goes no further.
pub fn guarded(body: impl FnOnce() -> Result<(), Fault>) -> lacquer_status {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(Ok(())) => LACQUER_OK,
        Ok(Err(Fault(status))) => status,
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            fault(LACQUER_INTERNAL_ERROR, words).0
        }
    }
}

/// Runs the body of a function that gives no status: a panic goes no further, and `otherwise` is given.
pub fn contained<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// What a status means, in words. Static; also for numbers that are no status. Real-time.
#[unsafe(no_mangle)]
pub extern "C" fn lacquer_status_text(status: i32) -> *const c_char {
    let text = usize::try_from(status).ok().and_then(|idx| TEXTS.get(idx));
    text.copied().unwrap_or(c"unknown status").as_ptr()
}

/// Copies what the last call on this thread that did not return LACQUER_OK said: which argument or file, what was expected, what
/// came. As much as fits is copied, with a NUL at its end; returned is the length of the whole text without it, so a buffer of one
/// byte more holds everything. `buffer` may be NULL if `capacity` is 0. Real-time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_last_error(buffer: *mut c_char, capacity: usize) -> usize {
    let copy = || {
        LAST.try_with(|last| {
            let last = last.borrow();
            if buffer.is_null() || capacity == 0 {
                return last.len;
            }
            let words = std::str::from_utf8(&last.bytes[..last.len]).unwrap_or_default();
            let len =
                (0..=last.len.min(capacity - 1)).rev().find(|&len| words.is_char_boundary(len)).unwrap_or(0);
            // SAFETY: the caller promises `capacity` bytes at `buffer`, and `len` is less; ours are elsewhere.
            unsafe {
                std::ptr::copy_nonoverlapping(last.bytes.as_ptr(), buffer.cast(), len);
                buffer.add(len).write(0);
            }
            last.len
        })
    };
    contained(0, || copy().unwrap_or(0))
}
