"""A display without a screen. `display.py SCRIPT ARGUMENT...` runs a script of this folder, or anywhere, under one of its own.

In the script `Screen` shows what is on it. The display is a process around the script, because a client whose display goes away
is ended by Xlib.
"""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import numpy as np

SIZE = (1920, 1200)
VARIABLE = "LACQUER_TEST_SCREEN"
LONGEST_S = 240
PR_SET_PDEATHSIG = 1


class Screen:
    """What the display shows, as Xvfb keeps it in a file (in XWD's format)."""

    def __init__(self):
        path = os.environ[VARIABLE]
        head = np.fromfile(path, dtype=">u4", count=25).astype(int)
        header_len, width, height, line_len, num_colours = head[[0, 4, 5, 12, 19]]
        offset = int(header_len + 12 * num_colours)
        self.memory = np.memmap(path, dtype="<u4", mode="r", offset=offset, shape=(height, line_len // 4))
        self.width = width
        # What is asked of windows that are gone is an error, which by default ends the process.
        handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self.ignore = handler(lambda display, error: 0)
        ctypes.CDLL("libX11.so.6").XSetErrorHandler(self.ignore)

    def pixels(self):
        return np.array(self.memory[:, :self.width]) & 0xFFFFFF


def num_colours(pixels):
    return len(np.unique(pixels))


def windows(name):
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name], capture_output=True, text=True)
    return found.stdout.split()


def size_of(window):
    told = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], capture_output=True, text=True).stdout
    values = dict(line.split("=") for line in told.splitlines() if "=" in line)
    return [int(values["WIDTH"]), int(values["HEIGHT"])]


def resize(window, width, height):
    subprocess.run(["xdotool", "windowsize", window, str(width), str(height)], check=True)


def click(window, x, y):
    subprocess.run(["xdotool", "mousemove", "--window", window, str(x), str(y), "click", "1"], check=True)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(script, *args):
    with tempfile.TemporaryDirectory() as folder:
        told, telling = os.pipe()
        screen = "{}x{}x24".format(*SIZE)
        words = ["Xvfb", "-displayfd", str(telling), "-screen", "0", screen, "-fbdir", folder, "-nolisten", "tcp"]
        server = subprocess.Popen(words, pass_fds=[telling], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        os.close(telling)
        try:
            number = os.read(told, 16).decode().strip()
            assert number, "Xvfb did not start"
            screen = pathlib.Path(folder) / "Xvfb_screen0"
            # The C library would give each new thread a store of memory of its own, in whose filling no leak could be seen.
            environment = os.environ | {"DISPLAY": f":{number}", VARIABLE: str(screen), "MALLOC_ARENA_MAX": "1"}
            script = pathlib.Path(__file__).parent / script
            words = [sys.executable, "-B", script, *args]
            return subprocess.run(words, env=environment, timeout=LONGEST_S).returncode
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
