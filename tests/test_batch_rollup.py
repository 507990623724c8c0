"""The portfolio: its sums are those of the workbooks, currencies and scenarios stay apart, formulas agree."""

import csv

import openpyxl
import pandas as pd
import pytest
from batches import BASE, DRIVERS, FX

from carecost.batch.fx import read_rates
from carecost.batch.run import Order, Output, run
from carecost.errors import DataError
from carecost.model.statement import PLAN
from carecost.workbook.verify import verify

ORDER = Order(str(DRIVERS), BASE)
RATES = {"USD": 1.0, "EUR": 1.16, "INR": 0.012}


def made(folder, order=ORDER, **output):
    run(order, Output(str(folder), **output), 1, None, lambda _: None)
    return folder


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return made(tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    return made(tmp_path_factory.mktemp("converted"), rates=read_rates(FX, "."))


@pytest.fixture(scope="module")
def totals(local):
    """What each finished workbook says of its year, read from the file."""
    found = []
    with DRIVERS.open(newline="") as file:
        for row in csv.DictReader(file):
            book = openpyxl.load_workbook(
                local / f"{row['cost_center']}_{row['scenario']}.xlsx", data_only=True, read_only=True
            )
            ((sheet, cell),) = book.defined_names["year_spend_total"].destinations
            found.append({**row, "total": book[sheet][cell.replace("$", "")].value})
            book.close()
    return pd.DataFrame(found)


def rows_of(folder, sheet, titles_in):
    """A sheet below its titles as dicts, empty rows left out."""
    book = openpyxl.load_workbook(folder / "portfolio.xlsx", data_only=True)
    rows = list(book[sheet].iter_rows(min_row=titles_in, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if any(cell is not None for cell in row)]


def by_scenario(totals, *columns):
    return totals.groupby(["scenario", *columns])["total"].sum()


@pytest.mark.usefixtures("needs_libreoffice")
def test_every_formula_recalculates_to_its_stored_value(local, converted):
    for outcome in verify([local / "portfolio.xlsx", converted / "portfolio.xlsx"]):
        assert outcome.formulas > 800
        assert outcome.differences == []


def test_totals_stay_in_their_currency(local, totals):
    expected = by_scenario(totals, "currency")
    summary = [row for row in rows_of(local, "Summary", 7) if row["Currency"]]
    assert {(row["Scenario"], row["Currency"]) for row in summary} == set(expected.index)
    for row in summary:
        assert row["Total cost"] == pytest.approx(expected[row["Scenario"], row["Currency"]], rel=1e-12)
    assert not [row for row in rows_of(local, "Totals", 4) if row["Market"] == "all currencies"]


def test_a_rates_table_converts(converted, totals):
    money = totals.assign(total=totals["total"] * totals["currency"].map(RATES))
    expected = by_scenario(money)
    summary = [row for row in rows_of(converted, "Summary", 7) if row["Currency"]]
    assert [row["Currency"] for row in summary] == ["USD"] * 3
    for row in summary:
        assert row["Workbooks"] == 24
        assert row["Total cost"] == pytest.approx(expected[row["Scenario"]], rel=1e-12)


def test_months_and_their_year_agree_with_the_totals(local, totals):
    expected = by_scenario(totals, "currency")
    found = [row for row in rows_of(local, "Months", 4) if row["Line"] == PLAN.lines["spend_total"].label]
    assert len(found) == len(expected)
    for row in found:
        months = sum(row[f"Month {month}"] for month in range(1, 13))
        assert months == pytest.approx(row["Year"], rel=1e-12)
        assert row["Year"] == pytest.approx(expected[row["Scenario"], row["Currency"]], rel=1e-12)


def test_every_workbook_has_its_row_and_link(local, totals):
    book = openpyxl.load_workbook(local / "portfolio.xlsx")
    links = [row[1].value for row in book["Workbooks"].iter_rows(min_row=7)]
    names = [f"{row.cost_center}_{row.scenario}.xlsx" for row in totals.itertuples()]
    assert links == [f'=HYPERLINK("{name}","{name}")' for name in names]
    shown = rows_of(local, "Workbooks", 6)
    assert [row["Workbook"] for row in shown] == names
    assert [row["Total cost"] for row in shown] == totals["total"].tolist()


def test_movers_are_the_largest_changes(converted, totals):
    wide = totals.pivot(index=["cost_center", "currency"], columns="scenario", values="total")
    changes = pd.Series(
        {
            (key[0], scenario): (wide.loc[key, scenario] - wide.loc[key, "base"]) * RATES[key[1]]
            for key in wide.index
            for scenario in ("growth", "self-service")
        }
    )
    largest = changes.reindex(changes.abs().sort_values(ascending=False).index)[:20]
    shown = [row for row in rows_of(converted, "Movers", 5) if row["Scenario"]]
    assert [(row["Cost center"], row["Scenario"]) for row in shown] == list(largest.index)
    assert [row["Change, USD"] for row in shown] == pytest.approx(largest.tolist(), rel=1e-9)


def test_the_baseline_can_be_chosen(tmp_path):
    made(tmp_path / "out", baseline="growth")
    shown = [
        row for row in rows_of(tmp_path / "out", "Movers", 5) if row["Scenario"] not in (None, "Scenario")
    ]
    assert {row["Scenario"] for row in shown} == {"base", "self-service"}
    with pytest.raises(DataError, match="Did you mean growth"):
        made(tmp_path / "other", baseline="growht")
    assert not (tmp_path / "other").exists()


def test_charts_are_native(local):
    book = openpyxl.load_workbook(local / "portfolio.xlsx")
    assert len(book["Summary"]._charts) == 6
    assert len(book["Movers"]._charts) == 3


def test_the_numbers_file_has_every_line_and_month(converted, totals):
    frame = pd.read_parquet(converted / "portfolio.parquet")
    months = sum(13 if line.month_0 else 12 for line in PLAN.lines.values())
    assert len(frame) == 72 * months
    assert frame["value"].notna().all()
    spend = frame[frame["line"] == "spend_total"]
    years = spend.groupby("file", observed=True)["value"].sum()
    for row in totals.itertuples():
        assert years[f"{row.cost_center}_{row.scenario}.xlsx"] == pytest.approx(row.total, rel=1e-12)
    rates = spend["currency"].astype(str).map(RATES)
    assert (spend["reporting_value"] - spend["value"] * rates).abs().max() < 1e-6
    assert frame.loc[frame["unit"] != "money", "reporting_value"].isna().all()
    assert str(spend["date"].iloc[0]) == "2026-01-01"


def test_a_currency_without_a_rate_is_refused_before_work(tmp_path):
    (tmp_path / "fx.csv").write_text("from,to,rate\nEUR,USD,1.16\n")
    with pytest.raises(DataError, match="no rate for INR: add a line from each to USD"):
        made(tmp_path / "out", rates=read_rates(tmp_path / "fx.csv", "."))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ({"workbooks": False}, {"portfolio.parquet"}),
        ({"numbers": False}, {"portfolio.xlsx"}),
    ],
)
def test_one_format_alone(output, names, tmp_path):
    made(tmp_path / "out", **output)
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert {name for name in found if not name.startswith("CC-")} == {"manifest.jsonl", *names}
    assert len(found) == (2 if "portfolio.parquet" in names else 74)


def test_more_workbooks_than_a_sheet_has_rows_are_refused_before_work_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("carecost.batch.run.MOST", 71)
    with pytest.raises(DataError, match=r"72 rows: portfolio\.xlsx lists at most 71 workbooks"):
        made(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made(tmp_path / "out", workbooks=False)
    assert (tmp_path / "out" / "portfolio.parquet").exists()
