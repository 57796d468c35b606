//! What window, command line and controllers want of the audio, on its way to the audio thread.

use lacquer_dsp::listening::Listening;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use std::sync::{Mutex, MutexGuard, PoisonError};
use triple_buffer::{Input, Output};

/// Everything that the audio thread is to follow. Plain data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// Every parameter.
    pub settings: ChainSettings,
    /// What is heard of the chain.
    pub listening: Listening,
    /// Short latency or the better sound.
    pub latency_mode: LatencyMode,
    /// Whether the output is sent to the loudspeakers. A recording takes it either way.
    pub is_monitoring: bool,
    /// Whether the meters run.
    pub is_measuring: bool,
    /// How often the meters were to begin anew.
    pub num_meter_resets: u64,
    /// Whether the feedback guard listens; an output that is no loudspeaker cannot howl.
    pub is_guarding: bool,
    /// How often the feedback guard was told that all is well.
    pub num_guard_resets: u64,
}

impl Control {
    /// Opens the monitors, after a howl too.
    pub fn open_monitors(&mut self) {
        self.is_monitoring = true;
        self.num_guard_resets += 1;
    }
}

impl Default for Control {
    fn default() -> Self {
        Self {
            settings: ChainSettings::default(),
            listening: Listening::default(),
            latency_mode: LatencyMode::Live,
            is_monitoring: false,
            is_measuring: true,
            num_meter_resets: 0,
            is_guarding: true,
            num_guard_resets: 0,
        }
    }
}

/// The writers' end, for any number of threads, none of them the audio thread.
pub struct Store(Mutex<(Control, Input<Control>)>);

/// Both ends: writers see what they wrote, the audio thread the newest of it.
#[must_use]
pub fn store(control: Control) -> (Store, Output<Control>) {
    let (input, output) = triple_buffer::triple_buffer(&control);
    (Store(Mutex::new((control, input))), output)
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, (Control, Input<Control>)> {
        // Plain data: whoever panicked while holding it left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wanted now.
    #[must_use]
    pub fn get(&self) -> Control {
        self.lock().0
    }

    /// Writes to another reader from now on, because the old one is lost.
    pub(super) fn replace(&self, other: Self) {
        let other = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.lock() = other;
    }

    /// Wants something else from now on.
    pub fn change(&self, change: impl FnOnce(&mut Control)) {
        let (control, input) = &mut *self.lock();
        change(control);
        input.write(*control);
    }
}
