//! Prints as JSON how many milliseconds of one core the mel_spec crate takes for 30 s at 16 kHz, with Whisper's frames,
//! 80 bands and its own rule for logarithms.

use std::error::Error;

use cpu_time::ThreadTime;
use mel_spec::mel::{BatchLogMelConfig, BatchLogMelSpectrogram};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected a file of samples and a number of runs")?;
    let num_runs: usize = std::env::args().nth(2).ok_or("expected a number of runs")?.parse()?;
    let bytes = std::fs::read(path)?;
    let samples: Vec<f32> =
        bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let config = BatchLogMelConfig { n_fft: 400, ..BatchLogMelConfig::default() };
    let mel = BatchLogMelSpectrogram::new(config)?;
    let mut scratch = mel.scratch();
    let mut fastest_ms = f64::INFINITY;
    for _ in 0..num_runs {
        let start = ThreadTime::now();
        let output = mel.compute_flat_with_scratch(&samples, &mut scratch)?;
        fastest_ms = fastest_ms.min(start.elapsed().as_secs_f64() * 1000.0);
        assert!(output.rows == 80 && output.cols >= 3000);
    }
    println!("{{\"mel_spec\": {fastest_ms}}}");
    Ok(())
}
