//! Meters that Lacquer had no part in, for any sound file: libebur128, SciPy by the standards' texts, and ffmpeg.

use std::path::Path;

use serde_json::Value;

use crate::programs::{arg, oracle, run};

/// What one meter says about a whole file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    pub(crate) integrated_lufs: f64,
    /// Of the samples alone. See [`Independent::range_of_file_lu`].
    pub(crate) range_lu: f64,
    pub(crate) true_peak_dbtp: f64,
    pub(crate) sample_peak_dbfs: f64,
}

/// What each of them says. All take the file's WAV samples as they are, mono as one loudspeaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Independent {
    /// The C library, whose range takes a value once a second, whose true peak has 4x below 96 kHz.
    pub(crate) libebur128: Figures,
    /// NumPy and SciPy from the standards' formulas, range at 10 Hz; the true peak is the FFT's at 32x, the truth.
    pub(crate) scipy: Figures,
    /// ffmpeg's `ebur128` filter, range at 10 Hz, true peak by resampling to 192 kHz, three decimals.
    pub(crate) ffmpeg: Figures,
    /// SciPy's range with 1.5 s of silence after the samples, which Tech 3342 asks for and the other two leave out. It is
    /// what our meter says once it is finished, and of a short file that fades out it is some LU more.
    pub(crate) range_of_file_lu: f64,
}

/// Measures a mono or stereo WAV file that is not silent by every independent meter.
pub(crate) fn independent(path: &Path) -> Independent {
    let truth = oracle("truth.py", &[arg(path)]);
    Independent {
        libebur128: figures(&oracle("ebur128_meter.py", &[arg(path)])),
        scipy: figures(&truth),
        ffmpeg: ffmpeg(path),
        range_of_file_lu: figure(&truth, "range_of_file_lu"),
    }
}

fn figures(json: &Value) -> Figures {
    Figures {
        integrated_lufs: figure(json, "integrated_lufs"),
        range_lu: figure(json, "range_lu"),
        true_peak_dbtp: figure(json, "true_peak_dbtp"),
        sample_peak_dbfs: figure(json, "sample_peak_dbfs"),
    }
}

fn figure(json: &Value, name: &str) -> f64 {
    json[name].as_f64().unwrap_or_else(|| panic!("no figure {name} in {json}"))
}

/// The last of the figures that ffmpeg's filter attaches to the stream each 100 ms. Its summary has a decimal only.
fn ffmpeg(path: &Path) -> Figures {
    let filter = "ebur128=peak=sample+true:metadata=1,ametadata=mode=print:file=-";
    let args = ["-v", "error", "-i", arg(path), "-af", filter, "-f", "null", "-"];
    let printed = String::from_utf8(run("ffmpeg", "ffmpeg", &args)).expect("ffmpeg prints plain text");
    last_figures(&printed)
}

fn last_figures(printed: &str) -> Figures {
    let last = |name: &str| {
        let mut values =
            printed.lines().filter_map(|line| line.strip_prefix("lavfi.r128.")?.strip_prefix(name));
        let value = values.next_back().unwrap_or_else(|| panic!("ffmpeg printed no {name}"));
        value.parse::<f64>().unwrap_or_else(|_| panic!("ffmpeg printed {name}{value}"))
    };
    // The peaks are gains.
    Figures {
        integrated_lufs: last("I="),
        range_lu: last("LRA="),
        true_peak_dbtp: 20.0 * last("true_peak=").log10(),
        sample_peak_dbfs: 20.0 * last("sample_peak=").log10(),
    }
}

#[test]
fn ffmpegs_last_figures_are_read_and_no_others() {
    let printed = "\
frame:1 pts:4410 pts_time:0.1
lavfi.r128.I=-70.000
lavfi.r128.LRA=0.000
lavfi.r128.LRA.low=-30.000
lavfi.r128.true_peaks_ch0=0.100
lavfi.r128.sample_peak=0.100
lavfi.r128.true_peak=0.100
frame:2 pts:8820 pts_time:0.2
lavfi.r128.I=-23.125
lavfi.r128.LRA=5.250
lavfi.r128.LRA.high=-13.000
lavfi.r128.sample_peak=0.100
lavfi.r128.true_peak=1.000
";
    let expected =
        Figures { integrated_lufs: -23.125, range_lu: 5.25, true_peak_dbtp: 0.0, sample_peak_dbfs: -20.0 };
    assert_eq!(last_figures(printed), expected);
}
