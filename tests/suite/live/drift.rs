//! Two clocks: found to differ, followed, and heard neither as a click nor as a pitch.

use super::bench::Bench;
use super::engine::Table;
use crate::random::Random;
use lacquer::engine::control::Control;
use std::f64::consts::TAU;
use std::time::Duration;

const RATE_HZ: f64 = 48_000.0;
const TONE_HZ: f64 = 997.0;

/// What is heard of a tone when the microphone's clock is faster by `ppm`, with callbacks of these lengths.
fn heard(ppm: f64, in_frames: usize, out_frames: usize, seconds: f64) -> (Vec<f32>, Table) {
    let control = Control { is_monitoring: true, ..Control::default() };
    let mut table = Table::new(Bench::new([RATE_HZ as u32; 2]), control);
    let (mut num_in, mut out) = (0_usize, Vec::new());
    // Threads wake up to half a millisecond late.
    let mut random = Random::new(7);
    let mut late = || random.unit() * 0.5e-3;
    while (out.len() as f64) < seconds * RATE_HZ {
        // The input's callbacks come when its clock says so.
        let due_at = |num_in: usize| (num_in + in_frames) as f64 / RATE_HZ / (1.0 + ppm * 1e-6);
        let now_s = (out.len() + out_frames) as f64 / RATE_HZ;
        while due_at(num_in) <= now_s {
            table.bench.set_time_s(due_at(num_in) + late());
            let tone = |n: usize| (TAU * TONE_HZ * n as f64 / RATE_HZ).sin() as f32 * 0.5;
            let frames: Vec<[f32; 2]> = (num_in..num_in + in_frames).map(|n| [tone(n); 2]).collect();
            table.bench.capture(&frames);
            num_in += in_frames;
        }
        table.bench.set_time_s(now_s + late());
        out.extend(table.bench.play(out_frames).into_iter().map(|frame| frame[0]));
        table.now += Duration::from_secs_f64(out_frames as f64 / RATE_HZ);
        table.engine.poll(table.now);
    }
    (out, table)
}

/// Frequency of a tone, in ppm of [`TONE_HZ`], by the turn of its phase between two halves; and what is left beside it, dB.
fn deviation_and_residue(samples: &[f32]) -> (f64, f64) {
    let half = samples.len() / 2;
    let phase_of = |start: usize, len: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples[start..start + len].iter().enumerate() {
            // A Hann window keeps the other end of the spectrum away.
            let window = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / len as f64).cos();
            let angle = TAU * TONE_HZ * (start + n) as f64 / RATE_HZ;
            re += window * f64::from(*sample) * angle.cos();
            im += window * f64::from(*sample) * angle.sin();
        }
        re.atan2(im)
    };
    let turn = (phase_of(half, half) - phase_of(0, half) + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    let ppm = turn / (TAU * TONE_HZ * half as f64 / RATE_HZ) * 1e6;
    // A least-squares sine of that frequency, and the rest.
    let hz = TONE_HZ * (1.0 + ppm * 1e-6);
    let (mut ss, mut cc, mut sc, mut xs, mut xc, mut xx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (TAU * hz * n as f64 / RATE_HZ).sin_cos();
        let x = f64::from(*sample);
        (ss, cc, sc) = (ss + sin * sin, cc + cos * cos, sc + sin * cos);
        (xs, xc, xx) = (xs + x * sin, xc + x * cos, xx + x * x);
    }
    let det = ss * cc - sc * sc;
    let (a, b) = ((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det);
    let rest = (xx - a * xs - b * xc).max(0.0);
    (ppm, 10.0 * (rest / xx).log10())
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn clocks_that_differ_are_followed_without_click_or_pitch() {
    println!(
        "| input's clock | callbacks | found after | read at the end | pitch is off by, at worst | beside the tone |"
    );
    println!("|---|---|---|---|---|---|");
    for (ppm, in_frames, out_frames) in
        [(200.0, 256, 256), (-200.0, 256, 256), (200.0, 480, 512), (-50.0, 128, 64)]
    {
        let seconds = if ppm == -50.0 { 90.0 } else { 150.0 };
        let (out, mut table) = heard(ppm, in_frames, out_frames, seconds);
        let status = table.status();
        let totals = status.totals;
        assert_eq!(
            totals.num_missing_frames + totals.num_dropped_frames + totals.num_underruns,
            0,
            "{status:?}"
        );
        // Half a second at a time: what the ear takes for one pitch. A click is looked for in a tenth of that.
        let pieces = |seconds: f64| out[RATE_HZ as usize..].chunks_exact((RATE_HZ * seconds) as usize);
        let measured: Vec<(f64, f64)> = pieces(0.5).map(deviation_and_residue).collect();
        // The tone of a fast clock is truly higher; what remains of ours is the difference from both.
        let found_at = measured.iter().position(|(off, _)| off.abs() > 5.0);
        let furthest = |(off, _): &(f64, f64)| off.abs().max((off - ppm).abs() - ppm.abs());
        let worst_ppm = measured.iter().map(furthest).fold(0.0, f64::max);
        let worst_db =
            pieces(0.05).map(|piece| deviation_and_residue(piece).1).fold(f64::NEG_INFINITY, f64::max);
        let last_ppm = measured[measured.len() - 20..].iter().map(|(off, _)| off).sum::<f64>() / 20.0;
        let found_s = found_at.map_or("never".to_owned(), |n| format!("{:.1} s", 1.0 + n as f64 / 2.0));
        println!(
            "| {ppm:+} ppm | {in_frames} / {out_frames} | {found_s} | {:+.1} ppm | {worst_ppm:.0} ppm | {worst_db:.1} dB |",
            status.drift_ppm
        );
        assert!((status.drift_ppm - ppm).abs() < 20.0, "{} ppm", status.drift_ppm);
        assert!((last_ppm - ppm).abs() < 20.0, "{last_ppm} ppm heard");
        // Four hundred parts per million are 0.7 cents; hearing begins at about 5.
        assert!(worst_ppm < 400.0 && worst_db < -70.0, "{worst_ppm} ppm, {worst_db} dB");
    }
}

#[test]
fn clocks_that_keep_step_are_left_alone() {
    for (in_frames, out_frames) in [(256, 256), (480, 512), (1024, 96)] {
        let (_, mut table) = heard(0.0, in_frames, out_frames, 60.0);
        let status = table.status();
        assert_eq!(status.drift_ppm, 0.0);
        assert_eq!(status.totals.num_missing_frames, 0, "{in_frames} {out_frames}");
    }
}
