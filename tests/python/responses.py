"""What filters and curves are by SciPy and NumPy. Prints JSON.

k-weighting RATE_HZ         [[frequency in Hz, gain in dB], ...] of K weighting
flatness RATE_HZ FILE       the spectrum of an impulse response: the largest deviation from 0 dB, and at which frequency
prototypes GAIN_DB Q ORDER  {name: [[frequency over corner, gain in dB], ...]} of the equaliser's analogue prototypes
compression T R W           [[level in dB, reduction in dB], ...] of a soft knee: threshold T dB, ratio R, knee W dB
"""

import json
import sys

import numpy as np
import scipy.fft
import scipy.signal
import soundfile

from k_weighting import sections


def k_weighting(rate_hz):
    frequencies_hz = np.geomspace(10, 0.499 * rate_hz, 200)
    gains_db = np.zeros_like(frequencies_hz)
    for b, a in sections(rate_hz):
        _, response = scipy.signal.freqz(b, a, worN=frequencies_hz, fs=rate_hz)
        gains_db += 20 * np.log10(np.abs(response))
    return np.column_stack([frequencies_hz, gains_db]).tolist()


def flatness(rate_hz, path):
    response, _ = soundfile.read(path, dtype="float64", always_2d=True)
    gains_db = 20 * np.log10(np.abs(scipy.fft.rfft(response[:, 0])))
    worst = np.abs(gains_db).argmax()
    frequency_hz = scipy.fft.rfftfreq(len(response), 1 / rate_hz)[worst]
    return {"deviation_db": gains_db[worst], "frequency_hz": frequency_hz}


def prototypes(gain_db, q, order):
    """R. Bristow-Johnson's "Audio EQ Cookbook" before the bilinear transform, and Butterworth."""
    a = 10 ** (gain_db / 40)
    middle = np.sqrt(a) / q
    filters = {
        "bell": ([1, a / q, 1], [1, 1 / (a * q), 1]),
        "low shelf": ([a, a * middle, a * a], [a, middle, 1]),
        "high shelf": ([a * a, a * middle, a], [1, middle, a]),
        "tilt": ([a, 1], [1, a]),
        "high-pass": scipy.signal.butter(order, 1, "high", analog=True),
        "low-pass": scipy.signal.butter(order, 1, "low", analog=True),
    }
    x = np.geomspace(0.02, 50, 100)
    return {
        name: np.column_stack([x, 20 * np.log10(np.abs(scipy.signal.freqs(b, a, worN=x)[1]))]).tolist()
        for name, (b, a) in filters.items()
    }


def compression(threshold_db, ratio, knee_db):
    """Giannoulis, Massberg and Reiss (JAES 2012), equation 4: what comes out, less what went in."""
    x = np.arange(-90, 12.01, 0.25)
    over = x - threshold_db
    in_knee = x + (1 / ratio - 1) * (over + knee_db / 2) ** 2 / (2 * max(knee_db, 1e-300))
    above = threshold_db + over / ratio
    y = np.select([2 * over < -knee_db, 2 * np.abs(over) <= knee_db], [x, in_knee], above)
    return np.column_stack([x, x - y]).tolist()


def main():
    match sys.argv[1:]:
        case ["k-weighting", rate_hz]:
            figures = k_weighting(int(rate_hz))
        case ["flatness", rate_hz, path]:
            figures = flatness(int(rate_hz), path)
        case ["prototypes", gain_db, q, order]:
            figures = prototypes(float(gain_db), float(q), int(order))
        case ["compression", threshold_db, ratio, knee_db]:
            figures = compression(float(threshold_db), float(ratio), float(knee_db))
        case _:
            sys.exit(__doc__)
    print(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
