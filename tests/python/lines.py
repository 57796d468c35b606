"""What NumPy's FFT finds in one second of a tone: the level of its harmonics, and the highest line that is none of them.

Arguments: FREQUENCY=FILE ..., files of one second of raw little-endian float32 that repeats without a seam, whole hertz.
Prints a list of {"harmonics": amplitudes of 1 f, 2 f, ..., "others_dbfs": the highest other line, "dc": the mean}.
"""

import json
import sys

import numpy as np


def lines(frequency_hz, samples):
    spectrum = np.abs(np.fft.rfft(samples)) / len(samples)
    spectrum[1:] *= 2
    harmonics = np.arange(frequency_hz, len(samples) // 2, frequency_hz)
    others = np.ones(len(spectrum), bool)
    others[harmonics] = False
    others[0] = False
    return {
        "harmonics": spectrum[harmonics].tolist(),
        "others_dbfs": 20 * np.log10(spectrum[others].max() + 1e-20),
        "dc": float(spectrum[0]),
    }


def main():
    found = []
    for argument in sys.argv[1:]:
        frequency_hz, path = argument.split("=", 1)
        found.append(lines(int(frequency_hz), np.fromfile(path, "<f4").astype(float)))
    print(json.dumps(found, allow_nan=False))


if __name__ == "__main__":
    main()
