"""How far our spectrogram lies from SciPy's, in parts of its largest power: WINDOW BETA SIZE HOP SAMPLES OURS. Prints JSON.

Ours count a full-scale sine as 1 where SciPy's spectrum counts its mean square, a half.
"""

import json
import sys

import numpy as np
import scipy.signal

window, beta, size, hop, samples, ours = sys.argv[1:]
size, hop = int(size), int(hop)
_, _, expected = scipy.signal.spectrogram(
    np.fromfile(samples, dtype="<f4").astype(np.float64),
    window=("kaiser", float(beta)) if window == "kaiser" else window,
    nperseg=size,
    noverlap=size - hop,
    detrend=False,
    scaling="spectrum",
)
expected *= 2
ours = np.fromfile(ours, dtype="<f8").reshape(expected.shape[::-1]).T
apart = np.abs(ours - expected).max() / expected.max()
print(json.dumps({"largest": float(apart), "shape": list(expected.shape)}))
