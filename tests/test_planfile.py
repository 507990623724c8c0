"""Plan files: what a broken one says, and what a good one may look like."""

import re
from datetime import date
from pathlib import Path

import pytest

from carecost.errors import DataError, PlanError
from carecost.planfile import load_plan
from carecost.rates import builtin_card, load_card, use_card

GOOD = {
    "name": '"Small plan"',
    "currency": '"USD"',
    "start": "2026-01-01",
    **{f"contacts_{month:02d}": str(9000 + 100 * month) for month in range(1, 13)},
    "share_voice": "1.0",
    "aht_voice_min": "6",
    "mix_onshore_inhouse": "1.0",
    "fte_cost_onshore": "5000",
}
OUT = object()  # leave the key out


@pytest.fixture(autouse=True)
def _no_card_in_force(monkeypatch, tmp_path):
    monkeypatch.delenv("CARECOST_RATES", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    use_card(None)


def text(before="", after="", **changes):
    keys = {**GOOD, **changes}
    return before + "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not OUT) + after


def load(*args, **changes):
    Path("plan.toml").write_text(text(*args, **changes), encoding="utf-8")
    return load_plan("plan.toml")


def refused(*args, **changes):
    """The message, held to what every message must be: one line that starts with the file."""
    with pytest.raises(DataError) as caught:
        load(*args, **changes)
    message = str(caught.value)
    assert message.startswith("plan.toml: ")
    assert len(message.splitlines()) == 1
    assert not re.search(r"[\x00-\x1f\x7f]", message)
    assert "Traceback" not in message
    assert "Error" not in message
    assert len(message) < 400
    return caught.value, message


def test_the_good_plan_is_good():
    plan = load()
    assert plan.values["name"] == "Small plan"
    assert plan.values["start"] == date(2026, 1, 1)
    assert plan.values["contacts_12"] == 10_200.0
    assert plan.run().faults == {}


# ---- exact words for the ones that people meet first ----

EXACT = [
    ({"share_voice": "30"}, "share_voice = 30: must be at least 0 and at most 1. For 30 percent write 0.3."),
    ({"shrinkage": "35"}, "shrinkage = 35: must be at least 0 and below 1. For 35 percent write 0.35."),
    ({"shrinkge": "0.35"}, "shrinkge is not an input. Did you mean shrinkage?"),
    ({"aht_voice_min": '"six"'}, 'aht_voice_min = "six": must be a number, written without quotes.'),
    ({"aht_voice_min": "true"}, "aht_voice_min = True: must be a number, written without quotes."),
    ({"contingency": "inf"}, "contingency = inf: must be a finite number."),
    ({"contingency": "nan"}, "contingency = nan: must be a finite number."),
    ({"contacts_04": "-1"}, "contacts_04 = -1: must be at least 0."),
    (
        {"contacts_12": OUT},
        "contacts_12 is missing: All channels, before self-service takes any away. Seasonality is already in "
        "the twelve numbers. A plan has twelve months, contacts_01 to contacts_12.",
    ),
    (
        {"share_voice": "0.6", "share_chat": "0.3", "aht_chat_min": "5"},
        "the shares of contacts add up to 90%: they must add up to 100% (share_voice 0.6, share_chat 0.3).",
    ),
    (
        {"mix_onshore_inhouse": "0.7", "mix_offshore_bpo": "0.7"},
        "the shares of work add up to 140%: they must add up to 100% "
        "(mix_onshore_inhouse 0.7, mix_offshore_bpo 0.7).",
    ),
    (
        {"mix_onshore_inhouse": OUT},
        "the shares of work add up to 0%: they must add up to 100% (none given).",
    ),
    (
        {"mix_onshore_inhouse": OUT, "mix_onshore_bpo": "1"},
        "seat_onshore is missing: the rate card has no price for it. "
        "Give seat_onshore, money per seat and month.",
    ),
    (
        {"currency": '"EUR"', "fte_cost_onshore": OUT},
        "fx_onshore is missing: fte_cost_onshore comes from the rate card in USD and the plan is in EUR. "
        "Give fx_onshore, EUR per USD, or fte_cost_onshore itself.",
    ),
    ({"currency": '"usd"'}, 'currency = "usd": must be three capital letters, such as "USD".'),
    ({"start": "2026-01-15"}, "start = 2026-01-15: must be the first day of a month, such as 2026-01-01."),
    ({"name": '"  "'}, "name is empty: write it between the quotes."),
    ({"name": '"two\\nlines"'}, "name: must be one line of at most 255 characters."),
    ({"churn_method": '"quick"'}, 'churn_method = "quick": must be "runrate" or "cohort".'),
    (
        {"mix_onshore_inhouse": OUT, "mix_offshore_bpo": "1", "start_fte": "4"},
        "start_fte is above 0 but no work is done in-house: give a mix_..._inhouse, or leave it out.",
    ),
]


@pytest.mark.parametrize(("changes", "message"), EXACT, ids=[next(iter(case)) for case, _ in EXACT])
def test_exact_words(changes, message):
    assert refused(**changes)[1] == f"plan.toml: {message}"


# ---- every rule names its key and what to do ----


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("contacts_06", {"contacts_06": OUT}, "twelve months"),
        ("contacts_01", {"contacts_01": "[1, 2]"}, "must be a number"),
        ("contacts_01", {"contacts_01": "2026-01-01"}, "must be a number"),
        ("contacts_13", {"contacts_13": "9000"}, "Did you mean contacts_12?"),
        ("fte_cost_offshor", {"fte_cost_offshor": "1"}, "Did you mean fte_cost_offshore?"),
        ("zzz", {"zzz": "1"}, "zzz is not an input."),
        ("name", {"name": OUT}, "name is missing"),
        ("name", {"name": "5"}, "must be text in quotes"),
        ("name", {"name": '"' + "x" * 256 + '"'}, "at most 255 characters"),
        ("cost_center", {"cost_center": '"a\\u0000b"'}, "must be one line"),
        ("currency", {"currency": OUT}, "currency is missing"),
        ("currency", {"currency": '"EURO"'}, "three capital letters"),
        ("start", {"start": OUT}, "start is missing"),
        ("start", {"start": '"January"'}, "first day of a month"),
        ("start", {"start": "2026"}, "first day of a month"),
        ("start", {"start": "1899-01-01"}, "first day of a month"),
        ("aht_voice_min", {"aht_voice_min": OUT}, "share_voice is 1, so it is needed"),
        ("aht_voice_min", {"aht_voice_min": "360"}, "at most 240"),
        ("concurrency_chat", {"concurrency_chat": "0.5"}, "at least 1"),
        ("occupancy", {"occupancy": "0"}, "above 0 and at most 1"),
        ("hours_month", {"hours_month": "0"}, "above 0"),
        ("fx_offshore", {"fx_offshore": "0"}, "above 0"),
        ("attrition_year", {"attrition_year": "30"}, "For 30 percent write 0.3."),
        ("ramp_1", {"ramp_1": "50"}, "For 50 percent write 0.5."),
        ("merit_month", {"merit_month": "0"}, "at least 1"),
        ("setup", {"setup": "-20000"}, "at least 0"),
        ("success", {"success": "1.01"}, "at most 1"),
        ("leakage", {"leakage": "1"}, "below 1"),
        ("deflect_cost", {"deflect_rate": "0.1"}, "deflect_rate is 0.1, so it is needed"),
        ("arr", {"churn_cut": "0.01"}, "churn_cut is 0.01, so it is needed"),
        ("sms_rate", {"sms_per_contact": "1"}, "so it is needed"),
        ("ai_rate", {"ai_share": "0.5"}, "so it is needed"),
        ("discount_annual", {"discount_annual": "-0.5"}, "above -0.5"),
    ],
)
def test_broken_rule_names_its_key_and_the_remedy(key, changes, words):
    error, message = refused(**changes)
    assert isinstance(error, PlanError)
    assert error.key == key
    assert key in message
    assert words in message


def test_shares_may_miss_a_hundred_percent_by_rounding_only():
    thirds = {"share_voice": "0.3", "share_chat": "0.6", "share_email": "0.1"}  # 0.9999999999999999
    assert load(**thirds, aht_chat_min="5", aht_email_min="8").run().faults == {}
    cents = {"share_voice": "0.33", "share_chat": "0.33", "share_email": "0.33"}
    assert "99%" in refused(**cents, aht_chat_min="5", aht_email_min="8")[1]


def test_a_typed_zero_is_an_answer_where_there_is_no_default():
    assert load(fte_cost_onshore="0").values["fte_cost_onshore"] == 0


# ---- tables ----


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            "[channels]\nvoice = 1\n",
            "[channels] is a table: inputs stand above all tables, only [sources] and [columns] follow.",
        ),
        ("[contingency]\nvalue = 0.1\n", "contingency = {'value': 0.1}: must be a number"),
        ("[[sources]]\ncontingency = 1\n", "sources must be a table: [sources], then one line per input."),
        ("sources = 'the guides'\n", "sources must be a table: [sources], then one line per input."),
        ("[sources]\nshrinkge = 'x'\n", "[sources] shrinkge is not an input. Did you mean shrinkage?"),
        (
            "[sources]\nshrinkage = 'x'\n",
            "[sources] shrinkage has a source but no value: write shrinkage = ... above [sources].",
        ),
        ("[sources]\naht_voice_min = { sorce = 'x' }\n", "[sources] aht_voice_min.sorce is unknown."),
        ("[sources]\naht_voice_min = { sorce = 'x' }\n", "Did you mean source?"),
        (
            "[sources]\naht_voice_min = { confidence = 'sure' }\n",
            'aht_voice_min.confidence = "sure": must be one of measured, quoted, guide, guess',
        ),
        ('[sources]\naht_voice_min = "a\\nb"\n', "[sources] aht_voice_min.source: must be one line of text."),
        (
            '[sources]\naht_voice_min = { owner = "a\\tb" }\n',
            "aht_voice_min.owner: must be one line of text.",
        ),
        ("[sources]\naht_voice_min = ['x']\n", "[sources] aht_voice_min.source: must be one line of text."),
    ],
)
def test_broken_table(after, words):
    assert words in refused("", after)[1]


def test_sources_reach_the_provenance():
    plan = load(
        "",
        "[sources]\n"
        'aht_voice_min = { source = "ACD data", date = 2026-02-01, owner = "WFM", confidence = "measured" }\n'
        'fte_cost_onshore = "payroll"\n'
        "share_voice = { owner = 'Ann' }\n",
        shrinkage="0.3",
    )
    aht = plan.provenance["aht_voice_min"]
    assert (aht.source, aht.date, aht.owner, aht.confidence) == (
        "ACD data",
        "2026-02-01",
        "WFM",
        "measured",
    )
    assert plan.provenance["fte_cost_onshore"].source == "payroll"
    assert plan.provenance["fte_cost_onshore"].confidence == "quoted"
    assert plan.provenance["share_voice"].confidence == "guess"
    assert plan.provenance["shrinkage"].confidence == "guess"  # stated, without a source
    assert plan.provenance["occupancy"].confidence == "default"
    assert "Deserve" in plan.provenance["occupancy"].source


# ---- the file itself ----


def test_missing_file():
    with pytest.raises(DataError) as caught:
        load_plan("nowhere.toml")
    assert str(caught.value) == "nowhere.toml: no such file. Check the name, or start from one in examples/."


def test_a_folder_is_no_plan(tmp_path):
    with pytest.raises(DataError, match=r"cannot be read \(Is a directory\). A plan is a TOML text file.$"):
        load_plan(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "name = Worked example\n",
        "contacts_01 = 10,000\n",
        'name = "open\n',
        "leakage = 0.1\nleakage = 0.2\n",
        "start = 2026-13-01\n",
        "share_voice = 40%\n",
        "share_voice\t\n",
        "a = \x00\n",
        "[sources\n",
    ],
)
def test_bad_toml_names_the_line(content):
    message = refused(content)[1]
    assert message.startswith("plan.toml: not valid TOML, ")
    assert re.search(r"at line \d+, column \d+|at end of document", message)
    assert message.endswith("Lines read: name = value, with text in quotes.")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused(encoding):
    Path("plan.toml").write_bytes(text(name='"Größe"').encode(encoding))
    with pytest.raises(DataError) as caught:
        load_plan("plan.toml")
    assert str(caught.value) == "plan.toml: cannot be read (not UTF-8 text). A plan is a TOML text file."


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + text().encode(),
        text().replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + text().replace("\n", "\r\n").encode(),
        text().rstrip("\n").encode(),
        text(before="# Größe, 大きさ\n\n").encode(),
    ],
    ids=["bom", "crlf", "bom-crlf", "no-last-newline", "unicode"],
)
def test_ways_editors_save(content):
    Path("plan.toml").write_bytes(content)
    assert load_plan(Path("plan.toml")).values == load().values


def test_an_empty_file_says_what_a_plan_needs():
    Path("plan.toml").write_text("", encoding="utf-8")
    with pytest.raises(PlanError, match="name is missing"):
        load_plan("plan.toml")


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ("", {"contacts_01": "1" + "0" * 400}),
        ("", {"contacts_01": "1" + "0" * 5000}),
        ("", {"contacts_01": "[" * 3000 + "]" * 3000}),
        ('"two\\nlines" = 1\n', {}),
        ('"' + "x" * 500 + '" = 1\n', {}),
    ],
    ids=["no-float", "5000-digits", "nested", "control-key", "long-key"],
)
def test_hostile_files_are_refused_in_one_line(before, changes):
    refused(before, **changes)


@pytest.mark.parametrize(
    "after",
    [
        '["a\\nb"]\nx = 1\n',
        '[sources]\n"a\\nb" = "x"\n',
        '[sources]\naht_voice_min = { "a\\nb" = "x" }\n',
    ],
)
def test_hostile_tables_are_refused_in_one_line(after):
    refused("", after)


# ---- the rate card ----

CARD = """
[card]
name = "Group 2026"
[markets.onshore]
currency = "USD"
price_year = 2026
fte_month = { value = 6100, source = "HR survey", valid_from = 2026-01-01, basis = "quoted" }
seat_month = { low = 5000, high = 5600, source = "Vendor A" }
[markets.offshore]
currency = "PHP"
price_year = 2026
fte_month = { value = 110000, source = "HR survey" }
"""


def write_card(path="card.toml"):
    Path(path).write_text(CARD, encoding="utf-8")
    return load_card(path)


def test_costs_left_out_come_from_the_built_in_card():
    plan = load(
        fte_cost_onshore=OUT, mix_onshore_inhouse="0.5", mix_nearshore_bpo="0.25", mix_offshore_inhouse="0.25"
    )
    assert plan.values["fte_cost_onshore"] == 5500
    assert plan.values["seat_nearshore"] == 3900
    assert plan.values["fte_cost_offshore"] == 2200
    source = plan.provenance["fte_cost_onshore"]
    assert "Driveert" in source.source
    assert "USD, 2025" in source.source
    assert (source.date, source.owner, source.confidence) == ("2025-01-01", builtin_card().name, "guide")


def test_a_plans_own_cost_goes_before_any_card():
    card = write_card()
    load()
    assert load_plan("plan.toml", card).values["fte_cost_onshore"] == 5000


def test_a_card_given_as_an_argument():
    card = write_card()
    load(fte_cost_onshore=OUT)
    plan = load_plan("plan.toml", card)
    assert plan.values["fte_cost_onshore"] == 6100
    source = plan.provenance["fte_cost_onshore"]
    assert source.source == "HR survey (USD, 2026)"
    assert (source.date, source.owner, source.confidence) == ("2026-01-01", "Group 2026", "quoted")


def test_a_price_the_built_in_card_lacks():
    card = write_card()
    Path("plan.toml").write_text(text(mix_onshore_inhouse=OUT, mix_onshore_bpo="1"), encoding="utf-8")
    plan = load_plan("plan.toml", card)
    assert plan.values["seat_onshore"] == 5300  # middle of 5,000 and 5,600
    assert plan.provenance["seat_onshore"].confidence == "guess"


def test_the_card_of_the_environment(monkeypatch):
    write_card("mine.toml")
    assert load(fte_cost_onshore=OUT).values["fte_cost_onshore"] == 5500
    monkeypatch.setenv("CARECOST_RATES", "mine.toml")
    assert load(fte_cost_onshore=OUT).values["fte_cost_onshore"] == 6100
    assert load_plan("plan.toml", builtin_card()).values["fte_cost_onshore"] == 5500


def test_a_broken_card_of_the_environment_names_the_card(monkeypatch):
    monkeypatch.setenv("CARECOST_RATES", "gone.toml")
    with pytest.raises(DataError, match=r"^gone\.toml: no such rate card"):
        load()


def test_a_card_in_another_currency_needs_its_rate():
    card = write_card()
    offshore = {"mix_onshore_inhouse": OUT, "fte_cost_onshore": OUT, "mix_offshore_inhouse": "1"}
    Path("plan.toml").write_text(text(**offshore), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan("plan.toml", card)
    assert caught.value.key == "fx_offshore"
    assert str(caught.value) == (
        "plan.toml: fx_offshore is missing: fte_cost_offshore comes from the rate card in PHP and the plan "
        "is in USD. Give fx_offshore, USD per PHP, or fte_cost_offshore itself."
    )
    Path("plan.toml").write_text(text(**offshore, fx_offshore="0.0175"), encoding="utf-8")
    plan = load_plan("plan.toml", card)
    assert plan.values["fte_cost_offshore"] == 110_000
    people = 9100 * 6 / 60 / 0.85 / 0.70 / (2080 / 12)  # month 1
    assert plan.run().numbers.lines["labor_offshore"][1] == pytest.approx(
        -people * 110_000 * 0.0175, rel=1e-12
    )


def test_unused_foreign_prices_stay_blank():
    plan = load(currency='"EUR"')
    assert plan.values["fte_cost_offshore"] != plan.values["fte_cost_offshore"]  # NaN: blank
    assert plan.run().faults == {}


def test_a_rate_for_one_cost_of_a_market_does_not_convert_the_cards_other_cost():
    # The seat is in pesos; the card's FTE cost is in the plan's own dollars: 2,200 x 0.0175 would be 38.50.
    mix = {"mix_onshore_inhouse": OUT, "mix_offshore_inhouse": "0.5", "mix_offshore_bpo": "0.5"}
    message = refused(**mix, seat_offshore="80000", fx_offshore="0.0175")[1]
    assert "fte_cost_offshore" in message
