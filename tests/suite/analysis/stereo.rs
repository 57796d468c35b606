//! The stereo image of signals whose image is known.

use super::{sine, white};
use crate::quality::{Bar, figure};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::analysis::stereo::{NUM_POINTS, OCTAVES_HZ, StereoBand, StereoImage, StereoSettings};
use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;

/// The bands and the whole after both channels have passed.
fn image(left: &[f32], right: &[f32]) -> ([StereoBand; OCTAVES_HZ.len()], StereoBand) {
    let mut image = StereoImage::new(RATE_HZ, &StereoSettings::default()).unwrap();
    assert_no_alloc(|| image.process(left, right, |_| ()));
    let frame = image.frame().expect("there were samples enough");
    (*frame.bands, frame.whole)
}

#[test]
fn tones_turned_and_panned_read_their_angle_and_balance() {
    let mut worst = [0.0_f64; 3];
    for (band, hz) in OCTAVES_HZ.into_iter().enumerate() {
        for degrees in [-135.0_f64, -90.0, 0.0, 30.0, 90.0, 179.0] {
            let left: Vec<f32> = (0..96_000)
                .map(|n| (0.5 * (TAU * hz * f64::from(n) / RATE_HZ + degrees.to_radians()).sin()) as f32)
                .collect();
            let right = sine(hz, 0.25, RATE_HZ, 96_000);
            let (bands, whole) = image(&left, &right);
            for image in [bands[band], whole] {
                let apart = [
                    image.correlation.unwrap() - degrees.to_radians().cos(),
                    image.phase_degrees.unwrap() - degrees,
                    image.balance_db.unwrap() + 6.0206,
                ];
                for (worst, apart) in worst.iter_mut().zip(apart) {
                    *worst = worst.max(apart.abs());
                }
                assert!(image.coherence.unwrap() > 0.999);
            }
        }
    }
    let of = "of tones turned by known angles, every octave, off the closed form";
    figure("analysis", &format!("correlation {of}"), worst[0], "", Bar::AtMost(0.005));
    figure("analysis", &format!("phase {of}"), worst[1], "degrees", Bar::AtMost(0.5));
    figure("analysis", &format!("balance {of}"), worst[2], "dB", Bar::AtMost(0.01));
}

#[test]
fn noise_is_alike_turned_over_or_apart() {
    let (a, b) = (white(1, 0.5, 480_000), white(2, 0.5, 480_000));
    let inverted: Vec<f32> = a.iter().map(|x| -x).collect();
    let mixed: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 0.6 * a + 0.8 * b).collect();
    let (bands, whole) = image(&a, &a);
    assert!(bands.iter().all(|band| band.correlation == Some(1.0) && band.balance_db == Some(0.0)));
    assert_eq!(whole.correlation, Some(1.0));
    assert_eq!(image(&a, &inverted).1.correlation, Some(-1.0));
    // An average over some 6000 independent bins is within a few hundredths.
    let apart = image(&a, &b).1;
    assert!(apart.correlation.unwrap().abs() < 0.05 && apart.coherence.unwrap() < 0.05, "{apart:?}");
    let mixed = image(&a, &mixed).1.correlation.unwrap();
    assert!((mixed - 0.6).abs() < 0.05, "{mixed}");
}

#[test]
fn the_image_comes_alike_for_any_split() {
    let (left, right) = (white(3, 0.5, 30_000), white(4, 0.3, 30_000));
    let frames = |block_len: usize| {
        let mut image = StereoImage::new(RATE_HZ, &StereoSettings::default()).unwrap();
        let mut frames = Vec::new();
        for (left, right) in left.chunks(block_len).zip(right.chunks(block_len)) {
            image.process(left, right, |frame| {
                frames.push((frame.end_sample, *frame.bands, frame.whole, frame.points.concat()));
            });
        }
        frames
    };
    let whole = frames(30_000);
    assert_eq!(whole.len(), (30_000 - 4096) / 1024 + 1);
    for block_len in [1, 63, 1024, 7777] {
        assert!(frames(block_len) == whole, "blocks of {block_len}");
    }
}

#[test]
fn what_is_silent_has_no_image() {
    let tone = sine(1000.0, 0.5, RATE_HZ, 48_000);
    let (bands, whole) = image(&tone, &[0.0; 48_000]);
    assert_eq!(whole, StereoBand::default());
    assert!(bands.iter().all(|band| *band == StereoBand::default()));
    let (bands, whole) = image(&tone, &tone);
    assert_eq!(bands[0], StereoBand::default(), "there is nothing at 31.5 Hz");
    assert!(bands[5].correlation == Some(1.0) && whole.correlation == Some(1.0));
}

#[test]
fn points_are_mid_and_side_of_the_latest_time() {
    let settings = StereoSettings { points_ms: 100.0, ..StereoSettings::default() };
    let left: Vec<f32> = (0..20_000).map(|n| n as f32 / 20_000.0).collect();
    let right: Vec<f32> = left.iter().map(|x| -0.5 * x).collect();
    for block_len in [1, 500, 20_000] {
        let mut image = StereoImage::new(RATE_HZ, &settings).unwrap();
        for (left, right) in left.chunks(block_len).zip(right.chunks(block_len)) {
            image.process(left, right, |_| ());
        }
        let frame = image.frame().unwrap();
        let points = [frame.points[0], frame.points[1]].concat();
        assert_eq!(points.len(), NUM_POINTS);
        // Every fifth sample is a point, the last that of sample 19 995.
        for (idx, point) in points.iter().enumerate() {
            let x = left[19_995 - 5 * (NUM_POINTS - 1 - idx)];
            assert!((point.mid - 0.25 * x).abs() < 1e-6 && (point.side + 0.75 * x).abs() < 1e-6);
        }
    }
}
