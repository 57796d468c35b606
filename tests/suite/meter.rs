//! The loudness meter against an independent meter, closed forms, and its own contract.

use assert_no_alloc::assert_no_alloc;
use ebur128::{EbuR128, Mode};
use lacquer_dsp::meter::{
    ChannelRole, Dbfs, Dbtp, KWeighting, LoudnessMeter, LoudnessReading, Lu, Lufs, MeterError,
};

use crate::signals::{Noise, gain, programme, tone};

/// A prepared meter.
fn new_meter(rate_hz: u32, roles: &[ChannelRole]) -> LoudnessMeter {
    let mut meter = LoudnessMeter::new();
    meter.prepare(f64::from(rate_hz), roles).expect("the test's rate and roles are supported");
    meter
}

/// What a new meter reads of a whole signal.
fn read(rate_hz: u32, roles: &[ChannelRole], channels: &[&[f32]]) -> LoudnessReading {
    let mut meter = new_meter(rate_hz, roles);
    meter.process(channels);
    meter.reading()
}

/// Fails unless a figure is there and near what is expected.
macro_rules! assert_near {
    ($figure:expr, $expected:expr, $tolerance:expr $(, $context:expr)?) => {{
        let (figure, expected) = ($figure.expect("the figure has been measured").0, $expected);
        let context = concat!("", $($context)?);
        assert!((figure - expected).abs() <= $tolerance, "{figure} is not {expected} {context}");
    }};
}

/// Momentary, short-term, and integrated loudness within 0.005 LU, the range within 0.3 LU: the other meter takes a value
/// for its range once a second, this one ten times. At 11025 Hz the other meter's 3 s are 15 samples too long, since it
/// rounds 100 ms to whole samples; where the 15 are loud and the rest is not, that makes up to 0.1 LU.
fn assert_agrees_with_ebur128(rate_hz: u32, roles: &[ChannelRole], length_s: u32) {
    let channels: Vec<Vec<f32>> =
        (1..).take(roles.len()).map(|seed| programme(seed, rate_hz, length_s)).collect();
    let mut theirs = EbuR128::new(roles.len() as u32, rate_hz, Mode::I | Mode::M | Mode::S | Mode::LRA)
        .expect("the other meter takes the test's rate");
    let mut ours = new_meter(rate_hz, roles);
    let tolerance_lu = if rate_hz.is_multiple_of(10) { 0.005 } else { 0.1 };
    for second in 0..length_s as usize {
        let range = second * rate_hz as usize..(second + 1) * rate_hz as usize;
        let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[range.clone()]).collect();
        ours.process(&block);
        theirs.add_frames_planar_f32(&block).expect("the other meter takes the block");
        let reading = ours.reading();
        let momentary = theirs.loudness_momentary().expect("momentary mode is on");
        assert_near!(reading.momentary_lufs, momentary, tolerance_lu);
        if second >= 3 {
            let short_term = theirs.loudness_shortterm().expect("short-term mode is on");
            assert_near!(reading.short_term_lufs, short_term, tolerance_lu);
        }
    }
    let reading = ours.reading();
    let integrated = theirs.loudness_global().expect("integrated mode is on");
    assert_near!(reading.integrated_lufs, integrated, tolerance_lu);
    let range = theirs.loudness_range().expect("range mode is on");
    assert!(range > 4.0, "the material has to have a range for this to say anything: {range}");
    assert_near!(reading.range_lu, range, 0.3);
}

#[test]
fn meter_agrees_with_ebur128_at_the_usual_rates() {
    for rate_hz in [44_100, 48_000, 96_000] {
        assert_agrees_with_ebur128(rate_hz, &ChannelRole::STEREO, 120);
    }
}

#[test]
fn meter_agrees_with_ebur128_at_the_lowest_the_highest_and_odd_rates() {
    for rate_hz in [8_000, 11_025, 22_050, 384_000] {
        let length_s = if rate_hz > 48_000 { 40 } else { 120 };
        assert_agrees_with_ebur128(rate_hz, &ChannelRole::MONO, length_s);
    }
}

#[test]
fn meter_agrees_with_ebur128_in_surround() {
    assert_agrees_with_ebur128(48_000, &ChannelRole::SURROUND_5_1, 60);
}

#[test]
fn k_weighting_has_the_standards_gains() {
    let at_48_khz = [(20.0, -13.275), (100.0, -1.133), (997.0, 0.691), (1000.0, 0.698), (10_000.0, 4.042)];
    let at_48_khz = at_48_khz.map(|(frequency_hz, gain_db)| (48_000.0, frequency_hz, gain_db));
    let at_997_hz =
        [(44_100.0, 0.694), (96_000.0, 0.674), (192_000.0, 0.664)].map(|(r, gain_db)| (r, 997.0, gain_db));
    for (rate_hz, frequency_hz, expected_db) in at_48_khz.into_iter().chain(at_997_hz) {
        let gain_db = KWeighting::design(rate_hz).gain_db(frequency_hz, rate_hz);
        assert!((gain_db - expected_db).abs() < 6e-4, "{gain_db} dB at {frequency_hz} Hz of {rate_hz} Hz");
    }
}

#[test]
fn a_full_scale_sine_reads_what_bs_1770_says() {
    let sine = tone(997, 48_000, &[(0.0, 5.0)]);
    let silence = vec![0.0; sine.len()];
    let loudness = |roles: &[ChannelRole], channels: &[&[f32]]| read(48_000, roles, channels).integrated_lufs;
    assert_near!(loudness(&ChannelRole::MONO, &[&sine]), -3.01, 0.005);
    assert_near!(loudness(&ChannelRole::STEREO, &[&silence, &sine]), -3.01, 0.005);
    assert_near!(loudness(&ChannelRole::STEREO, &[&sine, &sine]), 0.0, 0.005);
    assert_near!(loudness(&[ChannelRole::DualMono], &[&sine]), 0.0, 0.005);
    let quieter = tone(1000, 48_000, &[(-18.0, 5.0)]);
    assert_near!(loudness(&ChannelRole::STEREO, &[&quieter, &quieter]), -18.0, 0.01);

    // Each channel of 5.1 alone: a surround counts 10 log10 1.41 = 1.49 dB more, the LFE not at all.
    for (idx, expected) in [(0, -3.01), (1, -3.01), (2, -3.01), (4, -1.52), (5, -1.52)] {
        let mut channels = [silence.as_slice(); 6];
        channels[idx] = &sine;
        assert_near!(loudness(&ChannelRole::SURROUND_5_1, &channels), expected, 0.006);
    }
    let mut lfe_only = [silence.as_slice(); 6];
    lfe_only[3] = &sine;
    let reading = read(48_000, &ChannelRole::SURROUND_5_1, &lfe_only);
    assert_eq!(reading.integrated_lufs, None);
    assert_near!(reading.sample_peak_dbfs, 0.0, 0.001);
}

#[test]
fn a_sine_reads_its_k_weighted_level_from_8_to_384_khz_and_with_24_channels() {
    for (rate_hz, num_channels) in [(8_000, 1), (11_025, 2), (22_050, 3), (384_000, 1), (48_000, 24)] {
        let sine = tone(997, rate_hz, &[(-20.0, 4.0)]);
        let channels = vec![sine.as_slice(); num_channels];
        let reading = read(rate_hz, &vec![ChannelRole::Main; num_channels], &channels);
        let weighting_db = KWeighting::design(f64::from(rate_hz)).gain_db(997.0, f64::from(rate_hz));
        let power_of_all_db = 10.0 * (num_channels as f64).log10();
        let expected = -20.0 - 3.0103 - 0.691 + weighting_db + power_of_all_db;
        assert_near!(reading.momentary_lufs, expected, 0.002);
        assert_near!(reading.short_term_lufs, expected, 0.002);
        // The first block holds the filters' settling.
        assert_near!(reading.integrated_lufs, expected, 0.01);
        assert_near!(reading.rms_dbfs, -23.0103, 0.002);
        assert_near!(reading.range_lu, 0.0, 0.01);
    }
}

#[test]
fn peaks_rms_and_plr_of_known_signals() {
    let square: Vec<f32> = (0..48_000).map(|idx| if idx / 24 % 2 == 0 { 0.5 } else { -0.5 }).collect();
    let reading = read(48_000, &ChannelRole::MONO, &[&square]);
    assert_near!(reading.sample_peak_dbfs, -6.0206, 1e-4);
    assert_near!(reading.rms_dbfs, -6.0206, 1e-4);
    // One channel of two: half the power over all samples, and still the same peak.
    let half = read(48_000, &ChannelRole::STEREO, &[&square, &vec![0.0; square.len()]]);
    assert_near!(half.rms_dbfs, -9.0309, 1e-4);
    assert_near!(half.sample_peak_dbfs, -6.0206, 1e-4);
    let (Some(peak), Some(loudness)) = (reading.true_peak_dbtp, reading.integrated_lufs) else {
        panic!("a second of a square wave has a true peak and a loudness");
    };
    assert_near!(reading.plr_lu, peak.0 - loudness.0, 1e-12);

    // An impulse of 1 meets the largest tap of the standard's filter, 0.97217.
    let mut impulse = vec![0.0; 400];
    impulse[200] = -1.0;
    let reading = read(48_000, &ChannelRole::MONO, &[&impulse]);
    assert_near!(reading.true_peak_dbtp, 20.0 * 0.972_167_968_75f64.log10(), 1e-5);
}

#[test]
fn nothing_measured_yet_is_not_silence() {
    let mut meter = LoudnessMeter::new();
    assert_eq!(meter.reading(), LoudnessReading::default(), "an unprepared meter reads nothing");
    meter.prepare(48_000.0, &ChannelRole::MONO).expect("48 kHz mono is supported");
    assert_eq!(meter.reading(), LoudnessReading::default(), "nor does one that has heard nothing");

    let silence = [0.0; 48_000];
    meter.process(&[&silence[..19_199]]);
    assert_eq!(meter.reading().momentary_lufs, None, "a sample short of 400 ms");
    meter.process(&[&silence[..1]]);
    let reading = meter.reading();
    assert_eq!(reading.momentary_lufs, Some(Lufs(f64::NEG_INFINITY)), "400 ms of silence are measured");
    assert_eq!(reading.sample_peak_dbfs, Some(Dbfs(f64::NEG_INFINITY)));
    assert_eq!(reading.true_peak_dbtp, Some(Dbtp(f64::NEG_INFINITY)));
    assert_eq!((reading.short_term_lufs, reading.max_short_term_lufs), (None, None));

    meter.process(&[&silence[..48_000]]);
    meter.process(&[&silence[..48_000]]);
    meter.process(&[&silence[..28_799]]);
    assert_eq!(meter.reading().short_term_lufs, None, "a sample short of 3 s");
    meter.process(&[&silence[..1]]);
    let reading = meter.reading();
    assert_eq!(reading.short_term_lufs, Some(Lufs(f64::NEG_INFINITY)));
    assert_eq!(
        (reading.integrated_lufs, reading.range_lu, reading.plr_lu),
        (None, None, None),
        "all is gated"
    );
}

#[test]
fn the_absolute_gate_lies_at_minus_70() {
    for (level_db, is_heard) in [(-69.9, true), (-70.1, false)] {
        let sine = tone(1000, 48_000, &[(level_db, 5.0)]);
        let reading = read(48_000, &ChannelRole::STEREO, &[&sine, &sine]);
        assert_eq!(reading.integrated_lufs.is_some(), is_heard, "{level_db}");
        assert_eq!(reading.range_lu.is_some(), is_heard, "{level_db}");
    }
}

#[test]
fn the_range_is_stable_after_a_minute() {
    let mut meter = new_meter(8_000, &ChannelRole::MONO);
    meter.process(&[&vec![0.1; 60 * 8_000 - 1]]);
    assert!(!meter.reading().is_range_stable);
    meter.process(&[&[0.1]]);
    assert!(meter.reading().is_range_stable);
}

#[test]
fn finish_completes_the_range_and_the_true_peaks_only() {
    // The last sample is the loudest, so its peak between samples is still inside the filter.
    let mut samples = tone(1000, 48_000, &[(-20.0, 4.0)]);
    samples.extend([0.0; 333]);
    samples.push(0.9);
    let mut meter = new_meter(48_000, &ChannelRole::MONO);
    meter.process(&[&samples]);
    let before = meter.reading();
    meter.finish();
    let after = meter.reading();
    assert_near!(after.true_peak_dbtp, 20.0 * (0.9f64 * 0.972_167_968_75).log10(), 0.01);
    assert!(after.true_peak_dbtp > before.true_peak_dbtp);
    assert!(after.intersample_peak_dbtp > before.intersample_peak_dbtp);
    assert!(after.range_lu > before.range_lu, "the silence after the file has lower short-term values");
    let untouched = LoudnessReading {
        range_lu: before.range_lu,
        true_peak_dbtp: before.true_peak_dbtp,
        intersample_peak_dbtp: before.intersample_peak_dbtp,
        plr_lu: before.plr_lu,
        ..after
    };
    assert_eq!(untouched, before);
    meter.finish();
    assert_eq!(meter.reading(), after, "finishing twice is finishing once");
}

#[test]
fn any_split_into_blocks_gives_the_same_bits() {
    for rate_hz in [11_025, 48_000] {
        let channels = [1, 2, 3].map(|seed| programme(seed, rate_hz, 6));
        let roles = [ChannelRole::Main, ChannelRole::Surround, ChannelRole::Lfe];
        let whole = read(rate_hz, &roles, &channels.each_ref().map(Vec::as_slice));
        assert!(whole.range_lu.is_some() && whole.integrated_lufs.is_some());
        let mut noise = Noise::new(9);
        for block_len in [Some(1), Some(7), Some(64), Some(480), Some(4096), None] {
            let mut meter = new_meter(rate_hz, &roles);
            let mut start = 0;
            while start < channels[0].len() {
                let len = block_len.unwrap_or_else(|| noise.below(2000));
                let end = channels[0].len().min(start + len);
                meter.process(&channels.each_ref().map(|channel| &channel[start..end]));
                start = end;
            }
            // Figures compare as numbers, and no two finite numbers but the zeros are equal with different bits.
            assert_eq!(meter.reading(), whole, "blocks of {block_len:?} at {rate_hz} Hz");
        }
    }
}

#[test]
fn after_a_reset_a_meter_is_as_new() {
    let (first, second) = (programme(1, 48_000, 5), programme(2, 48_000, 4));
    let expected = read(48_000, &ChannelRole::MONO, &[&second]);
    let mut meter = new_meter(48_000, &ChannelRole::MONO);
    for is_finished in [false, true] {
        meter.process(&[&first[..200_001]]);
        if is_finished {
            meter.finish();
        }
        meter.reset();
        assert_eq!(meter.reading(), LoudnessReading::default());
        meter.process(&[&second]);
        assert_eq!(meter.reading(), expected);
        meter.reset();
    }
    // Prepared anew for another rate and other channels, and back again.
    meter.prepare(96_000.0, &ChannelRole::SURROUND_5_1).expect("96 kHz in 5.1 is supported");
    meter.process(&[first.as_slice(); 6]);
    meter.prepare(48_000.0, &ChannelRole::MONO).expect("48 kHz mono is supported");
    meter.process(&[&second]);
    assert_eq!(meter.reading(), expected);
}

#[test]
fn what_is_not_audio_is_counted_and_silent() {
    let clean = programme(3, 48_000, 4);
    let mut damaged = clean.clone();
    let mut silenced = clean;
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN, 1e13, f32::MAX];
    for (idx, &sample) in bad.iter().enumerate() {
        damaged[10_000 + 777 * idx] = sample;
        silenced[10_000 + 777 * idx] = 0.0;
    }
    let reading = read(48_000, &ChannelRole::STEREO, &[&damaged, &silenced]);
    let expected = read(48_000, &ChannelRole::STEREO, &[&silenced, &silenced]);
    assert_eq!(reading.num_damaged_samples, bad.len() as u64);
    assert_eq!(LoudnessReading { num_damaged_samples: 0, ..reading }, expected);
}

#[test]
fn tiny_and_huge_signals_give_finite_figures() {
    for amplitude in [f32::from_bits(1), f32::MIN_POSITIVE, 9e-31, 2e-30, 1e11] {
        let mut meter = new_meter(48_000, &ChannelRole::STEREO);
        let square: Vec<f32> =
            (0..200_000).map(|idx| if idx / 50 % 2 == 0 { amplitude } else { -amplitude }).collect();
        meter.process(&[&square, &square]);
        meter.process(&[[0.0; 48_000].as_slice(); 2]);
        let reading = meter.reading();
        let is_silence = amplitude < 1e-30;
        for figure in [reading.max_momentary_lufs, reading.max_short_term_lufs] {
            let loudness = figure.expect("four seconds have been measured");
            assert_eq!(loudness.0.is_finite(), !is_silence, "{amplitude}: {loudness}");
        }
        assert_eq!(reading.num_damaged_samples, 0);
        let peak = f64::from(amplitude).log10() * 20.0;
        if !is_silence {
            assert_near!(reading.sample_peak_dbfs, peak, 1e-4);
        }
    }
}

#[test]
fn no_call_on_the_audio_thread_allocates() {
    let samples = programme(1, 48_000, 5);
    let mut meter = new_meter(48_000, &ChannelRole::SURROUND_5_1);
    let reading = assert_no_alloc(|| {
        meter.reset();
        for block in samples.chunks(441) {
            meter.process(&[block; 6]);
        }
        meter.finish();
        meter.reading()
    });
    assert!(reading.integrated_lufs.is_some());
    assert!(assert_no_alloc(LoudnessMeter::new).reading() == LoudnessReading::default(), "`new` is cheap");
}

/// An hour in which nothing may be allocated, against all its values kept and sorted.
#[test]
fn an_hour_is_exact_in_a_fixed_amount_of_memory() {
    const RATE_HZ: u32 = 8_000;
    let samples = programme(11, RATE_HZ, 3600);
    let mut meter = new_meter(RATE_HZ, &ChannelRole::MONO);
    let reading = assert_no_alloc(|| {
        for block in samples.chunks(1000) {
            meter.process(&[block]);
        }
        meter.reading()
    });

    let hop_energies = k_weighted_energies(&samples, RATE_HZ as usize / 100);
    let powers = |num_hops: usize| -> Vec<f64> {
        let mean = |hops: &[f64]| hops.iter().sum::<f64>() / (num_hops * RATE_HZ as usize / 100) as f64;
        let gate = 10f64.powf((-70.0 + 0.691) / 10.0);
        hop_energies.windows(num_hops).step_by(10).map(mean).filter(|&power| power > gate).collect()
    };
    let mean_above = |powers: &[f64], gate: f64| {
        let kept: Vec<f64> = powers.iter().copied().filter(|&power| power > gate).collect();
        kept.iter().sum::<f64>() / kept.len() as f64
    };
    let lufs = |power: f64| -0.691 + 10.0 * power.log10();

    let blocks = powers(40);
    let integrated = lufs(mean_above(&blocks, 0.1 * mean_above(&blocks, 0.0)));
    assert_near!(reading.integrated_lufs, integrated, 0.001);

    let mut values = powers(300);
    let gate = 0.01 * mean_above(&values, 0.0);
    values.retain(|&power| power >= gate);
    values.sort_by(f64::total_cmp);
    let at = |percent: f64| lufs(values[((values.len() - 1) as f64 * percent / 100.0).round() as usize]);
    assert_near!(reading.range_lu, at(95.0) - at(10.0), 0.01);

    let power = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / samples.len() as f64;
    assert_near!(reading.rms_dbfs, 10.0 * power.log10(), 1e-6);
    assert_eq!(reading.num_frames, 3600 * u64::from(RATE_HZ));
}

/// Energies of hops after K weighting in direct form I, another structure than the meter's.
fn k_weighted_energies(samples: &[f32], hop_len: usize) -> Vec<f64> {
    let design = KWeighting::design(100.0 * hop_len as f64);
    let mut signal: Vec<f64> = samples.iter().map(|&sample| f64::from(sample)).collect();
    for section in [design.shelf, design.high_pass] {
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        for x0 in &mut signal {
            let y0 = section.b[0] * *x0 + section.b[1] * x1 + section.b[2] * x2
                - section.a[0] * y1
                - section.a[1] * y2;
            (x2, x1, y2, y1) = (x1, *x0, y1, y0);
            *x0 = y0;
        }
    }
    signal.chunks_exact(hop_len).map(|hop| hop.iter().map(|y| y * y).sum()).collect()
}

#[test]
fn what_cannot_be_metered_is_named_and_changes_nothing() {
    let sine = tone(1000, 48_000, &[(-20.0, 1.0)]);
    let mut meter = new_meter(48_000, &ChannelRole::MONO);
    meter.process(&[&sine]);
    let before = meter.reading();
    for rate_hz in [0.0, 7_999.0, 384_001.0, f64::INFINITY] {
        assert_eq!(meter.prepare(rate_hz, &ChannelRole::MONO), Err(MeterError::SampleRate(rate_hz)));
    }
    assert!(matches!(meter.prepare(f64::NAN, &ChannelRole::MONO), Err(MeterError::SampleRate(_))));
    for num_channels in [0, 25] {
        let roles = vec![ChannelRole::Main; num_channels];
        assert_eq!(meter.prepare(48_000.0, &roles), Err(MeterError::NumChannels(num_channels)));
    }
    assert_eq!(meter.reading(), before);
}

#[test]
fn figures_print_with_their_unit() {
    assert_eq!(Lufs(-23.04).to_string(), "-23.0 LUFS");
    assert_eq!(format!("{:.2}", Lu(7.125)), "7.12 LU");
    assert_eq!(Dbtp(f64::NEG_INFINITY).to_string(), "-inf dBTP");
    assert_eq!(format!("{:.0}", Dbfs(gain(0.0) - 4.0)), "-3 dBFS");
    let round_trip = Lufs::from_power(Lufs(-14.0).to_power());
    assert!((round_trip - Lufs(-14.0)).0.abs() < 1e-12);
}
