"""Invoices month by month, against a table computed by hand and against the calculators they rest on."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quote_cases import ATTAINED, demand, offer, read_cases

from carecost.model import labor, outsourcing, technology
from carecost.quotes.basis import Basis
from carecost.quotes.compare import compare
from carecost.quotes.terms import complete

CASES = read_cases()


def priced(terms, months, **changes):
    """The numbers of one offer."""
    asked = demand(months, **changes)
    return Basis([complete(offer(**terms), asked)], asked).price(np.arange(1))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_invoice_by_hand(case):
    attained = {"attained": ATTAINED} if case.months == len(ATTAINED) else {}
    found = priced(case.terms, case.months, **case.contacts, **attained).lines[case.line][:, 0]
    assert found.tolist() == pytest.approx(case.expected, rel=1e-12, abs=1e-9)


def test_the_table_has_every_pricing_model_and_commercial_term():
    used = {name for case in CASES for name in case.terms}
    units = {case.terms["line_1_unit"] for case in CASES}
    assert units == {"seat", "paid", "productive", "hour", "minute", "contact", "resolved"}
    assert used >= {
        "line_1_included", "line_1_tiers", "line_1_baseline", "line_1_deadband", "minimum_amount", "minimum_units",
        "true_up", "ramp_1_billing", "ramp_1_productivity", "indexation_cap", "credit_misses", "credit_cap",
        "exit_share", "exit_notice", "exit_setup", "premium_24_7", "setup", "wrapup_billed",
    }  # fmt: skip


# ---- The same sums as the CARE functions ----


@pytest.mark.parametrize("units", [0, 700, 1120, 2400])
@pytest.mark.parametrize("minimum", [0, 2500])
def test_usage_and_minimum_are_those_of_billed_usage(units, minimum):
    terms = {"line_1_unit": "contact", "line_1_rate": 2.5, "premium_24_7": 0.1, "premium_dedicated": 0.2}
    found = priced({**terms, "minimum_amount": minimum}, 1, contacts_voice=units, contacts_email=1)
    expected = outsourcing.billed_usage(units + 1, 2.5, minimum, np.array([0.1, 0.2]))
    assert found.lines["invoice"][1, 0] == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("contacts", [999, 1000, 1001, 2500])
def test_tiers_are_those_of_the_technology_calculators(contacts):
    start, price = np.array([0, 1000, 2000]), np.array([3, 2.5, 2])
    terms = {"line_1_unit": "contact", "line_1_rate": 3, "line_1_tier_2_from": 1000, "line_1_tier_2_rate": 2.5,
             "line_1_tier_3_from": 2000, "line_1_tier_3_rate": 2}  # fmt: skip
    graduated = priced({**terms, "line_1_tiers": "graduated"}, 1, contacts_voice=contacts).lines["usage"][
        1, 0
    ]
    assert graduated == pytest.approx(float(technology.graduated(contacts, start, price)), rel=1e-12)
    volume = priced({**terms, "line_1_tiers": "volume"}, 1, contacts_voice=contacts).lines["usage"][1, 0]
    assert volume == pytest.approx(contacts * float(technology.tier_price(contacts, start, price)), rel=1e-12)


@pytest.mark.parametrize("unit", ["seat", "paid", "productive", "minute", "contact", "resolved"])
def test_hour_price_is_that_of_the_calculator(unit):
    terms = {"line_1_unit": unit, "line_1_rate": 7.0, "wrapup_billed": "yes", "shrinkage": 0.33, "occupancy": 0.81,
             "fcr": 0.7, "aht_voice_min": 6.6}  # fmt: skip
    found = priced(terms, 2, contacts_voice=1000).figures["hour_price"][0]
    expected = outsourcing.productive_hour_price(7.0, unit, 0.33, 0.81, 6.6, 0.7, 160, 1)
    assert found == pytest.approx(float(expected), rel=1e-12)


def test_credits_are_those_of_the_calculator():
    terms = {
        "line_1_unit": "contact",
        "line_1_rate": 2.5,
        "credit_rate": 0.05,
        "credit_misses": 2,
        "credit_cap": 250,
    }
    found = priced(terms, 8, contacts_voice=1120, attained=ATTAINED).lines["credited"][1:, 0]
    fees = np.full(8, 2800.0)
    expected = outsourcing.service_credits(fees, np.array(ATTAINED), 0.80, 0.05, 2, 250).cumsum()
    assert found == pytest.approx(expected, rel=1e-12)


def test_total_is_that_of_the_calculator():
    """CARE_BPO_TCO: a flat fee, ramp, indexation, own costs and discount."""
    terms = {"line_1_unit": "contact", "line_1_rate": 2.5, "setup": 9000, "indexation": 0.04,
             "ramp_1_billing": 0.5, "ramp_2_billing": 0.75}  # fmt: skip
    ramp = np.array([0.5, 0.75])
    for discount, figure in ((0.0, "tco"), (0.09, "npv")):
        found = priced(
            terms, 26, contacts_voice=1120, vendor_manager_month=500, discount_annual=discount
        ).figures[figure][0]
        expected = outsourcing.total_cost(2800, 26, 9000, ramp, 0, 0.04, 500, 0, discount)
        assert found == pytest.approx(float(expected), rel=1e-12)


def test_resolved_and_quality_adjusted_costs_are_those_of_the_calculator():
    found = priced(
        {"line_1_unit": "contact", "line_1_rate": 2.5, "fcr": 0.7, "csat": 0.8}, 3, contacts_voice=900
    )
    assert found.figures["cost_contact"][0] == pytest.approx(2.5)
    assert found.figures["cost_resolved"][0] == pytest.approx(2.5 / 0.7)
    expected = labor.cost_per_resolved(2.5, 0.7, 0.8, 0.85)
    assert found.figures["cost_quality"][0] == pytest.approx(float(expected))


def test_own_costs_by_hand():
    """1.25 seats; 1,120 calls of 5 billed minutes; parallel running for two months."""
    own = {"vendor_manager_month": 1000, "transition": 7000, "license_seat_month": 100, "telephony_minute": 0.02,
           "travel_offshore_year": 2400, "parallel_month": 3000}  # fmt: skip
    terms = {"line_1_unit": "contact", "line_1_rate": 2.5, "parallel_months": 2}
    found = priced(terms, 3, contacts_voice=1120, **own).lines["own_cost"][:, 0]
    every_month = 1000 + 125 + 112 + 200
    assert found.tolist() == pytest.approx([7000, every_month + 3000, every_month + 3000, every_month])
    included = priced(
        {**terms, "licenses_included": "yes", "telephony_included": True}, 3, contacts_voice=1120, **own
    ).lines["own_cost"][:, 0]
    assert included.tolist() == pytest.approx([7000, 4200, 4200, 1200])


def test_rates_of_the_first_and_the_last_year():
    """140 productive hours at 17; setup in year 1 only; half output in month 1 costs another 140 hours."""
    terms = {
        "line_1_unit": "productive",
        "line_1_rate": 17,
        "setup": 1680,
        "ramp_1_productivity": 0.5,
        "term": 24,
    }
    figures = priced(terms, 24, contacts_voice=1120).figures
    assert figures["rate_year_1"][0] == pytest.approx((13 * 2380 + 1680) / (12 * 140))
    assert figures["rate_steady"][0] == pytest.approx(17)


# ---- One basis ----


def expressed(paid, shrinkage, occupancy, aht, fcr, **more):
    """One price per paid hour in every unit, at equal cost."""
    productive = paid / (1 - shrinkage)
    minute = productive / occupancy / 60
    rates = {"seat": paid * 160, "paid": paid, "productive": productive, "minute": minute,
             "contact": minute * aht, "resolved": minute * aht / fcr}  # fmt: skip
    return [
        offer(
            vendor=unit, line_1_unit=unit, line_1_rate=rate, wrapup_billed="yes", shrinkage=shrinkage,
            occupancy=occupancy, aht_voice_min=aht, fcr=fcr, **more,
        )
        for unit, rate in rates.items()
    ]  # fmt: skip


SHARES = st.floats(0.05, 0.95)


@settings(max_examples=60, deadline=None)
@given(
    paid=st.floats(1, 80),
    shrinkage=st.floats(0, 0.6),
    occupancy=SHARES,
    aht=st.floats(0.5, 60),
    fcr=SHARES,
    volume=st.floats(10, 1e6),
    rival=st.floats(0.2, 5),
)
def test_another_unit_at_equal_cost_changes_neither_tco_nor_rank(
    paid, shrinkage, occupancy, aht, fcr, volume, rival
):
    terms = {"indexation": 0.03, "setup": 5000, "ramp_1_billing": 0.5, "premium_24_7": 0.1}
    offers = expressed(paid, shrinkage, occupancy, aht, fcr, **terms)
    other = expressed(paid * rival, shrinkage, occupancy, aht, fcr, **terms)[1]
    asked = demand(14, contacts_voice=volume)
    numbers = Basis([complete(each, asked) for each in [*offers, other]], asked).price(np.arange(7))
    tco = numbers.figures["tco"]
    assert tco[:6] == pytest.approx(np.full(6, tco[0]), rel=1e-11)
    # Whatever unit it is quoted in, it stands on the same side of a rival.
    if abs(rival - 1) > 1e-6:
        assert len({bool(each < tco[6]) for each in tco[:6]}) == 1


def test_units_by_time_stay_equal_through_a_ramp():
    offers = expressed(12, 0.3, 0.8, 6, 0.75, ramp_1_billing=1.0, ramp_1_productivity=0.5)[:4]
    asked = demand(6, contacts_voice=1120)
    numbers = Basis([complete(each, asked) for each in offers], asked).price(np.arange(4))
    assert numbers.figures["tco"] == pytest.approx(np.full(4, numbers.figures["tco"][0]), rel=1e-12)


def test_twelve_a_paid_hour_and_17_14_a_productive_hour_rank_the_same():
    paid = offer(vendor="Paid", line_1_unit="paid", line_1_rate=12)
    productive = offer(vendor="Productive", line_1_unit="productive", line_1_rate=12 / 0.7)
    rounded = offer(vendor="As printed", line_1_unit="productive", line_1_rate=17.14)
    found = compare([paid, productive, rounded], demand(12, contacts_voice=1120))
    assert found.ranks[:2] == [2, 2]  # 17.14 is a fifth of a cent less than 17.142857
    assert found.numbers.figures["hour_price"].round(2).tolist() == [17.14, 17.14, 17.14]
    assert found.numbers.figures["tco"][2] == pytest.approx(found.numbers.figures["tco"][0], rel=2e-4)


def test_an_offer_priced_alone_or_among_others_costs_the_same():
    """Rows that others need (tiers, lines, channels) change nothing for an offer that does not."""
    asked = demand(13, contacts_voice=1120, contacts_email=300)
    terms = [case.terms for case in CASES if "line_1_channel" not in case.terms]
    together = compare([offer(**{**each, "term": 24}) for each in terms], asked).numbers.figures["tco"]
    for each, cost in zip(terms, together, strict=True):
        alone = compare([offer(**{**each, "term": 24})], asked).numbers.figures["tco"][0]
        assert alone == pytest.approx(cost, rel=1e-13)


def test_volume_scales_contacts_only():
    asked = demand(3, contacts_voice=1000)
    half = dataclasses.replace(asked, contacts={"voice": asked.contacts["voice"] / 2})
    terms = {"line_1_unit": "contact", "line_1_rate": 2.5, "setup": 100}
    basis = Basis([complete(offer(**terms), asked)], asked)
    expected = Basis([complete(offer(**terms), half)], half).price(np.arange(1)).figures["tco"]
    assert basis.tco(np.array([0]), np.array([0.5])) == pytest.approx(expected)
