//! The `lacquer` command.
#![forbid(unsafe_code)]

fn main() {}
