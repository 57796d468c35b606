//! What the system asks of a process that runs for hours.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What the system asked of the process.
#[derive(Clone)]
pub struct Signals {
    /// To end, cleanly.
    pub end: Arc<AtomicBool>,
    /// To read again what it was started with.
    pub reload: Arc<AtomicBool>,
}

impl Signals {
    /// From here on the system's polite requests are heard.
    #[must_use]
    pub fn listen() -> Self {
        let signals = Self { end: Arc::default(), reload: Arc::default() };
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
            for (signal, flag) in [(SIGINT, &signals.end), (SIGTERM, &signals.end), (SIGHUP, &signals.reload)]
            {
                // Without a handler the signal still ends the program; a recording survives that.
                let _ = signal_hook::flag::register(signal, Arc::clone(flag));
            }
        }
        #[cfg(not(unix))]
        {
            let end = Arc::clone(&signals.end);
            // As above.
            let _ = ctrlc::set_handler(move || end.store(true, std::sync::atomic::Ordering::Release));
        }
        signals
    }
}
