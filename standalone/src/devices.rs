//! The devices that the system offers, each with an id that stays the same from session to session.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host, HostId};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Which way sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// A microphone, a line in.
    Input,
    /// Loudspeakers, headphones.
    Output,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
        })
    }
}

/// A device, as it is told to the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceInfo {
    /// What it is chosen by: the host and the host's own name for it, such as `pulseaudio:alsa_input.usb-0`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The system that it is reached through: ALSA, JACK, PulseAudio, CoreAudio, WASAPI.
    pub host: String,
    /// Which way sound goes.
    pub direction: Direction,
    /// Whether it is what the system would choose.
    pub is_default: bool,
    /// The sample rate that it is set to, Hz.
    pub sample_rate_hz: Option<u32>,
    /// How many channels it is set to.
    pub num_channels: Option<u16>,
}

/// Why a device cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No host of that name.
    #[error("there is no audio system '{wanted}' here: expected one of {expected}")]
    NoHost {
        /// What was asked for.
        wanted: String,
        /// What there is.
        expected: String,
    },
    /// The host does not answer.
    #[error("the audio system {host} does not answer: {reason}")]
    HostSilent {
        /// Which.
        host: String,
        /// What it said.
        reason: String,
    },
    /// No device of that name.
    #[error("there is no {direction} '{wanted}': expected one of {expected}")]
    NoDevice {
        /// Which way.
        direction: Direction,
        /// What was asked for.
        wanted: String,
        /// What there is.
        expected: String,
    },
    /// Several devices have the word in their name.
    #[error("'{wanted}' is part of the names of several {direction}s: {found}")]
    Ambiguous {
        /// Which way.
        direction: Direction,
        /// What was asked for.
        wanted: String,
        /// What fits.
        found: String,
    },
    /// There is none at all.
    #[error("the audio system {host} has no {direction}")]
    None {
        /// Which way.
        direction: Direction,
        /// Where.
        host: String,
    },
    /// It is there and cannot be used.
    #[error("the {direction} '{name}' cannot be opened: {reason}")]
    Refused {
        /// Which way.
        direction: Direction,
        /// Which.
        name: String,
        /// What the system said.
        reason: String,
    },
}

/// Where hosts come from: the system's, or those of a test.
pub trait Hosts: Send {
    /// The host of this name, or the one that the system prefers.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    fn open(&self, name: Option<&str>) -> Result<Host, DeviceError>;

    /// Every host that answers, the preferred one first.
    fn all(&self) -> Vec<Host>;
}

/// The hosts of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemHosts;

impl Hosts for SystemHosts {
    fn open(&self, name: Option<&str>) -> Result<Host, DeviceError> {
        let Some(name) = name else { return Ok(cpal::default_host()) };
        let Ok(id) = HostId::from_str(name) else {
            // A custom host is one that a program brings along, as our tests do.
            let names = cpal::ALL_HOSTS.iter().map(HostId::name).filter(|name| *name != "Custom");
            let expected: Vec<&str> = names.collect();
            return Err(DeviceError::NoHost { wanted: name.to_owned(), expected: expected.join(", ") });
        };
        cpal::host_from_id(id)
            .map_err(|e| DeviceError::HostSilent { host: id.name().to_owned(), reason: e.to_string() })
    }

    fn all(&self) -> Vec<Host> {
        let first = cpal::default_host().id();
        let mut ids = cpal::available_hosts();
        ids.sort_by_key(|id| *id != first);
        ids.into_iter().filter_map(|id| cpal::host_from_id(id).ok()).collect()
    }
}

/// A device of one direction, with what it is called.
pub struct Found {
    /// cpal's handle.
    pub device: Device,
    /// See [`DeviceInfo::id`].
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Every device of a host for one direction.
fn devices_of(host: &Host, direction: Direction) -> Vec<Found> {
    let Ok(devices) = host.devices() else { return Vec::new() };
    let does = |device: &Device| match direction {
        Direction::Input => device.supports_input(),
        Direction::Output => device.supports_output(),
    };
    devices.filter(does).map(found).collect()
}

fn found(device: Device) -> Found {
    let id = device.id().map_or_else(|_| "unknown".to_owned(), |id| id.to_string());
    let name = device.description().map_or_else(|_| id.clone(), |description| description.name().to_owned());
    Found { device, id, name }
}

fn default_of(host: &Host, direction: Direction) -> Option<Found> {
    match direction {
        Direction::Input => host.default_input_device(),
        Direction::Output => host.default_output_device(),
    }
    .map(found)
}

/// The device that a word means: its id, the id without the host, its name, or a part of its name that no other has. No word means
/// the default.
///
/// # Errors
/// When there is none, or more than one.
pub fn find(host: &Host, direction: Direction, wanted: Option<&str>) -> Result<Found, DeviceError> {
    quieten();
    let host_name = || host.id().name().to_owned();
    let Some(wanted) = wanted else {
        let first = || devices_of(host, direction).into_iter().next();
        return default_of(host, direction)
            .or_else(first)
            .ok_or_else(|| DeviceError::None { direction, host: host_name() });
    };
    let mut devices = devices_of(host, direction);
    let is_exact = |found: &Found| {
        found.id == wanted
            || found.name == wanted
            || found.id.split_once(':').is_some_and(|(_, id)| id == wanted)
    };
    if let Some(place) = devices.iter().position(is_exact) {
        return Ok(devices.swap_remove(place));
    }
    let word = wanted.to_lowercase();
    let names = |devices: &[Found]| {
        let names: Vec<String> =
            devices.iter().map(|found| format!("'{}' ({})", found.name, found.id)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let expected = names(&devices);
    devices
        .retain(|found| found.name.to_lowercase().contains(&word) || found.id.to_lowercase().contains(&word));
    match devices.len() {
        0 => Err(DeviceError::NoDevice { direction, wanted: wanted.to_owned(), expected }),
        1 => Ok(devices.remove(0)),
        _ => Err(DeviceError::Ambiguous { direction, wanted: wanted.to_owned(), found: names(&devices) }),
    }
}

/// ALSA's plugins, which it lists like devices: what they lead to is listed by its own name.
const ALSA_PLUGINS: [&str; 11] = [
    "null",
    "lavrate",
    "samplerate",
    "speexrate",
    "speex",
    "upmix",
    "vdownmix",
    "oss",
    "jack",
    "pulse",
    "pipewire",
];

/// Whether a device is one that a person would choose.
fn is_for_people(device: &DeviceInfo) -> bool {
    !device.id.strip_prefix("alsa:").is_some_and(|id| ALSA_PLUGINS.contains(&id))
}

/// ALSA's library writes to standard error whatever it does not find; this thread's part of that is kept from the user, who is told
/// what matters by the errors themselves.
fn quieten() {
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    {
        // Without it there is only more to read.
        let _ = alsa::Output::local_error_handler();
    }
}

/// Everything that all of `hosts` offer.
#[must_use]
pub fn list(hosts: &dyn Hosts) -> Vec<DeviceInfo> {
    quieten();
    let devices = hosts.all().into_iter().flat_map(|host| {
        let of = |direction| infos(&host, direction);
        of(Direction::Input).into_iter().chain(of(Direction::Output))
    });
    devices.filter(is_for_people).collect()
}

fn infos(host: &Host, direction: Direction) -> Vec<DeviceInfo> {
    let default_id = default_of(host, direction).map(|found| found.id);
    devices_of(host, direction)
        .into_iter()
        .map(|found| {
            let config = match direction {
                Direction::Input => found.device.default_input_config(),
                Direction::Output => found.device.default_output_config(),
            };
            let config = config.ok();
            DeviceInfo {
                is_default: default_id.as_ref() == Some(&found.id),
                id: found.id,
                name: found.name,
                host: host.id().name().to_owned(),
                direction,
                sample_rate_hz: config.as_ref().map(cpal::SupportedStreamConfig::sample_rate),
                num_channels: config.as_ref().map(cpal::SupportedStreamConfig::channels),
            }
        })
        .collect()
}

/// The host that an id names by its first word.
#[must_use]
pub fn host_in_id(id: &str) -> Option<&str> {
    let (host, _) = id.split_once(':')?;
    cpal::ALL_HOSTS.iter().any(|known| known.name().eq_ignore_ascii_case(host)).then_some(host)
}

/// Whether an input hears what an output plays, by its very nature: PulseAudio and PipeWire call such inputs monitors.
#[must_use]
pub fn is_monitor_of(input_id: &str, output_id: &str) -> bool {
    input_id.strip_suffix(".monitor") == Some(output_id)
}
