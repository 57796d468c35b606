//! From arrays to slices and back.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::fmt::Display;

/// What a caller did wrong.
pub fn invalid(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The channels of an array of (channels, frames), where they lie.
pub fn channels<'a>(audio: &'a PyReadonlyArray2<'_, f32>) -> PyResult<Vec<&'a [f32]>> {
    let shape = audio.shape();
    let (num_channels, num_frames) = (shape[0], shape[1]);
    let samples = audio.as_slice().map_err(|_| invalid("audio: expected a C-contiguous array of float32"))?;
    Ok(match num_frames {
        0 => vec![&[]; num_channels],
        _ => samples.chunks_exact(num_frames).collect(),
    })
}

/// Refuses another number of channels than something was made for.
pub fn expect_channels(expected: usize, found: usize) -> PyResult<()> {
    if expected != found {
        return Err(invalid(format_args!("audio: expected {expected} channels, found {found}")));
    }
    Ok(())
}

/// Room for so many channels, which `fill` fills up to a length that it returns, as an array of (channels, that length). The interpreter
/// is free meanwhile, and the memory is handed over.
pub fn filled<'py>(
    py: Python<'py>,
    num_channels: usize,
    num_frames: usize,
    fill: impl FnOnce(&mut [&mut [f32]]) -> usize + Send,
) -> Bound<'py, PyArray2<f32>> {
    let mut samples = vec![0.0; num_channels * num_frames];
    let given = py.detach(|| {
        let mut planes: Vec<&mut [f32]> = match num_frames {
            0 => (0..num_channels).map(|_| &mut [][..]).collect(),
            _ => samples.chunks_exact_mut(num_frames).collect(),
        };
        let given = fill(&mut planes);
        for c in 1..num_channels {
            // What was given moves together.
            samples.copy_within(c * num_frames..c * num_frames + given, c * given);
        }
        given
    });
    samples.truncate(num_channels * given);
    matrix(py, num_channels, given, samples)
}

/// Channels as an array of (channels, frames).
pub fn array(py: Python<'_>, mut channels: Vec<Vec<f32>>) -> Bound<'_, PyArray2<f32>> {
    let (num_channels, num_frames) = (channels.len(), channels.first().map_or(0, Vec::len));
    let samples = match channels.as_mut_slice() {
        [only] => std::mem::take(only),
        all => py.detach(|| all.concat()),
    };
    matrix(py, num_channels, num_frames, samples)
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
