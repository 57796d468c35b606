//! A cpal host without a clock: the test moves its streams, takes devices away and lets errors come.

use cpal::platform::CustomHost;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    Data, DeviceDescription, DeviceDescriptionBuilder, DeviceId, Error, ErrorKind, FrameCount, Host, HostId,
    InputCallbackInfo, InputStreamTimestamp, OutputCallbackInfo, OutputStreamTimestamp, SampleFormat,
    StreamConfig, StreamInstant, SupportedBufferSize, SupportedStreamConfig, SupportedStreamConfigRange,
};
use lacquer::devices::{DeviceError, Direction, Hosts};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type InputCallback = Box<dyn FnMut(&Data, &InputCallbackInfo) + Send>;
type OutputCallback = Box<dyn FnMut(&mut Data, &OutputCallbackInfo) + Send>;
type ErrorCallback = Box<dyn FnMut(Error) + Send>;

/// The callbacks of a stream that is open.
enum Callback {
    Input(InputCallback),
    Output(OutputCallback),
}

#[derive(Default)]
struct Slot {
    callback: Mutex<Option<(Callback, StreamConfig, SampleFormat)>>,
    errors: Mutex<Option<ErrorCallback>>,
    is_playing: AtomicBool,
}

/// A device of the bench.
pub(crate) struct BenchDevice {
    name: Mutex<&'static str>,
    pub(crate) direction: Direction,
    pub(crate) num_channels: u16,
    pub(crate) sample_format: SampleFormat,
    rate_hz: AtomicU32,
    is_there: AtomicBool,
    slot: Slot,
}

/// The bench itself: one microphone, one pair of loudspeakers.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) input: Arc<BenchDevice>,
    pub(crate) output: Arc<BenchDevice>,
    is_server_up: Arc<AtomicBool>,
    /// What the streams' clock says, in nanoseconds.
    time_ns: Arc<AtomicU64>,
}

impl Bench {
    pub(crate) fn new(rates_hz: [u32; 2]) -> Self {
        Self::with_formats(rates_hz, [2, 2], [SampleFormat::F32; 2])
    }

    pub(crate) fn with_formats(
        rates_hz: [u32; 2],
        num_channels: [u16; 2],
        formats: [SampleFormat; 2],
    ) -> Self {
        let device = |side: usize, name, direction| {
            Arc::new(BenchDevice {
                name: Mutex::new(name),
                direction,
                num_channels: num_channels[side],
                sample_format: formats[side],
                rate_hz: AtomicU32::new(rates_hz[side]),
                is_there: AtomicBool::new(true),
                slot: Slot::default(),
            })
        };
        Self {
            input: device(0, "Microphone", Direction::Input),
            output: device(1, "Loudspeakers", Direction::Output),
            is_server_up: Arc::new(AtomicBool::new(true)),
            time_ns: Arc::default(),
        }
    }

    /// The clock of the streams says this from now on.
    pub(crate) fn set_time_s(&self, time_s: f64) {
        self.time_ns.store((time_s * 1e9) as u64, Ordering::SeqCst);
    }

    fn time(&self) -> StreamInstant {
        StreamInstant::ZERO + Duration::from_nanos(self.time_ns.load(Ordering::SeqCst))
    }

    /// A callback of the input with these frames, if it is open.
    pub(crate) fn capture(&self, frames: &[[f32; 2]]) {
        self.input.run(frames.len(), self.time(), |samples, width| {
            for (frame, place) in frames.iter().zip(samples.chunks_exact_mut(width)) {
                for (sample, channel) in place.iter_mut().enumerate() {
                    *channel = frame[sample.min(1)];
                }
            }
        });
    }

    /// A callback of the output; nothing when it is not open.
    pub(crate) fn play(&self, num_frames: usize) -> Vec<[f32; 2]> {
        self.output.run(num_frames, self.time(), |_, _| ())
    }

    /// The server dies, or comes back.
    pub(crate) fn set_server(&self, is_up: bool) {
        self.is_server_up.store(is_up, Ordering::SeqCst);
        if !is_up {
            self.input.fail(ErrorKind::StreamInvalidated);
            self.output.fail(ErrorKind::StreamInvalidated);
        }
    }
}

impl BenchDevice {
    fn name(&self) -> &'static str {
        *self.name.lock().unwrap()
    }

    /// Another device stands in its place.
    pub(crate) fn set_name(&self, name: &'static str) {
        *self.name.lock().unwrap() = name;
    }

    /// It is unplugged, or plugged in again.
    pub(crate) fn set_there(&self, is_there: bool) {
        self.is_there.store(is_there, Ordering::SeqCst);
        if !is_there {
            self.fail(ErrorKind::DeviceNotAvailable);
        }
    }

    /// Its rate is changed by somebody else.
    pub(crate) fn set_rate_hz(&self, rate_hz: u32) {
        self.rate_hz.store(rate_hz, Ordering::SeqCst);
        self.fail(ErrorKind::StreamInvalidated);
    }

    pub(crate) fn fail(&self, kind: ErrorKind) {
        if let Some(errors) = self.slot.errors.lock().unwrap().as_mut() {
            errors(Error::new(kind));
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.slot.callback.lock().unwrap().is_some() && self.slot.is_playing.load(Ordering::SeqCst)
    }

    /// Runs the callback on a buffer of f32 that `fill` prepares, and returns what is in its first two channels afterwards.
    fn run(
        &self,
        num_frames: usize,
        now: StreamInstant,
        fill: impl FnOnce(&mut [f32], usize),
    ) -> Vec<[f32; 2]> {
        let mut place = self.slot.callback.lock().unwrap();
        let Some((callback, config, format)) = place.as_mut() else { return Vec::new() };
        let width = usize::from(config.channels);
        let mut samples = vec![0.0_f32; num_frames * width];
        fill(&mut samples, width);
        let mut bytes = Bytes::new(*format, &samples);
        match callback {
            Callback::Input(callback) => {
                let info = InputCallbackInfo::new(InputStreamTimestamp { callback: now, capture: now });
                callback(&bytes.data(), &info);
            }
            Callback::Output(callback) => {
                let info = OutputCallbackInfo::new(OutputStreamTimestamp { callback: now, playback: now });
                callback(&mut bytes.data(), &info);
            }
        }
        let samples = bytes.to_f32();
        samples.chunks_exact(width).map(|frame| [frame[0], frame[usize::from(width > 1)]]).collect()
    }

    fn config(&self) -> SupportedStreamConfig {
        let range = SupportedBufferSize::Range { min: 16, max: 8192 };
        SupportedStreamConfig::new(
            self.num_channels,
            self.rate_hz.load(Ordering::SeqCst),
            range,
            self.sample_format,
        )
    }
}

/// A buffer in a device's own format.
enum Bytes {
    F32(Vec<f32>),
    I16(Vec<i16>),
}

impl Bytes {
    fn new(format: SampleFormat, samples: &[f32]) -> Self {
        match format {
            SampleFormat::F32 => Self::F32(samples.to_vec()),
            SampleFormat::I16 => Self::I16(samples.iter().map(|sample| (sample * 32768.0) as i16).collect()),
            other => panic!("the bench has no {other}"),
        }
    }

    #[expect(unsafe_code, reason = "this is how a cpal host hands its buffers over")]
    fn data(&mut self) -> Data {
        // SAFETY: pointer, length and format describe the vector, which outlives the callback.
        match self {
            Self::F32(samples) => unsafe {
                Data::from_parts(samples.as_mut_ptr().cast(), samples.len(), SampleFormat::F32)
            },
            Self::I16(samples) => unsafe {
                Data::from_parts(samples.as_mut_ptr().cast(), samples.len(), SampleFormat::I16)
            },
        }
    }

    fn to_f32(&self) -> Vec<f32> {
        match self {
            Self::F32(samples) => samples.clone(),
            Self::I16(samples) => samples.iter().map(|sample| f32::from(*sample) / 32768.0).collect(),
        }
    }
}

impl Hosts for Bench {
    fn open(&self, _: Option<&str>) -> Result<Host, DeviceError> {
        if self.is_server_up.load(Ordering::SeqCst) {
            Ok(Host::from(CustomHost::from_host(BenchHost(self.clone()))))
        } else {
            Err(DeviceError::HostSilent { host: "bench".into(), reason: "it is switched off".into() })
        }
    }

    fn all(&self) -> Vec<Host> {
        self.open(None).into_iter().collect()
    }
}

#[derive(Clone)]
struct BenchHost(Bench);

#[derive(Clone)]
struct Handle(Arc<BenchDevice>);

struct BenchStream(Arc<BenchDevice>);

impl HostTrait for BenchHost {
    type Devices = std::vec::IntoIter<Handle>;
    type Device = Handle;

    fn is_available() -> bool {
        true
    }

    fn devices(&self) -> Result<Self::Devices, Error> {
        let devices = [&self.0.input, &self.0.output].map(|device| Handle(Arc::clone(device)));
        let there = |handle: &Handle| handle.0.is_there.load(Ordering::SeqCst);
        Ok(devices.into_iter().filter(there).collect::<Vec<_>>().into_iter())
    }

    fn default_input_device(&self) -> Option<Handle> {
        self.devices().ok()?.find(|handle| handle.0.direction == Direction::Input)
    }

    fn default_output_device(&self) -> Option<Handle> {
        self.devices().ok()?.find(|handle| handle.0.direction == Direction::Output)
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Handle {}

impl std::hash::Hash for Handle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Handle {
    fn configs(&self, direction: Direction) -> std::vec::IntoIter<SupportedStreamConfigRange> {
        if self.0.direction != direction {
            return Vec::new().into_iter();
        }
        let config = self.0.config();
        let rate_hz = config.sample_rate();
        let range = SupportedStreamConfigRange::new(
            config.channels(),
            rate_hz,
            rate_hz,
            *config.buffer_size(),
            config.sample_format(),
        );
        vec![range].into_iter()
    }

    fn default_config(&self, direction: Direction) -> Result<SupportedStreamConfig, Error> {
        if self.0.direction == direction {
            Ok(self.0.config())
        } else {
            Err(Error::new(ErrorKind::UnsupportedOperation))
        }
    }

    fn open(
        &self,
        callback: Callback,
        errors: ErrorCallback,
        config: StreamConfig,
        format: SampleFormat,
    ) -> Result<BenchStream, Error> {
        let device = &self.0;
        if !device.is_there.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::DeviceNotAvailable));
        }
        if config.sample_rate != device.rate_hz.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::UnsupportedConfig));
        }
        *device.slot.callback.lock().unwrap() = Some((callback, config, format));
        *device.slot.errors.lock().unwrap() = Some(errors);
        Ok(BenchStream(Arc::clone(device)))
    }
}

impl DeviceTrait for Handle {
    type SupportedInputConfigs = std::vec::IntoIter<SupportedStreamConfigRange>;
    type SupportedOutputConfigs = std::vec::IntoIter<SupportedStreamConfigRange>;
    type Stream = BenchStream;

    fn description(&self) -> Result<DeviceDescription, Error> {
        Ok(DeviceDescriptionBuilder::new(self.0.name()).build())
    }

    fn id(&self) -> Result<DeviceId, Error> {
        Ok(DeviceId::new(HostId::Custom, self.0.name().to_lowercase()))
    }

    fn supported_input_configs(&self) -> Result<Self::SupportedInputConfigs, Error> {
        Ok(self.configs(Direction::Input))
    }

    fn supported_output_configs(&self) -> Result<Self::SupportedOutputConfigs, Error> {
        Ok(self.configs(Direction::Output))
    }

    fn default_input_config(&self) -> Result<SupportedStreamConfig, Error> {
        self.default_config(Direction::Input)
    }

    fn default_output_config(&self) -> Result<SupportedStreamConfig, Error> {
        self.default_config(Direction::Output)
    }

    fn build_input_stream_raw<D, E>(
        &self,
        config: StreamConfig,
        format: SampleFormat,
        callback: D,
        errors: E,
        _: Option<Duration>,
    ) -> Result<BenchStream, Error>
    where
        D: FnMut(&Data, &InputCallbackInfo) + Send + 'static,
        E: FnMut(Error) + Send + 'static,
    {
        self.open(Callback::Input(Box::new(callback)), Box::new(errors), config, format)
    }

    fn build_output_stream_raw<D, E>(
        &self,
        config: StreamConfig,
        format: SampleFormat,
        callback: D,
        errors: E,
        _: Option<Duration>,
    ) -> Result<BenchStream, Error>
    where
        D: FnMut(&mut Data, &OutputCallbackInfo) + Send + 'static,
        E: FnMut(Error) + Send + 'static,
    {
        self.open(Callback::Output(Box::new(callback)), Box::new(errors), config, format)
    }
}

impl StreamTrait for BenchStream {
    fn play(&self) -> Result<(), Error> {
        self.0.slot.is_playing.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn pause(&self) -> Result<(), Error> {
        self.0.slot.is_playing.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn buffer_size(&self) -> Result<FrameCount, Error> {
        Err(Error::new(ErrorKind::UnsupportedOperation))
    }

    fn now(&self) -> StreamInstant {
        StreamInstant::ZERO
    }
}

impl Drop for BenchStream {
    fn drop(&mut self) {
        self.0.slot.is_playing.store(false, Ordering::SeqCst);
        let callback = self.0.slot.callback.lock().unwrap().take();
        let errors = self.0.slot.errors.lock().unwrap().take();
        drop((callback, errors));
    }
}
