"""Takes a good voice and good music, and makes copies with one known defect each, by SciPy.

Arguments: SPEECH MUSIC FOLDER, 32-bit float WAV files of one rate. Writes NAME.wav for each defect and prints what an engineer would
measure there: {"noise_dbfs": root mean square of the noise from 120 Hz to 9 kHz}.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import signal
from scipy.io import wavfile


def rms_dbfs(x):
    return 20 * np.log10(np.sqrt(np.mean(x**2)))


def pink(num_samples, dbfs):
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(num_samples))
    frequencies = np.arange(len(spectrum))
    frequencies[0] = 1
    noise = np.fft.irfft(spectrum / np.sqrt(frequencies), num_samples)
    return noise * 10 ** ((dbfs - rms_dbfs(noise)) / 20)


def band(x, rate, low, high):
    return signal.sosfiltfilt(signal.butter(4, [low, high], "bandpass", fs=rate, output="sos"), x, axis=0)


def shelf(x, rate, hz, gain_db, kind):
    """A first-order shelf: the same curve for bass and treble, turned round."""
    gain = 10 ** (gain_db / 20)
    k = np.tan(np.pi * hz / rate)
    root = np.sqrt(gain)
    if kind == "treble":
        b, a = [gain + root * k, root * k - gain], [1 + root * k, root * k - 1]
    else:
        b, a = [root + gain * k, gain * k - root], [root + k, k - root]
    return signal.lfilter(b, a, x, axis=0)


def speech_defects(speech, rate):
    seconds = np.arange(len(speech)) / rate
    noise = pink(len(speech), -50)
    sibilants = band(speech, rate, 4500, 10500)
    copies = {
        "clean speech": speech,
        "noisy speech": speech + noise,
        "humming speech": speech + 10 ** (-40 / 20) * np.sin(2 * np.pi * 50 * seconds),
        "sibilant speech": speech + sibilants * (10 ** (12 / 20) - 1),
    }
    return copies, {"noise_dbfs": float(rms_dbfs(band(noise, rate, 120, 9000)))}


def music_defects(music, rate):
    low = signal.sosfiltfilt(signal.butter(4, 120, fs=rate, output="sos"), music, axis=0)
    return {
        "good music": music,
        "dull music": shelf(music, rate, 5000, -12, "treble"),
        "shrill music": shelf(music, rate, 5000, 8, "treble"),
        "thin music": shelf(music, rate, 150, -12, "bass"),
        "wide bass": music - low + low * [1, -1],
        "offset": 0.5 * music + 0.02,
        "clipped": np.clip(4 * music, -1, 1),
        "rumble": music + 0.1 * np.sin(2 * np.pi * 9 * np.arange(len(music)) / rate)[:, None],
        "narrow music": music.mean(1, keepdims=True) + 0.05 * (music - music.mean(1, keepdims=True)),
    }


def main():
    rate, speech = wavfile.read(sys.argv[1])
    _, music = wavfile.read(sys.argv[2])
    copies, figures = speech_defects(speech.astype(float), rate)
    copies |= music_defects(music.astype(float), rate)
    for name, copy in copies.items():
        wavfile.write(Path(sys.argv[3]) / f"{name}.wav", rate, copy.astype(np.float32))
    print(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
