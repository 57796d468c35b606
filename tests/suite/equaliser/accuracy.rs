//! The magnitude of the rendered impulse response against the analogue closed forms, up to 20 kHz, over the whole range of the controls.

use super::{flat, spectrum};
use crate::programs::oracle;
use crate::quality::{Bar, figure};
use lacquer_dsp::modules::equaliser::Equaliser;
use lacquer_dsp::settings::{EqualiserSettings, PassSettings, Placement, ShelfSettings, Slope};

const RATES_HZ: [f64; 2] = [44_100.0, 48_000.0];

/// Corners and middles, up to the edge of hearing.
const FREQUENCIES_HZ: [f64; 16] = [
    20.0, 100.0, 500.0, 1000.0, 3000.0, 4500.0, 6000.0, 8000.0, 10_000.0, 12_000.0, 14_000.0, 16_000.0,
    17_000.0, 18_000.0, 19_000.0, 20_000.0,
];
/// And beyond, as far as the controls go: at 44.1 kHz that is above the Nyquist frequency.
const HIGHEST_HZ: [f64; 3] = [21_000.0, 22_500.0, 24_000.0];
const GAINS_DB: [f64; 8] = [-24.0, -12.0, -3.0, 1.0, 3.0, 8.0, 16.0, 24.0];

/// |c2 s^2 + c1 s + c0|^2 at s = j x.
fn power([c0, c1, c2]: [f64; 3], x: f64) -> f64 {
    (c0 - c2 * x * x).powi(2) + (c1 * x).powi(2)
}

/// The furthest that the rendered response is from `analogue` (power over frequency over corner) up to 20 kHz, dB and Hz.
/// Below `floor_db` an f32 impulse response has no more to say.
fn worst_error(
    settings: &EqualiserSettings,
    rate_hz: f64,
    corner_hz: f64,
    len: usize,
    floor_db: f64,
    analogue: impl Fn(f64) -> f64,
) -> (f64, f64) {
    let mut worst = (0.0_f64, 0.0);
    for (bin, measured) in spectrum(settings, rate_hz, len).iter().enumerate().skip(1) {
        let hz = bin as f64 * rate_hz / len as f64;
        let expected_db = 10.0 * analogue(hz / corner_hz).log10();
        if hz > 20_000.0 || expected_db < floor_db {
            continue;
        }
        let error_db = 10.0 * measured.log10() - expected_db;
        if error_db.abs() > worst.0.abs() {
            worst = (error_db, hz);
        }
    }
    worst
}

/// How long a filter of this frequency and Q rings, to a power of two of samples.
fn ringing_len(hz: f64, q: f64) -> usize {
    ((48_000.0 * 5.0 * q.max(0.5) / hz) as usize).next_power_of_two().clamp(1 << 12, 1 << 20)
}

/// The worst of what was measured, dB, and what it was measured on.
#[derive(Default)]
struct Worst {
    error_db: f64,
    at: String,
}

impl Worst {
    fn note(&mut self, (error_db, at_hz): (f64, f64), what: impl FnOnce() -> String) {
        if error_db.abs() > self.error_db {
            *self = Self { error_db: error_db.abs(), at: format!("{} at {at_hz:.0} Hz", what()) };
        }
    }

    fn hand_in(&self, what: &str, most_db: f64) {
        assert!(self.error_db < most_db, "{what}: {} dB off, {}", self.error_db, self.at);
        let what = format!(
            "{what}: magnitude against the analogue closed form up to 20 kHz, 44.1 and 48 kHz, from the impulse response"
        );
        figure("equaliser", &what, self.error_db, "dB", Bar::AtMost(most_db));
    }
}

#[test]
fn bells_follow_the_analogue_prototype() {
    let (mut worst, mut highest) = (Worst::default(), Worst::default());
    for rate_hz in RATES_HZ {
        for hz in FREQUENCIES_HZ.into_iter().chain(HIGHEST_HZ) {
            let worst = if hz > 20_000.0 { &mut highest } else { &mut worst };
            for gain_db in GAINS_DB {
                for q in [0.1, 0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 3.0, 6.0, 12.0, 24.0] {
                    let mut settings = flat();
                    let bell = &mut settings.bells[2];
                    (bell.frequency_hz, bell.gain_db, bell.q) = (hz, gain_db, q);
                    let a = 10.0_f64.powf(gain_db / 40.0);
                    // A wide bell of low frequency has a slow real pole.
                    let slow = if q < 0.5 { 1.0 / q } else { q * a.max(1.0 / a) };
                    let len = ringing_len(hz, slow * a.max(1.0 / a));
                    let analogue = |x: f64| power([1.0, a / q, 1.0], x) / power([1.0, 1.0 / (a * q), 1.0], x);
                    let error = worst_error(&settings, rate_hz, hz, len, -30.0, analogue);
                    worst.note(error, || format!("{hz} Hz, {gain_db} dB, Q {q}, {rate_hz} Hz"));
                }
            }
        }
    }
    highest.hand_in("Bells above 20 kHz", 0.25);
    worst.hand_in("Bells of 20 Hz to 20 kHz, -24 to 24 dB, Q 0.1 to 24", 0.1);
}

#[test]
fn shelves_follow_the_analogue_prototype() {
    let mut worst = Worst::default();
    for rate_hz in RATES_HZ {
        for hz in FREQUENCIES_HZ.into_iter().chain(HIGHEST_HZ) {
            for gain_db in GAINS_DB {
                let a = 10.0_f64.powf(gain_db / 40.0);
                for q in [0.1, 0.2, 0.4, 0.71, 1.0, 1.4, 2.0] {
                    let middle = a.sqrt() / q;
                    let low = |x: f64| a * a * power([a, middle, 1.0], x) / power([1.0, middle, a], x);
                    let len = ringing_len(hz, 8.0 * q.max(1.0 / q));
                    let what = || format!("{hz} Hz, {gain_db} dB, Q {q}, {rate_hz} Hz");
                    let mut settings = flat();
                    settings.low_shelf = shelf(hz, gain_db, q);
                    worst.note(worst_error(&settings, rate_hz, hz, len, -30.0, low), what);
                    let mut settings = flat();
                    settings.high_shelf = shelf(hz, gain_db, q);
                    worst.note(worst_error(&settings, rate_hz, hz, len, -30.0, |x| low(1.0 / x)), what);
                }
            }
        }
    }
    worst.hand_in("Shelves of 20 Hz to 24 kHz, -24 to 24 dB, Q 0.1 to 2", 0.1);
}

#[test]
fn tilt_follows_the_analogue_prototype() {
    let mut worst = Worst::default();
    for rate_hz in RATES_HZ {
        for hz in FREQUENCIES_HZ.into_iter().chain(HIGHEST_HZ) {
            for gain_db in GAINS_DB {
                let a = 10.0_f64.powf(gain_db / 40.0);
                let mut settings = flat();
                (settings.tilt.pivot_hz, settings.tilt.gain_db) = (hz, gain_db);
                let tilt = |x: f64| (1.0 + (a * x).powi(2)) / (a * a + x * x);
                let error = worst_error(&settings, rate_hz, hz, ringing_len(hz, 10.0), -30.0, tilt);
                worst.note(error, || format!("{hz} Hz, {gain_db} dB, {rate_hz} Hz"));
            }
        }
    }
    worst.hand_in("Tilt around 20 Hz to 24 kHz, -24 to 24 dB", 0.1);
}

fn shelf(hz: f64, gain_db: f64, q: f64) -> ShelfSettings {
    ShelfSettings { frequency_hz: hz, gain_db, q, ..flat().high_shelf }
}

#[test]
fn passes_are_butterworth_at_every_slope() {
    let (mut worst, mut highest) = (Worst::default(), Worst::default());
    for rate_hz in RATES_HZ {
        for hz in FREQUENCIES_HZ.into_iter().chain(HIGHEST_HZ) {
            let worst = if hz > 20_000.0 { &mut highest } else { &mut worst };
            for order in 1..=8 {
                let mut settings = flat();
                settings.high_pass.on = true;
                settings.high_pass.frequency_hz = hz;
                settings.high_pass.slope = Slope(order);
                let mut low = flat();
                low.low_pass = PassSettings { ..settings.high_pass };
                let n = 2 * order as i32;
                let len = ringing_len(hz, 16.0);
                let high_error =
                    worst_error(&settings, rate_hz, hz, len, -90.0, |x| 1.0 / (1.0 + x.powi(-n)));
                let low_error = worst_error(&low, rate_hz, hz, len, -90.0, |x| 1.0 / (1.0 + x.powi(n)));
                worst.note(high_error, || format!("high-pass {hz} Hz, order {order}, {rate_hz} Hz"));
                worst.note(low_error, || format!("low-pass {hz} Hz, order {order}, {rate_hz} Hz"));
            }
        }
    }
    highest.hand_in("High-pass and low-pass above 20 kHz", 0.25);
    worst.hand_in("High-pass and low-pass of 20 Hz to 20 kHz, 6 to 48 dB per octave, down to -90 dB", 0.1);
}

/// The closed forms above are what SciPy says of the same prototypes.
#[test]
fn the_prototypes_are_scipys() {
    let json = oracle("responses.py", &["prototypes", "12", "0.7", "5"]);
    let curve = |name: &str| -> Vec<(f64, f64)> { serde_json::from_value(json[name].clone()).unwrap() };
    let (a, q) = (10.0_f64.powf(12.0 / 40.0), 0.7);
    let middle = a.sqrt() / q;
    let low = |x: f64| a * a * power([a, middle, 1.0], x) / power([1.0, middle, a], x);
    let forms: [(&str, &dyn Fn(f64) -> f64); 6] = [
        ("bell", &|x| power([1.0, a / q, 1.0], x) / power([1.0, 1.0 / (a * q), 1.0], x)),
        ("low shelf", &low),
        ("high shelf", &|x| low(1.0 / x)),
        ("tilt", &|x| (1.0 + (a * x).powi(2)) / (a * a + x * x)),
        ("high-pass", &|x| 1.0 / (1.0 + x.powi(-10))),
        ("low-pass", &|x| 1.0 / (1.0 + x.powi(10))),
    ];
    for (name, form) in forms {
        let curve = curve(name);
        assert!(curve.len() > 50);
        for (x, gain_db) in curve {
            let ours_db = 10.0 * form(x).log10();
            assert!((ours_db - gain_db).abs() < 1e-6, "{name} at {x}: {ours_db} instead of {gain_db}");
        }
    }
}

/// The curve on screen is the sound.
#[test]
fn the_response_is_what_is_rendered() {
    let mut settings = flat();
    settings.high_pass.on = true;
    settings.low_pass.on = true;
    settings.low_shelf.gain_db = 5.0;
    settings.bells[0].gain_db = -9.0;
    settings.bells[3].gain_db = 7.0;
    settings.bells[3].q = 4.0;
    settings.high_shelf.gain_db = -4.0;
    settings.tilt.gain_db = 3.0;
    settings.bells[1].gain_db = 11.0;
    settings.bells[1].placement = Placement::Side;
    settings.bells[2].gain_db = 20.0;
    settings.bells[2].on = false;
    for rate_hz in [8_000.0, 44_100.0, 192_000.0] {
        let len = 1 << 16;
        let mid = spectrum(&settings, rate_hz, len);
        for bin in (8..len / 2).step_by(97) {
            let hz = bin as f64 * rate_hz / len as f64;
            let [drawn_db, _] = Equaliser::response_db(&settings, rate_hz, hz);
            let heard_db = 10.0 * mid[bin].log10();
            assert!(
                drawn_db < -80.0 || (drawn_db - heard_db).abs() < 0.01,
                "{hz} Hz: {drawn_db} drawn, {heard_db} heard"
            );
        }
    }
}
