//! What a person types, shared by the `lacquer` binary and `cargo xtask`: arguments in, text or JSON out, an exit status.
//!
//! Status 0: done. 1: could not be done. 2: wrong usage. 130: stopped by Ctrl-C.

mod analysis;
mod bounce;
mod measure;
mod mel;
mod presets;
mod spectrogram;
mod table;
mod time;

pub use bounce::{BounceArgs, bounce};
pub use measure::{MeasureArgs, measure};
pub use mel::{MelArgs, mel};
pub use presets::{PresetsArgs, presets};
pub use spectrogram::{SpectrogramArgs, spectrogram};

use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
#[cfg(not(unix))]
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// How a command ended when it did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The words of the call are wrong.
    #[error("{0}")]
    Usage(String),
    /// It could not be done.
    #[error("{0}")]
    NotDone(String),
    /// It has been said already, file by file.
    #[error("")]
    Told,
    /// Stopped by the user.
    #[error("cancelled: nothing was left half done")]
    Cancelled,
}

impl Failure {
    /// The words of the call are wrong.
    pub fn usage(error: impl Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// It could not be done.
    pub fn not_done(error: impl Display) -> Self {
        Self::NotDone(error.to_string())
    }
}

/// Turns the end of a command into an exit status, and says why in one line.
#[must_use]
pub fn finish(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    if !matches!(failure, Failure::Told) {
        complain(&failure);
    }
    ExitCode::from(match failure {
        Failure::NotDone(_) | Failure::Told => 1,
        Failure::Usage(_) => 2,
        Failure::Cancelled => 130,
    })
}

/// One line to standard error, whatever a file's name holds.
pub fn complain(message: impl Display) {
    // With standard error closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "lacquer: {}", plain(&message.to_string()));
}

/// Text without line breaks and terminal controls, which a name may hold.
pub(crate) fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Text to standard output. A reader that went away, as `head` does, is no error.
///
/// # Errors
/// When the text cannot be written for another reason.
pub fn say(text: impl Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::not_done(format!("standard output: cannot be written: {}", error.kind())))
        }
        _ => Ok(()),
    }
}

/// Set by Ctrl-C and by a polite request to end; long work looks at it with every block.
static CANCELLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From here on Ctrl-C ends the work cleanly, and so do the system's other polite requests; those that the caller has the
/// process ignore, as `nohup` does, stay ignored.
#[cfg(unix)]
pub(crate) fn listen_for_ctrl_c() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        if ignored & (1 << (signal - 1)) == 0 {
            // Without a handler the signal still ends the program; only a temporary file may then be left.
            let _ = signal_hook::flag::register(signal, Arc::clone(&CANCELLED));
        }
    }
}

/// From here on Ctrl-C ends the work cleanly.
#[cfg(not(unix))]
pub(crate) fn listen_for_ctrl_c() {
    // Without a handler Ctrl-C still ends the program; only a temporary file may then be left.
    let _ = ctrlc::set_handler(|| CANCELLED.store(true, Ordering::Relaxed));
}

/// A progress bar on a terminal, nothing elsewhere.
pub(crate) struct Bar {
    bar: ProgressBar,
    step: RefCell<String>,
}

impl Bar {
    pub(crate) fn new(name: &str) -> Self {
        let bar = ProgressBar::new(1000);
        let style = ProgressStyle::with_template("{prefix} {bar:32} {percent:>3} % {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(plain(name));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, step: RefCell::new(String::new()) }
    }

    /// Runs `work` with its progress on this bar, and clears the bar.
    pub(crate) fn run<T, E>(self, work: impl FnOnce(&Progress<'_>) -> Result<T, E>) -> Result<T, E> {
        let on_step = |step: &str, share: Option<f64>| {
            if *self.step.borrow() != step {
                self.bar.set_message(step.to_owned());
                step.clone_into(&mut self.step.borrow_mut());
            }
            self.bar.set_position((share.unwrap_or(0.0) * 1000.0) as u64);
        };
        let result = work(&Progress { on_step: &on_step, cancelled: &CANCELLED });
        self.bar.finish_and_clear();
        result
    }
}
