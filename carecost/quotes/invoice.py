"""What a vendor bills, month by month, from units to invoice: the one place where a price term is defined.

Amounts are positive, in the offer's currency, not rounded. Month 0 holds what is paid before month 1.
Units follow from the contacts of the demand and the vendor's own staffing: whoever needs more hours for
the same contacts bills more of them.
"""

import numpy as np

from carecost.model import labor
from carecost.model.fixed import FIXED
from carecost.model.inputs import CHANNELS
from carecost.model.native import Quantity, native, size_of, total
from carecost.quotes.fields import TIERS
from carecost.quotes.statement import Pricing

MINUTES_HOUR = FIXED["minutes_hour"]
MONTHS_QUARTER = FIXED["months_quarter"]
HOURS_ALL_WEEK = FIXED["hours_all_week"]

PRICING = Pricing()
term, line = PRICING.term, PRICING.line


@native("INDEX")
def in_month(steps: Quantity, month: Quantity) -> Quantity:
    """The step of each month, counted from 1; months beyond the last step give the last one.

    >>> in_month(np.array([[0.5], [0.75]]), np.array([[1.0], [2.0], [3.0]])).ravel().tolist()
    [0.5, 0.75, 0.75]
    """
    place = np.clip(month[:, 0].astype(int) - 1, 0, len(steps) - 1)
    return steps[place]


# --- Terms: worked out once ------------------------------------------------------------------------


@term("Premiums, together", unit="factor")
def premium_factor(
    hours_week: Quantity,
    premium_24_7: Quantity,
    dedicated_team: Quantity,
    premium_dedicated: Quantity,
    extra_language: Quantity,
    premium_language: Quantity,
) -> Quantity:
    """Those that the demand asks for, multiplied."""
    night = np.where(hours_week >= HOURS_ALL_WEEK, 1 + premium_24_7, 1)
    team = np.where(dedicated_team == "yes", 1 + premium_dedicated, 1)
    return night * team * np.where(extra_language == "yes", 1 + premium_language, 1)


@term("Price rise at each anniversary", unit="share")
def price_rise(indexation: Quantity, indexation_cap: Quantity) -> Quantity:
    """Indexation, at most its cap."""
    cap = np.where(np.isfinite(indexation_cap), indexation_cap, indexation)
    return np.minimum(indexation, cap)


@term("Share of handled minutes billed", unit="share")
def billed_share(wrapup_billed: Quantity, wrapup_share: Quantity) -> Quantity:
    """All of them, or all but wrap-up."""
    return np.where(wrapup_billed == "yes", 1, 1 - wrapup_share)


@term("Productive hours per handled hour", unit="hours")
def idle_factor(occupancy: Quantity) -> Quantity:
    """Waiting time included."""
    return 1 / occupancy


@term("Paid hours per handled hour", unit="hours")
def paid_factor(occupancy: Quantity, shrinkage: Quantity) -> Quantity:
    """Waiting time and shrinkage included."""
    return 1 / occupancy / (1 - shrinkage)


@term("Line {}: units per contact", unit="units", when=["line_n_unit"])
def line_n_per_contact(line_n_unit: Quantity, fcr: Quantity) -> Quantity:
    """1 for a price per contact, first-contact resolution for a price per resolved contact."""
    return np.where(line_n_unit == "contact", 1, np.where(line_n_unit == "resolved", fcr, 0))


@term("Line {}: units per handled minute", unit="units", when=["line_n_unit"])
def line_n_per_minute(
    line_n_unit: Quantity,
    billed_share: Quantity,
    idle_factor: Quantity,
    paid_factor: Quantity,
    hours_month: Quantity,
) -> Quantity:
    """Minutes, hours or seats that a minute in a contact takes; 0 for a price per contact."""
    paid = np.where(line_n_unit == "seat", paid_factor / hours_month, paid_factor)
    by_time = (line_n_unit == "seat") | (line_n_unit == "paid")
    hours = np.where(by_time, paid, np.where(line_n_unit == "productive", idle_factor, 0))
    return np.where(line_n_unit == "minute", billed_share, hours / MINUTES_HOUR)


def _declare_covers(channel: str) -> None:
    @term(
        f"Line {{}}: prices {channel}",
        unit="1 or 0",
        key=f"line_n_covers_{channel}",
        when=["line_n_unit", f"contacts_{channel}"],
    )
    def covers(line_n_channel: Quantity, line_n_unit: Quantity) -> Quantity:
        """Whether the line prices this channel's contacts."""
        named = (line_n_channel == "all") | (line_n_channel == channel)
        return np.where((line_n_unit != "") & named, 1, 0)


for each in CHANNELS:
    _declare_covers(each)


def _step(start: Quantity, rate: Quantity, before: Quantity) -> Quantity:
    return np.where(start > 0, rate - before, 0)


@term("Line {}: price step at tier 2", unit="money per unit", when=["line_n_tier_2_from"])
def line_n_step_2(
    line_n_tier_2_from: Quantity, line_n_tier_2_rate: Quantity, line_n_rate: Quantity
) -> Quantity:
    """Rate of tier 2 less the first rate."""
    return _step(line_n_tier_2_from, line_n_tier_2_rate, line_n_rate)


@term("Line {}: price step at tier 3", unit="money per unit", when=["line_n_tier_3_from"])
def line_n_step_3(
    line_n_tier_3_from: Quantity, line_n_tier_3_rate: Quantity, line_n_tier_2_rate: Quantity
) -> Quantity:
    """Rate of tier 3 less that of tier 2."""
    return _step(line_n_tier_3_from, line_n_tier_3_rate, line_n_tier_2_rate)


@term("Line {}: price step at tier 4", unit="money per unit", when=["line_n_tier_4_from"])
def line_n_step_4(
    line_n_tier_4_from: Quantity, line_n_tier_4_rate: Quantity, line_n_tier_3_rate: Quantity
) -> Quantity:
    """Rate of tier 4 less that of tier 3."""
    return _step(line_n_tier_4_from, line_n_tier_4_rate, line_n_tier_3_rate)


# --- Work ------------------------------------------------------------------------------------------


@line("Output per hour", section="Work", unit="share", total="none")
def productivity(ramp_productivity: Quantity, month: Quantity) -> Quantity:
    """As a share of a trained team's, in the months of the ramp."""
    return np.where(month <= size_of(ramp_productivity), in_month(ramp_productivity, month), 1)


@line("Contacts", section="Work", unit="contacts")
def contacts(*contacts_c: Quantity) -> Quantity:
    """All channels, as the demand has them."""
    return total(contacts_c)


@line("Handled minutes, {}", section="Work", unit="minutes", when=["contacts_c"])
def minutes_c(
    contacts_c: Quantity, aht_c_min: Quantity, concurrency_c: Quantity, productivity: Quantity
) -> Quantity:
    """At the vendor's handle time; a team in its ramp takes longer."""
    return contacts_c * aht_c_min / concurrency_c / productivity


@line("Productive hours", section="Work", unit="hours")
def productive_hours(idle_factor: Quantity, *minutes_c: Quantity) -> Quantity:
    """In contacts and waiting for them."""
    return total(minutes_c) / MINUTES_HOUR * idle_factor


@line("Productive hours at full output", section="Work", unit="hours")
def full_output_hours(productive_hours: Quantity, productivity: Quantity) -> Quantity:
    """What a trained team would have needed: the measure that shows what a ramp costs."""
    return productive_hours * productivity


@line("Seats", section="Work", unit="seats", total="average")
def seats(productive_hours: Quantity, shrinkage: Quantity, hours_month: Quantity) -> Quantity:
    """Paid hours over the paid hours of a seat, not rounded."""
    return productive_hours / (1 - shrinkage) / hours_month


# --- Price lines -----------------------------------------------------------------------------------


def _covered(parts: tuple[Quantity, ...]) -> Quantity:
    """The first half of the parts, a row for each channel, times the second, whether it is priced."""
    rows, covers = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    return total(tuple(row * covered for row, covered in zip(rows, covers, strict=True)))


@line(
    "Contacts", section="Price line {}", unit="contacts",
    takes=["contacts_c", "line_n_covers_c"], when=["line_n_unit"],
)  # fmt: skip
def line_n_contacts(*parts: Quantity) -> Quantity:
    """Those of the channels that the line prices."""
    return _covered(parts)


@line(
    "Handled minutes", section="Price line {}", unit="minutes",
    takes=["minutes_c", "line_n_covers_c"], when=["line_n_unit"],
)  # fmt: skip
def line_n_minutes(*parts: Quantity) -> Quantity:
    """Those of the channels that the line prices."""
    return _covered(parts)


@line("Units", section="Price line {}", unit="units", when=["line_n_unit"])
def line_n_units(
    line_n_contacts: Quantity,
    line_n_per_contact: Quantity,
    line_n_minutes: Quantity,
    line_n_per_minute: Quantity,
) -> Quantity:
    """What the rate is per: seats, hours, minutes, contacts or resolved contacts."""
    return line_n_contacts * line_n_per_contact + line_n_minutes * line_n_per_minute


@line("Units beyond those in the fixed fee", section="Price line {}", unit="units", when=["line_n_rate"])
def line_n_priced(line_n_units: Quantity, line_n_included: Quantity) -> Quantity:
    """Never below zero."""
    return np.maximum(line_n_units - line_n_included, 0)


@line("At the first rate", section="Price line {}", when=["line_n_rate"])
def line_n_rated(line_n_priced: Quantity, line_n_rate: Quantity) -> Quantity:
    """As if there were no tiers."""
    return line_n_priced * line_n_rate


@line(
    "Change by tiers", section="Price line {}",
    takes=[f"line_n_{part}" for part in ("tier_2_from", "tier_3_from", "tier_4_from", "step_2", "step_3", "step_4")],
    when=["line_n_tiers"],
)  # fmt: skip
def line_n_tiered(line_n_priced: Quantity, line_n_tiers: Quantity, *parts: Quantity) -> Quantity:
    """Units beyond each tier's start (graduated), or all units once it is reached (volume), at its step."""
    starts, steps = parts[: len(TIERS)], parts[len(TIERS) :]
    tiers = tuple(zip(starts, steps, strict=False))
    beyond = total(tuple(np.maximum(line_n_priced - start, 0) * step for start, step in tiers))
    reached = total(tuple(np.where(line_n_priced >= start, step, 0) for start, step in tiers))
    return np.where(line_n_tiers == "volume", line_n_priced * reached, beyond)


@line("Base fee", section="Price line {}", when=["line_n_baseline"])
def line_n_base(line_n_base_fee: Quantity) -> Quantity:
    """For the baseline volume."""
    return line_n_base_fee


@line("Charge above the band (ARC)", section="Price line {}", when=["line_n_baseline"])
def line_n_above(
    line_n_units: Quantity, line_n_baseline: Quantity, line_n_deadband: Quantity, line_n_arc: Quantity
) -> Quantity:
    """Units beyond the dead-band's upper end."""
    return np.maximum(line_n_units - line_n_baseline * (1 + line_n_deadband), 0) * line_n_arc


@line("Credit below the band (RRC)", section="Price line {}", when=["line_n_baseline"])
def line_n_below(
    line_n_units: Quantity, line_n_baseline: Quantity, line_n_deadband: Quantity, line_n_rrc: Quantity
) -> Quantity:
    """Units missing below the dead-band's lower end; negative."""
    return -np.maximum(line_n_baseline * (1 - line_n_deadband) - line_n_units, 0) * line_n_rrc


@line(
    "Usage, at prices of the offer", section="Price line {}",
    takes=[f"line_n_{part}" for part in ("rated", "tiered", "base", "above", "below")], when=["line_n_unit"],
)  # fmt: skip
def line_n_charge(*parts: Quantity) -> Quantity:
    """Rate, tiers and band; never below zero."""
    return np.maximum(total(parts), 0)


# --- Invoice ---------------------------------------------------------------------------------------


@line("Price level", section="Invoice", unit="factor", total="none")
def price_level(price_rise: Quantity, month: Quantity) -> Quantity:
    """Steps at each anniversary."""
    return (1 + price_rise) ** labor.years_before(month)


@line("Share billed", section="Invoice", unit="share", total="none")
def billing(ramp_billing: Quantity, month: Quantity) -> Quantity:
    """Of usage and fixed fees, in the months of the ramp."""
    return np.where(month <= size_of(ramp_billing), in_month(ramp_billing, month), 1)


@line("Usage charges", section="Invoice")
def usage(
    premium_factor: Quantity, billing: Quantity, price_level: Quantity, *line_n_charge: Quantity
) -> Quantity:
    """All price lines, with premiums, share billed and price level."""
    return total(line_n_charge) * premium_factor * billing * price_level


@line("Counts toward the minimum", section="Invoice", unit="money or units")
def counted(minimum_units: Quantity, line_1_units: Quantity, usage: Quantity) -> Quantity:
    """Units of line 1 for a minimum in units, else usage charges."""
    return np.where(minimum_units > 0, line_1_units, usage)


@line("Minimum", section="Invoice", unit="money or units")
def minimum_due(
    minimum_units: Quantity, minimum_amount: Quantity, minimum_from: Quantity, month: Quantity
) -> Quantity:
    """In money or in units, from its first month on."""
    return np.where(month >= minimum_from, minimum_amount + minimum_units, 0)


@line("Settlement", section="Invoice", unit="1 or 0", total="none")
def settles(true_up: Quantity, month: Quantity, months: Quantity) -> Quantity:
    """1 where a shortfall is billed: every month, or each quarter's last and the last of all."""
    quarter_ends = month / MONTHS_QUARTER == np.floor(month / MONTHS_QUARTER)
    return np.where((true_up == "monthly") | quarter_ends | (month == months), 1, 0)


@line("Missing since the last settlement", section="Invoice", unit="money or units", total="none")
def missing(
    last_missing: Quantity, last_settles: Quantity, minimum_due: Quantity, counted: Quantity
) -> Quantity:
    """Minimum less what counts; below zero where there is more than enough."""
    return np.where(last_settles == 1, 0, last_missing) + minimum_due - counted


@line("Shortfall against the minimum", section="Invoice")
def shortfall(
    settles: Quantity,
    missing: Quantity,
    minimum_units: Quantity,
    line_1_rate: Quantity,
    premium_factor: Quantity,
    price_level: Quantity,
) -> Quantity:
    """What is missing at a settlement; missing units at the rate of line 1 with premiums and price level."""
    price = np.where(minimum_units > 0, line_1_rate * premium_factor * price_level, 1)
    return settles * np.maximum(missing, 0) * price


@line("Fixed fees", section="Invoice")
def fixed_fees(billing: Quantity, price_level: Quantity, *line_n_fixed: Quantity) -> Quantity:
    """On top of usage, with share billed and price level."""
    return total(line_n_fixed) * billing * price_level


@line("Setup", section="Invoice", month_0=True)
def setup_fee(setup: Quantity, month: Quantity) -> Quantity:
    """Once, before month 1."""
    return np.where(month == 0, setup, 0)


@line("Invoice", section="Invoice", month_0=True)
def invoice(usage: Quantity, shortfall: Quantity, fixed_fees: Quantity, setup_fee: Quantity) -> Quantity:
    """What the vendor bills in the month, before any service credit."""
    return total((usage, shortfall, fixed_fees, setup_fee))


# --- Leaving early ---------------------------------------------------------------------------------


@line("Cost of leaving after this month", section="Leaving early", total="none")
def leaving(
    term: Quantity,
    month: Quantity,
    minimum_amount: Quantity,
    minimum_units: Quantity,
    line_1_rate: Quantity,
    premium_factor: Quantity,
    price_level: Quantity,
    exit_notice: Quantity,
    exit_share: Quantity,
    exit_setup: Quantity,
    setup: Quantity,
) -> Quantity:
    """Minimum in full through the notice, its share for the rest of the term, and setup not written off."""
    left = np.maximum(term - month, 0)
    minimum = minimum_amount + minimum_units * line_1_rate * premium_factor * price_level
    due = np.minimum(exit_notice, left) + exit_share * np.maximum(left - exit_notice, 0)
    return minimum * due + exit_setup * setup * left / term


@line("Exit fee", section="Leaving early")
def exit_fee(leaving: Quantity, month: Quantity, months: Quantity) -> Quantity:
    """At the end of the months compared, where the offer's term is longer."""
    return np.where(month == months, leaving, 0)


# --- Service credits: never part of a total ----------------------------------------------------------


@line("Misses in a row", section="Service credits, what-if", unit="months", total="none", when=["attained"])
def misses(last_misses: Quantity, attained: Quantity, service_level: Quantity) -> Quantity:
    """Months in a row below the service level offered, if it were attained as the demand file's what-if."""
    return np.where(attained < service_level, last_misses + 1, 0)


@line("Credit due", section="Service credits, what-if", when=["attained"])
def credit_due(
    misses: Quantity, credit_misses: Quantity, usage: Quantity, shortfall: Quantity, fixed_fees: Quantity,
    credit_rate: Quantity,
) -> Quantity:  # fmt: skip
    """From the agreed number of misses in a row on, a share of the month's invoice."""
    return np.where(misses >= credit_misses, total((usage, shortfall, fixed_fees)) * credit_rate, 0)


@line("Credited so far", section="Service credits, what-if", total="none", when=["attained"])
def credited(last_credited: Quantity, credit_due: Quantity, credit_cap: Quantity) -> Quantity:
    """Never more than the cap. It pays for a failure: no total contains it."""
    so_far = last_credited + credit_due
    return np.where(np.isfinite(credit_cap), np.minimum(so_far, credit_cap), so_far)
