"""Churn to revenue: what keeping customers is worth, month by month."""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity

MONTHS_YEAR = FIXED["months_year"]


def weight(month: Quantity, lag: Quantity, ramp: Quantity) -> Quantity:
    """Share of the full effect in a month: 0 through the lag, then a straight ramp to 1.

    ``lag`` and ``ramp`` are months; with no ramp the effect is full from the month after the lag.

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
