"""Licenses, telephony, messages, AI and recordings: money per month, positive."""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity

MB_PER_MIN = FIXED["recording_mb_min"]
MB_GB = FIXED["mb_gb"]


def messages(contacts: Quantity, share: Quantity, rate: Quantity) -> Quantity:
    """Money for something billed per piece: ``share`` pieces per contact at ``rate`` each.

    >>> messages(10000, 0.6, 0.005)
    30.0
    """
    return contacts * share * rate


def storage(
    minutes_month: Quantity,
    gb_month_price: Quantity,
    retention_months: Quantity,
    month: Quantity,
    mb_per_min: Quantity = MB_PER_MIN,
) -> Quantity:
    """Money in one month for recordings kept, at this month's volume.

    Month 1 keeps one month of recordings, and so on up to ``retention_months``.

    >>> round(float(storage(24000, 0.023, 3, 1)), 5), round(float(storage(24000, 0.023, 3, 12)), 5)
    (0.26496, 0.79488)
    """
    return minutes_month * mb_per_min / MB_GB * np.minimum(month, retention_months) * gb_month_price
