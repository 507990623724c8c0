"""Labor cost: what a person, an hour and a contact cost."""

import numpy as np

from carecost.functions import working_time
from carecost.functions.declare import Rule, care
from carecost.functions.markets import given_or_market, part_of, price_of
from carecost.functions.parameter import Parameter, market, number, numbers, option, share, whole
from carecost.model import labor
from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, choose, total

AREA = "Labor cost"
BURDEN = 0.30
HOURS_YEAR = FIXED["hours_year"]
MONTHS_YEAR = FIXED["months_year"]
HOURS_WEEK = 40
LINES = ("salary", "burden", "management", "tools", "facilities", "attrition", "total")

BURDEN_SHARE = share(
    "Employer's on-cost on the salary. Blank: the market's, else 30%",
    default=None,
    max=3,
    source="Dignifi, salary + 30% benefits",
)
TOOLS = number("money per month", "Licenses, telephony and other tools of one FTE", default=None)
FACILITIES = number("money per month", "Workplace of one FTE", default=None)
MANAGEMENT = share("Leads, quality and management, on pay with on-cost", default=None, max=3)
ATTRITION = share("Leavers a year over headcount; above 100% is real in outsourcing", default=None, max=5)
COST_PER_HIRE = number("money per hire", "Recruiting, training and enablement of a hire", default=None)


def _annual_cost() -> Parameter:
    return number(
        "money per year", "Fully loaded cost of one FTE and year: CARE_FTE_COST with period year gives it"
    )


def _hours_year() -> Parameter:
    return number(
        "hours", "Paid hours of one FTE and year", default=HOURS_YEAR, above=0, source=HOURS_YEAR.source
    )


def _pay(market: Quantity, salary: Quantity) -> Quantity:
    own = part_of(market, "salary")
    return choose(np.isfinite(own), choose(np.isfinite(salary), salary, own), salary)


def _cost_lines(
    market: Quantity,
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> tuple[Quantity, ...]:
    """The yearly lines; what is not given comes from the market's row."""
    return labor.cost_lines(
        _pay(market, salary),
        given_or_market(burden, market, "burden", BURDEN),
        given_or_market(tools_month, market, "tools_month", 0),
        given_or_market(facilities_month, market, "facilities_month", 0),
        given_or_market(mgmt_overhead, market, "mgmt_overhead", 0),
        given_or_market(attrition, market, "attrition", 0),
        given_or_market(cost_per_hire, market, "cost_per_hire", 0),
    )


def _any_part(
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> Quantity:
    """Whether the user gives any part of a build-up."""
    others = np.isfinite(burden) | np.isfinite(tools_month) | np.isfinite(facilities_month)
    others = others | np.isfinite(mgmt_overhead) | np.isfinite(attrition) | np.isfinite(cost_per_hire)
    return choose(others, True, np.isfinite(salary))


def _build_up_without_salary(
    market: Quantity,
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> Quantity:
    parts = (salary, burden, tools_month, facilities_month, mgmt_overhead, attrition, cost_per_hire)
    # The market comes first: its answer is one for most calls, the salaries' one for each cell.
    return ~np.isfinite(part_of(market, "salary")) & _any_part(*parts) & ~np.isfinite(salary)


def _costs_nothing(
    market: Quantity,
    salary: Quantity,
    burden: Quantity,
    tools_month: Quantity,
    facilities_month: Quantity,
    mgmt_overhead: Quantity,
    attrition: Quantity,
    cost_per_hire: Quantity,
) -> Quantity:
    lines = _cost_lines(
        market, salary, burden, tools_month, facilities_month, mgmt_overhead, attrition, cost_per_hire
    )
    return total(lines) == 0


@care(
    "CARE_FTE_COST",
    area=AREA,
    summary="Fully loaded cost of one FTE: the market's sourced figure, or built up from a yearly salary.",
    returns="money per FTE and month, year or paid hour",
    examples=[
        ('=CARE_FTE_COST("offshore")', 2200),
        ('=CARE_FTE_COST("nearshore",,,,,,,,,"high")', 3800),
        ('=CARE_FTE_COST("onshore",48000)', 5200),
        ('=CARE_FTE_COST("onshore",48000,30%,255,150,12%,30%,5000)', 6354),
        ('=CARE_FTE_COST("onshore",48000,30%,255,150,12%,30%,5000,"year")', 76248),
        ('=CARE_FTE_COST("onshore",48000,30%,255,150,12%,30%,5000,"hour")', 36.65769230769231),
    ],
    rules=[
        Rule(
            "#VALUE!",
            "salary is blank: the market has none of its own, and the other parts build on it",
            _build_up_without_salary,
        )
    ],
    missing=("#N/A", "the rate card has no fully loaded cost for this market"),
)
def CARE_FTE_COST(
    market: Quantity = market("Name of a market of the rate card, such as offshore"),
    salary: Quantity = number(
        "money per year", "Yearly salary. Blank: the market's sourced cost", default=None
    ),
    burden: Quantity = BURDEN_SHARE,
    tools_month: Quantity = TOOLS,
    facilities_month: Quantity = FACILITIES,
    mgmt_overhead: Quantity = MANAGEMENT,
    attrition: Quantity = ATTRITION,
    cost_per_hire: Quantity = COST_PER_HIRE,
    period: Quantity = option(
        "Cost per month, year or paid hour", ("month", "year", "hour"), default="month"
    ),
    level: Quantity = option(
        "End of the market's sourced range; only without a salary", ("low", "mid", "high"), default="mid"
    ),
) -> Quantity:
    parts = (salary, burden, tools_month, facilities_month, mgmt_overhead, attrition, cost_per_hire)
    built_up = total(_cost_lines(market, *parts))
    sourced = price_of(market, "fte_month", level) * MONTHS_YEAR
    # A market that has a salary but no fully loaded cost is built up even where no part is given.
    year = choose(_any_part(*parts) | ~np.isfinite(sourced), built_up, sourced)
    return year / choose(period == "year", 1, choose(period == "hour", HOURS_YEAR, MONTHS_YEAR))


@care(
    "CARE_FTE_BREAKDOWN",
    area=AREA,
    summary="The lines that make up the fully loaded cost of one FTE, and their total.",
    returns="7 rows: the line, money per year, share of the total",
    examples=[
        (
            '=CARE_FTE_BREAKDOWN("onshore",48000,30%,255,150,12%,30%,5000)',
            (
                ("salary", 48000, 48000 / 76248),
                ("burden", 14400, 14400 / 76248),
                ("management", 7488, 7488 / 76248),
                ("tools", 3060, 3060 / 76248),
                ("facilities", 1800, 1800 / 76248),
                ("attrition", 1500, 1500 / 76248),
                ("total", 76248, 1),
            ),
        )
    ],
    rules=[
        Rule(
            "#VALUE!",
            "salary is blank: the market has none of its own, and every line builds on it",
            lambda market, salary: ~np.isfinite(_pay(market, salary)),
        ),
        Rule("#DIV/0!", "every line is 0: there is no total to share", _costs_nothing),
    ],
    spills=True,
)
def CARE_FTE_BREAKDOWN(
    market: Quantity = market("Name of a market of the rate card: its row fills what is blank"),
    salary: Quantity = number(
        "money per year", "Yearly salary. Blank: the market's, if the card has it", default=None
    ),
    burden: Quantity = BURDEN_SHARE,
    tools_month: Quantity = TOOLS,
    facilities_month: Quantity = FACILITIES,
    mgmt_overhead: Quantity = MANAGEMENT,
    attrition: Quantity = ATTRITION,
    cost_per_hire: Quantity = COST_PER_HIRE,
) -> Quantity:
    lines = _cost_lines(
        market, salary, burden, tools_month, facilities_month, mgmt_overhead, attrition, cost_per_hire
    )
    year = total(lines)
    rows = zip(LINES, (*lines, year), strict=True)
    return np.array([[name, money, money / year] for name, money in rows], dtype=object)


@care(
    "CARE_HIRE_COST",
    area=AREA,
    summary="Cost of one proficient hire: recruiting and training, spread over those who complete it, and ramp.",
    returns="money per proficient hire",
    examples=[("=CARE_HIRE_COST(60,30,800,400,1000,15%,{0.25;0.5;0.75})", 6505.882352941177)],
)
def CARE_HIRE_COST(
    training_hours: Quantity = number("hours", "Paid hours in training of one starter"),
    hour_cost: Quantity = number("money per hour", "Cost of one paid hour of the starter"),
    recruiting: Quantity = number("money per starter", "Advertising, agency, interviews", default=0),
    trainer_cost: Quantity = number("money per starter", "Trainer and material", default=0),
    enablement: Quantity = number("money per starter", "Accounts, equipment, certification", default=0),
    training_attrition: Quantity = share(
        "Share of starters who leave before they finish", default=0, below=1
    ),
    ramp: Quantity = numbers(
        "share of full output",
        "Proficiency in each week after training until it is full, such as 25%, 50%, 75%. Blank: full at once",
        default=None,
        min=0,
        max=1,
    ),
    hours_week: Quantity = number(
        "hours", "Paid hours a week", default=HOURS_WEEK, above=0, source="payroll standard"
    ),
) -> Quantity:
    graduate = labor.cost_per_graduate(
        training_hours, hour_cost, recruiting, trainer_cost, enablement, training_attrition
    )
    return graduate + labor.ramp_loss(ramp, hours_week, hour_cost)


@care(
    "CARE_HOUR_COST",
    area=AREA,
    summary="Cost of one hour that is paid, productive (available for contacts) or handled (in a contact).",
    returns="money per hour",
    examples=[
        ("=CARE_HOUR_COST(76248)", 52.36813186813187),
        ('=CARE_HOUR_COST(76248,,,"paid")', 36.65769230769231),
        ('=CARE_HOUR_COST(76248,,,"handled")', 61.60956690368455),
    ],
)
def CARE_HOUR_COST(
    annual_cost: Quantity = _annual_cost(),
    shrinkage: Quantity = working_time.shrinkage(),
    occupancy: Quantity = working_time.occupancy(),
    basis: Quantity = option(
        "The hour that is meant: paid, productive (paid less shrinkage) or handled (productive times occupancy)",
        ("paid", "productive", "handled"),
        default="productive",
    ),
    hours_year: Quantity = _hours_year(),
) -> Quantity:
    return labor.cost_per_hour(annual_cost, shrinkage, occupancy, basis, hours_year)


@care(
    "CARE_CONTACT_COST",
    area=AREA,
    summary="Cost of one contact: handle time at the cost of a handled hour, and usage.",
    returns="money per contact",
    examples=[("=CARE_CONTACT_COST(76248,6)", 6.160956690368455)],
    rules=[working_time.AHT_IN_SECONDS],
)
def CARE_CONTACT_COST(
    annual_cost: Quantity = _annual_cost(),
    aht_min: Quantity = number("minutes", "Handle time of a contact: talk, hold and wrap-up"),
    shrinkage: Quantity = working_time.shrinkage(),
    occupancy: Quantity = working_time.occupancy(),
    concurrency: Quantity = number(
        "contacts", "Contacts an agent handles at once; 1 when aht_min is work time", default=1, min=1
    ),
    extra: Quantity = number("money per contact", "Usage paid per contact, such as telephony", default=0),
    hours_year: Quantity = _hours_year(),
) -> Quantity:
    hour = labor.cost_per_hour(annual_cost, shrinkage, occupancy, "handled", hours_year)
    return labor.cost_per_contact(hour, aht_min, concurrency, extra)


@care(
    "CARE_RESOLVED_COST",
    area=AREA,
    summary="Cost of one resolved issue: cost per contact over first-contact resolution, adjusted for "
    "satisfaction when both satisfaction shares are given.",
    returns="money per resolved issue",
    examples=[
        ("=CARE_RESOLVED_COST(8,75%)", 8 / 0.75),
        ("=CARE_RESOLVED_COST(8,75%,82%,85%)", 11.05691056910569),
    ],
)
def CARE_RESOLVED_COST(
    cost_per_contact: Quantity = number(
        "money per contact", "Cost of one contact, as CARE_CONTACT_COST gives it"
    ),
    fcr: Quantity = share("First-contact resolution: share of contacts that settle the issue", above=0),
    csat: Quantity = share(
        "Satisfied customers. The cost is adjusted only when csat_ref is given too", default=None, above=0
    ),
    csat_ref: Quantity = share("Satisfied customers of the operation compared with", default=None, above=0),
) -> Quantity:
    return labor.cost_per_resolved(cost_per_contact, fcr, csat, csat_ref)


@care(
    "CARE_INDEX",
    area=AREA,
    summary="A price of month 1 in a later month: converted, and raised by a yearly rate.",
    returns="money, in the reporting currency when fx is given",
    examples=[
        ("=CARE_INDEX(2000,4%,13)", 2080),
        ('=CARE_INDEX(2000,4%,7,,"smooth")', 2039.607805437114),
    ],
)
def CARE_INDEX(
    amount: Quantity = number("money", "Amount at the prices of month 1; costs may be negative", min=None),
    annual_rate: Quantity = share("Rise a year, such as merit or inflation", unit="share a year", above=-0.5),
    month: Quantity = whole("month", "Month of the plan, counted from 1"),
    fx: Quantity = number(
        "reporting per local unit", "Reporting currency for one unit of local currency", default=1, above=0
    ),
    mode: Quantity = option(
        "step: at each anniversary, from month 13 on. smooth: a twelfth of the way each month",
        ("step", "smooth"),
        default="step",
    ),
) -> Quantity:
    return amount * fx * labor.price_level(annual_rate, month, mode)
