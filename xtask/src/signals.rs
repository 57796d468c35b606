//! The signals that Lacquer and its peers are compared on.

use std::f64::consts::TAU;
use std::path::Path;

use anyhow::{Context as _, ensure};
use lacquer_dsp::units::db_to_gain;
use lacquer_offline::decode::AudioReader;

/// How long pieces are faded in and out, so that a cut through music is no click.
const FADE_S: f64 = 0.05;

/// Part of a stereo file, faded at both ends, and its sample rate.
///
/// # Errors
/// When it cannot be read, is not stereo, or is too short.
pub fn excerpt(path: &Path, start_s: u32, length_s: u32) -> anyhow::Result<([Vec<f32>; 2], u32)> {
    let mut reader = AudioReader::open(path)?;
    let (rate_hz, num_channels) = (reader.info().sample_rate_hz, reader.info().num_channels);
    ensure!(num_channels == 2, "{} is not stereo", path.display());
    let mut skipped = [(); 2].map(|()| vec![0.0; (start_s * rate_hz) as usize]);
    let mut audio = [(); 2].map(|()| vec![0.0; (length_s * rate_hz) as usize]);
    let num_frames = reader.read(&mut skipped)? + reader.read(&mut audio)?;
    ensure!(num_frames == ((start_s + length_s) * rate_hz) as usize, "{} is too short", path.display());
    audio.iter_mut().for_each(|channel| fade(channel, rate_hz));
    Ok((audio, rate_hz))
}

/// Fades both ends.
pub fn fade(samples: &mut [f32], rate_hz: u32) {
    let len = ((FADE_S * f64::from(rate_hz)) as usize).min(samples.len());
    let last = samples.len() - 1;
    for idx in 0..len {
        let gain = (0.5 - 0.5 * (0.5 * TAU * idx as f64 / len as f64).cos()) as f32;
        samples[idx] *= gain;
        samples[last - idx] *= gain;
    }
}

/// Brings the highest sample of both channels to a level in dB over full scale.
pub fn bring_to(audio: &mut [Vec<f32>; 2], peak_db: f64) -> anyhow::Result<()> {
    let peak = audio.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    ensure!(peak > 0.0, "silence cannot be brought to a level");
    let gain = (db_to_gain(peak_db) / f64::from(peak)) as f32;
    audio.iter_mut().flatten().for_each(|sample| *sample *= gain);
    Ok(())
}

/// From 20 Hz to 20 kHz in equal times for equal ratios, clipped to full scale after `drive_db` of gain, and then `level_db` above
/// it: its aliased harmonics reach half the rate.
pub fn clipped_chirp(drive_db: f64, level_db: f64, length_s: f64, rate_hz: u32) -> Vec<f32> {
    let rate_hz = f64::from(rate_hz);
    let rise_s = length_s / 1000.0_f64.ln();
    let [drive, level] = [drive_db, level_db].map(db_to_gain);
    let sample = |n: usize| {
        let cycles = 20.0 * rise_s * ((n as f64 / rate_hz / rise_s).exp() - 1.0);
        (level * (drive * (TAU * cycles).sin()).clamp(-1.0, 1.0)) as f32
    };
    (0..(length_s * rate_hz) as usize).map(sample).collect()
}

/// A tone of one frequency.
pub fn sine(frequency_hz: f64, level_dbfs: f64, len: usize, rate_hz: u32) -> Vec<f32> {
    let turns = TAU * frequency_hz / f64::from(rate_hz);
    (0..len).map(|n| (db_to_gain(level_dbfs) * (turns * n as f64).sin()) as f32).collect()
}

/// A tone at a quarter of the rate, sampled half way between its zeros and its peaks, so that every sample has the same
/// magnitude and its true peak is 3 dB higher; that magnitude rises to `burst_dbfs` in the middle.
pub fn burst(len: usize, range: std::ops::Range<usize>, rest_dbfs: f64, burst_dbfs: f64) -> Vec<f32> {
    let sign = |n: usize| if n % 4 < 2 { 1.0 } else { -1.0 };
    let level_dbfs = |n| if range.contains(&n) { burst_dbfs } else { rest_dbfs };
    (0..len).map(|n| (sign(n) * db_to_gain(level_dbfs(n))) as f32).collect()
}

/// The song files that Debian packs with a game, by their names.
///
/// # Errors
/// When the package is not there.
pub fn song(name: &str) -> anyhow::Result<([Vec<f32>; 2], u32)> {
    let path = format!("/usr/share/games/frozen-bubble/snd/{name}.ogg");
    excerpt(Path::new(&path), 30, 30).with_context(|| format!("{path} (package frozen-bubble-data)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_brought_to_its_peak_and_faded() {
        let mut audio = [sine(997.0, -20.0, 48_000, 48_000), vec![0.0; 48_000]];
        bring_to(&mut audio, 6.0).unwrap();
        let peak = audio[0].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((f64::from(peak) - db_to_gain(6.0)).abs() < 1e-6, "{peak}");
        fade(&mut audio[0], 48_000);
        assert_eq!((audio[0][0], audio[0][47_999]), (0.0, 0.0));
        assert!(bring_to(&mut [vec![0.0], vec![0.0]], 0.0).is_err());
    }

    #[test]
    fn a_burst_has_one_magnitude_inside_and_one_outside() {
        let magnitudes: Vec<f32> = burst(8, 2..6, -20.0, 0.0).iter().map(|x| x.abs()).collect();
        assert_eq!(magnitudes, [0.1, 0.1, 1.0, 1.0, 1.0, 1.0, 0.1, 0.1]);
    }
}
