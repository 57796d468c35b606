"""The plugin's window in pedalboard, opened and closed again and again while audio plays. Run by display.py; prints JSON.

editor.py BUNDLE REQUEST        REQUEST is a file of JSON: {"audio": FILE, "positions": [..], "num_openings": .., "sizes": [[W, H], ..],
                                "pictures": FOLDER or null}

The first opening is looked at, and brought to each of the sizes. Memory is what the process holds after each opening.
"""

import json
import pathlib
import sys
import threading
import time

import numpy as np

import display
import hosts

# An empty window has one colour or two, a drawn one hundreds: the edges of letters.
DRAWN_COLOURS = 100
PATIENCE_S = 20


def resident_mb():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def num_threads():
    return len(list(pathlib.Path("/proc/self/task").iterdir()))


def wait_for(condition):
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > PATIENCE_S:
            return None
        time.sleep(0.01)
    return time.monotonic() - start


def keep(folder, name, pixels):
    """As a PPM, which everything reads."""
    if folder:
        parts = (pixels[:, :, None] >> np.array([16, 8, 0])) & 255
        height, width = pixels.shape
        path = pathlib.Path(folder) / f"{name}.ppm"
        path.write_bytes(b"P6 %d %d 255\n" % (width, height) + parts.astype(np.uint8).tobytes())


class Player(threading.Thread):
    """Plays until it is told to stop, and compares with what was heard without a window."""

    def __init__(self, host, audio):
        super().__init__()
        self.host, self.audio = host, audio
        self.expected = host.play(audio)
        self.is_over = threading.Event()
        self.num_plays, self.num_unlike = 0, 0

    def run(self):
        while not self.is_over.is_set():
            self.num_unlike += not hosts.same_bits(self.host.play(self.audio), self.expected)
            self.num_plays += 1


class Visit:
    """One opening of the window: `look` runs beside it, and the window closes when it returns."""

    def __init__(self, plugin, screen, look=lambda: None):
        closing = threading.Event()

        def beside():
            try:
                self.drawn_s = wait_for(lambda: display.num_colours(screen.pixels()[::2, ::2]) > DRAWN_COLOURS)
                look()
            finally:
                closing.set()

        watcher = threading.Thread(target=beside)
        start = time.monotonic()
        watcher.start()
        plugin.show_editor(closing)
        watcher.join()
        self.seconds = time.monotonic() - start


def fills(pixels, width, height):
    """Whether a window of this size is drawn up to its edges, and has the buttons at its right edge. No part of it is quite black."""
    edges = np.concatenate([pixels[height - 1, :width], pixels[:height, width - 1]])
    return bool(edges.all()) and display.num_colours(pixels[:height, width - 120:width]) > 10


def look(screen, sizes, folder, seen):
    """What the window shows, as it opened and at each size."""
    # The host's window and the plugin's in it.
    window, inner = display.windows("Pedalboard")[0], display.windows("Lacquer")[0]
    pixels = screen.pixels()
    keep(folder, "opened", pixels)
    seen.append({"colours": display.num_colours(pixels)})
    for width, height in sizes:
        display.resize(window, width, height)
        took_s = wait_for(lambda: fills(screen.pixels(), width, height))
        time.sleep(0.3)
        pixels = screen.pixels()
        keep(folder, f"{width}x{height}", pixels)
        beyond = np.count_nonzero(pixels[height:]) + np.count_nonzero(pixels[:, width:])
        inside = pixels[:height, :width]
        seen.append({"size": [width, height], "inner": display.size_of(inner),
                     "seconds": took_s, "colours": display.num_colours(inside), "beyond": int(beyond)})


# Where they are in a window of the usual size.
EXCITER_PAGE = (347, 51)
EXCITER_DELTA = (203, 90)


def hear_delta(screen, host, audio, folder, heard):
    """Has the window play what the exciter adds, and nothing else."""
    window = display.windows("Lacquer")[0]
    display.click(window, *EXCITER_PAGE)
    time.sleep(0.5)
    display.click(window, *EXCITER_DELTA)
    time.sleep(0.5)
    keep(folder, "delta", screen.pixels())
    heard.append(host.play(audio))


def delta(screen, host, audio, folder):
    """The power of what is heard before, beside and after a window in which a delta was clicked, and whether the last is the first."""
    heard = [host.play(audio)]
    Visit(host.plugin, screen, lambda: hear_delta(screen, host, audio, folder, heard))
    heard.append(host.play(audio))
    powers = [float(np.mean(np.square(each, dtype=float))) for each in heard]
    return {"powers": powers, "is_over": hosts.same_bits(heard[0], heard[2])}


def main(bundle, request):
    request = json.loads(pathlib.Path(request).read_text())
    screen = display.Screen()
    host = hosts.Pedalboard(bundle)
    host.set(request["positions"])
    audio = hosts.read(request["audio"], 2)
    delta_heard = delta(screen, host, audio, request["pictures"])
    player = Player(host, audio)
    player.start()
    seen, visits, resident, threads = [], [], [], []
    for idx in range(request["num_openings"]):
        first = (lambda: look(screen, request["sizes"], request["pictures"], seen),) if idx == 0 else ()
        visits.append(Visit(host.plugin, screen, *first))
        resident.append(resident_mb())
        threads.append(num_threads())
    player.is_over.set()
    player.join()
    later = visits[1:]
    return {
        "seen": seen,
        "delta": delta_heard,
        "num_drawn": sum(visit.drawn_s is not None for visit in visits),
        "drawn_s": [visit.drawn_s for visit in later],
        "seconds": [visit.seconds for visit in later],
        "resident_mb": resident,
        "threads": threads,
        "num_plays": player.num_plays,
        "num_unlike": player.num_unlike,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), allow_nan=False))
