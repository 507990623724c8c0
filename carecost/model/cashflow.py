"""Time and money: discounting, payback and internal rate of return.

Flows are + for money in and - for money out. Month 0 is undiscounted; month t is discounted by
(1+r)^(-t/12) for a yearly rate r.
"""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, native, row_max, row_min, row_product_sum, spelled

MONTHS_YEAR = FIXED["months_year"]
# A running sum counts as zero when it is this close, as a share of all flows: sums of cents leave dust.
DUST = 1e-12


def discount_factor(annual_rate: Quantity, month: Quantity) -> Quantity:
    """Today's value of one unit of money in a month.

    >>> discount_factor(0.10, 0), round(discount_factor(0.10, 12), 12)
    (1.0, 0.909090909091)
    """
    return (1 + annual_rate) ** (-month / MONTHS_YEAR)


def payback_so_far(
    found: Quantity,
    month: Quantity,
    before: Quantity,
    after: Quantity,
    flow: Quantity,
    level: Quantity = 0,
) -> Quantity:
    """The moment, in months, at which a cumulative flow first comes back to zero from below.

    ``found`` is the answer of the month before (0: not yet), ``before`` and ``after`` the cumulative flow
    at the start and the end of this month, ``flow`` the month's own. Linear inside the month. ``level`` is
    what counts as zero.

    >>> float(payback_so_far(0.0, 9.0, -2000.0, 4000.0, 6000.0))
    8.333333333333334
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # coming back from below needs a flow above zero
        moment = month - 1 - np.divide(before, flow)
    return np.where(found > 0, found, np.where((before < level) & (after >= level), moment, 0))


@spelled(lambda excel, flows: excel("SEQUENCE", excel("ROWS", flows), 1, 0))
def periods(flows: Quantity) -> Quantity:
    """Count the periods of a list of flows: 0 for the first.

    >>> periods([-50.0, 30.0, 30.0]).tolist()
    [0, 1, 2]
    """
    return np.arange(len(flows))


def _npv_formula(
    excel: Quantity, flows: Quantity, annual_rate: Quantity, first: Quantity, per_year: Quantity
) -> Quantity:
    return excel("SUMPRODUCT", flows * (1 + annual_rate) ** (-(periods(flows) + first) / per_year))


@spelled(_npv_formula)
def npv(flows: Quantity, annual_rate: Quantity, first: Quantity, per_year: Quantity) -> Quantity:
    """Today's value of a list of flows, ``per_year`` of them a year, at an effective yearly rate.

    ``first`` is the period of the first flow: 0 today, 1 at the end of the first period (as Excel's NPV).

    >>> round(float(npv([-50_000] + [6_000] * 12, 0.10, 0, 12)), 8)
    18402.92697598
    """
    factor = (1 + annual_rate) ** (-1 / per_year)
    return np.polynomial.polynomial.polyval(factor, np.asarray(flows, dtype=float)) * factor**first


def _payback_formula(
    excel: Quantity, flows: Quantity, annual_rate: Quantity, per_year: Quantity, interpolate: Quantity
) -> Quantity:
    period = excel("SEQUENCE", excel("ROWS", flows), 1, 0)
    across = excel("SEQUENCE", 1, excel("ROWS", flows), 0)
    flow = flows * (1 + annual_rate) ** (-period / per_year)
    after = excel("MMULT", np.where(period >= across, 1, 0), flow)
    level = -DUST * excel("SUMPRODUCT", abs(flows))
    # The product, because AND would make one answer of the whole column; MIN of no number at all is 0.
    back = excel("IF", (after - flow < level) * (after >= level), period - 1 - (after - flow) / flow)
    found = excel("MIN", back)
    whole = np.where(interpolate, found, np.ceil(found - DUST))
    return np.where(excel("MIN", after) >= level, 0, np.where(found > 0, whole, np.nan))


@spelled(_payback_formula)
def payback(flows: Quantity, annual_rate: Quantity, per_year: Quantity, interpolate: Quantity) -> Quantity:
    """Periods from the first flow (period 0) until the running sum first comes back to zero from below.

    0 where it is never below zero, NaN where it does not come back. Flows are discounted at an effective
    yearly rate, ``per_year`` flows a year. Linear inside the period, or its end if not ``interpolate``.

    >>> round(float(payback([-50_000] + [6_000] * 12, 0.10, 12, True)), 12)
    8.658354398419
    """
    level = -DUST * np.sum(np.abs(flows))
    factor = (1 + annual_rate) ** (-1 / per_year)
    found, after, ever_below = 0.0, flows[0], flows[0] < level
    for period in range(1, len(flows)):
        before, flow = after, flows[period] * factor**period
        after = before + flow
        ever_below = ever_below | (after < level)
        found = payback_so_far(found, period, before, after, flow, level)
        if np.all(found > 0):
            break
    periods_needed = np.where(interpolate, found, np.ceil(found - DUST))
    return np.where(found > 0, periods_needed, np.where(ever_below, np.nan, 0))


def annual_rate(periodic_rate: Quantity, per_year: Quantity = MONTHS_YEAR) -> Quantity:
    """Effective yearly rate of a rate per period, ``per_year`` periods a year.

    >>> round(annual_rate(0.01), 12)
    0.126825030132
    """
    return (1 + periodic_rate) ** per_year - 1


def never_changes_sign(flows: Quantity) -> Quantity:
    """Whether all flows go one way: there is no rate of return then.

    >>> bool(never_changes_sign(np.array([-5.0, 0.0, -1.0])))
    True
    """
    return (row_min(flows) >= 0) | (row_max(flows) <= 0)


def changes_sign_often(flows: Quantity) -> Quantity:
    """Whether flows that go both ways change direction more than once: several rates may be right then.

    The last flow out lies after the first one in, and the last one in after the first one out.

    >>> [bool(changes_sign_often(np.array(flows))) for flows in ([-5.0, 0.0, 3.0, 4.0], [-5.0, 9.0, -3.0])]
    [False, True]
    """
    place = periods(flows)
    after_all = row_max(place) + 1
    last_out, last_in = row_max(np.where(flows < 0, place, -1)), row_max(np.where(flows > 0, place, -1))
    first_out = row_min(np.where(flows < 0, place, after_all))
    first_in = row_min(np.where(flows > 0, place, after_all))
    return (last_out > first_in) & (last_in > first_out)


@native("IRR")
def irr(flows: Quantity, guess: Quantity = None) -> Quantity:
    """Rate per period at which the flows (first axis: periods) are worth zero today.

    Meant for flows with exactly one change of sign, where that rate is unique; NaN where the flows
    never change sign, or where only a rate beyond -99.9994% or 16,275,379% a period would do. Solved in
    log(1+rate), all plans at once, by bisection and Newton steps. ``guess`` is where the search of a cell
    starts; this one needs none.

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
    settled = ~unique  # a plan's rate must not depend on how long its neighbors are searched for
    for _ in range(200):
        terms = scaled * np.exp(-periods * log_rate)
        value, slope = terms.sum(axis=0), -(periods * terms).sum(axis=0)
        below = (value > 0) != rises
        low, high = np.where(below, log_rate, low), np.where(below, high, log_rate)
        newton = log_rate - value / np.where(slope == 0, 1, slope)
        inside = (newton > low) & (newton < high) & (slope != 0)
        step = np.where(value == 0, log_rate, np.where(inside, newton, (low + high) / 2))
        done = np.abs(step - log_rate) <= 1e-15 * (1 + np.abs(log_rate))
        log_rate = np.where(settled, log_rate, step)
        settled |= done
        if np.all(settled):
            break
    return np.where(unique, np.expm1(log_rate), np.nan)


def irr_guess(flows: Quantity, place: Quantity) -> Quantity:
    """Rate per period near the IRR: all money out and all money in, each at its average period.

    ``place`` counts the periods of the flows. Exact for two flows; a search that starts here finds rates
    that are out of reach from Excel's own start, 10%.

    >>> round(float(irr_guess(np.array([-100.0, 0.0, 121.0]), np.arange(3))), 12)
    0.1
    """
    money_in, money_out = (flows > 0) * flows, (flows < 0) * -flows
    came, went = row_product_sum(money_in), row_product_sum(money_out)
    apart = row_product_sum(money_in, place) / came - row_product_sum(money_out, place) / went
    return (came / went) ** (1 / apart) - 1


def _value(flows: Quantity, periods: Quantity, log_rate: Quantity) -> Quantity:
    return (flows * np.exp(-periods * log_rate)).sum(axis=0)
