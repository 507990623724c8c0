"""Figures, benchmarks and rate cards. All comparisons are exact: the data are numbers as printed."""

import doctest
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from carecost.errors import DataError
from carecost.rates import (
    UnknownNameError,
    active_card,
    benchmark,
    benchmark_names,
    builtin_card,
    figures,
    load_card,
    use_card,
)

DOCS = Path(__file__).parents[1] / "docs" / "rate_cards.md"
HEAD = '[card]\nname = "Test"\n'
OFFSHORE = HEAD + "[markets.offshore]\n"


@pytest.fixture(autouse=True)
def _no_card_in_force(monkeypatch, tmp_path):
    monkeypatch.delenv("CARECOST_RATES", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    use_card(None)


def write(text, path="card.toml"):
    Path(path).write_text(text, encoding="utf-8")
    return path


# ---- figures ----


def test_every_figure_is_there_with_source_and_date():
    assert list(figures()) == [f"F{number:03}" for number in range(1, 313)]
    for figure in figures().values():
        assert figure.section
        assert figure.valid_from == date(2025, 1, 1)
        assert figure.basis == "published"


def test_each_guide_states_as_many_figures_as_were_found_in_it():
    found = Counter(figure.guide for figure in figures().values())
    assert found == {"Integra": 72, "Driveert": 68, "Dignifi": 60, "Deserve": 70, "Amare": 42}


@pytest.mark.parametrize(
    ("key", "low", "high", "unit", "guide"),
    [
        ("F018", 30, 35, "%", "Integra"),
        ("F040", 25, 150, "per agent", "Integra"),
        ("F120", -10, 10, "%", "Driveert"),
        ("F127", 1800, 2600, "per FTE", "Driveert"),
        ("F145", 60000, 95000, "per agent", "Dignifi"),
        ("F198", 700000, 1300000, "per 10 agents", "Dignifi"),
        ("F256", 0.001, 0.01, "per reply", "Deserve"),
        ("F312", 10, 15, "% of labor cost", "Amare"),
    ],
)
def test_figures_as_printed(key, low, high, unit, guide):
    figure = figures()[key]
    assert (figure.low, figure.high, figure.unit, figure.guide) == (low, high, unit, guide)


def test_a_bound_that_the_guide_does_not_give_is_missing_not_zero():
    assert (figures()["F008"].low, figures()["F008"].high) == (None, 60)
    assert (figures()["F010"].low, figures()["F010"].high) == (90, None)
    assert (figures()["F134"].low, figures()["F134"].high) == (None, None)


def test_money_and_only_money_has_a_price_year():
    for figure in figures().values():
        assert figure.price_year == (2025 if figure.currency == "USD" else None)


def test_figures_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        figures()["F001"].low = 0
    with pytest.raises(TypeError):
        figures()["F001"] = None


# ---- benchmarks ----

# The range flags of the P&L template, and the figures that buyers ask about.
ENVELOPES = {
    "shrinkage": (0.25, 0.35),
    "occupancy": (0.75, 0.85),
    "burden": (0.30, 0.30),
    "aht_voice_min": (4, 8),
    "aht_chat_min": (4, 15),
    "aht_email_min": (8, 15),
    "concurrency_chat": (2, 3),
    "fte_month_onshore": (4500, 6500),
    "fte_month_nearshore": (2800, 3800),
    "fte_month_offshore": (1800, 2600),
    "fte_year_onshore": (60000, 95000),
    "team_cost_10": (700000, 1300000),
    "license_agent_month": (25, 250),
    "addons_agent_month": (40, 120),
    "telephony_minute": (0.007, 0.03),
    "telephony_agent_month": (15, 35),
    "sms_rate": (0.007, 0.02),
    "ai_rate": (0.001, 0.01),
    "cost_contact": (6, 12),
    "deflect_rate": (0.20, 0.35),
    "success": (0.70, 0.70),
    "reserve": (0.10, 0.15),
    "contingency": (0.10, 0.15),
    "contingency_labor": (0.10, 0.15),
    "contingency_peak": (0.15, 0.25),
    "bpo_hour_offshore": (8, 15),
    "bpo_hour_nearshore": (18, 28),
    "bpo_hour_any": (8, 45),
    "seat_month_offshore": (1600, 2400),
    "seat_month_nearshore": (3200, 4600),
    "service_credit": (0.02, 0.05),
    "ramp_days": (60, 90),
    "ramp_months": (2, 3),
    "term_months": (12, 12),
    "breakeven_months": (9, 15),
    "hours_month": (160, 176),
    "retention_months": (3, 6),
    "setup": (5000, 30000),
    "enablement": (500, 1500),
    "training_hours": (40, 80),
    "customers_per_agent": (250, 400),
    "service_level": (0.80, 0.80),
    "threshold_sec": (20, 20),
    "chat_threshold_sec": (30, 60),
    "abandonment": (None, 0.08),
    "max_abandon": (0.05, 0.08),
    "fcr": (0.70, 0.90),
    "csat": (0.85, 0.95),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope(name):
    assert (benchmark(name).low, benchmark(name).high) == ENVELOPES[name]


@pytest.mark.parametrize(
    ("name", "mid"),
    [("shrinkage", 0.3), ("contingency", 0.125), ("service_credit", 0.035), ("fte_month_offshore", 2200)],
)
def test_mid_is_the_midpoint_to_the_last_bit(name, mid):
    assert benchmark(name).mid == mid
    assert benchmark(name).at("mid") == mid


def test_the_middle_of_an_open_range_is_missing():
    assert benchmark("abandonment").mid is None
    with pytest.raises(UnknownNameError) as error:
        benchmark("csat_of_5").at("high")
    assert str(error.value) == "benchmark csat_of_5: no high stated by Amare"
    assert error.value.code == "#N/A"


def test_guides_are_named_in_order_of_first_appearance():
    assert benchmark("shrinkage").guides == ("Integra", "Driveert", "Deserve")
    assert benchmark("hours_month").guides == ("Integra", "Deserve")


@pytest.mark.parametrize("name", benchmark_names())
def test_each_guide_behind_a_benchmark_answers_for_itself(name):
    whole = benchmark(name)
    for guide in whole.guides:
        own = whole.of(guide)
        assert own.guides == (guide,)
        assert own.low is not None or own.high is not None
        assert own.low is None or whole.low <= own.low
        assert own.high is None or own.high <= whole.high


@pytest.mark.parametrize("name", benchmark_names())
def test_a_benchmark_has_rising_bounds_and_one_currency(name):
    whole = benchmark(name)
    assert whole.low is None or whole.high is None or whole.low <= whole.high
    assert {figure.currency for figure in whole.figures} == {whole.currency}


def test_a_guides_own_range():
    assert benchmark("Shrinkage").of("driveert").low == 0.30
    assert benchmark("shrinkage").of("Deserve").low == 0.25
    assert benchmark("hours_month").of("Deserve").high == 176


def test_elapsed_email_hours_are_not_a_handle_time():
    assert "F170" not in [figure.id for figure in benchmark("aht_email_min").figures]


def test_unknown_names_point_to_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r'^unknown benchmark "shrinkag"; did you mean "shrinkage"'
    ) as error:
        benchmark("shrinkag")
    assert error.value.code == "#N/A"
    assert str(error.value).endswith("contingency_fte")
    with pytest.raises(DataError) as error:
        benchmark("shrinkage").of("Amare")
    assert str(error.value) == (
        'benchmark shrinkage: no figure from "Amare"; known: Integra, Driveert, Deserve'
    )
    with pytest.raises(DataError) as error:
        benchmark("shrinkage").of("Drivert")
    assert str(error.value) == (
        'benchmark shrinkage: no figure from "Drivert"; did you mean "Driveert"? '
        "Known: Integra, Driveert, Deserve"
    )


# ---- the built-in card ----


@pytest.mark.parametrize(
    ("market", "fte", "seat"),
    [
        ("onshore", (4500, 5500, 6500), None),
        ("nearshore", (2800, 3300, 3800), (3200, 3900, 4600)),
        ("offshore", (1800, 2200, 2600), (1600, 2000, 2400)),
    ],
)
def test_builtin_card(market, fte, seat):
    row = builtin_card().market(market)
    assert (row.currency, row.price_year) == ("USD", 2025)
    assert tuple(row.fte_month.at(level) for level in ("low", "mid", "high")) == fte
    assert (row.seat_month and (row.seat_month.low, row.seat_month.mid, row.seat_month.high)) == seat


def test_builtin_price_names_its_guide():
    price = builtin_card().market("offshore").fte_month
    assert price.source == "Driveert, Costs, Contracts, and Financial Planning"
    assert (price.guide, price.basis, price.valid_from) == ("Driveert", "published", date(2025, 1, 1))


def test_unknown_market():
    with pytest.raises(UnknownNameError) as error:
        builtin_card().market("offshor")
    assert str(error.value) == (
        'unknown market "offshor"; did you mean "offshore"? Known: onshore, nearshore, offshore'
    )


def test_a_card_goes_to_worker_processes():
    assert pickle.loads(pickle.dumps(builtin_card())) == builtin_card()


# ---- a card of one's own ----


def test_own_price_replaces_the_builtin_one_and_the_rest_stays():
    card = load_card(
        write(
            OFFSHORE + "fte_month = { low = 1900, mid = 2300, high = 2700, "
            'source = "HR cost survey 2026", valid_from = 2026-01-01, basis = "quoted" }\nsalary = 14000'
        )
    )
    market = card.market("OFFSHORE")
    assert card.name == "Test"
    assert (market.fte_month.low, market.fte_month.mid, market.fte_month.high) == (1900, 2300, 2700)
    assert (market.fte_month.source, market.fte_month.guide) == ("HR cost survey 2026", None)
    assert (market.currency, market.salary, market.burden) == ("USD", 14000, None)
    assert market.seat_month == builtin_card().market("offshore").seat_month
    assert card.market("onshore") == builtin_card().market("onshore")


def test_a_new_currency_leaves_no_money_of_the_old_one():
    market = load_card(write(OFFSHORE + 'currency = "PHP"\nprice_year = 2026\nsalary = 480000')).market(
        "offshore"
    )
    assert (market.currency, market.salary) == ("PHP", 480000)
    assert market.fte_month is None
    assert market.seat_month is None


def test_naming_the_same_currency_keeps_the_money():
    market = load_card(write(OFFSHORE + 'currency = "USD"')).market("offshore")
    assert market == builtin_card().market("offshore")


def test_mid_defaults_to_the_midpoint_and_value_stands_for_all_three():
    card = load_card(
        write(
            HEAD + '[markets.Manila]\ncurrency = "PHP"\nprice_year = 2026\n'
            'fte_month = { low = 90000, high = 120000, source = "Survey" }\n'
            'seat_month = { value = 80000, source = "Vendor" }'
        )
    )
    market = card.market("manila")
    assert market.fte_month.mid == 105000
    assert market.fte_month.basis == "assumed"
    assert (market.seat_month.low, market.seat_month.mid, market.seat_month.high) == (80000, 80000, 80000)


def test_a_card_may_refer_to_a_published_figure():
    card = load_card(
        write(HEAD + '[markets.austin]\ncurrency = "USD"\nprice_year = 2025\nfte_month = { figure = "F125" }')
    )
    assert card.market("austin").fte_month == builtin_card().market("onshore").fte_month


def test_a_byte_order_mark_is_read_over():
    Path("card.toml").write_text(HEAD, encoding="utf-8-sig")
    assert load_card("card.toml").name == "Test"


NEW = HEAD + '[markets.cebu]\ncurrency = "PHP"\nprice_year = 2026\n'
MARKET_KEYS = (
    "currency, price_year, fte_month, seat_month, salary, burden, tools_month, facilities_month, "
    "mgmt_overhead, attrition, cost_per_hire"
)
FAULTS = {
    "negative": (
        OFFSHORE + 'fte_month = { low = -5, high = 3, source = "s" }',
        ", markets.offshore.fte_month.low = -5: must be at least 0",
    ),
    "percent points": (
        OFFSHORE + "burden = 30",
        ", markets.offshore.burden = 30: must be at most 3. For 30 percent write 0.3",
    ),
    "unknown key": (
        OFFSHORE + "fte_mnth = 3",
        f', markets.offshore: unknown key "fte_mnth"; did you mean "fte_month"? Known: {MARKET_KEYS}',
    ),
    "unknown key in a price": (
        OFFSHORE + 'fte_month = { low = 1, hgh = 2, source = "s" }',
        ', markets.offshore.fte_month: unknown key "hgh"; did you mean "high"? Known: figure, low, high, '
        "mid, source, guide, section, valid_from, basis, value",
    ),
    "unknown table": (
        HEAD + "[market.offshore]",
        ': unknown key "market"; did you mean "markets"? Known: card, markets',
    ),
    "falling": (
        OFFSHORE + 'fte_month = { low = 1900, mid = 2800, high = 2700, source = "s" }',
        ", markets.offshore.fte_month: low 1900, mid 2800, high 2700: must rise, low <= mid <= high",
    ),
    "no high": (
        OFFSHORE + 'fte_month = { low = 1900, source = "s" }',
        ", markets.offshore.fte_month.high: missing; add high = 2700",
    ),
    "no source": (
        OFFSHORE + "fte_month = { value = 1900 }",
        ', markets.offshore.fte_month.source: missing; add source = "HR cost survey 2026"',
    ),
    "empty source": (
        OFFSHORE + 'fte_month = { value = 1900, source = "" }',
        ', markets.offshore.fte_month.source = "": must not be empty',
    ),
    "bare number for a price": (
        OFFSHORE + "fte_month = 2200",
        ", markets.offshore.fte_month = 2200: must be a table, such as "
        'fte_month = { low = 1900, high = 2700, source = "HR cost survey 2026" }',
    ),
    "text for a number": (
        OFFSHORE + 'salary = "480000"',
        ', markets.offshore.salary = "480000": must be a number, without quotes',
    ),
    "truth for a number": (
        OFFSHORE + 'fte_month = { low = true, high = 2, source = "s" }',
        ", markets.offshore.fte_month.low = true: must be a number, without quotes",
    ),
    "not finite": (OFFSHORE + "salary = inf", ", markets.offshore.salary = inf: must be a finite number"),
    "unknown basis": (
        OFFSHORE + 'fte_month = { value = 3, source = "s", basis = "guess" }',
        ", markets.offshore.fte_month.basis = \"guess\": must be 'published', 'quoted' or 'assumed'",
    ),
    "date in quotes": (
        OFFSHORE + 'fte_month = { value = 3, source = "s", valid_from = "2026-01-01" }',
        ', markets.offshore.fte_month.valid_from = "2026-01-01": '
        "must be a date such as 2026-01-01, without quotes",
    ),
    "year of two digits": (
        OFFSHORE + "price_year = 26",
        ", markets.offshore.price_year = 26: must be at least 1990",
    ),
    "no currency": (
        HEAD + "[markets.manila]\nprice_year = 2026",
        ', markets.manila.currency: missing; add currency = "USD"',
    ),
    "new currency, old year": (
        OFFSHORE + 'currency = "PHP"',
        ", markets.offshore.price_year: missing; add price_year = 2026",
    ),
    "currency in small letters": (
        OFFSHORE + 'currency = "usd"',
        ', markets.offshore.currency = "usd": '
        'must be a currency code of three capital letters, such as "USD"',
    ),
    "figure in another currency": (
        NEW + 'fte_month = { figure = "F127" }',
        ", markets.cebu.fte_month: figure F127 is in USD per month, here PHP per month is needed; "
        "give low and high instead",
    ),
    "figure of another period": (
        OFFSHORE + 'fte_month = { figure = "F145" }',
        ", markets.offshore.fte_month: figure F145 is in USD per year, here USD per month is needed; "
        "give low and high instead",
    ),
    "figure that is no price": (
        OFFSHORE + 'fte_month = { figure = "F018" }',
        ", markets.offshore.fte_month: figure F018 (Shrinkage) is no price with low and high; give your own",
    ),
    "unknown figure": (
        OFFSHORE + 'fte_month = { figure = "F999" }',
        ', markets.offshore.fte_month: no published figure "F999"; write an id such as "F125"',
    ),
    "figure and numbers": (
        OFFSHORE + 'fte_month = { figure = "F127", low = 3 }',
        ", markets.offshore.fte_month: figure stands alone: remove low, or remove figure",
    ),
    "value and numbers": (
        OFFSHORE + 'fte_month = { value = 3, low = 3, source = "s" }',
        ", markets.offshore.fte_month: value stands for low, mid and high: remove low, or remove value",
    ),
    "market name with a space": (
        HEAD + '[markets."cape town"]',
        ', markets."cape town": use letters, digits and _ only, such as cape_town',
    ),
    "market named twice": (
        HEAD + "[markets.Cebu]\n[markets.cebu]",
        ", markets.cebu: named twice, case does not count; keep one",
    ),
    "market that is no table": (HEAD + "[markets]\noffshore = 3", ", markets.offshore = 3: must be a table"),
    "no name": ("[card]", ', card.name: missing; add name = "Group procurement 2026"'),
    "no head": ("[markets]", ', card: missing; add [card] with name = "Group procurement 2026"'),
    "not TOML": ("[card]\nname = Test", ": not valid TOML: Invalid value (at line 2, column 8)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_card_is_refused_in_one_line(fault):
    text, message = FAULTS[fault]
    with pytest.raises(DataError) as error:
        load_card(write(text))
    assert str(error.value) == "card.toml" + message


def test_missing_or_unreadable_file():
    with pytest.raises(DataError, match=r"^none\.toml: no such file; check the path$"):
        load_card("none.toml")
    Path("card.toml").write_bytes(b'[card]\nname = "Krak\xf3w"')
    with pytest.raises(DataError, match=r"^card\.toml: not UTF-8 text; save it with the encoding UTF-8$"):
        load_card("card.toml")


# ---- the card in force ----


def test_without_a_choice_the_builtin_card_is_in_force():
    assert active_card() is builtin_card()


def test_the_environment_switches_the_card_without_a_restart(monkeypatch):
    write(HEAD.replace("Test", "First"), "first.toml")
    write(HEAD.replace("Test", "Second"), "second.toml")
    monkeypatch.setenv("CARECOST_RATES", "first.toml")
    assert active_card().name == "First"
    monkeypatch.setenv("CARECOST_RATES", "second.toml")
    assert active_card().name == "Second"
    monkeypatch.setenv("CARECOST_RATES", "")
    assert active_card() is builtin_card()


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not():
    use_card(write(OFFSHORE + "salary = 14000"))
    before = active_card()
    assert active_card() is before
    write(OFFSHORE + "salary = 15000")  # the same size: the time alone has to tell
    os.utime("card.toml", ns=(0, 0))
    assert active_card().market("offshore").salary == 15000


def test_use_card_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("CARECOST_RATES", write(HEAD.replace("Test", "Environment"), "environment.toml"))
    use_card(write(HEAD))
    assert active_card().name == "Test"
    use_card(None)
    assert active_card().name == "Environment"


def test_a_faulty_card_does_not_come_into_force():
    with pytest.raises(DataError):
        use_card(write("[card]"))
    assert active_card() is builtin_card()


def test_a_card_that_disappears_is_missed(monkeypatch):
    monkeypatch.setenv("CARECOST_RATES", "gone.toml")
    with pytest.raises(DataError) as error:
        active_card()
    assert str(error.value) == "gone.toml: no such rate card; correct CARECOST_RATES or call use_card"


# ---- the page and the package ----


def test_the_documented_card_and_python_lines_work():
    example = re.search(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    card = load_card(write(example[1]))
    assert (card.market("offshore").salary, card.market("offshore").seat_month) == (480000, None)
    assert card.market("krakow").seat_month.mid == 2900
    assert doctest.testfile(str(DOCS), module_relative=False).failed == 0


def test_rates_load_without_the_heavy_libraries():
    heavy = "{'numpy', 'pandas', 'scipy', 'openpyxl', 'xlwings'}"
    program = f"import sys, carecost.rates; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=DOCS.parents[1]
    )
    assert run.stdout.strip() == "[]"
