//! The documents that the benches write, and what they say of the machine.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::beside::PeerRow;
use super::ours::SILENCE_S;
use crate::packages;
use crate::peers::catalogue;

/// Replaces a document, and says so.
///
/// # Errors
/// When it cannot be written.
#[expect(clippy::print_stdout, reason = "says what was written")]
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())?;
    println!("{} is written", path.display());
    Ok(())
}

/// What one bench writes of docs/performance.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Chain,
    Plugin,
    Capi,
    Analysis,
}

impl Part {
    /// In the order of the document.
    const ALL: [Self; 4] = [Self::Chain, Self::Plugin, Self::Capi, Self::Analysis];

    /// The line that the part begins with, which nobody sees in the rendered document.
    fn mark(self) -> &'static str {
        match self {
            Self::Chain => "<!-- part: cargo xtask bench chain -->",
            Self::Plugin => "<!-- part: cargo xtask bench plugin -->",
            Self::Capi => "<!-- part: cargo xtask bench capi -->",
            Self::Analysis => "<!-- part: cargo xtask bench analysis -->",
        }
    }
}

/// What stands before the parts.
const PERFORMANCE_HEAD: &str = "\
# What it costs

Each part is written by the command that it names, on the machine that it names. Run it for the figures of yours.
";

/// Replaces one part of docs/performance.md, leaves the others as they are, and says so.
///
/// # Errors
/// When the document cannot be written.
pub fn write_part(path: &Path, part: Part, text: &str) -> anyhow::Result<()> {
    write(path, &with_part(&fs::read_to_string(path).unwrap_or_default(), part, text))
}

/// The document with one part replaced, or added in its place.
fn with_part(document: &str, part: Part, text: &str) -> String {
    let kept = |wanted: Part| {
        let (_, after) = document.split_once(wanted.mark())?;
        let ends = Part::ALL.map(|other| after.find(other.mark()));
        let end = ends.into_iter().flatten().min().unwrap_or(after.len());
        Some(after[..end].trim())
    };
    let part_text = |wanted| if wanted == part { Some(text.trim()) } else { kept(wanted) };
    let parts = Part::ALL
        .iter()
        .filter_map(|wanted| Some(format!("\n{}\n\n{}\n", wanted.mark(), part_text(*wanted)?)));
    PERFORMANCE_HEAD.to_owned() + &parts.collect::<String>()
}

/// The part of the mel spectrograms and loudness meters, around its tables.
pub fn analysis([bars, mel, speed, peaks]: [&str; 4]) -> String {
    format!(
        "\
## Analysis

Written by `cargo xtask bench analysis`, which runs everything in one go on one core of {machine}.

### Bars

{bars}
### Mel spectrograms

Milliseconds of one core's time for 30 seconds at 16 kHz, the fastest of several runs. Python peers have one thread. *librosa 80* pads
with silence where Whisper mirrors; *mel_spec* takes natural logarithms of `p + 2^-23` and limits nothing, so neither follows
Whisper's rule, but both do its work. *faster-whisper* follows it. The last two rows of Python follow other definitions and are beside
ours of the same.

{mel}
### Loudness meters

Seconds of stereo at 48 kHz per second of one core's time, the fastest of several runs, in blocks of 4096: the demo piece, and
\"introzik\" of Frozen Bubble, each twice in a row. The peers can leave readings out. Ours always has all, and one more: momentary and
short-term loudness, integrated loudness, range, sample peak, RMS, the standard's true peak and the closer inter-sample peak. \"Times
ours\" is the time for integrated loudness, range and true peak over ours for everything.

{speed}
### True peaks of clipped chirps

dBTP of chirps from 20 Hz to 20 kHz in 4 s, driven into clipping at full scale, whose aliased harmonics reach half the rate. The truth is
NumPy's FFT at 32 times the rate.

{peaks}",
        machine = machine(),
    )
}

/// The part of the chain, around its tables: ours in Live and in Quality mode, the peers, and the bars.
pub fn chain([live, quality, beside, bars]: [&str; 4], peers: &[PeerRow]) -> String {
    let other_threads_ms = peers
        .iter()
        .filter_map(|row| row.costs.as_ref().ok())
        .map(|costs| costs.as_loaded.other_threads_ms)
        .fold(0.0, f64::max);
    format!(
        "\
## Chain

Written by `cargo xtask bench chain`. All figures are milliseconds of processor time per second of stereo at 48 kHz, so 10 is one
hundredth of a core. Nothing fails on them. These are of
{machine}.

### Bars

{bars}
### Lacquer, Live mode

Ten seconds of the demo piece, the loudest, at about -14 LUFS, in blocks of 64, 512 and 4096 samples; then {SILENCE_S} s of silence in
blocks of 512. The fastest of at least five runs; the thread's own clock; copying is not counted. The chain is four bells, four bands,
exciter, stereo width and mono bass, loudness gain, true-peak limiter, and the loudness and true-peak meters on what comes out.

{live}
### Lacquer, Quality mode

{quality}
### Beside other projects' plugins

The same ten seconds through these plugins, in a host of our own (`xtask/peers/lv2_run.c`, on lilv), in blocks of 512, with
flush-to-zero and denormals-are-zero on; the fastest of five runs:
{versions}.

The clock is the whole process's, in case a plugin has threads of its own: they added at most {other_threads_ms:.2} ms.
\"Graphs off\" is with every graph and analyser off that has a port for it; the ratio is from the lower of both figures. Their
settings (`xtask/src/peers/catalogue.rs`) are the nearest to ours: the same four bells, crossovers, thresholds and ratios; limiters
at -1 dB. LSP's oversampling is the full one with three lobes.

{beside}",
        machine = machine(),
        versions = versions(),
    )
}

/// The part of the plugin in a host, around its tables.
pub fn plugin([processing, window]: [&str; 2]) -> String {
    format!(
        "\
## Plugin

Written by `cargo xtask bench plugin`: the VST3 plugin in pedalboard, with the settings and the ten seconds of the chain's figures, in
Quality mode, which a new instance has. All figures are milliseconds of processor time per second of stereo at 48 kHz, and the
host's own work is in them. They are of
{machine}.

### Processing

The whole process's clock, the fastest of five runs, as fast as it goes; then {SILENCE_S} s of silence after the music; then eight
instances that play 512 samples each by turns, which is how a core's caches find them, and how many of that cost fill a core.

{processing}
### Window

Six seconds of the piece, played as fast as time goes, in pieces of 512 samples that Python hands over: its work and the cold caches
after each pause are in the audio thread's figure, closed and open alike. The other threads are those of window and host. There is no
graphics card: llvmpipe's threads draw what one would draw, and are of no other use.

{window}",
        machine = machine(),
    )
}

/// The part of the C library, around its tables.
pub fn capi([calls, files]: [&str; 2]) -> String {
    format!(
        "\
## C library

Written by `cargo xtask bench capi`: a C program (`xtask/peers/capi.c`) on the library as `cargo xtask capi` installs it, on
{machine}.

### Calls that do nothing

{calls}
### A clip of 60 s of stereo

The fastest of five runs, each until the file is on the disk. `lacquer_master` is with its defaults: measured, shaped, solved for,
rendered, and measured again. libmp3lame is the system's.

{files}",
        machine = machine(),
    )
}

/// docs/quality-beside-peers.md, around its sections.
pub fn quality_beside_peers(sections: &str) -> String {
    format!(
        "\
# Limiters beside each other

Written by `cargo xtask bench ceiling`. Each piece is brought to a sample peak of +6 dBFS and limited to -1 dB; the chirp (20 Hz to
20 kHz, clipped after 12 dB of gain, +12 dBFS) is what no music is: its aliased harmonics reach half the sample rate. Limiters
are as they come, but for the ceiling: {versions}.
All outputs are measured by one script (`xtask/peers/ceiling.py`, on NumPy and SciPy), which shares nothing with Lacquer:

- **true peak**: zero-padding of the spectrum to 32 times the rate. Above 0 the ceiling was not held.
- **loudness**: BS.1770 integrated. More is louder under the same ceiling.
- **residual**: what is left of the output when the input, aligned to a fraction of a sample and scaled by one gain, is taken off.
  Less is closer to the input. It counts every movement of the gain.
- **fast residual**: the same with a gain that follows the output in windows of 46 ms, so that what is left is distortion.
- **latency**: how far the output lags behind the input, measured.

LSP's limiter comes with its automatic level regulation (ALR) switched on, which turns the piece down as a whole; it is shown without too.
{sections}
## Pictures

Drawn by `cargo xtask plots` from what the modules and the plugins do.

![A burst through limiters: input, gain and true peak of the output](limiter.png)

![Bells and a shelf against the analogue prototype and the bilinear transform](equaliser.png)

![Four bands in Live and Quality mode, and their sum](crossover.png)

![Harmonics and aliases of two exciters](exciter.png)
",
        versions = versions(),
    )
}

/// The packages that the peers come from, with their versions.
pub fn versions() -> String {
    let version = |package| packages::version(package).unwrap_or_else(|| "not installed".to_owned());
    catalogue::PACKAGES.map(|package| format!("{package} {}", version(package))).join(", ")
}

/// The processor, as far as the system tells.
fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let flags = field("flags").unwrap_or_default();
    let widest = [("avx512f", "AVX-512"), ("avx2", "AVX2")];
    let widest = widest.iter().find(|(flag, _)| flags.split(' ').any(|has| has == *flag));
    let numbers = match (field("cpu family"), field("model\t")) {
        (Some(family), Some(number)) => format!(", family {family}, model {number}"),
        _ => String::new(),
    };
    let widest = widest.map_or_else(String::new, |(_, name)| format!(", {name}"));
    let is_virtual = flags.split(' ').any(|has| has == "hypervisor");
    format!("{}{model}{numbers}{widest}", if is_virtual { "a virtual machine on " } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bench_replaces_its_own_part_only() {
        let one = with_part("", Part::Analysis, "analysis 1\n");
        let both = with_part(&one, Part::Chain, "chain 1\n\ntable\n");
        let places = ["chain 1\n\ntable", "analysis 1"].map(|text| both.find(text));
        assert!(places[0].is_some() && places[0] < places[1], "{both}");
        let again = with_part(&both, Part::Analysis, "analysis 2");
        assert_eq!(again, both.replace("analysis 1", "analysis 2"));
        assert_eq!(
            with_part(&again, Part::Chain, "chain 1\n\ntable"),
            again,
            "writing the same changes nothing"
        );
    }
}
