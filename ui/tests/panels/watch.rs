//! The watch: what it works out is right, bounded, and only what somebody wants. Plots: places and values are each other's inverse.

use egui::{Rect, pos2, vec2};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::{TelemetryWriter, telemetry};
use lacquer_ui::host::AudioFormat;
use lacquer_ui::watch::{SpectrumOptions, Want, Watch};
use lacquer_ui::widgets::plot::Plot;
use std::f64::consts::TAU;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const RATE_HZ: f64 = 48_000.0;
const BLOCK_LEN: usize = 480;

/// A chain that is heard by a watch.
struct Rig {
    chain: Chain,
    writer: TelemetryWriter,
    watch: Watch,
    options: SpectrumOptions,
    now_s: f64,
    position: usize,
    sample_rate_hz: f64,
}

impl Rig {
    fn new() -> Self {
        Self::at(RATE_HZ)
    }

    fn at(sample_rate_hz: f64) -> Self {
        let spec = ProcessSpec {
            sample_rate_hz,
            max_block_len: BLOCK_LEN,
            num_channels: 2,
            latency_mode: LatencyMode::Quality,
        };
        let mut chain = Chain::new();
        chain.prepare(&spec).expect("a usual format");
        chain.set(&ChainSettings::default());
        let (writer, reader) = telemetry(&spec).expect("a usual format");
        let mut watch = Watch::default();
        watch.connect(reader);
        let options = SpectrumOptions { averaging_ms: 0.0, ..SpectrumOptions::default() };
        Self { chain, writer, watch, options, now_s: 0.0, position: 0, sample_rate_hz }
    }

    fn format(&self) -> AudioFormat {
        let latency_samples = self.chain.latency_samples();
        AudioFormat { sample_rate_hz: self.sample_rate_hz, num_channels: 2, latency_samples }
    }

    /// One block of a signal that knows its place, and one frame of the window.
    fn step(&mut self, wants: &[Want], signal: impl Fn(usize) -> f64) {
        let mut left: Vec<f32> =
            (self.position..self.position + BLOCK_LEN).map(|n| signal(n) as f32).collect();
        let mut right = left.clone();
        self.position += BLOCK_LEN;
        self.writer.process(&mut self.chain, &mut Block::stereo(&mut left, &mut right));
        wants.iter().for_each(|&want| self.watch.want(want));
        self.now_s += BLOCK_LEN as f64 / self.sample_rate_hz;
        let format = self.format();
        self.watch.update(self.now_s, Some(format), &self.options);
    }
}

fn plot() -> Plot {
    Plot::bare(Rect::from_min_size(pos2(40.0, 30.0), vec2(900.0, 400.0)), -90.0..=0.0)
}

/// From values to places and back is where it began, at both ends and between.
#[test]
fn places_and_values_are_inverse() {
    let plot = plot();
    for hz in [20.0, 31.5, 440.0, 1000.0, 9999.0, 20_000.0] {
        assert!((plot.hz_of_x(plot.x_of_hz(hz)) / hz - 1.0).abs() < 1e-5, "{hz} Hz");
    }
    for db in [-90.0, -33.3, 0.0] {
        assert!((plot.db_of_y(plot.y_of_db(db)) - db).abs() < 1e-4, "{db} dB");
    }
    assert_eq!([plot.x_of_hz(20.0), plot.x_of_hz(20_000.0)], [40.0, 940.0]);
    assert_eq!([plot.y_of_db(0.0), plot.y_of_db(-90.0)], [30.0, 430.0]);
    assert!((plot.x_of_hz(632.455_532) - 490.0).abs() < 1e-3, "the middle is the geometric mean");
}

/// A tone's peak is drawn at its frequency and its level, whether it lies on a bin or between two.
#[test]
fn a_tone_is_drawn_where_the_axes_say() {
    for hz in [1000.0, 997.0, 170.5 * RATE_HZ / 8192.0, 63.0] {
        let mut rig = Rig::new();
        rig.options.tilt_db_per_octave = 0.0;
        for _ in 0..40 {
            rig.step(&[Want::Spectra], |n| 0.1 * (TAU * hz * n as f64 / RATE_HZ).sin());
        }
        let spectra = rig.watch.spectra().expect("0.4 s are two frames");
        let plot = plot();
        for frame in [spectra.input, spectra.output] {
            let line = plot.spectrum(1.0, &frame, spectra.channels, false);
            assert_eq!(line.len(), 901, "a value for each column of pixels");
            let top = line.iter().copied().reduce(|a, b| if b.y < a.y { b } else { a }).expect("a line");
            let level_db = plot.db_of_y(top.y);
            assert!((level_db + 20.0).abs() < 0.1, "{hz} Hz is drawn at {level_db} dBFS instead of -20");
            assert!(
                (top.x - plot.x_of_hz(hz)).abs() <= 1.5,
                "{hz} Hz is drawn at {} Hz",
                plot.hz_of_x(top.x)
            );
        }
    }
}

/// Every rate that the chain takes has its displays, and beyond half of it nothing is drawn.
#[test]
fn every_rate_has_its_displays() {
    for rate_hz in [8000.0, 44_100.0, 192_000.0, 384_000.0] {
        let mut rig = Rig::at(rate_hz);
        for _ in 0..200 {
            rig.step(&[Want::Spectra, Want::Spectrogram, Want::Image], |n| 0.1 * (n as f64 * 0.7).sin());
        }
        let high_hz = rig.watch.spectrogram().map(|spectrogram| spectrogram.high_hz());
        assert_eq!(high_hz, Some((rate_hz / 2.0).min(20_000.0)));
        assert!(rig.watch.image().is_some());
        let spectra = rig.watch.spectra().unwrap_or_else(|| panic!("no spectra at {rate_hz} Hz"));
        let plot = plot();
        let line = plot.spectrum(2.0, &spectra.output, spectra.channels, false);
        let beyond = line.iter().filter(|place| plot.hz_of_x(place.x) > 0.51 * rate_hz);
        assert!(beyond.into_iter().all(|place| plot.db_of_y(place.y) < -190.0), "{rate_hz} Hz");
    }
}

/// The input waits for the chain: a burst is in both spectra in the same frame of the window, though the chain is late.
#[test]
fn before_and_after_show_the_same_moment() {
    let mut rig = Rig::new();
    assert!(rig.format().latency_samples > 4 * BLOCK_LEN / 10, "the chain has latency to make up for");
    let burst = |n: usize| if (24_000..24_010).contains(&n) { 0.9 } else { 0.0 };
    for _ in 0..60 {
        rig.step(&[Want::Spectra], burst);
        if let Some(spectra) = rig.watch.spectra() {
            let level = |frame: lacquer_dsp::analysis::spectrum::SpectrumFrame<'_>| {
                f64::from(frame.level_db(spectra.channels.traces()[0]).expect("the left trace is on")[100])
            };
            let difference_db = (level(spectra.input).max(-150.0) - level(spectra.output).max(-150.0)).abs();
            assert!(difference_db < 0.1, "before and after differ by {difference_db} dB at {} s", rig.now_s);
        }
    }
}

/// What nobody wants is not worked out, and what is no longer wanted is let go.
#[test]
fn unwanted_displays_do_no_work() {
    let mut rig = Rig::new();
    let wants = [Want::Spectra, Want::Spectrogram, Want::Image];
    for _ in 0..50 {
        rig.step(&[], |_| 0.1);
    }
    assert_eq!(wants.map(|want| rig.watch.num_analysed(want)), [0; 3]);
    for _ in 0..50 {
        rig.step(&[Want::Image], |_| 0.1);
    }
    assert_eq!(wants.map(|want| rig.watch.num_analysed(want)), [0, 0, 50 * BLOCK_LEN as u64]);
    assert!(rig.watch.image().is_some() && rig.watch.spectra().is_none());
    rig.step(&[], |_| 0.1);
    assert!(rig.watch.image().is_none() && rig.watch.spectrogram().is_none());
    for _ in 0..50 {
        rig.step(&wants, |_| 0.1);
    }
    assert!(
        rig.watch.spectra().is_some() && rig.watch.image().is_some() && rig.watch.spectrogram().is_some()
    );
}

/// A frozen spectrum stands still while the music goes on.
#[test]
fn a_frozen_spectrum_stands_still() {
    let mut rig = Rig::new();
    let tone = |n: usize| 0.1 * (TAU * 1000.0 * n as f64 / RATE_HZ).sin();
    for _ in 0..40 {
        rig.step(&[Want::Spectra], tone);
    }
    let idx = |rig: &Rig| rig.watch.spectra().map(|spectra| spectra.output.idx);
    let before = idx(&rig);
    rig.options.is_frozen = true;
    for _ in 0..40 {
        rig.step(&[Want::Spectra], |_| 0.0);
    }
    assert!(before.is_some());
    assert_eq!(idx(&rig), before);
    rig.options.is_frozen = false;
    for _ in 0..40 {
        rig.step(&[Want::Spectra], tone);
    }
    assert!(idx(&rig) > before);
}

/// Two hours of history take no more memory than seven minutes, and the whole of it is still there.
#[test]
fn hours_are_bounded() {
    let mut history = lacquer_ui::watch::LoudnessHistory::default();
    let mut meters = lacquer_dsp::telemetry::MeterFrame::default();
    let mut num_points = 0_u64;
    for n in 0..720_000_u64 {
        meters.output.num_frames = 480 * n;
        let point = lacquer_dsp::telemetry::HistoryPoint {
            end_frame: 480 * n,
            momentary_lufs: if n == 1000 { -5.0 } else { -20.0 },
            ..Default::default()
        };
        history.add(&point, &meters, 14_400);
        num_points = num_points.max(history.points().len() as u64);
    }
    assert!(num_points <= lacquer_ui::watch::MAX_POINTS as u64, "{num_points}");
    let span_s = history.points().len() as f64 * history.span_s();
    assert!((span_s - 7200.0).abs() <= 2.0 * history.span_s(), "{span_s} s");
    let loudest = history.points().iter().position(|point| point.momentary_lufs == Some(-5.0));
    let at_s = loudest.expect("the loudest moment is not averaged away") as f64 * history.span_s();
    assert!((at_s - 10.0).abs() <= history.span_s(), "10 s is at {at_s} s");
}

/// The last minute is all that is kept of the fine history.
#[test]
fn the_fine_history_is_a_minute() {
    let mut rig = Rig::new();
    for _ in 0..6500 {
        rig.step(&[], |n| 0.1 * (TAU * 1000.0 * n as f64 / RATE_HZ).sin());
    }
    assert_eq!(rig.watch.points().len(), 6000);
    assert_eq!(rig.watch.num_points(), 6500);
    assert_eq!(rig.watch.points()[0].end_frame, 480 * 501);
}

/// A listener hears every sample of the input in order, until it is told to end.
/// A window that was away does not show what it missed as if it were now.
#[test]
fn what_waited_for_a_closed_window_is_left_out() {
    let mut rig = Rig::new();
    for _ in 0..100 {
        rig.step(&[], |_| 0.5);
    }
    assert_eq!(rig.watch.points().len(), 100);
    // Nobody looks for half a second.
    for _ in 0..50 {
        let (mut left, mut right) = ([0.9; BLOCK_LEN], [0.9; BLOCK_LEN]);
        rig.writer.process(&mut rig.chain, &mut Block::stereo(&mut left, &mut right));
    }
    rig.watch.skip_waiting();
    for _ in 0..3 {
        rig.step(&[], |_| 0.1);
    }
    let points = rig.watch.points();
    // The first update comes after a block of the new time, which goes with the old.
    assert!((2..=3).contains(&points.len()), "{} points", points.len());
    assert!(points.iter().all(|point| point.input_peaks[0] < 0.2));
    // The meters heard everything.
    assert_eq!(rig.watch.meters().input.num_frames, 153 * BLOCK_LEN as u64);
}

#[test]
fn a_listener_hears_every_sample() {
    let mut rig = Rig::new();
    let (num_heard, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, keep) = (Arc::clone(&num_heard), Arc::clone(&heard));
    rig.watch.on_samples(Some(Box::new(move |samples| {
        count.fetch_add(samples.len(), Ordering::Relaxed);
        keep.lock().expect("nobody panicked").extend(samples.iter().map(|pair| pair.input[0]));
    })));
    for _ in 0..10 {
        rig.step(&[], |n| n as f64 / 10_000.0);
    }
    rig.watch.on_samples(None);
    rig.step(&[], |_| 0.0);
    assert_eq!(num_heard.load(Ordering::Relaxed), 10 * BLOCK_LEN);
    let heard = heard.lock().expect("nobody panicked");
    assert!(heard.iter().enumerate().all(|(n, &sample)| sample == (n as f64 / 10_000.0) as f32));
}

/// A stretch beyond full scale is one over, however long it is; a pause of 10 ms ends it.
#[test]
fn overs_are_counted_once() {
    let mut rig = Rig::new();
    let settings = &mut ChainSettings::default();
    settings.limiter.bypass = true;
    rig.chain.set(settings);
    // The count is told with the calm figures, several times a second.
    for block in 0..200_usize {
        rig.step(&[], |_| if (40..60).contains(&block) || block == 100 { 1.2 } else { 0.1 });
    }
    assert_eq!(rig.watch.calm().num_overs, 2);
}

/// Peak meters rise at once, stand, fall, and remember what was beyond full scale until they are told to forget it.
#[test]
fn levels_rise_hold_and_fall() {
    let mut rig = Rig::new();
    rig.step(&[], |n| if n == 100 { 1.5 } else { 0.0 });
    let needle = rig.watch.levels().input[0];
    assert!((needle.level_dbfs.expect("a level") - 3.52).abs() < 0.01);
    assert!(needle.is_over());
    for _ in 0..100 {
        rig.step(&[], |_| 0.0);
    }
    let needle = rig.watch.levels().input[0];
    let fallen_db = 3.52 - needle.level_dbfs.expect("a level");
    assert!((fallen_db - 20.0 / 1.7).abs() < 0.1, "{fallen_db} dB in a second");
    assert!((needle.held_dbfs.expect("a held peak") - 3.52).abs() < 0.01, "a peak stands for 1.5 s");
    for _ in 0..1200 {
        rig.step(&[], |_| 0.0);
    }
    let needle = rig.watch.levels().input[0];
    assert_eq!([needle.level_dbfs, needle.held_dbfs], [None; 2]);
    assert!(needle.is_over());
    rig.watch.reset_peaks();
    assert_eq!(rig.watch.levels().input[0].highest_dbfs, None);
}
