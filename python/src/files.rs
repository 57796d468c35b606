//! Files, and whole programmes.

use crate::arrays::{array, channels, invalid, matrix};
use lacquer_offline::assist::Assist;
use lacquer_offline::decode::read_all;
use lacquer_offline::encode::{AudioWriter, Mp3Quality, OutputFormat, SampleFormat};
use lacquer_offline::error::FileError;
use lacquer_offline::master::{MasterError, Order, master_planes, stored_bits};
use lacquer_offline::progress::Progress;
use lacquer_presets::Library;
use numpy::{PyArray2, PyReadonlyArray2};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

fn file_error(error: FileError) -> PyErr {
    match error {
        FileError::NotHeld { .. } => invalid(error),
        // PyO3 knows which exception stands for which kind.
        _ => io::Error::new(error.kind(), error.to_string()).into(),
    }
}

/// See `lacquer.load`.
#[pyfunction]
pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Bound<'_, PyArray2<f32>>, u32)> {
    let (info, planes) = py.detach(|| read_all(path)).map_err(file_error)?;
    Ok((array(py, planes), info.sample_rate_hz))
}

fn sample_format(bits: &str) -> PyResult<SampleFormat> {
    match bits {
        "16" => Ok(SampleFormat::Int16),
        "24" => Ok(SampleFormat::Int24),
        "32" => Ok(SampleFormat::Int32),
        "float" => Ok(SampleFormat::Float32),
        other => Err(invalid(format_args!("bits: expected 16, 24, 32 or 'float', found {other}"))),
    }
}

/// See `lacquer.save`.
#[pyfunction]
pub fn save(
    py: Python<'_>,
    path: PathBuf,
    audio: PyReadonlyArray2<'_, f32>,
    sample_rate_hz: u32,
    bits: &str,
    bitrate: &str,
    overwrite: bool,
) -> PyResult<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let format = match ending.as_str() {
        "wav" => OutputFormat::Wav(sample_format(bits)?),
        "flac" => OutputFormat::Flac(sample_format(bits)?),
        "mp3" => OutputFormat::Mp3(Mp3Quality::from_text(bitrate).ok_or_else(|| {
            let expected = "expected 128, 160, 192, 224, 256, 320, 'V0', 'V1' or 'V2'";
            invalid(format_args!("bitrate: {expected}, found {bitrate}"))
        })?),
        _ => {
            let expected = "expected a name that ends in .wav, .flac or .mp3";
            return Err(invalid(format_args!("{}: {expected}", path.display())));
        }
    };
    let planes = channels(&audio)?;
    if planes.is_empty() {
        return Err(invalid("audio: expected at least one channel"));
    }
    let write = || -> Result<(), FileError> {
        let mut writer = AudioWriter::create(&path, format, sample_rate_hz, planes.len())?;
        writer.write(&planes)?;
        writer.finish()?.publish(overwrite)?;
        Ok(())
    };
    py.detach(write).map_err(file_error)
}

/// See `lacquer.master`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are the keywords of the Python function")]
pub fn master<'py>(
    py: Python<'py>,
    audio: PyReadonlyArray2<'py, f32>,
    sample_rate_hz: u32,
    preset: &str,
    lufs: Option<f64>,
    ceiling_dbtp: Option<f64>,
    bits: Option<u32>,
    assist: bool,
    best_effort: bool,
    dual_mono: bool,
) -> PyResult<(Bound<'py, PyArray2<f32>>, String)> {
    let preset = Library::user().load(preset).map_err(invalid)?;
    let assist = assist.then(Assist::default);
    let order = Order { preset, assist, dither: None, best_effort, dual_mono };
    let order = order.with_targets(lufs, ceiling_dbtp, ["lufs", "ceiling_dbtp"]).map_err(invalid)?;
    let bits = stored_bits(bits).map_err(invalid)?;
    let planes = channels(&audio)?;
    let progress = &AtomicBool::new(false);
    let mastered = py.detach(|| {
        let progress = Progress { on_step: &|_, _| (), cancelled: progress };
        master_planes(&planes, sample_rate_hz, bits, &order, &progress)
    });
    let (master, report) = mastered.map_err(|error| match error {
        MasterError::NotReached(_) => PyRuntimeError::new_err(error.to_string()),
        error => invalid(error),
    })?;
    let report =
        serde_json::to_string(&report).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    Ok((matrix(py, planes.len(), planes.first().map_or(0, |plane| plane.len()), master), report))
}
