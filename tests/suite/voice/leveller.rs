//! The leveller: it arrives, it is no faster than it says, and pauses leave no trace.

use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::signals::gain;
use lacquer_dsp::block::Block;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::modules::leveller::Leveller;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, LevellerSettings};

const RATE: usize = 48_000;

fn settings() -> LevellerSettings {
    LevellerSettings { bypass: false, ..ChainSettings::default().leveller }
}

/// White noise in stretches of so many dB and seconds; white noise of 0 dB has about +1 LUFS in one channel.
fn noise(stretches: &[(f64, f64)]) -> Vec<f32> {
    let mut random = Random::new(6);
    let part = |&(level_db, seconds): &(f64, f64)| {
        let samples = random.noise((seconds * RATE as f64) as usize);
        samples.iter().map(|x| x * gain(level_db) as f32).collect::<Vec<f32>>()
    };
    stretches.iter().flat_map(part).collect()
}

fn levelled(settings: &LevellerSettings, input: &[f32]) -> Vec<f32> {
    let mut leveller = Leveller::new();
    let spec = ProcessSpec {
        sample_rate_hz: RATE as f64,
        max_block_len: 512,
        num_channels: 1,
        latency_mode: LatencyMode::Quality,
    };
    leveller.prepare(&spec).unwrap();
    leveller.set(settings);
    let mut out = input.to_vec();
    out.chunks_mut(512).for_each(|part| leveller.process(&mut Block::mono(part)));
    out
}

/// The gain that the leveller had at each sample, in dB; where the input is next to nothing, that of the sample before.
fn gains_db(settings: &LevellerSettings, input: &[f32]) -> Vec<f64> {
    let mut gain_db = settings.start_gain_db;
    let out = levelled(settings, input);
    let ratio_db = |(x, y): (&f32, f32)| {
        if x.abs() > 1e-7 {
            gain_db = 20.0 * (f64::from(y) / f64::from(*x)).log10();
        }
        gain_db
    };
    input.iter().zip(out).map(ratio_db).collect()
}

fn lufs(samples: &[f32]) -> f64 {
    let mut meter = LoudnessMeter::new();
    meter.prepare(RATE as f64, &ChannelRole::MONO).unwrap();
    meter.process(&[samples]);
    meter.reading().integrated_lufs.unwrap().0
}

#[test]
fn a_programme_arrives_at_its_target() {
    let mut worst_lu = 0.0_f64;
    for level_db in [-28.0, -21.0, -14.0] {
        for target_lufs in [-23.0, -20.0, -16.0] {
            let input = noise(&[(level_db, 30.0)]);
            let out = levelled(&LevellerSettings { target_lufs, max_gain_db: 16.0, ..settings() }, &input);
            worst_lu = worst_lu.max((lufs(&out[20 * RATE..]) - target_lufs).abs());
        }
    }
    figure(
        "leveller",
        "loudness reached against the target, noise of three levels",
        worst_lu,
        "LU",
        Bar::AtMost(0.2),
    );
}

#[test]
fn it_stays_within_its_gain_and_its_cut() {
    let settings = LevellerSettings { max_gain_db: 3.0, max_cut_db: 4.0, ..settings() };
    for (level_db, expected_db) in [(-28.0, 3.0), (-8.0, -4.0)] {
        let gains_db = gains_db(&settings, &noise(&[(level_db, 20.0)]));
        assert!((gains_db.last().unwrap() - expected_db).abs() < 1e-4);
    }
}

#[test]
fn the_gain_is_never_faster_than_its_rates() {
    let input = noise(&[(-30.0, 10.0), (-8.0, 10.0), (-26.0, 10.0), (-5.0, 3.0), (-24.0, 3.0)]);
    for (rise_db_per_s, fall_db_per_s) in [(0.5, 1.0), (2.0, 4.0), (20.0, 10.0)] {
        let gains_db = gains_db(&LevellerSettings { rise_db_per_s, fall_db_per_s, ..settings() }, &input);
        for span in [RATE / 20, RATE] {
            let seconds = span as f64 / RATE as f64;
            let changes = || gains_db.windows(span + 1).map(|part| part[span] - part[0]);
            let (rise, fall) = (changes().fold(0.0, f64::max), changes().fold(0.0, f64::min));
            assert!(rise <= rise_db_per_s * seconds + 1e-4, "rises by {rise} dB in {seconds} s");
            assert!(-fall <= fall_db_per_s * seconds + 1e-4, "falls by {fall} dB in {seconds} s");
            assert!(rise > 0.9 * rise_db_per_s * seconds.min(0.1), "it does move");
        }
    }
}

/// Twenty seconds of digital silence, and of a room 26 dB under its speaker.
#[test]
fn pauses_raise_nothing_and_leave_no_jump() {
    let (mut worst_move_db, mut worst_jump_db) = (0.0_f64, 0.0_f64);
    for pause_db in [f64::NEG_INFINITY, -52.0] {
        let input = noise(&[(-26.0, 20.0), (pause_db, 20.0), (-26.0, 5.0)]);
        let gains_db = gains_db(&settings(), &input);
        // The gap of 100 ms that is still a programme, and the hop that ends it.
        let (pause, end) = (20 * RATE + RATE / 8, 40 * RATE);
        let before_db = gains_db[20 * RATE - 1];
        assert!(before_db > 4.0, "it had raised the voice, by {before_db} dB");
        let moved_db = gains_db[pause..end].iter().map(|x| (x - gains_db[pause]).abs()).fold(0.0, f64::max);
        worst_move_db = worst_move_db.max(moved_db);
        assert!((gains_db[pause] - before_db).abs() < 0.3, "the end of the voice moved it");
        let after_db = gains_db[end..].iter().map(|x| (x - before_db).abs()).fold(0.0, f64::max);
        worst_jump_db = worst_jump_db.max(after_db);
    }
    let pause = "20 s of silence or of a room 26 dB under its speaker";
    figure("leveller", &format!("how far {pause} moves the gain"), worst_move_db, "dB", Bar::AtMost(0.01));
    figure(
        "leveller",
        &format!("gain after {pause} against the gain before"),
        worst_jump_db,
        "dB",
        Bar::AtMost(0.5),
    );
}

/// Told where the programme is, it is at its target from the first sample.
#[test]
fn a_warm_start_does_not_fade_in() {
    let input = noise(&[(-28.0, 6.0)]);
    let start_gain_db = -20.0 - lufs(&input);
    let out = levelled(&LevellerSettings { start_gain_db, ..settings() }, &input);
    let first = lufs(&out[..RATE / 2]) + 20.0;
    figure(
        "leveller",
        "loudness of the first half second after a warm start",
        first.abs(),
        "LU off",
        Bar::AtMost(0.3),
    );
    let cold = lufs(&levelled(&settings(), &input)[..RATE / 2]) + 20.0;
    assert!(cold < -5.0, "without it, {cold} LU");
}

/// A bounce measures the opening itself, past the quiet room that the file begins with.
#[test]
fn a_bounce_begins_at_level() {
    let folder = tempfile::tempdir().unwrap();
    let input = noise(&[(-70.0, 2.0), (-34.0, 8.0), (-22.0, 20.0)]);
    let path = folder.path().join("talk.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    input.iter().for_each(|x| writer.write_sample(*x).unwrap());
    writer.finalize().unwrap();
    let preset =
        "version = 1\n[bounce]\noutput_lufs = -23.0\n[leveller]\nbypass = false\nmax_gain_db = 20.0\n";
    let preset_path = folder.path().join("level.toml");
    std::fs::write(&preset_path, preset).unwrap();
    let args = [
        "bounce",
        path.to_str().unwrap(),
        "--preset",
        preset_path.to_str().unwrap(),
        "--bits",
        "float",
        "--json",
    ];
    let ended = crate::cli::call(folder.path(), &args);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let mut reader = hound::WavReader::open(path.with_extension("mastered.wav")).unwrap();
    let out: Vec<f32> = reader.samples::<f32>().map(Result::unwrap).collect();
    let first = lufs(&out[2 * RATE + RATE / 10..3 * RATE]);
    let later = lufs(&out[8 * RATE..10 * RATE]);
    let last = lufs(&out[25 * RATE..]);
    assert!((first - later).abs() < 0.3 && (first - last).abs() < 0.3, "{first}, {later}, {last} LUFS");
}
