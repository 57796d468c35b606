//! The gain: how it falls, how it returns, what the channels share, and what it does to a low tone.

use super::{CEILING_DBTP, CHARACTERS, MODES, limited, limited_mono, scaled, settings, sine};
use crate::quality::{Bar, figure};
use crate::signals::gain;
use crate::spectrum::{db, partial};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::{LimiterCharacter, LimiterSettings};

/// Total harmonic distortion of 50 Hz under 6 dB of reduction, of the second half of three seconds.
fn thd_db(settings: &LimiterSettings, mode: LatencyMode, rate_hz: f64) -> f64 {
    let input = sine(50.0, gain(CEILING_DBTP + 6.0), 3 * rate_hz as usize, rate_hz);
    let out = limited_mono(settings, rate_hz, mode, &input);
    let settled = &out[out.len() / 2..];
    let power = |n: i32| partial(settled, 50.0 * f64::from(n), rate_hz).powi(2);
    let level_db = db(power(1).sqrt());
    assert!((level_db - CEILING_DBTP).abs() < 1.5, "the tone is at the ceiling, not at {level_db} dBFS");
    10.0 * ((2..=40).map(power).sum::<f64>() / power(1)).log10()
}

/// The loud character lets go between two crests of a low tone: that is how it is louder, and its bar says no more than that
/// it distorts no more than it did.
#[test]
fn a_low_tone_stays_clean() {
    for mode in MODES {
        for character in CHARACTERS {
            let thd = |rate_hz| thd_db(&LimiterSettings { character, ..settings() }, mode, rate_hz);
            let worst = [44_100.0, 48_000.0].map(thd).into_iter().fold(f64::NEG_INFINITY, f64::max);
            println!("50 Hz, {mode:?}, {character:?}: THD {worst:.1} dB");
            let most_db = match (character, mode) {
                (LimiterCharacter::Loud, LatencyMode::Live) => -20.0,
                (LimiterCharacter::Loud, LatencyMode::Quality) => -30.0,
                _ => -60.0,
            };
            let what = format!(
                "THD of 50 Hz after 1.5 s of 6 dB of reduction, by correlation, {mode:?}, {character:?}"
            );
            figure("limiter", &what, worst, "dB", Bar::AtMost(most_db));
        }
    }
}

/// The gain itself: what came out over what went in, of an input without zeros.
fn gains(out: &[f32], input: &[f32]) -> Vec<f64> {
    out.iter().zip(input).map(|(y, x)| f64::from(*y) / f64::from(*x)).collect()
}

/// A tone's burst amid a faint level, from sample `start` to `end`.
fn burst(start: usize, end: usize, peak: f64, len: usize) -> Vec<f32> {
    let level = |n: usize| if (start..end).contains(&n) { peak } else { 0.01 };
    (0..len)
        .map(|n| (level(n) * (0.5 * std::f64::consts::PI * (n as f64 + 0.5)).sin() * 2.0_f64.sqrt()) as f32)
        .collect()
}

#[test]
fn the_gain_falls_no_faster_than_the_look_ahead_allows() {
    for (mode, lookahead_samples) in [(LatencyMode::Live, 41.0), (LatencyMode::Quality, 144.0)] {
        for character in CHARACTERS {
            let settings = LimiterSettings { character, ..settings() };
            let input = burst(6_000, 6_200, 8.0, 12_000);
            let gains = gains(&limited_mono(&settings, 48_000.0, mode, &input), &input);
            let depth = 1.0 - gains.iter().copied().fold(1.0, f64::min);
            assert!(depth > 0.85, "{mode:?}: the burst is limited");
            let steepest = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f64::max);
            // Two averages of half the length each: a triangle, whose slope is twice the mean.
            let allowed = 2.0 * depth / lookahead_samples;
            let what = format!(
                "Steepest fall of the gain, as a share of what the look-ahead allows, {mode:?}, {character:?}"
            );
            figure("limiter", &what, steepest / allowed, "", Bar::AtMost(1.01));
            let first = gains.iter().position(|gain| *gain < 1.0 - 1e-6).unwrap();
            assert!(
                first as f64 >= 5_999.0 - lookahead_samples - 34.0,
                "{mode:?}: it falls early, at {first}"
            );
        }
    }
}

/// After a burst the gain returns on the curve that `dynamics::lookahead` states.
#[test]
fn the_release_follows_its_curve() {
    const RATE_HZ: f64 = 48_000.0;
    // Both holds and the share of the fast stage, as the characters are declared.
    for (character, hold_ms, slow_hold_ms, fast_share) in
        [(CHARACTERS[0], 11.0, 11.0, 0.25), (CHARACTERS[1], 3.0, 11.0, 0.1), (CHARACTERS[2], 0.5, 0.5, 0.04)]
    {
        let mut worst = [0.0_f64; 2];
        for release_ms in [120.0, 300.0] {
            let settings = LimiterSettings { character, release_ms, ..settings() };
            let (slow, fast) = (release_ms, fast_share * release_ms);
            let end = 192_000;
            // Four seconds, so that the slow stage has arrived, and then 5 ms, so that it has hardly moved.
            for (start, is_long) in [(1_000, true), (end - 240, false)] {
                let input = burst(start, end, 2.0, end + 60_000);
                let gains = gains(&limited_mono(&settings, RATE_HZ, LatencyMode::Quality, &input), &input);
                let lowest = gains[end - 100];
                // The second of both averages' halves is still to pass when the hold is over.
                let held_ms = if is_long { slow_hold_ms } else { hold_ms };
                let release_starts = end as f64 + 72.0 + held_ms * 0.001 * RATE_HZ;
                for after_ms in [10.0, 30.0, 100.0, 300.0] {
                    let gain = gains[(release_starts + after_ms * 0.001 * RATE_HZ) as usize];
                    let left = if is_long {
                        (slow * (-after_ms / slow).exp() - fast * (-after_ms / fast).exp()) / (slow - fast)
                    } else {
                        (-after_ms / fast).exp()
                    };
                    let expected = 1.0 - (1.0 - lowest) * left;
                    let worst = &mut worst[usize::from(is_long)];
                    *worst = worst.max((gain - expected).abs());
                }
            }
        }
        // The averages blur a bend by their length; a short burst moves the slow stage a little.
        for (kind, worst, most) in [("5 ms", worst[0], 0.16), ("4 s", worst[1], 0.01)] {
            let what =
                format!("Gain after a burst of {kind} off the closed form of the release, {character:?}");
            figure("limiter", &what, worst, "", Bar::AtMost(most));
        }
    }
}

#[test]
fn links_share_what_they_say() {
    let loud = burst(2_000, 26_000, 2.0, 60_000);
    let quiet = sine(997.0, 0.1, 60_000, 48_000.0).iter().map(|x| x + 0.2).collect::<Vec<_>>();
    for mode in MODES {
        let of = |transient_link_percent, release_link_percent| {
            let settings = LimiterSettings { transient_link_percent, release_link_percent, ..settings() };
            let [l, r] = limited(&settings, 48_000.0, mode, [&loud, &quiet]);
            (gains(&l, &loud), gains(&r, &quiet), r)
        };
        let (left, right, _) = of(100.0, 100.0);
        let apart = left.iter().zip(&right).map(|(l, r)| (l - r).abs()).fold(0.0, f64::max);
        let what = format!("Gains of two channels apart, links of 100 %, {mode:?}");
        figure("limiter", &what, apart, "", Bar::AtMost(1e-6));
        let (alone, _, untouched) = of(0.0, 0.0);
        assert_eq!(untouched, quiet, "{mode:?}: the quiet channel goes its own way");
        assert!(alone.iter().zip(&left).all(|(a, b)| (a - b).abs() < 1e-6), "the loud one is as before");
        let (_, half, _) = of(50.0, 0.0);
        let lowest = |gains: &[f64]| gains.iter().copied().fold(1.0, f64::min);
        let expected = 0.5 * (1.0 + lowest(&left));
        let what =
            format!("Gain of the quiet channel off half of the other's reduction, link of 50 %, {mode:?}");
        figure("limiter", &what, (lowest(&half) - expected).abs(), "", Bar::AtMost(1e-3));
        // With the release linked alone, the quiet channel hears of the reduction only slowly.
        let (_, slowly, _) = of(0.0, 100.0);
        assert!(
            slowly[2_100] > 0.9 && left[2_100] < 0.4 && (slowly[25_000] - left[25_000]).abs() < 0.01,
            "{mode:?}: {}",
            slowly[25_000]
        );
    }
}

/// What the characters are for: drums over bass, 12 dB into the limiter. The more direct the louder, and the more distorted.
#[test]
fn characters_differ_as_they_say() {
    let [left, right] =
        lacquer_offline::demo::render().map(|channel| scaled(&channel[48_000 * 8..48_000 * 16], 20.0));
    for mode in MODES {
        let measured = CHARACTERS.map(|character| {
            let settings = LimiterSettings { character, ..settings() };
            let [out, _] = limited(&settings, 48_000.0, mode, [&left, &right]);
            let power = out.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / out.len() as f64;
            let input = sine(997.0, 0.3, 24_000, 48_000.0);
            let mut hit = input.clone();
            hit[4_800..4_848].iter_mut().for_each(|x| *x *= 8.0);
            let gains = limited_mono(&settings, 48_000.0, mode, &hit);
            // How long after a hit of 1 ms the tone is back to within 1 dB.
            let back = (4_900..24_000)
                .rev()
                .find(|n| input[*n].abs() > 0.2 && f64::from(gains[*n]) / f64::from(input[*n]) < gain(-1.0));
            (
                10.0 * power.log10(),
                back.map_or(0.0, |n| (n - 4_848) as f64 / 48.0),
                thd_db(&settings, mode, 48_000.0),
            )
        });
        println!("{mode:?}: RMS dBFS, ms to within 1 dB, THD dB: {measured:.1?}");
        assert!(measured.windows(2).all(|w| w[1].0 > w[0].0 + 0.3), "{mode:?}: each is louder: {measured:?}");
        assert!(
            measured.windows(2).all(|w| w[1].1 < 0.7 * w[0].1),
            "{mode:?}: each is back sooner: {measured:?}"
        );
        assert!(
            measured.windows(2).all(|w| w[1].2 > w[0].2 + 10.0),
            "{mode:?}: each distorts more: {measured:?}"
        );
    }
}
