"""K weighting (BS.1770-5 annex 1), from the table that the standard prints and from nothing else.

The table is for 48 kHz. At other rates each section is what the same analogue section becomes: poles and zeros go back
through the bilinear transform, are scaled so that the section's corner keeps its frequency, and come forth again.
"""

import numpy as np

TABLE_RATE_HZ = 48_000
SHELF = (np.array([1.53512485958697, -2.69169618940638, 1.19839281085285]),
         np.array([1.0, -1.69065929318241, 0.73248077421585]))
HIGH_PASS = (np.array([1.0, -2.0, 1.0]), np.array([1.0, -1.99004745483398, 0.99007225036621]))


def moved(roots, scale):
    s = scale * (roots - 1) / (roots + 1)
    return (1 + s) / (1 - s)


def scale_of(poles, rate_hz):
    """How much further up the analogue axis a corner of these poles lies at another rate."""
    s = abs((poles[0] - 1) / (poles[0] + 1))
    corner_hz = np.arctan(s) * TABLE_RATE_HZ / np.pi
    return np.tan(np.pi * corner_hz / rate_hz) / s


def shelf(rate_hz):
    b, a = SHELF
    scale = scale_of(np.roots(a), rate_hz)
    new_a = np.real(np.poly(moved(np.roots(a), scale)))
    new_b = np.real(np.poly(moved(np.roots(b), scale)))
    # The shelf leaves the lowest frequencies as they are.
    return new_b * new_a.sum() / new_b.sum(), new_a


def high_pass(rate_hz):
    b, a = HIGH_PASS
    poles = np.roots(a)
    # The numerator is 1, -2, 1 as printed, at every rate.
    return b, np.real(np.poly(moved(poles, scale_of(poles, rate_hz))))


def sections(rate_hz):
    """The sections as (b, a), the table itself where that is for this rate."""
    if rate_hz == TABLE_RATE_HZ:
        return [SHELF, HIGH_PASS]
    return [shelf(rate_hz), high_pass(rate_hz)]
