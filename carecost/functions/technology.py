"""Technology: licenses, telephony, recordings, text messages and AI."""

import numpy as np

from carecost.functions.declare import Rule, care
from carecost.functions.parameter import flag, number, numbers, option, share, whole
from carecost.model import technology
from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, pick, size_of

AREA = "Technology"
MONTHS, RESERVE, RETENTION_MONTHS = 12, 0.125, 3
MB_PER_MIN = FIXED["recording_mb_min"]


@care(
    "CARE_TIERED",
    area=AREA,
    summary="Cost of a quantity under tiered prices: each band at its own price, or all units at the band reached.",
    returns="money",
    examples=[
        ("=CARE_TIERED(120000,{0;50000;100000},{0.02;0.015;0.01})", 1950),
        ('=CARE_TIERED(120000,{0;50000;100000},{0.02;0.015;0.01},"volume")', 1200),
    ],
    rules=[
        Rule(
            "#VALUE!",
            "tier_from and price are not of the same length: one price for each tier",
            lambda tier_from, price: size_of(tier_from) != size_of(price),
        ),
        Rule("#NUM!", "tier_from must start at 0", lambda tier_from: pick(tier_from, 1) != 0),
        Rule("#NUM!", "tier_from must rise from each tier to the next", technology.unordered),
    ],
)
def CARE_TIERED(
    quantity: Quantity = number("units", "What is billed: minutes, messages, users"),
    tier_from: Quantity = numbers("units", "Quantity at which each band starts, rising, the first 0", min=0),
    price: Quantity = numbers("money per unit", "Unit price of each band", min=0),
    mode: Quantity = option(
        "graduated: each band at its own price. volume: all units at the price of the band reached, so that "
        "the total can fall where a band starts",
        ("graduated", "volume"),
        default="graduated",
    ),
) -> Quantity:
    volume = quantity * technology.tier_price(quantity, tier_from, price)
    return np.where(mode == "volume", volume, technology.graduated(quantity, tier_from, price))


@care(
    "CARE_LICENSE_COST",
    area=AREA,
    summary="Cost of license seats over some months, with a reserve for integration and maintenance.",
    returns="money over the months",
    examples=[
        ("=CARE_LICENSE_COST(10,115)", 15525),
        ('=CARE_LICENSE_COST(10,115,,,,"within")', 15771.42857142857),
    ],
)
def CARE_LICENSE_COST(
    agents: Quantity = number("seats", "Seats; for concurrent licenses the most agents logged in at once"),
    price_month: Quantity = number("money per seat and month", "License with its add-ons"),
    months: Quantity = number("months", "Months that are paid", default=MONTHS),
    reserve: Quantity = share(
        "Reserve for integration and maintenance, of the software budget",
        default=RESERVE,
        below=1,
        source="Integra, midpoint of 10-15%",
    ),
    min_seats: Quantity = number("seats", "Seats that are billed at least", default=0),
    reserve_mode: Quantity = option(
        "add: the reserve is a share of the licenses. within: a share of the total that contains it",
        ("add", "within"),
        default="add",
    ),
) -> Quantity:
    fees = technology.license_fees(agents, price_month, months, min_seats)
    return technology.with_reserve(fees, reserve, reserve_mode)


@care(
    "CARE_TELEPHONY_COST",
    area=AREA,
    summary="Cost of calls and telephone seats in a month. Talk, queue and menu minutes are billed, wrap-up is not.",
    returns="money per month",
    examples=[("=CARE_TELEPHONY_COST(4000,5,0.02,0.5,1)", 520)],
)
def CARE_TELEPHONY_COST(
    contacts: Quantity = number("contacts per month", "Calls in the month"),
    talk_min: Quantity = number("minutes", "Talk and hold time of a call: handle time less wrap-up"),
    rate_min: Quantity = number("money per minute", "Price of a telephone minute"),
    queue_min: Quantity = number("minutes", "Mean time in the queue", default=0),
    ivr_min: Quantity = number("minutes", "Mean time in the voice menu", default=0),
    agents: Quantity = number("seats", "Telephone seats", default=0),
    agent_month: Quantity = number("money per seat and month", "Price of a telephone seat", default=0),
) -> Quantity:
    return technology.telephony(contacts, talk_min + queue_min + ivr_min, rate_min, agents, agent_month)


@care(
    "CARE_STORAGE_COST",
    area=AREA,
    summary="Cost of one month for call recordings kept, in a given month or once as many are deleted as added.",
    returns="money per month",
    examples=[
        ("=CARE_STORAGE_COST(24000,0.023)", 0.79488),
        ("=CARE_STORAGE_COST(24000,0.023,3,1)", 0.26496),
    ],
)
def CARE_STORAGE_COST(
    minutes_month: Quantity = number("minutes per month", "Minutes recorded in a month"),
    gb_month_price: Quantity = number("money per GB and month", "Price of storage"),
    retention_months: Quantity = number(
        "months", "Months that a recording is kept", default=RETENTION_MONTHS, source="Driveert, 90 days"
    ),
    month: Quantity = whole(
        "month", "Month since recording began, counted from 1. Blank: the steady state", default=None
    ),
    mb_per_min: Quantity = number(
        "MB per minute",
        "Size of a recorded minute; about 0.1 when compressed",
        default=MB_PER_MIN,
        source=MB_PER_MIN.source,
    ),
) -> Quantity:
    age = np.where(np.isfinite(month), month, retention_months)
    return technology.storage(minutes_month, gb_month_price, retention_months, age, mb_per_min)


@care(
    "CARE_SMS_COST",
    area=AREA,
    summary="Cost of text messages. A long message is billed as several segments.",
    returns="money",
    examples=[("=CARE_SMS_COST(10000,0.01)", 100), ("=CARE_SMS_COST(10000,0.01,200)", 200)],
)
def CARE_SMS_COST(
    messages: Quantity = number("messages", "Messages sent"),
    rate: Quantity = number("money per segment", "Price of one segment"),
    characters: Quantity = whole(
        "characters",
        "Length of a message. One segment holds 160 characters (70 Unicode), of several each holds 153 (67)",
        default=technology.ONE_SEGMENT,
    ),
    unicode: Quantity = flag(
        "TRUE once any character is outside GSM-7, as emoji or Cyrillic are", default=False
    ),
) -> Quantity:
    return technology.messages(messages, technology.segments(characters, unicode), rate)


@care(
    "CARE_AI_COST",
    area=AREA,
    summary="Cost of AI assistance that is billed per reply.",
    returns="money",
    examples=[("=CARE_AI_COST(10000,0.005,60%,3)", 90)],
)
def CARE_AI_COST(
    contacts: Quantity = number("contacts", "Contacts in the period"),
    rate: Quantity = number(
        "money per reply", "Price of an assisted reply, a classification or a resolution"
    ),
    share: Quantity = share("Share of the contacts that is assisted", default=1),
    replies: Quantity = number("replies per contact", "Assisted replies in each of them", default=1),
) -> Quantity:
    return technology.messages(contacts, share * replies, rate)
