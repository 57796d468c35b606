//! The engine on the bench: the same bits as a bounce, and what it does and says when devices misbehave.

use super::bench::Bench;
use crate::hosts::parity::rendered;
use crate::random::Random;
use cpal::{ErrorKind, SampleFormat};
use lacquer::engine::control::Control;
use lacquer::engine::status::Status;
use lacquer::engine::{Engine, EngineSettings};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::demo;
use lacquer_presets::factory;
use std::time::Duration;

const RATE_HZ: u32 = 48_000;

/// An engine on a bench, and the time that has passed there.
pub(super) struct Table {
    pub(super) bench: Bench,
    pub(super) engine: Engine,
    pub(super) now: Duration,
}

impl Table {
    pub(super) fn new(bench: Bench, control: Control) -> Self {
        let mut engine = Engine::new(Box::new(bench.clone()), EngineSettings::default(), control);
        engine.start(Duration::ZERO);
        Self { bench, engine, now: Duration::ZERO }
    }

    /// So much time passes without a callback.
    pub(super) fn wait(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(50) {
            self.now += Duration::from_millis(50);
            self.engine.poll(self.now);
        }
    }

    /// Callbacks of 256 frames by turns, of a steady tone.
    pub(super) fn run(&mut self, seconds: f64) -> Vec<[f32; 2]> {
        self.run_by(256, seconds)
    }

    /// Callbacks of so many frames, of which 2048 are a multiple.
    pub(super) fn run_by(&mut self, num_frames: usize, seconds: f64) -> Vec<[f32; 2]> {
        let mut out = Vec::new();
        for block in 0..(seconds * f64::from(RATE_HZ)) as usize / num_frames {
            self.bench.capture(&tones(block * num_frames, num_frames));
            out.extend(self.bench.play(num_frames));
            if block % (2048 / num_frames) == 0 {
                self.now += Duration::from_millis(43);
                self.engine.poll(self.now);
            }
        }
        out
    }

    /// Everything that was said since the last time.
    pub(super) fn said(&mut self) -> String {
        let notices: Vec<String> = self.engine.take_notices().into_iter().map(|notice| notice.text).collect();
        notices.join("\n")
    }

    pub(super) fn status(&mut self) -> Status {
        self.engine.status()
    }
}

/// 375 Hz: 128 frames are a period, and every block of [`Table::run`] begins alike.
fn tone(n: usize) -> f32 {
    (std::f64::consts::TAU * n as f64 / 128.0).sin() as f32 * 0.25
}

fn tones(start: usize, num_frames: usize) -> Vec<[f32; 2]> {
    (start..start + num_frames).map(|n| [tone(n); 2]).collect()
}

fn open_monitors(settings: ChainSettings, latency_mode: LatencyMode) -> Control {
    Control { settings, latency_mode, is_monitoring: true, ..Control::default() }
}

fn plain() -> Control {
    open_monitors(ChainSettings::default(), LatencyMode::Live)
}

/// The largest step between neighbours.
fn largest_step(frames: &[[f32; 2]]) -> f32 {
    frames.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).fold(0.0, f32::max)
}

/// Where `expected` begins in `out`, in one of the first two seconds.
fn place_of(out: &[[f32; 2]], expected: &[Vec<f32>]) -> usize {
    let is_here = |start: usize| (0..2000).all(|n| (0..2).all(|c| out[start + n][c] == expected[c][n]));
    (0..2 * RATE_HZ as usize).find(|start| is_here(*start)).expect("the bounce is in what was heard")
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is what the test run shows")]
fn three_hundred_seconds_have_the_bits_of_the_bounce() {
    let preset = factory().into_iter().find(|preset| preset.slug == "streaming").unwrap();
    let piece = demo::render();
    let len = 300 * RATE_HZ as usize;
    let audio: Vec<Vec<f32>> =
        piece.iter().map(|channel| channel.iter().copied().cycle().take(len).collect()).collect();
    let expected = rendered(&audio, f64::from(RATE_HZ), &preset.settings);
    let control = open_monitors(preset.settings, LatencyMode::Quality);
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), control);
    let mut random = Random::new(300);
    let (mut num_in, mut out) = (0, Vec::new());
    while out.len() < len {
        // Either side comes when it likes, as long as neither runs away.
        let num_frames = 30 + random.below(995);
        if num_in < out.len() + 1024 || (num_in < out.len() + 2048 && random.unit() < 0.5) {
            let end = (num_in + num_frames).min(len);
            let frames: Vec<[f32; 2]> = (num_in..end).map(|n| [audio[0][n], audio[1][n]]).collect();
            table.bench.capture(&frames);
            num_in = end;
            if end == len {
                break;
            }
        } else {
            out.extend(table.bench.play(num_frames));
        }
        if random.unit() < 0.02 {
            table.now += Duration::from_millis(500);
            table.engine.poll(table.now);
        }
    }
    let status = table.status();
    assert_eq!(status.totals.num_missing_frames + status.totals.num_dropped_frames, 0, "{status:?}");
    assert_eq!(status.drift_ppm, 0.0);
    let start = place_of(&out, &expected);
    let heard = &out[start..];
    let num_differing = heard
        .iter()
        .enumerate()
        .filter(|(n, frame)| (0..2).any(|c| frame[c].to_bits() != expected[c][*n].to_bits()))
        .count();
    println!(
        "live, callbacks of 30 to 1024 frames: {} frames, {num_differing} differ from the bounce",
        heard.len()
    );
    assert!(heard.len() > 299 * RATE_HZ as usize);
    assert_eq!(num_differing, 0);
}

#[test]
fn integer_devices_and_a_mono_microphone_get_what_they_take() {
    let bench = Bench::with_formats([RATE_HZ; 2], [1, 4], [SampleFormat::I16; 2]);
    let mut table = Table::new(bench, plain());
    let out = table.run(1.0);
    assert!(table.said().contains("Microphone -> Loudspeakers, mono, 48000 Hz"));
    // An integer goes through unchanged, and to both of the first two channels.
    let quantised: Vec<f32> = (0..256).map(|n| (tone(n) * 32768.0).trunc() / 32768.0).collect();
    let last = &out[out.len() - 256..];
    let is_shifted = |shift: usize| (0..256).all(|n| last[n] == [quantised[(n + shift) % 128]; 2]);
    assert!((0..128).any(is_shifted));
}

#[test]
fn a_lost_microphone_is_told_and_taken_back() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(1.0);
    table.said();
    let mut telemetry = table.engine.take_telemetry().unwrap();
    let before = telemetry.newest().output.integrated_lufs;
    table.bench.input.set_there(false);
    table.wait(2000);
    let said = table.said();
    assert!(said.contains("Microphone is gone"), "{said}");
    assert_eq!(said.matches("has no input").count(), 1, "said once and not at every try: {said}");
    assert!(!table.bench.output.is_open());
    assert!(table.status().is_waiting);
    table.bench.input.set_there(true);
    table.wait(1000);
    assert!(table.said().contains("Microphone -> Loudspeakers"));
    let out = table.run(1.0);
    assert!(out[out.len() - 1000..].iter().any(|frame| frame[0] != 0.0));
    // The same chain and meters went on.
    assert!(table.engine.take_telemetry().is_none());
    assert!(before.is_some() && telemetry.newest().output.integrated_lufs.is_some());
    assert_eq!(table.status().num_restarts, 1);
}

#[test]
fn a_server_that_dies_is_told_and_taken_back() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    table.said();
    table.bench.set_server(false);
    table.wait(1500);
    let said = table.said();
    assert!(said.contains("its server ended") && said.contains("does not answer"), "{said}");
    table.bench.set_server(true);
    table.wait(1000);
    assert!(table.status().is_running);
}

#[test]
fn another_rate_is_followed() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    table.said();
    table.bench.output.set_rate_hz(44_100);
    table.wait(1000);
    let said = table.said();
    assert!(said.contains("48000 Hz resampled to 44100 Hz"), "{said}");
    assert_eq!(table.status().sample_rate_hz, 44_100);
    table.bench.input.set_rate_hz(44_100);
    table.wait(1000);
    assert!(table.said().contains("stereo, 44100 Hz"));
}

#[test]
fn errors_of_the_moment_are_counted_and_a_stream_that_only_fails_is_opened_anew() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    for _ in 0..5 {
        table.bench.output.fail(ErrorKind::Xrun);
    }
    table.bench.input.fail(ErrorKind::RealtimeDenied);
    table.run(0.5);
    let status = table.status();
    assert_eq!((status.totals.num_xruns, status.num_restarts), (5, 0));
    assert!(status.is_realtime_denied && table.said().contains("no real-time priority"));
    for _ in 0..20 {
        table.bench.output.fail(ErrorKind::BackendError);
    }
    table.wait(1000);
    assert!(table.said().contains("fails again and again"));
    let status = table.status();
    assert_eq!((status.totals.num_xruns, status.num_restarts, status.is_running), (5, 1, true));
}

#[test]
fn streams_that_stand_still_are_opened_anew() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    table.said();
    table.wait(4000);
    assert!(table.said().contains("stands still"));
    table.run(0.5);
    assert_eq!(table.status().num_restarts, 1);
}

#[test]
fn a_microphone_that_comes_late_is_bridged_without_a_click() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    let mut out = table.run(0.5);
    let latency = table.status().latency;
    for _ in 0..20 {
        out.extend(table.bench.play(256));
    }
    out.extend(table.run(0.5));
    let status = table.status();
    assert_eq!(status.totals.num_underruns, 1, "{status:?}");
    assert!(status.totals.num_missing_frames > 15 * 256);
    // After that more is kept waiting.
    assert!(status.latency.waiting_ms > latency.waiting_ms + 4.0, "{:?}", status.latency);
    assert!(out[out.len() - 1000..].iter().any(|frame| frame[0] != 0.0));
    // A step of the tone is at most 0.25 x 2 pi / 128; a fade of 64 frames adds 0.25 / 64.
    let step = largest_step(&out[1000..]);
    assert!(step < 0.25 * (std::f32::consts::TAU / 128.0 + 1.0 / 64.0) * 1.05, "{step}");
}

/// As many frames as are there are what a fade has.
#[test]
fn what_there_is_of_a_short_callback_fades_out() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    let mut out = table.run_by(32, 0.512);
    for _ in 0..20 {
        out.extend(table.bench.play(32));
    }
    assert_eq!(table.status().totals.num_underruns, 1);
    let num_good = 32 - table.status().totals.num_missing_frames as usize % 32;
    let step = largest_step(&out[1000..]);
    let most = 0.25 * (std::f32::consts::TAU / 128.0 + 1.0 / num_good as f32);
    assert!(num_good < 32 && step < most * 1.05, "{step} in {num_good} frames");
}

#[test]
fn what_the_output_missed_is_left_out_without_a_click() {
    for num_frames in [32, 64, 256] {
        let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
        table.run_by(num_frames, 0.512);
        let before = table.status().latency.waiting_ms;
        // The output misses 2560 frames: twenty periods of the tone.
        for block in 0..2560 / num_frames {
            table.bench.capture(&tones(block * num_frames, num_frames));
        }
        let out = table.run_by(num_frames, 3.0);
        let status = table.status();
        let (after, num_dropped) = (status.latency.waiting_ms, status.totals.num_dropped_frames);
        assert!(after < before + 12.0, "{num_frames} frames: {after} ms, {before} ms before");
        assert!((1000..3000).contains(&num_dropped), "{num_frames} frames: {num_dropped}");
        assert_eq!(status.totals.num_missing_frames, 0, "{num_frames} frames");
        let step = largest_step(&out);
        let most = 0.25 * (std::f32::consts::TAU / 128.0 + 1.0 / 64.0);
        assert!(step < most * 1.05, "{num_frames} frames: {step}");
        // It is left out once, and sounds as before ever after.
        let last = &out[out.len() - RATE_HZ as usize / 2..];
        let is_whole = |period: &[[f32; 2]]| period.iter().any(|frame| frame[0] > 0.249);
        assert!(last.chunks_exact(128).all(is_whole), "{num_frames} frames: it goes on fading");
    }
}

#[test]
fn a_flood_of_input_is_dropped_and_counted() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    for _ in 0..400 {
        table.bench.capture(&[[0.1; 2]; 256]);
    }
    assert!(table.status().totals.num_dropped_frames > 40_000);
    // What waited is too old to be heard.
    table.run(0.5);
    assert!(table.status().latency.waiting_ms < 50.0);
}

#[test]
fn monitors_stay_closed_until_asked_and_open_without_a_click() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), Control { is_monitoring: false, ..plain() });
    assert!(table.run(0.5).iter().all(|frame| *frame == [0.0; 2]));
    table.engine.store().change(|control| control.is_monitoring = true);
    let mut out = table.run(0.5);
    assert!(out.last().is_some_and(|_| out.iter().any(|frame| frame[0].abs() > 0.24)));
    table.engine.store().change(|control| control.is_monitoring = false);
    out.extend(table.run(0.5));
    assert_eq!(out[out.len() - 1], [0.0; 2]);
    let step = largest_step(&out);
    assert!(step < 0.25 * std::f32::consts::TAU / 128.0 * 1.1, "{step}");
}

/// The loudspeakers are heard by the microphone, louder than they play, and a controller says something with each callback; returns
/// the loudest of the last second.
fn howl(table: &mut Table, control: impl Fn(&mut Control)) -> f32 {
    let mut heard = vec![[0.001; 2]; 256];
    let mut loudest = 0.0_f32;
    for block in 0..3 * 188 {
        table.bench.capture(&heard);
        let out = table.bench.play(256);
        if block > 2 * 188 {
            loudest = out.iter().map(|frame| frame[0].abs()).fold(loudest, f32::max);
        }
        heard = out.iter().map(|frame| frame.map(|sample| (1.3 * sample).clamp(-1.0, 1.0))).collect();
        table.now += Duration::from_micros(5333);
        table.engine.poll(table.now);
        table.engine.store().change(&control);
    }
    loudest
}

#[test]
fn a_howl_closes_the_monitors_and_says_why() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    table.said();
    assert_eq!(howl(&mut table, |_| ()), 0.0);
    assert!(table.said().contains("the microphone hears the loudspeakers"));
    assert!(table.status().is_guarded);
    table.engine.store().change(Control::open_monitors);
    assert!(table.run(0.5).iter().any(|frame| frame[0] != 0.0));
    assert!(!table.status().is_guarded);
    // Said again and again it does not close the guard's ears.
    howl(&mut table, Control::open_monitors);
    assert!(table.said().contains("the microphone hears the loudspeakers"));
}

#[test]
fn an_output_that_is_no_loudspeaker_stays_open() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), Control { is_guarding: false, ..plain() });
    table.run(0.5);
    assert!(howl(&mut table, |_| ()) > 0.5);
    assert!(!table.status().is_guarded);
}

#[test]
fn an_input_that_is_the_output_is_no_howl_and_leaves_the_next_one_alone() {
    let bench = Bench::new([RATE_HZ; 2]);
    bench.input.set_name("Loudspeakers.monitor");
    let mut table = Table::new(bench, plain());
    assert!(table.run(0.5).iter().all(|frame| *frame == [0.0; 2]));
    let said = table.said();
    assert!(said.contains("hears what the output plays") && !said.contains("howl"), "{said}");
    let status = table.status();
    assert!(status.is_loop && !status.is_guarded);
    // No word of the user's makes it another input.
    table.engine.store().change(Control::open_monitors);
    assert!(table.run(0.5).iter().all(|frame| *frame == [0.0; 2]));
    table.bench.input.set_name("Microphone");
    table.engine.configure(EngineSettings::default(), table.now);
    assert!(table.run(0.5).iter().any(|frame| frame[0] != 0.0));
    assert!(!table.status().is_loop);
    let said = table.said();
    assert!(!said.contains("monitors"), "{said}");
}

#[test]
fn a_howl_is_told_once_though_the_devices_are_opened_anew() {
    let mut table = Table::new(Bench::new([RATE_HZ; 2]), plain());
    table.run(0.5);
    howl(&mut table, |_| ());
    assert_eq!(table.said().matches("howls").count(), 1);
    table.engine.configure(EngineSettings::default(), table.now);
    table.run(0.5);
    assert!(table.status().is_guarded);
    assert!(!table.said().contains("howls"));
}
