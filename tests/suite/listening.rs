//! What is heard of the chain besides its output: solo, delta, and the input at the output's loudness.

use crate::quality::{Bar, figure};
use crate::signals::{self, Noise};
use crate::spectrum::db;
use ebur128::{EbuR128, Mode};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};

const RATE_HZ: u32 = 48_000;

fn chain(settings: &ChainSettings) -> Chain {
    let mut chain = Chain::without_denoise();
    let spec = ProcessSpec {
        sample_rate_hz: f64::from(RATE_HZ),
        max_block_len: 512,
        num_channels: 2,
        latency_mode: LatencyMode::Live,
    };
    chain.prepare(&spec).unwrap();
    chain.set(settings);
    chain
}

/// A mix that every module changes.
fn at_work() -> ChainSettings {
    let mut settings =
        ChainSettings::default().without([Module::Gate, Module::DeEsser, Module::Leveller, Module::Dither]);
    settings.equaliser.bypass = false;
    settings.equaliser.bells[1].on = true;
    settings.equaliser.bells[1].gain_db = 6.0;
    settings.multiband.bypass = false;
    for band in &mut settings.multiband.bands {
        band.threshold_db = -30.0;
    }
    settings.exciter.bypass = false;
    settings.exciter.mix_percent = 40.0;
    settings.stereo.bypass = false;
    settings.stereo.width_high_percent = 140.0;
    settings.loudness.bypass = false;
    settings.loudness.gain_db = 20.0;
    settings.limiter.bypass = false;
    settings
}

fn programme() -> [Vec<f32>; 2] {
    [3, 4].map(|seed| signals::programme(seed, RATE_HZ, 4))
}

/// Renders with what is listened to at each block of 512 frames.
fn render(
    settings: &ChainSettings,
    input: &[Vec<f32>; 2],
    listening: impl Fn(usize) -> Listening,
) -> [Vec<f32>; 2] {
    let mut chain = chain(settings);
    let mut audio = input.clone();
    let [left, right] = &mut audio;
    for (idx, (left, right)) in left.chunks_mut(512).zip(right.chunks_mut(512)).enumerate() {
        chain.listen(&listening(idx));
        chain.process(&mut Block::stereo(left, right));
    }
    audio
}

fn soloed(modules: &[Module]) -> Listening {
    let mut listening = Listening::default();
    for &module in modules {
        listening.solo[module as usize] = true;
    }
    listening
}

fn delta(module: Module) -> Listening {
    Listening { delta: Some(module), ..Listening::default() }
}

#[test]
fn a_solo_is_the_chain_with_all_others_bypassed() {
    let (settings, input) = (at_work(), programme());
    let modules = [Module::Multiband, Module::Stereo];
    let others =
        Module::ALL.into_iter().filter(|module| *module != Module::Input && !modules.contains(module));
    let expected = render(&settings.without(others), &input, |_| Listening::default());
    assert!(render(&settings, &input, |_| soloed(&modules)) == expected);
}

#[test]
fn a_delta_is_what_a_module_adds_to_what_reaches_it() {
    let (settings, input) = (at_work(), programme());
    for module in [Module::Equaliser, Module::Multiband, Module::Exciter, Module::Limiter] {
        let from = |first: Module| Module::ALL.into_iter().filter(move |&other| other >= first);
        let before = render(&settings.without(from(module)), &input, |_| Listening::default());
        let mut after = settings.without(from(module).skip(1));
        *after.bypass_mut(module) = false;
        let after = render(&after, &input, |_| Listening::default());
        let heard = render(&settings, &input, |_| delta(module));
        let mut largest_change = 0.0_f32;
        for c in 0..2 {
            for n in 0..heard[c].len() {
                let change = after[c][n] - before[c][n];
                largest_change = largest_change.max(change.abs());
                assert!((heard[c][n] - change).abs() < 1e-6, "{module:?} at {n}: {} {change}", heard[c][n]);
            }
        }
        assert!(largest_change > 1e-3, "{module:?} changed nothing, so the test shows nothing");
    }
}

#[test]
fn the_delta_of_a_bypassed_module_is_silence() {
    let heard = render(&at_work().without([Module::Exciter]), &programme(), |_| delta(Module::Exciter));
    assert!(heard.iter().flatten().all(|sample| *sample == 0.0));
}

#[test]
fn the_chains_bypass_is_its_input_as_late_as_its_output() {
    let (settings, input) = (at_work(), programme());
    let bypass = Listening { bypass: true, ..Listening::default() };
    let heard = render(&settings, &input, |_| bypass);
    let latency = chain(&settings).latency_samples();
    for c in 0..2 {
        assert!(heard[c][..latency].iter().all(|sample| *sample == 0.0));
        assert!(heard[c][latency..] == input[c][..input[c].len() - latency]);
    }
}

#[test]
fn a_matched_input_is_as_loud_as_the_output() {
    let mut noise = Noise::new(9);
    let input: [Vec<f32>; 2] =
        std::array::from_fn(|_| (0..10 * RATE_HZ).map(|_| 0.05 * noise.next() as f32).collect());
    let matched = |bypass| Listening { bypass, gain_match: true, ..Listening::default() };
    let settings = at_work();
    let output = render(&settings, &input, |_| matched(false));
    // Switched over when the measurement has settled.
    let compared = render(&settings, &input, |idx| matched(idx >= 5 * RATE_HZ as usize / 512));
    let plain = render(&settings, &input, |_| Listening { bypass: true, ..Listening::default() });
    let lufs = |audio: &[Vec<f32>; 2]| {
        let mut meter = EbuR128::new(2, RATE_HZ, Mode::I).unwrap();
        let last = 6 * RATE_HZ as usize..;
        meter.add_frames_planar_f32(&[&audio[0][last.clone()], &audio[1][last]]).unwrap();
        meter.loudness_global().unwrap()
    };
    assert!(lufs(&output) - lufs(&plain) > 3.0, "the chain must make it louder for this to show anything");
    let off_lu = (lufs(&compared) - lufs(&output)).abs();
    figure(
        "chain",
        "gain-matched bypass against the output, on noise, by the ebur128 crate",
        off_lu,
        "LU",
        Bar::AtMost(0.1),
    );
}

#[test]
fn a_match_holds_in_silence() {
    let mut input = programme();
    for channel in &mut input {
        channel[2 * RATE_HZ as usize..3 * RATE_HZ as usize].fill(0.0);
    }
    let matched = Listening { bypass: true, gain_match: true, ..Listening::default() };
    let heard = render(&at_work(), &input, |_| matched);
    let latency = chain(&at_work()).latency_samples();
    let gain_at = |second: f64| {
        let start = (second * f64::from(RATE_HZ)) as usize;
        let loudest =
            (start..start + 2000).max_by(|a, b| input[0][*a].abs().total_cmp(&input[0][*b].abs())).unwrap();
        f64::from(heard[0][loudest + latency] / input[0][loudest])
    };
    assert!(db(gain_at(1.9)) > 2.0, "{}", db(gain_at(1.9)));
    assert!((db(gain_at(1.9)) - db(gain_at(3.0))).abs() < 0.3, "{} {}", gain_at(1.9), gain_at(3.0));
}

/// The largest magnitude of a tone's neighbourhood that is not the tone: what remains after a steep high-pass.
fn loudest_click_db(samples: &[f32]) -> f64 {
    // Fourth differences raise what is fast by up to 24 dB and lower 100 Hz by 150.
    let mut rest: Vec<f64> = samples.iter().map(|&sample| f64::from(sample)).collect();
    for _ in 0..4 {
        rest = rest.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    db(rest[2000..].iter().fold(0.0_f64, |loudest, sample| loudest.max(sample.abs())))
}

#[test]
fn no_passage_clicks() {
    let tone = signals::tone(100, RATE_HZ, &[(-6.0, 4.0)]);
    let input = [tone.clone(), tone];
    let mut settings = at_work().without([Module::Exciter, Module::Limiter]);
    settings.loudness.gain_db = 6.0;
    let scenes = [
        Listening::default(),
        delta(Module::Multiband),
        soloed(&[Module::Equaliser]),
        Listening { bypass: true, ..Listening::default() },
        Listening { bypass: true, gain_match: true, ..Listening::default() },
        Listening { gain_match: true, ..Listening::default() },
        delta(Module::Equaliser),
    ];
    let still = loudest_click_db(&render(&settings, &input, |_| Listening::default())[0]);
    let moving = loudest_click_db(&render(&settings, &input, |idx| scenes[idx / 6 % scenes.len()])[0]);
    assert!(still < -110.0, "the tone itself is too fast for this test: {still}");
    figure(
        "chain",
        "largest fourth difference while solo, delta and bypass change, on 100 Hz at -6 dBFS",
        moving,
        "dBFS",
        Bar::AtMost(-90.0),
    );
}

#[test]
fn where_blocks_end_changes_nothing_of_what_is_heard() {
    let (settings, input) = (at_work(), programme());
    let scenes = [
        delta(Module::Exciter),
        Listening { bypass: true, gain_match: true, ..Listening::default() },
        soloed(&[Module::Stereo]),
    ];
    let render_in = |block_len: usize| {
        let mut chain = chain(&settings);
        let mut audio = input.clone();
        let [left, right] = &mut audio;
        for (idx, (left, right)) in left.chunks_mut(512).zip(right.chunks_mut(512)).enumerate() {
            chain.listen(&scenes[idx / 20 % scenes.len()]);
            for (left, right) in left.chunks_mut(block_len).zip(right.chunks_mut(block_len)) {
                chain.process(&mut Block::stereo(left, right));
            }
        }
        audio
    };
    assert!(render_in(512) == render_in(37));
}
