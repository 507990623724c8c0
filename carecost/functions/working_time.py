"""Parameters and limits of working time that several areas share: one default, one source each."""

import numpy as np

from carecost.functions.declare import Rule
from carecost.functions.parameter import Parameter, number, share
from carecost.model.fixed import FIXED

SHRINKAGE, OCCUPANCY = 0.30, 0.85
HOURS_MONTH = FIXED["hours_year"] / FIXED["months_year"]
# Longer than this someone has typed seconds.
LONGEST_AHT_MIN = 240


def shrinkage(
    help: str = "Share of paid time away from contacts: holidays, sickness, breaks, training",
) -> Parameter:
    """Shrinkage, below 100%."""
    return share(help, default=SHRINKAGE, below=1, source="Driveert and Deserve examples (range 25-35%)")


def occupancy(help: str = "Share of the time available for contacts that is spent in one") -> Parameter:
    """Occupancy, above 0."""
    return share(
        help, default=OCCUPANCY, above=0, source="Deserve example; top of the 75-85% that all guides give"
    )


def hours_month(help: str) -> Parameter:
    """Paid hours a month."""
    return number(
        "hours",
        help,
        default=HOURS_MONTH,
        above=0,
        source="payroll standard: 2080 / 12; the guides use 160 and 176",
    )


AHT_IN_SECONDS = Rule(
    "#NUM!",
    f"aht_min is above {LONGEST_AHT_MIN}: give it in minutes, not seconds",
    lambda aht_min: np.isfinite(aht_min) & (aht_min > LONGEST_AHT_MIN),
)
