//! The player: a file's own bits, exact seeks and loops, and no click.

use super::bench::Bench;
use crate::programs::arg;
use lacquer::engine::EngineSettings;
use lacquer::engine::control::Control;
use lacquer::play::{PlayTap, Player, player};
use lacquer::studio::{Board, Studio};
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use std::f64::consts::TAU;
use std::path::Path;
use std::time::{Duration, Instant};

const RATE_HZ: u32 = 48_000;

fn write(path: &Path, rate_hz: u32, channels: &[&[f32]]) {
    let format = OutputFormat::Wav(SampleFormat::Float32);
    let mut writer = AudioWriter::create(path, format, rate_hz, channels.len()).unwrap();
    writer.write(channels).unwrap();
    writer.finish().unwrap().publish(false).unwrap();
}

/// Plays until so many frames of the file were heard, about as fast as in real time; waits are left out.
fn hear(tap: &mut PlayTap, player: &Player, num_frames: usize) -> Vec<[f32; 2]> {
    let begin = Instant::now();
    let mut heard = Vec::new();
    // What is decoded ahead comes first.
    std::thread::sleep(Duration::from_millis(100));
    while heard.len() < num_frames && !player.is_at_end() {
        if heard.len() % 48 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let (mut left, mut right) = ([0.0], [0.0]);
        if assert_no_alloc::assert_no_alloc(|| tap.fill([&mut left, &mut right])) == 1 {
            heard.push([left[0], right[0]]);
        } else {
            // After a seek; the reader gets ahead again.
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{} of {num_frames} frames", heard.len());
    }
    heard
}

/// A ramp whose samples tell their frame: exact in f32 up to 2^24.
fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|n| (n + 1) as f32).collect()
}

#[test]
fn a_file_is_heard_bit_for_bit_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let ramp = ramp(100_000);
    write(&path, RATE_HZ, &[&ramp, &ramp]);
    let (mut tap, player) = player(&path, RATE_HZ).unwrap();
    assert_eq!(player.duration_s(), Some(100_000.0 / 48_000.0));
    assert_eq!(tap.fill([&mut [0.0; 64], &mut [0.0; 64]]), 0, "it stands until it is told to go");
    player.play();
    let heard = hear(&mut tap, &player, usize::MAX);
    assert_eq!(heard.len(), ramp.len());
    assert!(heard.iter().zip(&ramp).all(|(frame, expected)| *frame == [*expected; 2]));
    assert!(player.is_at_end() && !player.is_playing());
    assert!((player.position_s() - 100_000.0 / 48_000.0).abs() < 1e-3);
    // From its end it begins anew.
    player.play();
    assert_eq!(hear(&mut tap, &player, 1000)[999][0], 1000.0);
}

#[test]
fn a_seek_lands_on_its_frame_and_a_loop_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let ramp = ramp(480_000);
    write(&path, RATE_HZ, &[&ramp]);
    let (mut tap, player) = player(&path, RATE_HZ).unwrap();
    player.play();
    hear(&mut tap, &player, 1000);
    for (position_s, frame) in [(5.0, 240_000), (1.5, 72_000), (0.0, 0)] {
        player.seek_s(position_s);
        assert!((player.position_s() - position_s).abs() < 1e-4);
        // The old place fades out within 240 frames, and the new one in: from then on its samples are its own.
        let heard = hear(&mut tap, &player, 1000);
        let whole = frame + 240;
        let at =
            heard.iter().position(|sample| sample[0] == (whole + 1) as f32).expect("the new place is heard");
        assert!(at <= 480, "{position_s} s: after {at} frames");
        for (n, sample) in heard[at..].iter().enumerate() {
            assert_eq!(sample[0], (whole + 1 + n) as f32, "{position_s} s, frame {n}");
        }
    }
    // 4800 frames from 2 s on, over and over.
    player.set_loop(Some((2.0, 2.1)));
    player.seek_s(2.0);
    let heard = hear(&mut tap, &player, 20_000);
    let at = heard.iter().position(|sample| sample[0] == 96_241.0).expect("the loop is heard");
    for (n, sample) in heard[at..].iter().enumerate() {
        assert_eq!(sample[0], (96_001 + (240 + n) % 4800) as f32, "frame {n} of the loop");
    }
    assert!((2.0..=2.1).contains(&player.position_s()), "{}", player.position_s());
}

/// A file is decoded from its beginning alone, which late in a long one takes longer than what is decoded ahead lasts.
#[test]
#[expect(clippy::print_stdout, reason = "the figure is what the test run shows")]
fn a_loop_late_in_a_long_file_has_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let [wav, flac] = ["a.wav", "a.flac"].map(|name| folder.path().join(name));
    let len = 20 * 60 * RATE_HZ as usize;
    let tone: Vec<f32> = (0..RATE_HZ).map(|n| (TAU * f64::from(n) / 96.0).sin() as f32 * 0.9).collect();
    let format = OutputFormat::Wav(SampleFormat::Int16);
    let mut writer = AudioWriter::create(&wav, format, RATE_HZ, 1).unwrap();
    (0..len / tone.len()).for_each(|_| writer.write(&[&tone]).unwrap());
    writer.finish().unwrap().publish(false).unwrap();
    crate::programs::run("flac", "flac", &["--silent", "--fast", "-o", arg(&flac), arg(&wav)]);
    let (mut tap, player) = player(&flac, RATE_HZ).unwrap();
    player.seek_s(1195.0);
    player.play();
    let mut play = |num_frames: usize| -> usize {
        let begin = Instant::now();
        (0..num_frames.div_ceil(480))
            .map(|block| {
                std::thread::sleep(Duration::from_millis(10 * block as u64).saturating_sub(begin.elapsed()));
                tap.fill([&mut [0.0; 480], &mut [0.0; 480]])
            })
            .sum()
    };
    let begin = Instant::now();
    while play(480) == 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "it never gets there");
    }
    let sought = begin.elapsed();
    play(24_000);
    // The place is one that was just heard, and nobody waits for the file to be decoded up to it again.
    player.set_loop(Some((1195.2, 1195.5)));
    play(4800);
    let num_missing = player.num_missing_frames();
    let num_heard = play(4 * RATE_HZ as usize);
    let num_missing = player.num_missing_frames() - num_missing;
    println!(
        "a loop of 0.3 s after 20 minutes, which take {sought:.1?} to decode: {num_missing} frames are missing"
    );
    assert_eq!((num_heard, num_missing), (4 * RATE_HZ as usize, 0));
}

#[test]
fn a_pause_keeps_the_place_and_nothing_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let tone: Vec<f32> = (0..480_000).map(|n| (TAU * f64::from(n) / 96.0).sin() as f32).collect();
    write(&path, RATE_HZ, &[&tone]);
    let (mut tap, player) = player(&path, RATE_HZ).unwrap();
    player.play();
    // In real time, so that silence counts too.
    let mut heard = Vec::new();
    for block in 0..200 {
        match block {
            40 => player.pause(),
            80 => player.play(),
            120 => player.seek_s(7.0),
            _ => {}
        }
        let (mut left, mut right) = ([0.0; 480], [0.0; 480]);
        tap.fill([&mut left, &mut right]);
        heard.extend(left);
        std::thread::sleep(Duration::from_millis(4));
    }
    let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    let most = (TAU / 96.0 + 1.0 / 240.0) as f32;
    assert!(step < most * 1.01, "{step}");
    assert!(heard[50 * 480..80 * 480].iter().all(|sample| *sample == 0.0));
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is what the test run shows")]
fn another_rate_is_resampled_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let tone: Vec<f32> =
        (0..2 * 44_100).map(|n| (TAU * 997.0 * f64::from(n) / 44_100.0).sin() as f32).collect();
    write(&path, 44_100, &[&tone]);
    let (mut tap, player) = player(&path, RATE_HZ).unwrap();
    player.play();
    let heard = hear(&mut tap, &player, usize::MAX);
    assert!(heard.len().abs_diff(2 * RATE_HZ as usize) <= 2, "{} frames", heard.len());
    let error = |(n, frame): (usize, &[f32; 2])| {
        (f64::from(frame[0]) - (TAU * 997.0 * n as f64 / 48_000.0).sin()).abs()
    };
    let worst = heard.iter().enumerate().skip(200).take(90_000).map(error).fold(0.0, f64::max);
    println!("a file of 44.1 kHz at 48 kHz: {:.1} dB from the closed form", 20.0 * worst.log10());
    assert!(worst < 1e-5);
}

#[test]
fn what_is_no_audio_is_refused_and_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.flac");
    let wav = folder.path().join("a.wav");
    let channel: Vec<f32> = ramp(480_000).iter().map(|x| x / 480_001.0).collect();
    let mut writer = AudioWriter::create(&wav, OutputFormat::Wav(SampleFormat::Int16), RATE_HZ, 1).unwrap();
    writer.write(&[&channel]).unwrap();
    writer.finish().unwrap().publish(false).unwrap();
    crate::programs::run("flac", "flac", &["--silent", "-o", arg(&path), arg(&wav)]);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let (mut tap, player) = player(&path, RATE_HZ).unwrap();
    player.play();
    let heard = hear(&mut tap, &player, usize::MAX);
    assert!((100_000..400_000).contains(&heard.len()), "{}", heard.len());
    let error = player.take_error().expect("the damage is told");
    assert!(error.contains("a.flac"), "{error}");
    std::fs::write(&path, "no audio").unwrap();
    assert!(lacquer::play::player(&path, RATE_HZ).is_err());
}

#[test]
fn a_file_that_cannot_be_played_does_not_open_the_microphone() {
    let bench = Bench::new([RATE_HZ; 2]);
    let studio = Studio::over(Box::new(bench.clone()), EngineSettings::default(), Control::default());
    let wait_for = |what: &str, is_so: &dyn Fn(&Board) -> bool| {
        let begin = Instant::now();
        while !is_so(&studio.board()) {
            assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let is_told = |board: &Board| board.notices.iter().any(|notice| notice.text.contains("/nowhere.wav"));
    studio.open_file(Path::new("/nowhere.wav"));
    studio.start();
    wait_for("the end of it", &|board| board.file.as_ref().is_some_and(|file| file.has_failed));
    wait_for("the words", &is_told);
    assert!(!bench.input.is_open());
    // Whoever hears the input already goes on hearing it.
    studio.close_file();
    wait_for("the input", &|board| board.status.is_running && bench.input.is_open());
    studio.board().notices.clear();
    studio.open_file(Path::new("/nowhere.wav"));
    wait_for("the words", &is_told);
    assert!(bench.input.is_open() && studio.board().file.is_none());
}
