//! Lacquer for Python: thin classes and functions over the crates, on NumPy arrays of `float32`.
//!
//! `lacquer/__init__.py` is what a program imports: it brings arrays into shape and has the documentation. Here is what needs Rust.

mod arrays;
mod engine;
mod files;
mod mel;
mod meter;

use pyo3::prelude::*;

/// The compiled half of `lacquer`.
#[pymodule]
mod _lacquer {
    #[pymodule_export]
    use crate::engine::{Engine, Stream, parameters, presets};
    #[pymodule_export]
    use crate::files::{load, master, save};
    #[pymodule_export]
    use crate::mel::{MelStream, mel_spectrogram, resample, spectrogram};
    #[pymodule_export]
    use crate::meter::Meter;

    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
