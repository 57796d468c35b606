//! The same bits: what the plugin gives in a host is what a bounce renders from the same settings.

use super::clap_host::ClapHost;
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::demo;
use lacquer_offline::error::FileError;
use lacquer_offline::render::{Source, render};

pub(crate) const RATE_HZ: f64 = 48_000.0;

/// Audio that is there already.
struct Ready<'a>(&'a [Vec<f32>], usize);

impl Source for Ready<'_> {
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError> {
        let Self(audio, start) = *self;
        let len = (audio[0].len() - start).min(channels[0].len());
        for (to, from) in channels.iter_mut().zip(audio) {
            to[..len].copy_from_slice(&from[start..start + len]);
        }
        self.1 += len;
        Ok(len)
    }
}

/// What a bounce renders, with the latency taken off.
pub(crate) fn rendered(audio: &[Vec<f32>], rate_hz: f64, settings: &ChainSettings) -> Vec<Vec<f32>> {
    let mut out = vec![Vec::new(); audio.len()];
    render::<FileError>(&mut Ready(audio, 0), rate_hz, audio.len(), settings, |channels| {
        for (all, part) in out.iter_mut().zip(channels) {
            all.extend_from_slice(part);
        }
        Ok(())
    })
    .unwrap();
    out
}

/// Four seconds of the demo piece in which everything plays.
pub(crate) fn piece() -> Vec<Vec<f32>> {
    let at = (14.0 * RATE_HZ) as usize;
    demo::render().into_iter().map(|channel| channel[at..at + 4 * RATE_HZ as usize].to_vec()).collect()
}

/// How many samples differ in any bit between what came late and what is expected.
pub(crate) fn num_differing(late: &[Vec<f32>], expected: &[Vec<f32>], latency_samples: usize) -> usize {
    late.iter()
        .zip(expected)
        .map(|(late, expected)| {
            let pairs = late[latency_samples..].iter().zip(expected);
            pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count()
        })
        .sum()
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn parity_of_every_factory_preset_in_a_clap_host() {
    let audio = piece();
    println!("| preset | block | samples | differing from the bounce |\n|---|---|---|---|");
    for preset in lacquer_presets::factory() {
        let expected = rendered(&audio, RATE_HZ, &preset.settings);
        for block_lens in [&[64][..], &[512], &[1, 17, 480, 8192, 33]] {
            let mut host = ClapHost::new();
            host.flush(&preset.settings);
            assert_eq!(host.settings(), preset.settings, "{} as the host holds it", preset.slug);
            let late = host.process(RATE_HZ, &audio, block_lens, &[]);
            let latency = host.latency_samples() as usize;
            let num_differing = num_differing(&late, &expected, latency);
            let num_samples = 2 * (audio[0].len() - latency);
            println!("| {} | {block_lens:?} | {num_samples} | {num_differing} |", preset.slug);
            assert_eq!(num_differing, 0, "{} in blocks of {block_lens:?}", preset.slug);
        }
    }
}
