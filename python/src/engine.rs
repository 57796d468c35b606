//! The chain, and programmes that come piece by piece.

use crate::arrays::{channels, expect_channels, filled, invalid};
use crate::meter::figures;
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::engine::{Engine as Inner, SetError, set_by_id};
use lacquer_offline::stream::Stream as InnerStream;
use lacquer_presets::{Library, parameter_named};
use numpy::{PyArray2, PyReadonlyArray2, PyReadwriteArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::BTreeMap;

/// How much the chain is given at a time.
const MAX_BLOCK_LEN: usize = 4096;

fn not_set(error: SetError) -> PyErr {
    match error {
        SetError::Unknown(error) => PyKeyError::new_err(error.to_string()),
        SetError::Value(error) => invalid(error),
    }
}

/// Settings with these values, by the parameters' ids.
fn with_values(mut settings: ChainSettings, values: &BTreeMap<String, f64>) -> PyResult<ChainSettings> {
    for (id, value) in values {
        set_by_id(&mut settings, id, *value).map_err(not_set)?;
    }
    Ok(settings)
}

/// Every parameter: id, name, unit, lowest, highest, default.
#[pyfunction]
pub fn parameters() -> Vec<(&'static str, &'static str, &'static str, f64, f64, f64)> {
    params::all()
        .map(|param| (param.id, param.name, param.unit.symbol(), param.min, param.max, param.default))
        .collect()
}

/// The names of the factory's presets.
#[pyfunction]
pub fn presets() -> Vec<String> {
    lacquer_presets::factory().into_iter().map(|preset| preset.slug).collect()
}

/// See `lacquer.Engine`.
#[pyclass(module = "lacquer")]
pub struct Engine(Inner);

#[pymethods]
impl Engine {
    #[new]
    fn new(sample_rate_hz: f64, num_channels: usize, latency: &str) -> PyResult<Self> {
        let latency_mode = match latency {
            "quality" => LatencyMode::Quality,
            "live" => LatencyMode::Live,
            other => {
                return Err(invalid(format_args!("latency: expected 'quality' or 'live', found '{other}'")));
            }
        };
        let spec = ProcessSpec { sample_rate_hz, max_block_len: MAX_BLOCK_LEN, num_channels, latency_mode };
        Inner::new(spec).map(Self).map_err(invalid)
    }

    fn get(&self, id: &str) -> PyResult<f64> {
        let param = parameter_named(id).map_err(|error| PyKeyError::new_err(error.to_string()))?;
        Ok(param.get(self.0.settings()))
    }

    fn set(&mut self, id: &str, value: f64) -> PyResult<()> {
        self.0.set_parameter(id, value).map_err(not_set)
    }

    fn update(&mut self, values: BTreeMap<String, f64>) -> PyResult<()> {
        self.0.set(&with_values(*self.0.settings(), &values)?);
        Ok(())
    }

    fn load_preset(&mut self, name: &str) -> PyResult<()> {
        self.0.set(&Library::user().load(name).map_err(invalid)?.settings);
        Ok(())
    }

    /// In place.
    fn process(&mut self, py: Python<'_>, mut audio: PyReadwriteArray2<'_, f32>) -> PyResult<()> {
        let (num_channels, num_frames) = (audio.shape()[0], audio.shape()[1]);
        expect_channels(self.num_channels(), num_channels)?;
        let samples =
            audio.as_slice_mut().map_err(|_| invalid("audio: expected a C-contiguous array of float32"))?;
        if num_frames > 0 {
            py.detach(|| self.0.process(&mut samples.chunks_exact_mut(num_frames).collect::<Vec<_>>()));
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    #[getter]
    fn latency_samples(&self) -> usize {
        self.0.chain().latency_samples()
    }

    #[getter]
    fn num_channels(&self) -> usize {
        self.0.spec().num_channels
    }

    #[getter]
    fn num_damaged_samples(&self) -> u64 {
        self.0.chain().num_damaged_samples()
    }

    fn meters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        figures(py, &self.0.reading())
    }

    fn reductions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let now = self.0.chain().reductions();
        let told = PyDict::new(py);
        told.set_item("gate_db", now.gate_db)?;
        told.set_item("de_esser_db", now.de_esser_db)?;
        told.set_item("leveller_gain_db", now.leveller_gain_db)?;
        told.set_item("multiband_db", now.multiband_db.to_vec())?;
        told.set_item("limiter_db", now.limiter_db)?;
        Ok(told)
    }
}

/// See `lacquer.Stream`.
#[pyclass(module = "lacquer")]
pub struct Stream(InnerStream);

#[pymethods]
impl Stream {
    #[new]
    fn new(
        sample_rate_hz: f64,
        num_channels: usize,
        preset: &str,
        settings: Option<BTreeMap<String, f64>>,
        lufs: Option<f64>,
        look_ahead_s: f64,
    ) -> PyResult<Self> {
        let made = if let Some(values) = settings {
            InnerStream::new(sample_rate_hz, num_channels, &with_values(ChainSettings::default(), &values)?)
        } else {
            let preset = Library::user().load(preset).map_err(invalid)?;
            InnerStream::look_ahead(sample_rate_hz, num_channels, &preset, lufs, look_ahead_s)
        };
        made.map(Self).map_err(invalid)
    }

    fn process<'py>(
        &mut self,
        py: Python<'py>,
        audio: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let input = channels(&audio)?;
        expect_channels(self.0.num_channels(), input.len())?;
        if self.0.is_finished() {
            return Err(PyRuntimeError::new_err("the stream was finished, and takes no more audio"));
        }
        Ok(filled(py, input.len(), audio.shape()[1], |output| self.0.process(&input, output).1))
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        let num_pending = self.0.num_pending() as usize;
        filled(py, self.0.num_channels(), num_pending, |output| self.0.finish(output))
    }

    #[getter]
    fn loudness_gain_db(&self) -> f64 {
        self.0.loudness_gain_db()
    }

    #[getter]
    fn num_pending(&self) -> u64 {
        self.0.num_pending()
    }
}
