//! What an FFT says: the true peak of a whole signal, and the level of its partials.

use realfft::RealFftPlanner;

/// The true peak of a signal as a gain, by zero-padding its whole spectrum to `factor` times the rate.
pub fn true_peak(samples: &[f32], factor: usize) -> f64 {
    let margin = 4096;
    let len = (samples.len() + 2 * margin).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let mut input = vec![0.0; len];
    for (x, sample) in input[margin..].iter_mut().zip(samples) {
        *x = f64::from(*sample);
    }
    let forward = planner.plan_fft_forward(len);
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut input, &mut spectrum).expect("the lengths are the planner's");
    let inverse = planner.plan_fft_inverse(len * factor);
    let mut padded = inverse.make_input_vec();
    padded[..spectrum.len()].copy_from_slice(&spectrum);
    // The line at half the rate stands for both of its ends, which lie apart at the higher rate.
    padded[spectrum.len() - 1] *= 0.5;
    let mut output = inverse.make_output_vec();
    inverse.process(&mut padded, &mut output).expect("the lengths are the planner's");
    output.iter().fold(0.0_f64, |peak, x| peak.max(x.abs())) / len as f64
}

/// The amplitude of the partial at `frequency_hz`, by correlation under a Blackman-Harris window.
pub fn partial(samples: &[f32], frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let x = std::f64::consts::TAU * n as f64 / samples.len() as f64;
        let window = 0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos();
        let angle = std::f64::consts::TAU * frequency_hz * n as f64 / sample_rate_hz;
        re += window * f64::from(*sample) * angle.cos();
        im += window * f64::from(*sample) * angle.sin();
        weight += window;
    }
    2.0 * re.hypot(im) / weight
}

pub fn db(gain: f64) -> f64 {
    20.0 * gain.log10()
}

/// The level in dBFS of the highest line of a window of 4096 samples anywhere in `samples`, of those that `is_counted` by their frequency in Hz.
pub fn highest_line(samples: &[f32], sample_rate_hz: f64, is_counted: impl Fn(f64) -> bool) -> f64 {
    const LEN: usize = 4096;
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(LEN);
    let window: Vec<f64> = (0..LEN)
        .map(|n| {
            let x = std::f64::consts::TAU * n as f64 / LEN as f64;
            0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos()
        })
        .collect();
    let mut spectrum = fft.make_output_vec();
    let mut highest: f64 = 0.0;
    for start in (0..samples.len() - LEN).step_by(LEN / 8) {
        let mut frame: Vec<f64> =
            samples[start..start + LEN].iter().zip(&window).map(|(x, w)| f64::from(*x) * w).collect();
        fft.process(&mut frame, &mut spectrum).expect("the lengths are the planner's");
        for (bin, line) in spectrum.iter().enumerate() {
            if is_counted(bin as f64 * sample_rate_hz / LEN as f64) {
                highest = highest.max(2.0 * line.norm() / (0.35875 * LEN as f64));
            }
        }
    }
    db(highest)
}
