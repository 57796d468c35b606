"""Prints as JSON what libebur128 costs and reads, and what the truth is: RUNS MUSIC,... CHIRP,...

Files are stereo at 48 kHz in raw little-endian float32: all of the left channel, then all of the right. "ms" holds for each piece of music the milliseconds of processor
time per second of audio for integrated loudness, with the range, and with the true peak too. "peaks" holds for each chirp its
true peak in dBTP by an FFT of NumPy's at 32 times the rate, by libebur128, and by ffmpeg.
"""

import ctypes
import json
import subprocess
import sys
import time

import numpy as np

import ebur128_meter as lib_meter
import truth

RATE_HZ = 48000
BLOCK = 4096
MODES = [lib_meter.MODE_I, lib_meter.MODE_I | lib_meter.MODE_LRA,
         lib_meter.MODE_I | lib_meter.MODE_LRA | lib_meter.MODE_TRUE_PEAK]

lib = lib_meter.load()
lib.ebur128_add_frames_float.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
lib.ebur128_destroy.argtypes = [ctypes.POINTER(ctypes.c_void_p)]


def measured(samples, mode):
    """The highest true peak if the mode has one, and the time that all of it took."""
    state = ctypes.c_void_p(lib.ebur128_init(2, RATE_HZ, mode))
    start = time.thread_time()
    for first in range(0, len(samples), BLOCK):
        pointer = samples.ctypes.data + first * samples.strides[0]
        lib_meter.check(lib.ebur128_add_frames_float(state, pointer, min(BLOCK, len(samples) - first)))
    out = ctypes.c_double()
    lib_meter.check(lib.ebur128_loudness_global(state, ctypes.byref(out)))
    if mode & lib_meter.MODE_LRA == lib_meter.MODE_LRA:
        lib_meter.check(lib.ebur128_loudness_range(state, ctypes.byref(out)))
    peak = 0
    if mode & lib_meter.MODE_TRUE_PEAK == lib_meter.MODE_TRUE_PEAK:
        for channel in range(2):
            lib_meter.check(lib.ebur128_true_peak(state, channel, ctypes.byref(out)))
            peak = max(peak, out.value)
    seconds = time.thread_time() - start
    lib.ebur128_destroy(ctypes.byref(state))
    return peak, seconds


def ffmpeg_peak(samples):
    filters = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
    source = ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-i", "-"]
    run = subprocess.run(["ffmpeg", "-v", "error", *source, "-af", filters, "-f", "null", "-"],
                         input=samples.tobytes(), capture_output=True, check=True)
    return float(run.stdout.decode().split("lavfi.r128.true_peak=")[-1].split()[0])


def load(path):
    return np.ascontiguousarray(np.fromfile(path, dtype="<f4").reshape(2, -1).T)


def ms_per_second(path):
    samples = load(path)
    length_s = len(samples) / RATE_HZ
    runs = range(int(sys.argv[1]))
    return [1000 * min(measured(samples, mode)[1] for _ in runs) / length_s for mode in MODES]


def peaks_dbtp(path):
    samples = load(path)
    exact = max(truth.true_peak(channel) for channel in samples.T.astype(float))
    return (20 * np.log10([exact, measured(samples, MODES[2])[0], ffmpeg_peak(samples)])).tolist()


music, chirps = (argument.split(",") for argument in sys.argv[2:4])
print(json.dumps({"ms": [ms_per_second(path) for path in music], "peaks": [peaks_dbtp(path) for path in chirps]}))
