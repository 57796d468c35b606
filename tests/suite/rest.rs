//! A chain that has been given nothing for seconds rests, and nobody hears that it did.

use crate::signals;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;

const RATE_HZ: u32 = 48_000;

/// Sound, twelve seconds of nothing, and sound again.
fn audio() -> [Vec<f32>; 2] {
    [1, 2].map(|seed| {
        let sound = signals::programme(seed, RATE_HZ, 1);
        let silence = vec![0.0; 12 * RATE_HZ as usize + 17];
        [&sound[..], &silence, &sound].concat()
    })
}

fn prepared(settings: &ChainSettings) -> Box<Chain> {
    let mut chain = Box::<Chain>::default();
    let spec = ProcessSpec {
        sample_rate_hz: f64::from(RATE_HZ),
        max_block_len: 4096,
        num_channels: 2,
        latency_mode: LatencyMode::Quality,
    };
    chain.prepare(&spec).unwrap();
    chain.set(settings);
    chain
}

/// What comes out, and whether the chain rested in the middle of the silence and at the end.
fn run(settings: &ChainSettings, block_lens: &[usize]) -> ([Vec<f32>; 2], [bool; 2]) {
    let mut chain = prepared(settings);
    let [mut left, mut right] = audio();
    let (mut start, mut rested) = (0, false);
    for len in block_lens.iter().cycle() {
        let end = left.len().min(start + len);
        chain.process(&mut Block::stereo(&mut left[start..end], &mut right[start..end]));
        rested |= chain.is_resting();
        start = end;
        if start == left.len() {
            break;
        }
    }
    let is_resting = chain.is_resting();
    ([left, right], [rested, is_resting])
}

#[test]
fn resting_begins_and_ends_at_the_same_samples_for_any_split() {
    for preset in ["streaming", "podcast", "club"] {
        let settings = lacquer_presets::Library::user().load(preset).unwrap().settings;
        let (expected, rested) = run(&settings, &[512]);
        assert_eq!(rested, [true, false], "{preset}: it rests in the silence, and wakes");
        for block_lens in [&[4096][..], &[1, 700, 33], &[480]] {
            let (bits, rested) = run(&settings, block_lens);
            assert_eq!(rested, [true, false]);
            for c in 0..2 {
                let differing =
                    (0..bits[c].len()).find(|&n| bits[c][n].to_bits() != expected[c][n].to_bits());
                assert_eq!(differing, None, "{preset} in blocks of {block_lens:?}");
            }
        }
    }
}

/// What is set while the chain rests is reached before the first sound, which meets the limiter that was switched on.
#[test]
fn settings_are_reached_in_a_rest() {
    let mut settings = ChainSettings::default();
    settings.limiter.bypass = true;
    let mut chain = prepared(&settings);
    let silence = || [vec![0.0; 4096], vec![0.0; 4096]];
    let play = |chain: &mut Chain, [mut left, mut right]: [Vec<f32>; 2]| {
        chain.process(&mut Block::stereo(&mut left, &mut right));
        left.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    };
    while !chain.is_resting() {
        play(&mut chain, silence());
    }
    settings.limiter.bypass = false;
    settings.loudness.gain_db = 24.0;
    chain.set(&settings);
    for _ in 0..12 {
        assert_eq!(play(&mut chain, silence()), 0.0);
    }
    let tone: Vec<f32> = (0..4096).map(|n| 0.5 * (0.05 * n as f32).sin()).collect();
    let mut peak = 0.0_f32;
    for _ in 0..4 {
        peak = peak.max(play(&mut chain, [tone.clone(), tone.clone()]));
    }
    assert!(peak > 0.5 && peak <= 0.8913, "{peak} is over the ceiling of -1 dBTP, or nothing was heard");
}

/// A rest shorter than the shortest silence it waits for changes nothing: it is the sound after twelve seconds that is compared with the
/// same sound after four, which the chain is awake for. What was learnt slowly differs by what seconds of releasing do, and no more.
#[test]
fn what_comes_after_a_rest_sounds_as_after_a_pause() {
    let settings = lacquer_presets::Library::user().load("gentle-glue").unwrap().settings;
    let (rested, _) = run(&settings, &[512]);
    let sound = signals::programme(1, RATE_HZ, 1);
    let other = signals::programme(2, RATE_HZ, 1);
    let pause = vec![0.0; 4 * RATE_HZ as usize + 17];
    let [mut left, mut right] = [&sound, &other].map(|sound| [&sound[..], &pause, sound].concat());
    let mut chain = prepared(&settings);
    let mut start = 0;
    while start < left.len() {
        let end = left.len().min(start + 512);
        chain.process(&mut Block::stereo(&mut left[start..end], &mut right[start..end]));
        assert!(!chain.is_resting(), "four seconds are too short for a rest");
        start = end;
    }
    let num_last = sound.len() / 2;
    let after_rest = &rested[0][rested[0].len() - num_last..];
    let after_pause = &left[left.len() - num_last..];
    let largest = after_rest.iter().zip(after_pause).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 1e-4, "they differ by {largest}");
}
