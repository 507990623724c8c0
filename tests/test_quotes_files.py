"""Offer and demand files: every mistake is one plain message that says what, where and what is needed."""

import datetime
import json
import os
import re
import runpy
import subprocess
import sys

import openpyxl
import pytest
from conftest import ROOT
from quote_cases import OFFER, OFFERS, PLAIN

from carecost.errors import DataError
from carecost.quotes import demand as demand_module
from carecost.quotes import offer as offer_module
from carecost.quotes.demand import load_demand, read_demand
from carecost.quotes.offer import FIELDS, OfferError, read_offer

FOLDER = ROOT / "examples" / "quotes"
GOOD = {**OFFER, "line_1_unit": "paid", "line_1_rate": 12}


def problems(**terms):
    with pytest.raises(OfferError) as raised:
        read_offer({**GOOD, **terms}, "offer.toml")
    return {problem.field: str(problem) for problem in raised.value.problems}


@pytest.mark.parametrize(
    ("terms", "field", "words"),
    [
        ({"shrinkage": 30}, "shrinkage", "30; needed: a number, at least 0 and below 1; for 30 percent write 0.3"),
        ({"line_1_rate": "12"}, "line_1_rate", '"12"; needed: a number, at least 0'),
        ({"line_1_rate": float("nan")}, "line_1_rate", "nan; needed: a number"),
        ({"line_1_rate": 10**400}, "line_1_rate", "needed: a number"),
        ({"line_1_rate": True}, "line_1_rate", "True; needed: a number"),
        ({"term": 12.5}, "term", "12.5; needed: a whole number, at least 1 and at most 120"),
        ({"market": "moon"}, "market", '"moon"; needed: onshore or nearshore or offshore'),
        ({"currency": "usd"}, "currency", '"usd"; needed: three capital letters, such as USD'),
        ({"date": "2026-02-30"}, "date", '"2026-02-30"; needed: a date, such as 2026-01-15'),
        ({"vendor": "a\nb"}, "vendor", "needed: one line of text, at most 255 characters"),
        ({"vendor": "x" * 256}, "vendor", "needed: one line of text"),
        ({"vendor": "  "}, "vendor", "left out; needed: one line of text"),
        ({"shrinkge": 0.3}, "shrinkge", "no such field; needed: the name of a field. Did you mean shrinkage?"),
        ({"licenses_included": "perhaps"}, "licenses_included", '"perhaps"; needed: yes or no'),
        ({"line_1_base_fee": 9, "line_1_baseline": 9, "line_1_arc": 1, "line_1_rrc": 1}, "line_1_rate",
         "both a rate and a base fee; needed: one of them"),
        ({"line_1_rate": None}, "line_1_rate", "neither a rate nor a base fee; needed: one of them"),
        ({"line_2_rate": 3}, "line_2_unit", "left out; needed: what line_2_rate is per"),
        ({"line_1_tier_2_from": 100}, "line_1_tier_2_rate", "left out; needed: a number, at least 0"),
        ({"line_1_tier_2_from": 100, "line_1_tier_2_rate": 1}, "line_1_tiers", "left out; needed: graduated or volume"),
        ({"line_1_tiers": "volume", "line_1_tier_3_from": 100, "line_1_tier_3_rate": 1}, "line_1_tier_2_from",
         "left out; needed: every tier up to the last one stated"),
        ({"line_1_tiers": "volume", "line_1_tier_2_from": 100, "line_1_tier_2_rate": 2, "line_1_tier_3_from": 100,
          "line_1_tier_3_rate": 1}, "line_1_tier_3_from", "100.0; needed: more than 100: tiers rise"),
        ({"line_1_included": 5}, "line_1_fixed", "left out; needed: a number, at least 0"),
        ({"minimum_amount": 5, "minimum_units": 5}, "minimum_units", "a minimum in money is stated as well"),
        ({"minimum_units": 5, "line_1_fixed": 1, "line_1_included": 1}, "minimum_units", "needed: a minimum in money"),
        ({"valid_until": datetime.date(2025, 1, 1)}, "valid_until", "needed: a day from 2025-11-01 on"),
        ({"ramp_3_billing": 0.5}, "ramp_1_billing", "left out; needed: every month up to the last one stated"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named(terms, field, words):
    assert words in problems(**terms)[field]


def test_all_problems_of_an_offer_come_at_once():
    assert {"shrinkage", "term", "market", "foo"} <= problems(
        shrinkage=30, term=0, market="moon", foo=1
    ).keys()


def test_an_offer_without_a_price_is_refused():
    with pytest.raises(OfferError, match="line_1_unit: left out; needed: what the first rate is per"):
        read_offer(OFFER, "offer.toml")


def test_fields_of_one_section_stand_together():
    sections = [declared.section for declared in FIELDS.values()]
    assert len(set(sections)) == sum(a != b for a, b in zip([None, *sections], sections, strict=False))
    for declared in FIELDS.values():
        assert declared.help.endswith(".")
        assert declared.needed_with is None or declared.needed_with in FIELDS
        assert declared.expected is None or declared.expected in demand_module.FIELDS
        assert (declared.default is None) == (declared.means == "")


def test_no_name_belongs_to_both_an_offer_and_a_demand():
    assert not offer_module.FIELDS.keys() & demand_module.FIELDS.keys()


# ---- Demand ----


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months": None}, "months is missing: Every offer is priced over these months"),
        ({"months": 61}, "months: 61; needed: a whole number, at least 1 and at most 60"),
        ({"contacts_voice": [1, 2]}, "contacts_voice has 2 numbers: needed: 12, one for each month compared."),
        ({"contacts_voice": [1] * 11 + [-1]}, "contacts_voice, month 12: -1; needed: a number, at least 0"),
        ({"contacts_voice": 100}, "contacts_voice must be a list of numbers"),
        ({"contacts_voice": [0] * 12}, "no contacts: give contacts_voice"),
        ({"start": datetime.date(2026, 1, 2)}, "start: 2026-01-02; needed: the first day of a month"),
        ({"expected_aht_voice_min": None}, "expected_aht_voice_min is missing"),
        ({"vendor_manager_month": None}, "vendor_manager_month is missing: People who steer the vendor"),
        ({"tittle": "x"}, "tittle is not a field of a demand file. Did you mean title?"),
        ({"fx": {"EUR": 1.1}}, "[fx] EUR needs a rate above 0"),
        ({"fx": {"EUR": {"rate": 1.1}}}, "[fx] EUR needs the source of its rate"),
        ({"fx": {"EUR": {"rate": -1, "source": "x"}}}, "[fx] EUR needs a rate above 0"),
        ({"fx": {"euro": {"rate": 1, "source": "x"}}}, "[fx] euro is no currency"),
        ({"fx": 3}, "fx must be a table"),
        ({"assumed": {"vendor": "x"}}, "[assumed] vendor is not a field that can be assumed"),
        ({"assumed": {"shrinkage": 30}}, "[assumed] shrinkage: 30; needed: a number, at least 0 and below 1"),
        ({"weights": {}}, "no weights: add [weights]"),
        ({"weights": {"tco": 0.5}}, "[weights] add up to 50%: they must add up to 100%"),
        ({"weights": {"price": 1}}, "[weights] price is no criterion: they are tco, fcr, csat, service_level"),
        ({"weights": {"tco": 2}}, "[weights] tco = 2: needed: a share from 0 to 1"),
        ({"sources": {"foo": "x"}}, "[sources] foo is not a field"),
    ],
)  # fmt: skip
def test_a_wrong_demand_is_one_line(changes, words, tmp_path):
    table = {**PLAIN, "contacts_voice": [100] * 12, **changes}
    with pytest.raises(DataError) as raised:
        read_demand(
            {name: value for name, value in table.items() if value is not None}, tmp_path / "demand.toml"
        )
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_twelve_months_repeat_with_growth():
    table = {**PLAIN, "months": 26, "growth": 0.1, "contacts_voice": list(range(1, 13))}
    row = read_demand(table, FOLDER).contacts["voice"]
    assert row[:12].tolist() == list(range(1, 13))
    assert row[12:].tolist() == pytest.approx([1.1 * month for month in range(1, 13)] + [1.21, 2.42])


def test_a_weights_file_replaces_the_weights(tmp_path):
    (tmp_path / "weights.toml").write_text("tco = 0.4\nfcr = 0.6\n")
    weights = load_demand(FOLDER / "demand.toml", tmp_path / "weights.toml").weights
    assert weights == {"tco": 0.4, "fcr": 0.6, "csat": 0.0, "service_level": 0.0}


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a = ", b"a = 1\na = 2", b"[" * 5000, b"a = " + b"9" * 5000]
)
def test_a_broken_file_is_one_line(content, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.toml: ") as raised:
        load_demand(path)
    assert "\n" not in str(raised.value)
    with pytest.raises(DataError, match="no such file"):
        load_demand(tmp_path / "missing.toml")


# ---- Command line ----


def quotes(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "carecost", "quotes", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


DEMAND = FOLDER / "demand.toml"


def test_compare_writes_the_workbook_and_prints_the_ranking(tmp_path):
    done = quotes(tmp_path, "compare", *OFFERS, "--demand", DEMAND)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["comparison.xlsx"]
    assert openpyxl.load_workbook(tmp_path / "comparison.xlsx").sheetnames[0] == "Committee"
    for words in ("Visayas Contact, Q-7731", "2,164,535", "FCR without definition", "In-house: Own team"):
        assert words in done.stdout


def test_compare_as_json_writes_no_workbook_unless_asked(tmp_path):
    done = quotes(tmp_path, "compare", OFFERS[0], "--demand", DEMAND, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["quotes"][0]["stated"]["vendor"] == "Luzon Care"
    assert list(tmp_path.iterdir()) == []


def test_a_bad_offer_is_named_and_the_others_compare(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(OFFERS[1].read_text(encoding="utf-8").replace("shrinkage = 0.33", "shrinkage = 30"))
    done = quotes(tmp_path, "compare", bad, OFFERS[0], "--demand", DEMAND, "-o", "c.xlsx")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"carecost: {bad}: 1 problem",
        "  shrinkage (Shrinkage): 30; needed: a number, at least 0 and below 1; for 30 percent write 0.3",
    ]
    assert (tmp_path / "c.xlsx").exists()


def test_an_offer_given_twice_is_told(tmp_path):
    done = quotes(tmp_path, "compare", OFFERS[0], OFFERS[1], OFFERS[0], "--demand", DEMAND)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"carecost: {OFFERS[0]} and {OFFERS[0]} are both Luzon Care, LC-2026-014: leave one out, or give each an "
        "offer number of its own."
    ]
    assert list(tmp_path.iterdir()) == []


def test_an_offer_that_cannot_be_priced_is_named_and_the_others_compare(tmp_path):
    """Its currency has no rate in the demand file, or it has no price for chat and email."""
    text = OFFERS[2].read_text(encoding="utf-8")
    yen, voice = tmp_path / "yen.toml", tmp_path / "voice.toml"
    yen.write_text(text.replace('"USD"', '"JPY"'), encoding="utf-8")
    voice.write_text(
        text.replace("line_1_rate", 'line_1_channel = "voice"\nline_1_rate', 1), encoding="utf-8"
    )
    done = quotes(tmp_path, "compare", yen, OFFERS[0], voice, "--demand", DEMAND)
    assert done.returncode == 1
    assert [line[:9] for line in done.stderr.splitlines()] == ["carecost:"] * 2
    assert "is in JPY and [fx] has no rate for it" in done.stderr
    assert f"{voice}: no price line covers chat and email" in done.stderr
    assert "Luzon Care" in done.stdout
    assert (tmp_path / "comparison.xlsx").exists()


def test_weights_come_from_a_file_of_their_own(tmp_path):
    """With or without the heading; a fault names that file."""
    path = tmp_path / "weights.toml"
    for heading in ("", "[weights]\n"):
        path.write_text(f"{heading}tco = 0.7\nfcr = 0.3\n")
        wanted = {"tco": 0.7, "fcr": 0.3, "csat": 0, "service_level": 0}
        assert load_demand(DEMAND, path).weights == wanted
    path.write_text("price = 1")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}: .weights. price is no criterion"):
        load_demand(DEMAND, path)


def test_nothing_to_compare_is_one_line_and_no_file(tmp_path):
    done = quotes(tmp_path, "compare", "missing.toml", "--demand", DEMAND)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "carecost: missing.toml: 1 problem",
        "  a file that cannot be read (No such file or directory); needed: the name of a file",
        "carecost: no offers to compare: name at least one quote.",
    ]
    assert list(tmp_path.iterdir()) == []


# ---- Docs ----


def test_the_page_of_fields_is_fresh():
    page = runpy.run_path(str(ROOT / "docs" / "quote_fields.py"))["page"]
    assert (ROOT / "docs" / "quote_fields.md").read_text(encoding="utf-8") == page()


def test_the_page_on_quotes_runs(monkeypatch):
    text = (ROOT / "docs" / "quotes.md").read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)
    space = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, space)
    assert list(space["frame"]["vendor"]) == ["Luzon Care"]
