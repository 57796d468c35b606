//! Masters a synthesiser's speech: to -16 LUFS, saved as WAV and MP3, and as Whisper hears it.
//!
//! ```sh
//! espeak-ng -w speech.wav "A lacquer is the disc that a mastering engineer cuts."
//! cargo run --release --package lacquer-offline --features mp3 --example speech -- speech.wav
//! ```

use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram};
use lacquer_offline::encode::{AudioWriter, Mp3Quality, OutputFormat, SampleFormat};
use lacquer_offline::master::{Order, master_planes};
use lacquer_offline::mono::resampled;
use lacquer_offline::progress::Progress;
use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

#[expect(clippy::print_stdout, reason = "an example says what it did")]
fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a speech file")?;
    let mut reader = lacquer_offline::decode::AudioReader::open(&path)?;
    let rate_hz = reader.info().sample_rate_hz;
    let num_frames = reader.info().num_frames.ok_or("expected a file that tells its length")?;
    let mut speech = vec![vec![0.0; num_frames as usize]; reader.info().num_channels];
    reader.read(&mut speech)?;

    let mut preset = lacquer_presets::Library::user().load("synthesised-speech")?;
    preset.bounce.output_lufs = Some(-16.0);
    let order = Order { preset, assist: None, dither: None, best_effort: false, dual_mono: false };
    let progress = Progress { on_step: &|_, _| (), cancelled: &AtomicBool::new(false) };
    let planes: Vec<&[f32]> = speech.iter().map(Vec::as_slice).collect();
    // Dithered for the WAV file of 16 bits.
    let (master, report) = master_planes(&planes, rate_hz, Some(16), &order, &progress)?;
    let figure = |figure: Option<f64>| figure.unwrap_or(f64::NAN);
    let (before, after) = (&report.input.figures, &report.output.figures);
    println!(
        "{:.1} LUFS became {:.2} LUFS, {:.2} dBTP",
        figure(before.integrated_lufs),
        figure(after.integrated_lufs),
        figure(after.true_peak_dbtp)
    );

    let planes: Vec<&[f32]> = master.chunks_exact(master.len() / planes.len()).collect();
    for (name, format) in [
        ("speech.mastered.wav", OutputFormat::Wav(SampleFormat::Int16)),
        ("speech.mastered.mp3", OutputFormat::Mp3(Mp3Quality::Cbr(128))),
    ] {
        let mut writer = AudioWriter::create(Path::new(name), format, rate_hz, planes.len())?;
        writer.write(&planes)?;
        writer.finish()?.publish(true)?;
    }

    let clip = resampled(planes[0], f64::from(rate_hz), 16_000.0)?;
    let definition = MelDefinition::whisper(80);
    let num_frames = definition.num_frames(clip.len());
    let mut mel = vec![0.0; 80 * num_frames];
    MelSpectrogram::new(&definition)?.process(&clip, &mut mel);
    println!("mel: 80 bands, {num_frames} frames");
    Ok(())
}
