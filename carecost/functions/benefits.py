"""Benefits: what self-service and less churn bring in, and when a case has paid back."""

from carecost.functions.declare import Rule, care
from carecost.functions.parameter import flag, number, numbers, option, share, whole
from carecost.model import cashflow, deflection, retention
from carecost.model.fixed import FIXED
from carecost.model.native import Quantity

AREA = "Benefits"
MONTHS_YEAR = FIXED["months_year"]
# A hundred years: whoever asks for more has typed something else.
LONGEST = 1200

METHODS = ("runrate", "cohort")
SUCCESS = "Share of attempts after which no agent is needed"
LEAKAGE = "Share of successes that contact an agent later anyway; 0 when success is already verified"
CASHABLE = "Share of the saving that really leaves the budget: hours off the roster, not minutes freed"
COST_CONTACT = "Marginal cost of one live contact: agent time and usage; rent and managers stay"
METHOD = (
    "runrate: the full yearly effect in twelfths. cohort: builds up month by month, as the ledger shows it"
)
GROSS_MARGIN = "Share of kept revenue that is profit"
LAG = "Months before churn starts to fall"
RAMP = "Months from the first effect to the full one, in a straight line"
CUT = "Percentage points of yearly revenue, not a relative cut: 1% of 15 million is 150,000 a year"

NO_SAVING = Rule(
    "#DIV/0!",
    "contacts, cost_contact or cashable is 0: there is no saving to set against the run cost",
    lambda contacts, cost_contact, leakage, cashable: (
        deflection.saving(contacts, 1, leakage, cost_contact) * cashable == 0
    ),
)
NO_COST = Rule(
    "#DIV/0!",
    "run_cost and one_off are both 0: there is no cost to earn a return on",
    lambda run_cost, one_off: (run_cost == 0) & (one_off == 0),
)
NO_REVENUE = Rule(
    "#DIV/0!",
    "arr or gross_margin is 0: a churn cut keeps no profit",
    lambda arr, gross_margin: arr * gross_margin == 0,
)
NO_EFFECT_YET = Rule(
    "#NUM!",
    "months is not above lag: nothing is kept within the months, so no cut is enough",
    lambda months, lag: months <= lag,
)


@care(
    "CARE_DEFLECTION",
    area=AREA,
    summary="Net monthly saving of self-service: contacts it takes away, at their cost, less its run cost.",
    returns="money per month; negative when it costs more than it saves",
    examples=[
        ("=CARE_DEFLECTION(1000,6,70%,1400)", 2800),
        ("=CARE_DEFLECTION(1000,9,70%,1400,10%,80%)", 3136),
    ],
)
def CARE_DEFLECTION(
    contacts: Quantity = number("contacts per month", "Attempts: contacts sent to self-service in a month"),
    cost_contact: Quantity = number("money per contact", COST_CONTACT),
    success: Quantity = share(SUCCESS, default=0.70, source="Deserve example"),
    run_cost: Quantity = number("money per month", "Licenses, usage and upkeep of self-service", default=0),
    leakage: Quantity = share(LEAKAGE, default=0, below=1),
    cashable: Quantity = share(CASHABLE, default=1),
) -> Quantity:
    gross = deflection.saving(contacts, success, leakage, cost_contact)
    return deflection.net_saving(gross, cashable, run_cost)


@care(
    "CARE_DEFLECTION_ROI",
    area=AREA,
    summary="Return on self-service: net benefit over the months, divided by all it costs.",
    returns="share: 2 is 200%, money back and twice as much on top",
    examples=[
        ("=CARE_DEFLECTION_ROI(1000,6,70%,1400)", 2),
        ("=CARE_DEFLECTION_ROI(1000,6,70%,1400,,,10000)", 0.8805970149253731),
    ],
    rules=[NO_COST],
)
def CARE_DEFLECTION_ROI(
    contacts: Quantity = number("contacts per month", "Attempts: contacts sent to self-service in a month"),
    cost_contact: Quantity = number("money per contact", COST_CONTACT),
    success: Quantity = share(SUCCESS, default=0.70, source="Deserve example"),
    run_cost: Quantity = number("money per month", "Licenses, usage and upkeep of self-service", default=0),
    leakage: Quantity = share(LEAKAGE, default=0, below=1),
    cashable: Quantity = share(CASHABLE, default=1),
    one_off: Quantity = number("money", "Set-up, paid once", default=0),
    months: Quantity = number("months", "Months that benefit and run cost are counted", default=12, above=0),
) -> Quantity:
    gross = deflection.saving(contacts, success, leakage, cost_contact)
    net_month = deflection.net_saving(gross, cashable, run_cost)
    return deflection.return_on_cost(net_month, run_cost, one_off, months)


@care(
    "CARE_DEFLECTION_BREAKEVEN",
    area=AREA,
    summary="Success rate at which self-service saves exactly its run cost. Above 100% it cannot pay.",
    returns="share of attempts; above 1 means that it cannot pay",
    examples=[("=CARE_DEFLECTION_BREAKEVEN(1000,6,1400)", 0.23333333333333334)],
    rules=[NO_SAVING],
)
def CARE_DEFLECTION_BREAKEVEN(
    contacts: Quantity = number("contacts per month", "Attempts: contacts sent to self-service in a month"),
    cost_contact: Quantity = number("money per contact", COST_CONTACT),
    run_cost: Quantity = number("money per month", "Licenses, usage and upkeep of self-service"),
    leakage: Quantity = share(LEAKAGE, default=0, below=1),
    cashable: Quantity = share(CASHABLE, default=1),
) -> Quantity:
    at_full_success = deflection.saving(contacts, 1, leakage, cost_contact) * cashable
    return deflection.break_even_success(run_cost, at_full_success)


@care(
    "CARE_CHURN_VALUE",
    area=AREA,
    summary="Gross profit kept over the months by cutting yearly churn by some percentage points.",
    returns="money over the months",
    examples=[
        ("=CARE_CHURN_VALUE(15000000,1%)", 150000),
        ("=CARE_CHURN_VALUE(15000000,1%,80%,12,3,3)", 80000),
        ('=CARE_CHURN_VALUE(15000000,1%,,,,,"cohort")', 81250),
    ],
)
def CARE_CHURN_VALUE(
    arr: Quantity = number("money per year", "Annual recurring revenue that churn acts on"),
    churn_cut: Quantity = share(CUT),
    gross_margin: Quantity = share(GROSS_MARGIN, default=1),
    months: Quantity = whole("months", "Months that are counted", default=12, max=LONGEST),
    lag: Quantity = number("months", LAG, default=0),
    ramp: Quantity = number("months", RAMP, default=0),
    method: Quantity = option(METHOD, METHODS, default="runrate"),
) -> Quantity:
    kept_month = retention.run_rate(arr, churn_cut) * gross_margin
    return kept_month * retention.months_at_full(months, lag, ramp, method)


@care(
    "CARE_CHURN_BREAKEVEN",
    area=AREA,
    summary="Churn cut, in percentage points of yearly revenue, at which the case is level after the months.",
    returns="share of yearly revenue: 0.01125 is 1.125 percentage points",
    examples=[("=CARE_CHURN_BREAKEVEN(15000000,60000,2500,80%,12,3,3)", 0.01125)],
    rules=[NO_REVENUE, NO_EFFECT_YET],
)
def CARE_CHURN_BREAKEVEN(
    arr: Quantity = number("money per year", "Annual recurring revenue that churn acts on"),
    invest: Quantity = number("money", "Spent once, at the start"),
    run_month: Quantity = number("money per month", "Running cost of the program", default=0),
    gross_margin: Quantity = share(GROSS_MARGIN, default=1),
    months: Quantity = whole("months", "Months after which the case is level", default=12, max=LONGEST),
    lag: Quantity = number("months", LAG, default=0),
    ramp: Quantity = number("months", RAMP, default=0),
    method: Quantity = option(METHOD, METHODS, default="runrate"),
) -> Quantity:
    kept_month = retention.run_rate(arr, 1) * gross_margin
    kept = kept_month * retention.months_at_full(months, lag, ramp, method)
    return retention.break_even_cut(invest + run_month * months, kept)


@care(
    "CARE_CHURN_PAYBACK",
    area=AREA,
    summary="Months until profit kept by less churn has paid for the program, linear inside the month.",
    returns="months; 0 when the case is never below zero",
    examples=[("=CARE_CHURN_PAYBACK(15000000,1%,60000,2500,80%,3,3)", 13.333333333333334)],
    missing=("#N/A", "the case is not level within the horizon"),
)
def CARE_CHURN_PAYBACK(
    arr: Quantity = number("money per year", "Annual recurring revenue that churn acts on"),
    churn_cut: Quantity = share(CUT),
    invest: Quantity = number("money", "Spent once, at the start"),
    run_month: Quantity = number("money per month", "Running cost of the program", default=0),
    gross_margin: Quantity = share(GROSS_MARGIN, default=1),
    lag: Quantity = number("months", LAG, default=0),
    ramp: Quantity = number("months", RAMP, default=0),
    method: Quantity = option(METHOD, METHODS, default="runrate"),
    horizon: Quantity = whole("months", "Not level by then is #N/A", default=60, max=LONGEST),
) -> Quantity:
    kept_month = retention.run_rate(arr, churn_cut) * gross_margin
    return retention.payback(invest, run_month, kept_month, lag, ramp, method, horizon)


@care(
    "CARE_PAYBACK",
    area=AREA,
    summary="Periods until a list of cash flows has paid back: the running sum comes back to zero from below.",
    returns="periods from the first flow, which is period 0; 0 when the running sum is never below zero",
    examples=[
        (
            "=CARE_PAYBACK({-50000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000})",
            8.333333333333334,
        ),
        (
            "=CARE_PAYBACK({-50000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000;6000},10%)",
            8.658354398418796,
        ),
    ],
    missing=("#N/A", "the flows do not pay back within the list"),
)
def CARE_PAYBACK(
    flows: Quantity = numbers(
        "money per period", "Cash flows in order: plus for money in, minus for money out"
    ),
    discount_annual: Quantity = share("Effective yearly discount rate", default=0, above=-0.5),
    per_year: Quantity = number(
        "flows per year", "12 for months, 4 for quarters, 1 for years", default=12, above=0
    ),
    interpolate: Quantity = flag(
        "TRUE: linear inside the period. FALSE: the end of the period", default=True
    ),
) -> Quantity:
    return cashflow.payback(flows, discount_annual, per_year, interpolate)
