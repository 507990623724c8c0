"""Risk: three-point cost lines as beta-PERT distributions, and the spread of their total.

A line is low, likely and high, in any one money unit; low = likely = high is a line without risk. Shares and
probabilities are fractions. The contingency at confidence p is the p-quantile of the total less the sum of
the likely values (GAO Cost Estimating and Assessment Guide, GAO-20-195G). Quantiles of lines do not add up to
the quantile of their sum unless the lines move together, hence the simulation and its correlation.
"""

from __future__ import annotations

import numpy as np

from carecost.model.native import Quantity, native

# A beta quantile as a function of a standard normal, in 256 straight pieces per standard deviation, is off by
# less than 5e-7 of the line's range. Beyond 8 deviations lies one run in 10^15.
_EDGE = 8
_PER_DEVIATION = 256
# Runs drawn at a time: they and their line stay in the processor's cache.
_CHUNK = 1 << 16


def pert_mean(low: Quantity, likely: Quantity, high: Quantity, weight: Quantity = 4) -> Quantity:
    """Mean of a beta-PERT line, in the line's unit; ``weight`` (lambda) is the pull of the likely value.

    >>> float(pert_mean(80, 100, 150))
    105.0
    """
    return (low + weight * likely + high) / (weight + 2)


def pert_variance(low: Quantity, likely: Quantity, high: Quantity, weight: Quantity = 4) -> Quantity:
    """Variance of a beta-PERT line, in the line's unit squared.

    >>> round(float(pert_variance(80, 100, 150)), 9)
    160.714285714
    """
    mean = pert_mean(low, likely, high, weight)
    return (mean - low) * (high - mean) / (weight + 3)


def pert_quantile(
    low: Quantity, likely: Quantity, high: Quantity, p: Quantity, weight: Quantity = 4
) -> Quantity:
    """Value of a beta-PERT line not exceeded with probability p, in the line's unit.

    >>> round(float(pert_quantile(80, 100, 150, 0.80)), 9)
    116.258796408
    """
    alpha, beta = pert_shape(low, likely, high, weight)
    return low + (high - low) * beta_quantile(p, alpha, beta)


@native("BETA.INV")
def beta_quantile(p: Quantity, alpha: Quantity, beta: Quantity) -> Quantity:
    """Value between 0 and 1 that a beta variate does not exceed with probability p.

    >>> round(float(beta_quantile(0.25, 1, 2)), 12)
    0.133974596216
    """
    from scipy.special import betaincinv

    return betaincinv(alpha, beta, p)


def pert_shape(
    low: Quantity, likely: Quantity, high: Quantity, weight: Quantity = 4
) -> tuple[Quantity, Quantity]:
    """Return alpha and beta of the beta distribution of (line - low) / (high - low).

    >>> [round(float(shape), 9) for shape in pert_shape(80, 100, 150)]
    [2.142857143, 3.857142857]
    """
    width = np.subtract(high, low)
    # Any shape will do for a line without width: it is multiplied by zero.
    position = np.subtract(likely, low) / np.where(width > 0, width, 1.0)
    return 1 + weight * position, 1 + weight * (1 - position)


def simulated_totals(
    low: Quantity,
    likely: Quantity,
    high: Quantity,
    correlation: float = 0.0,
    runs: int = 10_000,
    seed: int = 1,
    weight: float = 4,
) -> Quantity:
    """Totals of several beta-PERT lines (one-dimensional low, likely, high), shape (runs,), in their unit.

    Each line follows a standard normal z_i = sqrt(rho) z_0 + sqrt(1 - rho) e_i (a Gaussian copula with one
    common factor), so that two lines correlate by rho, 0 to 1, before the bend into beta shapes. The factor
    and every line have their own stream of the seed: a line added at the end leaves the others' draws alone.

    >>> simulated_totals([5, 1], [5, 1], [5, 1], runs=3).tolist()
    [6.0, 6.0, 6.0]
    """
    low, likely, high = np.broadcast_arrays(*(np.atleast_1d(value) for value in (low, likely, high)))
    curves = _quantile_curves(*pert_shape(low, likely, high, weight)) * (high - low)[:, None]
    shared, *own = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(len(low) + 1))
    totals = np.full(runs, float(np.sum(low)))
    for start in range(0, runs, _CHUNK):
        chunk = totals[start : start + _CHUNK]
        common = np.sqrt(correlation) * shared.standard_normal(chunk.size)
        for curve, stream in zip(curves, own, strict=True):
            chunk += _along(curve, common + np.sqrt(1 - correlation) * stream.standard_normal(chunk.size))
    return totals


def total_quantile(
    low: Quantity,
    likely: Quantity,
    high: Quantity,
    p: Quantity,
    correlation: float = 0.0,
    runs: int = 10_000,
    seed: int = 1,
    weight: float = 4,
) -> Quantity:
    """Value that the total of the lines does not exceed with probability p, simulated; the shape is p's.

    Linear interpolation between the ordered runs. The same arguments give the same answer.

    >>> lines = [550_000, 20_000, 5_000], [600_000, 24_000, 12_000], [720_000, 35_000, 30_000]
    >>> bool(675_000 < total_quantile(*lines, 0.80) < 682_000)
    True
    """
    return np.quantile(simulated_totals(low, likely, high, correlation, runs, seed, weight), p)


def total_quantiles(
    low: Quantity,
    likely: Quantity,
    high: Quantity,
    p: Quantity,
    correlation: Quantity,
    runs: Quantity,
    seed: Quantity,
) -> Quantity:
    """The same for many cells, in their common shape; each different setting is simulated once.

    >>> total_quantiles([5, 1], [5, 1], [5, 1], [0.5, 0.8], 0, 10, 1).tolist()
    [6.0, 6.0]
    """
    p, correlation, runs, seed = np.broadcast_arrays(p, correlation, runs, seed)
    every = np.stack([correlation, runs, seed], axis=-1).reshape(-1, 3)
    settings, place = np.unique(every, axis=0, return_inverse=True)
    place = place.reshape(p.shape)
    quantiles = np.empty(p.shape)
    for number, (rho, count, start) in enumerate(settings):
        here = place == number
        quantiles[here] = total_quantile(low, likely, high, p[here], rho, int(count), int(start))
    return quantiles


def draws(lines: int, correlation: Quantity, runs: Quantity, seed: Quantity) -> float:
    """How many random numbers that takes.

    >>> draws(3, 0, 10_000, [1, 1, 2])
    60000.0
    """
    settings = np.stack(np.broadcast_arrays(correlation, runs, seed), axis=-1).reshape(-1, 3)
    return float(lines * np.unique(settings, axis=0)[:, 1].sum())


def _quantile_curves(alpha: Quantity, beta: Quantity) -> Quantity:
    """Beta quantiles at evenly spaced standard normals, shape (lines, points), rising along each line."""
    from scipy.special import betainccinv, betaincinv, ndtr

    z = np.linspace(-_EDGE, 0, _EDGE * _PER_DEVIATION + 1)
    tail = ndtr(z)
    lower = betaincinv(alpha[:, None], beta[:, None], tail)
    # The upper half from the small tail too: 1 - tail has no digits left for it.
    upper = betainccinv(alpha[:, None], beta[:, None], tail[-2::-1])
    return np.concatenate([lower, upper], axis=1)


def _along(curve: Quantity, z: Quantity) -> Quantity:
    """Read a curve at standard normals z; even spacing finds the piece without a search."""
    place = np.clip((z + _EDGE) * _PER_DEVIATION, 0, len(curve) - 1.000001)
    piece = place.astype(np.intp)
    left = curve[piece]
    return left + (place - piece) * (curve[piece + 1] - left)
