"""Prints as JSON how many milliseconds of one core each Python peer takes for 30 s at 16 kHz: FILE (f32 samples) RUNS.

librosa 80           Whisper's frames and 80 bands, with Whisper's logarithm on top (its padding is another)
faster-whisper 80    its feature extractor, which follows Whisper's rule
kaldi-native-fbank   Kaldi's definition, 80 bands
librosa defaults     its own definition, 128 bands, of the same samples taken as 22.05 kHz
"""

import importlib.util
import json
import pathlib
import sys
import time

import kaldi_native_fbank
import librosa
import numpy as np


def faster_whisper_extractor():
    """The one file, because the package's own beginning imports what has nothing to do with it."""
    package = pathlib.Path(importlib.util.find_spec("faster_whisper").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("feature_extractor", package / "feature_extractor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FeatureExtractor(feature_size=80)


samples = np.fromfile(sys.argv[1], dtype="<f4")
extractor = faster_whisper_extractor()
fbank_options = kaldi_native_fbank.FbankOptions()
fbank_options.frame_opts.dither = 0
fbank_options.mel_opts.num_bins = 80
integers = samples * np.float32(32768)


def librosa_whisper():
    power = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=400, hop_length=160, n_mels=80)
    logs = np.log10(np.maximum(power, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


def kaldi():
    fbank = kaldi_native_fbank.OnlineFbank(fbank_options)
    fbank.accept_waveform(16000, integers)
    fbank.input_finished()
    return [fbank.get_frame(idx) for idx in range(fbank.num_frames_ready)]


peers = {
    "librosa 80": librosa_whisper,
    "faster-whisper 80": lambda: extractor(samples, padding=0),
    "kaldi-native-fbank": kaldi,
    "librosa defaults": lambda: librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=22050)),
}
fastest_ms = {}
for name, run in peers.items():
    run()
    times = []
    for _ in range(int(sys.argv[2])):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    fastest_ms[name] = 1000 * min(times)
print(json.dumps(fastest_ms))
