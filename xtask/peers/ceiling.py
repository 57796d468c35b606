"""What limiters did to a piece: true peak and loudness by tests/python/truth.py, and how far the output is from the input.

ceiling.py RATE_HZ INPUT OUTPUT...

All files are raw 32-bit floats, all of the left channel and then all of the right. Prints a list of JSON objects, one for
each output. `residual_db` is what is left when the input, aligned to a fraction of a sample and brought to the output's level
by one gain for the whole piece, is taken off: everything that the limiter did, its gain included. `fast_residual_db` lets that
gain follow the output in windows of 46 ms, as the ear lets it: what is left is distortion.
"""

import json
import sys

import numpy as np
import scipy.fft
import scipy.interpolate
import scipy.optimize
import scipy.signal

import truth

WINDOW_S = 2048 / 44100


def read(path):
    return np.fromfile(path, dtype="f4").astype("f8").reshape(2, -1)


def delay_of(out, reference):
    """By how many samples the output lags, as whole samples and the rest."""
    spectra = scipy.fft.rfft(out.sum(axis=0)) * scipy.fft.rfft(reference.sum(axis=0)).conj()
    correlation = scipy.fft.irfft(spectra, out.shape[1])
    whole = int(correlation.argmax())
    whole -= out.shape[1] if whole > out.shape[1] // 2 else 0
    turns = 2j * np.pi * np.arange(len(spectra)) / out.shape[1]

    def unlikeness(delay):
        return -np.real(spectra @ np.exp(turns * delay))

    found = scipy.optimize.minimize_scalar(unlikeness, bounds=(whole - 1, whole + 1), method="bounded",
                                           options={"xatol": 1e-4})
    return found.x


def delayed(samples, delay):
    if abs(delay - round(delay)) < 2e-3:
        return np.roll(samples, round(delay), axis=1)
    turns = -2j * np.pi * np.arange(samples.shape[1] // 2 + 1) / samples.shape[1]
    return scipy.fft.irfft(scipy.fft.rfft(samples, axis=1) * np.exp(turns * delay), samples.shape[1], axis=1)


def gain_over_time(out, reference, rate_hz):
    """The best gain in each window, for both channels together."""
    length = round(WINDOW_S * rate_hz)
    window = np.hanning(length + 1)[:-1]
    step = length // 4
    products = scipy.signal.fftconvolve((out * reference).sum(axis=0), window, mode="same")[::step]
    powers = scipy.signal.fftconvolve((reference ** 2).sum(axis=0), window, mode="same")[::step]
    gains = np.where(powers > 1e-9 * powers.max(), products / np.maximum(powers, 1e-30), 0.0)
    times = np.arange(len(gains)) * step
    return scipy.interpolate.CubicSpline(times, gains)(np.minimum(np.arange(out.shape[1]), times[-1]))


def level_db(residual, signal):
    return 10 * np.log10((residual ** 2).sum() / (signal ** 2).sum())


def figures(out, reference, rate_hz):
    delay = delay_of(out, reference)
    aligned = delayed(reference, delay)
    gain = (out * aligned).sum() / (aligned ** 2).sum()
    gains = gain_over_time(out, aligned, rate_hz)
    peaks = [truth.true_peak(channel) for channel in out]
    return {
        "true_peak_dbtp": 20 * np.log10(max(peaks)),
        "integrated_lufs": truth.integrated_lufs(truth.weigh(out.T, rate_hz), rate_hz),
        "residual_db": level_db(out - gain * aligned, out),
        "fast_residual_db": level_db(out - gains * aligned, out),
        "delay_samples": delay,
    }


def main():
    rate_hz = int(sys.argv[1])
    reference = read(sys.argv[2])
    print(json.dumps([figures(read(path), reference, rate_hz) for path in sys.argv[3:]], allow_nan=False))


if __name__ == "__main__":
    main()
