"""Finance and risk: discounting, contingency, three-point estimates, the P&L and published benchmarks."""

from __future__ import annotations

from typing import Any

import numpy as np

from carecost.functions import pnl, published
from carecost.functions.declare import Rule, care
from carecost.functions.parameter import block, number, numbers, option, share, text, whole
from carecost.model import cashflow, risk
from carecost.model.native import Quantity

AREA = "Finance and risk"
FLOWS = "{-50000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000}"
MOST_RUNS = 5_000_000
# A few minutes of drawing; beyond, a column of seeds was filled down by mistake.
MOST_DRAWS = 1e10

UNLIKE_LINES = Rule(
    "#VALUE!",
    "low, likely and high must have one value per line each, in the same number of lines",
    lambda low, likely, high: len(low) != len(likely) or len(likely) != len(high),
)
LINES_OUT_OF_ORDER = Rule(
    "#NUM!",
    "low, likely and high must rise: low at most likely, likely at most high, in every line",
    lambda low, likely, high: np.any((low > likely) | (likely > high)),
)
TOO_MANY_DRAWS = Rule(
    "#NUM!",
    "more than ten thousand million draws: fewer runs, or fewer different correlations and seeds",
    lambda low, corr, runs, seed: risk.draws(len(low), corr, runs, seed) > MOST_DRAWS,
)


@care(
    "CARE_NPV",
    area=AREA,
    summary="Today's value of a list of cash flows at an effective yearly rate; the first flow counts in full.",
    returns="money",
    examples=[(f"=CARE_NPV(10%,{FLOWS})", 18402.92697598414)],
)
def CARE_NPV(
    annual_rate: Quantity = share("Effective yearly discount rate", above=-0.5),
    flows: Quantity = numbers(
        "money per period", "Cash flows in order: plus for money in, minus for money out"
    ),
    first: Quantity = whole(
        "period",
        "0: the first flow is today. 1: it is one period ahead, as in Excel's NPV",
        default=0,
        min=0,
        max=1,
    ),
    per_year: Quantity = number(
        "flows per year", "12 for months, 4 for quarters, 1 for years", default=12, above=0
    ),
) -> Quantity:
    return cashflow.npv(flows, annual_rate, first, per_year)


@care(
    "CARE_IRR",
    area=AREA,
    summary="Effective yearly rate at which a list of cash flows is worth nothing today.",
    returns="share a year",
    examples=[(f"=CARE_IRR({FLOWS})", 1.03748945022244)],
    rules=[
        Rule(
            "#NUM!",
            "flows never change sign: money must go out and come in",
            lambda flows: cashflow.never_changes_sign(flows),
        ),
        Rule(
            "#NUM!",
            "flows change sign more than once: several IRRs possible, use NPV",
            lambda flows: cashflow.changes_sign_often(flows),
        ),
    ],
    missing=("#NUM!", "flows have no rate of return that a budget can have"),
)
def CARE_IRR(
    flows: Quantity = numbers(
        "money per period", "Cash flows in order: plus for money in, minus for money out"
    ),
    per_year: Quantity = number(
        "flows per year", "12 for months, 4 for quarters, 1 for years", default=12, above=0
    ),
) -> Quantity:
    return cashflow.annual_rate(
        cashflow.irr(flows, cashflow.irr_guess(flows, cashflow.periods(flows))), per_year
    )


@care(
    "CARE_CONTINGENCY",
    area=AREA,
    summary="Contingency as a share of a budget, on top of it or within the total that includes it.",
    returns="money",
    examples=[
        ("=CARE_CONTINGENCY(800000)", 100000),
        ('=CARE_CONTINGENCY(800000,,"within")', 114285.71428571429),
    ],
)
def CARE_CONTINGENCY(
    base: Quantity = numbers(
        "money", "What it is a share of: one amount, or budget lines to be summed", min=0
    ),
    pct: Quantity = share(
        "Contingency. Apply it once: the base contains no other",
        default=0.125,
        below=1,
        source="middle of Driveert's 10-15%",
    ),
    mode: Quantity = option(
        "add: on top of the base. within: a share of the total including itself",
        ("add", "within"),
        default="add",
    ),
) -> Quantity:
    total = np.sum(base)
    return np.where(mode == "within", total * pct / (1 - pct), total * pct)


@care(
    "CARE_PERT",
    area=AREA,
    summary="Expected value of a three-point estimate (beta-PERT), or the value not exceeded with probability p.",
    returns="the unit of the estimate",
    examples=[("=CARE_PERT(80,100,150)", 105), ("=CARE_PERT(80,100,150,80%)", 116.25879640752898)],
    rules=[
        Rule(
            "#NUM!",
            "low, likely and high must rise: low at most likely, likely at most high",
            lambda low, likely, high: (low > likely) | (likely > high),
        )
    ],
)
def CARE_PERT(
    low: Quantity = number("any", "Best case", min=None),
    likely: Quantity = number("any", "Most likely value", min=None),
    high: Quantity = number("any", "Worst case", min=None),
    p: Quantity = share(
        "Probability that the value is not exceeded, such as 80%. Blank: the expected value",
        default=None,
        above=0,
        below=1,
    ),
    lambda_: Quantity = number(
        "weight",
        "Pull of the most likely value: more is a narrower spread",
        default=4,
        min=0,
        max=1000,
        source="PERT's own",
    ),
) -> Quantity:
    mean = risk.pert_mean(low, likely, high, lambda_)
    return np.where(np.isfinite(p), risk.pert_quantile(low, likely, high, p, lambda_), mean)


@care(
    "CARE_RISK",
    area=AREA,
    summary="Total of several three-point lines that is not exceeded with probability p, by simulation. "
    "Less SUM(likely), it is the contingency.",
    returns="money; the same arguments always give the same answer",
    examples=[("=CARE_RISK({550000;20000;5000},{600000;24000;12000},{720000;35000;30000})", 678453.73)],
    rules=[UNLIKE_LINES, LINES_OUT_OF_ORDER, TOO_MANY_DRAWS],
    no_formula="it draws thousands of seeded random totals; a cell has no random numbers that stay the same",
)
def CARE_RISK(
    low: Quantity = numbers("money", "Best case of each line"),
    likely: Quantity = numbers("money", "Most likely value of each line"),
    high: Quantity = numbers("money", "Worst case of each line"),
    p: Quantity = share("Probability that the total is not exceeded", default=0.80, above=0, below=1),
    corr: Quantity = share("Correlation between any two lines: 0 independent, 1 moving together", default=0),
    runs: Quantity = whole("runs", "Simulated totals; more is steadier", default=10000, max=MOST_RUNS),
    seed: Quantity = whole("seed", "Another one draws other totals", default=1, min=0, max=1e15),
) -> Quantity:
    return risk.total_quantiles(low, likely, high, p, corr, runs, seed)


def _level_plan() -> list[list[Any]]:
    """The example: ten people the year round, by hand."""
    months = range(1, 13)
    level = {
        "Contacts": 9520, "Required FTE": 10, "Survivors": 10, "Paid FTE": 10, "Effective FTE": 10,
        "Labor": -50000, "Operating": -50000, "Contingency": -5000, "Net": -55000,
    }  # fmt: skip
    opening = {"Paid FTE": 10}
    rows: list[list[Any]] = [
        [label, opening.get(label, 0), *(level.get(label, 0) for _ in months)] for label in pnl.ROWS
    ]
    rows[-1] = ["Cumulative", 0, *(-55000 * month for month in months)]
    return [["Month", *range(13)], *rows]


@care(
    "CARE_PNL",
    area=AREA,
    summary="The 12-month P&L from 12 monthly volumes and a block of assumptions: name, value, and a source "
    "if you like.",
    returns="header and 20 rows, 14 columns: label, months 0 to 12; money is plus in and minus out",
    examples=[
        (
            "=CARE_PNL({9520;9520;9520;9520;9520;9520;9520;9520;9520;9520;9520;9520},"
            '{"aht_min",6;"fte_cost_month",5000;"hours_month",160;"contingency",10%})',
            _level_plan(),
        )
    ],
    spills=True,
    no_formula="it is a statement of 280 cells: `carecost plan` writes it as a workbook of live formulas",
)
def CARE_PNL(
    contacts: Quantity = numbers("contacts per month", "Twelve monthly volumes, seasonality included", min=0),
    assumptions: Quantity = block("Names beside values, such as aht_min 6; a third column is not read"),
) -> Quantity:
    return pnl.statement(contacts, assumptions)


@care(
    "CARE_BENCHMARK",
    area=AREA,
    summary="A published figure for customer care: low, middle or high end of what the guides state.",
    returns="the figure, in its benchmark's unit; shares as 0.35",
    examples=[
        ('=CARE_BENCHMARK("fte_month_onshore","low")', 4500),
        ('=CARE_BENCHMARK("shrinkage","high")', 0.35),
    ],
    missing=("#N/A", "no guide states this end of the range"),
)
def CARE_BENCHMARK(
    name: Quantity = text("benchmark", "Name of a benchmark, such as shrinkage or fte_month_onshore"),
    which: Quantity = option("End of the range, or its middle", ("low", "mid", "high"), default="mid"),
    source: Quantity = text("guide", "One guide, such as Driveert. Blank: all guides together", default=None),
) -> Quantity:
    return published.figure(name, which, source)


@care(
    "CARE_CHECK",
    area=AREA,
    summary="OK, or on which side of the published range a value lies, with the guides that state it. "
    "A range of one figure is OK at that figure only.",
    returns='"OK", or such as "LOW: 25%-35% (Integra, Driveert, Deserve)"',
    examples=[
        ('=CARE_CHECK("shrinkage",22%)', "LOW: 25%-35% (Integra, Driveert, Deserve)"),
        ('=CARE_CHECK("shrinkage",30%)', "OK"),
    ],
)
def CARE_CHECK(
    name: Quantity = text("benchmark", "Name of a benchmark, such as shrinkage or fte_month_onshore"),
    value: Quantity = number("the benchmark's", "What to hold against it; a share as 22% or 0.22", min=None),
) -> Quantity:
    return published.verdict(name, value)
