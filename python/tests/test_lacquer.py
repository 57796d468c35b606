"""The wheel, against librosa, pyloudnorm, SciPy and the command line's own masters."""

import json
import os
import pathlib
import subprocess
import threading
import time
import types

import lacquer
import librosa
import numpy as np
import pyloudnorm
import pytest
import soundfile

RATE_HZ = 48000


@pytest.fixture(scope="module")
def music():
    """Ten seconds of stereo: chords in a rhythm, with some noise."""
    t = np.arange(10 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(1)
    beat = np.exp(-6 * (t % 0.5))
    chord = sum(np.sin(2 * np.pi * f * t + p) for f, p in [(110, 0), (277, 1), (440, 2), (1320, 3)])
    left = 0.1 * beat * chord + 0.003 * rng.standard_normal(t.size)
    right = 0.1 * beat * np.roll(chord, 300) + 0.003 * rng.standard_normal(t.size)
    return np.stack([left, right]).astype(np.float32)


def same_bits(one, other):
    return one.shape == other.shape and np.array_equal(one.view(np.uint32), other.view(np.uint32))


def test_version_and_tables():
    assert lacquer.__version__.count(".") == 2
    table = lacquer.parameters()
    assert table["limiter.ceiling_dbtp"]["unit"] == "dBTP"
    assert all(row["min"] <= row["default"] <= row["max"] for row in table.values())
    assert "podcast" in lacquer.presets()


def test_stubs_name_everything_that_is_exported():
    stubs = pathlib.Path(lacquer.__file__).with_suffix(".pyi").read_text()
    for name in lacquer.__all__:
        assert f"def {name}(" in stubs or f"class {name}:" in stubs or f"{name}: " in stubs, name
        thing = getattr(lacquer, name)
        if isinstance(thing, type):
            public = [member for member in vars(thing) if not member.startswith("_")]
            assert all(f"def {member}(" in stubs for member in public), name
        assert name.startswith("__") or thing.__doc__, f"{name} is documented"


@pytest.mark.parametrize("lufs", [-16.0, -20.0])
def test_master_reaches_its_target_by_another_meter(music, lufs):
    mastered, report = lacquer.master(music, RATE_HZ, preset="streaming", lufs=lufs, ceiling_dbtp=-1)
    assert mastered.shape == music.shape and mastered.dtype == np.float32
    theirs = pyloudnorm.Meter(RATE_HZ).integrated_loudness(mastered.T.astype(float))
    assert abs(theirs - lufs) < 0.1
    assert report["output"]["figures"]["true_peak_dbtp"] <= -1
    assert abs(report["output"]["figures"]["integrated_lufs"] - lufs) <= 0.05


def test_master_has_the_bits_of_a_bounce(music, tmp_path):
    soundfile.write(tmp_path / "in.wav", music.T, RATE_HZ, subtype="FLOAT")
    command = [os.environ["LACQUER"], "bounce", "in.wav", "-o", "out.wav", "--preset", "podcast", "--bits", "float"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    expected, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    mastered, _ = lacquer.master(music, RATE_HZ, preset="podcast")
    assert same_bits(np.ascontiguousarray(expected.T), mastered)


def test_master_for_16_bits_lies_on_their_grid(music, tmp_path):
    mastered, _ = lacquer.master(music, RATE_HZ, bits=16)
    assert np.array_equal(mastered * 32768, np.round(mastered * 32768))
    lacquer.save(tmp_path / "a.wav", mastered, RATE_HZ, bits=16)
    read, _ = lacquer.load(tmp_path / "a.wav")
    assert same_bits(read, mastered)


def test_what_cannot_be_mastered_says_why(music):
    with pytest.raises(ValueError, match="NoPreset|no preset|there is no"):
        lacquer.master(music, RATE_HZ, preset="nothing like it")
    with pytest.raises(ValueError, match="lufs: expected -60 to 0"):
        lacquer.master(music, RATE_HZ, lufs=3)
    with pytest.raises(ValueError, match="bits: expected 16, 24"):
        lacquer.master(music, RATE_HZ, bits=20)
    with pytest.raises(ValueError, match="silent"):
        lacquer.master(np.zeros_like(music), RATE_HZ)
    with pytest.raises(RuntimeError, match="cannot both be had"):
        lacquer.master(music, RATE_HZ, lufs=-1)
    with pytest.raises(ValueError, match="expected 1 or 2"):
        lacquer.master(np.zeros((3, 48000)), RATE_HZ)
    with pytest.raises(TypeError, match="floating point"):
        lacquer.master(np.zeros((2, 48000), dtype=np.int16), RATE_HZ)
    with pytest.raises(ValueError, match="dimensions"):
        lacquer.master(np.zeros((2, 2, 4800)), RATE_HZ)


@pytest.mark.parametrize("num_channels", [1, 2])
@pytest.mark.parametrize("preset", lacquer.presets())
def test_engine_and_stream_have_the_bits_of_a_bounce(music, tmp_path, preset, num_channels):
    """With the settings that the bounce reports, in blocks of any length."""
    audio = music[:num_channels]
    soundfile.write(tmp_path / "in.wav", audio.T, RATE_HZ, subtype="FLOAT")
    command = [os.environ["LACQUER"], "bounce", "in.wav", "-o", "out.wav", "--preset", preset, "--bits", "float"]
    command += ["--best-effort", "--report"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    expected, _ = soundfile.read(tmp_path / "out.wav", dtype="float32", always_2d=True)
    expected = np.ascontiguousarray(expected.T)
    settings = json.loads(next(tmp_path.glob("*.json")).read_text())["settings"]

    ends = np.cumsum(np.random.default_rng(2).integers(1, 9000, 400))

    def parts_of(array):
        return np.split(array, ends[ends < array.shape[1]], axis=1)

    engine = lacquer.Engine(RATE_HZ, num_channels)
    engine.update(settings)
    longer = np.pad(audio, ((0, 0), (0, engine.latency_samples)))
    mastered = np.concatenate([engine.process(part) for part in parts_of(longer)], axis=1)
    assert same_bits(np.ascontiguousarray(mastered[:, engine.latency_samples:]), expected)
    engine.reset()
    assert same_bits(np.ascontiguousarray(engine.process(longer)), np.ascontiguousarray(mastered))

    stream = lacquer.Stream(RATE_HZ, num_channels, settings=settings)
    streamed = np.concatenate([*(stream.process(part) for part in parts_of(audio)), stream.finish()], axis=1)
    assert same_bits(streamed, expected)

    mastered, report = lacquer.master(audio, RATE_HZ, preset=preset, best_effort=True)
    assert same_bits(mastered, expected) and report["settings"] == settings


def test_settings_are_refused_by_name():
    engine = lacquer.Engine(RATE_HZ, 1)
    engine.update(types.MappingProxyType({"limiter.ceiling_dbtp": -2.0}))
    assert engine["limiter.ceiling_dbtp"] == -2.0
    with pytest.raises(KeyError, match="did you mean 'limiter.ceiling_dbtp'"):
        engine.update({"limiter.ceiling": -1.0})
    with pytest.raises(ValueError, match="out of range"):
        engine.update({"input.trim_db": 6.0, "limiter.ceiling_dbtp": 7.0})
    assert engine["input.trim_db"] == 0.0, "what is refused has changed nothing"
    with pytest.raises(ValueError, match="expected a loudness"):
        lacquer.Stream(RATE_HZ, 1, preset="limiter-only")
    with pytest.raises(ValueError, match="look-ahead of 0.1 s"):
        lacquer.Stream(RATE_HZ, 1, look_ahead_s=0.1)


def test_engine_works_in_place_without_a_copy_and_only_then(music):
    engine = lacquer.Engine(RATE_HZ, 2, preset="club")
    expected = engine.process(music)
    assert not np.shares_memory(expected, music)
    engine.reset()
    buffer = music.copy()
    assert engine.process(buffer, in_place=True) is buffer
    assert same_bits(buffer, expected)
    empty = np.empty((2, 0), np.float32)
    assert engine.process(empty, in_place=True) is empty
    for unfit in [music.astype(np.float64), np.asfortranarray(music), music.tolist()]:
        with pytest.raises((ValueError, TypeError)):
            engine.process(unfit, in_place=True)
    with pytest.raises(KeyError, match="limiter.ceiling_dbtp"):
        engine["limiter.ceiling"] = -1
    with pytest.raises(ValueError):
        engine["limiter.ceiling_dbtp"] = 10
    with pytest.raises(ValueError, match="expected 2 channels, found 1"):
        engine.process(music[0])
    bad = music[:, :1000].copy()
    bad[0, 10], bad[1, 20] = np.nan, np.inf
    assert np.isfinite(engine.process(bad)).all() and engine.num_damaged_samples == 2
    assert engine.meters()["num_frames"] > 0 and "limiter_db" in engine.reductions()


def test_a_stream_is_normalised_behind_its_look_ahead(music):
    for level in [0.05, 1.0]:
        stream = lacquer.Stream(RATE_HZ, 2, preset="limiter-only", lufs=-18, look_ahead_s=2)
        out = np.concatenate([stream.process(level * part) for part in np.array_split(music, 37, axis=1)], axis=1)
        out = np.concatenate([out, stream.finish()], axis=1)
        assert out.shape == music.shape and stream.num_pending == 0
        assert abs(pyloudnorm.Meter(RATE_HZ).integrated_loudness(out.T.astype(float)) + 18) < 0.3
    with pytest.raises(RuntimeError, match="finished"):
        stream.process(music)


def test_meter_agrees_with_pyloudnorm(music):
    meter = lacquer.Meter(RATE_HZ, 2)
    assert meter.read()["integrated_lufs"] is None
    for part in np.array_split(music, 91, axis=1):
        meter.process(part)
    meter.finish()
    read = meter.read()
    assert abs(read["integrated_lufs"] - pyloudnorm.Meter(RATE_HZ).integrated_loudness(music.T.astype(float))) < 0.05
    assert abs(read["sample_peak_dbfs"] - 20 * np.log10(np.abs(music).max())) < 1e-4
    assert read["true_peak_dbtp"] >= read["sample_peak_dbfs"] - 0.1
    meter.reset()
    assert meter.read()["num_frames"] == 0
    mono = lacquer.Meter(RATE_HZ, 1, dual_mono=True)
    mono.process(music[0])
    single = lacquer.Meter(RATE_HZ, 1)
    single.process(music[0])
    assert abs(mono.read()["integrated_lufs"] - single.read()["integrated_lufs"] - 3.01) < 0.01


def test_mel_is_librosas():
    rng = np.random.default_rng(3)
    audio = (0.1 * rng.standard_normal(3 * 22050)).astype(np.float32)
    theirs = librosa.power_to_db(librosa.feature.melspectrogram(y=audio))
    ours = lacquer.mel_spectrogram(audio, "librosa")
    assert ours.shape == theirs.shape and np.abs(ours - theirs).max() < 1e-3
    stream = lacquer.MelStream("librosa", top=float(theirs.max()))
    frames = np.concatenate([*(stream.process(part) for part in np.array_split(audio, 19)), stream.finish()])
    assert np.abs(frames.T - theirs).max() < 1e-3
    assert lacquer.mel_spectrogram(audio[:16000], "whisper").shape == (80, 100)
    assert lacquer.mel_spectrogram(audio[:16000], "whisper", 128).shape == (128, 100)
    assert lacquer.mel_spectrogram(np.zeros(0, np.float32)).shape == (80, 0)
    with pytest.raises(ValueError, match="expected one channel"):
        lacquer.mel_spectrogram(np.zeros((2, 16000)))
    with pytest.raises(ValueError, match="expected 'whisper'"):
        lacquer.mel_spectrogram(audio, "mfcc")


def test_resample_is_scipys_within_its_band():
    scipy_signal = pytest.importorskip("scipy.signal")
    t = np.arange(RATE_HZ) / RATE_HZ
    audio = (0.5 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 5000 * t)).astype(np.float32)
    ours = lacquer.resample(audio, RATE_HZ, 16000)
    theirs = scipy_signal.resample_poly(audio.astype(float), 1, 3, window=("kaiser", 12.0))
    assert ours.shape == theirs.shape and np.abs(ours - theirs)[500:-500].max() < 1e-3
    with pytest.raises(ValueError, match="expected 8000"):
        lacquer.resample(audio, RATE_HZ, 10)


def test_spectrogram_is_calibrated():
    t = np.arange(RATE_HZ) / RATE_HZ
    levels, frequencies_hz, times_s = lacquer.spectrogram(0.5 * np.sin(2 * np.pi * 3000 * t), RATE_HZ, fft_len=4096)
    assert levels.shape == (frequencies_hz.size, times_s.size) and frequencies_hz[256] == 3000
    middle = times_s.size // 2
    assert abs(levels[256, middle] + 6.02) < 0.02 and levels[1000, middle] < -80


def test_files_come_back(music, tmp_path):
    for name, options, most_db in [
        ("a.wav", {"bits": "float"}, -200),
        ("b.wav", {"bits": 24}, -120),
        ("c.flac", {"bits": 24}, -120),
        ("d.mp3", {}, -20),
        ("e.mp3", {"bitrate": "V2"}, -15),
    ]:
        path = tmp_path / name
        lacquer.save(path, music, RATE_HZ, **options)
        read, rate_hz = lacquer.load(path)
        assert rate_hz == RATE_HZ and read.shape == music.shape
        error = np.sum((read - music).astype(float) ** 2) / np.sum(music.astype(float) ** 2)
        assert 10 * np.log10(error + 1e-30) < most_db, name
        with pytest.raises(FileExistsError, match="already exists"):
            lacquer.save(path, music, RATE_HZ)
    lacquer.save(tmp_path / "a.wav", music, RATE_HZ, overwrite=True)
    theirs, _ = soundfile.read(tmp_path / "c.flac", dtype="float32")
    assert np.array_equal(theirs.T, lacquer.load(tmp_path / "c.flac")[0])
    with pytest.raises(FileNotFoundError, match="no such file"):
        lacquer.load(tmp_path / "nothing.wav")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        lacquer.save(tmp_path / "nowhere" / "a.wav", music, RATE_HZ)
    with pytest.raises(IsADirectoryError):
        lacquer.load(tmp_path)
    with pytest.raises(ValueError, match="ends in .wav"):
        lacquer.save(tmp_path / "a.aiff", music, RATE_HZ)


def test_what_a_format_cannot_hold_is_the_callers_mistake(music, tmp_path):
    for name, rate_hz, num_channels, options, words in [
        ("a.wav", 0, 2, {}, "found 0 Hz"),
        ("a.wav", 1, 2, {}, "found 1 Hz"),
        ("a.flac", 4000, 2, {}, "found 4000 Hz"),
        ("a.mp3", 96000, 2, {}, "found 96000 Hz"),
        ("a.mp3", 22050, 2, {"bitrate": 320}, "128 or 160"),
        ("a.flac", 48000, 2, {"bits": "float"}, "16 or 24 bits"),
        ("a.flac", 48000, 9, {}, "found 9"),
        ("a.wav", 48000, 1001, {}, "found 1001"),
    ]:
        with pytest.raises(ValueError, match=words):
            lacquer.save(tmp_path / name, np.zeros((num_channels, 10), np.float32), rate_hz, **options)
    assert not list(tmp_path.iterdir())


def test_a_header_that_promises_weeks_takes_no_memory(music, tmp_path):
    path = tmp_path / "a.flac"
    lacquer.save(path, music, RATE_HZ)
    header = bytearray(path.read_bytes())
    header[21] |= 0x0F
    header[22:26] = b"\xff" * 4
    path.write_bytes(header)
    with pytest.raises(OSError, match="expected 68719476735 frames"):
        lacquer.load(path)


def test_the_interpreter_is_free_while_audio_is_worked_on(music):
    """Another thread counts on while a long block is mastered, and is refused the engine meanwhile."""
    engine = lacquer.Engine(RATE_HZ, 2, preset="streaming")
    block = np.tile(music, (1, 6))
    ticks, num_refused, done = [], 0, threading.Event()

    def work():
        try:
            engine.process(block)
        finally:
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        ticks.append(time.perf_counter())
        try:
            assert engine.latency_samples > 0
        except RuntimeError:
            num_refused += 1
        time.sleep(0.001)
    thread.join()
    assert len(ticks) > 5 and num_refused > 0
