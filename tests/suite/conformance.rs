//! EBU Tech 3341 (v4) and Tech 3342: the minimum requirements' signals, synthesised, at four sample rates.
//!
//! Signals 7 and 8 of Tech 3341 are recordings that the EBU distributes; they are not synthesised.
//! The table: `cargo test -p lacquer-tests conformance -- --nocapture`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use lacquer_dsp::meter::{ChannelRole, LoudnessMeter, LoudnessReading};

use crate::signals::{SILENCE, Stretch, burst_between_samples, faded_sine, gain, tone};

/// The rates of the table, in Hz.
const RATES_HZ: [u32; 4] = [44_100, 48_000, 96_000, 192_000];
/// What the table's second rate is, for which an independent f64 implementation gave the `reference` figures.
const REFERENCE_RATE_IDX: usize = 1;

/// One figure beside what it should be.
#[derive(Clone, Copy)]
struct Reading {
    expected: f64,
    measured: f64,
}

impl Reading {
    fn deviation(self) -> f64 {
        self.measured - self.expected
    }
}

/// How far below and above the expected figure is allowed.
#[derive(Clone, Copy)]
struct Tolerance {
    below: f64,
    above: f64,
}

const LOUDNESS: Tolerance = Tolerance { below: 0.1, above: 0.1 };
const TRUE_PEAK: Tolerance = Tolerance { below: 0.4, above: 0.2 };
const RANGE: Tolerance = Tolerance { below: 1.0, above: 1.0 };

impl Tolerance {
    fn allows(self, reading: Reading) -> bool {
        // A whisker for the arithmetic of the subtraction itself.
        (-self.below - 1e-9..=self.above + 1e-9).contains(&reading.deviation())
    }
}

/// One signal and how it is read.
struct Case {
    number: &'static str,
    signal: &'static str,
    expected: &'static str,
    tolerance: Tolerance,
    /// What an independent reference measured at 48 kHz, and how near this meter must come to it.
    reference: Option<(f64, f64)>,
    measure: fn(u32) -> Vec<Reading>,
}

/// A case with what was measured at each rate.
struct Row {
    case: &'static Case,
    readings: Vec<Vec<Reading>>,
}

impl Row {
    /// The reading at a rate that lies furthest from what is expected.
    fn worst(&self, rate_idx: usize) -> Reading {
        let by_deviation = |a: &&Reading, b: &&Reading| a.deviation().abs().total_cmp(&b.deviation().abs());
        *self.readings[rate_idx].iter().max_by(by_deviation).expect("every case reads something")
    }

    /// The worst reading at a rate as the table shows it. Where several levels are expected, only its deviation says
    /// anything, and that is marked.
    fn cell(&self, rate_idx: usize) -> String {
        let expected = self.readings[rate_idx][0].expected;
        let worst = self.worst(rate_idx);
        if self.readings[rate_idx].iter().all(|reading| reading.expected == expected) {
            format!("{:.3}", worst.measured)
        } else {
            format!("Δ{:+.3}", worst.deviation())
        }
    }

    fn passes(&self) -> bool {
        self.readings.iter().flatten().all(|&reading| self.case.tolerance.allows(reading))
    }
}

/// Every signal at every rate, measured once for all tests, on as many threads as there are rates.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let measure_all = |rate_hz: u32| CASES.iter().map(|case| (case.measure)(rate_hz)).collect::<Vec<_>>();
    let by_rate: Vec<Vec<Vec<Reading>>> = std::thread::scope(|scope| {
        let threads = RATES_HZ.map(|rate_hz| scope.spawn(move || measure_all(rate_hz)));
        threads.into_iter().map(|thread| thread.join().expect("measuring does not panic")).collect()
    });
    let readings_of = |idx: usize| by_rate.iter().map(|cases| cases[idx].clone()).collect();
    CASES.iter().enumerate().map(|(idx, case)| Row { case, readings: readings_of(idx) }).collect()
});

/// The conformance table as text. Where a signal is read several times, the worst reading is shown; where each reading
/// expects another level, the worst deviation (Δ).
pub(crate) fn table() -> String {
    let mut text = String::new();
    let mut line = |cells: [&str; 9]| {
        let [number, signal, expected, tolerance, r0, r1, r2, r3, pass] = cells;
        writeln!(
            text,
            "{number:<7}  {signal:<42}  {expected:<18}  {tolerance:<11}  {r0:>9} {r1:>9} {r2:>9} {r3:>9}  {pass}"
        )
        .expect("writing to a string succeeds");
    };
    let rates = RATES_HZ.map(|rate_hz| format!("{rate_hz} Hz"));
    line(["#", "signal", "expected", "tolerance", &rates[0], &rates[1], &rates[2], &rates[3], "pass"]);
    for row in ROWS.iter() {
        let tolerance = format!("-{} / +{}", row.case.tolerance.below, row.case.tolerance.above);
        let cells: [String; 4] = std::array::from_fn(|idx| row.cell(idx));
        let pass = if row.passes() { "yes" } else { "NO" };
        let Case { number, signal, expected, .. } = row.case;
        line([number, signal, expected, &tolerance, &cells[0], &cells[1], &cells[2], &cells[3], pass]);
    }
    text
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what this test is run for by hand")]
fn conformance_every_signal_is_within_the_standards_tolerance() {
    println!("\n{}", table());
    assert_eq!(ROWS.len(), 21 + 4, "21 signals of Tech 3341 and 4 of Tech 3342");
    let failed: Vec<&str> = ROWS.iter().filter(|row| !row.passes()).map(|row| row.case.number).collect();
    assert!(failed.is_empty(), "out of tolerance: {failed:?}");
}

#[test]
fn conformance_readings_agree_with_an_independent_implementation() {
    for row in ROWS.iter() {
        if let Some((reference, tolerance)) = row.case.reference {
            let measured = row.worst(REFERENCE_RATE_IDX).measured;
            let number = row.case.number;
            assert!((measured - reference).abs() <= tolerance, "{number}: {measured:.3}, not {reference}");
        }
    }
}

/// A new meter for channels of these roles.
fn new_meter(rate_hz: u32, roles: &[ChannelRole]) -> LoudnessMeter {
    let mut meter = LoudnessMeter::new();
    meter.prepare(f64::from(rate_hz), roles).expect("the rates and roles of the standard are supported");
    meter
}

/// Plays a signal on both channels, in phase, and reads the meter as a file's end.
fn read_stereo(rate_hz: u32, samples: &[f32]) -> LoudnessReading {
    let mut meter = new_meter(rate_hz, &ChannelRole::STEREO);
    meter.process(&[samples, samples]);
    meter.finish();
    meter.reading()
}

/// Plays a signal on both channels and calls `visit` with the time in seconds and a reading every 10 ms.
fn watch_stereo(rate_hz: u32, samples: &[f32], mut visit: impl FnMut(f64, &LoudnessReading)) {
    let mut meter = new_meter(rate_hz, &ChannelRole::STEREO);
    for (idx, block) in samples.chunks(rate_hz as usize / 100).enumerate() {
        meter.process(&[block, block]);
        visit((idx + 1) as f64 * 0.01, &meter.reading());
    }
}

/// The number in a figure that has been measured. A figure that has not fails the case, since nothing is near NaN.
macro_rules! value {
    ($figure:expr) => {
        $figure.map_or(f64::NAN, |figure| figure.0)
    };
}

fn integrated(rate_hz: u32, stretches: &[Stretch]) -> Vec<Reading> {
    let reading = read_stereo(rate_hz, &tone(1000, rate_hz, stretches));
    vec![Reading { expected: -23.0, measured: value!(reading.integrated_lufs) }]
}

/// Momentary, short-term, and integrated loudness of a steady tone, and both maxima.
fn steady(rate_hz: u32, level_db: f64) -> Vec<Reading> {
    let reading = read_stereo(rate_hz, &tone(1000, rate_hz, &[(level_db, 20.0)]));
    let figures = [
        reading.momentary_lufs,
        reading.short_term_lufs,
        reading.integrated_lufs,
        reading.max_momentary_lufs,
        reading.max_short_term_lufs,
    ];
    figures.map(|figure| Reading { expected: level_db, measured: value!(figure) }).to_vec()
}

fn surround(rate_hz: u32) -> Vec<Reading> {
    let levels_db = [-28.0, -28.0, -24.0, -30.0, -30.0];
    let channels = levels_db.map(|level_db| tone(1000, rate_hz, &[(level_db, 20.0)]));
    let mut meter = new_meter(rate_hz, &ChannelRole::SURROUND_5_0);
    meter.process(&channels.each_ref().map(Vec::as_slice));
    vec![Reading { expected: -23.0, measured: value!(meter.reading().integrated_lufs) }]
}

/// Short-term loudness at every 10 ms from 3 s on.
fn constant_short_term(rate_hz: u32) -> Vec<Reading> {
    let samples = tone(1000, rate_hz, &[(-20.0, 1.34), (-30.0, 1.66)].repeat(5));
    let mut readings = Vec::new();
    watch_stereo(rate_hz, &samples, |time_s, reading| {
        if time_s > 2.995 {
            readings.push(Reading { expected: -23.0, measured: value!(reading.short_term_lufs) });
        }
    });
    readings
}

/// Momentary loudness at every 10 ms from 1 s on.
fn constant_momentary(rate_hz: u32) -> Vec<Reading> {
    let samples = tone(1000, rate_hz, &[(-20.0, 0.18), (-30.0, 0.22)].repeat(25));
    let mut readings = Vec::new();
    watch_stereo(rate_hz, &samples, |time_s, reading| {
        if time_s > 0.995 {
            readings.push(Reading { expected: -23.0, measured: value!(reading.momentary_lufs) });
        }
    });
    readings
}

/// The maximum short-term loudness of twenty files that start later and later.
fn max_short_term_of_files(rate_hz: u32) -> Vec<Reading> {
    let file = |i: i32| {
        let samples = tone(1000, rate_hz, &[(SILENCE, f64::from(i) * 0.15), (-23.0, 3.0), (SILENCE, 1.0)]);
        Reading { expected: -23.0, measured: value!(read_stereo(rate_hz, &samples).max_short_term_lufs) }
    };
    (0..20).map(file).collect()
}

/// The maximum momentary loudness of twenty files that start later and later.
fn max_momentary_of_files(rate_hz: u32) -> Vec<Reading> {
    let file = |i: i32| {
        let samples = tone(1000, rate_hz, &[(SILENCE, f64::from(i) * 0.02), (-23.0, 0.4), (SILENCE, 1.0)]);
        Reading { expected: -23.0, measured: value!(read_stereo(rate_hz, &samples).max_momentary_lufs) }
    };
    (0..20).map(file).collect()
}

/// The largest figure within each of twenty segments that are played live, in a row and without a reset. Each segment is
/// silence that grows by `step_s`, a tone of `tone_s` that is 1 dB louder than the last, and silence up to twice that.
fn live_maxima(
    rate_hz: u32,
    step_s: f64,
    tone_s: f64,
    figure: impl Fn(&LoudnessReading) -> f64,
) -> Vec<Reading> {
    let segment = |i: i32| {
        let delay_s = f64::from(i) * step_s;
        [(SILENCE, delay_s), (f64::from(i) - 38.0, tone_s), (SILENCE, tone_s - delay_s)]
    };
    let samples = tone(1000, rate_hz, &(0..20).flat_map(segment).collect::<Vec<_>>());
    let mut maxima = [f64::NEG_INFINITY; 20];
    watch_stereo(rate_hz, &samples, |time_s, reading| {
        // A reading at the very end of a segment belongs to that segment.
        let segment_idx = ((time_s - 0.005) / (2.0 * tone_s)) as usize;
        maxima[segment_idx] = maxima[segment_idx].max(figure(reading));
    });
    (0..).zip(maxima).map(|(i, measured)| Reading { expected: f64::from(i - 38), measured }).collect()
}

/// The true peak of a faded sine whose frequency is a fraction of the rate.
fn sine_peak(rate_hz: u32, divisor: f64, peak: f64, phase_degrees: f64, expected_dbtp: f64) -> Vec<Reading> {
    let reading = read_stereo(rate_hz, &faded_sine(1.0 / divisor, peak, phase_degrees, rate_hz));
    vec![Reading { expected: expected_dbtp, measured: value!(reading.true_peak_dbtp) }]
}

fn burst_peak(rate_hz: u32, offset: usize) -> Vec<Reading> {
    let reading = read_stereo(rate_hz, &burst_between_samples(offset, rate_hz));
    vec![Reading { expected: 0.0, measured: value!(reading.true_peak_dbtp) }]
}

/// The loudness range of a sequence of tones of 20 s, once through and once repeated, which must not change it.
fn range(rate_hz: u32, levels_db: &[f64], expected_lu: f64) -> Vec<Reading> {
    let stretches: Vec<Stretch> = levels_db.iter().map(|&level_db| (level_db, 20.0)).collect();
    let read = |stretches: &[Stretch]| {
        let reading = read_stereo(rate_hz, &tone(1000, rate_hz, stretches));
        Reading { expected: expected_lu, measured: value!(reading.range_lu) }
    };
    vec![read(&stretches), read(&stretches.repeat(2))]
}

/// A row of the table without a figure from the independent reference.
const fn case(
    number: &'static str,
    signal: &'static str,
    expected: &'static str,
    tolerance: Tolerance,
    measure: fn(u32) -> Vec<Reading>,
) -> Case {
    Case { number, signal, expected, tolerance, reference: None, measure }
}

impl Case {
    const fn near(self, reference: f64, tolerance: f64) -> Self {
        Self { reference: Some((reference, tolerance)), ..self }
    }
}

/// How near a loudness must come to the reference's, whose figures have three decimals.
const NEAR_LU: f64 = 0.002;
const NEAR_DB: f64 = 0.002;
/// The bursts' figures have two decimals, and the standard leaves their low-pass open.
const NEAR_BURST_DB: f64 = 0.015;

/// All signals, in the order of the standards.
static CASES: [Case; 25] = [
    case("3341-1", "-23 dBFS 20 s", "M S I -23.0 LUFS", LOUDNESS, |r| steady(r, -23.0))
        .near(-22.993, NEAR_LU),
    case("3341-2", "-33 dBFS 20 s", "M S I -33.0 LUFS", LOUDNESS, |r| steady(r, -33.0))
        .near(-32.993, NEAR_LU),
    case("3341-3", "-36 10 s, -23 60 s, -36 10 s", "I -23.0 LUFS", LOUDNESS, |r| {
        integrated(r, &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)])
    })
    .near(-23.014, NEAR_LU),
    case("3341-4", "-72, -36 10 s, -23 60 s, -36, -72 10 s", "I -23.0 LUFS", LOUDNESS, |r| {
        integrated(r, &[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)])
    })
    .near(-23.014, NEAR_LU),
    case("3341-5", "-26 20 s, -20 20.1 s, -26 20 s", "I -23.0 LUFS", LOUDNESS, |r| {
        integrated(r, &[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)])
    })
    .near(-22.979, NEAR_LU),
    case("3341-6", "5.0: -28 -28 -24 -30 -30, 20 s", "I -23.0 LUFS", LOUDNESS, surround)
        .near(-23.016, NEAR_LU),
    case("3341-9", "(-20 1.34 s, -30 1.66 s) x 5", "S -23.0 LUFS", LOUDNESS, constant_short_term)
        .near(-22.986, NEAR_LU),
    case("3341-10", "20 files: delay, -23 3 s, 1 s", "max S -23.0 LUFS", LOUDNESS, max_short_term_of_files)
        .near(-22.993, NEAR_LU),
    case("3341-11", "live: -38 .. -19, 3 s each", "max S -38..-19", LOUDNESS, |r| {
        live_maxima(r, 0.15, 3.0, |reading| value!(reading.short_term_lufs))
    }),
    case("3341-12", "(-20 0.18 s, -30 0.22 s) x 25", "M -23.0 LUFS", LOUDNESS, constant_momentary)
        .near(-22.960, NEAR_LU),
    case("3341-13", "20 files: delay, -23 0.4 s, 1 s", "max M -23.0 LUFS", LOUDNESS, max_momentary_of_files)
        .near(-22.994, NEAR_LU),
    case("3341-14", "live: -38 .. -19, 0.4 s each", "max M -38..-19", LOUDNESS, |r| {
        live_maxima(r, 0.02, 0.4, |reading| value!(reading.momentary_lufs))
    }),
    case("3341-15", "fs/4, 0.50, 0 deg", "-6.0 dBTP", TRUE_PEAK, |r| sine_peak(r, 4.0, 0.5, 0.0, -6.0))
        .near(-6.217, NEAR_DB),
    case("3341-16", "fs/4, 0.50, 45 deg", "-6.0 dBTP", TRUE_PEAK, |r| sine_peak(r, 4.0, 0.5, 45.0, -6.0))
        .near(-5.976, NEAR_DB),
    case("3341-17", "fs/6, 0.50, 60 deg", "-6.0 dBTP", TRUE_PEAK, |r| sine_peak(r, 6.0, 0.5, 60.0, -6.0))
        .near(-6.313, NEAR_DB),
    case("3341-18", "fs/8, 0.50, 67.5 deg", "-6.0 dBTP", TRUE_PEAK, |r| sine_peak(r, 8.0, 0.5, 67.5, -6.0))
        .near(-6.026, NEAR_DB),
    case("3341-19", "fs/4, 1.41, 45 deg", "+3.0 dBTP", TRUE_PEAK, |r| sine_peak(r, 4.0, 1.41, 45.0, 3.0))
        .near(3.029, NEAR_DB),
    case("3341-20", "fs/6 0.50, a period of fs/4 1.00, offset 0", "0.0 dBTP", TRUE_PEAK, |r| {
        burst_peak(r, 0)
    })
    .near(-0.14, NEAR_BURST_DB),
    case("3341-21", "the same, offset 1", "0.0 dBTP", TRUE_PEAK, |r| burst_peak(r, 1))
        .near(-0.07, NEAR_BURST_DB),
    case("3341-22", "the same, offset 2", "0.0 dBTP", TRUE_PEAK, |r| burst_peak(r, 2))
        .near(-0.20, NEAR_BURST_DB),
    case("3341-23", "the same, offset 3", "0.0 dBTP", TRUE_PEAK, |r| burst_peak(r, 3))
        .near(-0.07, NEAR_BURST_DB),
    case("3342-1", "-20, -30, 20 s each", "LRA 10 LU", RANGE, |r| range(r, &[-20.0, -30.0], 10.0)),
    case("3342-2", "-20, -15, 20 s each", "LRA 5 LU", RANGE, |r| range(r, &[-20.0, -15.0], 5.0)),
    case("3342-3", "-40, -20, 20 s each", "LRA 20 LU", RANGE, |r| range(r, &[-40.0, -20.0], 20.0)),
    case("3342-4", "-50, -35, -20, -35, -50, 20 s each", "LRA 15 LU", RANGE, |r| {
        range(r, &[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0)
    }),
];

#[test]
fn conformance_the_makers_hit_their_levels() {
    // A meter that is wrong and a signal that is wrong by as much would agree; these peaks need no meter.
    for rate_hz in RATES_HZ {
        let samples = tone(1000, rate_hz, &[(SILENCE, 0.5), (-6.0, 0.5)]);
        let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert_eq!(samples.len(), rate_hz as usize);
        assert!(samples[..rate_hz as usize / 2].iter().all(|&sample| sample == 0.0));
        assert!((f64::from(peak) / gain(-6.0) - 1.0).abs() < 1e-3, "{peak}");
    }
}
