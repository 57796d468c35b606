//! Our meters against everybody else's, on music and speech, and our filters and curves against SciPy's and NumPy's.
//!
//! The figures side by side: `cargo test -p lacquer-tests agreement -- --nocapture`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lacquer_dsp::block::Block;
use lacquer_dsp::dynamics::curve::{Curve, per_knee};
use lacquer_dsp::meter::{ChannelRole, KWeighting, LoudnessMeter};
use lacquer_dsp::modules::multiband::Multiband;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, MAX_BANDS};
use lacquer_offline::decode::AudioReader;
use lacquer_offline::reference_peak::ReferencePeak;

use crate::independent::{Figures, Independent, independent};
use crate::programs::{arg, oracle, run};
use crate::spectrum::db;

/// A piece of sound and what everybody measures of it.
struct Material {
    name: &'static str,
    ours: Ours,
    independent: Independent,
}

/// What Lacquer's own meters say.
struct Ours {
    /// The range before the meter was finished, everything else after.
    figures: Figures,
    /// The range after.
    range_of_file_lu: f64,
    /// The highest true peak by the reference at 16x.
    reference_peak_dbtp: f64,
}

/// Makes a WAV file in a folder.
pub(crate) type Maker = fn(&Path) -> PathBuf;

/// The material whose peaks lie between samples.
const BETWEEN: &str = "between";

/// What each material is made by.
const MAKERS: [(&str, Maker); 4] =
    [("demo piece", demo), ("song", song), ("speech", speech), (BETWEEN, between_samples)];

/// Every material, measured once for all tests, side by side.
static MATERIALS: LazyLock<Vec<Material>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::thread::scope(|scope| {
        let material = |(name, make): (&'static str, Maker)| {
            let path = make(folder.path());
            Material { name, ours: measure(&path), independent: independent(&path) }
        };
        let threads = MAKERS.map(|maker| scope.spawn(move || material(maker)));
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
            .collect()
    })
});

/// The built-in piece: synthesised, 30 s, stereo at 48 kHz, in floating point.
fn demo(folder: &Path) -> PathBuf {
    let path = folder.join("demo.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: lacquer_offline::demo::SAMPLE_RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    write_wav(&path, spec, &lacquer_offline::demo::render());
    path
}

/// A minute of a game's loud stereo music at 44.1 kHz, 16 bits.
pub(crate) fn song(folder: &Path) -> PathBuf {
    let source = "/usr/share/games/frozen-bubble/snd/frozen-mainzik-1p.ogg";
    assert!(
        Path::new(source).is_file(),
        "{source} is missing: install the package `frozen-bubble-data`, or run cargo xtask test"
    );
    let path = folder.join("song.wav");
    run("ffmpeg", "ffmpeg", &["-v", "error", "-t", "60", "-i", source, arg(&path)]);
    path
}

/// Half a minute of a speech synthesiser, mono at 22.05 kHz, with pauses between sentences and one voice half as loud.
pub(crate) fn speech(folder: &Path) -> PathBuf {
    const TEXT: &str = "A lacquer is the disc that a mastering engineer cuts. It is soft, and it is played once or twice at \
        most. Everything that will ever be heard of the recording must be on it: the bass, which wants wide grooves; the \
        treble, which wants slow ones; and the silence between the pieces, which shows every speck of dust. Whoever cuts \
        it listens twice. First for the music. Then for what the needle cannot follow.";
    let path = folder.join("speech.wav");
    let ssml = format!("<speak>{TEXT} <break time=\"2s\"/> <prosody volume=\"50\">{TEXT}</prosody></speak>");
    run("espeak-ng", "espeak-ng", &["-m", "-s", "150", "-w", arg(&path), &ssml]);
    path
}

/// A tone at a sixth of the rate, 5 s at -6 and 5 s at -12 dBFS, whose peaks lie 0.345 of a sample after a sample.
///
/// The peaks of the other materials are of the bass, where samples lie close; this one's highest sample is 0.58 dB under its
/// peak, and 2x interpolation 0.11 dB. Nothing in it begins abruptly, so that its band is limited.
fn between_samples(folder: &Path) -> PathBuf {
    const RATE_HZ: u32 = 48_000;
    let rise = |t: f64| 0.5 - 0.5 * (std::f64::consts::PI * (t / 0.02).clamp(0.0, 1.0)).cos();
    let sample = |n: u32| {
        let t = f64::from(n) / f64::from(RATE_HZ);
        let level = 0.5 * rise(t) - 0.25 * rise(t - 5.0) - 0.25 * rise(t - 9.98);
        (level * (std::f64::consts::TAU * ((f64::from(n % 6) - 0.345) / 6.0 + 0.25)).sin()) as f32
    };
    let left: Vec<f32> = (0..10 * RATE_HZ).map(sample).collect();
    let right = left.iter().map(|sample| 0.5 * sample).collect();
    let path = folder.join("between.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    write_wav(&path, spec, &[left, right]);
    path
}

/// Writes channels of equal length as 32-bit floating point.
fn write_wav(path: &Path, spec: hound::WavSpec, channels: &[Vec<f32>]) {
    let mut writer = hound::WavWriter::create(path, spec).expect("a temporary folder can be written");
    for frame_idx in 0..channels[0].len() {
        for channel in channels {
            writer.write_sample(channel[frame_idx]).expect("a temporary folder can be written");
        }
    }
    writer.finalize().expect("a temporary folder can be written");
}

/// Measures a file whose channels are all main ones.
fn measure(path: &Path) -> Ours {
    let mut reader = AudioReader::open(path).expect("a sound file");
    let info = reader.info().clone();
    let mut meter = LoudnessMeter::new();
    let roles = vec![ChannelRole::Main; info.num_channels];
    meter.prepare(f64::from(info.sample_rate_hz), &roles).expect("the material's rate is supported");
    let mut peaks = vec![ReferencePeak::new(); info.num_channels];
    let mut block = vec![vec![0.0; 4096]; info.num_channels];
    loop {
        let num_frames = reader.read(&mut block).expect("readable");
        if num_frames == 0 {
            break;
        }
        let channels: Vec<&[f32]> = block.iter().map(|channel| &channel[..num_frames]).collect();
        meter.process(&channels);
        peaks.iter_mut().zip(channels).for_each(|(peak, channel)| peak.process(channel));
    }
    let range_lu =
        |meter: &LoudnessMeter| meter.reading().range_lu.expect("the material is longer than 3 s").0;
    let range_of_samples_lu = range_lu(&meter);
    meter.finish();
    let reading = meter.reading();
    let figures = Figures {
        integrated_lufs: reading.integrated_lufs.expect("the material is not silent").0,
        range_lu: range_of_samples_lu,
        true_peak_dbtp: reading.true_peak_dbtp.expect("the material is not empty").0,
        sample_peak_dbfs: reading.sample_peak_dbfs.expect("the material is not empty").0,
    };
    let reference_peak_dbtp = db(peaks.into_iter().map(ReferencePeak::finish).fold(0.0, f64::max));
    Ours { figures, range_of_file_lu: range_lu(&meter), reference_peak_dbtp }
}

fn table() -> String {
    let mut lines = vec![format!(
        "{:<11} {:<15} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "material", "meter", "LUFS", "LRA", "+ 1.5 s", "dBTP", "dBFS"
    )];
    for Material { name, ours, independent } in MATERIALS.iter() {
        let mut line = |meter: &str, figures: [Option<f64>; 5]| {
            let [a, b, c, d, e] =
                figures.map(|figure| figure.map_or("-".into(), |figure| format!("{figure:.3}")));
            lines.push(format!("{name:<11} {meter:<15} {a:>9} {b:>9} {c:>9} {d:>9} {e:>9}"));
        };
        let meters = [
            ("Lacquer", &ours.figures, Some(ours.range_of_file_lu)),
            ("SciPy, FFT 32x", &independent.scipy, Some(independent.range_of_file_lu)),
            ("libebur128", &independent.libebur128, None),
            ("ffmpeg", &independent.ffmpeg, None),
        ];
        for (meter, figures, range_of_file_lu) in meters {
            let Figures { integrated_lufs, range_lu, true_peak_dbtp, sample_peak_dbfs } = *figures;
            let [loudness, range] = [integrated_lufs, range_lu].map(Some);
            line(meter, [loudness, range, range_of_file_lu, Some(true_peak_dbtp), Some(sample_peak_dbfs)]);
        }
        line("reference peak", [None, None, None, Some(ours.reference_peak_dbtp), None]);
    }
    lines.join("\n")
}

/// Fails unless one of our figures is within the tolerances of libebur128's, SciPy's, and ffmpeg's, in this order.
fn assert_agrees(name: &str, tolerances: [f64; 3], figure: fn(&Figures) -> f64) {
    for material in MATERIALS.iter() {
        let Independent { libebur128, scipy, ffmpeg, .. } = &material.independent;
        let others = [("libebur128", libebur128), ("SciPy", scipy), ("ffmpeg", ffmpeg)];
        for ((meter, theirs), tolerance) in others.into_iter().zip(tolerances) {
            let (ours, theirs) = (figure(&material.ours.figures), figure(theirs));
            let name = format!("{name}, {}", material.name);
            assert!((ours - theirs).abs() <= tolerance, "{name}: ours is {ours}, {meter} says {theirs}");
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what this test is run for by hand")]
fn agreement_of_integrated_loudness() {
    println!("\n{}\n", table());
    assert_agrees("integrated loudness", [0.01, 0.01, 0.1], |figures| figures.integrated_lufs);
}

/// libebur128 takes a value once a second where the others take ten, which makes a difference where the level slides: of
/// the demo piece it has 28 values, and a percentile falls between two of them. The silence after a file is left out here.
#[test]
fn agreement_of_loudness_range() {
    assert_agrees("loudness range", [0.2, 0.02, 0.05], |figures| figures.range_lu);
}

#[test]
fn agreement_of_the_range_with_the_silence_after_a_file() {
    for Material { name, ours, independent } in MATERIALS.iter() {
        let (ours_lu, truth_lu) = (ours.range_of_file_lu, independent.range_of_file_lu);
        assert!((ours_lu - truth_lu).abs() <= 0.02, "{name}: {ours_lu} LU, not {truth_lu} LU");
    }
}

/// Recordings are read alike by every filter. Of a high tone between samples, the 12 taps of the standard's filter, which
/// is ours, read up to 0.3 dB too little and at a quarter of the rate 0.21 dB too much; there Tech 3341's tolerance holds.
#[test]
fn agreement_of_true_peak() {
    for Material { name, ours, independent } in MATERIALS.iter() {
        let (below_db, above_db) = if *name == BETWEEN { (0.4, 0.2) } else { (0.2, 0.2) };
        let Independent { libebur128, scipy, ffmpeg, .. } = independent;
        for (meter, theirs) in [("libebur128", libebur128), ("SciPy", scipy), ("ffmpeg", ffmpeg)] {
            let (ours_dbtp, theirs_dbtp) = (ours.figures.true_peak_dbtp, theirs.true_peak_dbtp);
            let is_near = (-below_db..=above_db).contains(&(ours_dbtp - theirs_dbtp));
            assert!(is_near, "true peak, {name}: ours is {ours_dbtp}, {meter} says {theirs_dbtp}");
        }
    }
}

#[test]
fn agreement_of_sample_peak() {
    assert_agrees("sample peak", [1e-4, 1e-4, 0.02], |figures| figures.sample_peak_dbfs);
}

#[test]
fn agreement_of_the_reference_peak_with_the_fft() {
    for Material { name, ours, independent } in MATERIALS.iter() {
        let (ours_dbtp, truth_dbtp) = (ours.reference_peak_dbtp, independent.scipy.true_peak_dbtp);
        assert!((ours_dbtp - truth_dbtp).abs() <= 0.05, "{name}: {ours_dbtp} dBTP, not {truth_dbtp} dBTP");
    }
}

/// The oracle's pairs of numbers.
fn pairs(script: &str, args: &[&str]) -> Vec<[f64; 2]> {
    serde_json::from_value(oracle(script, args)).expect("the oracle prints pairs of numbers")
}

#[test]
fn agreement_of_k_weighting_with_scipy() {
    for rate_hz in [22_050, 44_100, 48_000, 96_000] {
        let ours = KWeighting::design(f64::from(rate_hz));
        let theirs = pairs("responses.py", &["k-weighting", &rate_hz.to_string()]);
        assert_eq!(theirs.len(), 200);
        for [frequency_hz, expected_db] in theirs {
            let gain_db = ours.gain_db(frequency_hz, f64::from(rate_hz));
            let difference_db = (gain_db - expected_db).abs();
            assert!(
                difference_db < 1e-5,
                "{gain_db} dB, not {expected_db} dB, at {frequency_hz} of {rate_hz} Hz"
            );
        }
    }
}

/// How far from flat SciPy finds the multiband compressor's impulse response with all ratios at 1.
fn multiband_deviation_db(num_bands: usize, makeup_db: f64) -> f64 {
    let mut settings = ChainSettings::default().multiband;
    settings.bypass = false;
    settings.num_bands = num_bands;
    for band in &mut settings.bands {
        band.ratio = 1.0;
    }
    settings.bands[num_bands - 1].makeup_db = makeup_db;
    let mut multiband = Multiband::new();
    let spec = ProcessSpec {
        sample_rate_hz: 48_000.0,
        max_block_len: 1 << 16,
        num_channels: 1,
        latency_mode: LatencyMode::Quality,
    };
    multiband.prepare(&spec).expect("the spec is in range");
    multiband.set(&settings);
    let mut response = vec![0.0; 1 << 16];
    response[0] = 1.0;
    multiband.process(&mut Block::mono(&mut response));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("response.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    write_wav(&path, spec, &[response]);
    let found = oracle("responses.py", &["flatness", "48000", arg(&path)]);
    found["deviation_db"].as_f64().expect("the oracle says how far from flat it is")
}

#[test]
fn agreement_that_the_bands_sum_to_a_flat_response() {
    for num_bands in 2..=MAX_BANDS {
        let deviation_db = multiband_deviation_db(num_bands, 0.0);
        assert!(deviation_db.abs() < 0.01, "{num_bands} bands: {deviation_db} dB off");
    }
    // What is not flat is seen: the highest band lifted by 1 dB.
    assert!((multiband_deviation_db(6, 1.0) - 1.0).abs() < 0.02);
}

#[test]
fn agreement_of_the_compressors_curve_with_numpy() {
    for [threshold_db, ratio, knee_db] in [[-30.0, 4.0, 6.0], [-18.5, 1.5, 0.0], [-12.0, 20.0, 24.0]] {
        let ours = Curve { threshold_db, slope: 1.0 - 1.0 / ratio, knee_db, ..Curve::default() };
        let args = [threshold_db, ratio, knee_db].map(|number| number.to_string());
        let theirs = pairs("responses.py", &["compression", &args[0], &args[1], &args[2]]);
        assert_eq!(theirs.len(), 409);
        for [level_db, expected_db] in theirs {
            let reduction_db = ours.reduction_db(level_db, per_knee(knee_db));
            assert!(
                (reduction_db - expected_db).abs() < 1e-9,
                "{level_db} dB: {reduction_db}, not {expected_db}"
            );
        }
    }
}
