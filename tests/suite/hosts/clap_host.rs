//! A CLAP host: it loads the bundle, holds its parameters, and processes on a thread of its own as hosts do.

use super::bundles::bundle;
use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
use clack_extensions::latency::{HostLatency, HostLatencyImpl, PluginLatency};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamInfoBuffer,
    ParamRescanFlags, PluginParams,
};
use clack_extensions::state::{HostState, HostStateImpl, PluginState};
use clack_host::events::Pckn;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use lacquer_dsp::param::{Param, Unit};
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the plugin has asked for.
#[derive(Default)]
pub struct Asked {
    pub num_restarts: AtomicUsize,
}

impl SharedHandler<'_> for Asked {
    fn request_restart(&self) {
        self.num_restarts.fetch_add(1, Ordering::SeqCst);
    }

    fn request_process(&self) {}

    fn request_callback(&self) {}
}

impl HostParamsImplShared for Asked {
    fn request_flush(&self) {}
}

/// Nothing is to be done on the main thread that the tests do not do themselves.
pub struct MainThread;

impl MainThreadHandler<'_> for MainThread {}

impl HostParamsImplMainThread for MainThread {
    fn rescan(&self, _: ParamRescanFlags) {}
    fn clear(&self, _: ClapId, _: ParamClearFlags) {}
}

impl HostLatencyImpl for MainThread {
    fn changed(&self) {}
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {}
}

pub struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Asked;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Self::Shared<'_>) {
        builder.register::<HostParams>().register::<HostLatency>().register::<HostState>();
    }
}

/// A parameter as the host is told it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldParam {
    pub id: ClapId,
    pub name: String,
    pub module: String,
    pub range: [f64; 3],
}

/// A change of a parameter at a frame of the whole piece.
pub struct Change {
    pub frame: usize,
    pub param: &'static Param,
    pub value: f64,
}

/// An instance of the plugin in the host.
pub struct ClapHost {
    pub instance: PluginInstance<Handlers>,
    pub told: Vec<ToldParam>,
}

impl ClapHost {
    /// Loads the bundle and makes an instance.
    #[expect(unsafe_code, reason = "a plugin is code of its own; this one is ours")]
    pub fn new() -> Self {
        // SAFETY: the bundle was built from this workspace and keeps to the CLAP interface.
        let entry = unsafe { PluginEntry::load(bundle("Lacquer.clap")) }.expect("the bundle loads");
        let info = HostInfo::new("Lacquer's tests", "Lacquer", "", "1").unwrap();
        let factory = entry.get_plugin_factory().expect("there is a factory");
        let descriptor = factory.plugin_descriptor(0).expect("there is a plugin");
        let id = descriptor.id().expect("it has an id").to_owned();
        let mut instance =
            PluginInstance::new(|_| Asked::default(), |_| MainThread, &entry, &id, &info).unwrap();
        let told = told_params(&mut instance);
        Self { instance, told }
    }

    fn extension<
        E: clack_host::extensions::Extension<ExtensionSide = clack_host::extensions::PluginExtensionSide>,
    >(
        &mut self,
    ) -> E {
        self.instance.plugin_handle().get_extension().expect("the plugin has the extension")
    }

    /// What the host calls a row of the table.
    pub fn id_of(&self, param: &Param) -> ClapId {
        let told = self.told.iter().find(|told| told.name == param.name);
        told.unwrap_or_else(|| panic!("the host was not told of {}", param.id)).id
    }

    /// Chooses the layout of so many channels.
    pub fn choose_layout(&mut self, num_channels: u32) {
        let configs: PluginAudioPortsConfig = self.extension();
        let handle = self.instance.plugin_handle();
        let mut buffer = AudioPortsConfigBuffer::new();
        let id = (0..configs.count(&handle)).find_map(|idx| {
            let config = configs.get(&handle, idx, &mut buffer)?;
            (config.main_input?.channel_count == num_channels).then_some(config.id)
        });
        configs.select(&handle, id.expect("there is such a layout")).unwrap();
    }

    /// The host's number for a parameter.
    pub fn get(&mut self, id: ClapId) -> f64 {
        let params: PluginParams = self.extension();
        params.get_value(&self.instance.plugin_handle(), id).expect("the parameter is there")
    }

    /// A number as the plugin writes it.
    pub fn text(&mut self, id: ClapId, value: f64) -> String {
        let params: PluginParams = self.extension();
        let mut buffer = [0; 128];
        let text = params.value_to_text(&self.instance.plugin_handle(), id, value, &mut buffer).unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    }

    /// The number of a text.
    pub fn number(&mut self, id: ClapId, text: &str) -> Option<f64> {
        let params: PluginParams = self.extension();
        let text = std::ffi::CString::new(text).unwrap();
        params.text_to_value(&self.instance.plugin_handle(), id, &text)
    }

    /// Sets parameters while nothing is processed.
    pub fn flush(&mut self, settings: &ChainSettings) {
        let params: PluginParams = self.extension();
        let mut events = EventBuffer::new();
        for param in params::all() {
            let event = ParamValueEvent::new(
                0,
                self.id_of(param),
                Pckn::match_all(),
                host_value(param, param.get(settings)),
            );
            events.push(&event);
        }
        let mut out = EventBuffer::new();
        let mut handle = self.instance.inactive_plugin_handle().expect("it is not active");
        params.flush(
            &mut handle,
            &InputEvents::from_buffer(&events),
            &mut OutputEvents::from_buffer(&mut out),
        );
    }

    /// The latency that the host is told.
    pub fn latency_samples(&mut self) -> u32 {
        let latency: PluginLatency = self.extension();
        latency.get(&self.instance.plugin_handle())
    }

    /// The saved state.
    pub fn save(&mut self) -> Vec<u8> {
        let state: PluginState = self.extension();
        let mut bytes = Vec::new();
        state.save(&self.instance.plugin_handle(), &mut bytes).expect("a state can be saved");
        bytes
    }

    /// Loads a state; false when the plugin refuses it.
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        let state: PluginState = self.extension();
        state.load(&self.instance.plugin_handle(), &mut &bytes[..]).is_ok()
    }

    /// Every parameter as the plugin holds it.
    pub fn settings(&mut self) -> ChainSettings {
        let mut settings = ChainSettings::default();
        for param in params::all() {
            let value = self.get(self.id_of(param));
            param.set(&mut settings, table_value(param, value)).unwrap();
        }
        settings
    }

    /// Activates, processes a piece on another thread in blocks of these lengths, which repeat, and deactivates. What comes out is as
    /// long as what went in, and late by the latency.
    pub fn process(
        &mut self,
        rate_hz: f64,
        audio: &[Vec<f32>],
        block_lens: &[usize],
        changes: &[Change],
    ) -> Vec<Vec<f32>> {
        let longest = *block_lens.iter().max().expect("there is a block") as u32;
        let configuration =
            PluginAudioConfiguration { sample_rate: rate_hz, min_frames_count: 1, max_frames_count: longest };
        let events: Vec<(usize, ClapId, f64)> = changes
            .iter()
            .map(|change| (change.frame, self.id_of(change.param), host_value(change.param, change.value)))
            .collect();
        let stopped = self.instance.activate(|_, _| (), configuration).expect("it can be activated");
        let mut output = vec![Vec::with_capacity(audio[0].len()); audio.len()];
        let stopped = std::thread::scope(|scope| {
            let output = &mut output;
            let work = move || {
                let Ok(mut started) = stopped.start_processing() else { panic!("it cannot be started") };
                let (mut start, mut lens) = (0, block_lens.iter().cycle());
                while start < audio[0].len() {
                    let end = audio[0].len().min(start + lens.next().expect("they repeat"));
                    process_block(&mut started, audio, start..end, &events, output);
                    start = end;
                }
                started.stop_processing()
            };
            scope.spawn(work).join().expect("the audio thread ends")
        });
        self.instance.deactivate(stopped);
        output
    }
}

pub fn process_block(
    started: &mut StartedPluginAudioProcessor<Handlers>,
    audio: &[Vec<f32>],
    range: std::ops::Range<usize>,
    events: &[(usize, ClapId, f64)],
    output: &mut [Vec<f32>],
) {
    let mut buffer = EventBuffer::new();
    for (frame, id, value) in events.iter().filter(|(frame, ..)| range.contains(frame)) {
        let time = (frame - range.start) as u32;
        buffer.push(&ParamValueEvent::new(time, *id, Pckn::match_all(), *value));
    }
    let mut input: Vec<Vec<f32>> = audio.iter().map(|channel| channel[range.clone()].to_vec()).collect();
    let mut out = vec![vec![0.0_f32; range.len()]; audio.len()];
    let (mut in_ports, mut out_ports) =
        (AudioPorts::with_capacity(audio.len(), 1), AudioPorts::with_capacity(audio.len(), 1));
    let in_audio = in_ports.with_input_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_input_only(input.iter_mut().map(InputChannel::variable)),
    }]);
    let mut out_audio = out_ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(out.iter_mut().map(Vec::as_mut_slice)),
    }]);
    let mut out_events = EventBuffer::new();
    started
        .process(
            &in_audio,
            &mut out_audio,
            &InputEvents::from_buffer(&buffer),
            &mut OutputEvents::from_buffer(&mut out_events),
            Some(range.start as u64),
            None,
        )
        .expect("a block is processed");
    for (all, block) in output.iter_mut().zip(out) {
        all.extend(block);
    }
}

fn told_params(instance: &mut PluginInstance<Handlers>) -> Vec<ToldParam> {
    let handle = instance.plugin_handle();
    let params: PluginParams = handle.get_extension().expect("it has parameters");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (0..params.count(&handle))
        .map(|idx| {
            let mut buffer = ParamInfoBuffer::new();
            let info = params.get_info(&handle, idx, &mut buffer).expect("it is described");
            let range = [info.min_value, info.default_value, info.max_value];
            ToldParam { id: info.id, name: text(info.name), module: text(info.module), range }
        })
        .collect()
}

/// The number that a host has for a value: a position of what has a range, else the count of steps.
pub fn host_value(param: &Param, value: f64) -> f64 {
    match param.unit {
        Unit::Switch | Unit::Count | Unit::Choice(_) => value - param.min,
        _ => f64::from(param.to_normalized(value) as f32),
    }
}

/// The other way.
pub fn table_value(param: &Param, value: f64) -> f64 {
    match param.unit {
        Unit::Switch | Unit::Count | Unit::Choice(_) => value + param.min,
        _ => param.from_host_position(value as f32),
    }
}
