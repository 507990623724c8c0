"""What a quote costs the buyer, in the reporting currency: the invoice, and the costs that stay.

Costs are positive. Month 0 is not discounted; month t is discounted by (1 + rate)^(-t/12).
"""

import numpy as np

from carecost.model import cashflow, labor
from carecost.model.fixed import FIXED
from carecost.model.flags import OK
from carecost.model.native import Quantity, row_max, row_min, row_product_sum, row_sum, total
from carecost.quotes.invoice import PRICING

MINUTES_HOUR = FIXED["minutes_hour"]
MONTHS_YEAR = FIXED["months_year"]
TOLERANCE = FIXED["check_tolerance"]

term, line, figure, check = PRICING.term, PRICING.line, PRICING.figure, PRICING.check
PLACE = "Cost to us, reporting currency"


@term("Travel to the vendor's market", unit="money a year")
def travel_year(
    market: Quantity,
    travel_onshore_year: Quantity,
    travel_nearshore_year: Quantity,
    travel_offshore_year: Quantity,
) -> Quantity:
    """From the demand file, in the reporting currency."""
    near = np.where(market == "nearshore", travel_nearshore_year, travel_offshore_year)
    return np.where(market == "onshore", travel_onshore_year, near)


@line("Vendor", section=PLACE, month_0=True)
def vendor_cost(invoice: Quantity, exit_fee: Quantity, fx: Quantity) -> Quantity:
    """Invoice and exit fee, converted."""
    return (invoice + exit_fee) * fx


@line("Vendor management", section=PLACE)
def management_cost(vendor_manager_month: Quantity) -> Quantity:
    """Our people who steer the vendor."""
    return vendor_manager_month


@line("Licenses", section=PLACE)
def license_cost(seats: Quantity, license_seat_month: Quantity, licenses_included: Quantity) -> Quantity:
    """For the vendor's seats, where the offer does not contain them."""
    return np.where(licenses_included == "yes", 0, seats * license_seat_month)


@line("Telephony", section=PLACE, when=["contacts_voice"])
def telephony_cost(
    contacts_voice: Quantity,
    telephony_call_min: Quantity,
    telephony_minute: Quantity,
    telephony_included: Quantity,
) -> Quantity:
    """Minutes of the voice contacts, where the offer does not contain them."""
    return np.where(telephony_included == "yes", 0, contacts_voice * telephony_call_min * telephony_minute)


@line("Travel", section=PLACE)
def travel_cost(travel_year: Quantity) -> Quantity:
    """A twelfth of the year's."""
    return travel_year / MONTHS_YEAR


@line("Parallel running", section=PLACE)
def parallel_cost(parallel_month: Quantity, parallel_months: Quantity, month: Quantity) -> Quantity:
    """Our present operation, as long as the offer needs it."""
    return np.where(month <= parallel_months, parallel_month, 0)


@line("Transition", section=PLACE, month_0=True)
def transition_cost(transition: Quantity, month: Quantity) -> Quantity:
    """Once, before month 1."""
    return np.where(month == 0, transition, 0)


@line(
    "Own costs", section=PLACE, month_0=True,
    takes=[f"{part}_cost" for part in ("management", "license", "telephony", "travel", "parallel", "transition")],
)  # fmt: skip
def own_cost(*parts: Quantity) -> Quantity:
    """What stays with us."""
    return total(parts)


@line("Total cost", section=PLACE, month_0=True)
def total_cost(vendor_cost: Quantity, own_cost: Quantity) -> Quantity:
    """Vendor and own costs."""
    return vendor_cost + own_cost


@line("Discount factor", section=PLACE, unit="factor", total="none", month_0=True)
def discount_factor(discount_annual: Quantity, month: Quantity) -> Quantity:
    """Month 0 counts in full."""
    return cashflow.discount_factor(discount_annual, month)


@line("Total cost, discounted", section=PLACE, month_0=True)
def discounted(total_cost: Quantity, discount_factor: Quantity) -> Quantity:
    """In money of month 0."""
    return total_cost * discount_factor


# --- Figures ---------------------------------------------------------------------------------------


@figure("Handle time of line 1's contacts", unit="minutes")
def handle_time(
    row_line_1_minutes: Quantity, row_productivity: Quantity, row_line_1_contacts: Quantity
) -> Quantity:
    """Agent minutes per contact at full output, over all channels of the line."""
    return row_product_sum(row_line_1_minutes, row_productivity) / row_sum(row_line_1_contacts)


@figure("Rate of line 1 per productive hour", unit="money per hour")
def hour_price(
    line_1_rate: Quantity, line_1_per_minute: Quantity, line_1_per_contact: Quantity, handle_time: Quantity,
    idle_factor: Quantity, fx: Quantity,
) -> Quantity:  # fmt: skip
    """The quoted rate on the one basis on which quotes compare, without tiers, premiums and fees."""
    units = (line_1_per_minute + line_1_per_contact / handle_time) * MINUTES_HOUR / idle_factor
    return np.where(line_1_rate > 0, line_1_rate * units * fx, np.nan)


@figure("Total cost of ownership (TCO)", unit="money")
def tco(row_total_cost: Quantity) -> Quantity:
    """All costs of the months compared: setup, invoices, own costs and exit."""
    return row_sum(row_total_cost)


@figure("of which vendor", unit="money")
def vendor_total(row_vendor_cost: Quantity) -> Quantity:
    """Invoices and exit fee."""
    return row_sum(row_vendor_cost)


@figure("of which own costs", unit="money")
def own_total(row_own_cost: Quantity) -> Quantity:
    """What stays with us."""
    return row_sum(row_own_cost)


@figure("Net present value of all costs", unit="money")
def npv(row_discounted: Quantity) -> Quantity:
    """Smaller is better."""
    return row_sum(row_discounted)


@figure("Cost per contact", unit="money per contact")
def cost_contact(tco: Quantity, row_contacts: Quantity) -> Quantity:
    """TCO over all contacts."""
    return tco / row_sum(row_contacts)


@figure("Cost per resolved contact", unit="money per contact")
def cost_resolved(cost_contact: Quantity, fcr: Quantity) -> Quantity:
    """Over first-contact resolution: contacts per resolved issue, however often customers come back."""
    return cost_contact / fcr


@figure("Cost per resolved contact, quality-adjusted", unit="money per contact")
def cost_quality(cost_contact: Quantity, fcr: Quantity, csat: Quantity, expected_csat: Quantity) -> Quantity:
    """At the satisfaction expected: a convention, to be read beside the plain figure."""
    return labor.cost_per_resolved(cost_contact, fcr, csat, expected_csat)


@figure("Vendor per productive hour, year 1", unit="money per hour")
def rate_year_1(
    row_month: Quantity, row_vendor_cost: Quantity, row_exit_fee: Quantity, fx: Quantity,
    row_full_output_hours: Quantity,
) -> Quantity:  # fmt: skip
    """Setup, ramp and invoices of the first twelve months over hours at full output."""
    first = row_month <= MONTHS_YEAR
    paid = row_product_sum(first * (row_vendor_cost - row_exit_fee * fx))
    return paid / row_product_sum(first * row_full_output_hours)


@figure("Vendor per productive hour, last year", unit="money per hour")
def rate_steady(
    row_month: Quantity, months: Quantity, row_vendor_cost: Quantity, row_exit_fee: Quantity,
    row_setup_fee: Quantity, fx: Quantity, row_full_output_hours: Quantity,
) -> Quantity:  # fmt: skip
    """Invoices of the last twelve months compared over hours at full output, without setup and exit."""
    last = row_month > months - MONTHS_YEAR
    paid = row_product_sum(last * (row_vendor_cost - (row_exit_fee + row_setup_fee) * fx))
    return paid / row_product_sum(last * row_full_output_hours)


@figure("Service credits if levels were as in the what-if", unit="money", when=["attained"])
def credits_what_if(row_credited: Quantity, fx: Quantity) -> Quantity:
    """Never counted as a saving: it pays for a failure."""
    return row_max(row_credited) * fx


# --- Checks ----------------------------------------------------------------------------------------


def _near(left: Quantity, right: Quantity) -> Quantity:
    return abs(left - right) <= TOLERANCE * np.maximum(abs(right), 1)


@check("Rows add up to the invoices")
def invoice_foots(
    row_invoice: Quantity, row_usage: Quantity, row_shortfall: Quantity, row_fixed_fees: Quantity,
    row_setup_fee: Quantity,
) -> Quantity:  # fmt: skip
    """Usage, shortfall, fixed fees and setup, over all months."""
    parts = row_sum(row_usage) + row_sum(row_shortfall) + row_sum(row_fixed_fees) + row_sum(row_setup_fee)
    return np.where(_near(parts, row_sum(row_invoice)), OK, "the rows differ from the invoices")


@check("Vendor and own costs add up to the total")
def costs_foot(vendor_total: Quantity, own_total: Quantity, tco: Quantity) -> Quantity:
    """Over all months."""
    return np.where(_near(vendor_total + own_total, tco), OK, "vendor and own costs differ from the total")


@check("The minimum is reached at the end")
def minimum_reached(
    row_counted: Quantity, row_shortfall: Quantity, row_minimum_due: Quantity, minimum_units: Quantity
) -> Quantity:
    """Usage and shortfall together are no less than the minimum; for a minimum in money."""
    due = row_sum(row_minimum_due)
    short = due - row_sum(row_counted) - row_sum(row_shortfall)
    holds = (minimum_units > 0) | (short <= TOLERANCE * np.maximum(due, 1))
    return np.where(holds, OK, "less is billed than the minimum")


@check("No cost is below zero")
def costs_positive(row_vendor_cost: Quantity, row_own_cost: Quantity) -> Quantity:
    """Credits never turn an invoice into income."""
    return np.where(row_min(row_vendor_cost, row_own_cost) >= 0, OK, "a month's cost is below zero")
