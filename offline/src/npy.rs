//! NumPy's array files, version 1.0: a two-dimensional array of `f32`, rows in a row.
//!
//! Source: NumPy, "NEP 1: A simple file format for NumPy arrays".

use std::io::{self, Write};

/// Writes an array of `num_rows` rows.
///
/// # Errors
/// Those of the writer.
pub fn write(mut to: impl Write, num_rows: usize, values: &[f32]) -> io::Result<()> {
    let num_columns = values.len().checked_div(num_rows).unwrap_or(0);
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({num_rows}, {num_columns}), }}");
    // Magic, version and length take 10 bytes, the header ends in a line break, and all of it fills whole 64s.
    let padded_len = (10 + header.len() + 1).next_multiple_of(64) - 10;
    to.write_all(b"\x93NUMPY\x01\x00")?;
    to.write_all(&(padded_len as u16).to_le_bytes())?;
    writeln!(to, "{header:<width$}", width = padded_len - 1)?;
    for value in values {
        to.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}
