"""The 12-month P&L as an ordered list of lines: the one place where a cost line is defined.

Money is in the plan's currency, + in and - out, not rounded. Month 0 holds what is paid before the
first month. Labor stands on demand before self-service; the saving is its own row, so that no contact
is taken out twice. Payback, NPV and IRR belong to the project rows only: an operation never pays back.
"""

import numpy as np

from carecost.model import deflection, retention, staffing, technology
from carecost.model.definition import argument
from carecost.model.fixed import FIXED
from carecost.model.inputs import RAMP_MONTHS
from carecost.model.lines import Statement
from carecost.model.native import Quantity, pick, total

MONTHS_YEAR = FIXED["months_year"]
ROUNDING = FIXED["rounding"]

PLAN = Statement()
line = PLAN.line

# --- Demand ---------------------------------------------------------------------------------------


@line("Contacts", section="Demand", unit="contacts")
def contacts(contacts_monthly: Quantity, month: Quantity) -> Quantity:
    """All contacts of the month, before self-service."""
    return pick(contacts_monthly, month)


@line("Contacts, {}", section="Demand", unit="contacts")
def contacts_c(contacts: Quantity, share_c: Quantity) -> Quantity:
    """The channel's share of the contacts."""
    return contacts * share_c


@line("Workload, {}", section="Demand", unit="hours")
def hours_c(contacts_c: Quantity, aht_c_min: Quantity, concurrency_c: Quantity) -> Quantity:
    """Handling hours of the channel."""
    return staffing.workload(contacts_c, aht_c_min, concurrency_c)


@line("Workload hours", section="Demand", unit="hours")
def workload_hours(*hours_c: Quantity) -> Quantity:
    """Handling hours of all channels."""
    return total(hours_c)


# --- People ---------------------------------------------------------------------------------------


@line("Share of work in-house", section="People", unit="share", year="none")
def inhouse_share(*mix_m_inhouse: Quantity) -> Quantity:
    """Work done by our own people, in all markets."""
    return total(mix_m_inhouse)


@line("Required FTE", section="People", unit="FTE", year="average")
def required_fte(
    workload_hours: Quantity,
    inhouse_share: Quantity,
    shrinkage: Quantity,
    occupancy: Quantity,
    hours_month: Quantity,
) -> Quantity:
    """In-house FTE that the month's work needs, not rounded."""
    return staffing.fte(workload_hours * inhouse_share, shrinkage, occupancy, hours_month)


@line("Leavers", section="People", unit="FTE")
def leavers(last_paid_fte: Quantity, attrition_year: Quantity, month: Quantity) -> Quantity:
    """A twelfth of the yearly attrition; month 1 starts with the opening headcount."""
    return np.where(month > 1, last_paid_fte * attrition_year / MONTHS_YEAR, 0)


@line("Survivors", section="People", unit="FTE", year="average")
def survivors(last_paid_fte: Quantity, leavers: Quantity) -> Quantity:
    """People of last month who are still here."""
    return last_paid_fte - leavers


@line("Hires", section="People", unit="FTE")
def hires(required_fte: Quantity, survivors: Quantity) -> Quantity:
    """People hired to reach the required FTE; nobody is dismissed when it falls."""
    return np.maximum(required_fte - survivors, 0)


def opening_fte(start_fte: Quantity, first_required_fte: Quantity) -> Quantity:
    """The plan's opening headcount; left blank, what month 1 requires."""
    return np.where(np.isfinite(start_fte), start_fte, first_required_fte)


@line("Paid FTE", section="People", unit="FTE", year="average", month_0=opening_fte)
def paid_fte(survivors: Quantity, hires: Quantity) -> Quantity:
    """People on the payroll. Month 0 is the opening headcount."""
    return survivors + hires


def still_here(younger: Quantity, attrition_year: Quantity) -> Quantity:
    """Last month's newer hires, less a twelfth of the yearly attrition."""
    return younger * (1 - attrition_year / MONTHS_YEAR)


for age in range(2, RAMP_MONTHS + 1):
    younger = "hires" if age == 2 else f"cohort_{age - 1}"
    PLAN.add_line(
        f"cohort_{age}",
        f"Hires in month {age} of employment",
        "People",
        "FTE",
        "average",
        still_here,
        (argument(f"last_{younger}"), argument("attrition_year")),
    )


@line("FTE lost in ramp-up", section="People", unit="FTE", year="average")
def ramp_loss(
    hires: Quantity,
    cohort_2: Quantity,
    cohort_3: Quantity,
    cohort_4: Quantity,
    cohort_5: Quantity,
    cohort_6: Quantity,
    ramp_1: Quantity,
    ramp_2: Quantity,
    ramp_3: Quantity,
    ramp_4: Quantity,
    ramp_5: Quantity,
    ramp_6: Quantity,
) -> Quantity:
    """What new people cannot handle yet, by month of employment."""
    return (
        hires * (1 - ramp_1)
        + cohort_2 * (1 - ramp_2)
        + cohort_3 * (1 - ramp_3)
        + cohort_4 * (1 - ramp_4)
        + cohort_5 * (1 - ramp_5)
        + cohort_6 * (1 - ramp_6)
    )


@line("Effective FTE", section="People", unit="FTE", year="average")
def effective_fte(paid_fte: Quantity, ramp_loss: Quantity) -> Quantity:
    """Paid FTE, new people counted at what they can handle."""
    return paid_fte - ramp_loss


@line("Open FTE", section="People", unit="FTE", year="average")
def open_fte(required_fte: Quantity, effective_fte: Quantity) -> Quantity:
    """Work that people in ramp-up leave open; what rounding leaves is none."""
    open_work = required_fte - effective_fte
    return np.where(open_work > ROUNDING * required_fte, open_work, 0)


@line("Paid FTE, {}", section="People", unit="FTE", year="average")
def paid_fte_m(paid_fte: Quantity, mix_m_inhouse: Quantity, inhouse_share: Quantity) -> Quantity:
    """The market's part of the payroll, in proportion to its share of the in-house work."""
    return np.where(inhouse_share > 0, paid_fte * mix_m_inhouse / inhouse_share, 0)


@line("BPO seats, {}", section="People", unit="seats", year="average")
def bpo_seats_m(
    workload_hours: Quantity,
    mix_m_bpo: Quantity,
    shrinkage: Quantity,
    occupancy: Quantity,
    hours_month: Quantity,
) -> Quantity:
    """Seats that the market's outsourced work needs, at our own shrinkage and occupancy."""
    return staffing.fte(workload_hours * mix_m_bpo, shrinkage, occupancy, hours_month)


@line("Users of our tools", section="People", unit="users", year="average")
def tool_users(paid_fte: Quantity, license_bpo: Quantity, *bpo_seats_m: Quantity) -> Quantity:
    """Paid FTE, and the BPO seats that work on our licenses."""
    return paid_fte + license_bpo * total(bpo_seats_m)


@line("Productive hours", section="People", unit="hours")
def productive_hours(
    paid_fte: Quantity, hours_month: Quantity, shrinkage: Quantity, *bpo_seats_m: Quantity
) -> Quantity:
    """Hours available for contacts, of our people and the BPO seats."""
    return (paid_fte + total(bpo_seats_m)) * hours_month * (1 - shrinkage)


# --- Operating cost -------------------------------------------------------------------------------


@line("Pay level", section="Operating cost", unit="factor", year="none")
def pay_level(merit: Quantity, merit_month: Quantity, month: Quantity) -> Quantity:
    """1 until the pay rise, 1 + rise from its month on."""
    return np.where(month >= merit_month, 1 + merit, 1)


@line("Labor, {}", section="Operating cost")
def labor_m(paid_fte_m: Quantity, fte_cost_m: Quantity, fx_m: Quantity, pay_level: Quantity) -> Quantity:
    """Paid FTE of the market at its cost, converted, with the pay rise."""
    return -paid_fte_m * fte_cost_m * fx_m * pay_level


@line("BPO, {}", section="Operating cost")
def bpo_m(bpo_seats_m: Quantity, seat_m: Quantity, fx_m: Quantity) -> Quantity:
    """BPO seats of the market at the seat price, converted."""
    return -bpo_seats_m * seat_m * fx_m


@line("Hiring", section="Operating cost")
def hiring(hires: Quantity, cost_per_hire: Quantity) -> Quantity:
    """Hires at the cost per hire."""
    return -hires * cost_per_hire


@line("Licenses", section="Operating cost")
def licenses(tool_users: Quantity, license_agent_month: Quantity, addons_agent_month: Quantity) -> Quantity:
    """Licenses and add-ons of all users."""
    return -tool_users * (license_agent_month + addons_agent_month)


@line("Telephony", section="Operating cost")
def telephony(
    tool_users: Quantity,
    telephony_agent_month: Quantity,
    contacts_voice: Quantity,
    aht_voice_min: Quantity,
    telephony_minute: Quantity,
) -> Quantity:
    """Telephony seats of all users, and the minutes of the voice contacts."""
    return -technology.telephony(
        contacts_voice, aht_voice_min, telephony_minute, tool_users, telephony_agent_month
    )


@line("Text messages", section="Operating cost")
def messaging(contacts: Quantity, sms_per_contact: Quantity, sms_rate: Quantity) -> Quantity:
    """Outbound messages of all contacts."""
    return -technology.messages(contacts, sms_per_contact, sms_rate)


@line("AI assistance", section="Operating cost")
def ai(contacts: Quantity, ai_share: Quantity, ai_rate: Quantity) -> Quantity:
    """Assisted replies or classifications."""
    return -technology.messages(contacts, ai_share, ai_rate)


@line("Recording storage", section="Operating cost")
def storage(
    contacts_voice: Quantity,
    aht_voice_min: Quantity,
    storage_gb_month: Quantity,
    retention_months: Quantity,
    month: Quantity,
) -> Quantity:
    """Voice recordings kept, at this month's volume."""
    return -technology.storage(contacts_voice * aht_voice_min, storage_gb_month, retention_months, month)


@line("Integration reserve", section="Operating cost")
def integration_reserve(licenses: Quantity, reserve: Quantity) -> Quantity:
    """Integration and maintenance, a share of licenses and add-ons."""
    return licenses * reserve


@line("Overflow", section="Operating cost")
def overflow(
    open_fte: Quantity, hours_month: Quantity, shrinkage: Quantity, overflow_hour: Quantity
) -> Quantity:
    """Productive hours that are left open, bought at the overflow price."""
    return -open_fte * hours_month * (1 - shrinkage) * overflow_hour


PLAN.subtotal("operating", "Operating cost", section="Operating cost")


@line("Contingency", section="Total cost")
def contingency_cost(operating: Quantity, contingency: Quantity) -> Quantity:
    """Applied once, to operating cost."""
    return operating * contingency


# --- Project --------------------------------------------------------------------------------------


@line("Share of contacts offered self-service", section="Project drivers", unit="share", year="none")
def offered_share(deflect_rate: Quantity, deflect_ramp: Quantity, month: Quantity) -> Quantity:
    """Grows in a straight line to the full rate."""
    return deflect_rate * retention.weight(month, 0, deflect_ramp)


@line("Churn effect", section="Project drivers", unit="share", year="none")
def churn_weight(churn_lag: Quantity, churn_ramp: Quantity, month: Quantity) -> Quantity:
    """0 through the lag, then a straight ramp to 1."""
    return retention.weight(month, churn_lag, churn_ramp)


@line("Revenue kept, building up", section="Project drivers", unit="money", year="none")
def kept_revenue(
    last_kept_revenue: Quantity, arr: Quantity, churn_cut: Quantity, churn_weight: Quantity
) -> Quantity:
    """Cohort method: what each month saves is kept from that month on."""
    return last_kept_revenue + retention.run_rate(arr, churn_cut) / MONTHS_YEAR * churn_weight


@line("Set-up", section="Project", month_0="same")
def setup_cost(setup: Quantity, month: Quantity) -> Quantity:
    """Paid once, before month 1."""
    return np.where(month == 0, -setup, 0)


@line("Platform", section="Project")
def platform_cost(platform_month: Quantity) -> Quantity:
    """Run cost of the self-service platform."""
    return -platform_month


@line("Deflection saving", section="Project")
def deflection_saving(
    contacts: Quantity, offered_share: Quantity, success: Quantity, leakage: Quantity, deflect_cost: Quantity
) -> Quantity:
    """Live contacts that self-service really takes away, at their marginal cost."""
    return deflection.saving(contacts * offered_share, success, leakage, deflect_cost)


@line("Retained gross profit", section="Project")
def retained(
    arr: Quantity,
    churn_cut: Quantity,
    gross_margin: Quantity,
    churn_method: Quantity,
    churn_weight: Quantity,
    kept_revenue: Quantity,
) -> Quantity:
    """Gross profit on revenue that less churn keeps, by the chosen method."""
    run_rate = retention.run_rate(arr, churn_cut) * churn_weight
    return np.where(churn_method == "cohort", kept_revenue, run_rate) * gross_margin


PLAN.subtotal("project", "Project", section="Project", month_0="same")

# --- Result ---------------------------------------------------------------------------------------


@line("Net", section="Result", month_0="same")
def net(operating: Quantity, contingency_cost: Quantity, project: Quantity) -> Quantity:
    """Operating cost, contingency and project."""
    return operating + contingency_cost + project


def opening_net(net: Quantity) -> Quantity:
    """The running sum starts with month 0."""
    return net


@line("Cumulative", section="Result", year="end", month_0=opening_net)
def cumulative(last_cumulative: Quantity, net: Quantity) -> Quantity:
    """Running sum of net."""
    return last_cumulative + net


def opening_project(project: Quantity) -> Quantity:
    """The running sum starts with month 0."""
    return project


@line("Project, cumulative", section="Result", year="end", month_0=opening_project)
def project_cumulative(last_project_cumulative: Quantity, project: Quantity) -> Quantity:
    """Running sum of the project rows."""
    return last_project_cumulative + project


# --- Cost by kind -----------------------------------------------------------------------------------


@line("Labor", section="Cost by kind, spend shown positive")
def spend_labor(*labor_m: Quantity) -> Quantity:
    """In-house people in all markets."""
    return -total(labor_m)


@line("BPO", section="Cost by kind, spend shown positive")
def spend_bpo(*bpo_m: Quantity) -> Quantity:
    """Outsourced seats in all markets."""
    return -total(bpo_m)


@line("Hiring and overflow", section="Cost by kind, spend shown positive")
def spend_hiring(hiring: Quantity, overflow: Quantity) -> Quantity:
    """What changes in headcount cost."""
    return -(hiring + overflow)


@line("Technology", section="Cost by kind, spend shown positive")
def spend_technology(
    licenses: Quantity,
    telephony: Quantity,
    messaging: Quantity,
    ai: Quantity,
    storage: Quantity,
    integration_reserve: Quantity,
) -> Quantity:
    """Licenses, telephony, messages, AI, storage and the integration reserve."""
    return -total((licenses, telephony, messaging, ai, storage, integration_reserve))


@line("Contingency", section="Cost by kind, spend shown positive")
def spend_contingency(contingency_cost: Quantity) -> Quantity:
    """Reserve on operating cost."""
    return -contingency_cost


@line("Total cost", section="Cost by kind, spend shown positive")
def spend_total(operating: Quantity, contingency_cost: Quantity) -> Quantity:
    """Operating cost and contingency; the project stands apart."""
    return -(operating + contingency_cost)
