//! Loudness and true peak.

use crate::arrays::{channels, expect_channels, invalid};
use lacquer_dsp::meter::{LoudnessMeter, LoudnessReading};
use lacquer_offline::measure::roles_of;
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What a meter reads; None where there is no figure.
pub fn figures<'py>(py: Python<'py>, reading: &LoudnessReading) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    let lufs = |figure: Option<lacquer_dsp::meter::Lufs>| figure.map(|figure| figure.0);
    let dbtp = |figure: Option<lacquer_dsp::meter::Dbtp>| figure.map(|figure| figure.0);
    let dbfs = |figure: Option<lacquer_dsp::meter::Dbfs>| figure.map(|figure| figure.0);
    let lu = |figure: Option<lacquer_dsp::meter::Lu>| figure.map(|figure| figure.0);
    told.set_item("momentary_lufs", lufs(reading.momentary_lufs))?;
    told.set_item("short_term_lufs", lufs(reading.short_term_lufs))?;
    told.set_item("max_momentary_lufs", lufs(reading.max_momentary_lufs))?;
    told.set_item("max_short_term_lufs", lufs(reading.max_short_term_lufs))?;
    told.set_item("integrated_lufs", lufs(reading.integrated_lufs))?;
    told.set_item("range_lu", lu(reading.range_lu))?;
    told.set_item("true_peak_dbtp", dbtp(reading.true_peak_dbtp))?;
    told.set_item("intersample_peak_dbtp", dbtp(reading.intersample_peak_dbtp))?;
    told.set_item("sample_peak_dbfs", dbfs(reading.sample_peak_dbfs))?;
    told.set_item("plr_lu", lu(reading.plr_lu))?;
    told.set_item("rms_dbfs", dbfs(reading.rms_dbfs))?;
    told.set_item("num_frames", reading.num_frames)?;
    told.set_item("num_damaged_samples", reading.num_damaged_samples)?;
    Ok(told)
}

/// See `lacquer.Meter`.
#[pyclass(module = "lacquer")]
pub struct Meter {
    meter: LoudnessMeter,
    num_channels: usize,
}

#[pymethods]
impl Meter {
    #[new]
    fn new(sample_rate_hz: f64, num_channels: usize, dual_mono: bool) -> PyResult<Self> {
        let mut meter = LoudnessMeter::new();
        meter.prepare(sample_rate_hz, &roles_of(num_channels, dual_mono)).map_err(invalid)?;
        Ok(Self { meter, num_channels })
    }

    fn process(&mut self, py: Python<'_>, audio: PyReadonlyArray2<'_, f32>) -> PyResult<()> {
        let planes = channels(&audio)?;
        expect_channels(self.num_channels, planes.len())?;
        py.detach(|| self.meter.process(&planes));
        Ok(())
    }

    fn finish(&mut self) {
        self.meter.finish();
    }

    fn reset(&mut self) {
        self.meter.reset();
    }

    #[getter]
    fn num_channels(&self) -> usize {
        self.num_channels
    }

    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        figures(py, &self.meter.reading())
    }
}
