"""Licenses, telephony, messages, AI and recordings: money per month, positive."""

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, spelled

MB_PER_MIN = FIXED["recording_mb_min"]
MB_GB = FIXED["mb_gb"]

# 3GPP TS 23.038 and 23.040: a text message carries 140 bytes, GSM-7 characters take 7 bits and Unicode
# ones 16. In a longer message each segment gives 6 bytes to the header that joins it to the others.
ONE_SEGMENT, EACH_SEGMENT = 160, 153
ONE_SEGMENT_UNICODE, EACH_SEGMENT_UNICODE = 70, 67


def messages(contacts: Quantity, share: Quantity, rate: Quantity) -> Quantity:
    """Money for something billed per piece: ``share`` pieces per contact at ``rate`` each.

    >>> messages(10000, 0.6, 0.005)
    30.0
    """
    return contacts * share * rate


def segments(characters: Quantity, unicode: Quantity) -> Quantity:
    """Segments that a text message is billed as.

    ``characters`` counts GSM-7 characters (those of its extension, such as the euro sign, as two), or
    UTF-16 units once any character is outside GSM-7.

    >>> [int(segments(characters, False)) for characters in (160, 161, 306, 307)]
    [1, 2, 2, 3]
    >>> [int(segments(characters, True)) for characters in (70, 71, 134, 135)]
    [1, 2, 2, 3]
    """
    one = np.where(unicode, ONE_SEGMENT_UNICODE, ONE_SEGMENT)
    each = np.where(unicode, EACH_SEGMENT_UNICODE, EACH_SEGMENT)
    return np.where(characters <= one, 1, np.ceil(characters / each))


def telephony(
    contacts: Quantity,
    minutes_billed: Quantity,
    rate_min: Quantity,
    agents: Quantity,
    agent_month: Quantity,
) -> Quantity:
    """Money for calls and seats in one month.

    ``minutes_billed`` per contact are talk, queue and menu: less than handle time, as wrap-up is not billed.

    >>> telephony(4000, 4, 0.02, 0, 0)  # 5 minutes of handle time, 1 of them wrap-up
    320.0
    """
    return contacts * minutes_billed * rate_min + agents * agent_month


def license_fees(agents: Quantity, price_month: Quantity, months: Quantity, min_seats: Quantity) -> Quantity:
    """Money for seats over some months; at least ``min_seats`` are billed.

    >>> float(license_fees(10, 115, 12, 0)), float(license_fees(10, 115, 12, 25))
    (13800.0, 34500.0)
    """
    return np.maximum(agents, min_seats) * price_month * months


def with_reserve(fees: Quantity, reserve: Quantity, mode: Quantity) -> Quantity:
    """Money with the reserve: a share to ``add`` to the fees, or ``within`` the total that contains it.

    >>> float(with_reserve(800, 0.125, "add")), round(float(with_reserve(700, 0.125, "within")), 9)
    (900.0, 800.0)
    """
    return np.where(mode == "within", fees / (1 - reserve), fees * (1 + reserve))


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


def _next_tier(excel: Quantity, tier_from: Quantity, last: Quantity) -> Quantity:
    return excel("DROP", excel("VSTACK", tier_from, last), 1)


def _graduated_formula(excel: Quantity, quantity: Quantity, tier_from: Quantity, price: Quantity) -> Quantity:
    to = _next_tier(excel, tier_from, quantity)
    in_band = (quantity > tier_from) * (np.where(quantity < to, quantity, to) - tier_from)
    return excel("SUM", in_band * price)


@spelled(_graduated_formula)
def graduated(quantity: Quantity, tier_from: Quantity, price: Quantity) -> Quantity:
    """Money where each band is billed at its own price.

    ``tier_from`` is the quantity at which each band starts, ascending from 0; ``price`` its unit price.

    >>> float(graduated(120000, np.array([0, 50000, 100000]), np.array([0.02, 0.015, 0.01])))
    1950.0
    """
    to = np.append(tier_from[1:], np.inf)
    in_band = np.maximum(np.minimum(np.asarray(quantity)[..., None], to) - tier_from, 0)
    return in_band @ price


@spelled(lambda excel, quantity, tier_from, price: excel("LOOKUP", quantity, tier_from, price))
def tier_price(quantity: Quantity, tier_from: Quantity, price: Quantity) -> Quantity:
    """Unit price of the band that a quantity reaches.

    >>> float(tier_price(50000, np.array([0, 50000, 100000]), np.array([0.02, 0.015, 0.01])))
    0.015
    """
    return price[np.searchsorted(tier_from, quantity, side="right") - 1]


def _unordered_formula(excel: Quantity, tier_from: Quantity) -> Quantity:
    to = _next_tier(excel, tier_from, excel("MAX", tier_from) + 1)
    return excel("SUM", np.where(to <= tier_from, 1, 0)) > 0


@spelled(_unordered_formula)
def unordered(tier_from: Quantity) -> Quantity:
    """Whether the tiers do not rise from each to the next.

    >>> bool(unordered(np.array([0, 50000, 50000]))), bool(unordered(np.array([0])))
    (True, False)
    """
    return np.any(np.diff(tier_from) <= 0)
