//! The C library as C, C++ and Python programs have it: installed to a prefix, found by pkg-config, run under valgrind.

use crate::cli::call;
use crate::hosts::parity::{RATE_HZ, num_differing, piece, rendered};
use crate::hosts::vst3::read;
use crate::programs::{arg, run};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// `cargo xtask` with these words.
fn xtask(words: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    command.arg("xtask").args(words).current_dir(root()).stdin(Stdio::null());
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The prefix that the library is installed to, with debug assertions, once for all tests.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<TempDir> = OnceLock::new();
    let folder = PREFIX.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        xtask(&["capi", "--debug", "--prefix", arg(folder.path())]);
        folder
    });
    folder.path()
}

/// What pkg-config says of the library.
fn pkg_config(words: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")).args(words).arg("lacquer");
    let output = command.output().expect("pkg-config is installed by `cargo xtask test`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// A program, compiled and linked with what pkg-config says and nothing else of ours.
pub(crate) fn compiled(folder: &Path, source: &Path) -> PathBuf {
    let program = folder.join(source.file_stem().unwrap());
    let flags = pkg_config(&["--cflags", "--libs"]);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let lib = format!("-Wl,-rpath,{}", prefix().join("lib").display());
    let args = [&WARNINGS[..], &["-std=gnu11", "-O1", "-g", arg(source), "-o", arg(&program)], &flags];
    run("gcc", "gcc", &[&args.concat()[..], &["-lm", "-lpthread", &lib]].concat());
    program
}

pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("c").join(name)
}

/// A text without its C comments.
fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("*/").map_or("", |(_, rest)| rest))
}

/// Names of functions of ours that are followed by a parenthesis.
fn functions_in(text: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let text = without_comments(text);
    let starts = text.match_indices("lacquer_").map(|(at, _)| at);
    starts
        .filter(|&at| !text[..at].ends_with(is_word))
        .filter_map(|at| {
            let name: String = text[at..].chars().take_while(|&c| is_word(c)).collect();
            text[at + name.len()..].starts_with('(').then_some(name)
        })
        .collect()
}

#[test]
fn the_header_is_what_the_code_says() {
    xtask(&["header", "--check"]);
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn every_function_is_declared_exported_and_called() {
    let header = fs::read_to_string(prefix().join("include/lacquer.h")).unwrap();
    let notices = fs::read_to_string(prefix().join("share/doc/lacquer/THIRD-PARTY.md")).unwrap();
    assert!(notices.contains("## RNNoise"), "notices go with what is installed");
    let declared = functions_in(&header);
    let library = prefix().join("lib/liblacquer.so");
    let symbols = String::from_utf8(run("nm", "binutils", &["-D", "--defined-only", arg(&library)])).unwrap();
    let exported: BTreeSet<String> =
        symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect();
    let called = functions_in(&fs::read_to_string(source("api.c")).unwrap());
    let family = |name: &str| name.split('_').nth(1).unwrap_or_default().to_owned();
    let families: BTreeSet<String> = declared.iter().map(|name| family(name)).collect();
    let mut table =
        "| family | declared | exported | called by tests/c/api.c |\n|---|---|---|---|\n".to_owned();
    for of in &families {
        let count = |names: &BTreeSet<String>| names.iter().filter(|name| family(name) == *of).count();
        writeln!(table, "| {of} | {} | {} | {} |", count(&declared), count(&exported), count(&called))
            .unwrap();
    }
    writeln!(table, "| all | {} | {} | {} |", declared.len(), exported.len(), called.len()).unwrap();
    println!("{table}");
    assert!(declared.len() > 60, "the header was read");
    assert_eq!(exported, declared, "what is exported is what is declared, and nothing else");
    assert_eq!(called, declared, "what is declared is called");
}

#[test]
fn the_c_test_runs_under_valgrind_without_an_error_or_a_leak() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), &source("api.c"));
    assert_eq!(run(arg(&program), "gcc", &[arg(folder.path())]), b"ok\n");
    let args = ["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];
    let printed = run("valgrind", "valgrind", &[&args[..], &[arg(&program), arg(folder.path())]].concat());
    assert_eq!(printed, b"ok\n");
}

#[test]
fn old_c_and_cpp_take_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let flags = pkg_config(&["--cflags"]);
    let text = "#include <lacquer.h>\nint main(void) { return (int)lacquer_param_count() == 0; }\n";
    for (compiler, standard, name) in
        [("gcc", "c99", "a.c"), ("g++", "c++11", "a.cpp"), ("g++", "c++20", "b.cpp")]
    {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let standard = format!("-std={standard}");
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let args = [&WARNINGS[..], &[&standard, "-fsyntax-only", arg(&path)], &flags].concat();
        run(compiler, compiler, &args);
    }
}

/// Linked statically, with what pkg-config says for that, a program needs no library of ours.
#[test]
fn the_static_library_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("api");
    let archive = prefix().join("lib/liblacquer.a");
    let private: Vec<String> =
        pkg_config(&["--static", "--libs"]).into_iter().filter(|word| word != "-llacquer").collect();
    let private: Vec<&str> = private.iter().map(String::as_str).collect();
    let include = format!("-I{}", prefix().join("include").display());
    let api = source("api.c");
    let args =
        [&["-std=gnu11", "-O1", &include, arg(&api), arg(&archive), "-o", arg(&program)], &private[..]];
    run("gcc", "gcc", &args.concat());
    assert_eq!(run(arg(&program), "gcc", &[arg(folder.path())]), b"ok\n");
}

/// What `tests/c/render.c` makes of audio, and its latency.
fn through_c(
    folder: &Path,
    program: &Path,
    what: [&str; 2],
    block: i64,
    audio: &[Vec<f32>],
) -> (Vec<Vec<f32>>, usize) {
    let (out, channels) = (folder.join("out.raw"), audio.len().to_string());
    let input = folder.join("in.raw");
    let bytes: Vec<u8> = audio.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
    fs::write(&input, bytes).unwrap();
    let rate = RATE_HZ.to_string();
    let args = [what[0], what[1], &rate, &channels, &block.to_string(), arg(&input), arg(&out)];
    let latency = String::from_utf8(run(arg(program), "gcc", &args)).unwrap();
    (read(&out, audio.len()), latency.trim().parse().unwrap())
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn parity_of_every_factory_preset_through_c() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), &source("render.c"));
    let audio = piece();
    println!("| preset | block | samples | differing from the bounce |\n|---|---|---|---|");
    for preset in lacquer_presets::factory() {
        for num_channels in [1, 2] {
            let audio = &audio[..num_channels];
            let expected = rendered(audio, RATE_HZ, &preset.settings);
            for block in [17, -300, 5000] {
                let what = ["ENGINE", &preset.slug];
                let (late, latency) = through_c(folder.path(), &program, what, block, audio);
                let num_differing = num_differing(&late, &expected, latency);
                let num_samples = num_channels * (audio[0].len() - latency);
                println!("| {} | {block} | {num_samples} | {num_differing} |", preset.slug);
                assert_eq!(num_differing, 0, "{} in blocks of {block}", preset.slug);
            }
        }
    }
}

/// A programme mastered through C is what the command line masters.
#[test]
fn mastering_through_c_gives_the_bits_of_a_bounce() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), &source("render.c"));
    let audio = piece();
    let (ours, _) = through_c(folder.path(), &program, ["MASTER", "podcast"], 0, &audio);
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE_HZ as u32,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut wav = hound::WavWriter::create(folder.path().join("in.wav"), spec).unwrap();
    for n in 0..audio[0].len() {
        audio.iter().for_each(|channel| wav.write_sample(channel[n]).unwrap());
    }
    wav.finalize().unwrap();
    let ended =
        call(folder.path(), &["bounce", "in.wav", "-o", "out.wav", "--preset", "podcast", "--bits", "float"]);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let mut bounced = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
    let samples: Vec<f32> = bounced.samples().map(Result::unwrap).collect();
    let expected: Vec<Vec<f32>> =
        (0..2).map(|c| samples.iter().skip(c).step_by(2).copied().collect()).collect();
    assert_eq!(ours[0].len(), expected[0].len());
    assert_eq!(num_differing(&ours, &expected, 0), 0);
}

/// The examples as a newcomer runs them, on what espeak-ng says. All come to the same.
#[test]
fn the_examples_run_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let speech = folder.path().join("speech.wav");
    let sentence = "A lacquer is the disc that a mastering engineer cuts.";
    run("espeak-ng", "espeak-ng", &["-w", arg(&speech), sentence]);
    let examples = root().join("examples");
    let c = compiled(folder.path(), &examples.join("speech.c"));
    let rust = [
        env!("CARGO"),
        "run",
        "--quiet",
        "--package",
        "lacquer-offline",
        "--features",
        "mp3",
        "--example",
        "speech",
        "--manifest-path",
    ];
    let manifest = root().join("Cargo.toml");
    let library = prefix().join("lib/liblacquer.so");
    let ctypes = examples.join("speech_ctypes.py");
    let commands: [Vec<&str>; 3] = [
        vec![arg(&c), arg(&speech)],
        [&rust[..], &[arg(&manifest), "--", arg(&speech)]].concat(),
        vec!["python3", arg(&ctypes), arg(&library), arg(&speech)],
    ];
    let mut masters = Vec::new();
    for words in commands {
        let output = Command::new(words[0]).args(&words[1..]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("became -16.0") || said.contains("became -15.9"), "{said}");
        assert!(words[0] == "python3" || said.contains("mel: 80 bands"), "{said}");
        let [wav, mp3] = ["speech.mastered.wav", "speech.mastered.mp3"].map(|name| folder.path().join(name));
        masters.push((fs::read(&wav).unwrap(), fs::read(&mp3).unwrap()));
        fs::remove_file(wav).unwrap();
        fs::remove_file(mp3).unwrap();
    }
    assert!(masters.windows(2).all(|pair| pair[0] == pair[1]), "C, Rust and Python write the same files");
}
