//! EBU Tech 3341 (v4) and Tech 3342: the minimum requirements' signals, synthesised, at four sample rates, and at one of them by every
//! way in which Lacquer is used.
//!
//! Signals 7 and 8 of Tech 3341 are recordings that the EBU distributes; they are not synthesised.
//! The table: `cargo test -p lacquer-tests conformance -- --nocapture`.

mod ways;

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::signals::{SILENCE, Stretch, burst_between_samples, faded_sine, gain, tone};
use ways::{Figures, Player, Way};

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
    /// Nothing where the way does not tell what the case asks for.
    measure: fn(Player) -> Vec<Reading>,
}

/// A case with what was measured at each rate.
struct Row {
    case: &'static Case,
    readings: Vec<Vec<Reading>>,
}

/// The columns: the meter at each rate, and the other ways at the rate that most audio for pictures has.
const COLUMNS: [(Player, &str); RATES_HZ.len() + 3] = {
    const fn by(way: Way, rate_hz: u32) -> Player {
        Player { way, rate_hz }
    }
    [
        (by(Way::Meter, RATES_HZ[0]), "44.1 kHz"),
        (by(Way::Meter, RATES_HZ[1]), "48 kHz"),
        (by(Way::Meter, RATES_HZ[2]), "96 kHz"),
        (by(Way::Meter, RATES_HZ[3]), "192 kHz"),
        (by(Way::CommandLine, RATES_HZ[REFERENCE_RATE_IDX]), "command"),
        (by(Way::Library, RATES_HZ[REFERENCE_RATE_IDX]), "C library"),
        (by(Way::Rig, RATES_HZ[REFERENCE_RATE_IDX]), "plugin"),
    ]
};

impl Row {
    /// The reading in a column that lies furthest from what is expected.
    fn worst(&self, column: usize) -> Reading {
        let by_deviation = |a: &&Reading, b: &&Reading| a.deviation().abs().total_cmp(&b.deviation().abs());
        *self.readings[column].iter().max_by(by_deviation).expect("every case reads something")
    }

    /// The worst reading in a column as the table shows it. Where several levels are expected, only its deviation says
    /// anything, and that is marked.
    fn cell(&self, column: usize) -> String {
        let Some(Reading { expected, .. }) = self.readings[column].first().copied() else {
            return "-".to_owned();
        };
        let worst = self.worst(column);
        if self.readings[column].iter().all(|reading| reading.expected == expected) {
            format!("{:.3}", worst.measured)
        } else {
            format!("Δ{:+.3}", worst.deviation())
        }
    }

    fn passes(&self) -> bool {
        self.readings.iter().flatten().all(|&reading| self.case.tolerance.allows(reading))
    }
}

/// Every signal in every column, measured once for all tests, on as many threads as there are columns.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let measure_all = |player: Player| CASES.iter().map(|case| (case.measure)(player)).collect::<Vec<_>>();
    let by_column: Vec<Vec<Vec<Reading>>> = std::thread::scope(|scope| {
        let threads = COLUMNS.map(|(player, _)| scope.spawn(move || measure_all(player)));
        threads.into_iter().map(|thread| thread.join().expect("measuring does not panic")).collect()
    });
    let readings_of = |idx: usize| by_column.iter().map(|cases| cases[idx].clone()).collect();
    CASES.iter().enumerate().map(|(idx, case)| Row { case, readings: readings_of(idx) }).collect()
});

/// The conformance table as text. Where a signal is read several times, the worst reading is shown; where each reading
/// expects another level, the worst deviation (Δ).
pub(crate) fn table() -> String {
    let mut text = String::new();
    let mut line = |head: [&str; 4], cells: [String; COLUMNS.len()], pass: &str| {
        let [number, signal, expected, tolerance] = head;
        write!(text, "{number:<7}  {signal:<42}  {expected:<18}  {tolerance:<11} ")
            .expect("writing to a string succeeds");
        cells.iter().for_each(|cell| write!(text, " {cell:>9}").expect("writing to a string succeeds"));
        writeln!(text, "  {pass}").expect("writing to a string succeeds");
    };
    let heads = COLUMNS.map(|(_, head)| head.to_owned());
    line(["#", "signal", "expected", "tolerance"], heads, "pass");
    for row in ROWS.iter() {
        let tolerance = format!("-{} / +{}", row.case.tolerance.below, row.case.tolerance.above);
        let Case { number, signal, expected, .. } = row.case;
        let pass = if row.passes() { "yes" } else { "NO" };
        line([number, signal, expected, &tolerance], std::array::from_fn(|idx| row.cell(idx)), pass);
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

/// What a way does not tell is left out, and only that.
#[test]
fn conformance_every_way_tells_what_it_can() {
    for row in ROWS.iter() {
        let number = row.case.number;
        let num_readings = row.readings[REFERENCE_RATE_IDX].len();
        for (readings, (player, head)) in row.readings.iter().zip(&COLUMNS) {
            let is_of_the_middle = ["3341-9", "3341-11", "3341-12", "3341-14"].contains(&number);
            let expected = match player.way {
                // Momentary and short-term loudness as they stand are not a file's.
                Way::CommandLine if is_of_the_middle => 0,
                Way::CommandLine if ["3341-1", "3341-2"].contains(&number) => num_readings - 2,
                Way::Rig if number == "3341-6" => 0,
                _ => num_readings,
            };
            assert_eq!(readings.len(), expected, "{number}, {head}");
        }
    }
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

/// A reading of each figure that the way tells.
fn readings(expected: f64, figures: &[Option<f64>]) -> Vec<Reading> {
    figures.iter().flatten().map(|&measured| Reading { expected, measured }).collect()
}

fn integrated(player: Player, stretches: &[Stretch]) -> Vec<Reading> {
    let played = player.stereo(&tone(1000, player.rate_hz, stretches));
    readings(-23.0, &[played.end.integrated])
}

/// Momentary, short-term, and integrated loudness of a steady tone, and both maxima.
fn steady(player: Player, level_db: f64) -> Vec<Reading> {
    let end = player.stereo(&tone(1000, player.rate_hz, &[(level_db, 20.0)])).end;
    readings(
        level_db,
        &[end.momentary, end.short_term, end.integrated, end.max_momentary, end.max_short_term],
    )
}

fn surround(player: Player) -> Vec<Reading> {
    if player.way == Way::Rig {
        return Vec::new();
    }
    let levels_db = [-28.0, -28.0, -24.0, -30.0, -30.0];
    let channels = levels_db.map(|level_db| tone(1000, player.rate_hz, &[(level_db, 20.0)]));
    readings(-23.0, &[player.play(&channels.each_ref().map(Vec::as_slice)).end.integrated])
}

/// A figure at every 10 ms of a sequence that repeats, from a time on.
fn constant(
    player: Player,
    stretches: &[Stretch],
    from_s: f64,
    figure: fn(&Figures) -> Option<f64>,
) -> Vec<Reading> {
    let played = player.stereo(&tone(1000, player.rate_hz, stretches));
    let num_before = (from_s * 100.0) as usize - 1;
    let figures: Vec<Option<f64>> = played.each_10_ms.iter().skip(num_before).map(figure).collect();
    readings(-23.0, &figures)
}

/// A maximum in each of twenty files with a tone that starts later and later.
fn maximum_of_files(
    player: Player,
    step_s: f64,
    tone_s: f64,
    figure: fn(&Figures) -> Option<f64>,
) -> Vec<Reading> {
    let file = |i: i32| {
        let stretches = [(SILENCE, f64::from(i) * step_s), (-23.0, tone_s), (SILENCE, 1.0)];
        figure(&player.stereo(&tone(1000, player.rate_hz, &stretches)).end)
    };
    readings(-23.0, &(0..20).map(file).collect::<Vec<_>>())
}

/// The largest figure within each of twenty segments that are played live, in a row and without a reset. Each segment is
/// silence that grows by `step_s`, a tone of `tone_s` that is 1 dB louder than the last, and silence up to twice that.
fn live_maxima(
    player: Player,
    step_s: f64,
    tone_s: f64,
    figure: fn(&Figures) -> Option<f64>,
) -> Vec<Reading> {
    let segment = |i: i32| {
        let delay_s = f64::from(i) * step_s;
        [(SILENCE, delay_s), (f64::from(i) - 38.0, tone_s), (SILENCE, tone_s - delay_s)]
    };
    let stretches: Vec<Stretch> = (0..20).flat_map(segment).collect();
    let played = player.stereo(&tone(1000, player.rate_hz, &stretches));
    // A reading at the very end of a segment belongs to that segment.
    let segments = played.each_10_ms.chunks((200.0 * tone_s).round() as usize);
    let maximum = |segment: &[Figures]| segment.iter().filter_map(figure).fold(f64::NEG_INFINITY, f64::max);
    segments
        .take(20)
        .zip(-38_i32..)
        .map(|(segment, level)| Reading { expected: f64::from(level), measured: maximum(segment) })
        .collect()
}

/// The true peak of a faded sine whose frequency is a fraction of the rate.
fn sine_peak(
    player: Player,
    divisor: f64,
    peak: f64,
    phase_degrees: f64,
    expected_dbtp: f64,
) -> Vec<Reading> {
    let played = player.stereo(&faded_sine(1.0 / divisor, peak, phase_degrees, player.rate_hz));
    readings(expected_dbtp, &[played.end.true_peak])
}

fn burst_peak(player: Player, offset: usize) -> Vec<Reading> {
    readings(0.0, &[player.stereo(&burst_between_samples(offset, player.rate_hz)).end.true_peak])
}

/// The loudness range of a sequence of tones of 20 s, once through and once repeated, which must not change it.
fn range(player: Player, levels_db: &[f64], expected_lu: f64) -> Vec<Reading> {
    let stretches: Vec<Stretch> = levels_db.iter().map(|&level_db| (level_db, 20.0)).collect();
    let read = |stretches: &[Stretch]| player.stereo(&tone(1000, player.rate_hz, stretches)).end.range;
    readings(expected_lu, &[read(&stretches), read(&stretches.repeat(2))])
}

/// A row of the table without a figure from the independent reference.
const fn case(
    number: &'static str,
    signal: &'static str,
    expected: &'static str,
    tolerance: Tolerance,
    measure: fn(Player) -> Vec<Reading>,
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
    case("3341-1", "-23 dBFS 20 s", "M S I -23.0 LUFS", LOUDNESS, |by| steady(by, -23.0))
        .near(-22.993, NEAR_LU),
    case("3341-2", "-33 dBFS 20 s", "M S I -33.0 LUFS", LOUDNESS, |by| steady(by, -33.0))
        .near(-32.993, NEAR_LU),
    case("3341-3", "-36 10 s, -23 60 s, -36 10 s", "I -23.0 LUFS", LOUDNESS, |by| {
        integrated(by, &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)])
    })
    .near(-23.014, NEAR_LU),
    case("3341-4", "-72, -36 10 s, -23 60 s, -36, -72 10 s", "I -23.0 LUFS", LOUDNESS, |by| {
        integrated(by, &[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)])
    })
    .near(-23.014, NEAR_LU),
    case("3341-5", "-26 20 s, -20 20.1 s, -26 20 s", "I -23.0 LUFS", LOUDNESS, |by| {
        integrated(by, &[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)])
    })
    .near(-22.979, NEAR_LU),
    case("3341-6", "5.0: -28 -28 -24 -30 -30, 20 s", "I -23.0 LUFS", LOUDNESS, surround)
        .near(-23.016, NEAR_LU),
    case("3341-9", "(-20 1.34 s, -30 1.66 s) x 5", "S -23.0 LUFS", LOUDNESS, |by| {
        constant(by, &[(-20.0, 1.34), (-30.0, 1.66)].repeat(5), 3.0, |now| now.short_term)
    })
    .near(-22.986, NEAR_LU),
    case("3341-10", "20 files: delay, -23 3 s, 1 s", "max S -23.0 LUFS", LOUDNESS, |by| {
        maximum_of_files(by, 0.15, 3.0, |end| end.max_short_term)
    })
    .near(-22.993, NEAR_LU),
    case("3341-11", "live: -38 .. -19, 3 s each", "max S -38..-19", LOUDNESS, |by| {
        live_maxima(by, 0.15, 3.0, |now| now.short_term)
    }),
    case("3341-12", "(-20 0.18 s, -30 0.22 s) x 25", "M -23.0 LUFS", LOUDNESS, |by| {
        constant(by, &[(-20.0, 0.18), (-30.0, 0.22)].repeat(25), 1.0, |now| now.momentary)
    })
    .near(-22.960, NEAR_LU),
    case("3341-13", "20 files: delay, -23 0.4 s, 1 s", "max M -23.0 LUFS", LOUDNESS, |by| {
        maximum_of_files(by, 0.02, 0.4, |end| end.max_momentary)
    })
    .near(-22.994, NEAR_LU),
    case("3341-14", "live: -38 .. -19, 0.4 s each", "max M -38..-19", LOUDNESS, |by| {
        live_maxima(by, 0.02, 0.4, |now| now.momentary)
    }),
    case("3341-15", "fs/4, 0.50, 0 deg", "-6.0 dBTP", TRUE_PEAK, |by| sine_peak(by, 4.0, 0.5, 0.0, -6.0))
        .near(-6.217, NEAR_DB),
    case("3341-16", "fs/4, 0.50, 45 deg", "-6.0 dBTP", TRUE_PEAK, |by| sine_peak(by, 4.0, 0.5, 45.0, -6.0))
        .near(-5.976, NEAR_DB),
    case("3341-17", "fs/6, 0.50, 60 deg", "-6.0 dBTP", TRUE_PEAK, |by| sine_peak(by, 6.0, 0.5, 60.0, -6.0))
        .near(-6.313, NEAR_DB),
    case("3341-18", "fs/8, 0.50, 67.5 deg", "-6.0 dBTP", TRUE_PEAK, |by| sine_peak(by, 8.0, 0.5, 67.5, -6.0))
        .near(-6.026, NEAR_DB),
    case("3341-19", "fs/4, 1.41, 45 deg", "+3.0 dBTP", TRUE_PEAK, |by| sine_peak(by, 4.0, 1.41, 45.0, 3.0))
        .near(3.029, NEAR_DB),
    case("3341-20", "fs/6 0.50, a period of fs/4 1.00, offset 0", "0.0 dBTP", TRUE_PEAK, |by| {
        burst_peak(by, 0)
    })
    .near(-0.14, NEAR_BURST_DB),
    case("3341-21", "the same, offset 1", "0.0 dBTP", TRUE_PEAK, |by| burst_peak(by, 1))
        .near(-0.07, NEAR_BURST_DB),
    case("3341-22", "the same, offset 2", "0.0 dBTP", TRUE_PEAK, |by| burst_peak(by, 2))
        .near(-0.20, NEAR_BURST_DB),
    case("3341-23", "the same, offset 3", "0.0 dBTP", TRUE_PEAK, |by| burst_peak(by, 3))
        .near(-0.07, NEAR_BURST_DB),
    case("3342-1", "-20, -30, 20 s each", "LRA 10 LU", RANGE, |by| range(by, &[-20.0, -30.0], 10.0)),
    case("3342-2", "-20, -15, 20 s each", "LRA 5 LU", RANGE, |by| range(by, &[-20.0, -15.0], 5.0)),
    case("3342-3", "-40, -20, 20 s each", "LRA 20 LU", RANGE, |by| range(by, &[-40.0, -20.0], 20.0)),
    case("3342-4", "-50, -35, -20, -35, -50, 20 s each", "LRA 15 LU", RANGE, |by| {
        range(by, &[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0)
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
