//! The assistant: it finds the defects that others have made, says nothing of what is good, and moves little.

use crate::cli::call;
use crate::programs::{arg, oracle};
use crate::random::Random;
use crate::voice::speech::speech;
use lacquer_dsp::assistant::{
    Heard, Kind, Listener, LoudestPart, NUM_BANDS, Proposal, Target, band_centre_hz, usual_level_db,
};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_offline::decode::AudioReader;
use serde_json::Value;
use std::path::Path;

const RATE_HZ: f64 = 48_000.0;

/// A bounce of speech or music to -16 LUFS.
const TARGET: Target = Target { output_lufs: Some(-16.0), input_lufs: None, is_solved: true };

fn hear(channels: &[Vec<f32>], block_len: usize) -> Option<Heard> {
    let mut listener = Listener::new(RATE_HZ, channels.len()).unwrap();
    for start in (0..channels[0].len()).step_by(block_len) {
        let end = channels[0].len().min(start + block_len);
        let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[start..end]).collect();
        listener.process(&block);
    }
    listener.heard()
}

fn read(path: &Path, from_s: f64, to_s: f64) -> Vec<Vec<f32>> {
    let mut reader = AudioReader::open(path).unwrap();
    let [from, to] = [from_s, to_s].map(|s| (s * f64::from(reader.info().sample_rate_hz)) as usize);
    let mut channels = vec![vec![0.0; to]; reader.info().num_channels];
    let len = reader.read(&mut channels).unwrap();
    channels.iter().map(|channel| channel[from.min(len)..len].to_vec()).collect()
}

fn write(path: &Path, channels: &[Vec<f32>]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: RATE_HZ as u32,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..channels[0].len() {
        channels.iter().for_each(|channel| writer.write_sample(channel[n]).unwrap());
    }
    writer.finalize().unwrap();
}

/// Writes good speech and good music, has SciPy spoil them, and returns what it measured.
fn spoil(folder: &Path) -> Value {
    let (voice, music) = (folder.join("voice.wav"), folder.join("music.wav"));
    write(&voice, &[speech(RATE_HZ)]);
    write(&music, &lacquer_offline::demo::render());
    oracle("defects.py", &[arg(&voice), arg(&music), arg(folder)])
}

/// What must be proposed for a defect: its module, and what the settings must then say.
type Remedy = (&'static str, Kind, Option<Module>, fn(&ChainSettings) -> bool);

const REMEDIES: [Remedy; 13] = [
    ("clean speech", Kind::Speech, None, |_| true),
    ("noisy speech", Kind::Speech, Some(Module::Denoise), |s| s.denoise.mix_percent >= 50.0),
    ("humming speech", Kind::Speech, Some(Module::Equaliser), |s| {
        s.equaliser.high_pass.on && (60.0..=80.0).contains(&s.equaliser.high_pass.frequency_hz)
    }),
    ("sibilant speech", Kind::Speech, Some(Module::DeEsser), |s| (4.0..=8.0).contains(&s.de_esser.range_db)),
    ("good music", Kind::Music, None, |_| true),
    ("dull music", Kind::Music, Some(Module::Equaliser), |s| {
        (1.0..=3.0).contains(&s.equaliser.high_shelf.gain_db) && !s.equaliser.high_pass.on
    }),
    ("shrill music", Kind::Music, Some(Module::Equaliser), |s| {
        (-3.0..=-1.0).contains(&s.equaliser.high_shelf.gain_db) && s.equaliser.low_shelf.gain_db == 0.0
    }),
    ("thin music", Kind::Music, Some(Module::Equaliser), |s| {
        (1.0..=3.0).contains(&s.equaliser.low_shelf.gain_db) && s.equaliser.high_shelf.gain_db == 0.0
    }),
    ("wide bass", Kind::Music, Some(Module::Stereo), |s| {
        s.stereo.mono_bass && s.stereo.mono_below_hz >= 120.0
    }),
    ("offset", Kind::Music, Some(Module::Input), |s| s.input.dc_removal),
    ("clipped", Kind::Music, None, |_| true),
    ("rumble", Kind::Music, Some(Module::Equaliser), |s| {
        s.equaliser.high_pass.on && s.equaliser.high_pass.frequency_hz < 30.0
    }),
    ("narrow music", Kind::Music, Some(Module::Stereo), |s| s.stereo.width_high_percent == 120.0),
];

#[test]
fn known_defects_are_found_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let truth = spoil(folder.path());
    for (name, kind, module, is_mended) in REMEDIES {
        let channels = read(&folder.path().join(format!("{name}.wav")), 0.0, 40.0);
        let heard = hear(&channels, 1000).unwrap();
        let proposal = heard.propose(&TARGET, &ChainSettings::default());
        assert_eq!(heard.kind, kind, "{name}: {heard:?}");
        let mut modules: Vec<Module> = proposal.reasons.iter().map(|reason| reason.module).collect();
        modules.dedup();
        assert_eq!(modules, Vec::from_iter(module), "{name}: {:?} {heard:?}", proposal.reasons);
        assert!(is_mended(&proposal.settings), "{name}: {:?}", proposal.reasons);
        assert_eq!(heard.clipping.num_places > 100, name == "clipped", "{name}: {:?}", heard.clipping);
        assert_eq!(proposal.notes.len(), usize::from(name == "clipped"), "{name}: {:?}", proposal.notes);
        let noise_dbfs = truth["noise_dbfs"].as_f64().unwrap();
        let is_near = heard.noise_dbfs.is_some_and(|found| (found - noise_dbfs).abs() < 1.5);
        assert_eq!(is_near, name == "noisy speech", "{name}: {:?}, {noise_dbfs} is true", heard.noise_dbfs);
    }
}

/// White noise has as much power in each hertz, so each third octave has a decibel more than the one below it.
#[test]
fn the_balance_is_that_of_a_closed_form() {
    let heard = hear(&[Random::new(4).noise(48_000 * 20)], 4096).unwrap();
    let middle = (0..NUM_BANDS).find(|&band| (band_centre_hz(band) - 1000.0).abs() < 1.0).unwrap();
    let shown = |band: usize| heard.balance_db[band].unwrap() + usual_level_db(heard.kind, band);
    for band in 10..NUM_BANDS {
        let expected_db = 10.0 * (band_centre_hz(band) / 1000.0).log10();
        let off_db = shown(band) - shown(middle) - expected_db;
        // Bands of a few bins are as wide as their bins.
        let tolerance_db = if band < 16 { 0.6 } else { 0.25 };
        assert!(off_db.abs() < tolerance_db, "{} Hz: off by {off_db} dB", band_centre_hz(band));
    }
    assert_eq!((heard.num_channels, heard.bass_side_db, heard.side_db), (1, None, None));
}

#[test]
fn what_is_heard_depends_on_the_samples_alone() {
    let music = lacquer_offline::demo::render().map(|channel| channel[48_000 * 8..48_000 * 16].to_vec());
    let whole = hear(&music, music[0].len()).unwrap();
    for block_len in [64, 1009] {
        assert_eq!(hear(&music, block_len).unwrap(), whole, "{block_len}");
    }
    let mut listener = Listener::new(RATE_HZ, 2).unwrap();
    listener.process(&[&[0.3; 96_000], &[0.9; 96_000]]);
    listener.reset();
    listener.process(&[&music[0], &music[1]]);
    assert_eq!(listener.heard().unwrap(), whole, "a reset forgets everything");
}

#[test]
fn without_evidence_nothing_is_proposed() {
    assert_eq!(hear(&[vec![0.0; 48_000 * 20]], 480), None, "silence");
    assert_eq!(hear(&[Random::new(1).noise(48_000 * 4)], 480), None, "four seconds");
    assert_eq!(hear(&[vec![f32::NAN; 48_000 * 10]], 480), None, "no audio");
    let mut music = lacquer_offline::demo::render().map(|channel| channel[..48_000 * 12].to_vec());
    let clean = hear(&music, 4800).unwrap();
    music[0][100_000] = f32::NAN;
    music[1][200_000] = f32::INFINITY;
    let heard = hear(&music, 4800).unwrap();
    assert!((heard.distance_db() - clean.distance_db()).abs() < 0.1, "damage is silence");
}

/// For a chain that runs, gain and trim come from the figures; a proposal that is in place proposes nothing more.
#[test]
fn gains_are_the_difference_to_the_target_and_are_proposed_once() {
    let music = lacquer_offline::demo::render();
    let heard = hear(&music, 4800).unwrap();
    let mut base = ChainSettings::default();
    base.multiband.bypass = false;
    let target = Target::live(-14.0, &base);
    assert_eq!(target.input_lufs, Some(-20.0));
    let proposal = heard.propose(&target, &base);
    let lufs = heard.loudness.integrated_lufs.unwrap().0;
    let settings = proposal.settings;
    let reached = lufs + settings.input.trim_db + settings.loudness.gain_db;
    assert!((reached + 14.0).abs() < 1.1, "{reached}: {:?}", proposal.reasons);
    let again = heard.propose(&target, &settings);
    assert_eq!(again.reasons, [], "{:?}", again.reasons);
}

#[test]
fn reasons_can_be_left_out_and_what_was_said_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    spoil(folder.path());
    let heard = hear(&read(&folder.path().join("humming speech.wav"), 0.0, 40.0), 4800).unwrap();
    let base = ChainSettings::default();
    let target = Target { is_solved: false, ..TARGET };
    let mut proposal: Proposal = heard.propose(&target, &base);
    assert!(proposal.reasons.len() >= 2, "{:?}", proposal.reasons);
    assert_eq!(proposal.settings_with(|_| false), base);
    assert_eq!(proposal.settings_with(|_| true), proposal.settings);
    let without_first = proposal.settings_with(|idx| idx > 0);
    proposal.keep(&[proposal.reasons[0].changes[0].param.id]);
    assert_eq!(proposal.settings, without_first);
}

#[test]
fn the_loudest_part_is_found_as_the_file_goes_by() {
    let mut loudest = LoudestPart::new(RATE_HZ, 1).unwrap();
    let noise = Random::new(2).noise(48_000);
    for second in 0..120 {
        // From 70 to 100 s it is 12 dB louder.
        let gain = if (70..100).contains(&second) { 0.4 } else { 0.1 };
        let samples: Vec<f32> = noise.iter().map(|x| x * gain).collect();
        let (first, second) = samples.split_at(777);
        loudest.process(&[first]);
        loudest.process(&[second]);
    }
    let range = loudest.range();
    let seconds = [range.start, range.end].map(|frame| frame as f64 / RATE_HZ);
    // Short-term loudness looks back over 3 s.
    assert!((70.0..=73.0).contains(&seconds[0]) && seconds[1] == seconds[0] + 30.0, "{seconds:?}");
    let mut short = LoudestPart::new(RATE_HZ, 1).unwrap();
    short.process(&[&noise]);
    assert_eq!(short.range(), 0..48_000);
}

/// Music that people have mastered moves little.
#[test]
fn music_gets_moderate_moves() {
    for name in ["frozen-mainzik-1p", "frozen-mainzik-2p", "introzik"] {
        let path = format!("/usr/share/games/frozen-bubble/snd/{name}.ogg");
        assert!(Path::new(&path).exists(), "{path}: install the package `frozen-bubble-data`");
        let mut reader = AudioReader::open(Path::new(&path)).unwrap();
        let rate_hz = f64::from(reader.info().sample_rate_hz);
        let mut listener = Listener::new(rate_hz, reader.info().num_channels).unwrap();
        let mut channels = vec![vec![0.0; 48_000]; reader.info().num_channels];
        while !listener.is_done() {
            let len = reader.read(&mut channels).unwrap();
            listener.process(&channels.iter().map(|channel| &channel[..len]).collect::<Vec<_>>());
        }
        let heard = listener.heard().unwrap();
        assert_eq!(heard.kind, Kind::Music, "{name}: {heard:?}");
        let proposal = heard.propose(&TARGET, &ChainSettings::default());
        assert!(proposal.reasons.len() <= 3, "{name}: {:?}", proposal.reasons);
        let eq = &proposal.settings.equaliser;
        let gains = [eq.low_shelf.gain_db, eq.high_shelf.gain_db]
            .into_iter()
            .chain(eq.bells.map(|bell| bell.gain_db));
        assert!(gains.clone().all(|gain_db| gain_db.abs() <= 3.0), "{name}: {:?}", gains.collect::<Vec<_>>());
        let taken = proposal.reasons.iter().map(|reason| reason.module);
        assert!(
            taken.clone().all(|module| [Module::Input, Module::Equaliser, Module::Stereo].contains(&module)),
            "{name}: {:?}",
            taken.collect::<Vec<_>>()
        );
    }
}

/// The whole way: a bounce listens, says why, reaches the target, and its master is nearer to what is usual than one without.
#[test]
fn a_bounce_with_the_assistant_says_why_and_meets_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    spoil(path);
    let bounce = |file: &str, args: &[&str]| -> Value {
        let ended = call(path, &[&["bounce", file, "-o", "out.wav", "--force", "--json"], args].concat());
        assert_eq!(ended.status, Some(0), "{file} {args:?}: {}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()[0].take()
    };
    let distance_db = || hear(&read(&path.join("out.wav"), 0.0, 40.0), 4800).unwrap().distance_db();
    let plain = bounce("dull music.wav", &[]);
    let distance_without_db = distance_db();
    assert_eq!(plain["assistant"], Value::Null);
    let report = bounce("dull music.wav", &["--assist"]);
    let distance_with_db = distance_db();
    assert!(distance_with_db < distance_without_db - 0.4, "{distance_without_db} -> {distance_with_db}");
    let advice = &report["assistant"];
    assert_eq!(advice["kind"], "music");
    let reasons = advice["reasons"].as_array().unwrap();
    let changed_to = |id: &str| reasons.iter().find_map(|reason| reason["settings"][id].as_f64());
    let gain_db = changed_to("equaliser.high_shelf.gain_db").unwrap();
    assert!(gain_db >= 1.0 && report["settings"]["equaliser.high_shelf.gain_db"] == gain_db, "{advice}");
    for (file, preset, lufs) in [("noisy speech.wav", "podcast", -16.0), ("clipped.wav", "streaming", -14.0)]
    {
        let report = bounce(file, &["--preset", preset, "--assist"]);
        let output = &report["output"]["figures"];
        assert!((output["integrated_lufs"].as_f64().unwrap() - lufs).abs() <= 0.05, "{file}: {output}");
        assert!(output["true_peak_dbtp"].as_f64().unwrap() <= -1.0, "{file}: {output}");
        assert_ne!(report["assistant"]["reasons"], Value::Array(vec![]), "{file}");
    }
    // What --set says stays.
    let kept = bounce("dull music.wav", &["--assist", "--set", "equaliser.high_shelf.gain_db=-1"]);
    assert_eq!(kept["settings"]["equaliser.high_shelf.gain_db"], -1.0);
    let is_touched = kept["assistant"]["reasons"].to_string().contains("equaliser.high_shelf.gain_db");
    assert!(!is_touched, "{}", kept["assistant"]);
    let told = call(path, &["bounce", "dull music.wav", "-o", "out.wav", "--force", "--assist"]);
    assert!(
        told.stdout.contains("Assistant: heard music from 0 to 30 s")
            && told.stdout.contains("high shelf at 8 kHz of +")
    );
}
