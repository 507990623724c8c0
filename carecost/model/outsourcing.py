"""Outsourcing: what a vendor's price comes to per month, per productive hour and over the term."""

import numpy as np

from carecost.model.cashflow import discount_factor
from carecost.model.fixed import FIXED
from carecost.model.labor import price_level
from carecost.model.native import Quantity, native, size_of, spelled

MINUTES_HOUR = FIXED["minutes_hour"]


def billed_usage(units: Quantity, rate: Quantity, minimum: Quantity, premium: Quantity) -> Quantity:
    """Money for a month's units at a rate with premiums, at least the minimum commitment.

    ``units`` are what the rate is per: seats, hours, minutes, contacts or resolutions. ``premium`` is a list
    of shares, for instance for nights and for a dedicated team; they multiply.

    >>> round(float(billed_usage(12, 2000, 0, np.array([0.15, 0.10]))), 6)
    30360.0
    >>> float(billed_usage(12, 2000, 25000, np.array([])))
    25000.0
    """
    return np.maximum(units * rate * np.prod(1 + premium), minimum)


def productive_hour_price(
    rate: Quantity,
    model: Quantity,
    shrinkage: Quantity,
    occupancy: Quantity,
    aht_min: Quantity,
    fcr: Quantity,
    hours_month: Quantity,
    concurrency: Quantity,
) -> Quantity:
    """Money per productive hour, the one basis on which quotes of every kind compare.

    ``model`` is what ``rate`` is per: a ``seat`` and month, a ``paid`` or ``productive`` hour, a handled
    ``minute``, a ``contact`` or a ``resolved`` contact. Shrinkage and occupancy are the vendor's.

    >>> round(float(productive_hour_price(12, "paid", 0.30, 0.85, 6, 0.75, 2080 / 12, 1)), 2)
    17.14
    """
    contacts_hour = MINUTES_HOUR / aht_min * concurrency * occupancy
    paid = np.where(model == "seat", rate / hours_month, rate) / (1 - shrinkage)
    handled = np.where(model == "minute", MINUTES_HOUR * occupancy, contacts_hour) * rate
    handled = np.where(model == "resolved", handled * fcr, handled)
    by_time = (model == "seat") | (model == "paid")
    return np.where(by_time, paid, np.where(model == "productive", rate, handled))


def _months_formula(excel: Quantity, term: Quantity, indexation: Quantity, discount: Quantity) -> Quantity:
    month = excel("SEQUENCE", term)
    return excel("SUM", price_level(indexation, month, "step") * discount_factor(discount, month))


@spelled(_months_formula)
def months_of_fees(term: Quantity, indexation: Quantity, discount: Quantity) -> Quantity:
    """What all month-end fees of the term are worth at its start, in fees of the first month.

    ``term`` is whole months; the fee steps by ``indexation`` at each anniversary.

    >>> round(float(months_of_fees(24, 0.10, 0.0)), 9), round(float(months_of_fees(12, 0.0, 0.10)), 9)
    (25.2, 11.400487829)
    """
    worth: Quantity = 0.0
    for month in range(1, int(np.max(term)) + 1):
        fee = price_level(indexation, month, "step") * discount_factor(discount, month)
        worth = worth + (month <= term) * fee
    return worth


def _shortfall_formula(
    excel: Quantity, ramp: Quantity, term: Quantity, indexation: Quantity, discount: Quantity
) -> Quantity:
    month = excel("SEQUENCE", size_of(ramp))
    fee = price_level(indexation, month, "step") * discount_factor(discount, month)
    return excel("SUM", (1 - ramp) * np.where(month <= term, fee, 0))


@spelled(_shortfall_formula)
def ramp_shortfall(ramp: Quantity, term: Quantity, indexation: Quantity, discount: Quantity) -> Quantity:
    """What a ramp takes off ``months_of_fees``.

    ``ramp`` is the share of the fee that is billed in each of the first months, a list; later ones are full.

    >>> round(float(ramp_shortfall(np.array([0.5, 0.75, 0.9]), 12, 0.0, 0.0)), 9)
    0.85
    """
    worth: Quantity = 0.0
    for month, share in enumerate(ramp[: int(np.max(term))], start=1):
        fee = price_level(indexation, month, "step") * discount_factor(discount, month)
        worth = worth + (month <= term) * (1 - share) * fee
    return worth


def total_cost(
    monthly_fee: Quantity,
    term: Quantity,
    setup: Quantity,
    ramp: Quantity,
    credit: Quantity,
    indexation: Quantity,
    client_cost: Quantity,
    exit_cost: Quantity,
    discount: Quantity,
) -> Quantity:
    """Cost over the term in whole months, in money of its start; without discount, plainly what is paid.

    Setup comes at the start, fees and the client's own cost (not indexed) at each month's end, exit cost
    at the end of the term.

    >>> ramp = np.array([0.5, 0.75, 0.9])
    >>> round(float(total_cost(24000, 12, 15000, ramp, 0.0, 0.0, 0.0, 0.0, 0.0)), 6)
    282600.0
    """
    fees = months_of_fees(term, indexation, discount) - ramp_shortfall(ramp, term, indexation, discount)
    return (
        setup
        + monthly_fee * (1 - credit) * fees
        + client_cost * months_of_fees(term, 0, discount)
        + exit_cost * discount_factor(discount, term)
    )


def _credits_formula(
    excel: Quantity,
    fees: Quantity,
    attained: Quantity,
    target: Quantity,
    credit: Quantity,
    consecutive: Quantity,
    cap: Quantity,
) -> Quantity:
    month = excel("SEQUENCE", size_of(attained))
    other = excel("SEQUENCE", 1, size_of(attained))
    missed = np.where(attained < target, 1, 0)
    # Misses among this month and those before it: as many as months looked at, or the row is broken.
    row = excel("MMULT", (month >= other) * (month - other < consecutive), missed)
    due = np.where(row == consecutive, fees * credit, 0)
    room = cap - excel("MMULT", np.where(month > other, 1, 0), due)
    return np.where(np.isfinite(cap), np.where(due < room, due, np.where(room > 0, room, 0)), due)


@spelled(_credits_formula)
def service_credits(
    fees: Quantity,
    attained: Quantity,
    target: Quantity,
    credit: Quantity,
    consecutive: Quantity,
    cap: Quantity,
) -> Quantity:
    """Money credited month by month: from the ``consecutive``-th miss in a row on, a share of the fee.

    ``fees`` and ``attained`` are months in order, or one fee for all of them; ``cap`` is the most that is
    credited in all (NaN: no cap). Not to be planned as a saving: it pays for a failure.

    >>> attained = np.array([0.82, 0.78, 0.76, 0.81, 0.79, 0.77])
    >>> service_credits(np.array([24000.0]), attained, 0.80, 0.035, 2, 1000.0).round(9).tolist()
    [0.0, 0.0, 840.0, 0.0, 0.0, 160.0]
    """
    month = np.arange(1, len(attained) + 1)
    missed = attained < target
    last_good = np.maximum.accumulate(np.where(missed, 0, month))
    due = np.where(missed & (month - last_good >= consecutive), fees * credit, 0.0)
    room = np.where(np.isfinite(cap), cap, np.inf) - (np.cumsum(due) - due)
    return np.maximum(np.minimum(due, room), 0)


@native("COLUMNS")
def columns_of(table: Quantity) -> Quantity:
    """How many columns a table has; a plain list is one column.

    >>> columns_of(np.array([[1.0, 2.0, 3.0]])), columns_of(np.array([1.0, 2.0, 3.0]))
    (3, 1)
    """
    return np.size(table) // len(table)


def _best_formula(excel: Quantity, table: Quantity, direction: Quantity) -> Quantity:
    # Each column sorted on its own: its smallest value is in the first row, its largest in the last.
    rows = excel("ROWS", table)
    values = excel("TOCOL", table, 0, True)
    column = np.floor((excel("SEQUENCE", rows * excel("COLUMNS", table)) - 1) / rows)
    rising = excel("WRAPCOLS", excel("SORTBY", values, column, 1, values, 1), rows)
    wanted = excel("TOROW", direction)
    return np.where(wanted == "high", excel("TAKE", rising, -1), excel("TAKE", rising, 1))


@spelled(_best_formula)
def best(table: Quantity, direction: Quantity) -> Quantity:
    """The best value of each criterion (column): the highest or the lowest, as ``direction`` says.

    >>> best(np.array([[22.5, 0.80], [19.0, 0.72]]), np.array(["low", "high"])).tolist()
    [19.0, 0.8]
    """
    table = table.reshape(len(table), -1)
    return np.where(direction == "high", table.max(axis=0), table.min(axis=0))


def _ratio(high: Quantity, table: Quantity, top: Quantity) -> Quantity:
    part: Quantity = np.where(high, table, top)
    return part / np.where(high, top, table)


def _scores_formula(excel: Quantity, table: Quantity, weights: Quantity, direction: Quantity) -> Quantity:
    ratio = _ratio(excel("TOROW", direction) == "high", table, best(table, direction))
    return 100 * excel("MMULT", ratio, weights)


@spelled(_scores_formula)
def scores(table: Quantity, weights: Quantity, direction: Quantity) -> Quantity:
    """Points of 100 for each option (row): its ratio to the best of each criterion (column), weighted.

    ``direction`` says ``high`` or ``low`` per criterion. Ratio-to-best depends on who else bids.

    >>> table = np.array([[22.5, 0.80, 0.88], [19.0, 0.72, 0.84]])
    >>> scores(table, np.array([0.5, 0.3, 0.2]), np.array(["low", "high", "high"])).round(6).tolist()
    [92.222222, 96.090909]
    """
    top, table = best(table, direction), table.reshape(len(table), -1)
    return 100 * (_ratio(direction == "high", table, top) @ weights)
