"""Time and money: discounting, payback and internal rate of return.

Flows are + for money in and - for money out. Month 0 is undiscounted; month t is discounted by
(1+r)^(-t/12) for a yearly rate r.
"""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, native

MONTHS_YEAR = FIXED["months_year"]


def discount_factor(annual_rate: Quantity, month: Quantity) -> Quantity:
    """Today's value of one unit of money in a month.

    >>> discount_factor(0.10, 0), round(discount_factor(0.10, 12), 12)
    (1.0, 0.909090909091)
    """
    return (1 + annual_rate) ** (-month / MONTHS_YEAR)


def payback_so_far(
    found: Quantity, month: Quantity, before: Quantity, after: Quantity, flow: Quantity
) -> Quantity:
    """The moment, in months, at which a cumulative flow first comes back to zero from below.

    ``found`` is the answer of the month before (0: not yet), ``before`` and ``after`` the cumulative flow
    at the start and the end of this month, ``flow`` the month's own. Linear inside the month.

    >>> float(payback_so_far(0.0, 9.0, -2000.0, 4000.0, 6000.0))
    8.333333333333334
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # coming back from below needs a flow above zero
        moment = month - 1 - np.divide(before, flow)
    return np.where(found > 0, found, np.where((before < 0) & (after >= 0), moment, 0))


def annual_rate(monthly_rate: Quantity) -> Quantity:
    """Effective yearly rate of a monthly one.

    >>> round(annual_rate(0.01), 12)
    0.126825030132
    """
    return (1 + monthly_rate) ** MONTHS_YEAR - 1


@native("IRR")
def irr(flows: Quantity) -> Quantity:
    """Rate per period at which the flows (first axis: periods) are worth zero today.

    Meant for flows with exactly one change of sign, where that rate is unique; NaN where the flows
    never change sign, or where only a rate beyond -99.9994% or 16,275,379% a period would do. Solved in
    log(1+rate), all plans at once, by bisection and Newton steps.

    >>> round(float(annual_rate(irr(np.array([-50000.0] + [6000.0] * 12)))), 12)
    1.037489450222
    """
    flows = np.asarray(flows, dtype=float)
    periods = np.arange(len(flows)).reshape((-1,) + (1,) * (flows.ndim - 1))
    unique = (flows.min(axis=0) < 0) & (flows.max(axis=0) > 0)
    scaled = flows / np.where(unique, np.abs(flows).max(axis=0), 1)
    # 1+rate between e^-12 and e^12 a period covers every rate a budget can have and more.
    low, high = np.full(flows.shape[1:], -12.0), np.full(flows.shape[1:], 12.0)
    rises = _value(scaled, periods, low) < 0
    unique &= rises == (_value(scaled, periods, high) > 0)
    log_rate = np.zeros(flows.shape[1:])
    for _ in range(200):
        terms = scaled * np.exp(-periods * log_rate)
        value, slope = terms.sum(axis=0), -(periods * terms).sum(axis=0)
        below = (value > 0) != rises
        low, high = np.where(below, log_rate, low), np.where(below, high, log_rate)
        newton = log_rate - value / np.where(slope == 0, 1, slope)
        inside = (newton > low) & (newton < high) & (slope != 0)
        step = np.where(value == 0, log_rate, np.where(inside, newton, (low + high) / 2))
        done = np.abs(step - log_rate) <= 1e-15 * (1 + np.abs(log_rate))
        log_rate = step
        if np.all(done | ~unique):
            break
    return np.where(unique, np.expm1(log_rate), np.nan)


def _value(flows: Quantity, periods: Quantity, log_rate: Quantity) -> Quantity:
    return (flows * np.exp(-periods * log_rate)).sum(axis=0)
