"""Masters a synthesiser's speech through the C library, without a wheel and without NumPy.

    cargo xtask capi --prefix ~/.local
    espeak-ng -w speech.wav "A lacquer is the disc that a mastering engineer cuts."
    python speech_ctypes.py ~/.local/lib/liblacquer.so speech.wav
"""

import ctypes
import sys
import wave
from array import array

FLOATS = ctypes.POINTER(ctypes.c_float)


class Options(ctypes.Structure):
    _fields_ = [
        ("preset", ctypes.c_char_p),
        ("output_lufs", ctypes.c_double),
        ("ceiling_dbtp", ctypes.c_double),
        ("bits", ctypes.c_uint32),
        ("assist", ctypes.c_int32),
        ("best_effort", ctypes.c_int32),
        ("dual_mono", ctypes.c_int32),
    ]


class Report(ctypes.Structure):
    _fields_ = [
        ("input_lufs", ctypes.c_double),
        ("output_lufs", ctypes.c_double),
        ("output_range_lu", ctypes.c_double),
        ("output_true_peak_dbtp", ctypes.c_double),
        ("loudness_gain_db", ctypes.c_double),
        ("limiter_ceiling_dbtp", ctypes.c_double),
        ("deepest_limiter_reduction_db", ctypes.c_double),
        ("num_passes", ctypes.c_uint32),
    ]


lacquer = ctypes.CDLL(sys.argv[1])
lacquer.lacquer_status_text.restype = ctypes.c_char_p


def check(status):
    if status != 0:
        words = ctypes.create_string_buffer(512)
        lacquer.lacquer_last_error(words, ctypes.c_size_t(len(words)))
        sys.exit(f"{lacquer.lacquer_status_text(status).decode()}: {words.value.decode()}")


with wave.open(sys.argv[2]) as file:
    assert file.getnchannels() == 1 and file.getsampwidth() == 2, "expected what espeak-ng writes"
    rate_hz = file.getframerate()
    samples = array("f", (sample / 32768 for sample in array("h", file.readframes(file.getnframes()))))

# In place: the array's own memory is input and output.
plane = (ctypes.c_float * len(samples)).from_buffer(samples)
planes = (FLOATS * 1)(ctypes.cast(plane, FLOATS))
options, report = Options(), Report()
check(lacquer.lacquer_master_options_default(ctypes.byref(options)))
options.preset, options.output_lufs, options.bits = b"synthesised-speech", -16.0, 16
num_frames, rate = ctypes.c_size_t(len(samples)), ctypes.c_uint32(rate_hz)
check(lacquer.lacquer_master(planes, 1, num_frames, rate, ctypes.byref(options), planes, ctypes.byref(report), None))
print(f"{report.input_lufs:.1f} LUFS became {report.output_lufs:.2f} LUFS, {report.output_true_peak_dbtp:.2f} dBTP")
check(lacquer.lacquer_save_wav(b"speech.mastered.wav", planes, 1, num_frames, rate, 16))
check(lacquer.lacquer_save_mp3(b"speech.mastered.mp3", planes, 1, num_frames, rate, 128))
