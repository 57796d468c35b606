//! The chain, and programmes that come piece by piece.

use crate::arrays::{array, channels, invalid};
use crate::meter::figures;
use lacquer_dsp::block::{Block, MAX_CHANNELS};
use lacquer_dsp::chain::Chain;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::stream::{Normalisation, Stream as Inner};
use lacquer_presets::{Library, nearest_parameter};
use numpy::{PyArray2, PyReadonlyArray2, PyReadwriteArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// How much the chain is given at a time.
const MAX_BLOCK_LEN: usize = 4096;

fn param_of(id: &str) -> PyResult<&'static lacquer_dsp::param::Param> {
    params::find(id).map_err(|error| {
        let meant = nearest_parameter(id).map(|id| format!(" (did you mean '{id}'?)")).unwrap_or_default();
        PyKeyError::new_err(format!("{error}{meant}"))
    })
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
pub struct Engine {
    chain: Box<Chain>,
    settings: ChainSettings,
    meter: LoudnessMeter,
    num_channels: usize,
}

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
        let mut chain = Box::<Chain>::default();
        chain.prepare(&spec).map_err(invalid)?;
        let mut meter = LoudnessMeter::new();
        meter.prepare(sample_rate_hz, &[ChannelRole::Main; MAX_CHANNELS][..num_channels]).map_err(invalid)?;
        Ok(Self { chain, settings: ChainSettings::default(), meter, num_channels })
    }

    fn get(&self, id: &str) -> PyResult<f64> {
        Ok(param_of(id)?.get(&self.settings))
    }

    fn set(&mut self, id: &str, value: f64) -> PyResult<()> {
        param_of(id)?.set(&mut self.settings, value).map_err(invalid)?;
        self.chain.set(&self.settings);
        Ok(())
    }

    fn load_preset(&mut self, name: &str) -> PyResult<()> {
        self.settings = Library::user().load(name).map_err(invalid)?.settings;
        self.chain.set(&self.settings);
        Ok(())
    }

    /// In place.
    fn process(&mut self, py: Python<'_>, mut audio: PyReadwriteArray2<'_, f32>) -> PyResult<()> {
        let (num_channels, num_frames) = (audio.shape()[0], audio.shape()[1]);
        if num_channels != self.num_channels {
            let expected = self.num_channels;
            return Err(invalid(format_args!("audio: expected {expected} channels, found {num_channels}")));
        }
        let samples =
            audio.as_slice_mut().map_err(|_| invalid("audio: expected a C-contiguous array of float32"))?;
        if num_frames == 0 {
            return Ok(());
        }
        let (left, right) = samples.split_at_mut(num_frames);
        py.detach(|| {
            for start in (0..num_frames).step_by(MAX_BLOCK_LEN) {
                let range = start..num_frames.min(start + MAX_BLOCK_LEN);
                let left = &mut left[range.clone()];
                if num_channels == 2 {
                    let right = &mut right[range];
                    self.chain.process(&mut Block::stereo(left, right));
                    self.meter.process(&[left, right]);
                } else {
                    self.chain.process(&mut Block::mono(left));
                    self.meter.process(&[left]);
                }
            }
        });
        Ok(())
    }

    fn reset(&mut self) {
        self.chain.reset();
        self.meter.reset();
    }

    #[getter]
    fn latency_samples(&self) -> usize {
        self.chain.latency_samples()
    }

    #[getter]
    fn num_channels(&self) -> usize {
        self.num_channels
    }

    #[getter]
    fn num_damaged_samples(&self) -> u64 {
        self.chain.num_damaged_samples()
    }

    fn meters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        figures(py, &self.meter.reading())
    }

    fn reductions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let now = self.chain.reductions();
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
pub struct Stream(Inner);

#[pymethods]
impl Stream {
    #[new]
    fn new(
        sample_rate_hz: f64,
        num_channels: usize,
        preset: &str,
        gain_db: Option<f64>,
        lufs: Option<f64>,
        look_ahead_s: f64,
    ) -> PyResult<Self> {
        let mut settings = Library::user().load(preset).map_err(invalid)?.settings;
        let normalisation = match (gain_db, lufs) {
            (Some(gain_db), None) => {
                param_of("loudness.gain_db")?.set(&mut settings, gain_db).map_err(invalid)?;
                Normalisation::FirstPass
            }
            (None, Some(output_lufs)) => Normalisation::LookAhead { output_lufs, seconds: look_ahead_s },
            _ => return Err(invalid("expected either lufs or gain_db")),
        };
        Inner::new(sample_rate_hz, num_channels, &settings, normalisation).map(Self).map_err(invalid)
    }

    fn process<'py>(
        &mut self,
        py: Python<'py>,
        audio: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let input = channels(&audio)?;
        if input.len() != self.0.num_channels() {
            let expected = self.0.num_channels();
            return Err(invalid(format_args!("audio: expected {expected} channels, found {}", input.len())));
        }
        if self.0.is_finished() {
            return Err(PyRuntimeError::new_err("the stream was finished, and takes no more audio"));
        }
        let mut planes = vec![vec![0.0; audio.shape()[1]]; input.len()];
        let given = py.detach(|| {
            let mut output: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
            self.0.process(&input, &mut output).1
        });
        planes.iter_mut().for_each(|plane| plane.truncate(given));
        Ok(array(py, &planes))
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        let num_pending = self.0.num_pending() as usize;
        let mut planes = vec![vec![0.0; num_pending]; self.0.num_channels()];
        let given = py.detach(|| {
            let mut output: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
            self.0.finish(&mut output)
        });
        planes.iter_mut().for_each(|plane| plane.truncate(given));
        array(py, &planes)
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
