"""Measures a sound file with libebur128 itself, called through ctypes, and prints the figures as JSON."""

import ctypes
import json
import math
import sys

import numpy as np
import soundfile

MODE_I = (1 << 2) | (1 << 0)
MODE_LRA = (1 << 3) | (1 << 1) | (1 << 0)
MODE_SAMPLE_PEAK = (1 << 4) | (1 << 0)
MODE_TRUE_PEAK = (1 << 5) | MODE_SAMPLE_PEAK


def load():
    lib = ctypes.CDLL("libebur128.so.1")
    lib.ebur128_init.restype = ctypes.c_void_p
    lib.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    lib.ebur128_add_frames_double.argtypes = [
        ctypes.c_void_p, ctypes.POINTER(ctypes.c_double), ctypes.c_size_t]
    for name in ["ebur128_loudness_global", "ebur128_loudness_range"]:
        getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_double)]
    for name in ["ebur128_true_peak", "ebur128_sample_peak"]:
        getattr(lib, name).argtypes = [
            ctypes.c_void_p, ctypes.c_uint, ctypes.POINTER(ctypes.c_double)]
    return lib


def check(status):
    if status != 0:
        sys.exit(f"libebur128 failed with status {status}")


def main():
    samples, rate_hz = soundfile.read(sys.argv[1], dtype="float64", always_2d=True)
    num_frames, num_channels = samples.shape
    lib = load()
    state = lib.ebur128_init(num_channels, rate_hz, MODE_I | MODE_LRA | MODE_TRUE_PEAK)
    if not state:
        sys.exit("libebur128 refuses this rate or number of channels")
    samples = np.ascontiguousarray(samples)
    pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    check(lib.ebur128_add_frames_double(state, pointer, num_frames))

    def figure(name, *args):
        out = ctypes.c_double()
        check(getattr(lib, name)(state, *args, ctypes.byref(out)))
        return out.value

    def peak_db(name):
        return 20 * math.log10(max(figure(name, channel) for channel in range(num_channels)))

    figures = {
        "integrated_lufs": figure("ebur128_loudness_global"),
        "range_lu": figure("ebur128_loudness_range"),
        "true_peak_dbtp": peak_db("ebur128_true_peak"),
        "sample_peak_dbfs": peak_db("ebur128_sample_peak"),
    }
    print(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
