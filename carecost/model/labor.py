"""What a person costs: fully loaded, to hire, per hour, per contact and per resolved contact."""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, total

MINUTES_HOUR = FIXED["minutes_hour"]
MONTHS_YEAR = FIXED["months_year"]


def cost_lines(
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> tuple[Quantity, ...]:
    """Yearly cost of one FTE: salary, on-cost, management, tools, facilities and replacing leavers.

    Management is a share of pay with on-cost; attrition is leavers a year over headcount. Ramp loss is
    not in it. Leave out what stands as a line of its own in a P&L.

    >>> cost_lines(48000, 0.30, 255, 150, 0.12, 0.30, 5000)
    (48000, 14400.0, 7488.0, 3060.0, 1800.0, 1500.0)
    """
    return (
        salary,
        salary * burden,
        salary * (1 + burden) * mgmt_overhead,
        MONTHS_YEAR * tools_month,
        MONTHS_YEAR * facilities_month,
        attrition * cost_per_hire,
    )


def fully_loaded(
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> Quantity:
    """Yearly cost of one FTE, money: the sum of its lines.

    >>> fully_loaded(48000, 0.30, 255, 150, 0.12, 0.30, 5000)
    76248.0
    """
    return total(
        cost_lines(salary, burden, tools_month, facilities_month, mgmt_overhead, attrition, cost_per_hire)
    )


def cost_per_graduate(
    training_hours: Quantity,
    hour_cost: Quantity,
    recruiting: Quantity,
    trainer_cost: Quantity,
    enablement: Quantity,
    training_attrition: Quantity,
) -> Quantity:
    """Money spent on starters for each one who completes training.

    >>> round(cost_per_graduate(60, 30, 800, 400, 1000, 0.15), 6)
    4705.882353
    """
    per_starter = recruiting + enablement + trainer_cost + training_hours * hour_cost
    return per_starter / (1 - training_attrition)


def ramp_loss(ramp: Quantity, hours_week: Quantity, hour_cost: Quantity) -> Quantity:
    """Pay for what a hire does not yet deliver, money: capacity, not cash.

    ``ramp`` is the proficiency in each week until full, a list of shares; empty means full from the start.

    >>> float(ramp_loss(np.array([0.25, 0.5, 0.75]), 40, 30))
    1800.0
    """
    return np.sum(1 - ramp) * hours_week * hour_cost


def cost_per_hour(
    annual_cost: Quantity, shrinkage: Quantity, occupancy: Quantity, basis: Quantity, hours_year: Quantity
) -> Quantity:
    """Money per ``paid``, ``productive`` (available for contacts) or ``handled`` (in a contact) hour.

    >>> [round(float(cost_per_hour(76248, 0.30, 0.85, basis, 2080)), 2) for basis in ("paid", "handled")]
    [36.66, 61.61]
    """
    paid = annual_cost / hours_year
    productive = paid / (1 - shrinkage)
    return np.where(basis == "paid", paid, np.where(basis == "handled", productive / occupancy, productive))


def cost_per_contact(
    handled_hour_cost: Quantity, aht_min: Quantity, concurrency: Quantity, extra: Quantity
) -> Quantity:
    """Money per contact; ``extra`` is usage paid per contact, such as telephone minutes.

    >>> cost_per_contact(60, 6, 1, 0.25)
    6.25
    """
    return handled_hour_cost * aht_min / MINUTES_HOUR / concurrency + extra


def cost_per_resolved(cost_contact: Quantity, fcr: Quantity, csat: Quantity, csat_ref: Quantity) -> Quantity:
    """Money per resolved issue, at the quality of a reference where both satisfaction shares are known.

    However likely an unresolved customer is to come back, contacts per resolved issue are 1 / FCR. The
    adjustment for satisfaction is a convention, not a law: show it beside the plain figure.

    >>> round(float(cost_per_resolved(8, 0.75, 0.82, 0.85)), 6), float(cost_per_resolved(6, 0.75, np.nan, 0.85))
    (11.056911, 8.0)
    """
    quality = np.where(np.isfinite(csat) & np.isfinite(csat_ref), csat_ref / csat, 1)
    return cost_contact / fcr * quality


def years_before(month: Quantity) -> Quantity:
    """Full years before a month, month 1 the first: what a rise at each anniversary counts.

    >>> [int(years_before(month)) for month in (1, 12, 13, 25)]
    [0, 0, 1, 2]
    """
    return np.floor((month - 1) / MONTHS_YEAR)


def price_level(annual_rate: Quantity, month: Quantity, mode: Quantity) -> Quantity:
    """Factor on a price of month 1: a ``step`` at each anniversary, or ``smooth`` month by month.

    >>> float(price_level(0.04, 13, "step")), round(float(price_level(0.04, 7, "smooth")), 9)
    (1.04, 1.019803903)
    """
    years = np.where(mode == "smooth", (month - 1) / MONTHS_YEAR, years_before(month))
    return (1 + annual_rate) ** years
