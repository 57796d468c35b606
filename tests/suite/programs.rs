//! Programs of other projects, which the tests compare with. Without them there is no proof, so an absent one is a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a program and returns what it prints.
pub(crate) fn run(program: &str, package: &str, args: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap_or_else(|e| {
        panic!(
            "`{program}` cannot be started ({e}): install the package `{package}`, or run `cargo xtask test`"
        )
    });
    assert!(
        output.status.success(),
        "{program} {args:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A path as an argument of a program.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("temporary paths are plain")
}

/// Runs one of the oracles in `tests/python`, on the interpreter that `cargo xtask test` has made, and returns its JSON.
pub(crate) fn oracle(script: &str, args: &[&str]) -> serde_json::Value {
    let python = python();
    assert!(
        python.is_file(),
        "there is no Python at {} for the oracle: run cargo xtask test",
        python.display()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let args = [&["-B", arg(&script)], args].concat();
    let printed = run(arg(&python), "python3", &args);
    serde_json::from_slice(&printed).expect("an oracle prints JSON")
}

pub(crate) fn python() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python-venv/bin/python");
    std::env::var_os("LACQUER_TEST_PYTHON").map_or_else(default, PathBuf::from)
}
