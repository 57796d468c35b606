"""What the plugin costs in pedalboard. Run by tests/python/display.py; prints JSON.

plugin.py BUNDLE REQUEST        REQUEST is a file of JSON: {"audio": FILE of raw 32-bit floats, left and then right, "positions": [..],
                                "blocks": [..], "silence_s": ..}

All figures are milliseconds of processor time per second of stereo at 48 kHz: of the whole process while it plays as fast as it
can, without and with several instances by turns, on music and on silence; then of its threads while it plays as fast as time
goes, with and without the window.
"""

import json
import os
import pathlib
import sys
import threading
import time

import numpy as np

import display
import hosts

NUM_RUNS = 5
NUM_INSTANCES = 8
# Pieces that instances play by turns, and that are played in time: shorter than the time between two pictures.
PIECE_LEN = 512
IN_TIME_S = 6


def play(host, audio, block_len):
    return host.plugin.process(audio, hosts.RATE_HZ, buffer_size=block_len, reset=False)


def fastest_ms(num_samples, run):
    def once():
        start = time.process_time()
        run()
        return time.process_time() - start

    return min(once() for _ in range(NUM_RUNS)) * 1000 * hosts.RATE_HZ / num_samples


def pieces(audio):
    return [np.ascontiguousarray(audio[:, at:at + PIECE_LEN]) for at in range(0, audio.shape[1], PIECE_LEN)]


def by_turns_ms(playing, audio, block_len):
    parts = pieces(audio)

    def run():
        for part in parts:
            for host in playing:
                play(host, part, block_len)

    return fastest_ms(audio.shape[1] * len(playing), run)


def driver_s():
    """Processor time of llvmpipe's threads, which draw what a graphics card would draw."""
    total = 0
    for task in pathlib.Path("/proc/self/task").iterdir():
        try:
            if (task / "comm").read_text().startswith("llvmpipe"):
                # After the name, which ends in a bracket, user and system time are the twelfth and thirteenth field.
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except FileNotFoundError:
            pass
    return total


def in_time(host, audio, block_len, answer):
    """Plays as fast as time goes, and says what this thread, the driver's and all others cost."""
    parts = pieces(audio[:, :IN_TIME_S * hosts.RATE_HZ])
    process, driver, own, start = time.process_time(), driver_s(), time.thread_time(), time.monotonic()
    for idx, part in enumerate(parts):
        time.sleep(max(0, start + idx * PIECE_LEN / hosts.RATE_HZ - time.monotonic()))
        play(host, part, block_len)
    seconds = time.monotonic() - start
    per_second = lambda cost: cost * 1000 / seconds
    own, driver = time.thread_time() - own, driver_s() - driver
    answer["audio_thread_ms"] = per_second(own)
    answer["driver_ms"] = per_second(driver)
    answer["others_ms"] = per_second(time.process_time() - process - own - driver)


def beside_window(host, screen, audio, block_len):
    answer, closing = {}, threading.Event()

    def beside():
        try:
            start = time.monotonic()
            while display.num_colours(screen.pixels()[::2, ::2]) < 100 and time.monotonic() - start < 20:
                play(host, audio[:, :PIECE_LEN], block_len)
                time.sleep(0.02)
            in_time(host, audio, block_len, answer)
        finally:
            closing.set()

    watcher = threading.Thread(target=beside)
    watcher.start()
    host.plugin.show_editor(closing)
    watcher.join()
    return answer


def main(bundle, request):
    request = json.loads(pathlib.Path(request).read_text())
    screen = display.Screen()
    audio = hosts.read(request["audio"], 2)
    silence = np.zeros((2, request["silence_s"] * hosts.RATE_HZ), np.float32)
    playing = [hosts.Pedalboard(bundle) for _ in range(NUM_INSTANCES)]
    for host in playing:
        host.set(request["positions"])
        host.play(audio[:, :hosts.RATE_HZ])
    host, rows = playing[0], []
    for block_len in request["blocks"]:
        row = {"block_len": block_len, "music_ms": fastest_ms(audio.shape[1], lambda: play(host, audio, block_len))}
        play(host, audio, block_len)
        play(host, silence[:, :2 * hosts.RATE_HZ], block_len)
        row["silence_ms"] = fastest_ms(silence.shape[1], lambda: play(host, silence, block_len))
        row["by_turns_ms"] = by_turns_ms(playing, audio, block_len)
        row["closed"] = {}
        in_time(host, audio, block_len, row["closed"])
        row["open"] = beside_window(host, screen, audio, block_len)
        rows.append(row)
    return rows


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), allow_nan=False))
