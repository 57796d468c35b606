"""Measures a mono or stereo sound file straight from the standards' texts with NumPy and SciPy, and prints JSON.

Integrated loudness: BS.1770-5 annex 1. Loudness range: Tech 3342, a short-term value each 100 ms, of the samples alone and
of the samples with the silence that Tech 3342 has follow a file. True peak: zero-padding of the spectrum to 32 times the
rate, in pieces whose ends are faded where they are not searched.
"""

import json
import sys

import numpy as np
import scipy.fft
import scipy.signal
import soundfile

from k_weighting import sections

PIECE = 1 << 15
MARGIN = 1 << 12


def loudness(power):
    return -0.691 + 10 * np.log10(power)


def window_powers(weighted, length, step):
    """The mean square of every whole window, summed over channels."""
    total = np.concatenate([[0.0], np.cumsum((weighted ** 2).sum(axis=1))])
    starts = np.arange(0, len(total) - length, step)
    return (total[starts + length] - total[starts]) / length


def integrated_lufs(weighted, rate_hz):
    power = window_powers(weighted, round(0.4 * rate_hz), round(0.1 * rate_hz))
    power = power[loudness(np.maximum(power, 1e-30)) > -70]
    return loudness(power[loudness(power) > loudness(power.mean()) - 10].mean())


def range_lu(weighted, rate_hz):
    power = window_powers(weighted, 3 * rate_hz, round(0.1 * rate_hz))
    power = power[loudness(np.maximum(power, 1e-30)) >= -70]
    power = np.sort(power[loudness(power) >= loudness(power.mean()) - 20])
    low, high = (power[int(np.floor((len(power) - 1) * share + 0.5))] for share in (0.10, 0.95))
    return loudness(high) - loudness(low)


def interpolated_peak(piece, factor):
    """The largest magnitude between the margins of a faded piece."""
    length = len(piece)
    spectrum = scipy.fft.rfft(piece)
    fine = scipy.fft.irfft(spectrum, length * factor) * factor
    return np.abs(fine[MARGIN * factor:(length - MARGIN) * factor]).max()


def true_peak(channel):
    fade = np.ones(PIECE + 2 * MARGIN)
    half = MARGIN // 2
    fade[:half] = 0.5 - 0.5 * np.cos(np.pi * np.arange(half) / half)
    fade[-half:] = fade[:half][::-1]
    num_pieces = -(-len(channel) // PIECE) + 1
    padded = np.zeros(num_pieces * PIECE + 2 * MARGIN)
    padded[MARGIN:MARGIN + len(channel)] = channel
    pieces = [fade * padded[n * PIECE:(n + 1) * PIECE + 2 * MARGIN] for n in range(num_pieces)]
    # Eight times under-reads a peak by no more than cos(pi / 16), so pieces that lie further below cannot hold the peak.
    coarse = np.array([interpolated_peak(piece, 8) for piece in pieces])
    return max(interpolated_peak(pieces[n], 32)
               for n in np.flatnonzero(coarse >= 0.98 * coarse.max()))


def weigh(samples, rate_hz):
    for b, a in sections(rate_hz):
        samples = scipy.signal.lfilter(b, a, samples, axis=0)
    return samples


def main():
    samples, rate_hz = soundfile.read(sys.argv[1], dtype="float64", always_2d=True)
    if samples.shape[1] > 2:
        sys.exit("only mono and stereo are weighted here")

    with_silence = np.vstack([samples, np.zeros((3 * rate_hz // 2, samples.shape[1]))])
    weighted = weigh(samples, rate_hz)
    figures = {
        "integrated_lufs": integrated_lufs(weighted, rate_hz),
        "range_lu": range_lu(weighted, rate_hz),
        "range_of_file_lu": range_lu(weigh(with_silence, rate_hz), rate_hz),
        "true_peak_dbtp": 20 * np.log10(max(true_peak(channel) for channel in samples.T)),
        "sample_peak_dbfs": 20 * np.log10(np.abs(samples).max()),
    }
    print(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
