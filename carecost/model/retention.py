"""Churn to revenue: what keeping customers is worth, month by month, and when it has paid back.

``lag`` and ``ramp`` are months: nothing through the lag, then a straight rise to the full effect. Two methods:
``runrate`` counts the full yearly effect in twelfths; ``cohort`` builds it up as the ledger will show it,
each month saving a twelfth of the yearly cut and keeping that revenue from then on.
"""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, spelled

MONTHS_YEAR = FIXED["months_year"]
# A case counts as level when it is this close, as a share of all that is spent: sums of cents leave dust.
DUST = 1e-12


def weight(month: Quantity, lag: Quantity, ramp: Quantity) -> Quantity:
    """Share of the full effect in a month: 0 through the lag, then a straight ramp to 1.

    With no ramp the effect is full from the month after the lag.

    >>> [float(weight(month, 3, 3)) for month in (3, 4, 5, 6, 12)]
    [0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 1.0]
    >>> [float(weight(month, 3, 0)) for month in (3, 4)]
    [0.0, 1.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # a ramp of 0 takes the other branch
        ramped = np.clip(np.divide(month - lag, ramp), 0, 1)
    return np.where(ramp > 0, ramped, np.where(month > lag, 1, 0))


def run_rate(arr: Quantity, churn_cut: Quantity) -> Quantity:
    """Revenue kept in one month once the yearly cut is fully at work.

    ``arr`` is money a year, ``churn_cut`` percentage points of it a year.

    >>> run_rate(15_000_000, 0.01)  # Dignifi: 150,000 a year
    12500.0
    """
    return arr * churn_cut / MONTHS_YEAR


def months_at_full(months: Quantity, lag: Quantity, ramp: Quantity, method: Quantity) -> Quantity:
    """How many months of the full run rate the first ``months`` months are worth.

    The sum of ``weight`` over the months (``runrate``), or of its running sum in twelfths (``cohort``).

    >>> float(months_at_full(12, 3, 3, "runrate")), float(months_at_full(12, 0, 0, "cohort"))
    (8.0, 6.5)
    """
    quiet = np.minimum(np.floor(lag), months)
    after = months - quiet
    rising = np.minimum(np.floor(lag + ramp), months) - quiet
    # Of the months after the quiet ones, counted v = 1, 2, ..., the first `rising` weigh (v - late) / ramp.
    late = lag - quiet
    slope = np.where(ramp > 0, 1 / np.where(ramp > 0, ramp, 1), 0)
    plain = (_sum_to(rising) - late * rising) * slope + after - rising
    by_age = (_squares_to(rising) - late * _sum_to(rising)) * slope + _sum_to(after) - _sum_to(rising)
    return np.where(method == "cohort", ((after + 1) * plain - by_age) / MONTHS_YEAR, plain)


def _sum_to(count: Quantity) -> Quantity:
    return count * (count + 1) / 2


def _squares_to(count: Quantity) -> Quantity:
    return count * (count + 1) * (2 * count + 1) / 6


def break_even_cut(spent: Quantity, kept_at_full_cut: Quantity) -> Quantity:
    """Points of yearly revenue that churn must fall for the case to be level; the value is linear in them.

    ``spent`` is money over the months, ``kept_at_full_cut`` the gross profit kept were the cut 100 points.

    >>> break_even_cut(60_000 + 2_500 * 12, 15_000_000 * 0.8 / 12 * 8)
    0.01125
    """
    return spent / kept_at_full_cut


def _payback_formula(
    excel: Quantity,
    invest: Quantity,
    run_month: Quantity,
    kept_month: Quantity,
    lag: Quantity,
    ramp: Quantity,
    method: Quantity,
    horizon: Quantity,
) -> Quantity:
    month, across = excel("SEQUENCE", horizon), excel("SEQUENCE", 1, horizon)
    weights = np.where(month <= lag, 0, np.where(month < lag + ramp, (month - lag) / ramp, 1))
    own = np.where(month == across, 1, 0)
    so_far = np.where(month >= across, 1, 0)
    counted = np.where(method == "cohort", so_far / MONTHS_YEAR, own)
    flow = kept_month * excel("MMULT", counted, weights) - run_month
    after = excel("MMULT", so_far, flow) - invest
    level = -DUST * (invest + run_month * horizon)
    # Every month below the level counts in full, the one that comes back to it in part.
    part = np.where(after - flow < level, (flow - after) / flow, 0)
    found = excel("SUM", np.where(after < level, 1, part))
    return np.where(excel("SUM", np.where(after < level, 1, 0)) == horizon, np.nan, found)


@spelled(_payback_formula)
def payback(
    invest: Quantity,
    run_month: Quantity,
    kept_month: Quantity,
    lag: Quantity,
    ramp: Quantity,
    method: Quantity,
    horizon: Quantity,
) -> Quantity:
    """Months until what is kept has paid for the investment and the running cost; NaN beyond the horizon.

    ``kept_month`` is the gross profit kept a month at full effect. Linear inside the month; 0 where the
    case is never below zero. What is kept a month never falls, so the running total, once level, stays so,
    and the month is found by halving.

    >>> round(float(payback(60_000, 2_500, 10_000, 3, 3, "runrate", 60)), 12)
    13.333333333333
    """
    level = -DUST * (invest + run_month * horizon)

    def balance(month: Quantity) -> Quantity:
        return kept_month * months_at_full(month, lag, ramp, method) - run_month * month - invest

    below, month = np.zeros(np.shape(level)), horizon + 1.0  # month: level by then, if at all
    for _ in range(int(np.max(horizon)).bit_length() + 1):
        middle = np.floor((below + month) / 2)
        is_level = (middle > 0) & (balance(middle) >= level)
        below, month = np.where(is_level, below, middle), np.where(is_level, middle, month)
    before, after = balance(month - 1), balance(month)
    with np.errstate(divide="ignore", invalid="ignore"):  # coming back from below needs a flow above zero
        inside = np.where(before < level, -before / (after - before), 0)
    return np.where(month > horizon, np.nan, month - 1 + inside)
