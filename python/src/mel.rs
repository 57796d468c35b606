//! Mel spectrograms and spectrograms.

use crate::arrays::{invalid, matrix};
use lacquer_dsp::analysis::Resolution;
use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram, MelStream as Inner, StreamTop};
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramSettings};
use lacquer_dsp::units::power_to_db;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;

fn definition_of(name: &str, num_bands: Option<usize>) -> PyResult<MelDefinition> {
    let mut definition = match name {
        "whisper" => MelDefinition::whisper(80),
        "librosa" => MelDefinition::librosa(),
        "kaldi" => MelDefinition::kaldi(),
        other => {
            return Err(invalid(format_args!(
                "definition: expected 'whisper', 'librosa' or 'kaldi', found '{other}'"
            )));
        }
    };
    definition.num_bands = num_bands.unwrap_or(definition.num_bands);
    definition.check().map_err(invalid)?;
    Ok(definition)
}

fn slice<'a>(audio: &'a PyReadonlyArray1<'_, f32>) -> PyResult<&'a [f32]> {
    audio.as_slice().map_err(|_| invalid("audio: expected a C-contiguous array of float32"))
}

/// See `lacquer.mel_spectrogram`.
#[pyfunction]
pub fn mel_spectrogram<'py>(
    py: Python<'py>,
    audio: PyReadonlyArray1<'py, f32>,
    definition: &str,
    num_bands: Option<usize>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let definition = definition_of(definition, num_bands)?;
    let samples = slice(&audio)?;
    let num_frames = definition.num_frames(samples.len());
    let mut mel = MelSpectrogram::new(&definition).map_err(invalid)?;
    let mut values = vec![0.0; definition.num_bands * num_frames];
    if num_frames > 0 {
        py.detach(|| mel.process(samples, &mut values));
    }
    Ok(matrix(py, definition.num_bands, num_frames, values))
}

/// See `lacquer.MelStream`.
#[pyclass(module = "lacquer")]
pub struct MelStream(Inner);

#[pymethods]
impl MelStream {
    #[new]
    fn new(definition: &str, num_bands: Option<usize>, top: Option<f32>) -> PyResult<Self> {
        let top = top.map_or(StreamTop::Running, StreamTop::Known);
        Inner::new(&definition_of(definition, num_bands)?, top).map(Self).map_err(invalid)
    }

    /// Frames as rows.
    fn process<'py>(
        &mut self,
        py: Python<'py>,
        audio: PyReadonlyArray1<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let samples = slice(&audio)?;
        let mut values = Vec::new();
        py.detach(|| self.0.process(samples, |frame| values.extend_from_slice(frame.values)));
        Ok(self.frames(py, values))
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        let mut values = Vec::new();
        self.0.finish(|frame| values.extend_from_slice(frame.values));
        self.frames(py, values)
    }
}

impl MelStream {
    fn frames<'py>(&self, py: Python<'py>, values: Vec<f32>) -> Bound<'py, PyArray2<f32>> {
        let num_bands = self.0.definition().num_bands;
        matrix(py, values.len() / num_bands, num_bands, values)
    }
}

/// See `lacquer.resample`.
#[pyfunction]
pub fn resample<'py>(
    py: Python<'py>,
    audio: PyReadonlyArray1<'py, f32>,
    from_hz: f64,
    to_hz: f64,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let samples = slice(&audio)?;
    let made = py.detach(|| lacquer_offline::mono::resampled(samples, from_hz, to_hz)).map_err(invalid)?;
    Ok(PyArray1::from_vec(py, made))
}

/// Levels in dBFS, frequencies, times.
type Picture<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// See `lacquer.spectrogram`.
#[pyfunction]
pub fn spectrogram<'py>(
    py: Python<'py>,
    audio: PyReadonlyArray1<'py, f32>,
    sample_rate_hz: f64,
    fft_len: usize,
    overlap: f64,
    is_reassigned: bool,
) -> PyResult<Picture<'py>> {
    let samples = slice(&audio)?;
    let resolution = Resolution { fft_len, overlap, ..Resolution::default() };
    let settings = SpectrogramSettings { resolution, rows: Rows::Bins, is_reassigned };
    let mut spectrogram = Spectrogram::new(sample_rate_hz, &settings).map_err(invalid)?;
    let num_rows = settings.num_rows();
    let (rows, times_s) = py.detach(|| {
        let (mut columns, mut times_s): (Vec<f32>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut take = |column: lacquer_dsp::analysis::spectrogram::SpectrogramColumn<'_>| {
            columns.extend(column.power.iter().map(|&power| power_to_db(power) as f32));
            times_s.push(column.time_s);
        };
        spectrogram.process(samples, &mut take);
        spectrogram.finish(&mut take);
        let num_columns = times_s.len();
        let values = 0..num_rows * num_columns;
        let rows: Vec<f32> = values.map(|n| columns[n % num_columns * num_rows + n / num_columns]).collect();
        (rows, times_s)
    });
    let num_columns = times_s.len();
    let frequencies_hz: Vec<f64> = (0..num_rows).map(|row| settings.row_hz(row, sample_rate_hz)).collect();
    let (frequencies_hz, times_s) = (PyArray1::from_vec(py, frequencies_hz), PyArray1::from_vec(py, times_s));
    Ok((matrix(py, num_rows, num_columns, rows), frequencies_hz, times_s))
}
