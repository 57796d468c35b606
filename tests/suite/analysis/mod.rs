//! What the analyses show, against closed forms, SciPy, librosa, Kaldi and Whisper's own table.

mod agreement;
mod commands;
mod mel;
mod spectrogram;
mod spectrum;
mod stereo;

use crate::signals::Noise;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

/// A sine of a peak, from phase zero.
fn sine(frequency_hz: f64, peak: f64, rate_hz: f64, len: usize) -> Vec<f32> {
    (0..len).map(|n| (peak * (TAU * (frequency_hz * n as f64 / rate_hz).fract()).sin()) as f32).collect()
}

/// White noise between -`peak` and `peak`, whose mean square is a third of the peak's.
fn white(seed: u64, peak: f64, len: usize) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    (0..len).map(|_| (peak * noise.next()) as f32).collect()
}

/// Numbers as a file for an oracle.
fn store<const N: usize, T: Copy>(
    folder: &Path,
    name: &str,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> PathBuf {
    let path = folder.join(name);
    let bytes: Vec<u8> = values.iter().flat_map(|&value| bytes(value)).collect();
    std::fs::write(&path, bytes).expect("a temporary folder can be written");
    path
}
