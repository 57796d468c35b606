//! Lacquer's own processors under load.

use std::time::Duration;

use cpu_time::ThreadTime;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::modules::de_esser::DeEsser;
use lacquer_dsp::modules::denoise::Denoise;
use lacquer_dsp::modules::dither::Dither;
use lacquer_dsp::modules::equaliser::Equaliser;
use lacquer_dsp::modules::exciter::Exciter;
use lacquer_dsp::modules::gate::Gate;
use lacquer_dsp::modules::input::Input;
use lacquer_dsp::modules::leveller::Leveller;
use lacquer_dsp::modules::limiter::Limiter;
use lacquer_dsp::modules::multiband::Multiband;
use lacquer_dsp::modules::stereo::Stereo;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};

/// The sample rate of every measurement.
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// How long the silence after the audio is.
pub const SILENCE_S: u32 = 20;

/// How often each measurement is made at the least, and for how long at the least: what costs little is measured more
/// often. The fastest counts, because everything else on the machine only adds.
const MIN_RUNS: u32 = 5;
const MIN_TIME: Duration = Duration::from_millis(250);

/// Something to measure: its name and what gives the milliseconds for a block length and a piece of audio.
pub struct Subject {
    pub name: &'static str,
    pub cost_ms: fn(&Load<'_>) -> anyhow::Result<f64>,
}

/// What a subject is measured with.
pub struct Load<'a> {
    /// Left and right, whole seconds.
    pub audio: &'a [Vec<f32>; 2],
    pub part: Part,
    pub block_len: usize,
    pub latency_mode: LatencyMode,
    pub settings: &'a ChainSettings,
}

/// Which part of what is processed is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The audio.
    Audio,
    /// [`SILENCE_S`] of silence that follow it.
    SilenceAfter,
}

/// Everything that is measured on its own, and the whole.
pub const SUBJECTS: [Subject; 15] = [
    Subject { name: "input", cost_ms: |load| cost_ms(Input::new(), &load.settings.input, load) },
    Subject { name: "denoise", cost_ms: |load| cost_ms(Denoise::new(), &load.settings.denoise, load) },
    Subject { name: "gate", cost_ms: |load| cost_ms(Gate::new(), &load.settings.gate, load) },
    Subject { name: "de-esser", cost_ms: |load| cost_ms(DeEsser::new(), &load.settings.de_esser, load) },
    Subject { name: "equaliser", cost_ms: |load| cost_ms(Equaliser::new(), &load.settings.equaliser, load) },
    Subject { name: "dynamic equaliser", cost_ms: dynamic_equaliser },
    Subject { name: "leveller", cost_ms: |load| cost_ms(Leveller::new(), &load.settings.leveller, load) },
    Subject { name: "multiband", cost_ms: |load| cost_ms(Multiband::new(), &load.settings.multiband, load) },
    Subject { name: "exciter", cost_ms: |load| cost_ms(Exciter::new(), &load.settings.exciter, load) },
    Subject { name: "stereo", cost_ms: |load| cost_ms(Stereo::new(), &load.settings.stereo, load) },
    Subject { name: "limiter", cost_ms: |load| cost_ms(Limiter::new(), &load.settings.limiter, load) },
    Subject { name: "dither", cost_ms: |load| cost_ms(Dither::new(), &load.settings.dither, load) },
    Subject { name: "meters", cost_ms: meters },
    Subject { name: "bypassed chain", cost_ms: bypassed_chain },
    Subject { name: "chain", cost_ms: chain_and_meters },
];

fn dynamic_equaliser(load: &Load<'_>) -> anyhow::Result<f64> {
    let mut settings = load.settings.equaliser;
    for bell in &mut settings.bells {
        bell.range_db = -6.0;
        bell.threshold_db = -40.0;
    }
    cost_ms(Equaliser::new(), &settings, load)
}

/// Loudness and true peak of what comes out, as every plugin and bounce measures it.
fn meters(load: &Load<'_>) -> anyhow::Result<f64> {
    let mut meter = meter()?;
    Ok(fastest_ms(load, |left, right| meter.process(&[left, right])))
}

/// The chain of the bar: equaliser, four bands, exciter, stereo, limiter and meters; what is bypassed costs its bypass.
fn chain_and_meters(load: &Load<'_>) -> anyhow::Result<f64> {
    let mut chain = Chain::without_denoise();
    chain.prepare(&spec(load))?;
    chain.set(load.settings);
    let mut meter = meter()?;
    Ok(fastest_ms(load, |left, right| {
        chain.process(&mut Block::stereo(left, right));
        meter.process(&[left, right]);
    }))
}

/// What the chain costs besides its modules.
fn bypassed_chain(load: &Load<'_>) -> anyhow::Result<f64> {
    cost_ms(Chain::without_denoise(), &load.settings.without(Module::ALL), load)
}

fn meter() -> anyhow::Result<LoudnessMeter> {
    let mut meter = LoudnessMeter::new();
    meter.prepare(f64::from(SAMPLE_RATE_HZ), &[ChannelRole::Main; 2])?;
    Ok(meter)
}

fn spec(load: &Load<'_>) -> ProcessSpec {
    ProcessSpec {
        sample_rate_hz: f64::from(SAMPLE_RATE_HZ),
        max_block_len: load.block_len,
        num_channels: 2,
        latency_mode: load.latency_mode,
    }
}

fn cost_ms<P: Processor>(mut processor: P, settings: &P::Settings, load: &Load<'_>) -> anyhow::Result<f64> {
    processor.prepare(&spec(load))?;
    processor.set(settings);
    Ok(fastest_ms(load, |left, right| processor.process(&mut Block::stereo(left, right))))
}

/// Milliseconds of this thread's processor time per second of audio, copying not counted.
fn fastest_ms(load: &Load<'_>, mut process: impl FnMut(&mut [f32], &mut [f32])) -> f64 {
    let mut run = |[left, right]: &mut [Vec<f32>; 2]| {
        let start = ThreadTime::now();
        for (left, right) in left.chunks_mut(load.block_len).zip(right.chunks_mut(load.block_len)) {
            process(left, right);
        }
        start.elapsed()
    };
    let silence_len = (SILENCE_S * SAMPLE_RATE_HZ) as usize;
    let mut silence = [vec![0.0; silence_len], vec![0.0; silence_len]];
    let (mut fastest, mut total, mut num_runs) = (Duration::MAX, Duration::ZERO, 0);
    while num_runs < MIN_RUNS || total < MIN_TIME {
        let mut audio = load.audio.clone();
        let mut took = run(&mut audio);
        if load.part == Part::SilenceAfter {
            // Written before it is timed, so that the memory is there.
            silence.iter_mut().for_each(|channel| channel.fill(0.0));
            took = run(&mut silence);
        }
        fastest = fastest.min(took);
        total += took;
        num_runs += 1;
    }
    let len = if load.part == Part::SilenceAfter { silence_len } else { load.audio[0].len() };
    fastest.as_secs_f64() * 1000.0 * f64::from(SAMPLE_RATE_HZ) / len as f64
}
