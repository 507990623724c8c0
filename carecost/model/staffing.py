"""Work and people: handling hours from contacts, and the staff that work needs."""

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity

MINUTES_HOUR = FIXED["minutes_hour"]


def workload(contacts: Quantity, aht_min: Quantity, concurrency: Quantity) -> Quantity:
    """Handling hours for a number of contacts.

    ``aht_min`` is minutes of handle time per contact, ``concurrency`` the contacts an agent handles
    at once. If ``aht_min`` is work time, concurrency is 1; if it is elapsed time, divide.

    >>> workload(4000, 6, 1)
    400.0
    """
    return contacts * aht_min / MINUTES_HOUR / concurrency


def fte(
    workload_hours: Quantity, shrinkage: Quantity, occupancy: Quantity, hours_month: Quantity
) -> Quantity:
    """FTE for a month's handling hours, not rounded.

    ``shrinkage`` and ``occupancy`` are shares, ``hours_month`` paid hours per FTE. Says nothing about
    service level: that is the queue functions' part.

    >>> fte(1100, 0.35, 1.0, 160)  # Integra's example, which leaves occupancy out
    10.576923076923077
    """
    return workload_hours / occupancy / (1 - shrinkage) / hours_month
