//! The built-in demo piece is what its description says: the same bits everywhere, and an unmastered mix.

use ebur128::{EbuR128, Mode};
use lacquer_offline::demo::{NUM_FRAMES, SAMPLE_RATE_HZ, render};
use std::sync::LazyLock;

static PIECE: LazyLock<[Vec<f32>; 2]> = LazyLock::new(render);

/// FNV-1a over the bits of both channels, left first.
fn checksum(channels: &[Vec<f32>]) -> u64 {
    channels
        .iter()
        .flatten()
        .flat_map(|sample| sample.to_bits().to_le_bytes())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn rms_db(samples: &[f32]) -> f64 {
    10.0 * mean(samples.iter().map(|x| f64::from(*x) * f64::from(*x))).log10()
}

/// Splits mono audio at two corners by one-pole filters, which is enough to tell bass from air, and returns each part's RMS.
fn thirds_db(samples: &[f32]) -> [f64; 3] {
    let coeff = |corner_hz: f64| (-core::f64::consts::TAU * corner_hz / f64::from(SAMPLE_RATE_HZ)).exp();
    let (low_coeff, high_coeff) = (coeff(200.0), coeff(3000.0));
    let (mut below_200_hz, mut below_3_khz) = (0.0, 0.0);
    let parts = samples.iter().map(|x| {
        let x = f64::from(*x);
        below_200_hz += (1.0 - low_coeff) * (x - below_200_hz);
        below_3_khz += (1.0 - high_coeff) * (x - below_3_khz);
        [below_200_hz as f32, (below_3_khz - below_200_hz) as f32, (x - below_3_khz) as f32]
    });
    let parts: Vec<[f32; 3]> = parts.collect();
    [0, 1, 2].map(|idx| rms_db(&parts.iter().map(|part| part[idx]).collect::<Vec<_>>()))
}

#[test]
fn the_demo_lasts_thirty_seconds_and_is_the_same_everywhere() {
    assert_eq!(SAMPLE_RATE_HZ, 48_000);
    assert_eq!(NUM_FRAMES, 30 * 48_000);
    for channel in PIECE.iter() {
        assert_eq!(channel.len(), NUM_FRAMES);
        assert!(channel.iter().all(|x| x.is_finite()));
    }
    // Whoever edits the piece on purpose puts the new figure here, after measuring and listening.
    const EXPECTED: u64 = 0xF9FD_38EB_DF6A_2544;
    assert_eq!(checksum(PIECE.as_slice()), EXPECTED, "the checksum is {:#018X}", checksum(PIECE.as_slice()));
}

#[test]
fn the_demo_has_the_level_of_an_unmastered_mix() {
    let [left, right] = &*PIECE;
    let mut meter = EbuR128::new(2, SAMPLE_RATE_HZ, Mode::I | Mode::LRA | Mode::TRUE_PEAK).expect("a meter");
    meter.add_frames_planar_f32(&[left, right]).expect("two equal channels");
    let integrated_lufs = meter.loudness_global().expect("integrated loudness");
    assert!((-20.0..=-18.0).contains(&integrated_lufs), "{integrated_lufs} LUFS");
    let range_lu = meter.loudness_range().expect("loudness range");
    assert!((4.0..=8.0).contains(&range_lu), "LRA {range_lu}");
    for channel_idx in 0..2 {
        let peak_dbfs = 20.0 * meter.sample_peak(channel_idx).expect("sample peak").log10();
        assert!((-6.0..=-4.0).contains(&peak_dbfs), "channel {channel_idx} peaks at {peak_dbfs} dBFS");
        let true_peak_dbtp = 20.0 * meter.true_peak(channel_idx).expect("true peak").log10();
        assert!(true_peak_dbtp < -3.0, "channel {channel_idx} peaks at {true_peak_dbtp} dBTP");
    }
}

#[test]
fn the_demo_has_no_offset_and_ends_in_silence() {
    for channel in PIECE.iter() {
        assert!(mean(channel.iter().map(|x| f64::from(*x))).abs() < 1e-5);
        let last_50_ms = &channel[NUM_FRAMES - 2400..];
        assert!(rms_db(last_50_ms) < -60.0);
        assert!(channel[NUM_FRAMES - 1].abs() < 1e-6);
        // Nothing jumps from one sample to the next by more than a drum stroke may.
        assert!(channel.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.4));
    }
}

#[test]
fn the_demo_fills_the_spectrum_and_the_panorama() {
    let [left, right] = &*PIECE;
    let mono: Vec<f32> = left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)).collect();
    let side: Vec<f32> = left.iter().zip(right).map(|(l, r)| 0.5 * (l - r)).collect();
    let [low_db, mid_db, high_db] = thirds_db(&mono);
    assert!((-3.0..=12.0).contains(&(low_db - mid_db)), "low {low_db}, mid {mid_db}");
    assert!((3.0..=20.0).contains(&(mid_db - high_db)), "mid {mid_db}, high {high_db}");
    // Wide, and yet it loses little in mono.
    let width_db = rms_db(&side) - rms_db(&mono);
    assert!((-20.0..=-6.0).contains(&width_db), "side is {width_db} dB from mono");
}

#[test]
fn the_demo_is_never_out_of_phase_nor_dull() {
    // Every second but the last two, where only the tail is left, something sounds and its sides agree.
    let [left, right] = &*PIECE;
    let second = SAMPLE_RATE_HZ as usize;
    for (idx, (l, r)) in left.chunks(second).zip(right.chunks(second)).enumerate().take(28) {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        let correlation = dot(l, r) / (dot(l, l) * dot(r, r)).sqrt();
        assert!(correlation > 0.2, "second {idx} correlates by {correlation}");
        assert!(rms_db(l) > -34.0, "second {idx} has {} dBFS", rms_db(l));
    }
}
