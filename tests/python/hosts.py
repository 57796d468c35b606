"""The plugin in hosts that are not ours: pedalboard and DawDreamer, both on JUCE. Prints JSON.

WHAT BUNDLE REQUEST     REQUEST is a file of JSON:

table   {"rows": [{"positions": [..], "texts": [..]}, ..]}: what pedalboard is told of each parameter, the text that each of these
        positions has, and the position of each of these texts
render  {"audio": FILE, "num_channels": .., "cases": [{"rate_hz": .., "block_len": .., "positions": [..], "out": FILE}, ..]}: pedalboard
        plays the audio with these positions, takes the latency off, and says it
state   {"audio": FILE, "positions": [..]}: pedalboard saves, loads what it saved into another instance, and loads what is damaged
daw     {"audio": FILE, "block_len": .., "positions": [..], "out": FILE, "other": FILE, "idx": .., "curve": FILE, "automated": FILE}: DawDreamer
        plays the audio, saves, loads into another instance that plays it into "other", and moves the parameter "idx"
latency {"audio": FILE, "positions": [..], "idx": .., "on": .., "running": FILE, "anew": FILE}: pedalboard plays the audio, loads the same
        settings for live use while the audio runs and goes on ("running"), begins anew ("anew"), and sets "idx" to "on" on the way

Audio files are raw 32-bit floats, one channel after another.
"""

import contextlib
import json
import os
import pathlib
import struct
import sys
import tempfile

import numpy as np

RATE_HZ = 48000


def read(path, num_channels):
    return np.fromfile(path, dtype="<f4").reshape(num_channels, -1)


def write(path, audio):
    audio.astype("<f4").tofile(path)


def same_bits(one, other):
    return bool(np.array_equal(one.view(np.uint32), other.view(np.uint32)))


class Pedalboard:
    """An instance of the plugin."""

    def __init__(self, bundle):
        import pedalboard

        self.plugin = pedalboard.load_plugin(bundle)
        # The host's bypass comes first.
        self.parameters = list(self.plugin.parameters.values())[1:]

    def set(self, positions):
        assert len(positions) == len(self.parameters)
        for parameter, position in zip(self.parameters, positions):
            parameter.raw_value = position

    def positions(self):
        return [parameter.raw_value for parameter in self.parameters]

    def play(self, audio, rate_hz=RATE_HZ, block_len=512):
        return self.plugin.process(audio, rate_hz, buffer_size=block_len, reset=True)


@contextlib.contextmanager
def of_host(parameter):
    """What the host itself answers, before pedalboard makes Python of it."""
    with parameter._AudioProcessorParameter__get_cpp_parameter() as told:
        yield told


def table(bundle, rows):
    answer = []
    for parameter, row in zip(Pedalboard(bundle).parameters, rows, strict=True):
        with of_host(parameter) as told:
            answer.append({
                "name": told.name,
                "key": parameter.python_name,
                "default": told.default_raw_value,
                "texts": [told.get_text_for_raw_value(position) for position in row["positions"]],
                "positions": [told.get_raw_value_for_text(text) for text in row["texts"]],
            })
    return answer


def render(bundle, audio, num_channels, cases):
    host = Pedalboard(bundle)
    audio = read(audio, num_channels)
    answer = []
    for case in cases:
        host.set(case["positions"])
        write(case["out"], host.play(audio, case["rate_hz"], case["block_len"]))
        answer.append({
            "latency": host.plugin.reported_latency_samples,
            "unlike": [
                [parameter.python_name, wanted, parameter.raw_value]
                for parameter, wanted in zip(host.parameters, case["positions"])
                if abs(parameter.raw_value - wanted) > 1e-7
            ],
        })
    return answer


def damaged(state):
    middle = len(state) // 2
    yield "nothing", b""
    yield "nonsense", b"nonsense"
    yield "half", state[:middle]
    yield "without its end", state[:-40]
    yield "holes", state[:middle] + b"ZZZZZZZZ" + state[middle + 8:]
    yield "zeros", bytes(len(state))


def state(bundle, audio, positions):
    audio = read(audio, 2)
    host = Pedalboard(bundle)
    host.set(positions)
    played = host.play(audio)
    saved = host.plugin.raw_state
    other = Pedalboard(bundle)
    before = other.play(audio)
    other.plugin.raw_state = saved
    answer = {
        "changed": not same_bits(before, played),
        "positions": other.positions(),
        "same_audio": same_bits(other.play(audio), played),
        "same_state": other.plugin.raw_state == saved,
        "damaged": {},
    }
    for name, bad in damaged(saved):
        refusal = None
        try:
            other.plugin.raw_state = bad
        except Exception as error:
            refusal = str(error)
        again = other.play(audio)
        answer["damaged"][name] = {"refusal": refusal, "same_audio": same_bits(again, played)}
    other.plugin.raw_state = saved
    answer["loads_after_damage"] = same_bits(other.play(audio), played)
    return answer


def for_live_use(preset):
    """A .vstpreset of the plugin in which the shorter latency is chosen."""
    header, (start,) = preset[:40], struct.unpack("<q", preset[40:48])
    assert preset[start:start + 4] == b"List"
    (num_chunks,) = struct.unpack("<i", preset[start + 4:start + 8])
    data, entries = b"", b""
    for idx in range(num_chunks):
        name, at, size = struct.unpack("<4sqq", preset[start + 8 + 20 * idx:start + 28 + 20 * idx])
        chunk = preset[at:at + size]
        if name == b"Comp":
            state = json.loads(chunk)
            kept = json.loads(state["fields"]["kept"])
            assert kept["is_quality"]
            state["fields"]["kept"] = json.dumps({**kept, "is_quality": False})
            chunk = json.dumps(state).encode()
        entries += struct.pack("<4sqq", name, 48 + len(data), len(chunk))
        data += chunk
    return header + struct.pack("<q", 48 + len(data)) + data + b"List" + struct.pack("<i", num_chunks) + entries


def latency(bundle, audio, positions, idx, on, running, anew):
    audio = read(audio, 2)
    host = Pedalboard(bundle)
    host.set(positions)
    told = []

    def play(reset):
        played = host.plugin.process(audio, RATE_HZ, buffer_size=512, reset=reset)
        told.append(host.plugin.reported_latency_samples)
        return played

    play(reset=True)
    host.plugin.preset_data = for_live_use(host.plugin.preset_data)
    write(running, play(reset=False))
    write(anew, play(reset=True))
    host.parameters[idx].raw_value = on
    play(reset=False)
    play(reset=True)
    return {"told": told}


class DawDreamer:
    """An engine with one track: the audio through the plugin."""

    def __init__(self, bundle, audio, block_len):
        import dawdreamer

        self.engine = dawdreamer.RenderEngine(RATE_HZ, block_len)
        self.plugin = self.engine.make_plugin_processor("lacquer", bundle)
        track = self.engine.make_playback_processor("track", audio)
        self.engine.load_graph([(track, []), (self.plugin, ["track"])])
        self.seconds = audio.shape[1] / RATE_HZ

    def play(self):
        self.engine.render(self.seconds)
        return np.ascontiguousarray(self.engine.get_audio())


def daw(bundle, audio, block_len, positions, out, other, idx, curve, automated):
    audio = read(audio, 2)
    host = DawDreamer(bundle, audio, block_len)
    told = host.plugin.get_parameters_description()[1:]
    for parameter, position in zip(told, positions, strict=True):
        host.plugin.set_parameter(parameter["index"], position)
    write(out, host.play())
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "state")
        host.plugin.save_state(path)
        loaded = DawDreamer(bundle, audio, block_len)
        loaded.plugin.load_state(path)
        write(other, loaded.play())
    host.plugin.set_automation(told[idx]["index"], np.fromfile(curve, dtype="<f4"))
    write(automated, host.play())
    return {
        "latency": host.plugin.get_latency_samples(),
        "rows": [{"name": row["name"], "texts": [row["min"], row["defaultValueText"], row["max"]]} for row in told],
        "loaded": [loaded.plugin.get_parameter(row["index"]) for row in told],
    }


def main(what, bundle, request):
    answers = {"table": table, "render": render, "state": state, "daw": daw, "latency": latency}
    return answers[what](bundle, **json.loads(pathlib.Path(request).read_text()))


if __name__ == "__main__":
    # Without a name JUCE takes the first display, and goes down with the display of another test.
    os.environ["DISPLAY"] = "none"
    print(json.dumps(main(*sys.argv[1:]), allow_nan=False))
