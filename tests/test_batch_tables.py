"""Driver tables: what is read, what is refused before work starts, and what one bad row costs."""

import csv
import datetime
import io
import sqlite3
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches import BASE, DRIVERS

from carecost.batch.columns import KNOWN, read_cell
from carecost.batch.drivers import open_drivers
from carecost.batch.fx import read_rates
from carecost.batch.names import LONGEST, folded, read_pattern, safe_name
from carecost.batch.run import Order, check
from carecost.errors import DataError, PlanError

with DRIVERS.open(newline="") as file:
    TITLES, *ROWS = csv.reader(file)
ROWS = ROWS[:3]


def as_csv(rows, separator=","):
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def changed(**cells):
    """The table with some cells of its second row (row 3 of the file) changed."""
    rows = [list(row) for row in ROWS]
    for name, text in cells.items():
        rows[1][TITLES.index(name)] = text
    return as_csv([TITLES, *rows])


@pytest.fixture
def checked(tmp_path):
    """Check a table's text; how many rows it has, and what is rejected as (row, column, value, rule)."""

    def run(text, base=BASE, **order):
        path = tmp_path / "drivers.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = []
        done = check(
            Order(str(path), base, **order), 1, lambda _: None, lambda outcome: found.extend(outcome.rejected)
        )
        return done.rows, [tuple(rejection) for rejection in found]

    return run


def refused(checked, text, **order):
    with pytest.raises(DataError) as caught:
        checked(text, **order)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- the same table in every form ----


def typed(row):
    """A row as a database or a spreadsheet holds it."""
    texts = ("cost_center", "scenario", "name", "currency")
    return [
        None if not cell else cell if title in texts else float(cell)
        for title, cell in zip(TITLES, row, strict=True)
    ]


def write_xlsx(path):
    book = openpyxl.Workbook()
    for row in [TITLES, *map(typed, ROWS), [None] * len(TITLES)]:
        book.active.append(row)
    book.save(path)


def write_parquet(path):
    pq.write_table(pa.Table.from_pylist([dict(zip(TITLES, typed(row), strict=True)) for row in ROWS]), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("d.csv", lambda path: path.write_text(as_csv([TITLES, *ROWS]))),
        ("bom.csv", lambda path: path.write_text("\ufeff" + as_csv([TITLES, *ROWS], ";"), encoding="utf-8")),
        ("tab.csv", lambda path: path.write_text(as_csv([TITLES, *ROWS, [""] * len(TITLES), []], "\t"))),
        ("d.xlsx", write_xlsx),
        ("d.parquet", write_parquet),
    ],
)
def test_every_form_of_table_is_the_same_plans(name, write, tmp_path):
    write(tmp_path / name)
    heard = []
    done = check(Order(str(tmp_path / name), BASE), 1, lambda _: None, heard.append)
    assert (done.rows, done.rejected) == (3, 0)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_query(dialect, tmp_path):
    path = tmp_path / "budget.db"
    titles = ", ".join(f'"{title}"' for title in TITLES)
    if dialect == "sqlite":
        database = sqlite3.connect(path)
    else:
        import duckdb

        database = duckdb.connect(str(path))
    kinds = ", ".join(f'"{title}" VARCHAR' for title in TITLES)
    database.execute(f"CREATE TABLE drivers ({kinds})")
    database.executemany(f"INSERT INTO drivers VALUES ({', '.join('?' * len(TITLES))})", ROWS)
    database.commit()
    database.close()
    query = f"SELECT {titles} FROM drivers WHERE 'a:b' = 'a:b' AND scenario LIKE '%e%' ORDER BY scenario"
    done = check(Order(query, BASE, sql=f"{dialect}:///{path}"), 1, lambda _: None, lambda _: None)
    assert (done.rows, done.rejected) == (2, 0)


@pytest.mark.parametrize(
    ("query", "url", "words"),
    [
        ("SELECT * FROM budgets", "sqlite://", "the query failed: no such table: budgets"),
        ("CREATE TABLE a (b)", "sqlite://", "the query must begin with SELECT or WITH"),
        ("SELECT 1", "not a url", "--sql: not a database URL"),
        ("SELECT 1", "oracle+none://u:secret@h/d", "--sql: no driver for this database"),
    ],
)
def test_queries_that_cannot_be_read(query, url, words):
    with pytest.raises(DataError, match=words) as caught, open_drivers(query, url):
        pass
    assert "secret" not in str(caught.value)


def test_empty_cells_right_of_the_table_are_no_column(tmp_path):
    rows = [[*TITLES, "", " "], [*ROWS[0], "", ""], [*ROWS[1], "", "7"]]
    (tmp_path / "d.csv").write_text(as_csv(rows))
    found = []
    done = check(
        Order(str(tmp_path / "d.csv"), BASE), 1, lambda _: None, lambda one: found.extend(one.rejected)
    )
    assert (done.rows, done.rejected) == (2, 1)
    assert found[0].rule == f"has {len(TITLES) + 2} cells where the table has {len(TITLES)} columns"


def test_formula_of_a_workbook_without_a_stored_value_is_rejected_not_blank(tmp_path):
    book = openpyxl.Workbook()
    rows = [TITLES, *map(typed, ROWS)]
    rows[2][TITLES.index("shrinkage")] = "=0.1+0.2"
    rows[3][TITLES.index("aht_voice_min")] = "#N/A"
    for row in rows:
        book.active.append(row)
    book.active.cell(4, TITLES.index("aht_voice_min") + 1).data_type = "e"
    book.save(tmp_path / "d.xlsx")
    found = []
    check(Order(str(tmp_path / "d.xlsx"), BASE), 1, lambda _: None, lambda one: found.extend(one.rejected))
    assert [rejection[:3] for rejection in found] == [
        (3, "shrinkage", "=0.1+0.2"),
        (4, "aht_voice_min", "#N/A"),
    ]
    assert "formula without a stored value" in found[0].rule


# ---- cells ----


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [
        ("0.3", ".", 0.3), ("0,3", ",", 0.3), ("28%", ".", 0.28), ("28,5 %", ",", 0.285), (" 0.3 ", ".", 0.3),
        (".5", ".", 0.5), ("3e-1", ".", 0.3), (Decimal("0.3"), ".", 0.3), (0, ".", 0.0),
    ],
)  # fmt: skip
def test_numbers(cell, mark, value):
    assert read_cell(KNOWN["shrinkage"], cell, mark) == value


@pytest.mark.parametrize(
    "cell",
    [
        "NaN",
        "inf",
        "1_0",
        "٣",
        "1.234,5",
        "1,234.5",
        "(5)",
        "\u22125",
        "six",
        "=1",
        True,
        datetime.date(2026, 1, 1),
    ],
)
@pytest.mark.parametrize("mark", [".", ","])
def test_what_is_no_number(cell, mark):
    with pytest.raises(PlanError):
        read_cell(KNOWN["cost_per_hire"], cell, mark)


@pytest.mark.parametrize(("cell", "text"), [("0012", "0012"), (1200, "1200"), (1200.0, "1200"), (" a ", "a")])
def test_texts(cell, text):
    assert read_cell(KNOWN["cost_center"], cell, ".") == text


# ---- bad rows: each costs itself alone ----


@pytest.mark.parametrize(
    ("cells", "rejected"),
    [
        ({"aht_voice_min": "six"}, [("aht_voice_min", "six", "must be a number such as 1234.5")]),
        ({"shrinkage": "NaN"}, [("shrinkage", "NaN", "must be a number")]),
        ({"shrinkage": "30"}, [("shrinkage", "30", "must be at least 0 and below 1. For 30 percent write 0.3.")]),
        ({"contacts_03": "-5"}, [("contacts_03", "-5", "must be at least 0.")]),
        ({"share_voice": "0.7"}, [("share_voice", "0.7", "the shares of contacts add up to 110%")]),
        ({"currency": "usd"}, [("currency", "usd", 'must be three capital letters, such as "USD".')]),
        ({"shrinkage": "0,3"}, [("shrinkage", "0,3", "If , is the decimal mark, say --decimal ,.")]),
        ({"cost_center": "x" * 300}, [("cost_center", "x" * 57 + "...", "must be one line of at most 255")]),
        ({"scenario": ""}, [("", "", "a column that --name takes is empty in this row")]),
        ({"contacts_01": "1e308", "aht_voice_min": "240"}, [("", "", "its numbers are too large to compute with")]),
        ({"shrinkage": "x", "contacts_01": "y"}, [("contacts_01", "y", "must be"), ("shrinkage", "x", "must be")]),
    ],
)  # fmt: skip
def test_a_bad_row_is_rejected_with_its_cell_and_rule(cells, rejected, checked):
    rows, found = checked(changed(**cells))
    assert rows == 3
    assert [one[:3] for one in found] == [(3, column, value) for column, value, _ in rejected]
    assert all(words in one[3] for one, (*_, words) in zip(found, rejected, strict=True))


def test_a_row_of_another_length_is_rejected(checked):
    rows, found = checked(as_csv([TITLES, *ROWS]) + "a,b,c\n")
    assert rows == 4
    assert found == [(5, "", "", f"has 3 cells where the table has {len(TITLES)} columns")]


def test_decimal_commas(checked):
    rows = [[cell.replace(".", ",") for cell in row] for row in ROWS]
    assert checked(as_csv([TITLES, *rows], ";"), decimal=",") == (3, [])


# ---- bad tables: refused before work starts ----


def test_two_rows_of_one_key(checked):
    words = refused(checked, as_csv([TITLES, *ROWS, ROWS[1]]))
    assert words.startswith("rows 3 and 5 have the same key (cost_center CC-101, scenario growth)")


@pytest.mark.parametrize(
    ("keys", "files"),
    [
        (("CC-1", "cc-1"), "CC-1_base.xlsx and cc-1_base.xlsx"),
        (("a/b", "a\\b"), "a_b_base.xlsx and a_b_base.xlsx"),
        (("é", "e\u0301"), "é_base.xlsx and é_base.xlsx"),
    ],
)
def test_two_keys_of_one_file_name(keys, files, checked):
    rows = [[key, *ROWS[0][1:]] for key in keys]
    assert f"rows 2 and 3: their workbooks would be called {files}" in refused(
        checked, as_csv([TITLES, *rows])
    )


def test_a_workbook_cannot_take_the_place_of_what_the_run_writes(checked):
    row = ["Portfolio", *ROWS[0][1:]]
    words = refused(checked, as_csv([TITLES, row]), name="{cost_center}.xlsx")
    assert words == "row 2: its workbook would be called portfolio.xlsx, a name that the run needs."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty. Its first line holds the names of the columns."),
        (as_csv([TITLES]), "no rows below the names of the columns."),
        (as_csv([["cost_centre", *TITLES[1:]], *ROWS]), '"cost_centre" is not an input. Did you mean cost_center?'),
        (as_csv([TITLES[:4] + TITLES[5:]]), "contacts_01 is missing: neither a column of drivers.csv nor"),
        (as_csv([[*TITLES, "scenario"]]), "two columns are scenario."),
        (as_csv([[*TITLES[:-1], " ", TITLES[-1]]]), f"column {len(TITLES)} has no title."),
        (as_csv([TITLES[2:], *(row[2:] for row in ROWS)]), "the workbooks' names take {cost_center}"),
        ("name;currency\nZürich;CHF\n".encode("cp1252"), "not UTF-8 text."),
        (as_csv([TITLES]) + '"open', "row 2: not valid CSV"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(text, words, checked):
    assert words in refused(checked, text)


def test_columns_are_mapped_in_the_base_plan(checked, tmp_path):
    titles = ["Region", *(title.replace("cost_center", "Kostenstelle") for title in TITLES)]
    text = as_csv([titles, *(["EMEA", *row] for row in ROWS)])
    base = tmp_path / "base.toml"
    columns = '\n[columns]\n"Kostenstelle" = "cost_center"\nRegion = "ignore"\n'
    base.write_text(BASE.read_text() + columns)
    assert checked(text, base=base) == (3, [])
    base.write_text(BASE.read_text() + columns.replace("cost_center", "cost_centre"))
    assert "Did you mean cost_center?" in refused(checked, text, base=base)
    base.write_text(BASE.read_text() + columns + 'Site = "ignore"\n')
    assert 'has no column "Site"' in refused(checked, text, base=base)


# ---- names ----


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.xlsx", "_.._.._etc_passwd.xlsx"),
        ("C:\\a.xlsx", "C__a.xlsx"),
        ("CON.xlsx", "_CON.xlsx"),
        ("lpt1.old.xlsx", "_lpt1.old.xlsx"),
        ("COM².xlsx", "_COM².xlsx"),
        ("a. .xlsx", "a.xlsx"),
        (".hidden.xlsx", "_.hidden.xlsx"),
        ("~$a.xlsx", "_~$a.xlsx"),
        ('a"b#c%d[e].xlsx', "a_b_c_d_e_.xlsx"),
        ("a\nb.xlsx", "a_b.xlsx"),
        ("Zürich 東京.xlsx", "Zürich 東京.xlsx"),
    ],
)
def test_names_are_safe_everywhere(name, safe):
    assert safe_name(name) == safe


def test_long_names_are_cut_and_stay_apart():
    first, second = (safe_name("é" * 300 + end + ".xlsx") for end in "ab")
    assert folded(first) != folded(second)
    assert max(len(name.encode()) for name in (first, second)) <= LONGEST + len(".xlsx")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("x.xlsx", "must hold a column in braces"),
        ("{cost_center}.xls", "end in .xlsx"),
        ("{cost_centre}.xlsx", "Did you mean cost_center?"),
        ("{cost_center.__class__}.xlsx", "is not a column"),
        ("{cost_center!r}.xlsx", "stand alone in braces"),
        ("{shrinkage}.xlsx", "is a number"),
        ("../{cost_center}.xlsx", "not a path"),
        ("{cost_center.xlsx", "--name"),
    ],
)
def test_patterns_that_are_refused(pattern, words):
    with pytest.raises(DataError, match=words):
        read_pattern(pattern)


# ---- rates ----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from,to\nEUR,USD\n", "needs the columns from, to and rate"),
        ("from,to,rate\nEUR,USD,0\n", "row 2: rate = "),
        ("from,to,rate\nEUR,USD,1.16\nGBP,EUR,1.2\n", "row 3: converts to EUR, other lines to USD"),
        ("from,to,rate\nEUR,USD,1.16\nEUR,USD,1.2\n", "row 3: EUR has two rates"),
        ("from,to,rate\neur,USD,1.16\n", "three capital letters"),
    ],
)
def test_rates_that_are_refused(text, words, tmp_path):
    (tmp_path / "fx.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        read_rates(tmp_path / "fx.csv", ".")
