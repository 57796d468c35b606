//! The contract of every processor (`lacquer_dsp::processor`). A new processor joins with one line in `contract!`.

use crate::random::Random;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::modules::{
    de_esser::DeEsser, denoise::Denoise, dither::Dither, equaliser::Equaliser, exciter::Exciter, gate::Gate,
    input::Input, leveller::Leveller, limiter::Limiter, loudness::LoudnessGain, multiband::Multiband,
    stereo::Stereo,
};
use lacquer_dsp::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::slot::Slot;

const MAX_BLOCK_LEN: usize = 4096;
const MODES: [LatencyMode; 2] = [LatencyMode::Live, LatencyMode::Quality];
const RATES_HZ: [f64; 6] = [8_000.0, 22_050.0, 44_100.0, 48_000.0, 192_000.0, 384_000.0];

/// A processor under test: how to make one, and which part of the chain's settings it takes.
#[derive(Clone, Copy)]
struct Subject<P: Processor> {
    make: fn() -> P,
    view: fn(&ChainSettings) -> P::Settings,
}

type Signal = Vec<Vec<f32>>;

/// Settings that take effect at a sample.
type Script<S> = Vec<(usize, S)>;

fn spec(sample_rate_hz: f64, num_channels: usize) -> ProcessSpec {
    ProcessSpec {
        sample_rate_hz,
        max_block_len: MAX_BLOCK_LEN,
        num_channels,
        latency_mode: LatencyMode::Quality,
    }
}

fn block(signal: &mut Signal, range: std::ops::Range<usize>) -> Block<'_> {
    match signal.as_mut_slice() {
        [mono] => Block::mono(&mut mono[range]),
        [left, right] => Block::stereo(&mut left[range.clone()], &mut right[range]),
        _ => unreachable!("signals have one or two channels"),
    }
}

/// Music for a contract: noise whose level walks over 60 dB, different in each channel.
fn signal(random: &mut Random, num_channels: usize, len: usize) -> Signal {
    (0..num_channels)
        .map(|_| {
            let mut level = 0.5;
            let mut samples = random.noise(len);
            for part in samples.chunks_mut(500) {
                level = 10.0_f32.powf(-3.0 * random.unit() as f32) * 0.7 + level * 0.3;
                part.iter_mut().for_each(|sample| *sample *= level * 2.0);
            }
            samples
        })
        .collect()
}

impl<P: Processor> Subject<P> {
    fn prepared(&self, spec: &ProcessSpec, settings: &P::Settings) -> P {
        let mut processor = (self.make)();
        processor.prepare(spec).expect("the spec is in range");
        processor.set(settings);
        processor
    }

    /// Processes in parts that end at `ends` and wherever the settings change.
    fn run(
        &self,
        processor: &mut P,
        signal: &Signal,
        ends: &[usize],
        script: &Script<P::Settings>,
    ) -> Signal {
        let mut out = signal.clone();
        let mut start = 0;
        let changes = script.iter().map(|(at, _)| at).filter(|at| **at > 0);
        let mut ends: Vec<usize> = ends.iter().chain(changes).copied().collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends {
            if let Some((_, settings)) = script.iter().find(|(at, _)| *at == start) {
                processor.set(settings);
            }
            processor.process(&mut block(&mut out, start..end));
            start = end;
        }
        out
    }

    fn reset_equals_new(self) {
        for num_channels in [1, 2] {
            let mut random = Random::new(1);
            let settings = (self.view)(&random.settings());
            let spec = spec(48_000.0, num_channels);
            let (before, after) =
                (signal(&mut random, num_channels, 9000), signal(&mut random, num_channels, 9000));
            let ends = random.splits(9000, MAX_BLOCK_LEN);
            let mut used = self.prepared(&spec, &(self.view)(&random.settings()));
            self.run(&mut used, &before, &ends, &vec![(4000, settings)]);
            used.reset();
            let mut new = self.prepared(&spec, &settings);
            let expected = self.run(&mut new, &after, &ends, &vec![]);
            assert_same_bits(&self.run(&mut used, &after, &ends, &vec![]), &expected, "after reset");
        }
    }

    fn any_split_gives_the_same_bits(self) {
        for (case, rate_hz) in RATES_HZ.into_iter().enumerate() {
            for (num_channels, latency_mode) in
                [(1, LatencyMode::Live), (2, LatencyMode::Live), (2, LatencyMode::Quality)]
            {
                let mut random = Random::new(case as u64);
                let spec = ProcessSpec { latency_mode, ..spec(rate_hz, num_channels) };
                // Long enough that what was put in comes out at every rate.
                let first = (self.view)(&random.settings());
                let len = 12_000 + self.prepared(&spec, &first).latency_samples();
                let input = signal(&mut random, num_channels, len);
                let script: Script<P::Settings> =
                    [0, 1, 777, 4096, 6001, 9000].map(|at| (at, (self.view)(&random.settings()))).into();
                let render = |ends: &[usize]| {
                    let mut processor = self.prepared(&spec, &script[0].1);
                    self.run(&mut processor, &input, ends, &script)
                };
                let expected = render(&every(MAX_BLOCK_LEN, len));
                for longest in [1, 7, 64, 480] {
                    assert_same_bits(
                        &render(&every(longest, len)),
                        &expected,
                        &format!("{rate_hz} Hz by {longest}"),
                    );
                }
                assert_same_bits(&render(&random.splits(len, MAX_BLOCK_LEN)), &expected, "random parts");
            }
        }
    }

    fn impulse_arrives_at_the_latency(self) {
        for rate_hz in RATES_HZ {
            for (num_channels, latency_mode) in
                [(1, LatencyMode::Quality), (2, LatencyMode::Live), (2, LatencyMode::Quality)]
            {
                let mut settings = ChainSettings::default();
                settings.equaliser.bypass = false;
                settings.multiband.bypass = false;
                settings.exciter.bypass = false;
                // The network may take a lone click for noise. That its speech is as late as it says is proven in
                // `voice::denoise`; here it is the dry path.
                settings.denoise.mix_percent = 0.0;
                let mut processor = self.prepared(
                    &ProcessSpec { latency_mode, ..spec(rate_hz, num_channels) },
                    &(self.view)(&settings),
                );
                let len = 8192 + processor.latency_samples();
                let mut input = vec![vec![0.0; len]; num_channels];
                input.iter_mut().for_each(|channel| channel[100] = 0.25);
                let out = self.run(&mut processor, &input, &every(512, len), &vec![]);
                for channel in out {
                    let peak = channel.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
                    let onset = channel.iter().position(|x| x.abs() > 0.1 * peak);
                    assert!(peak > 0.01, "the impulse got lost at {rate_hz} Hz");
                    assert_eq!(onset, Some(100 + processor.latency_samples()), "at {rate_hz} Hz");
                }
            }
        }
    }

    /// What is not a number never reaches a state: the output is the same as if there had been silence.
    fn damage_is_silence(self) {
        for num_channels in [1, 2] {
            let mut random = Random::new(7);
            let settings = (self.view)(&random.settings());
            let silenced = signal(&mut random, num_channels, 6000);
            let (mut damaged, mut silenced) = (silenced.clone(), silenced);
            let damage = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN, f32::MAX, 1e-40, -1e-45];
            for _ in 0..400 {
                let (channel, at) = (random.below(num_channels), random.below(5000));
                damaged[channel][at] = damage[random.below(damage.len())];
                silenced[channel][at] = 0.0;
            }
            let render = |input: &Signal| {
                let mut processor = self.prepared(&spec(44_100.0, num_channels), &settings);
                self.run(&mut processor, input, &every(480, 6000), &vec![])
            };
            assert_same_bits(&render(&damaged), &render(&silenced), "damaged input");
        }
    }

    /// Full-scale squares and far beyond come out finite, and silence follows silence.
    fn loud_input_is_bounded_and_passes(self) {
        for (seed, rate_hz) in RATES_HZ.into_iter().enumerate() {
            let mut random = Random::new(seed as u64);
            let settings = (self.view)(&random.settings());
            let mut processor = self.prepared(&spec(rate_hz, 2), &settings);
            let loud = 4000;
            let len = loud + 4 * rate_hz as usize;
            for level in [1.0_f32, 1000.0] {
                let square = |n: usize| if (n / 37).is_multiple_of(2) { level } else { -level };
                let channel: Vec<f32> = (0..len).map(|n| if n < loud { square(n) } else { 0.0 }).collect();
                let out =
                    self.run(&mut processor, &vec![channel.clone(), channel], &every(1024, len), &vec![]);
                for channel in out {
                    // No setting amplifies by more than trim, leveller, make-up, upward compression and loudness gain together:
                    // 24 + 24 + 24 + 18 + 60 dB.
                    let bound = f64::from(level) * 10.0_f64.powf(152.0 / 20.0);
                    assert!(channel.iter().all(|x| f64::from(x.abs()) < bound), "unbounded at {rate_hz} Hz");
                    let tail = channel[len - 100..].iter().fold(0.0_f32, |m, x| m.max(x.abs()));
                    assert!(tail < 1e-5, "{tail} four seconds after the signal at {rate_hz} Hz");
                }
            }
        }
    }

    fn set_and_process_allocate_nothing(self) {
        for (rate_hz, latency_mode) in [8_000.0, 384_000.0].into_iter().zip(MODES) {
            let mut random = Random::new(11);
            let mut input = signal(&mut random, 2, MAX_BLOCK_LEN);
            let settings: Vec<P::Settings> = (0..20).map(|_| (self.view)(&random.settings())).collect();
            let mut processor =
                self.prepared(&ProcessSpec { latency_mode, ..spec(rate_hz, 2) }, &settings[0]);
            assert_no_alloc::assert_no_alloc(|| {
                for settings in &settings {
                    processor.set(settings);
                    for len in [1, 63, 480, MAX_BLOCK_LEN] {
                        processor.process(&mut block(&mut input, 0..len));
                    }
                }
                processor.reset();
            });
        }
    }

    /// Hosts differ in their denormal flags. Decay through the subnormals while settings change, with the flags on and off,
    /// gives the same bits.
    fn denormal_flags_change_nothing(self) {
        for seed in 0..12 {
            let mut random = Random::new(seed);
            let len = 24_000;
            let mut input = signal(&mut random, 2, len);
            for channel in &mut input {
                for (n, sample) in channel.iter_mut().enumerate().skip(1000) {
                    *sample *= 0.5_f32.powi((n as i32 - 1000) / 20);
                }
            }
            let script: Script<P::Settings> =
                (0..24).map(|n| (n * 1000, (self.view)(&random.settings()))).collect();
            let render = || {
                let mut processor = self.prepared(&spec(48_000.0, 2), &script[0].1);
                self.run(&mut processor, &input, &every(480, len), &script)
            };
            let expected = render();
            let flushed = flags::with_denormals_flushed(render);
            // A module on its own may end on a subnormal, which is zero in a host that flushes; the chain never does.
            assert_same_bits(&zero_subnormals(flushed), &zero_subnormals(expected), "with denormals flushed");
        }
    }

    fn specs_out_of_range_are_refused(self) {
        let refused = |spec| (self.make)().prepare(&spec).expect_err("out of range");
        assert_eq!(refused(spec(7_999.0, 2)), PrepareError::SampleRate(7_999.0));
        assert_eq!(refused(spec(384_001.0, 2)), PrepareError::SampleRate(384_001.0));
        assert!(matches!(refused(spec(f64::NAN, 2)), PrepareError::SampleRate(_)));
        assert_eq!(refused(spec(48_000.0, 0)), PrepareError::NumChannels(0));
        assert_eq!(refused(spec(48_000.0, 3)), PrepareError::NumChannels(3));
        assert_eq!(refused(ProcessSpec { max_block_len: 0, ..spec(48_000.0, 1) }), PrepareError::EmptyBlock);
    }
}

fn every(part_len: usize, len: usize) -> Vec<usize> {
    (part_len..len).step_by(part_len).chain([len]).collect()
}

fn zero_subnormals(mut signal: Signal) -> Signal {
    for sample in signal.iter_mut().flatten() {
        if sample.is_subnormal() {
            *sample = 0.0;
        }
    }
    signal
}

/// Equal to the bit, but for the sign of zero.
pub(crate) fn assert_same_bits(out: &Signal, expected: &Signal, what: &str) {
    for (channel_idx, (out, expected)) in out.iter().zip(expected).enumerate() {
        for (n, (x, y)) in out.iter().zip(expected).enumerate() {
            assert!(
                x.to_bits() == y.to_bits() || (*x == 0.0 && *y == 0.0),
                "{what}: channel {channel_idx} sample {n} is {x:e} instead of {y:e}"
            );
        }
        assert_eq!(out.len(), expected.len(), "{what}: length");
    }
}

mod flags {
    //! The processor's flush-to-zero and denormals-are-zero flags.

    /// Runs `f` as in a host that flushes denormals, and restores the flags.
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the flags of the floating-point unit have no safe interface")]
    pub(super) fn with_denormals_flushed<T>(f: impl FnOnce() -> T) -> T {
        const FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO: u32 = 0x8040;
        let mut old: u32 = 0;
        // SAFETY: stores the control register into a local variable.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut old) };
        let new = old | FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO;
        // SAFETY: sets two documented bits; the value comes from the register itself.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const new) };
        assert_eq!(
            std::hint::black_box(f32::MIN_POSITIVE) * std::hint::black_box(0.5),
            0.0,
            "the flags are on"
        );
        let result = f();
        // SAFETY: restores the value that was read above.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const old) };
        result
    }

    /// Elsewhere the flags are not reached; the rest of the contract still holds.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn with_denormals_flushed<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

/// One test per promise for each processor: a name, a maker, and its part of the settings.
macro_rules! contract {
    ($($name:ident: $make:expr, $view:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn reset_equals_new() { Subject { make: || $make, view: $view }.reset_equals_new(); }
            #[test]
            fn any_split_gives_the_same_bits() { Subject { make: || $make, view: $view }.any_split_gives_the_same_bits(); }
            #[test]
            fn impulse_arrives_at_the_latency() { Subject { make: || $make, view: $view }.impulse_arrives_at_the_latency(); }
            #[test]
            fn damage_is_silence() { Subject { make: || $make, view: $view }.damage_is_silence(); }
            #[test]
            fn loud_input_is_bounded_and_passes() { Subject { make: || $make, view: $view }.loud_input_is_bounded_and_passes(); }
            #[test]
            fn set_and_process_allocate_nothing() { Subject { make: || $make, view: $view }.set_and_process_allocate_nothing(); }
            #[test]
            fn denormal_flags_change_nothing() { Subject { make: || $make, view: $view }.denormal_flags_change_nothing(); }
            #[test]
            fn specs_out_of_range_are_refused() { Subject { make: || $make, view: $view }.specs_out_of_range_are_refused(); }
        })*
    };
}

contract! {
    input: Input::new(), |settings| settings.input;
    denoise: Denoise::new(), |settings| settings.denoise;
    gate: Gate::new(), |settings| settings.gate;
    de_esser: DeEsser::new(), |settings| settings.de_esser;
    equaliser: Equaliser::new(), |settings| settings.equaliser;
    leveller: Leveller::new(), |settings| settings.leveller;
    multiband: Multiband::new(), |settings| settings.multiband;
    exciter: Exciter::new(), |settings| settings.exciter;
    stereo: Stereo::new(), |settings| settings.stereo;
    loudness: LoudnessGain::new(), |settings| settings.loudness;
    limiter: Limiter::new(), |settings| settings.limiter;
    dither: Dither::new(), |settings| settings.dither;
    slot: Slot::new(Exciter::new()), |settings| settings.exciter;
    chain: Chain::new(), |settings| *settings;
}
