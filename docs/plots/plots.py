"""Draws what `cargo xtask plots` rendered: plots.py DATA_FOLDER PICTURE_FOLDER.

Lacquer's figures come from its modules' output alone; the analogue curves and the bilinear ones from the formulas of
R. Bristow-Johnson's "Audio EQ Cookbook", written here in NumPy.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import scipy.fft
import scipy.signal

# The palette of M. Okabe and K. Ito, which the colour-blind can tell apart. Lacquer is blue everywhere.
OURS, OURS_TOO, PEERS = "#0072b2", "#56b4e9", ["#d55e00", "#009e73"]
BANDS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"]
INK, FAINT = "#333333", "#999999"

plt.rcParams.update({
    "figure.dpi": 110, "figure.facecolor": "white", "font.size": 10, "axes.titlesize": 10.5, "axes.titlelocation": "left",
    "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8, "lines.linewidth": 1.6, "legend.frameon": False, "legend.fontsize": 9,
    "figure.constrained_layout.use": True, "path.simplify": False,
})


def db(gain):
    return 20 * np.log10(np.maximum(np.abs(gain), 1e-12))


def frequency_axis(axes, low_hz=20, high_hz=20_000):
    axes.set_xscale("log")
    axes.set_xlim(low_hz, high_hz)
    ticks = [hz for hz in (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000) if low_hz <= hz <= high_hz]
    axes.set_xticks(ticks, [f"{hz // 1000}k" if hz >= 1000 else str(hz) for hz in ticks])
    axes.minorticks_off()


def save(figure, path):
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
    # Palettes keep the files small; 128 colours are more than the pictures have.
    from PIL import Image
    with Image.open(path) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def lag_of(output, signal):
    correlation = scipy.signal.correlate(output, signal, method="fft")
    return int(correlation.argmax()) - len(signal) + 1


def true_envelope(samples, factor=16):
    """The magnitude between the samples too, as the highest of each sample's neighbourhood."""
    fine = np.abs(scipy.signal.resample(samples, factor * len(samples)))
    reach = 3 * factor
    return np.lib.stride_tricks.sliding_window_view(np.pad(fine, reach), 2 * reach + 1)[::factor].max(axis=1)


def limiter(data, path):
    rate_hz, start = data["rate_hz"], data["start"]
    signal = np.array(data["input"])
    times_ms = 1000 * (np.arange(len(signal)) - start) / rate_hz
    # Where the input jumps, output over input is no gain: the way back from oversampling rounds the corner.
    jumps = np.flatnonzero(np.diff(np.abs(signal)))[:, None] + np.arange(-24, 26)
    figure, (levels, gains, peaks) = plt.subplots(3, 1, figsize=(8, 8.2), height_ratios=[0.8, 1.2, 1.2])
    levels.plot(times_ms, db(signal), color=INK, label="samples")
    levels.plot(times_ms, db(true_envelope(signal)), color=FAINT, label="true peak", linewidth=1.2)
    levels.set(title="Input: a 12 kHz tone, sampled between its peaks, with a burst of 20 ms", ylabel="level, dBFS",
               xlim=(-10, 180), ylim=(-25, 12))
    levels.legend(loc="upper right")
    for take, color in zip(data["takes"], [OURS, OURS_TOO, *PEERS]):
        output = np.array(take["output"])
        output = np.roll(output, -lag_of(output, signal))
        # Two neighbouring samples of this tone hold its power, whatever its phase became on the way.
        power = output ** 2 + np.roll(output, -1) ** 2
        gain_db = 10 * np.log10(power / (signal ** 2 + np.roll(signal, -1) ** 2))
        gain_db[jumps] = np.nan
        zorder = 3 if take["name"].startswith("Lacquer") else 2
        gains.plot(times_ms, gain_db, color=color, zorder=zorder, label=take["name"])
        peaks.plot(times_ms, db(true_envelope(output)), color=color, zorder=zorder)
    gains.set(title="Gain", ylabel="dB", xlim=(-10, 180), ylim=(-16, 1.5))
    gains.legend(loc="lower right")
    peaks.axhline(data["ceiling_dbtp"], color=INK, linewidth=1, linestyle=(0, (4, 3)))
    peaks.annotate("ceiling", (24, data["ceiling_dbtp"]), (0, 4), textcoords="offset points", ha="right")
    peaks.set(title="Output during the burst, true peak at 16 times the rate", ylabel="level, dBTP",
              xlabel="time after the burst's start, ms", xlim=(-2, 24), ylim=(-6, 1))
    save(figure, path)


def crossover(data, path):
    rate_hz = data["rate_hz"]
    figure, (live, quality, sums) = plt.subplots(3, 1, figsize=(8, 8.2), sharex=True, height_ratios=[1.2, 1.2, 0.9])
    for axes, mode in zip([live, quality], data["modes"]):
        for response, color in zip(mode["bands"], BANDS):
            frequencies_hz = scipy.fft.rfftfreq(len(response), 1 / rate_hz)
            axes.plot(frequencies_hz, db(scipy.fft.rfft(response)), color=color)
        axes.set(ylim=(-72, 6), ylabel="dB")
    live.set_title("Four bands, Live: minimum phase")
    quality.set_title("Four bands, Quality: linear phase")
    heard = (frequencies_hz >= 20) & (frequencies_hz <= 20_000)
    sums_db = [db(scipy.fft.rfft(mode["sum"]))[heard] for mode in data["modes"]]
    worst_db = max(np.abs(sum_db).max() for sum_db in sums_db)
    unit, scale = ("dB", 1) if worst_db > 0.1 else ("mdB", 1e3) if worst_db > 1e-4 else ("µdB", 1e6)
    for mode, sum_db, color in zip(data["modes"], sums_db, [OURS, PEERS[0]]):
        sums.plot(frequencies_hz[heard], scale * sum_db, color=color,
                  label=f"{mode['name']}: within {scale * np.abs(sum_db).max():.1f} {unit}")
    sums.set(title="Their sum", ylabel=unit, xlabel="frequency, Hz", ylim=np.array([-1.6, 2.4]) * scale * worst_db)
    sums.legend(loc="upper left", ncols=2)
    frequency_axis(sums)
    save(figure, path)


def analogue(curve, frequencies_hz):
    """Poles and zeros of the prototype, as polynomials of s with the corner at 1."""
    a, q = 10 ** (curve["gain_db"] / 40), curve["q"]
    if curve["kind"] == "bell":
        polynomials = [1, a / q, 1], [1, 1 / (a * q), 1]
    else:
        polynomials = [a * a, a * np.sqrt(a) / q, a], [1, np.sqrt(a) / q, a]
    s = 1j * frequencies_hz / curve["frequency_hz"]
    return db(np.polyval(polynomials[0], s) / np.polyval(polynomials[1], s)), polynomials


def bilinear(curve, polynomials, frequencies_hz, rate_hz):
    """The same through the bilinear transform, as the cookbook has it."""
    warped = np.tan(np.pi * frequencies_hz / rate_hz) / np.tan(np.pi * curve["frequency_hz"] / rate_hz)
    return db(np.polyval(polynomials[0], 1j * warped) / np.polyval(polynomials[1], 1j * warped))


def equaliser(data, path):
    rate_hz = data["rate_hz"]
    figure, (curves, errors) = plt.subplots(2, 1, figsize=(8, 7), sharex=True, height_ratios=[1.6, 1])
    for curve, color in zip(data["curves"], BANDS):
        frequencies_hz = scipy.fft.rfftfreq(len(curve["response"]), 1 / rate_hz)[1:]
        wanted_db, polynomials = analogue(curve, frequencies_hz)
        ours_db = db(scipy.fft.rfft(curve["response"]))[1:]
        bilinear_db = bilinear(curve, polynomials, np.minimum(frequencies_hz, 0.4999 * rate_hz), rate_hz)
        corner = f"{curve['frequency_hz'] / 1000:g} kHz"
        curves.plot(frequencies_hz, bilinear_db, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
        curves.plot(frequencies_hz, ours_db, color=color, label=f"{curve['kind']} {corner}, {curve['gain_db']:+g} dB")
        curves.plot(frequencies_hz, wanted_db, color="black", linewidth=1.3, linestyle=(0, (1, 4)))
        errors.plot(frequencies_hz, ours_db - wanted_db, color=color)
    curves.plot([], [], color="black", linewidth=1.3, linestyle=(0, (1, 4)), label="analogue prototype")
    curves.plot([], [], color=FAINT, linewidth=1, linestyle=(0, (2, 2)), label="the usual bilinear transform")
    curves.set(title=f"Bells and a shelf at {rate_hz / 1000:g} kHz", ylabel="gain, dB", ylim=(-15, 15))
    curves.legend(loc="upper left", ncols=2)
    errors.set(title="Lacquer less the analogue prototype", ylabel="dB", xlabel="frequency, Hz", ylim=(-0.15, 0.15))
    frequency_axis(errors, low_hz=200)
    save(figure, path)


def exciter(data, path):
    rate_hz, tone_hz = data["rate_hz"], data["tone_hz"]
    takes = data["takes"]
    figure, rows = plt.subplots(len(takes), 1, figsize=(8, 3.4 * len(takes)), sharex=True, sharey=True, squeeze=False)
    for axes, take, color in zip(rows[:, 0], takes, [OURS, *PEERS]):
        settled = np.array(take["output"])[rate_hz // 2:][:1 << 16]
        window = scipy.signal.windows.kaiser(len(settled), 38, sym=False)
        levels_db = db(2 * scipy.fft.rfft(settled * window) / window.sum())
        frequencies_hz = scipy.fft.rfftfreq(len(settled), 1 / rate_hz)
        is_harmonic = np.abs(frequencies_hz - tone_hz * np.round(frequencies_hz / tone_hz)) < 60
        alias_db = levels_db[~is_harmonic & (frequencies_hz > 60)].max()
        axes.plot(frequencies_hz / 1000, np.where(is_harmonic, np.nan, levels_db), color=color, linewidth=1.2, label="aliases")
        axes.plot(frequencies_hz / 1000, np.where(is_harmonic, levels_db, np.nan), color=INK, label="tone and harmonics")
        axes.axhline(alias_db, color=color, linewidth=1, linestyle=(0, (4, 3)))
        axes.set(title=f"{take['name']}, a tone of 5 kHz at -6 dBFS, full drive: the highest alias is at {alias_db:.0f} dBFS",
                 ylabel="level, dBFS")
        axes.legend(loc="upper right", ncols=2)
    axes.set(xlim=(0, rate_hz / 2000), ylim=(-160, 20), xlabel="frequency, kHz", xticks=range(0, rate_hz // 2000 + 1, 5))
    save(figure, path)


def main():
    data_folder, picture_folder = map(pathlib.Path, sys.argv[1:])
    for name, draw in {"limiter": limiter, "crossover": crossover, "equaliser": equaliser, "exciter": exciter}.items():
        data = json.loads((data_folder / f"{name}.json").read_text())
        draw(data, picture_folder / f"{name}.png")


if __name__ == "__main__":
    main()
