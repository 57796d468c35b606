"""How far our mel spectrograms lie from the originals'. Prints JSON: {"largest": .., "mean": .., "shape": [..]}.

filters BANDS OURS                      our filters, f32, against Whisper's own table
whisper BANDS SAMPLES OURS              whisper/audio.py with that table, in float64
faster-whisper BANDS SAMPLES OURS       its feature extractor
librosa SAMPLES OURS                    librosa.feature.melspectrogram and power_to_db, told nothing
librosa-exact SAMPLES OURS              the same of float64 samples, which librosa keeps in float64; "theirs" is how far it lies
                                        from that when the samples are float32
librosa-scale HTK BANDS RATE SIZE OURS  our filters against librosa.filters.mel, on either scale
librosa-power SAMPLES OURS              librosa.feature.melspectrogram alone, in parts of the clip's largest power
kaldi SAMPLES OURS                      kaldi-native-fbank with 80 bands and without dither: where it is within 80 dB of
                                        its largest value, and "anywhere"
kaldi-exact SAMPLES OURS                likewise Kaldi's definition in float64; "theirs" is how far kaldi-native-fbank lies from it
npy FILE                                the shape and the type that NumPy reads, and the sum
"""

import importlib.util
import json
import pathlib
import sys

import numpy as np


def package(name):
    return pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])


def whisper_filters(num_bands):
    return np.load(package("whisper") / "assets" / "mel_filters.npz")[f"mel_{num_bands}"]


def whisper(samples, num_bands):
    padded = np.pad(samples.astype(np.float64), 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160][:-1]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    powers = np.abs(np.fft.rfft(frames * window)) ** 2
    logs = np.log10(np.maximum(whisper_filters(num_bands).astype(np.float64) @ powers.T, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


def faster_whisper(samples, num_bands):
    path = package("faster_whisper") / "feature_extractor.py"
    spec = importlib.util.spec_from_file_location("feature_extractor", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FeatureExtractor(feature_size=num_bands)(samples, padding=0)


def librosa_defaults(samples):
    import librosa

    return librosa.power_to_db(librosa.feature.melspectrogram(y=samples))


def kaldi(samples):
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(16000, samples * np.float32(32768))
    fbank.input_finished()
    return np.stack([fbank.get_frame(idx) for idx in range(fbank.num_frames_ready)], axis=1)


def kaldi_exact(samples):
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64) * 32768, 400)[::160]
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    powers = np.abs(np.fft.rfft(frames * window, 512)[:, :256]) ** 2
    mel = lambda hz: 1127 * np.log(1 + hz / 700)
    edges = np.linspace(mel(20), mel(8000), 82)[:, None]
    bins = mel(np.arange(256) * 16000 / 512)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.maximum(np.minimum(rising, falling), 0)
    return np.log(np.maximum(filters @ powers.T, np.finfo(np.float32).eps))


def read(path):
    return np.fromfile(path, dtype="<f4")


def compare(expected, path):
    ours = read(path).reshape(expected.shape)
    apart = np.abs(ours.astype(np.float64) - expected)
    return {"largest": float(apart.max()), "mean": float(apart.mean()), "shape": list(expected.shape)}


def main(what, *args):
    if what == "filters":
        return compare(whisper_filters(int(args[0])), args[1])
    if what == "whisper":
        return compare(whisper(read(args[1]), int(args[0])), args[2])
    if what == "faster-whisper":
        return compare(faster_whisper(read(args[1]), int(args[0])), args[2])
    if what == "librosa":
        return compare(librosa_defaults(read(args[0])), args[1])
    if what == "librosa-exact":
        samples = read(args[0])
        exact = librosa_defaults(samples.astype(np.float64))
        assert exact.dtype == np.float64
        return compare(exact, args[1]) | {"theirs": float(np.abs(librosa_defaults(samples) - exact).max())}
    if what == "librosa-scale":
        import librosa

        htk, bands, rate, size = (int(arg) for arg in args[:4])
        return compare(librosa.filters.mel(sr=rate, n_fft=size, n_mels=bands, htk=bool(htk)), args[4])
    if what == "librosa-power":
        import librosa

        expected = librosa.feature.melspectrogram(y=read(args[0]))
        answer = compare(expected, args[1])
        return answer | {"largest": answer["largest"] / float(expected.max())}
    if what in ("kaldi", "kaldi-exact"):
        theirs, exact = kaldi(read(args[0])), kaldi_exact(read(args[0]))
        expected = theirs if what == "kaldi" else exact
        # Cells further down hold what rounding to float32 leaves, in both.
        loud = expected > expected.max() - 8 * np.log(10)
        ours = read(args[1]).reshape(expected.shape)
        answer = {
            "largest": float(np.abs(ours - expected)[loud].max()),
            "anywhere": float(np.abs(ours - expected).max()),
        }
        if what == "kaldi-exact":
            answer["theirs"] = float(np.abs(theirs - exact)[loud].max())
        return answer
    array = np.load(args[0])
    return {"shape": list(array.shape), "type": array.dtype.str, "sum": float(array.sum(dtype=np.float64))}


print(json.dumps(main(*sys.argv[1:])))
