//! The Python wheel: built by maturin, installed beside nothing, and tried by `python/tests`.

use crate::cli::lacquer;
use crate::programs::{arg, python};
use std::path::{Path, PathBuf};
use std::process::Command;

fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{said}\n{complaint}");
    said.into_owned()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "what pytest says is what the test run shows")]
fn the_wheel_is_built_and_passes_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (wheels, site) = (folder.path().join("wheels"), folder.path().join("site"));
    let manifest = root.join("python/Cargo.toml");
    let python = python();
    let mut build = Command::new(&python);
    build.args(["-m", "maturin", "build", "--locked", "--compatibility", "linux", "--out", arg(&wheels)]);
    succeeds(build.args(["--manifest-path", arg(&manifest)]).current_dir(&root));
    let wheel = std::fs::read_dir(&wheels).unwrap().next().expect("a wheel was built").unwrap().path();
    assert!(arg(&wheel).contains("-abi3-"), "one wheel for every Python: {}", wheel.display());
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target", arg(&site), arg(&wheel)]);
    succeeds(&mut install);
    let is_notice = |path: &Path| path.ends_with("licenses/THIRD-PARTY.md");
    let notices = files_under(&site).into_iter().find(|path| is_notice(path)).expect("notices go with it");
    assert!(std::fs::read_to_string(notices).unwrap().contains("## RNNoise"));
    let mut tests = Command::new(&python);
    tests.args(["-B", "-m", "pytest", "--quiet", "-p", "no:cacheprovider", arg(&root.join("python/tests"))]);
    tests.current_dir(folder.path()).env("PYTHONPATH", &site).env("LACQUER", lacquer());
    let said = succeeds(&mut tests);
    println!("{said}");
    assert!(said.contains(" passed") && !said.contains("skipped"), "{said}");
    // The example as it is written.
    let speech = folder.path().join("speech.wav");
    succeeds(Command::new("espeak-ng").args(["-w", arg(&speech), "A lacquer is a disc."]));
    let mut example = Command::new(&python);
    example.args(["-B", arg(&root.join("examples/speech.py")), arg(&speech)]);
    let said = succeeds(example.current_dir(folder.path()).env("PYTHONPATH", &site));
    assert!(
        (said.contains("became -16.0") || said.contains("became -15.9")) && said.contains("mel: 80 bands"),
        "{said}"
    );
}
