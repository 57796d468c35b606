//! MIDI: controllers (control change messages) that move parameters, learnt by moving them.

use crate::engine::control::Store;
use lacquer_dsp::param::Param;
use lacquer_dsp::params;
use midir::{Ignore, MidiInput, MidiInputConnection};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The upper half of a status byte that makes it a control change, and the largest value of one.
const CONTROL_CHANGE: u8 = 0xB0;
const MAX_VALUE: f64 = 127.0;

/// A controller and the parameter that it moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The channel, 1 to 16.
    pub channel: u8,
    /// The controller's number, 0 to 127.
    pub controller: u8,
    /// The parameter's id.
    pub param: String,
}

/// What is wanted of MIDI.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MidiPrefs {
    /// The port that is listened to; none: MIDI is off.
    pub port: Option<String>,
    /// What moves what.
    pub mappings: Vec<Mapping>,
}

/// The mappings, and what is being learnt.
#[derive(Default)]
struct Learnt {
    mappings: Vec<Mapping>,
    /// The parameter that the next controller is to move.
    learning: Option<&'static Param>,
}

/// What the port's thread and the window share.
#[derive(Clone, Default)]
pub struct MidiMap(Arc<Mutex<Learnt>>);

impl MidiMap {
    /// One with these mappings.
    #[must_use]
    pub fn new(mappings: Vec<Mapping>) -> Self {
        Self(Arc::new(Mutex::new(Learnt { mappings, learning: None })))
    }

    fn lock(&self) -> MutexGuard<'_, Learnt> {
        // Plain data: whoever panicked while holding it left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that is mapped.
    #[must_use]
    pub fn mappings(&self) -> Vec<Mapping> {
        self.lock().mappings.clone()
    }

    /// The next controller that moves is to move this parameter from then on; none: nothing is learnt any more.
    pub fn learn(&self, param: Option<&'static Param>) {
        self.lock().learning = param;
    }

    /// What is being learnt.
    #[must_use]
    pub fn learning(&self) -> Option<&'static Param> {
        self.lock().learning
    }

    /// Forgets what moves a parameter.
    pub fn forget(&self, param: &str) {
        self.lock().mappings.retain(|mapping| mapping.param != param);
    }

    /// Takes a message from a port.
    pub fn take(&self, message: &[u8], store: &Store) {
        let [status, controller, value] = *message else { return };
        if status & 0xF0 != CONTROL_CHANGE || controller > 127 || value > 127 {
            return;
        }
        let channel = (status & 0x0F) + 1;
        let mut learnt = self.lock();
        if let Some(param) = learnt.learning.take() {
            // A controller moves one parameter, and a parameter is moved by one controller.
            let is_other = |mapping: &Mapping| {
                mapping.param != param.id && (mapping.channel, mapping.controller) != (channel, controller)
            };
            learnt.mappings.retain(is_other);
            learnt.mappings.push(Mapping { channel, controller, param: param.id.to_owned() });
        }
        let is_it = |mapping: &&Mapping| (mapping.channel, mapping.controller) == (channel, controller);
        let Some(param) =
            learnt.mappings.iter().find(is_it).and_then(|mapping| params::find(&mapping.param).ok())
        else {
            return;
        };
        let wanted = param.from_normalized(f64::from(value) / MAX_VALUE);
        store.change(|control| {
            // It lies in range, because it was made from a share of it.
            let _ = param.set(&mut control.settings, wanted);
        });
    }
}

/// A port that is open; dropping it closes it.
pub struct MidiPort {
    name: String,
    _connection: MidiInputConnection<()>,
}

fn input() -> Result<MidiInput, String> {
    let mut input = MidiInput::new("Lacquer").map_err(|e| format!("MIDI is not to be had here: {e}"))?;
    input.ignore(Ignore::All);
    Ok(input)
}

/// The ports that can be opened.
///
/// # Errors
/// When the system has no MIDI.
pub fn ports() -> Result<Vec<String>, String> {
    let input = input()?;
    Ok(input.ports().iter().filter_map(|port| input.port_name(port).ok()).collect())
}

/// What of a port's name stays when it is plugged in again: Linux adds the numbers of client and port, `nanoKONTROL:CTRL 24:0`.
fn lasting(name: &str) -> &str {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match name.rsplit_once(' ') {
        Some((lasting, numbers))
            if numbers.split_once(':').is_some_and(|(client, port)| is_number(client) && is_number(port)) =>
        {
            lasting
        }
        _ => name,
    }
}

impl MidiPort {
    /// Opens a port by its name, or the first of that name but for the numbers that it had when it was chosen.
    ///
    /// # Errors
    /// When there is none, or the system does not let us.
    pub fn open(name: &str, map: &MidiMap, store: &Arc<Store>) -> Result<Self, String> {
        let input = input()?;
        let all = input.ports();
        let named: Vec<(String, &midir::MidiInputPort)> =
            all.iter().filter_map(|port| Some((input.port_name(port).ok()?, port))).collect();
        let is_same = |(found, _): &&(String, _)| lasting(found) == lasting(name);
        let exact = named.iter().find(|(found, _)| found == name);
        let Some((name, port)) = exact.or_else(|| named.iter().find(is_same)) else {
            return Err(format!("there is no MIDI port '{}'", lasting(name)));
        };
        let (map, store) = (map.clone(), Arc::clone(store));
        let connection = input
            .connect(port, "lacquer", move |_, message, ()| map.take(message, &store), ())
            .map_err(|e| format!("the MIDI port '{name}' cannot be opened: {e}"))?;
        Ok(Self { name: name.clone(), _connection: connection })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::control::{Control, store};

    #[test]
    fn the_numbers_of_a_port_are_not_its_name() {
        assert_eq!(lasting("nanoKONTROL:nanoKONTROL CTRL 24:0"), "nanoKONTROL:nanoKONTROL CTRL");
        for whole in ["nanoKONTROL", "Port 1", "Through 14:", "Through a:0", "24:0", ""] {
            assert_eq!(lasting(whole), whole);
        }
    }

    #[test]
    fn a_controller_is_learnt_and_moves_its_parameter() {
        let (store, mut heard) = store(Control::default());
        let map = MidiMap::default();
        let ceiling = params::find("limiter.ceiling_dbtp").unwrap();
        map.take(&[0xB2, 7, 127], &store);
        assert_eq!(store.get(), Control::default(), "nothing is mapped yet");
        map.learn(Some(ceiling));
        map.take(&[0x90, 60, 100], &store);
        assert!(map.learning().is_some(), "a note is no controller");
        map.take(&[0xB2, 7, 127], &store);
        assert_eq!(
            map.mappings(),
            [Mapping { channel: 3, controller: 7, param: "limiter.ceiling_dbtp".into() }]
        );
        assert_eq!(heard.read().settings.limiter.ceiling_dbtp, ceiling.max);
        map.take(&[0xB2, 7, 0], &store);
        assert_eq!(heard.read().settings.limiter.ceiling_dbtp, ceiling.min);
        // Another channel, another controller, half a message.
        for other in [&[0xB1, 7, 64][..], &[0xB2, 8, 64], &[0xB2, 7], &[0xB2, 200, 64]] {
            map.take(other, &store);
        }
        assert_eq!(heard.read().settings.limiter.ceiling_dbtp, ceiling.min);
        // The same controller for another parameter leaves the first.
        map.learn(Some(params::find("input.trim_db").unwrap()));
        map.take(&[0xB2, 7, 64], &store);
        assert_eq!(map.mappings().len(), 1);
        map.forget("input.trim_db");
        assert_eq!(map.mappings(), []);
    }
}
