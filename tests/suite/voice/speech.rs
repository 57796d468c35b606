//! Speech from espeak-ng, and noises to drown it in.

use crate::random::Random;
use lacquer_dsp::filter::resample::Ratio;
use std::process::Command;

/// The rate of espeak-ng.
const SPOKEN_RATE_HZ: f64 = 22_050.0;

const TEXT: &str = "The north wind and the sun were disputing which was the stronger. <break time='1s'/> \
    Then a traveller came along, wrapped in a warm cloak. <break time='1s'/> \
    She sells sea shells, and the shells she sells are sea shells, I am sure. <break time='1s'/> \
    They agreed that the one who first made him take his cloak off should be considered stronger. <break time='1s'/>";

/// A second of silence, then four sentences with a second between them; peaks at -8 dBFS.
pub(crate) fn speech(rate_hz: f64) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let status =
        Command::new("espeak-ng").args(["-m", "-v", "en", "-s", "150", "-w"]).arg(&path).arg(TEXT).status();
    assert!(status.expect("espeak-ng speaks for these tests: install it").success());
    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(f64::from(reader.spec().sample_rate), SPOKEN_RATE_HZ);
    let mut samples: Vec<f64> = vec![0.0; SPOKEN_RATE_HZ as usize];
    samples.extend(reader.samples::<i16>().map(|x| f64::from(x.unwrap())));
    samples.extend([0.0; 4410]);
    let mut resampler = Ratio::nearest(rate_hz, SPOKEN_RATE_HZ).inward();
    let mut speech = Vec::new();
    for x in samples {
        resampler.push(x);
        while let Some(y) = resampler.pull() {
            speech.push(y as f32);
        }
    }
    let peak = speech.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    speech.iter().map(|x| x * 0.4 / peak).collect()
}

/// Noises of unit power.
pub(super) fn noises(rate_hz: f64, len: usize) -> Vec<(&'static str, Vec<f32>)> {
    let mut random = Random::new(21);
    let white = random.noise(len);
    let mut made = vec![
        ("white", white),
        ("pink", pink(&mut random, len)),
        ("hum and fan", fan(&mut random, rate_hz, len)),
    ];
    for (_, noise) in &mut made {
        let scale = 1.0 / (power(noise) / len as f64).sqrt();
        noise.iter_mut().for_each(|x| *x = (f64::from(*x) * scale) as f32);
    }
    made
}

/// Paul Kellet's filter: within 0.05 dB of 3 dB per octave.
fn pink(random: &mut Random, len: usize) -> Vec<f32> {
    const POLES: [f32; 6] = [0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616];
    const GAINS: [f32; 6] = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
    let (mut states, mut delayed) = ([0.0_f32; 6], 0.0);
    let shape = |white: f32| {
        let mut sum = delayed + white * 0.5362;
        for ((state, pole), gain) in states.iter_mut().zip(POLES).zip(GAINS) {
            *state = pole * *state + white * gain;
            sum += *state;
        }
        delayed = white * 0.115926;
        sum
    };
    random.noise(len).into_iter().map(shape).collect()
}

/// Mains hum with harmonics, and air that a blade chops 140 times in a second, its speed wandering.
fn fan(random: &mut Random, rate_hz: f64, len: usize) -> Vec<f32> {
    let (mut air, mut dull, mut angle) = (0.0_f64, 0.0_f64, 0.0_f64);
    let white = random.noise(len);
    (0..len)
        .map(|n| {
            let seconds = n as f64 / rate_hz;
            let hum: f64 = [(1.0, 0.5), (2.0, 0.35), (3.0, 0.2), (5.0, 0.1)]
                .map(|(k, a): (f64, f64)| a * (std::f64::consts::TAU * 50.0 * k * seconds).sin())
                .iter()
                .sum();
            air += 0.15 * (f64::from(white[n]) - air);
            dull += 0.3 * (air - dull);
            angle += std::f64::consts::TAU * (140.0 + 3.0 * (0.7 * seconds).sin()) / rate_hz;
            (0.3 * hum + 2.0 * dull * (1.0 + 0.4 * angle.sin())) as f32
        })
        .collect()
}

pub(super) fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|x| f64::from(*x).powi(2)).sum()
}
