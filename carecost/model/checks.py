"""The checks of the P&L: each reads OK or names the fault, in words for a reviewer.

Faults are sums that do not foot or inputs outside their domain. The others ask for a second look: they
are the double counts and rosy assumptions that reviewers of care budgets raise most often.
"""

import numpy as np

from carecost.model import cashflow
from carecost.model.definition import Argument
from carecost.model.fixed import FIXED
from carecost.model.flags import ABOVE, BELOW, NOT_A_NUMBER, NOT_ALLOWED, OK
from carecost.model.inputs import INPUTS
from carecost.model.native import (
    Quantity,
    count_of,
    is_text,
    row_max,
    row_min,
    row_product_sum,
    size_of,
    total,
)
from carecost.model.plan import PLAN

TOLERANCE = FIXED["check_tolerance"]
MONTHS_YEAR = FIXED["months_year"]
IRR_TOLERANCE = FIXED["irr_tolerance"]
CHURN_CUT_HIGH = FIXED["churn_cut_high"]
SETUP_MONTHS = FIXED["setup_months"]
PAYBACK_EARLY = FIXED["payback_early"]

line, check, headline = PLAN.line, PLAN.check, PLAN.headline

COSTS = [
    key
    for key, found in PLAN.lines.items()
    if (found.section == "Operating cost" and found.unit == "money" and key != "operating")
    or key in ("contingency_cost", "setup_cost", "platform_cost")
]
BENEFITS = ["deflection_saving", "retained"]
MIX = [name for name in INPUTS if name.startswith("mix_")]


# --- Rows that must be zero -----------------------------------------------------------------------


def _settled(gap: Quantity, scale: Quantity) -> Quantity:
    # What rounding leaves is zero, so that every program shows the same.
    return np.where(abs(gap) <= TOLERANCE * np.maximum(abs(scale), 1), 0, gap)


def sum_less_net(net: Quantity, *leaves: Quantity) -> Quantity:
    """Every cost and benefit row added up again, less net: zero."""
    return _settled(total(leaves) - net, net)


PLAN.add_line(
    "foot_gap",
    "All rows less net",
    "Control rows",
    "money",
    "none",
    sum_less_net,
    tuple(Argument("now", key) for key in ("net", *COSTS, *BENEFITS)),
    month_0="same",
)


@line("Opening + hires - leavers - closing", section="Control rows", unit="FTE", year="none")
def heads_gap(last_paid_fte: Quantity, hires: Quantity, leavers: Quantity, paid_fte: Quantity) -> Quantity:
    """The headcount rolls forward without a gap: zero."""
    return _settled(last_paid_fte + hires - leavers - paid_fte, paid_fte)


@line("Spare hours: what people can handle less workload", section="Control rows", unit="hours", year="none")
def capacity_gap(productive_hours: Quantity, occupancy: Quantity, workload_hours: Quantity) -> Quantity:
    """Paid capacity at the planned occupancy covers the work: never below zero."""
    return _settled(productive_hours * occupancy - workload_hours, workload_hours)


# --- Faults ---------------------------------------------------------------------------------------


def _near(left: Quantity, right: Quantity, scale: Quantity) -> Quantity:
    return abs(left - right) <= TOLERANCE * np.maximum(abs(scale), 1)


def _adds_to_one(shares: tuple[Quantity, ...]) -> Quantity:
    return abs(total(shares) - 1) <= TOLERANCE


def _all_zero(row: Quantity) -> Quantity:
    return (row_max(row) == 0) & (row_min(row) == 0)


@check("Every input is a number inside its allowed values", section="Inputs", fault=True)
def inputs_allowed(flags: Quantity) -> Quantity:
    """See the flags on the Inputs sheet."""
    broken = count_of(flags, NOT_ALLOWED) + count_of(flags, NOT_A_NUMBER)
    return np.where(broken == 0, OK, "an input is not allowed: see the flags on the Inputs sheet")


@check("Shares of contacts add up to 100%", section="Inputs", fault=True)
def shares_foot(*share_c: Quantity) -> Quantity:
    """Voice, chat, email and messaging."""
    return np.where(_adds_to_one(share_c), OK, "the shares of contacts do not add up to 100%")


@check("Shares of work add up to 100%", section="Inputs", fault=True, takes=MIX)
def mix_foots(*mix: Quantity) -> Quantity:
    """In-house and BPO, in all markets."""
    return np.where(_adds_to_one(mix), OK, "the shares of work do not add up to 100%")


@check("Contacts by channel add up to all contacts", section="Foots", fault=True)
def channels_foot(year_contacts: Quantity, *year_contacts_c: Quantity) -> Quantity:
    """Over the year."""
    foots = _near(total(year_contacts_c), year_contacts, year_contacts)
    return np.where(foots, OK, "contacts by channel differ from all contacts")


@check("In every month the rows add up to net", section="Foots", fault=True)
def months_foot(row_foot_gap: Quantity) -> Quantity:
    """The control row is zero from month 0 to 12."""
    return np.where(_all_zero(row_foot_gap), OK, "a month's rows differ from its net")


@check(
    "The rows' years add up to the year's net",
    section="Foots",
    fault=True,
    takes=["year_net", *(f"year_{key}" for key in COSTS + BENEFITS)],
)
def year_foots(year_net: Quantity, *leaves: Quantity) -> Quantity:
    """Across and down give the same total."""
    return np.where(
        _near(total(leaves), year_net, year_net), OK, "the years of the rows differ from the year of net"
    )


@check("Running sums end at the year's totals", section="Foots", fault=True)
def cumulative_foots(
    end_cumulative: Quantity, year_net: Quantity, end_project_cumulative: Quantity, year_project: Quantity
) -> Quantity:
    """Net and project."""
    foots = _near(end_cumulative, year_net, year_net) & _near(end_project_cumulative, year_project, year_net)
    return np.where(foots, OK, "a running sum does not end at its year's total")


@check("Headcount rolls forward", section="Foots", fault=True)
def heads_roll(row_heads_gap: Quantity) -> Quantity:
    """Opening + hires - leavers = closing, every month."""
    return np.where(_all_zero(row_heads_gap), OK, "opening + hires - leavers differs from closing")


@check("The people can do the work", section="Foots", fault=True)
def capacity_covers(row_capacity_gap: Quantity) -> Quantity:
    """FTE x hours x (1 - shrinkage) x occupancy covers the workload in every month."""
    return np.where(row_min(row_capacity_gap) >= 0, OK, "a month's people cannot handle its workload")


@check(
    "Costs are negative, benefits positive",
    section="Foots",
    fault=True,
    takes=[f"row_{key}" for key in COSTS + BENEFITS],
)
def signs_hold(*rows: Quantity) -> Quantity:
    """No cost row above zero, no benefit row below."""
    costs, benefits = rows[: len(COSTS)], rows[len(COSTS) :]
    holds = (row_max(*costs) <= 0) & (row_min(*benefits) >= 0)
    return np.where(holds, OK, "a cost is above zero or a benefit below")


@check("NPV at the IRR is zero", section="Foots", fault=True)
def irr_holds(irr: Quantity, row_project: Quantity, row_month: Quantity) -> Quantity:
    """Where there is one IRR."""
    worth = row_product_sum(row_project, cashflow.discount_factor(irr, row_month))
    off = np.isfinite(irr) & (abs(np.where(np.isfinite(irr), worth, 0)) > IRR_TOLERANCE)
    return np.where(off, "the project is not worth zero at its IRR", OK)


@check("Discounted payback is not earlier", section="Foots", fault=True)
def payback_order(
    payback: Quantity, payback_discounted: Quantity, discount_annual: Quantity, end_sign_changes: Quantity
) -> Quantity:
    """At a discount rate that is not negative, for costs first and benefits after."""
    both = np.isfinite(payback) & np.isfinite(payback_discounted)
    both = both & (discount_annual >= 0) & (end_sign_changes == 1)
    off = np.where(both, payback > payback_discounted + TOLERANCE, False)
    return np.where(off, "discounting makes the payback earlier", OK)


# --- Points for a second look ---------------------------------------------------------------------


@check("Inputs lie in the ranges of the sources", section="Second look")
def inputs_in_range(flags: Quantity) -> Quantity:
    """Outside is allowed; say why."""
    outside = count_of(flags, BELOW) + count_of(flags, ABOVE)
    return np.where(
        outside == 0, OK, "an input lies outside its sourced range: see the flags on the Inputs sheet"
    )


@check("Tools are counted once, {}", section="Second look")
def tools_once_m(
    year_labor_m: Quantity,
    flag_fte_cost_m: Quantity,
    year_licenses: Quantity,
    telephony_agent_month: Quantity,
) -> Quantity:
    """A cost per FTE in the fully loaded range already has tools in it."""
    twice = (year_labor_m < 0) & (flag_fte_cost_m == OK) & (telephony_agent_month - year_licenses > 0)
    return np.where(twice, "the cost per FTE may be fully loaded, and tools are added: leave one out", OK)


@check("Hours left open have a price", section="Second look")
def overflow_priced(year_open_fte: Quantity, overflow_hour: Quantity) -> Quantity:
    """People in ramp-up leave work open."""
    free = (year_open_fte > TOLERANCE) & (overflow_hour == 0)
    return np.where(free, "people in ramp-up leave hours open that cost nothing", OK)


@check("Attrition and hiring cost go together", section="Second look")
def hiring_agrees(attrition_year: Quantity, cost_per_hire: Quantity, year_paid_fte: Quantity) -> Quantity:
    """One without the other is an omission."""
    alone = np.where(attrition_year > 0, cost_per_hire == 0, cost_per_hire > 0)
    one = (year_paid_fte > 0) & alone
    return np.where(one, "attrition without a cost per hire, or the reverse", OK)


@check("The pay rise has a month", section="Second look")
def merit_dated(merit: Quantity, merit_month: Quantity) -> Quantity:
    """Without a month from 1 to 12 it never comes."""
    return np.where(
        (merit != 0) & (merit_month > MONTHS_YEAR), "a pay rise after month 12 changes nothing", OK
    )


@check("Self-service grows", section="Second look")
def deflection_ramps(year_deflection_saving: Quantity, deflect_ramp: Quantity) -> Quantity:
    """Savings start when staffing falls, not when the bot goes live."""
    sudden = (year_deflection_saving > 0) & (deflect_ramp == 0)
    return np.where(sudden, "the full saving starts in month 1: give a ramp", OK)


@check("Self-service costs something", section="Second look")
def saving_not_free(deflect_rate: Quantity, platform_month: Quantity) -> Quantity:
    """A saving without a platform cost is incomplete."""
    return np.where((deflect_rate > 0) & (platform_month == 0), "savings without a platform cost", OK)


@check("Success is verified or leaks, not both", section="Second look")
def verified_once(deflect_rate: Quantity, leakage: Quantity) -> Quantity:
    """Leakage on verified success takes the same contacts out twice."""
    both = (deflect_rate > 0) & (leakage > 0)
    return np.where(both, "leakage is above 0: make sure the success rate is not already verified", OK)


@check("Churn falls after a lag", section="Second look")
def churn_lags(year_retained: Quantity, churn_lag: Quantity, churn_ramp: Quantity) -> Quantity:
    """Customers who stay are seen late."""
    sudden = (year_retained > 0) & ((churn_lag == 0) | (churn_ramp == 0))
    return np.where(sudden, "kept revenue without a lag or without a ramp", OK)


@check("Benefits wait for the set-up", section="Second look")
def benefits_wait(year_retained: Quantity, setup: Quantity, churn_lag: Quantity) -> Quantity:
    """Dignifi's phases need at least 16 weeks."""
    early = (year_retained > 0) & (setup > 0) & (churn_lag < SETUP_MONTHS)
    return np.where(early, "kept revenue starts before a set-up usually ends (16 to 24 weeks)", OK)


@check("Churn cut is modest", section="Second look")
def churn_modest(churn_cut: Quantity) -> Quantity:
    """More than two points a year needs evidence."""
    return np.where(churn_cut > CHURN_CUT_HIGH, "the churn cut is above two points a year", OK)


@check("Kept revenue is shown as profit", section="Second look")
def margin_given(year_retained: Quantity, gross_margin: Quantity) -> Quantity:
    """Revenue is not profit."""
    return np.where(
        (year_retained > 0) & (gross_margin == 1), "kept revenue counts in full: give the margin", OK
    )


@check("The payback is not too good", section="Second look")
def payback_plausible(payback: Quantity) -> Quantity:
    """Guides see 9 to 15 months; earlier, ask what was left out."""
    early = np.where(np.isfinite(payback), payback < PAYBACK_EARLY, False)
    return np.where(early, "earlier than the guides' 9 to 15 months: ask what was left out", OK)


# --- Front page -----------------------------------------------------------------------------------


@headline("Cost center")
def shown_cost_center(cost_center: Quantity) -> Quantity:
    """Empty when the plan has none."""
    return np.where(is_text(cost_center), cost_center, "")


@headline("Checks that fail")
def faults(fault_checks: Quantity) -> Quantity:
    """Sums that do not foot, inputs that are not allowed."""
    return size_of(fault_checks) - count_of(fault_checks, OK)


@headline("Points for a second look")
def second_looks(look_checks: Quantity) -> Quantity:
    """Assumptions that a reviewer will ask about."""
    return size_of(look_checks) - count_of(look_checks, OK)


@headline("Master check")
def master_check(fault_checks: Quantity) -> Quantity:
    """OK only if every check that must hold does."""
    return np.where(count_of(fault_checks, OK) == size_of(fault_checks), OK, "FAULT: see Checks")
