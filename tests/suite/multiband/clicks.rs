//! Nothing that changes while audio runs is heard as a click.

use super::{MODES, magnitudes, neutral, run, sine, stereo};
use crate::quality::{Bar, figure};
use crate::spectrum::{db, partial};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::{BandSettings, MultibandSettings};
use std::f64::consts::TAU;

/// The strongest partial further than 2 kHz from a tone of 1 kHz, relative to it, in any stretch of a sixth of a second.
fn loudest_click_db(samples: &[f32]) -> f64 {
    const LEN: usize = 8192;
    let window = |n: usize| {
        let x = TAU * n as f64 / LEN as f64;
        0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos()
    };
    let mut loudest = 0.0_f64;
    for start in (0..samples.len() - LEN).step_by(LEN / 8) {
        let part: Vec<f64> = (0..LEN).map(|n| window(n) * f64::from(samples[start + n])).collect();
        let first_bin = 3000 * LEN / 48_000;
        let beyond = magnitudes(&part)[first_bin..].iter().copied().fold(0.0, f64::max);
        loudest = loudest.max(beyond * 2.0 / (0.35875 * LEN as f64) / 0.5);
    }
    db(loudest)
}

/// What a switch without a fade measures, so that the bound of the next test means something.
#[test]
fn a_step_is_a_click() {
    let mut tone = sine(1000.0, 0.5, 48_000, 48_000.0);
    tone[24_017..].iter_mut().for_each(|x| *x *= 0.7);
    assert!(loudest_click_db(&tone) > -75.0, "{} dB", loudest_click_db(&tone));
}

#[test]
fn nothing_that_changes_while_audio_runs_clicks() {
    let base = {
        let mut settings = neutral(4);
        for (idx, band) in settings.bands.iter_mut().enumerate() {
            *band = BandSettings { makeup_db: 2.0 * idx as f64 - 3.0, ..*band };
        }
        settings
    };
    type Change = fn(&mut MultibandSettings, bool);
    let changes: [(&str, Change); 9] = [
        ("crossover 2", |s, on| s.crossovers_hz[1] = if on { 1400.0 } else { 600.0 }),
        ("every crossover", |s, on| {
            s.crossovers_hz = if on { [40.0, 90.0, 500.0, 1e3, 2e3] } else { [900.0, 3e3, 6e3, 9e3, 15e3] };
        }),
        ("fewer bands", |s, on| s.num_bands = if on { 2 } else { 4 }),
        ("more bands", |s, on| s.num_bands = if on { 6 } else { 3 }),
        ("solo", |s, on| s.bands[2].solo = on),
        ("solo of another", |s, on| s.bands[0].solo = on),
        ("bypass", |s, on| s.bands[2].bypass = on),
        ("band mix", |s, on| s.bands[2].mix_percent = if on { 10.0 } else { 100.0 }),
        ("link and mix", |s, on| {
            (s.link_percent, s.mix_percent) = if on { (0.0, 0.0) } else { (100.0, 100.0) }
        }),
    ];
    for mode in MODES {
        let mut loudest_db = f64::NEG_INFINITY;
        let tone = stereo(sine(1000.0, 0.5, 96_000, 48_000.0));
        for (name, change) in changes {
            let script: Vec<_> = (0..5)
                .map(|idx| {
                    let mut settings = base;
                    change(&mut settings, idx % 2 == 1);
                    (idx * 16_411, settings)
                })
                .collect();
            let [out, _] = run(mode, 48_000.0, &script, &tone);
            let click_db = loudest_click_db(&out[8000..]);
            assert!(click_db < -90.0, "{mode:?}, {name}: {click_db} dB");
            loudest_db = loudest_db.max(click_db);
            // The change was one: settled before and after, the level is another.
            let level = |end: usize| partial(&out[end - 4800..end], 1000.0, 48_000.0);
            let heard = (level(16_411) - level(32_800)).abs() > 1e-4;
            assert!(
                heard || name == "solo of another" && mode == LatencyMode::Live,
                "{mode:?}, {name} did nothing"
            );
        }
        let what =
            format!("loudest partial beside a tone while crossovers, bands, solo or bypass change, {mode:?}");
        figure("multiband", &what, loudest_db, "dB", Bar::AtMost(-90.0));
    }
}
