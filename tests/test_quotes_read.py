"""Offers as vendors send them: any of four forms gives the same offer, every problem is told at its place,
and no file from outside is trusted."""

import csv
import datetime
import io
import json
import os
import random
import re
import subprocess
import sys

import openpyxl
import pytest
from conftest import ROOT
from hostile_workbooks import as_excel_saves, hostile, parts_of, written_alike, zipped
from libreoffice import recalculate
from quote_cases import OFFERS, examples

from carecost.quotes.filled_request import read_request
from carecost.quotes.offer import FIELDS
from carecost.quotes.reading import read_quotes
from carecost.quotes.request import PLACES, QUOTE_REQUEST
from carecost.quotes.request_author import request_file

FILLED = [path for path in OFFERS if path.suffix == ".xlsx"]
SMALL = {
    "vendor": "Atlas Care", "offer": "A-1", "date": datetime.date(2026, 1, 15), "currency": "USD",
    "market": "offshore", "line_1_unit": "seat", "line_1_rate": 2000.1, "term": 24.0,
}  # fmt: skip
MEMORY = 300 << 20


def carecost(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "carecost", "quotes", "read", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems(folder, name, content):
    (reading,) = read_quotes([written(folder, name, content)])
    assert reading.offer is None or not reading.problems
    return [str(problem) for problem in reading.problems]


def values(path):
    (reading,) = read_quotes([path])
    assert [str(problem) for problem in reading.problems] == []
    return dict(reading.offer.values)


def plain(offer):
    return {
        name: value if isinstance(value, float | str) else value.isoformat() for name, value in offer.items()
    }


# ---- the same offer in four forms ----


@pytest.mark.parametrize("path", OFFERS, ids=lambda path: path.stem)
def test_a_filled_request_json_and_toml_give_the_same_offer(path, tmp_path):
    expected = values(path)
    assert len(expected) > 20
    assert values(written(tmp_path, "filled.xlsx", request_file(expected))) == expected
    assert values(written(tmp_path, "offer.json", json.dumps(plain(expected)))) == expected
    lines = (
        f"{name} = {value if isinstance(value, datetime.date) else json.dumps(value)}"
        for name, value in expected.items()
    )
    assert values(written(tmp_path, "offer.toml", "\n".join(lines))) == expected


def test_a_row_of_csv_for_each_offer_gives_the_same_offers(tmp_path):
    offers = [dict(offer.values) for offer in examples()]
    for delimiter in ",;\t":
        text = io.StringIO()
        table = csv.DictWriter(text, FIELDS, delimiter=delimiter)
        table.writeheader()
        table.writerows(plain(offer) for offer in offers)
        readings = read_quotes([written(tmp_path, "offers.csv", "\ufeff" + text.getvalue())])
        assert [dict(reading.offer.values) for reading in readings] == offers
        assert [reading.source[-5:] for reading in readings] == [f"row {row}" for row in range(2, 8)]


def by_line(offer):
    """An offer as rows of a table, one for each pricing line; what is said of the whole stands in the first."""
    for line in (1, 2, 3):
        own = {
            re.sub(r"^line_\d_", "line_", name): value
            for name, value in offer.items()
            if name.startswith(f"line_{line}_")
        }
        whole = {name: value for name, value in offer.items() if not re.match(r"line_\d_", name)}
        if own:
            yield {**(whole if line == 1 else {name: offer[name] for name in ("vendor", "offer")}), **own}


def test_a_row_of_csv_for_each_pricing_line_gives_the_same_offers(tmp_path):
    offers = [dict(offer.values) for offer in examples()]
    rows = [row for offer in offers for row in by_line(plain(offer))]
    assert len(rows) > len(offers)
    text = io.StringIO()
    table = csv.DictWriter(text, dict.fromkeys(name for row in rows for name in row))
    table.writeheader()
    table.writerows(
        sorted(rows, key=lambda row: "site" not in row)
    )  # the lines of an offer need not be neighbors
    readings = read_quotes([written(tmp_path, "lines.csv", text.getvalue())])
    assert [dict(reading.offer.values) for reading in readings] == offers


def test_rows_of_one_offer_that_do_not_agree(tmp_path):
    text = "vendor,offer,currency,line_rate\nA,1,USD,10\nA,1,EUR,11\nA,1,,12\nA,1,,13\nB,1,USD,9\n"
    first, second = read_quotes([written(tmp_path, "lines.csv", text)])
    assert (first.source[-5:], second.source[-5:]) == ("row 2", "row 6")
    told = [str(problem) for problem in first.problems]
    assert any("USD in the first row of the offer and EUR in row 3" in words for words in told)
    assert any("a pricing line more than 3, in row 5" in words for words in told)


def test_a_request_saved_by_libreoffice_gives_the_same_offers(needs_libreoffice, tmp_path):
    offers = {path.stem: values(path) for path in OFFERS}
    sent = [written(tmp_path, f"{name}.xlsx", request_file(offer)) for name, offer in offers.items()]
    for path in recalculate(sent, tmp_path / "saved"):
        assert values(path) == offers[path.stem]


def test_a_request_filled_and_saved_by_openpyxl_gives_the_same_offer(tmp_path):
    expected = values(OFFERS[3])
    book = openpyxl.load_workbook(QUOTE_REQUEST)
    for name, value in expected.items():
        ((sheet, area),) = book.defined_names[name].destinations
        book[sheet][area.replace("$", "")].value = value
    book.save(tmp_path / "filled.xlsx")
    assert values(tmp_path / "filled.xlsx") == expected


def test_texts_in_shared_strings_read_the_same(tmp_path):
    path = written(tmp_path, "saved.xlsx", as_excel_saves(FILLED[0].read_bytes()))
    assert "xl/sharedStrings.xml" in parts_of(path.read_bytes())
    assert values(path) == values(FILLED[0])


def test_two_of_the_six_example_offers_are_filled_requests_of_today():
    assert [path.name for path in FILLED] == ["1_manila_seat.xlsx", "6_tulsa_hybrid.xlsx"]
    assert len(OFFERS) == 6
    for path in FILLED:
        assert written_alike(path.read_bytes(), request_file(values(path)))
    manila, tulsa = map(values, FILLED)
    stated = {"line_1_unit": "seat", "line_1_rate": 1950, "minimum_units": 15, "setup": 45000, "csat": 0.82}
    assert stated.items() <= manila.items()
    stated = {"line_1_unit": "resolved", "line_1_fixed": 52000, "line_1_included": 8000, "line_1_rate": 5.4}
    assert stated.items() <= tulsa.items()
    assert (len(manila), len(tulsa)) == (40, 42)


def test_every_answer_is_read_from_its_own_cell(tmp_path):
    """Every field with an answer that no other field has."""
    answers = {}
    for place, (name, field) in enumerate(FIELDS.items()):
        day = datetime.date(2026, 1, 1) + datetime.timedelta(place)
        answers[name] = {"number": place + 0.5, "date": day}.get(field.kind, f"answer {place}")
    found = read_request(written(tmp_path, "all.xlsx", request_file(answers)))
    assert (found.answers, found.findings) == (answers, ())


def test_odd_texts_and_numbers_survive_the_request(tmp_path):
    answers = {**SMALL, "line_1_rate": 1e-7, "credit_cap": 123456789.123, "shrinkage": 1 / 3}
    answers["site"] = 'São Paulo <&> "x" _x0041_ 東京'
    expected = {**answers, "site": 'São Paulo <&> "x" A 東京'}  # workbooks write a character by its number so
    assert values(written(tmp_path, "odd.xlsx", request_file(answers))) == expected


def test_rows_that_moved_with_their_names_are_still_read(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(request_file(SMALL)))
    sheet = book["Commercial terms"]
    sheet.move_range("A6:F9", rows=60)
    for name in ("minimum_amount", "minimum_units", "minimum_from", "true_up"):
        place = PLACES[name]
        book.defined_names[name].attr_text = f"'Commercial terms'!$B${place.row.number + 60}"
    sheet["B67"] = 900
    book.save(tmp_path / "moved.xlsx")
    assert values(tmp_path / "moved.xlsx") == {**SMALL, "minimum_units": 900.0}


def test_dates_of_the_1904_calendar(tmp_path):
    parts = parts_of(request_file(SMALL))
    day = b"<v>%d</v>" % ((SMALL["date"] - datetime.date(1899, 12, 30)).days)
    day_1904 = b"<v>%d</v>" % ((SMALL["date"] - datetime.date(1904, 1, 1)).days)
    assert day in parts["xl/worksheets/sheet2.xml"]
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"].replace(day, day_1904)
    parts["xl/workbook.xml"], changed = re.subn(
        b"<workbookPr ?/>", b'<workbookPr date1904="1"/>', parts["xl/workbook.xml"]
    )
    assert changed == 1
    assert values(written(tmp_path, "mac.xlsx", zipped(parts))) == SMALL


# ---- problems, all at once, each at its place ----


def test_all_problems_of_a_request_with_sheet_cell_label_found_and_needed(tmp_path):
    answers = {
        **SMALL, "line_1_rate": "1.234,50", "shrinkage": 30.0, "term": "=12*2", "market": "moon", "setup": -4,
        "date": 12, "site": "two\nlines", "true_up": True, "fcr": "#REF!", "currency": None,
        "line_2_rate": datetime.date(2026, 5, 1),
    }  # fmt: skip
    assert problems(tmp_path, "bad.xlsx", request_file(answers)) == [
        "Offer!B8 (Date of the offer): 1900-01-12; needed: a date, such as 2026-01-15",
        "Offer!B10 (Currency): left out; needed: three capital letters, such as USD",
        'Offer!B11 (Market): "moon"; needed: onshore or nearshore or offshore',
        'Offer!B12 (Site): "two lines"; needed: one line of text, at most 255 characters',
        "Offer!B14 (Contract term): a formula, =12*2; needed: a whole number, at least 1 and at most 120, "
        "typed as a value",
        "Offer!B15 (Setup): -4; needed: a number, at least 0",
        'Prices!B7 (Line 1: rate): "1.234,50"; needed: a number, at least 0, as a plain number such as 1234.5',
        "Prices!C7 (Line 2: rate): 2026-05-01; needed: a number, at least 0",
        "Commercial terms!B9 (True-up): True; needed: monthly or quarterly",
        "Service and staffing!B13 (Shrinkage): 30; needed: a number, at least 0 and below 1; for 30 percent write 0.3",
        "Service and staffing!B19 (First-contact resolution): the error #REF!; "
        "needed: a number, above 0 and at most 1, "
        "typed as a value",
    ]


def test_the_empty_request_asks_for_what_is_required(tmp_path):
    told = problems(tmp_path, "empty.xlsx", QUOTE_REQUEST.read_bytes())
    assert [line.split(":")[0] for line in told] == [
        "Offer!B6 (Vendor)", "Offer!B7 (Offer)", "Offer!B8 (Date of the offer)", "Offer!B10 (Currency)",
        "Offer!B11 (Market)", "Offer!B14 (Contract term)", "Prices!B5 (Line 1",
    ]  # fmt: skip


def test_changed_labels_and_units_and_formulas_beside_answers(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(request_file(SMALL)))
    book["Prices"]["A7"] = "Rate in thousands"
    book["Prices"]["E7"] = None
    book["Offer"]["A20"] = "=A1"
    book["Offer"]["H30"] = "=SUM(B14:B15)"
    book.save(tmp_path / "changed.xlsx")
    (reading,) = read_quotes([tmp_path / "changed.xlsx"])
    assert reading.offer is None
    assert sorted(map(str, reading.problems)) == [
        'Offer!A20: a formula, =A1; needed: "Notice", as in the request sent',
        "Offer!H30: a formula, =SUM(B14:B15); needed: nothing here: the request has no formulas",
        'Prices!A7: "Rate in thousands"; needed: "Rate", as in the request sent',
        'Prices!E7: an empty cell; needed: "amount per unit", as in the request sent',
    ]


def test_a_sheet_of_ones_own_is_not_part_of_a_request(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(request_file(SMALL)))
    book.create_sheet("Notes")
    book.save(tmp_path / "notes.xlsx")
    (told,) = problems(tmp_path, "notes2.xlsx", (tmp_path / "notes.xlsx").read_bytes())
    assert told.endswith("Service and staffing, Notes; needed: only the sheets of the request: without Notes")


A_NUMBER = "needed: a number, at least 0, as a plain number such as 1234.5"
TEXTS = {
    "wrong answers.toml": (
        'vendor = "A"\nterm = "24"\nvendr = 1\n',
        [
            'term (Contract term): "24"; needed: a whole number, at least 1 and at most 120, as a plain number',
            "vendr: no such field; needed: the name of a field. Did you mean vendor?",
            "offer (Offer): left out; needed: one line of text",
        ],
    ),
    "broken.toml": ("vendor = ", ["TOML that cannot be read: Invalid value (at end of document)"]),
    "broken.json": ('{"vendor": ', ["JSON that cannot be read: Expecting value"]),
    "list.json": ("[1]", ["JSON that is not a table of answers; needed: one name and answer for each field"]),
    "nan.json": ('{"setup": NaN}', ["JSON that cannot be read: NaN is not a number"]),
    "twice.json": ('{"setup": 1, "setup": 2}', ["JSON that cannot be read: a name is given twice"]),
    "deep.json": ("[" * 60_000, ["JSON that is nested absurdly deep"]),
    "deep.toml": ("a = " + "[\n" * 10_000, ["TOML that is nested absurdly deep"]),
    "long line.toml": ("setup" + ".a" * 30_000 + " = 1", ["a line of more than 1000 characters"]),
    "dotted.toml": (
        "setup" + ".a" * 450 + " = 1",
        ["setup (Setup): a list or a table of its own; needed: a number"],
    ),
    "digits.json": ('{"setup": ' + "9" * 5000 + "}", ["JSON that cannot be read"]),
    "thousands.json": (json.dumps({f"name_{number}": 1 for number in range(3000)}), ["3000 answers"]),
    "huge.toml": ("#" * (2 << 20), ["a text of more than 64 KiB; needed: the answers of an offer"]),
    "latin.csv": (
        "vendor\nMüller".encode("latin-1"),
        ["a file that is not UTF-8 text; needed: text saved as UTF-8"],
    ),
    "empty.csv": ("", ["no rows of answers below a row of field names"]),
    "blank rows.csv": ("vendor,offer\n,\n\n", ["no rows of answers below a row of field names"]),
    "thousands.csv": (
        "line_1_rate;setup;shrinkage\n1.234;1234.5;0.305\n",
        [
            'line_1_rate (Line 1: rate): "1.234", which may mean 1234; needed: a number, at least 0: write 1234 or'
        ],
    ),
    "names only.csv": ("vendor,offer\n", ["no rows of answers"]),
    "not names.csv": ("Atlas,A-1\nx,y\n", ["no rows of answers below a row of field names"]),
    "columns.csv": (
        "vendor,offr,term,term\nA,B,1,2\n",
        [
            "offr: no such field; needed: the name of a field. Did you mean offer?",
            "term: two columns of this name; needed: one column for each field",
        ],
    ),
    "wide row.csv": ("vendor,offer\nA,B,C\n", ["3 cells in the row, 2 names above; needed: one cell"]),
    "quotes.csv": ('vendor,offer\n"A,B\n', ["CSV that cannot be read: unexpected end of data"]),
    "rows.csv": ("vendor,offer\n" + "A,B\n" * 2000, ["more than 1000 rows; needed: one row for each offer"]),
    "numbers.csv": (
        "vendor;offer;date;currency;market;line_1_unit;line_1_rate;term;shrinkage;setup\n"
        "A;B;15.01.2026;usd;offshore;seat;1.234,50;24;30%;1_000\n",
        [
            'date (Date of the offer): "15.01.2026"; needed: a date, such as 2026-01-15',
            'currency (Currency): "usd"; needed: three capital letters, such as USD',
            f'line_1_rate (Line 1: rate): "1.234,50"; {A_NUMBER}',
            'shrinkage (Shrinkage): "30%"; needed: a number, at least 0 and below 1, as a plain number such as 0.25',
            f'setup (Setup): "1_000"; {A_NUMBER}',
        ],
    ),
    "offer.pdf": (b"%PDF-1.7", ["a file of the kind .pdf; needed: a filled request (.xlsx), or its answers"]),
    "offer": (b"", ["a file of the kind without an ending"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_problems_of_text_files(name, tmp_path):
    content, expected = TEXTS[name]
    told = problems(tmp_path, name, content)
    for words in expected:
        assert [line for line in told if line.startswith(words)], told
    assert all(line.isprintable() and len(line) < 400 for line in told)


def test_a_point_is_a_decimal_point_unless_commas_may_be(tmp_path):
    """1.234 between commas is a number; between semicolons it may be a German 1234. 0.305 never is."""
    for delimiter, refused in ((",", False), (";", True), ("\t", True)):
        text = "line_1_rate,shrinkage,setup\n1.234,0.305,1234.5\n".replace(",", delimiter)
        told = " ".join(problems(tmp_path, "numbers.csv", text))
        assert ("may mean 1234" in told) == refused
        assert "shrinkage" not in told
        assert "setup" not in told


def test_a_missing_file_and_a_folder_are_one_line_each(tmp_path):
    told = [str(reading.problems[0]) for reading in read_quotes([tmp_path / "no.xlsx", tmp_path / "no.toml"])]
    assert told[0] == "no such file; needed: the name of a file"
    assert "No such file" in told[1]
    (tmp_path / "folder.xlsx").mkdir()
    (reading,) = read_quotes([tmp_path / "folder.xlsx"])
    assert str(reading.problems[0]) == f"a folder; needed: the files in it: {tmp_path / 'folder.xlsx'}/*"


# ---- never trusted ----


@pytest.fixture(scope="module")
def hostiles(tmp_path_factory):
    """A folder of hostile files with two sound ones among them, and the words that each must be refused with."""
    folder = tmp_path_factory.mktemp("hostile")
    files = hostile(as_excel_saves(FILLED[1].read_bytes()))
    for name, (content, _) in files.items():
        written(folder, name, content)
    written(folder, "a sound one.xlsx", FILLED[0].read_bytes())
    written(folder, "z sound one.xlsx", as_excel_saves(FILLED[1].read_bytes()))
    return folder, {name: words for name, (_, words) in files.items()}


MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(done.returncode)
"""


def test_hostile_files_do_not_keep_the_others_from_being_compared(hostiles, tmp_path):
    folder, expected = hostiles
    demand, out = ROOT / "examples" / "quotes" / "demand.toml", tmp_path / "comparison.xlsx"
    files = sorted(path.name for path in folder.iterdir())
    command = ["-m", "carecost", "quotes", "compare", *files, "--demand", demand, "-o", out]
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("carecost: ") == len(expected) == len(files) - 2
    assert {"1 Luzon Care", "2 Prairie Care"} < set(openpyxl.load_workbook(out).sheetnames)


def test_each_hostile_file_gets_one_plain_message_and_the_others_are_read(hostiles):
    """Through a small process between, whose own memory is not counted; the whole folder in one run."""
    folder, expected = hostiles
    files = sorted(path.name for path in folder.iterdir())
    command = [sys.executable, "-m", "carecost", "quotes", "read", *files]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == f"carecost: {len(expected)} of {len(files)} offers cannot be used as they are.\n"
    *lines, memory = done.stdout.splitlines()
    told, name = {}, ""
    for line in lines:
        name = name if line.startswith("  ") else line.partition(": ")[0]
        told.setdefault(name, []).append(line)
    assert sorted(told) == files
    for name, words in expected.items():
        first, *rest = told[name]
        assert (first, len(rest)) == (f"{name}: 1 problem", 1), told[name]
        assert words in rest[0], name
        assert rest[0].isprintable()
        assert len(rest[0]) < 260
    assert told["a sound one.xlsx"] == [
        "a sound one.xlsx: Luzon Care, LC-2026-014: offshore, 36 months, USD 1,950.00 per seat; 40 answers"
    ]
    assert "Prairie Care, PC-0457: onshore" in told["z sound one.xlsx"][0]
    assert int(memory) < MEMORY


def test_nothing_a_file_contains_keeps_others_from_being_read_or_gets_through(tmp_path):
    """Bytes of a sound file changed at random, in the zip and in its XML: an offer is right, or refused."""
    good = as_excel_saves(request_file(SMALL))
    parts, chance = parts_of(good), random.Random(20260115)
    names = [name for name in parts if name.startswith(("xl/wor", "xl/sh", "xl/sty", "xl/_rels", "_rels"))]
    pieces = [
        b"<",
        b">",
        b'"',
        b"</c>",
        b"<f>1</f>",
        b"<v>9</v>",
        b"A1",
        b"\xff",
        b"&",
        b"0",
        b"-",
        b" ",
        b"rId1",
    ]
    refused = 0
    for turn in range(400):
        if turn % 2:
            content = bytearray(good)
            for _ in range(chance.randint(1, 8)):
                content[chance.randrange(len(content))] = chance.randrange(256)
        else:
            name = chance.choice(names)
            text, place = parts[name], chance.randrange(len(parts[name]))
            changed = text[:place] + chance.choice(pieces) + text[place + chance.choice((0, 1, 5, 40)) :]
            content = zipped({**parts, name: changed})
        (reading,) = read_quotes([written(tmp_path, "changed.xlsx", bytes(content))])
        assert (reading.offer is None) == bool(reading.problems)
        if turn % 2 and reading.offer:
            assert reading.offer.values == SMALL
        assert all(str(problem).isprintable() for problem in reading.problems)
        refused += reading.offer is None
    assert refused > 100


# ---- the command ----


def test_json_holds_offers_and_problems_with_their_places(tmp_path):
    written(tmp_path, "good.xlsx", request_file(SMALL))
    written(tmp_path, "bad.xlsx", request_file({**SMALL, "setup": "none"}))
    done = carecost(tmp_path, "good.xlsx", "bad.xlsx", "--json")
    assert done.returncode == 1
    good, bad = json.loads(done.stdout)
    assert good == {"file": "good.xlsx", "offer": plain(SMALL), "problems": []}
    assert bad["offer"] is None
    assert bad["problems"] == [
        {
            "found": '"none"',
            "needed": "a number, at least 0, as a plain number such as 1234.5",
            "sheet": "Offer",
            "cell": "B15",
            "field": "setup",
            "label": "Setup",
        }
    ]
    written(tmp_path, "again.json", json.dumps(good["offer"]))
    assert values(tmp_path / "again.json") == SMALL


def test_sound_files_leave_with_0(tmp_path):
    done = carecost(tmp_path, *FILLED)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
