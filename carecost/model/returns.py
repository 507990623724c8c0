"""What the project returns, and the figures of the year: below the lines of the P&L.

Payback, NPV and IRR run on the project rows. n/a (NaN) says that a figure has no answer in this plan.
"""

import numpy as np

from carecost.model import cashflow
from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, row_max
from carecost.model.plan import PLAN

# Beyond these a month the programs' search for the rate fails, and the rate says nothing.
IRR_LOW, IRR_HIGH = FIXED["irr_low"], FIXED["irr_high"]

line, figure = PLAN.line, PLAN.figure

# --- Return on the project --------------------------------------------------------------------------


@line("Discount factor", section="Return on the project", unit="factor", year="none", month_0="same")
def discount_factor(discount_annual: Quantity, month: Quantity) -> Quantity:
    """Month 0 counts in full."""
    return cashflow.discount_factor(discount_annual, month)


@line("Project, discounted", section="Return on the project", month_0="same")
def project_discounted(project: Quantity, discount_factor: Quantity) -> Quantity:
    """Project rows in money of month 0; their sum is the NPV."""
    return project * discount_factor


def opening_discounted(project_discounted: Quantity) -> Quantity:
    """The running sum starts with month 0."""
    return project_discounted


@line("Discounted, cumulative", section="Return on the project", year="end", month_0=opening_discounted)
def discounted_cumulative(last_discounted_cumulative: Quantity, project_discounted: Quantity) -> Quantity:
    """Running sum of the discounted project rows."""
    return last_discounted_cumulative + project_discounted


@line("Paid back after", section="Return on the project", unit="months", year="end")
def paid_back(
    last_paid_back: Quantity,
    month: Quantity,
    last_project_cumulative: Quantity,
    project_cumulative: Quantity,
    project: Quantity,
) -> Quantity:
    """Months until the cumulative project first comes back to zero; 0 until then."""
    return cashflow.payback_so_far(
        last_paid_back, month, last_project_cumulative, project_cumulative, project
    )


@line("Paid back after, discounted", section="Return on the project", unit="months", year="end")
def discounted_paid_back(
    last_discounted_paid_back: Quantity,
    month: Quantity,
    last_discounted_cumulative: Quantity,
    discounted_cumulative: Quantity,
    project_discounted: Quantity,
) -> Quantity:
    """Months until the discounted cumulative project first comes back to zero; 0 until then."""
    return cashflow.payback_so_far(
        last_discounted_paid_back,
        month,
        last_discounted_cumulative,
        discounted_cumulative,
        project_discounted,
    )


def opening_sign(project: Quantity) -> Quantity:
    """Direction of the first flow."""
    return np.sign(project)


@line(
    "Direction of the flow", section="Return on the project", unit="sign", year="none", month_0=opening_sign
)
def flow_sign(project: Quantity, last_flow_sign: Quantity) -> Quantity:
    """+1 in, -1 out; a month without a flow keeps the direction before it."""
    return np.where(project == 0, last_flow_sign, np.sign(project))


@line("Changes of direction", section="Return on the project", unit="changes", year="end")
def sign_changes(last_sign_changes: Quantity, flow_sign: Quantity, last_flow_sign: Quantity) -> Quantity:
    """An internal rate of return is unique when the flow changes direction exactly once."""
    return last_sign_changes + np.where(flow_sign * last_flow_sign < 0, 1, 0)


# --- Figures of the year ----------------------------------------------------------------------------


@figure("Cost per contact", unit="money per contact")
def cost_per_contact(year_operating: Quantity, year_contacts: Quantity) -> Quantity:
    """Operating cost over contacts; without contingency and project."""
    return np.where(year_contacts > 0, -year_operating / year_contacts, np.nan)


@figure("Cost per productive hour", unit="money per hour")
def cost_per_productive_hour(year_operating: Quantity, year_productive_hours: Quantity) -> Quantity:
    """Operating cost over the hours available for contacts."""
    return np.where(year_productive_hours > 0, -year_operating / year_productive_hours, np.nan)


@figure("Peak paid FTE", unit="FTE")
def peak_fte(row_paid_fte: Quantity) -> Quantity:
    """Most people on the payroll in any month, opening included."""
    return row_max(row_paid_fte)


@figure("Project payback", unit="months")
def payback(end_paid_back: Quantity) -> Quantity:
    """Months until the project's costs are back, not discounted. n/a: nothing spent, or not in this plan."""
    return np.where(end_paid_back > 0, end_paid_back, np.nan)


@figure("Project payback, discounted", unit="months")
def payback_discounted(end_discounted_paid_back: Quantity) -> Quantity:
    """The same with discounted flows. n/a: nothing spent, or not in this plan."""
    return np.where(end_discounted_paid_back > 0, end_discounted_paid_back, np.nan)


@figure("Project NPV", unit="money")
def npv(year_project_discounted: Quantity) -> Quantity:
    """Project rows in money of month 0."""
    return year_project_discounted


@figure("Rate at which the IRR is searched", unit="share a month")
def irr_start(end_sign_changes: Quantity, row_project: Quantity, row_month: Quantity) -> Quantity:
    """Near the monthly IRR. n/a: the flow never changes direction, or more than once (use the NPV)."""
    return np.where(end_sign_changes == 1, cashflow.irr_guess(row_project, row_month), np.nan)


@figure("Project IRR", unit="share a year")
def irr(irr_start: Quantity, row_project: Quantity) -> Quantity:
    """Effective yearly rate. n/a: there is none, or it is beyond what a rate can tell (use the NPV)."""
    within = np.where(np.isfinite(irr_start), (irr_start >= IRR_LOW) & (irr_start <= IRR_HIGH), False)
    return np.where(within, cashflow.annual_rate(cashflow.irr(row_project, irr_start)), np.nan)


@figure("Break-even success rate", unit="share of attempts")
def breakeven_success(
    success: Quantity, year_deflection_saving: Quantity, year_project: Quantity
) -> Quantity:
    """Success at which the project is level after the year; above 100% it cannot pay. n/a: no saving."""
    return _level(success, year_deflection_saving, year_project)


@figure("Break-even churn cut", unit="points of revenue a year")
def breakeven_churn_cut(churn_cut: Quantity, year_retained: Quantity, year_project: Quantity) -> Quantity:
    """Churn cut at which the project is level after the year. n/a: no churn effect."""
    return _level(churn_cut, year_retained, year_project)


def _level(driver: Quantity, benefit: Quantity, project: Quantity) -> Quantity:
    # The benefit is proportional to its driver, so the level is a closed form.
    return np.where(benefit > 0, np.maximum(driver * (benefit - project) / benefit, 0), np.nan)
