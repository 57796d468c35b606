//! Names of outputs are settled before any work is done.

use std::path::{Path, PathBuf};

use lacquer_offline::error::FileError;
use lacquer_offline::paths::{Destination, plan_outputs};

/// A folder with two inputs of one name in two folders, and a third beside the first.
struct Inputs {
    folder: tempfile::TempDir,
    first: PathBuf,
    twin: PathBuf,
    other: PathBuf,
}

fn inputs() -> Inputs {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [first, twin, other] =
        ["a/song.wav", "b/song.flac", "a/other.wav"].map(|name| folder.path().join(name));
    for path in [&first, &twin, &other] {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, path.to_string_lossy().as_bytes()).expect("written");
    }
    Inputs { folder, first, twin, other }
}

fn one(input: &Path, output: &Path, overwrite: bool) -> Result<Vec<PathBuf>, FileError> {
    plan_outputs(&[input.to_owned()], &Destination::File(output.to_owned()), overwrite)
}

#[test]
fn outputs_are_named_after_their_inputs() {
    let Inputs { folder, first, other, twin } = inputs();
    let both = [first.clone(), other.clone()];
    let planned =
        plan_outputs(&both, &Destination::BesideInput { extension: "wav" }, false).expect("free names");
    assert_eq!(planned, ["a/song.mastered.wav", "a/other.mastered.wav"].map(|name| folder.path().join(name)));
    let to_folder = Destination::Folder { folder: folder.path().join("b"), extension: "wav" };
    let planned = plan_outputs(&both, &to_folder, false).expect("free names");
    assert_eq!(planned, ["b/song.mastered.wav", "b/other.mastered.wav"].map(|name| folder.path().join(name)));
    let apart = [first, twin];
    let planned =
        plan_outputs(&apart, &Destination::BesideInput { extension: "wav" }, false).expect("two folders");
    assert_eq!(planned.len(), 2);
}

#[test]
fn two_inputs_never_share_an_output() {
    let Inputs { folder, first, other, twin } = inputs();
    let to_folder = Destination::Folder { folder: folder.path().join("b"), extension: "wav" };
    let error = plan_outputs(&[first.clone(), twin.clone()], &to_folder, true).expect_err("one name for two");
    let output = folder.path().join("b/song.mastered.wav");
    assert_eq!(error, FileError::OutputsCollide { output, first: first.clone(), second: twin });
    let one_file = Destination::File(folder.path().join("a.wav"));
    let error = plan_outputs(&[first.clone(), other], &one_file, true).expect_err("one file for two");
    assert!(matches!(error, FileError::OutputsCollide { .. }));
    let error = plan_outputs(&[first.clone(), first], &Destination::BesideInput { extension: "wav" }, true)
        .expect_err("named twice");
    assert!(matches!(error, FileError::OutputsCollide { .. }));
}

#[test]
fn an_input_is_never_overwritten_by_any_of_its_names() {
    let Inputs { folder, first, other, .. } = inputs();
    let hard = folder.path().join("hard.wav");
    std::fs::hard_link(&first, &hard).expect("a link");
    let mut names = vec![first.clone(), folder.path().join("a/../a/song.wav"), hard];
    #[cfg(unix)]
    {
        let soft = folder.path().join("soft.wav");
        std::os::unix::fs::symlink(&first, &soft).expect("a link");
        names.push(soft);
    }
    for output in names {
        let error = one(&first, &output, true).expect_err("it is the input");
        assert_eq!(error, FileError::OutputIsInput { output, input: first.clone() });
    }
    // Nor is another input of the same run, though it is not the one that is mastered to this name.
    let mastered = folder.path().join("a/song.mastered.wav");
    std::fs::copy(&other, &mastered).expect("copied");
    let error =
        plan_outputs(&[first, mastered.clone()], &Destination::BesideInput { extension: "wav" }, true)
            .expect_err("an input");
    assert_eq!(error, FileError::OutputIsInput { output: mastered.clone(), input: mastered });
}

#[test]
fn an_output_that_exists_needs_leave_and_a_folder_is_no_output() {
    let Inputs { folder, first, other, .. } = inputs();
    assert_eq!(one(&first, &other, false), Err(FileError::OutputExists { path: other.clone() }));
    assert_eq!(one(&first, &other, true), Ok(vec![other]));
    let text = |output: &Path| one(&first, output, true).expect_err("no place").to_string();
    assert!(text(folder.path()).contains("expected a file, found a folder"));
    assert!(text(&folder.path().join("c/a.wav")).contains("there is no folder "));
}
