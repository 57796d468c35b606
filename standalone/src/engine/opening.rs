//! From what is wanted to streams that run.

use super::EngineSettings;
use super::core::{Core, CoreSpec, Running};
use super::gauges::Gauges;
use super::intake::{IntakeSpec, intake};
use super::streams::{Format, Wish, choose, open_input, open_output};
use crate::devices::{DeviceError, Direction, Found, Hosts, find, host_in_id, is_monitor_of};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{HostId, Stream};
use lacquer_dsp::processor::PrepareError;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// The ring between the callbacks holds so much, in seconds.
const RING_S: f64 = 1.0;

/// Why nothing runs.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A device is not there or does not let us.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// No chain takes the format.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// What was asked of the channels cannot be.
    #[error("input channels {wanted:?} were asked for: expected one or two of 1 to {num_channels}")]
    Channels {
        /// What was asked for.
        wanted: Vec<u16>,
        /// What the device has.
        num_channels: u16,
    },
}

/// Devices that were found, with the formats that they will be opened in; and their streams once they are.
pub struct Open {
    /// None while a file plays.
    pub input: Option<Found>,
    /// Where the sound goes.
    pub output: Found,
    /// See `input`.
    pub input_format: Option<Format>,
    /// See `output`.
    pub output_format: Format,
    channels: [usize; 2],
    num_channels: usize,
    is_one_clock: bool,
    /// The streams. The output's is dropped first: it holds the core.
    pub output_stream: Option<Stream>,
    input_stream: Option<Stream>,
}

/// Finds the devices and chooses their formats. `num_play_channels` is set while a file plays, which needs no input.
pub fn plan(
    hosts: &dyn Hosts,
    settings: &EngineSettings,
    num_play_channels: Option<usize>,
) -> Result<Open, OpenError> {
    let host = hosts.open(host_of(Direction::Output, settings))?;
    let output = find(&host, Direction::Output, settings.output.as_deref())?;
    let wish = Wish {
        sample_rate_hz: settings.sample_rate_hz,
        buffer_frames: settings.buffer_frames,
        num_channels: 2,
    };
    let output_format = choose(&output, Direction::Output, &wish)?;
    let mut open = Open {
        input: None,
        output,
        input_format: None,
        output_format,
        channels: [0, 1],
        num_channels: num_play_channels.unwrap_or(2),
        is_one_clock: false,
        output_stream: None,
        input_stream: None,
    };
    if num_play_channels.is_none() {
        let name = host_of(Direction::Input, settings);
        let other_host =
            (name != host_of(Direction::Output, settings)).then(|| hosts.open(name)).transpose()?;
        let input = find(other_host.as_ref().unwrap_or(&host), Direction::Input, settings.input.as_deref())?;
        open.choose_input(input, settings)?;
    }
    Ok(open)
}

/// The host of a side: the one that its device's id names, or the one that was asked for, or the other side's.
fn host_of(direction: Direction, settings: &EngineSettings) -> Option<&str> {
    let (own, other) = match direction {
        Direction::Input => (&settings.input, &settings.output),
        Direction::Output => (&settings.output, &settings.input),
    };
    own.as_deref()
        .and_then(host_in_id)
        .or(settings.host.as_deref())
        .or_else(|| other.as_deref().and_then(host_in_id))
}

/// The audio system that moves a stream to another device without a word when its own goes.
const SILENT_MOVER: &str = "pulseaudio";

impl Open {
    /// The name of a device that is no longer there, where its system would not say so. Asks the system, which takes a moment.
    pub fn missing(&self, hosts: &dyn Hosts) -> Option<String> {
        let sides = [(Direction::Output, Some(&self.output)), (Direction::Input, self.input.as_ref())];
        let mut moved = sides
            .into_iter()
            .filter_map(|(direction, found)| Some((direction, found?)))
            .filter(|(_, found)| host_in_id(&found.id) == Some(SILENT_MOVER))
            .peekable();
        moved.peek()?;
        // A server that does not answer is noticed by the streams.
        let host = hosts.open(Some(SILENT_MOVER)).ok()?;
        let is_gone = |(direction, found): &(Direction, &Found)| {
            matches!(find(&host, *direction, Some(&found.id)), Err(DeviceError::NoDevice { .. }))
        };
        moved.find(is_gone).map(|(_, found)| found.name.clone())
    }

    fn choose_input(&mut self, input: Found, settings: &EngineSettings) -> Result<(), OpenError> {
        let last_wanted = settings.input_channels.iter().flatten().copied().max();
        let wish = |sample_rate_hz| Wish {
            sample_rate_hz,
            buffer_frames: settings.buffer_frames,
            num_channels: last_wanted.unwrap_or(1),
        };
        // The output's rate, if the device takes it; otherwise its own, and the resampler sees to the rest.
        let rate_hz = self.output_format.config.sample_rate;
        let format = choose(&input, Direction::Input, &wish(Some(rate_hz)))
            .or_else(|_| choose(&input, Direction::Input, &wish(None)))?;
        let num_device_channels = format.config.channels;
        let wanted =
            settings.input_channels.clone().unwrap_or_else(|| (1..=num_device_channels.min(2)).collect());
        let is_there = |channel: &u16| (1..=num_device_channels).contains(channel);
        (self.channels, self.num_channels) = match wanted.as_slice() {
            [only] if is_there(only) => ([usize::from(*only) - 1; 2], 1),
            [left, right] if is_there(left) && is_there(right) => {
                ([usize::from(*left) - 1, usize::from(*right) - 1], 2)
            }
            _ => return Err(OpenError::Channels { wanted, num_channels: num_device_channels }),
        };
        self.is_one_clock = format.config.sample_rate == rate_hz && is_one_clock(&input, &self.output);
        (self.input, self.input_format) = (Some(input), Some(format));
        Ok(())
    }

    /// What the core must be made for.
    pub fn spec(&self) -> CoreSpec {
        CoreSpec {
            sample_rate_hz: f64::from(self.output_format.config.sample_rate),
            num_channels: self.num_channels,
        }
    }

    /// Opens the streams around a core, and lets them run. When that fails the core goes home.
    pub fn open(mut self, core: Core, gauges: &Arc<Gauges>, home: &Sender<Core>) -> Result<Self, OpenError> {
        let out_hz = self.spec().sample_rate_hz;
        let in_hz = self.input_format.map_or(out_hz, |format| f64::from(format.config.sample_rate));
        let spec = IntakeSpec {
            in_hz,
            out_hz,
            is_one_clock: self.is_one_clock,
            capacity_frames: (RING_S * in_hz) as usize,
        };
        let (inlet, intake) = intake(&spec, gauges);
        let running = Running::new(core, intake, Arc::clone(gauges), home.clone());
        let refused = |direction: Direction, name: &str, e: &cpal::Error| DeviceError::Refused {
            direction,
            name: name.to_owned(),
            reason: e.to_string(),
        };
        let output = open_output(&self.output, &self.output_format, running, gauges)
            .map_err(|e| refused(Direction::Output, &self.output.name, &e))?;
        // The output first: what the input brought before would wait for ever.
        output.play().map_err(|e| refused(Direction::Output, &self.output.name, &e))?;
        if let (Some(input), Some(format)) = (&self.input, &self.input_format) {
            let stream = open_input(input, format, self.channels, inlet, gauges)
                .and_then(|stream| stream.play().map(|()| stream))
                .map_err(|e| refused(Direction::Input, &input.name, &e))?;
            self.input_stream = Some(stream);
        }
        self.output_stream = Some(output);
        Ok(self)
    }

    /// What is heard.
    pub fn input_name(&self) -> &str {
        self.input.as_ref().map_or("a file", |input| &input.name)
    }

    /// As the user is told.
    pub fn format_in_words(&self) -> String {
        let out_hz = self.output_format.config.sample_rate;
        let channels = if self.num_channels == 1 { "mono" } else { "stereo" };
        match self.input_format.map(|format| format.config.sample_rate) {
            Some(in_hz) if in_hz != out_hz => format!("{channels}, {in_hz} Hz resampled to {out_hz} Hz"),
            _ => format!("{channels}, {out_hz} Hz"),
        }
    }

    /// Whether the input hears what the output plays, by its very nature.
    pub fn is_loop(&self) -> bool {
        self.input.as_ref().is_some_and(|input| is_monitor_of(&input.id, &self.output.id))
    }

    /// How many channels the chain has.
    pub fn num_channels(&self) -> usize {
        self.num_channels
    }
}

/// Whether input and output are driven by one clock: a device that serves both, or one server that everything follows.
fn is_one_clock(input: &Found, output: &Found) -> bool {
    let host = |found: &Found| found.device.id().ok().map(|id| id.host());
    let is_jack = |host: Option<HostId>| host.is_some_and(|host| host.name().eq_ignore_ascii_case("jack"));
    (is_jack(host(input)) && is_jack(host(output))) || (input.id == output.id && is_a_device(&input.id))
}

/// Whether an id names one device. ALSA's other names, `default` above all, lead to whatever the machine is set to, which may be one
/// device for the input and another for the output.
fn is_a_device(id: &str) -> bool {
    let Some(name) = id.strip_prefix("alsa:") else { return true };
    ["hw:", "plughw:"].iter().any(|plain| name.starts_with(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn each_side_has_its_own_host() {
        let settings = |host: Option<&str>, input: Option<&str>, output: Option<&str>| {
            let [host, input, output] = [host, input, output].map(|word| word.map(str::to_owned));
            EngineSettings { host, input, output, ..EngineSettings::default() }
        };
        let hosts = |settings: &EngineSettings| {
            [Direction::Input, Direction::Output].map(|side| host_of(side, settings).map(str::to_owned))
        };
        let named = |input: &str, output: &str| [Some(input.to_owned()), Some(output.to_owned())];
        assert_eq!(hosts(&settings(None, None, None)), [None, None]);
        // A default follows what was asked for, then the other side.
        assert_eq!(hosts(&settings(None, Some("ALSA:hw:0"), None)), named("ALSA", "ALSA"));
        assert_eq!(hosts(&settings(Some("jack"), Some("alsa:hw:0"), None)), named("alsa", "jack"));
        assert_eq!(hosts(&settings(Some("jack"), Some("Scarlett"), None)), named("jack", "jack"));
        assert_eq!(hosts(&settings(None, Some("alsa:hw:0"), Some("alsa:hw:1"))), named("alsa", "alsa"));
        // A colon in a name makes it no id.
        assert_eq!(hosts(&settings(None, Some("Line: 1"), None)), [None, None]);
    }

    #[test]
    fn only_names_of_hardware_tell_of_one_clock() {
        assert!(is_a_device("alsa:hw:CARD=USB,DEV=0") && is_a_device("alsa:plughw:1,0"));
        assert!(is_a_device("coreaudio:AppleUSBAudioEngine"));
        for id in ["alsa:default", "alsa:sysdefault:CARD=PCH", "alsa:pulse", "alsa:dsnoop:0"] {
            assert!(!is_a_device(id), "{id}");
        }
    }
}
