"""Comparisons: break-even volumes, sensitivity, scorecard, in-house, flags and what is assumed."""

import dataclasses
import datetime
import itertools
import json

import numpy as np
import pytest
from conftest import ROOT
from quote_cases import demand, offer
from quote_cases import examples as example_offers

from carecost.errors import DataError
from carecost.model import outsourcing
from carecost.quotes.basis import Basis
from carecost.quotes.breakeven import volumes
from carecost.quotes.compare import compare
from carecost.quotes.demand import CRITERIA, load_demand
from carecost.quotes.inhouse import in_house
from carecost.quotes.terms import complete

FOLDER = ROOT / "examples" / "quotes"


@pytest.fixture(scope="module")
def asked():
    return load_demand(FOLDER / "demand.toml")


@pytest.fixture(scope="module")
def examples(asked):
    return compare(example_offers(), asked)


# ---- Break-even ----


def brute_force(examples, asked, steps):
    """Sides that every pair changes on a sweep ``steps`` times as fine, by cell of the grid.

    Gives (one, other, cell): [(left, right, cheaper below), ...].
    """
    basis, alternative, grid = Basis(examples.quotes, asked), in_house(asked), volumes()
    fine = [np.linspace(left, right, steps, endpoint=False) for left, right in itertools.pairwise(grid)]
    sweep = np.append(np.concatenate(fine), grid[-1])
    costs = [basis.tco(np.full(len(sweep), place), sweep) for place in range(len(examples.quotes))]
    costs.append(alternative.tco(sweep))
    found = {}
    for one in range(len(costs)):
        for other in range(one + 1, len(costs)):
            gap = np.sign(costs[one] - costs[other])
            for at in np.nonzero(gap[:-1] * gap[1:] < 0)[0]:
                below = one if gap[at] < 0 else other
                found.setdefault((one, other, at // steps), []).append((sweep[at], sweep[at + 1], below))
    return found


def test_break_even_volumes_are_those_of_a_brute_force_sweep(examples, asked):
    """An even number of changes within a cell leaves who costs less on its two ends as it was."""
    expected = {
        place: changes for place, changes in brute_force(examples, asked, 20).items() if len(changes) % 2
    }
    found = examples.break_even
    cells = [int(np.searchsorted(volumes(), each.factor, side="right")) - 1 for each in found]
    assert {(each.one, each.other, cell) for each, cell in zip(found, cells, strict=True)} == expected.keys()
    assert len(found) == len(expected) >= 10
    for each, cell in zip(found, cells, strict=True):
        changes = expected[each.one, each.other, cell]
        assert any(left <= each.factor <= right for left, right, _ in changes)
        assert each.cheaper_below == changes[0][2]


def test_break_even_by_hand():
    """2.50 a contact against 1,000 a month and 1.50 a contact: equal at 1,000 contacts."""
    offers = [
        offer(vendor="A", line_1_unit="contact", line_1_rate=2.5),
        offer(vendor="B", line_1_unit="contact", line_1_rate=1.5, line_1_fixed=1000, line_1_included=0),
    ]
    (found,) = compare(offers, demand(12, contacts_voice=1600)).break_even
    assert found.factor * 1600 == pytest.approx(1000, rel=1e-9)
    assert found.cheaper_below == 0


def test_break_even_at_the_step_of_a_volume_tier():
    """From 1,000 contacts all cost 2.00 instead of 3.00; the rival takes 2.40 throughout."""
    offers = [
        offer(vendor="A", line_1_unit="contact", line_1_rate=3.0, line_1_tiers="volume",
              line_1_tier_2_from=1000, line_1_tier_2_rate=2.0),
        offer(vendor="B", line_1_unit="contact", line_1_rate=2.4),
    ]  # fmt: skip
    (found,) = compare(offers, demand(12, contacts_voice=1700)).break_even
    assert found.factor * 1700 == pytest.approx(1000, rel=1e-9)
    assert found.cheaper_below == 1


def test_equal_offers_have_no_break_even():
    twins = [offer(vendor=vendor, line_1_unit="contact", line_1_rate=2.5) for vendor in "AB"]
    assert compare(twins, demand(12, contacts_voice=1000)).break_even == ()


# ---- In-house ----


def test_in_house_is_the_plan_file_on_the_contacts_of_the_demand(asked):
    """A plan of twelve months with the demand's own contacts costs what `carecost plan` says."""
    alternative = in_house(asked)
    whole = dataclasses.replace(
        asked,
        values={**asked.values, "months": 12.0},
        contacts={name: row[:12] for name, row in asked.contacts.items()},
    )
    first_year = type(alternative)(alternative._plan, whole)
    plan = alternative._plan
    values = dict(plan.values)
    total = sum(row[:12] for row in asked.contacts.values())
    for month, contacts in enumerate(total, start=1):
        values[f"contacts_{month:02d}"] = contacts
    for channel, row in asked.contacts.items():
        values[f"share_{channel}"] = row[:12].sum() / total.sum()
    expected = dataclasses.replace(plan, values=values).run().numbers.years["spend_total"]
    assert first_year.tco(np.ones(1))[0] == pytest.approx(float(expected), rel=1e-12)


def test_in_house_in_proportion_is_what_each_volume_would_cost(asked):
    alternative = in_house(asked)
    volumes = np.array([0.2, 0.7, 1.0, 2.5])
    assert alternative.tco(volumes) == pytest.approx(alternative._cost(volumes), rel=1e-12)


def test_in_house_with_a_team_of_its_own_size_is_not_in_proportion(asked):
    alternative = in_house(asked)
    plan = alternative._plan
    staffed = dataclasses.replace(plan, values={**plan.values, "start_fte": 40.0})
    costs = type(alternative)(staffed, asked).tco(np.array([0.2, 0.4]))
    assert costs[1] < 1.9 * costs[0]


def test_in_house_in_another_currency_is_refused(asked):
    alternative = in_house(asked)
    plan = dataclasses.replace(alternative._plan, values={**alternative._plan.values, "currency": "EUR"})
    with pytest.raises(DataError, match="in-house plan is in EUR and the comparison in USD"):
        type(alternative)(plan, asked)


# ---- Sensitivity and currency ----


def test_swings_are_the_offers_priced_anew(examples, asked):
    by_name = {swing.case.name: swing for swing in examples.swings}
    more = dataclasses.replace(
        asked, contacts={name: row * 1.2 for name, row in asked.contacts.items()}, attained=None
    )
    again = Basis([complete(terms.offer, more) for terms in examples.quotes], more).price(np.arange(6))
    assert by_name["volume"].up["tco"] == pytest.approx(again.figures["tco"], rel=1e-12)
    fx, base = by_name["fx"], examples.numbers.figures
    foreign = np.array([terms.values["currency"] != "USD" for terms in examples.quotes])
    assert fx.up["tco"][~foreign] == pytest.approx(base["tco"][~foreign])
    vendor = base["vendor_total"][foreign]
    assert fx.up["tco"][foreign] - base["tco"][foreign] == pytest.approx(0.1 * vendor)
    assert fx.down["tco"][foreign] - base["tco"][foreign] == pytest.approx(-0.1 * vendor)


def test_fcr_moves_the_cost_per_resolved_contact():
    found = compare(
        [offer(line_1_unit="contact", line_1_rate=2.5, fcr=0.97)], demand(12, contacts_voice=1000)
    )
    swing = {each.case.name: each for each in found.swings}["fcr"]
    assert swing.down["cost_resolved"][0] == pytest.approx(2.5 / 0.92)
    assert swing.up["cost_resolved"][0] == pytest.approx(2.5)  # never above all of them
    assert swing.up["tco"][0] == pytest.approx(30000)


def test_aht_moves_hours_by_a_tenth():
    found = compare([offer(line_1_unit="paid", line_1_rate=12)], demand(12, contacts_voice=1120))
    swing = {each.case.name: each for each in found.swings}["aht"]
    assert (swing.down["tco"][0], swing.up["tco"][0]) == pytest.approx((0.9 * 28800, 1.1 * 28800))


# ---- Scorecard ----


def test_points_are_those_of_the_scorecard_function(examples, asked):
    table = np.array(
        [
            [examples.numbers.figures["tco"][place], *(terms.values[name] for name in ("fcr", "csat", "service_level"))]
            for place, terms in enumerate(examples.quotes)
        ],
        dtype=float,
    )  # fmt: skip
    weights, direction = np.array(list(asked.weights.values())), np.array(list(CRITERIA.values()))
    assert examples.scores.total == pytest.approx(outsourcing.scores(table, weights, direction), rel=1e-12)
    quality = outsourcing.scores(table[:, 1:], np.array([0.15, 0.15, 0.10]) / 0.4, direction[1:])
    assert examples.scores.quality == pytest.approx(quality, rel=1e-12)
    assert examples.scores.price.max() == pytest.approx(100)


def test_without_a_weight_quality_has_no_points():
    found = compare(
        [offer(line_1_unit="contact", line_1_rate=2.5)], demand(12, contacts_voice=1000, weights={"tco": 1.0})
    )
    assert np.isnan(found.scores.quality[0])
    assert found.scores.total[0] == pytest.approx(100)
    assert found.to_dict()["quotes"][0]["points"]["quality"] is None


# ---- Flags ----

STATED = {
    "line_1_unit": "paid", "line_1_rate": 12, "minimum_amount": 0, "setup": 0, "indexation": 0,
    "fcr": 0.75, "fcr_definition": "no contact within 7 days", "term": 12,
}  # fmt: skip


def flags_of(**terms):
    kept = {name: value for name, value in {**STATED, **terms}.items() if value is not None}
    found = compare([offer(**kept)], demand(12, contacts_voice=1120))
    return [flag.title for flag in found.flags[0]]


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("Hour basis not stated", {"line_1_unit": "hour"}),
        ("Wrap-up billing unclear", {"line_1_unit": "minute", "line_1_rate": 0.25}),
        ("FCR without definition", {"fcr_definition": None}),
        ("Minimum missing", {"minimum_amount": None}),
        ("Setup missing", {"setup": None}),
        ("Indexation without cap", {"indexation": 0.03}),
        ("Full billing during ramp", {"ramp_1_billing": 1.0, "ramp_1_productivity": 0.5}),
        ("Credits counted as savings", {"credit_rate": 0.03, "credits_deducted": "yes"}),
        ("Term shorter than compared", {"term": 6}),
        ("Minimum binds", {"minimum_amount": 9000}),
        ("Bill falls at a tier", {"line_1_tiers": "volume", "line_1_tier_2_from": 100, "line_1_tier_2_rate": 11}),
        ("Contacts priced twice", {"line_2_unit": "resolved", "line_2_rate": 0.1, "line_2_channel": "all"}),
        ("Rate below the sourced range", {"line_1_rate": 5}),
        ("Rate above the sourced range", {"line_1_rate": 15.5}),
        ("Rate below the sourced range", {"line_1_unit": "seat", "line_1_rate": 1500}),
        ("Rate above the sourced range", {"line_1_unit": "seat", "line_1_rate": 4700, "market": "nearshore"}),
    ],
)  # fmt: skip
def test_flag(title, terms):
    assert flags_of() == []
    assert flags_of(**terms) == [title]


def test_a_price_per_contact_is_not_billed_more_in_a_ramp():
    terms = {"line_1_unit": "contact", "line_1_rate": 1.5, "ramp_1_billing": 1.0, "ramp_1_productivity": 0.5}
    assert flags_of(**terms) == []


def test_sourced_ranges_are_in_dollars():
    found = compare(
        [offer(**{**STATED, "line_1_rate": 99, "currency": "EUR"})],
        demand(12, contacts_voice=1120, reporting_currency="EUR", fx={}),
    )
    assert found.flags[0] == ()


# ---- Never a hidden assumption ----


def test_what_an_offer_leaves_out_is_listed_with_what_stands_in():
    asked = demand(
        6, contacts_voice=1120, assumed={"premium_24_7": {"value": 0.1, "source": "own"}, "shrinkage": 0.35}
    )
    terms = complete(offer(line_1_unit="minute", line_1_rate=0.3), asked)
    assumed = {each.field: (each.value, each.why) for each in terms.assumed}
    assert assumed["premium_24_7"] == (0.1, "demand file: own")
    assert assumed["shrinkage"] == (0.35, "demand file")
    assert assumed["occupancy"] == (0.8, "demand file: as expected of every vendor")
    assert assumed["aht_voice_min"] == (6.0, "demand file: as expected of every vendor")
    assert assumed["wrapup_billed"] == ("yes", "minutes after the call are billed")
    assert assumed["setup"] == (0.0, "no setup fee")
    assert assumed["premium_dedicated"] == (0.0, "no premium for a dedicated team")
    # Not asked for: chat, a language, and the dead-band of a price without a baseline.
    assert not {"aht_chat_min", "premium_language", "line_1_deadband", "credit_misses"} & assumed.keys()


def test_everything_that_prices_is_stated_or_listed():
    """No number reaches the pricing that neither the vendor states nor the list shows."""
    asked = demand(6, contacts_voice=1120)
    terms = complete(offer(line_1_unit="contact", line_1_rate=2.5), asked)
    listed = {each.field for each in terms.assumed} | set(terms.offer.values)
    beyond_ramp = {f"ramp_{step}_{kind}" for step in range(2, 7) for kind in ("billing", "productivity")}
    assert set(terms.values) - listed == beyond_ramp


def test_a_vendor_s_own_ramp_needs_no_stand_in():
    asked = demand(6, contacts_voice=1120, assumed={"ramp_2_productivity": 0.5, "ramp_1_productivity": 0.3})
    stated = complete(offer(line_1_unit="paid", line_1_rate=12, ramp_1_productivity=0.7), asked)
    assert (stated.values["ramp_1_productivity"], stated.values["ramp_2_productivity"]) == (0.7, 1.0)
    silent = complete(offer(line_1_unit="paid", line_1_rate=12), asked)
    assert (silent.values["ramp_1_productivity"], silent.values["ramp_2_productivity"]) == (0.3, 0.5)
    assert silent.values["ramp_3_productivity"] == 1.0


def test_a_price_that_is_missing_is_missing():
    only_voice = offer(line_1_unit="contact", line_1_rate=2.5, line_1_channel="voice")
    with pytest.raises(DataError, match="no price line covers email"):
        complete(only_voice, demand(6, contacts_voice=100, contacts_email=50))


def test_an_exchange_rate_that_is_missing_is_missing():
    with pytest.raises(DataError, match=r"in GBP and \[fx\] has no rate for it"):
        complete(offer(currency="GBP", line_1_unit="contact", line_1_rate=1), demand(6, contacts_voice=100))


def test_wrapup_left_out_of_a_price_needs_its_share():
    terms = {"line_1_unit": "minute", "line_1_rate": 0.3, "wrapup_billed": "no"}
    asked = demand(6, contacts_voice=100)
    without = dataclasses.replace(
        asked, values={name: value for name, value in asked.values.items() if name != "wrapup_share"}
    )
    with pytest.raises(DataError, match="wrapup_share is missing"):
        complete(offer(**terms), without)


# ---- Results as data ----


def test_json_and_frame_hold_the_same(examples):
    data = json.loads(json.dumps(examples.to_dict(), allow_nan=False))
    frame = examples.to_frame()
    assert list(frame["vendor"]) == [quote["stated"]["vendor"] for quote in data["quotes"]]
    assert list(frame["tco"]) == [quote["figures"]["tco"] for quote in data["quotes"]]
    assert list(frame["rank"]) == [quote["rank"] for quote in data["quotes"]]
    for quote in data["quotes"]:
        months = quote["lines"]["total_cost"]["months"]
        assert len(months) == 37
        assert sum(months) == pytest.approx(quote["figures"]["tco"], rel=1e-12)
    assert len(data["break_even"]) == len(examples.break_even)


def test_dates_and_limits_of_a_comparison(asked):
    assert asked.values["start"] == datetime.date(2026, 1, 1)
    with pytest.raises(DataError, match="no offers to compare"):
        compare([], asked)


def test_examples_cover_every_model_market_and_flag_something(examples):
    units = [terms.offer.values["line_1_unit"] for terms in examples.quotes]
    assert units == ["seat", "paid", "productive", "minute", "contact", "resolved"]
    markets = sorted(str(terms.values["market"]) for terms in examples.quotes)
    assert markets == ["nearshore"] * 2 + ["offshore"] * 3 + ["onshore"]
    assert any("line_1_included" in terms.offer.values for terms in examples.quotes)
    assert len(examples.numbers.checks) == 4
    assert all(np.all(outcome == "OK") for outcome in examples.numbers.checks.values())
