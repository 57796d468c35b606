//! From arrays to slices and back, without copies.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::fmt::Display;

/// What a caller did wrong.
pub fn invalid(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The channels of an array of (channels, frames).
pub fn channels<'a>(audio: &'a PyReadonlyArray2<'_, f32>) -> PyResult<Vec<&'a [f32]>> {
    let shape = audio.shape();
    let (num_channels, num_frames) = (shape[0], shape[1]);
    let samples = audio.as_slice().map_err(|_| invalid("audio: expected a C-contiguous array of float32"))?;
    Ok(match num_frames {
        0 => vec![&[]; num_channels],
        _ => samples.chunks_exact(num_frames).collect(),
    })
}

/// Channels as an array of (channels, frames).
pub fn array<'py>(py: Python<'py>, channels: &[Vec<f32>]) -> Bound<'py, PyArray2<f32>> {
    let num_frames = channels.first().map_or(0, Vec::len);
    let flat: Vec<f32> = channels.iter().flatten().copied().collect();
    matrix(py, channels.len(), num_frames, flat)
}

/// Rows one after another as an array; its memory is handed over.
pub fn matrix(
    py: Python<'_>,
    num_rows: usize,
    num_columns: usize,
    values: Vec<f32>,
) -> Bound<'_, PyArray2<f32>> {
    let array = Array2::from_shape_vec((num_rows, num_columns), values);
    array.expect("as many values as rows times columns").into_pyarray(py)
}

use numpy::PyUntypedArrayMethods;
