"""Lacquer: audio mastering, loudness metering and mel spectrograms.

Arrays are ``float32`` and of shape (channels, frames), or (frames,) for one channel. What is ``float32`` and C-contiguous is used as it
lies; everything else is converted first. The interpreter is free for other threads while audio is worked on. An
object (`Engine`, `Stream`, `Meter`, `MelStream`) is for one thread at a time: used by two at once it raises a RuntimeError.

The same settings give the same bits here, in the plugin, in the application and in the C library.
"""

from __future__ import annotations

import json as _json

import numpy as _np

from . import _lacquer
from ._lacquer import __version__

__all__ = [
    "Engine",
    "MelStream",
    "Meter",
    "Stream",
    "__version__",
    "load",
    "master",
    "mel_spectrogram",
    "parameters",
    "presets",
    "resample",
    "save",
    "spectrogram",
]


def _channels(audio):
    """The audio as (channels, frames) of float32 in C order, and whether it was of one dimension."""
    audio = _np.asarray(audio)
    if audio.ndim not in (1, 2):
        raise ValueError(f"audio: expected 1 or 2 dimensions (channels, frames), found {audio.ndim}")
    if not (_np.issubdtype(audio.dtype, _np.floating)):
        raise TypeError(f"audio: expected floating point from -1 to 1, found {audio.dtype}")
    is_flat = audio.ndim == 1
    audio = audio[_np.newaxis, :] if is_flat else audio
    return _np.ascontiguousarray(audio, dtype=_np.float32), is_flat


def _clip(audio):
    """One channel of float32 in C order."""
    audio, _ = _channels(audio)
    if audio.shape[0] != 1:
        raise ValueError(f"audio: expected one channel, found {audio.shape[0]}")
    return audio[0]


def parameters():
    """Every parameter of the chain.

    Returns
    -------
    dict
        For each id, such as ``"limiter.ceiling_dbtp"``, a dict of ``name``, ``unit``, ``min``, ``max`` and ``default``.
    """
    keys = ("name", "unit", "min", "max", "default")
    return {id: dict(zip(keys, row)) for id, *row in _lacquer.parameters()}


def presets():
    """The names of the factory's presets; the user's own are found by name as well.

    Returns
    -------
    list of str
    """
    return _lacquer.presets()


def load(path):
    """Read a WAV (also RF64), FLAC, MP3 or Ogg Vorbis file.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    audio : numpy.ndarray
        float32, (channels, frames).
    sample_rate_hz : int

    Raises
    ------
    OSError
        When it cannot be read, is no audio, is damaged or cut off; `FileNotFoundError` when it is not there.
    """
    return _lacquer.load(path)


def save(path, audio, sample_rate_hz, *, bits=24, bitrate="highest", overwrite=False):
    """Write a WAV, FLAC or MP3 file, by the ending of its name: beside its place, then renamed into it.

    Parameters
    ----------
    path : str or os.PathLike
    audio : array_like
        (channels, frames) or (frames,), -1 to 1.
    sample_rate_hz : int
        8000 to 384000; of MP3 16000, 22050, 24000, 32000, 44100 or 48000.
    bits : {16, 24, 32, "float"}
        How samples are stored in WAV; FLAC takes 16 and 24. They are rounded, not dithered: see ``bits`` of `master`.
    bitrate : {128, 160, 192, 224, 256, 320, "V0", "V1", "V2", "highest"}
        How much an MP3 takes, in kbit/s.
    overwrite : bool
        Whether a file that stands there may be replaced.

    Raises
    ------
    OSError
        When it cannot be written; `FileExistsError` when it is there already.
    ValueError
        For another ending or number of bits, or when the format cannot hold the audio: its rate or number of channels.
    """
    audio, _ = _channels(audio)
    _lacquer.save(path, audio, sample_rate_hz, str(bits), str(bitrate), overwrite)


def master(
    audio,
    sample_rate_hz,
    *,
    preset="streaming",
    lufs=None,
    ceiling_dbtp=None,
    bits=None,
    assist=False,
    best_effort=False,
    dual_mono=False,
):
    """Bring a whole programme to an exact loudness under a true-peak ceiling.

    It is measured, solved for by rendering, rendered, and measured again.

    Parameters
    ----------
    audio : array_like
        (channels, frames) or (frames,), one or two channels.
    sample_rate_hz : int
        8000 to 384000.
    preset : str
        The name of a preset, see `presets`, or the path of a preset file.
    lufs : float, optional
        Integrated loudness, -60 to 0, instead of the preset's.
    ceiling_dbtp : float, optional
        Highest true peak, -30 to 0, instead of the preset's.
    bits : {16, 24}, optional
        When the master will be stored with so many bits: it is then dithered for them.
    assist : bool
        Whether the assistant adapts the settings to the programme.
    best_effort : bool
        Whether to give the closest that can be had where the target cannot.
    dual_mono : bool
        Whether one channel counts as heard from two loudspeakers (+3.01 LU).

    Returns
    -------
    mastered : numpy.ndarray
        Of the input's shape.
    report : dict
        What came in, what went out, how it was made; the same as ``lacquer bounce --json`` prints.

    Raises
    ------
    ValueError
        For options out of range, and audio that cannot be mastered.
    RuntimeError
        When loudness and ceiling cannot both be had; the message says what can.
    """
    audio, is_flat = _channels(audio)
    mastered, report = _lacquer.master(
        audio, sample_rate_hz, preset, lufs, ceiling_dbtp, bits, assist, best_effort, dual_mono
    )
    return (mastered[0] if is_flat else mastered), _json.loads(report)


class Engine:
    """The mastering chain, block by block.

    The output comes `latency_samples` later. Parameters are set like items: ``engine["limiter.ceiling_dbtp"] = -1``.

    Parameters
    ----------
    sample_rate_hz : float
        8000 to 384000.
    num_channels : {1, 2}
    latency : {"quality", "live"}
        The better sound, or a few milliseconds.
    preset : str, optional
        Without one every parameter is at its default.
    """

    def __init__(self, sample_rate_hz, num_channels=2, *, latency="quality", preset=None):
        self._inner = _lacquer.Engine(sample_rate_hz, num_channels, latency)
        if preset is not None:
            self.load_preset(preset)

    def __getitem__(self, id):
        return self._inner.get(id)

    def __setitem__(self, id, value):
        self._inner.set(id, value)

    def load_preset(self, name):
        """Set every parameter to a preset's, by name or path."""
        self._inner.load_preset(name)

    def update(self, settings):
        """Set parameters from a mapping of ids to values, such as ``report["settings"]`` of `master`: with all of them the engine gives
        the bits of that master, `latency_samples` late."""
        self._inner.update(dict(settings))

    def process(self, audio, *, in_place=False):
        """Master the next block, of any length.

        Parameters
        ----------
        audio : array_like
            (channels, frames), or (frames,) for one channel.
        in_place : bool
            Whether to work on the array itself, which must be float32 and C-contiguous, without a copy.

        Returns
        -------
        numpy.ndarray
            The block, `latency_samples` late; `audio` itself if in place.
        """
        block, is_flat = _channels(audio)
        if in_place:
            is_same = isinstance(audio, _np.ndarray) and block.ctypes.data == audio.ctypes.data
            if not is_same or audio.dtype != _np.float32 or not audio.flags.c_contiguous:
                raise ValueError("audio: expected a C-contiguous array of float32 to work on in place")
        elif _np.shares_memory(block, audio):
            block = block.copy()
        self._inner.process(block)
        return audio if in_place else (block[0] if is_flat else block)

    def reset(self):
        """Forget all audio and the meters, and keep the settings."""
        self._inner.reset()

    @property
    def latency_samples(self):
        """How many samples later the output comes."""
        return self._inner.latency_samples

    @property
    def num_channels(self):
        """One or two."""
        return self._inner.num_channels

    @property
    def num_damaged_samples(self):
        """Samples that were no audio and became silence, since the reset."""
        return self._inner.num_damaged_samples

    def meters(self):
        """What the meter of the output reads, as `Meter.read` does."""
        return self._inner.meters()

    def reductions(self):
        """What the modules do to the level as of the last sample, in decibels."""
        return self._inner.reductions()


class Stream:
    """A programme that comes piece by piece, as from a synthesiser. In all, as much comes out as goes in.

    Parameters
    ----------
    sample_rate_hz : float
    num_channels : {1, 2}
    preset : str
        The beginning is held back for `look_ahead_s` and heard. Then the gain, and the input's trim to what the preset's thresholds are
        made for, follow what was heard so far.
    lufs : float, optional
        Integrated loudness of the output, -60 to 0, instead of the preset's.
    look_ahead_s : float
        0.8 to 60.
    settings : mapping of str to float, optional
        ``report["settings"]`` of `master`, a first pass over the same programme: nothing is held back then, and the bits are those of
        that master. `preset`, `lufs` and `look_ahead_s` are not asked for.
    """

    def __init__(
        self, sample_rate_hz, num_channels=1, *, preset="synthesised-speech", lufs=None, look_ahead_s=3.0, settings=None
    ):
        settings = None if settings is None else dict(settings)
        self._inner = _lacquer.Stream(sample_rate_hz, num_channels, preset, settings, lufs, look_ahead_s)

    def process(self, audio):
        """Take the next piece and give what is ready, which may be nothing yet."""
        block, is_flat = _channels(audio)
        out = self._inner.process(block)
        return out[0] if is_flat else out

    def finish(self):
        """The programme has ended: give all that is left, as (channels, frames)."""
        return self._inner.finish()

    @property
    def loudness_gain_db(self):
        """The gain of what went out last."""
        return self._inner.loudness_gain_db

    @property
    def num_pending(self):
        """How many frames are still to come out for what has gone in."""
        return self._inner.num_pending


class Meter:
    """Loudness, range and true peak by BS.1770-5, EBU Tech 3341 and Tech 3342.

    Parameters
    ----------
    sample_rate_hz : float
        8000 to 384000.
    num_channels : int
        1 to 24. Five are left, right, centre and two surrounds; six have the LFE after the centre; others all count the same.
    dual_mono : bool
        Whether a single channel counts as heard from two loudspeakers (+3.01 LU).
    """

    def __init__(self, sample_rate_hz, num_channels=2, *, dual_mono=False):
        self._inner = _lacquer.Meter(sample_rate_hz, num_channels, dual_mono)

    def process(self, audio):
        """Hear the next block: (channels, frames), or (frames,) for one channel."""
        self._inner.process(_channels(audio)[0])

    def finish(self):
        """The programme has ended: the loudness range then counts what Tech 3342 puts after it."""
        self._inner.finish()

    def reset(self):
        """Forget everything heard."""
        self._inner.reset()

    def read(self):
        """What is known now.

        Returns
        -------
        dict
            ``momentary_lufs``, ``short_term_lufs``, ``integrated_lufs``, ``range_lu``, ``true_peak_dbtp``, ``plr_lu`` and others; None
            where there is no figure yet.
        """
        return self._inner.read()


def mel_spectrogram(audio, definition="whisper", num_bands=None):
    """The mel spectrogram of a clip.

    Parameters
    ----------
    audio : array_like
        One channel, at the rate of the definition: 16000 Hz for Whisper and Kaldi, 22050 Hz for librosa.
    definition : {"whisper", "librosa", "kaldi"}
        What Whisper hears; what ``librosa.feature.melspectrogram`` gives through ``power_to_db``; what Kaldi's ``compute-fbank-feats``
        gives without dither.
    num_bands : int, optional
        Instead of 80, 128 and 80. Whisper takes 128 from its model large-v3 on.

    Returns
    -------
    numpy.ndarray
        float32, (bands, frames).
    """
    return _lacquer.mel_spectrogram(_clip(audio), definition, num_bands)


def resample(audio, from_hz, to_hz):
    """One channel at another rate: flat to 0.44 of the lower rate, folding 90 dB down, without delay.

    Parameters
    ----------
    audio : array_like
        One channel.
    from_hz, to_hz : float
        8000 to 384000.

    Returns
    -------
    numpy.ndarray
        float32, (frames,).
    """
    return _lacquer.resample(_clip(audio), from_hz, to_hz)


class MelStream:
    """A mel spectrogram that grows with its audio.

    Parameters
    ----------
    definition : {"whisper", "librosa", "kaldi"}
    num_bands : int, optional
    top : float, optional
        What stands for the clip's largest value, where values are limited by it; without, the largest so far.
    """

    def __init__(self, definition="whisper", num_bands=None, *, top=None):
        self._inner = _lacquer.MelStream(definition, num_bands, top)

    def process(self, audio):
        """Take the next samples and give the frames that they complete, as (frames, bands)."""
        return self._inner.process(_clip(audio))

    def finish(self):
        """The clip has ended: give the frames that see its end. After it the stream is as new."""
        return self._inner.finish()


def spectrogram(audio, sample_rate_hz, *, fft_len=2048, overlap=0.75, reassigned=False):
    """The spectrogram of a clip in dBFS, calibrated: a full-scale sine reads 0.

    Parameters
    ----------
    audio : array_like
        One channel.
    sample_rate_hz : float
    fft_len : int
        A power of two, 256 to 65536.
    overlap : float
        The share of a frame that the next one has too, 0 to 0.97.
    reassigned : bool
        Whether powers are moved to where their sound lies.

    Returns
    -------
    levels_dbfs : numpy.ndarray
        float32, (bins, columns), from 0 Hz up.
    frequencies_hz : numpy.ndarray
    times_s : numpy.ndarray
        The middle of each column.
    """
    return _lacquer.spectrogram(_clip(audio), sample_rate_hz, fft_len, overlap, reassigned)
