//! The Python that oracles and plots run on: a virtual environment of its own, with pinned versions.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::process::program;

/// Tells the tests which interpreter to use.
pub const VARIABLE: &str = "LACQUER_TEST_PYTHON";

/// What the oracles import, to see that an environment works.
const IMPORTS: &str = "import numpy, scipy, soundfile, librosa, kaldi_native_fbank, pedalboard, dawdreamer, maturin, pytest, pyloudnorm, importlib.util; \
    assert all(map(importlib.util.find_spec, ['whisper', 'faster_whisper']))";

fn folder(root: &Path) -> PathBuf {
    root.join("target/python-venv")
}

/// Where the interpreter is once [`prepare`] has been run. The tests look there too when nobody tells them.
pub fn interpreter(root: &Path) -> PathBuf {
    folder(root).join("bin/python")
}

/// Makes the environment, unless it is there, works, and was made from the same requirements.
///
/// # Errors
/// When Python or pip fail.
pub fn prepare(root: &Path) -> anyhow::Result<()> {
    let requirements = root.join("tests/python/requirements.txt");
    // Packages of which a file is read, without all that they would bring along.
    let alone = root.join("tests/python/requirements-alone.txt");
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    let wanted = read(&requirements)? + &read(&alone)?;
    let (folder, interpreter) = (folder(root), interpreter(root));
    // A copy of what it was made from, written last, so that what was interrupted is made again.
    let stamp = folder.join("made-from.txt");
    let is_current = fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted);
    if is_current && program(&interpreter, &["-c", IMPORTS]).succeeds() {
        return Ok(());
    }
    let folder = folder.to_str().context("the workspace's path is not UTF-8")?;
    program("python3", &["-m", "venv", "--clear", folder]).run()?;
    pip_install(&interpreter, &requirements, WHEELS)?;
    pip_install(&interpreter, &alone, &["--no-deps"])?;
    program(&interpreter, &["-c", IMPORTS]).run()?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

/// Adds to the environment what only the plots need, unless it is there. [`prepare`] comes first.
///
/// # Errors
/// When pip fails.
pub fn add_plotting(root: &Path) -> anyhow::Result<()> {
    let requirements = root.join("docs/plots/requirements.txt");
    let wanted = fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    let stamp = folder(root).join("plotting-from.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) {
        return Ok(());
    }
    pip_install(&interpreter(root), &requirements, WHEELS)?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

/// Nothing is to be compiled.
const WHEELS: &[&str] = &["--only-binary", ":all:"];

fn pip_install(interpreter: &Path, requirements: &Path, how: &[&str]) -> anyhow::Result<()> {
    let requirements = requirements.to_str().context("the workspace's path is not UTF-8")?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let args = [&quiet[..], how, &["--requirement", requirements]].concat();
    program(interpreter, &args).run()
}
