"""The one integral behind Erlang B and Erlang A, right to 12 digits for a hundred thousand agents.

    integral of exp(rate * (1 - exp(-s)) - power * s) ds,    rate >= 0, power >= 1

is an incomplete gamma function in disguise. Over s < 0 it is the reciprocal of Erlang B; over s > 0, s being
time in units of patience, it is the virtual wait of Erlang A (Mandelbaum & Zeltyn 2005). Powers, factorials
and differences of gamma functions overflow or cancel. The integrand does neither: it has one smooth hump, so
Gauss-Legendre points laid around the hump, with exponents measured from its top, give full precision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from carecost.model.native import Quantity

# Beyond the places where the integrand has fallen to exp(-38) of its top, nothing reaches the last digit.
_DROP = 38.0
_ROOTS, _ROOT_WEIGHTS = np.polynomial.legendre.leggauss(56)
_NODES, _WEIGHTS = (1 + _ROOTS) / 2, _ROOT_WEIGHTS / 2
# 1,024 cells of 56 points stay in the processor's cache; a million cells at once would take gigabytes.
_BLOCK = 1024


class Hump(NamedTuple):
    """The integrand around its top: exp(height + slope * r - curve * (r - 1 + exp(-r))), r = s - top."""

    top: Quantity
    height: Quantity
    slope: Quantity
    curve: Quantity


def in_blocks(measure: Callable[..., Any]) -> Callable[..., Any]:
    """Broadcast the arguments and run a measure of flat arrays, last axis the cells, a block at a time.

    >>> in_blocks(lambda load, agents: load / agents)([[3.0], [6.0]], [4, 8]).tolist()
    [[0.75, 0.375], [1.5, 0.75]]
    """

    @wraps(measure)
    def blocked(*arguments: Quantity) -> Quantity:
        cells = np.broadcast_arrays(*(np.asarray(argument, dtype=float) for argument in arguments))
        flat = [cell.ravel() for cell in cells]
        starts = range(0, max(cells[0].size, 1), _BLOCK)
        parts = [measure(*(cell[start : start + _BLOCK] for cell in flat)) for start in starts]
        joined = np.concatenate(parts, axis=-1)
        return joined.reshape(joined.shape[:-1] + cells[0].shape)[()]

    return blocked


def hump(power: Quantity, rate: Quantity, gap: Quantity, side: Callable[..., Any]) -> Hump:
    """Locate the top of the integrand on one side of zero: ``side`` is np.maximum (s > 0) or np.minimum.

    ``gap`` is power - rate; near a full load the difference of the two would keep no digits, so the caller
    forms it. ``rate`` must not be zero.

    >>> float(hump(1.0, np.e, 1 - np.e, np.maximum).top)
    1.0
    """
    near = 2 * np.abs(gap) < power
    peak = np.where(near, np.log1p(-np.where(near, gap, 0.0) / power), np.log(rate / power))
    top = side(peak, 0.0)
    inside = top == peak
    return Hump(
        top=top,
        height=np.where(inside, power * _bend(-np.where(inside, peak, 0.0)), 0.0),
        slope=np.where(inside, 0.0, -gap),
        curve=np.where(inside, power, rate),
    )


def points(around: Hump, start: Quantity, stop: Quantity) -> tuple[Quantity, Quantity]:
    """Points s and their masses, shape (cells, 56); the masses sum to the integral divided by exp(height).

    ``start`` and ``stop`` enclose zero; they may be infinite. Where the hump has one steep side and one long
    tail the points lean towards the steep side; evenly spread they would leave it with six digits.

    >>> exponential = hump(np.array([2.0]), np.array([1e-300]), np.array([2.0]), np.maximum)
    >>> s, mass = points(exponential, 0.0, np.inf)
    >>> round(float(mass.sum()), 12), round(float((mass * s).sum()), 12)
    (0.5, 0.25)
    """
    edge = np.minimum(around.top, stop)
    left = np.maximum(start, edge - _reach_left(around, edge - around.top))
    right = np.maximum(left, np.minimum(stop, around.top + _reach_right(around)))
    width = right - left
    lean = 0.8 * ((right - edge) - (edge - left)) / np.where(width > 0, width, 1.0)
    place = _NODES - lean[:, None] * _NODES * (1 - _NODES)
    share = _WEIGHTS * (1 - lean[:, None] * (1 - 2 * _NODES))
    s = left[:, None] + width[:, None] * place
    r = s - around.top[:, None]
    density = np.exp(around.slope[:, None] * r - around.curve[:, None] * _bend(r))
    return s, density * (width[:, None] * share)


def _reach_left(around: Hump, edge: Quantity) -> Quantity:
    """How far left of an edge (relative to the top) the integrand has surely dropped out of sight.

    It falls by slope * d + curve * (exp(d) - 1 - d) over a distance d, at least as fast as the parabola and,
    further out, as the exponential.
    """
    curve = around.curve * np.exp(-edge)
    slope = np.maximum(around.slope + curve - around.curve, 0.0)
    parabola = 2 * _DROP / (slope + np.sqrt(slope**2 + 2 * curve * _DROP))
    return np.minimum(parabola, np.log1p(_DROP / curve + parabola))


def _reach_right(around: Hump) -> Quantity:
    """How far right of the top it has surely dropped out of sight, as r - 1 + exp(-r) >= r^2 / (2 + r)."""
    falling = np.maximum(-around.slope, 0.0)
    power = around.curve + falling
    half = falling - _DROP / 2
    root = np.sqrt(half**2 + 2 * _DROP * power) + np.abs(half)
    # The root of power * r^2 + 2 * half * r = 2 * _DROP, in the form that does not cancel.
    return np.where(half > 0, 2 * _DROP / root, root / power)


def _bend(r: Quantity) -> Quantity:
    """Return r - 1 + exp(-r), by its series near zero where the three terms cancel."""
    small = np.abs(r) < 0.05
    q = np.where(small, r, 0.0)
    series = 1 / 5040 - q * (1 / 40320 - q / 362880)
    series = 1 / 2 - q * (1 / 6 - q * (1 / 24 - q * (1 / 120 - q * (1 / 720 - q * series))))
    return np.where(small, q * q * series, r + np.expm1(-r))
