"""Must show 1, 2 and 4: other engines recompute every formula cell to the value that carecost stored.

Two numbers are the same when they differ by at most 1e-9 of the larger. A sum that cancels to zero
leaves rounding that each engine rounds its own way (LibreOffice and Excel snap a near-zero difference
to 0, NumPy does not): below 1e-14 of the largest number with the same number format on the sheet (of 1,
for percentages), which is the size of its last digits, a difference counts as none. Texts must be equal.

``CARECOST_RANDOM_PLANS`` sets how many random plans there are, ``CARECOST_RANDOM_SEED`` their seed; both
are in the name of each test.
"""

import os
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import ironcalc
import numpy as np
import openpyxl
import pandas as pd
import pytest
from conftest import EXAMPLES
from libreoffice import change_inputs, recalculate
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel
from random_plans import random_plan

from carecost.model.statement import PLAN
from carecost.workbook.fill import PNL_TEMPLATE, fill

SEED = int(os.environ.get("CARECOST_RANDOM_SEED", "20260101"))
RANDOM_PLANS = int(os.environ.get("CARECOST_RANDOM_PLANS", "25"))
LIMIT, ROUNDING = 1e-9, 1e-14
FILES_PER_CALL = 100
POISON = "poisoned"
RANDOM = [f"seed{SEED}_plan{number:03d}" for number in range(RANDOM_PLANS)]
ALL = [*EXAMPLES, *RANDOM]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

# DOMAIN 2.8, "Worked example", months 0 to 12. Labor and the rest are rows of the year's column.
DOMAIN_TOTALS = {
    "year_labor_onshore": -626773.2026704913,
    "year_hiring": -16732.217787956528,
    "year_licenses": -18803.19608011474,
    "year_telephony": -3133.8660133524563,
    "year_overflow": -7904.879909524357,
    "year_operating": -673347.3624614393,
    "year_contingency_cost": -67334.73624614393,
    "year_setup_cost": -20000,
    "year_platform_cost": -16800,
    "year_deflection_saving": 37065,
    "year_retained": 40000,
    "year_project": 40265,
    "year_net": -700417.0987075833,
    "payback": 6.401645531400966,
    "npv": 36447.65731015017,
}


# ---- comparing ----


def plain(value):
    """A cell's value as every engine can give it: numbers as float, dates as day numbers, blank as ""."""
    if hasattr(value, "isoformat"):
        return float(to_excel(value))
    if isinstance(value, int | float):
        return float(value)
    return "" if value is None else value


BLANK = openpyxl.load_workbook(PNL_TEMPLATE)
CELLS = [
    (sheet.title, cell.coordinate)
    for sheet in BLANK.worksheets
    for row in sheet.iter_rows()
    for cell in row
    if cell.data_type == "f"
]


def rounding_floors(stored):
    """By sheet and number format, the size below which a difference is nothing but rounding."""
    largest = {}
    for sheet, cell in CELLS:
        found = stored[sheet][cell]
        value = plain(found.value)
        if isinstance(value, float):
            key = sheet, found.number_format
            # A rate of return can be any number and must not hide a share beside it.
            size = 1.0 if "%" in found.number_format else abs(value)
            largest[key] = max(largest.get(key, 0.0), size)
    return {key: ROUNDING * size for key, size in largest.items()}


def differences(stored, recomputed):
    """The formula cells of a workbook that another engine gives another value, in words.

    ``stored`` is a workbook loaded with its stored values, ``recomputed`` gives a cell's new value.
    """
    floors = rounding_floors(stored)
    found = []
    for sheet, cell in CELLS:
        left, right = plain(stored[sheet][cell].value), plain(recomputed(sheet, cell))
        if isinstance(left, float) and isinstance(right, float):
            gap = abs(left - right)
            same = gap <= max(
                LIMIT * max(abs(left), abs(right)), floors[sheet, stored[sheet][cell].number_format]
            )
        else:
            same = left == right
        if not same:
            found.append(f"{sheet}!{cell}: stored {left!r}, recomputed {right!r}")
    return found


def places():
    """Defined names: the sheet and its cells as (row, column), in order."""
    for name, defined in BLANK.defined_names.items():
        ((sheet, area),) = defined.destinations
        left, top, right, bottom = range_boundaries(area.replace("$", ""))
        rows, columns = range(top, bottom + 1), range(left, right + 1)
        yield name, (sheet, [(row, column) for row in rows for column in columns])


PLACES = dict(places())


# ---- the workbooks, and what LibreOffice makes of all of them in a few calls ----


@pytest.fixture(scope="module")
def results(result_of):
    return {name: result_of(name) for name in EXAMPLES} | {
        name: random_plan(SEED, number).run() for number, name in enumerate(RANDOM)
    }


@pytest.fixture(scope="module")
def files(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    paths = {name: folder / f"{name}.xlsx" for name in ALL}
    for name, path in paths.items():
        path.write_bytes(fill(results[name]))
    return paths


@pytest.fixture(scope="module", params=ALL)
def name(request):
    """Every example and every random plan, one after the other."""
    return request.param


@pytest.fixture(scope="module")
def stored(name, files):
    return load_values(files[name])


@pytest.fixture(scope="module")
def recalculated(needs_libreoffice, files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recalculated")
    poisoned = folder / f"{POISON}.xlsx"
    poisoned.write_bytes(poison(files["worked_example"]))
    sent = [*files.values(), poisoned]
    saved = []
    for start in range(0, len(sent), FILES_PER_CALL):
        saved += recalculate(sent[start : start + FILES_PER_CALL], tmp_path_factory.mktemp("saved"))
    return dict(zip([*files, POISON], saved, strict=True))


def load_values(path):
    return openpyxl.load_workbook(path, data_only=True)


def poison(path):
    """The same workbook with the stored value of every formula cell overwritten by 7."""
    target = path.with_suffix(".poisoned")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name).decode()
            if "worksheets/sheet" in name and not name.endswith(".rels"):
                text = re.sub(r'( t="str")?>(<f>[^<]*</f>)<v>[^<]*</v>', r">\2<v>7</v>", text)
            archive.writestr(name, text)
    content = target.read_bytes()
    target.unlink()
    return content


def test_libreoffice_recomputes_and_does_not_echo(files, recalculated):
    path = files["worked_example"].with_name("check.xlsx")
    path.write_bytes(poison(files["worked_example"]))
    seven, again = load_values(path), load_values(recalculated[POISON])
    assert {plain(seven[sheet][cell].value) for sheet, cell in CELLS} == {7.0}
    stored = load_values(files["worked_example"])
    assert differences(stored, lambda sheet, cell: again[sheet][cell].value) == []


def test_libreoffice_gives_the_stored_value_of_every_formula_cell(name, stored, recalculated):
    again = load_values(recalculated[name])
    assert differences(stored, lambda sheet, cell: again[sheet][cell].value) == []


def test_ironcalc_gives_the_stored_value_of_every_formula_cell(example, files):
    model = ironcalc.load_from_xlsx(str(files[example]), "en", "UTC", "en")
    model.evaluate()
    stored = load_values(files[example])
    number = {sheet: place for place, sheet in enumerate(stored.sheetnames)}

    def recomputed(sheet, cell):
        found = stored[sheet][cell]
        return model.get_cell_value(number[sheet], found.row, found.column)

    assert differences(stored, recomputed) == []


# ---- what readers without Excel see ----


def test_every_formula_cell_has_a_stored_value(name, files):
    formulas = 0
    with zipfile.ZipFile(files[name]) as archive:
        for part in archive.namelist():
            if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", part):
                continue
            for cell in ElementTree.fromstring(archive.read(part)).iter(f"{SHEET}c"):
                if cell.find(f"{SHEET}f") is None:
                    continue
                formulas += 1
                value = cell.find(f"{SHEET}v")
                assert value is not None, cell.get("r")
                assert value.text or cell.get("t") == "str", cell.get("r")
                assert cell.get("t") in (None, "str"), f"{cell.get('r')} holds an error"
    assert formulas == len(CELLS)


def python_numbers(result):
    """What a result says, under the workbook's names: NaN where the answer is missing."""
    numbers = result.numbers
    for key, line in PLAN.lines.items():
        yield key, list(numbers.lines[key] if line.month_0 else numbers.lines[key][1:])
        if key in numbers.years:
            yield f"year_{key}", [numbers.years[key]]
    for key, figure in numbers.figures.items():
        yield key, [figure]


def test_openpyxl_sees_the_numbers_of_python(name, stored, results):
    found = {key: [stored[sheet].cell(*cell) for cell in cells] for key, (sheet, cells) in PLACES.items()}
    for key, expected in python_numbers(results[name]):
        seen = [np.nan if cell.value == "n/a" else cell.value for cell in found[key]]
        np.testing.assert_array_equal(seen, np.array(expected, dtype=float), err_msg=key)
    for key, check in results[name].numbers.checks.items():
        assert found[key][0].value == str(check)
    for key, value in results[name].plan.values.items():
        seen = plain(found[key][0].value)
        if isinstance(value, float):
            assert seen == ("" if np.isnan(value) else value), key
        else:
            assert seen == (value if isinstance(value, str) else to_excel(value)), key


@pytest.mark.parametrize("name", [*EXAMPLES, *RANDOM[:2]])
def test_pandas_sees_the_numbers_of_python(name, files, results):
    frames = pd.read_excel(files[name], sheet_name=None, header=None)
    for key, expected in python_numbers(results[name]):
        sheet, cells = PLACES[key]
        seen = [frames[sheet].iat[row - 1, column - 1] for row, column in cells]
        np.testing.assert_array_equal(np.array(seen, dtype=float), np.array(expected, dtype=float))


# ---- the worked example of DOMAIN 2.8, as LibreOffice computes it ----


@pytest.fixture(scope="module")
def worked(recalculated):
    return load_values(recalculated["worked_example"])


@pytest.mark.parametrize(("key", "expected"), DOMAIN_TOTALS.items())
def test_worked_example_as_libreoffice_recalculates_it(key, expected, worked):
    sheet, ((row, column),) = PLACES[key]
    assert worked[sheet].cell(row, column).value == pytest.approx(expected, rel=1e-9, abs=0)


# ---- a changed input in the opened workbook gives what Python gives ----

CHANGES = [
    ("worked_example", {"churn_method": "cohort"}),
    ("worked_example", {"start_fte": None}),
    ("worked_example", {"ramp_1": 0.2, "ramp_4": 0.9}),
    ("worked_example", {"setup": 64_000.0, "discount_annual": 0.22}),
    ("worked_example", {"shrinkage": 0.345, "occupancy": 0.785, "hours_month": 160.0}),
    ("worked_example", {"start": date(2031, 7, 1), "merit": 0.045, "merit_month": 4.0}),
    ("integra_three_channels", {"share_voice": 0.25, "share_messaging": 0.15, "aht_messaging_min": 3.0}),
    ("dignifi_ten_agents_us", {"contacts_11": 15_200.0, "attrition_year": 0.9, "cost_per_hire": 5200.0}),
    ("driveert_markets", {"mix_onshore_inhouse": 0.0, "license_bpo": 0.5, "fte_cost_offshore": 2500.0}),
    ("deserve_deflection", {"success": 0.2, "leakage": 0.1, "deflect_ramp": 6.0}),
    ("amare_seasonal_peak", {"fx_nearshore": 0.31, "fx_offshore": 0.79}),
    ("amare_seasonal_peak", {"cost_center": None, "name": "=1+1", "contingency": 0.0}),
    ("worked_example", {"share_voice": 0.9}),  # no longer 100%: the checks must say so
]


def changed(plan, changes):
    """The plan with other inputs, as typing them over leaves it: sources stay, nothing is refused."""
    values = dict(plan.values)
    for name, value in changes.items():
        empty = "" if isinstance(values[name], str) else float("nan")
        values[name] = empty if value is None else value
    if "mix_onshore_inhouse" in changes:  # what one market gives up the next takes
        values["mix_nearshore_inhouse"] += plan.values["mix_onshore_inhouse"]
    if "share_messaging" in changes:
        values["share_voice"] = 1 - sum(values[f"share_{other}"] for other in ("chat", "email", "messaging"))
    return replace(plan, values=values)


@pytest.fixture(scope="module")
def typed(needs_uno, files, results):
    """For every change: the plan Python computes, and the formula cells LibreOffice shows."""
    plans, jobs = [], []
    for name, changes in CHANGES:
        before = results[name].plan
        after = changed(before, changes)
        inputs = {key: value for key, value in after.values.items() if not same(value, before.values[key])}
        assert set(changes) <= set(inputs)
        plans.append(after)
        jobs.append((files[name], {key: as_typed(value) for key, value in inputs.items()}))
    return list(zip(plans, change_inputs(jobs), strict=True))


def same(left, right):
    return left == right or (left != left and right != right)


def as_typed(value):
    if isinstance(value, date):
        return to_excel(value)
    return None if value in ("", None) or value != value else value


@pytest.mark.parametrize("place", range(len(CHANGES)), ids=[f"{n}-{'-'.join(c)}" for n, c in CHANGES])
def test_changed_inputs_in_the_opened_workbook_give_what_python_gives(place, typed, results, tmp_path):
    plan, shown = typed[place]
    name, _ = CHANGES[place]
    expected = plan.run()
    path = Path(tmp_path, "expected.xlsx")
    path.write_bytes(fill(expected))
    assert set(shown) == {f"{sheet}!{cell}" for sheet, cell in CELLS}
    # The swings stay as they were written, and the cell that says so is the one that Python has fresh.
    sheet, ((row, column),) = PLACES["sensitivity_status"]
    status = f"{sheet}!{get_column_letter(column)}{row}"
    before = results[name].numbers
    assert shown[status].startswith(
        "inputs have changed" if net_moved(before, expected.numbers) else "current"
    )
    shown[status] = "current"
    assert differences(load_values(path), lambda sheet, cell: shown[f"{sheet}!{cell}"]) == []
    after = expected.numbers
    moved = [key for key in before.years if not same(float(before.years[key]), float(after.years[key]))]
    moved += [
        key for key in before.figures if not same(float(before.figures[key]), float(after.figures[key]))
    ]
    assert moved, "the change must reach a result"


def net_moved(before, after):
    return float(before.years["net"]) != float(after.years["net"])
