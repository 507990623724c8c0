"""Outsourcing: vendors' prices per month, per productive hour and over the term, credits and scores."""

import numpy as np

from carecost.functions import working_time
from carecost.functions.declare import Rule, care
from carecost.functions.markets import price_of
from carecost.functions.parameter import (
    Parameter,
    market,
    number,
    numbers,
    option,
    share,
    table,
    texts,
    whole,
)
from carecost.model import outsourcing
from carecost.model.native import Quantity, size_of

AREA = "Outsourcing"
CREDIT = 0.035
TERM, MISSES = 12, 2
# A hundred years: whoever asks for more has typed something else.
LONGEST = 1200
# Weights are typed in percent, and a third has no end.
WEIGHTS_TOLERANCE = 1e-9

MODELS = ("seat", "paid", "productive", "minute", "contact", "resolved")


def _minimum() -> Parameter:
    return number("money per month", "Minimum commitment: the least that is billed for usage", default=0)


def _premium() -> Parameter:
    return numbers(
        "share",
        "Premiums, such as for nights or a dedicated team: one or a list; they multiply",
        default=0,
        min=0,
        max=3,
    )


def _credit() -> Parameter:
    return share("Service credit on the bill. Not to be planned as a saving", default=0, below=1)


@care(
    "CARE_BPO_SEAT_COST",
    area=AREA,
    summary="Monthly bill for outsourced seats, at your price or the market's sourced one.",
    returns="money per month",
    examples=[
        ('=CARE_BPO_SEAT_COST("offshore",12)', 24000),
        ('=CARE_BPO_SEAT_COST("nearshore",10,4000,,{0.15;0.1})', 50600),
    ],
    missing=("#N/A", "the rate card has no seat price for this market: give seat_month"),
)
def CARE_BPO_SEAT_COST(
    market: Quantity = market("Name of a market of the rate card, such as offshore"),
    seats: Quantity = number("seats", "Seats billed", default=1),
    seat_month: Quantity = number(
        "money per seat and month", "Price of a seat. Blank: the market's sourced price", default=None
    ),
    minimum: Quantity = _minimum(),
    premium: Quantity = _premium(),
    credit: Quantity = _credit(),
    level: Quantity = option("End of the market's sourced range", ("low", "mid", "high"), default="mid"),
) -> Quantity:
    rate = np.where(np.isfinite(seat_month), seat_month, price_of(market, "seat_month", level))
    return outsourcing.billed_usage(seats, rate, minimum, premium) * (1 - credit)


@care(
    "CARE_BPO_BILL",
    area=AREA,
    summary="Monthly bill of a vendor for any unit: usage with premiums, at least the minimum, and a fixed fee.",
    returns="money per month",
    examples=[
        ("=CARE_BPO_BILL(12,2000,25000)", 25000),
        ("=CARE_BPO_BILL(12,2000,0,{0.15;0.1},3%)", 29449.2),
    ],
)
def CARE_BPO_BILL(
    units: Quantity = number("units per month", "Seats, hours, minutes, contacts or resolutions billed"),
    rate: Quantity = number("money per unit", "Price of one of them"),
    minimum: Quantity = _minimum(),
    premium: Quantity = _premium(),
    credit: Quantity = _credit(),
    fixed: Quantity = number("money per month", "Fixed fee, on top of usage or minimum", default=0),
) -> Quantity:
    return (fixed + outsourcing.billed_usage(units, rate, minimum, premium)) * (1 - credit)


@care(
    "CARE_BPO_HOUR",
    area=AREA,
    summary="A vendor's price of any kind per productive hour: the one basis on which quotes compare.",
    returns="money per productive hour",
    examples=[
        ('=CARE_BPO_HOUR(2000,"seat")', 16.483516483516482),
        ('=CARE_BPO_HOUR(12,"paid")', 17.142857142857142),
        ('=CARE_BPO_HOUR(0.45,"minute")', 22.95),
        ('=CARE_BPO_HOUR(3,"contact",,,6)', 25.5),
        ('=CARE_BPO_HOUR(4,"resolved",,,6,75%)', 25.5),
    ],
    rules=[
        Rule(
            "#VALUE!",
            "aht_min is blank: a price per contact or resolved contact needs the handle time",
            lambda model, aht_min: ((model == "contact") | (model == "resolved")) & ~np.isfinite(aht_min),
        ),
        working_time.AHT_IN_SECONDS,
    ],
)
def CARE_BPO_HOUR(
    rate: Quantity = number("money per unit", "The price that is quoted"),
    model: Quantity = option(
        "What the price is for: a seat and month, a paid hour, a productive hour, a handled minute, a contact or "
        "a resolved contact",
        MODELS,
    ),
    shrinkage: Quantity = working_time.shrinkage("The vendor's share of paid time away from contacts"),
    occupancy: Quantity = working_time.occupancy("The vendor's share of productive time spent in contacts"),
    aht_min: Quantity = number(
        "minutes",
        "Handle time of a contact; needed for a price per contact or resolved contact",
        default=None,
        above=0,
    ),
    fcr: Quantity = share("First-contact resolution, for a price per resolved contact", default=1, above=0),
    hours_month: Quantity = working_time.hours_month("Paid hours of one seat and month"),
    concurrency: Quantity = number(
        "contacts", "Contacts an agent handles at once; 1 when aht_min is work time", default=1, min=1
    ),
) -> Quantity:
    return outsourcing.productive_hour_price(
        rate, model, shrinkage, occupancy, aht_min, fcr, hours_month, concurrency
    )


@care(
    "CARE_BPO_TCO",
    area=AREA,
    summary="What a vendor costs over the whole term: setup, fees with ramp and indexation, own cost and exit; "
    "the present value when discounted.",
    returns="money over the term",
    examples=[
        ("=CARE_BPO_TCO(24000,12,15000,{0.5;0.75;0.9})", 282600),
        ("=CARE_BPO_TCO(24000,12,15000,{0.5;0.75;0.9},,,,,10%)", 268457.70793709095),
    ],
)
def CARE_BPO_TCO(
    monthly_fee: Quantity = number("money per month", "Bill of a full month, as CARE_BPO_BILL gives it"),
    term: Quantity = whole("months", "Length of the contract", default=TERM, max=LONGEST, source="Driveert"),
    setup: Quantity = number("money", "Paid at the start", default=0),
    ramp: Quantity = numbers(
        "share of the fee",
        "Share of the fee that is billed in each of the first months, such as 50%, 75%, 90%. Blank: full at once",
        default=None,
        min=0,
        max=1,
    ),
    credit: Quantity = share(
        "Service credit on every bill. Not to be planned as a saving", default=0, below=1
    ),
    indexation: Quantity = share(
        "Rise of the fee at each anniversary", default=0, unit="share a year", above=-0.5
    ),
    client_cost: Quantity = number(
        "money per month", "What stays with you: vendor manager, licenses, telephony, travel", default=0
    ),
    exit_cost: Quantity = number("money", "Paid at the end of the term", default=0),
    discount: Quantity = share(
        "Yearly discount rate; above 0 the answer is a present value",
        default=0,
        unit="share a year",
        above=-0.5,
    ),
) -> Quantity:
    return outsourcing.total_cost(
        monthly_fee, term, setup, ramp, credit, indexation, client_cost, exit_cost, discount
    )


@care(
    "CARE_SERVICE_CREDIT",
    area=AREA,
    summary="Service credits month by month, due only from the n-th miss in a row on. Compensation for a failure: "
    "not to be planned as a saving.",
    returns="money per month, one row for each month",
    examples=[
        (
            "=CARE_SERVICE_CREDIT({24000;24000;24000;24000;24000;24000},{0.82;0.78;0.76;0.81;0.79;0.77},80%)",
            ((0,), (0,), (840,), (0,), (0,), (840,)),
        )
    ],
    rules=[
        Rule(
            "#VALUE!",
            "fees and attained are not of the same length: one fee for each month, or one for all",
            lambda fees, attained: (size_of(fees) != size_of(attained)) & (size_of(fees) != 1),
        )
    ],
    spills=True,
)
def CARE_SERVICE_CREDIT(
    fees: Quantity = numbers("money per month", "Fee of each month, or one for all of them", min=0),
    attained: Quantity = numbers("share", "Service level attained in each month", min=0, max=1),
    target: Quantity = share("Service level agreed; less is a miss"),
    credit: Quantity = share(
        "Credit on the fee of a month", default=CREDIT, below=1, source="Driveert, midpoint of 2-5%"
    ),
    consecutive: Quantity = whole(
        "months", "Misses in a row at which credits begin; 2 gives none for a single miss", default=MISSES
    ),
    cap: Quantity = number(
        "money", "The most that is credited in all (amount at risk). Blank: no cap", default=None
    ),
) -> Quantity:
    return outsourcing.service_credits(fees, attained, target, credit, consecutive, cap)[:, None]


@care(
    "CARE_SCORECARD",
    area=AREA,
    summary="Points of 100 for each vendor: its ratio to the best in each criterion, weighted. "
    "Show price and quality beside it: the ratios depend on who else bids.",
    returns="points from 0 to 100, one row for each option",
    examples=[
        (
            '=CARE_SCORECARD({22.5,0.8,0.88;19,0.72,0.84},{0.5,0.3,0.2},{"low","high","high"})',
            ((92.22222222222223,), (96.0909090909091,)),
        )
    ],
    rules=[
        Rule(
            "#VALUE!",
            "weights and direction need one value for each column of table",
            lambda table, weights, direction: (
                (size_of(weights) != outsourcing.columns_of(table))
                | (size_of(direction) != outsourcing.columns_of(table))
            ),
        ),
        Rule(
            "#NUM!",
            "weights must sum to 100%",
            lambda weights: np.abs(np.sum(weights) - 1) > WEIGHTS_TOLERANCE,
        ),
        Rule(
            "#DIV/0!",
            "table has a criterion whose best value is 0: no ratio to it",
            lambda table, direction: np.min(outsourcing.best(table, direction)) == 0,
        ),
    ],
    spills=True,
)
def CARE_SCORECARD(
    table: Quantity = table("any", "One row for each option, one column for each criterion", min=0),
    weights: Quantity = numbers("share", "Weight of each criterion; together 100%", min=0, max=1),
    direction: Quantity = texts(
        "word", "high or low for each criterion: which one is better", ("high", "low")
    ),
) -> Quantity:
    return outsourcing.scores(table, weights, direction)[:, None]
