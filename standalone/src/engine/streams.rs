//! Opening a stream: which format of those that the device takes, and the callbacks around our own code.
//!
//! A callback allocates nothing, locks nothing, and lets no panic out: one that panics says so in its gauges and is silent from
//! then on. The only thing it asks of the system is the time, for the load, which the system answers without a call.

use super::core::Running;
use super::gauges::{Gauges, StreamEnd};
use super::intake::Inlet;
use crate::devices::{DeviceError, Direction, Found};
use assert_no_alloc::assert_no_alloc;
use cpal::traits::DeviceTrait;
use cpal::{
    BufferSize, Error, FromSample, HostId, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig, SupportedStreamConfigRange,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// How a stream is to be opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Format {
    /// Rate, channels and buffer.
    pub config: StreamConfig,
    /// How a sample is stored.
    pub sample_format: SampleFormat,
}

/// What is asked of a device beside its direction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Wish {
    /// In Hz; none: what the device is set to.
    pub sample_rate_hz: Option<u32>,
    /// In frames; none: what the system chooses.
    pub buffer_frames: Option<u32>,
    /// The fewest channels that will do.
    pub num_channels: u16,
}

/// The format of a device that comes nearest to a wish.
///
/// # Errors
/// When the device tells none that we can use.
pub fn choose(found: &Found, direction: Direction, wish: &Wish) -> Result<Format, DeviceError> {
    let refused = |reason: String| DeviceError::Refused { direction, name: found.name.clone(), reason };
    let (default, all) = match direction {
        Direction::Input => (
            found.device.default_input_config(),
            found.device.supported_input_configs().map(Iterator::collect::<Vec<_>>),
        ),
        Direction::Output => (
            found.device.default_output_config(),
            found.device.supported_output_configs().map(Iterator::collect::<Vec<_>>),
        ),
    };
    let default = default.map_err(|e| refused(e.to_string()))?;
    let all = all.unwrap_or_default();
    let rate_hz = wish.sample_rate_hz.unwrap_or(default.sample_rate());
    let is_default_good = is_ours(default.sample_format())
        && default.sample_rate() == rate_hz
        && default.channels() >= wish.num_channels;
    let chosen = if is_default_good { Some(default) } else { best_of(&all, rate_hz, wish.num_channels) };
    let chosen = chosen.ok_or_else(|| refused(format!("it takes no {rate_hz} Hz in a format of ours")))?;
    let host = found.device.id().ok().map(|id| id.host());
    let buffer_size = buffer_size(host, direction, *chosen.buffer_size(), wish.buffer_frames);
    let config = StreamConfig { channels: chosen.channels(), sample_rate: rate_hz, buffer_size };
    Ok(Format { config, sample_format: chosen.sample_format() })
}

/// Floating point first, then the finer integers; then the fewest channels that will do.
fn best_of(
    all: &[SupportedStreamConfigRange],
    rate_hz: u32,
    num_channels: u16,
) -> Option<SupportedStreamConfig> {
    all.iter()
        .filter(|range| is_ours(range.sample_format()))
        .filter(|range| (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate_hz))
        .min_by_key(|range| {
            let is_too_few = range.channels() < num_channels;
            let coarseness = 32_u32.saturating_sub(range.sample_format().bits_per_sample());
            (is_too_few, !range.sample_format().is_float(), coarseness, range.channels())
        })
        .and_then(|range| range.try_with_sample_rate(rate_hz))
}

fn is_ours(format: SampleFormat) -> bool {
    use SampleFormat::{F32, F64, I8, I16, I24, I32, U8, U16};
    matches!(format, F32 | F64 | I8 | I16 | I24 | I32 | U8 | U16)
}

/// What a stream of PulseAudio has when nothing else is asked for. cpal 0.18.2 lets the server hold no more of an input than is sent at
/// a time, so that what is not fetched in time is lost, and told to nobody: on a busy machine 2048 are lost at times, 4096 were not.
/// Who asks for a buffer wants a short delay, and has at least what a machine at rest does not lose.
const PULSE_INPUT_FRAMES: u32 = 4096;
const PULSE_INPUT_MIN_FRAMES: u32 = 2048;
const PULSE_OUTPUT_FRAMES: u32 = 1024;

fn buffer_size(
    host: Option<HostId>,
    direction: Direction,
    range: SupportedBufferSize,
    wanted: Option<u32>,
) -> BufferSize {
    let host = host.map_or("", |host| host.name());
    // JACK takes its server's size alone. PulseAudio's own choice is two seconds, and its sources lose samples in small pieces.
    let wanted = match host.to_ascii_lowercase().as_str() {
        "jack" => None,
        "pulseaudio" if direction == Direction::Input => {
            Some(wanted.map_or(PULSE_INPUT_FRAMES, |frames| frames.max(PULSE_INPUT_MIN_FRAMES)))
        }
        "pulseaudio" => Some(wanted.unwrap_or(PULSE_OUTPUT_FRAMES)),
        _ => wanted,
    };
    match wanted {
        Some(frames) => BufferSize::Fixed(match range {
            SupportedBufferSize::Range { min, max } if min <= max => frames.clamp(min, max),
            _ => frames,
        }),
        None => BufferSize::Default,
    }
}

/// Does the same for every sample type that is ours.
macro_rules! with_sample_type {
    ($format:expr, |$t:ident| $do:expr) => {
        match $format {
            SampleFormat::I8 => {
                type $t = i8;
                $do
            }
            SampleFormat::I16 => {
                type $t = i16;
                $do
            }
            SampleFormat::I24 => {
                type $t = cpal::I24;
                $do
            }
            SampleFormat::I32 => {
                type $t = i32;
                $do
            }
            SampleFormat::U8 => {
                type $t = u8;
                $do
            }
            SampleFormat::U16 => {
                type $t = u16;
                $do
            }
            SampleFormat::F64 => {
                type $t = f64;
                $do
            }
            _ => {
                type $t = f32;
                $do
            }
        }
    };
}

/// Opens an input whose frames go to `inlet`, taken from one or two of its channels, counted from 0.
///
/// # Errors
/// What the system says.
pub fn open_input(
    found: &Found,
    format: &Format,
    channels: [usize; 2],
    inlet: Inlet,
    gauges: &Arc<Gauges>,
) -> Result<Stream, Error> {
    with_sample_type!(format.sample_format, |T| input::<T>(found, format, channels, inlet, gauges))
}

fn input<T: SizedSample + Send + 'static>(
    found: &Found,
    format: &Format,
    channels: [usize; 2],
    mut inlet: Inlet,
    gauges: &Arc<Gauges>,
) -> Result<Stream, Error>
where
    f32: FromSample<T>,
{
    let width = usize::from(format.config.channels);
    let (ours, errors) = (Arc::clone(gauges), Arc::clone(gauges));
    let callback = move |data: &[T], info: &cpal::InputCallbackInfo| {
        let body = || {
            ours.input.count(data.len() / width, info.timestamp().callback);
            let frames = data.chunks_exact(width);
            inlet.push(
                frames.map(|frame| channels.map(|channel| f32::from_sample_(frame[channel.min(width - 1)]))),
            );
        };
        guarded(&ours.input, body);
    };
    found.device.build_input_stream(format.config, callback, move |e| errors.input.take_error(e.kind()), None)
}

/// Opens an output that `running` fills.
///
/// # Errors
/// What the system says.
pub fn open_output(
    found: &Found,
    format: &Format,
    running: Running,
    gauges: &Arc<Gauges>,
) -> Result<Stream, Error> {
    with_sample_type!(format.sample_format, |T| output::<T>(found, format, running, gauges))
}

fn output<T: SizedSample + FromSample<f32> + Send + 'static>(
    found: &Found,
    format: &Format,
    mut running: Running,
    gauges: &Arc<Gauges>,
) -> Result<Stream, Error> {
    let width = usize::from(format.config.channels);
    let ns_per_frame = 1e9 / f64::from(format.config.sample_rate);
    let (ours, errors) = (Arc::clone(gauges), Arc::clone(gauges));
    let callback = move |data: &mut [T], info: &cpal::OutputCallbackInfo| {
        if ours.output.end() == Some(StreamEnd::Panicked) {
            data.fill(T::EQUILIBRIUM);
            return;
        }
        let body = || {
            let begin = Instant::now();
            let num_frames = data.len() / width;
            ours.output.count(num_frames, info.timestamp().callback);
            running.run(num_frames, |start, planes| write_frames(&mut data[start * width..], width, planes));
            let sound_ns = (num_frames as f64 * ns_per_frame) as u64;
            ours.count_load(begin.elapsed().as_nanos() as u64, sound_ns);
        };
        guarded(&ours.output, body);
    };
    found.device.build_output_stream(
        format.config,
        callback,
        move |e| errors.output.take_error(e.kind()),
        None,
    )
}

/// Left and right to the first two channels of a device and silence to the others; a device of one channel gets their mean.
fn write_frames<T: SizedSample + FromSample<f32>>(data: &mut [T], width: usize, [left, right]: [&[f32]; 2]) {
    for ((frame, &left), &right) in data.chunks_exact_mut(width).zip(left).zip(right) {
        if let [mono] = frame {
            *mono = T::from_sample_(0.5 * (left + right));
            continue;
        }
        frame.fill(T::EQUILIBRIUM);
        (frame[0], frame[1]) = (T::from_sample_(left), T::from_sample_(right));
    }
}

fn guarded(gauges: &super::gauges::StreamGauges, body: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(|| assert_no_alloc(body))).is_err() {
        gauges.finish(StreamEnd::Panicked);
    }
}
