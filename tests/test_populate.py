"""The script ``populate`` through xlwings' own book objects: classic Excel, a Mac, and Office.js."""

import datetime
import functools
import json
import os
import re
import subprocess
import sys
import textwrap

import openpyxl
import pytest
from libreoffice import recalculate
from open_excel import Excel, remote
from openpyxl.utils.cell import column_index_from_string
from openpyxl.workbook.defined_name import DefinedName

from carecost.hosts.excel.opened import LONGEST_MESSAGE
from carecost.hosts.excel.populate import populate
from carecost.model.completion import complete
from carecost.model.inputs import CONTACTS, INPUTS
from carecost.model.result import Plan
from carecost.rates import builtin_card
from carecost.workbook.fill import PNL_TEMPLATE, fill
from carecost.workbook.values import BESIDE, workbook_values
from carecost.workbook.verify import LIMIT, difference

AGREES = "All cells agree with the plan: nothing to write."
# Twelve contacts, one channel, one market, two prices: the least that a plan needs.
SMALL = {
    "name": "Small",
    "currency": "EUR",
    "start": datetime.date(2026, 1, 1),
    **{name: 1000.0 + 10 * place for place, name in enumerate(CONTACTS)},
    "share_voice": 1.0,
    "aht_voice_min": 6.0,
    "mix_onshore_inhouse": 1.0,
    "fte_cost_onshore": 4000.0,
}
SMALL_RESULT = Plan(*complete(SMALL, builtin_card())).run()


def run_classic(excel):
    with excel.classic() as book:
        populate(book)


def run_mac(excel):
    with excel.classic(shows_stored=False) as book:
        populate(book)


def run_office_js(excel):
    book = remote(excel.payload())
    populate(book)
    excel.run(json.loads(json.dumps(book.json()))["actions"])


RUNTIMES = {"classic": run_classic, "mac": run_mac, "office.js": run_office_js}


def once(excel, runtime):
    """Run populate in one of the runtimes, and give the message that it shows."""
    excel.log.clear()
    RUNTIMES[runtime](excel)
    return excel.alerts[-1]


@pytest.fixture(params=["classic", "office.js"])
def run(request):
    """The two ways of writing; the second one does not show formulas."""
    return functools.partial(once, runtime=request.param)


@pytest.fixture(params=RUNTIMES)
def run_any(request):
    """The three ways of reading."""
    return functools.partial(once, runtime=request.param)


def run_desktop(excel):
    return once(excel, "classic")


def saved(tmp_path, content):
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    return path


@pytest.fixture
def worked(tmp_path, result_of):
    """The worked example's workbook, open."""
    return Excel(saved(tmp_path, fill(result_of("worked_example"))))


@pytest.fixture
def small(tmp_path):
    """The small plan's workbook, open."""
    return Excel(saved(tmp_path, fill(SMALL_RESULT)))


def planned(result, **changed):
    """The result with some inputs changed."""
    return Plan({**result.plan.values, **changed}, result.plan.provenance).run()


def assert_as_planned(excel, result, without=()):
    """Every cell that carecost owns holds what Python computes, by an engine that is not ours."""
    for name, values in workbook_values(result).items():
        if name in INPUTS or name in without or name.split(".")[0] in BESIDE:
            continue
        for stored, value in zip(excel.values(name), values, strict=True):
            assert difference(stored, value) <= LIMIT, (name, stored, value)


def written(excel):
    """The cells that were written, by what was put into them."""
    return {
        (sheet, row + down, column + right): value
        for what, *where in excel.log
        if what != "calculate"
        for sheet, row, column, rows in [where]
        for down, cells in enumerate(rows)
        for right, value in enumerate(cells)
    }


def places(excel, *names):
    return {place for name in names for place in excel.places(name)}


def assert_nothing_else_changed(excel, before):
    """Inputs, formulas, labels and typing of others are as they were, but for the cells written."""
    touched = written(excel)
    assert {place: text for place, text in excel.all_contents().items() if place not in touched} == {
        place: text for place, text in before.items() if place not in touched
    }
    assert not touched.keys() & places(excel, *(name for name in INPUTS if name in excel.names))


# ---- a workbook made from the template ----


@pytest.mark.parametrize("stem", ["worked_example", "driveert_markets"])
def test_workbook_that_carecost_wrote_needs_nothing(run, stem, tmp_path, result_of):
    excel = Excel(saved(tmp_path, fill(result_of(stem))))
    assert AGREES in run(excel)
    assert not excel.log


def test_changed_input_needs_new_sensitivities_and_nothing_else(run, worked, result_of):
    worked.type_in("shrinkage", 0.25)
    before = worked.all_contents()
    assert worked.values("sensitivity_status") == ["inputs have changed since: run carecost again"]
    message = run(worked)
    result = planned(result_of("worked_example"), shrinkage=0.25)
    assert_as_planned(worked, result)
    assert_nothing_else_changed(worked, before)
    assert {place[0] for place in written(worked)} == {"Sensitivity"}
    net = float(result.numbers.years["net"])
    assert message.startswith(f"Worked example: net of the year {net:,.2f} USD.\nWritten: ")
    assert "Sensitivity!D4:D5" in message


def test_blank_template_filled_by_hand(run_any, tmp_path):
    excel = Excel(saved(tmp_path, PNL_TEMPLATE.read_bytes()))
    for name, value in SMALL.items():
        excel.type_in(name, value if name != "start" else value.isoformat())
    run_any(excel)
    values, provenance = complete(SMALL, builtin_card())
    unpriced = {name: float("nan") for name in INPUTS if INPUTS[name].card and name not in SMALL}
    # Nobody has typed a confidence, so that nothing counts as a guess.
    result = Plan(values | unpriced, provenance).run()
    assert_as_planned(excel, result, without=("guesses", "sensitivity_guesses"))
    assert excel.values("sensitivity_guesses") == [0]


def test_guesses_are_those_of_the_users_own_column(run, worked, result_of):
    row = worked.places("shrinkage")[0][1]
    confidence = worked.places("inputs_confidence")[0][2]
    for name in INPUTS:
        worked.put("Inputs", worked.places(name)[0][1], confidence, "measured")
    worked.put("Inputs", row, confidence, "Guess")
    worked.put("Inputs", row, confidence - 1, "=1+1")  # the owner: the user's business
    worked.settle()
    before = worked.all_contents()
    run(worked)
    provenance = {
        name: type(entry)(confidence="guess" if name == "shrinkage" else "measured")
        for name, entry in result_of("worked_example").plan.provenance.items()
    }
    assert_as_planned(worked, Plan(result_of("worked_example").plan.values, provenance).run())
    assert_nothing_else_changed(worked, before)
    assert written(worked).keys() <= places(worked, "sensitivity_guesses")


# ---- typed over ----


def test_number_typed_over_a_formula_is_replaced_by_the_templates_formula(run, worked, result_of):
    sheet, row, column = worked.places("labor_onshore")[1]
    formula = worked.content(sheet, row, column)
    worked.type_in("labor_onshore", -1.0, place=1)
    worked.type_in("year_net", "about 700,000")
    message = run(worked)
    assert worked.content(sheet, row, column) == formula
    assert worked.content(*worked.places("year_net")[0]).startswith("=")
    assert "Formulas of the template put back" in message
    assert "P&L!E43" in message
    assert_as_planned(worked, result_of("worked_example"))


def test_cells_below_a_typed_over_cell_are_live_and_not_written(worked):
    worked.type_in("labor_onshore", -1.0, place=1)
    run_desktop(worked)
    assert written(worked).keys() == {worked.places("labor_onshore")[1]}


def test_own_formula_is_left_and_named(worked):
    worked.type_in("labor_onshore", "=-E33*9999", place=1)
    before = worked.all_contents()
    message = run_desktop(worked)
    assert worked.all_contents() == before
    assert not worked.log
    assert "Left alone, formulas of your own: 1 cell (P&L!E43)." in message
    assert "Not as planned, because of other changes to this workbook: " in message


def test_own_formula_with_the_right_value_is_nobodys_business(run, worked):
    sheet, row, column = worked.places("labor_onshore")[1]
    worked.type_in("labor_onshore", worked.content(sheet, row, column) + "*1", place=1)
    assert AGREES in run(worked)
    assert not worked.log


def test_formula_that_cannot_be_seen_is_restored_where_the_template_has_it(worked, result_of):
    worked.type_in("labor_onshore", "=-E33*9999", place=1)
    run_office_js(worked)
    assert_as_planned(worked, result_of("worked_example"))
    assert "put back" in worked.alerts[-1]


def test_text_that_starts_like_a_formula_is_no_formula(run, worked, result_of):
    worked.type_in("labor_onshore", "'=my own note", place=1)
    assert "put back: " in run(worked)
    assert_as_planned(worked, result_of("worked_example"))


def test_error_in_a_filled_cell_is_filled_again(run, worked, result_of):
    worked.put("Sensitivity", 7, 4, "=1/0")
    worked.put("Sensitivity", 8, 4, "#N/A")
    worked.settle()
    message = run(worked)
    if "formulas of your own" in message:  # where it is seen, a formula is a formula
        worked.put("Sensitivity", 7, 4, None)
        run(worked)
    assert_as_planned(worked, result_of("worked_example"))


# ---- manual calculation ----


def test_manual_calculation_stays_manual_and_the_numbers_become_right(run, tmp_path, result_of):
    excel = Excel(saved(tmp_path, fill(result_of("worked_example"))), calculation="manual")
    excel.type_in("shrinkage", 0.25)
    run(excel)
    assert excel.calculation == "manual"
    assert ("calculate",) in excel.log
    assert_as_planned(excel, planned(result_of("worked_example"), shrinkage=0.25))


def test_manual_calculation_writes_no_more_than_automatic(tmp_path, result_of):
    excel = Excel(saved(tmp_path, fill(result_of("worked_example"))), calculation="manual")
    excel.type_in("shrinkage", 0.25)
    run_desktop(excel)
    assert {place[0] for place in written(excel)} == {"Sensitivity"}


# ---- a layout that the user changed ----


def with_a_row_inserted(excel, at):
    """Insert a row into the P&L sheet, and move the names below it as Excel does."""
    moved = {name: places for name in excel.names if (places := excel.places(name))[0][0] == "P&L"}
    excel.model.insert_rows(excel.titles.index("P&L"), at, 1)
    for name, found in moved.items():
        (_, top, left), (_, bottom, right) = found[0], found[-1]
        if top >= at:
            first, last = (openpyxl.utils.get_column_letter(column) for column in (left, right))
            excel.rename(name, f"'P&L'!${first}${top + 1}:${last}${bottom + 1}")
    excel.settle()


def test_rearranged_layout_is_followed(small):
    with_a_row_inserted(small, 90)
    assert AGREES in run_desktop(small)
    typed_over = small.places("heads_gap")[2]
    small.type_in("heads_gap", 5.0, place=2)
    before = small.all_contents()
    message = run_desktop(small)
    # The template's formula means other cells here: the number it is, and the rest stays live.
    assert list(written(small)) == [typed_over]
    assert f"Written: 1 cell (P&L!F{typed_over[1]})." in message
    assert "of your own" not in message
    assert_as_planned(small, SMALL_RESULT)
    assert_nothing_else_changed(small, before)


def test_formulas_of_a_rearranged_sheet_are_not_overwritten_unseen(small):
    with_a_row_inserted(small, 90)
    small.type_in("heads_gap", 5.0, place=2)
    message = once(small, "office.js")
    assert (
        "Left alone, as there may be formulas, which Excel does not show here: 1 cell "
        f"(P&L!F{small.places('heads_gap')[2][1]})." in message
    )
    assert not {place for place in written(small) if place[0] == "P&L"}


def test_formula_that_refers_to_moved_cells_is_not_put_back(worked, result_of):
    """A row was cut and pasted elsewhere: what points at it without a name is another formula now."""
    sheet, row, _ = worked.places("paid_fte_onshore")[0]
    for letter in "CDEFGHIJKLMNO":
        place = sheet, row, column_index_from_string(letter)
        worked.put(sheet, 120, place[2], worked.content(*place))
        worked.put(*place, None)
    worked.rename("paid_fte_onshore", "'P&L'!$C$120:$O$120")
    for place in places(worked, "labor_onshore", "year_paid_fte_onshore"):
        worked.put(*place, re.sub(rf"\b([A-O]){row}\b", r"\g<1>120", worked.content(*place)))
    worked.settle()
    assert AGREES in run_desktop(worked)
    worked.type_in("labor_onshore", -1.0, place=1)
    run_desktop(worked)
    expected = float(result_of("worked_example").numbers.lines["labor_onshore"][2])
    assert written(worked) == {worked.places("labor_onshore")[1]: pytest.approx(expected, rel=1e-12)}


def test_formula_that_uses_a_name_this_workbook_lacks_is_not_put_back(small):
    small.type_in("hours_voice", 5.0)
    del small.names["minutes_hour"]
    run_desktop(small)
    assert written(small) == {small.places("hours_voice")[0]: pytest.approx(100.0)}  # 1,000 x 6 / 60


# ---- a workbook that finance made ----


def finance_workbook(path, inputs, outputs):
    """Inputs on one sheet, numbers on another; ``outputs`` says how many cells each name gets."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "John's assumptions"
    for row, (name, value) in enumerate(inputs.items(), start=2):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, value)
        book.defined_names[name] = DefinedName(name, attr_text=f"'John''s assumptions'!$B${row}")
    budget = book.create_sheet("Budget")
    for row, (name, count) in enumerate(outputs.items(), start=3):
        budget.cell(row, 1, f"Our {name}")
        last = openpyxl.utils.get_column_letter(1 + count)
        book.defined_names[name] = DefinedName(name, attr_text=f"Budget!$B${row}:${last}${row}")
    budget["A30"], budget["B30"] = "Ours", "=1+1"
    book.save(path)
    return Excel(path)


OUTPUTS = {
    "month_start": 12, "contacts": 12, "labor_onshore": 12, "net": 13, "year_net": 1, "irr": 1, "master_check": 1,
    "sensitivity_label": 10, "sensitivity_down_words": 10, "sensitivity_up_words": 10, "sensitivity_net_up": 10,
}  # fmt: skip


@pytest.fixture
def finance(tmp_path):
    return finance_workbook(tmp_path / "ours.xlsx", SMALL, OUTPUTS)


def test_finance_workbook_is_filled_by_its_names(run, finance):
    before = finance.all_contents()
    message = run(finance)
    result = SMALL_RESULT
    values = workbook_values(result)
    for name in OUTPUTS:
        assert all(
            difference(stored, value) <= LIMIT
            for stored, value in zip(finance.values(name), values[name], strict=True)
        ), name
    assert finance.values("irr") == ["n/a"]
    assert "+10%" in finance.values("sensitivity_up_words")
    assert_nothing_else_changed(finance, before)
    assert "Not in this workbook, so at default or rate card: " in message
    assert AGREES in run(finance)
    assert not finance.log


def test_confidence_without_a_column_is_that_of_a_plan_file(run, tmp_path):
    excel = finance_workbook(tmp_path / "ours.xlsx", SMALL, {"guesses": 1, "sensitivity_guesses": 1})
    run(excel)
    values = workbook_values(SMALL_RESULT)
    assert excel.values("guesses") == values["guesses"]
    assert excel.values("sensitivity_guesses") == pytest.approx(values["sensitivity_guesses"])


def test_names_are_known_however_they_are_capitalized(run, tmp_path):
    shouted = {("Contacts_01" if name == "contacts_01" else name): value for name, value in SMALL.items()}
    excel = finance_workbook(tmp_path / "ours.xlsx", shouted, {"year_net": 1})
    assert "Written: 1 cell (Budget!B3)." in run(excel)


def test_input_is_not_written_under_another_name_either(run, tmp_path):
    excel = finance_workbook(tmp_path / "ours.xlsx", {**SMALL, "shrinkage": 0.3}, {"year_net": 1, "irr": 1})
    excel.rename("irr", excel.names["shrinkage"].removeprefix("="))
    assert "Written: 1 cell (Budget!B3)." in run(excel)
    assert excel.values("shrinkage") == [0.3]


def test_names_with_too_few_or_too_many_cells_are_not_filled(run, tmp_path):
    excel = finance_workbook(tmp_path / "ours.xlsx", SMALL, {"net": 12, "labor_onshore": 13, "year_net": 3})
    message = run(excel)
    assert "Not filled: net (12 cells for 13 values), labor_onshore (13 cells for 12 values)." in message
    # Three cells for one value are merged cells.
    assert [value is None for value in excel.values("year_net")] == [False, True, True]


TRAPS = [
    "=1+1",
    "+1+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://example.org","x")',
    "0012",
    "TRUE",
    "1/2",
    "'quoted",
]


def test_texts_are_written_as_text(run, tmp_path):
    inputs = {**SMALL, "cost_center": None}
    excel = finance_workbook(tmp_path / "ours.xlsx", inputs, {"shown_cost_center": 1})
    for text in TRAPS:
        excel.type_in("cost_center", f"'{text}")
        assert "Written: 1 cell (Budget!B3)." in run(excel)
        assert excel.values("shown_cost_center") == [text]
        assert AGREES in run(excel)


# ---- what cannot be a plan ----


INVALID = {
    "shrinkage": (30, "shrinkage = 30: must be at least 0 and below 1. For 30 percent write 0.3."),
    "aht_voice_min": ("'6 min", 'aht_voice_min = "6 min": is text and must be a number. Type it again.'),
    "hours_month": (None, "hours_month is blank, and formulas read that as 0: type 173.333333333333 (payroll"),
    "contacts_03": (None, "contacts_03 is missing: All channels"),
    "currency": ("usd", 'currency = "usd": must be three capital letters, such as "USD".'),
    "start": ("2026-01-15", "start = 2026-01-15: must be the first day of a month, such as 2026-01-01."),
    "cost_center": (4711, "cost_center = 4711: must be text. Type an apostrophe first: '4711"),
    "churn_method": (None, 'churn_method = "": must be "runrate" or "cohort".'),
    "occupancy": ("=1/0", "occupancy = #DIV/0!: must be a value, not an error."),
    "contingency": (True, "contingency = True: must be a number"),
    "fte_cost_onshore": (None, "fte_cost_onshore is missing: mix_onshore_inhouse is 1, so it is needed."),
    "months_year": (13, "months_year = 13: is no input; put 12 back."),
    "share_voice": (0.9, "the shares of contacts add up to 90%: they must add up to 100%"),
}  # fmt: skip


def test_invalid_input_is_named_at_its_cell_and_nothing_is_written(run_any, small):
    untouched = small.all_contents()
    for name, (value, expected) in INVALID.items():
        sheet, row, column = place = small.places(name)[0]
        valid = small.value(*place)
        small.type_in(name, value)
        message = run_any(small)
        letter = openpyxl.utils.get_column_letter(column)
        assert message.startswith(f"{sheet}!{letter}{row} {expected}")
        assert "\n" not in message
        assert small.selected == place
        assert not small.log
        small.type_in(name, valid)
    assert small.all_contents() == untouched


def test_all_faults_are_named_at_once(run, small):
    for name in ("shrinkage", "occupancy", "hours_month"):
        small.type_in(name, -1.0)
    message = run(small)
    assert [line.split()[1] for line in message.splitlines()] == ["shrinkage", "occupancy", "hours_month"]
    assert small.selected == small.places("shrinkage")[0]


def test_message_of_many_faults_stays_short(run, small):
    for name in CONTACTS:
        small.type_in(name, None)
    message = run(small)
    assert message.endswith("\nand 4 more")
    assert len(message) <= LONGEST_MESSAGE


def test_hidden_sheet_is_not_selected(run, small):
    small.visible["Inputs"] = False
    small.type_in("shrinkage", 30)
    assert run(small).startswith("Inputs!C37 shrinkage = 30: ")
    assert small.selected is None


def test_workbook_without_inputs_is_told_where_the_template_is(run, tmp_path):
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    excel = Excel(tmp_path / "other.xlsx")
    message = run(excel)
    assert message.startswith(
        f"This workbook has no cells with the names name, currency, start, {', '.join(CONTACTS)}. "
    )
    assert "templates/pnl_12m.xlsx" in message
    assert excel.log == []


def test_missing_names_are_listed(run, tmp_path):
    inputs = {name: value for name, value in SMALL.items() if name not in ("currency", "contacts_07")}
    message = run(finance_workbook(tmp_path / "ours.xlsx", inputs, OUTPUTS))
    assert message.startswith("This workbook has no cells with the names currency, contacts_07. ")


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("Inputs!#REF!", "The name shrinkage refers to Inputs!#REF!: it must be one cell."),
        ("0.3", "The name shrinkage refers to 0.3: it must be one cell."),
        ("'P&L'!$C$5:$E$5", "P&L!C5 shrinkage refers to 3 cells: it must be one."),
    ],
)
def test_name_of_an_input_that_is_no_cell_is_a_fault_and_no_default(run, reference, shown, small):
    small.names["shrinkage"] = f"={reference}"
    assert run(small) == shown
    assert not small.log


def test_blank_inputs_that_are_not_used_stay_blank(run, small):
    """Blank is what the formulas make of it: no price of the rate card, no flag."""
    for name in ("fte_cost_offshore", "seat_onshore", "share_email", "attrition_year", "cost_center"):
        small.type_in(name, None)
    small.type_in("cost_per_hire", 3000.0)
    assert "Not as planned" not in run(small)
    # A blank with a default of zero is that zero, five points more of it are five points.
    assert_as_planned(small, planned(SMALL_RESULT, cost_per_hire=3000.0))
    assert AGREES in run(small)


def test_protected_sheet_is_one_line(small):
    small.protected.add("Sensitivity")
    small.model.set_user_input(small.titles.index("Inputs"), small.places("shrinkage")[0][1], 3, "0.25")
    small.settle()
    message = run_desktop(small)
    assert message.startswith("Excel did not let carecost write Sensitivity!D4:D5, only what comes before: ")
    assert "\n" not in message


# ---- the module that Excel loads ----


def python(code, **environment):
    """Run code in an interpreter of its own; its standard output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["tests", *sys.path]), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_script_on_the_server(worked, tmp_path):
    worked.type_in("shrinkage", 0.25)
    (tmp_path / "payload.json").write_text(json.dumps(worked.payload()))
    actions = python(
        f"""
        import asyncio, json, pathlib, sys
        sys.modules["openpyxl"] = sys.modules["pandas"] = None  # Lite need not load them
        import xlwings, xlwings.server
        from carecost.udf import *
        (script,) = xlwings.server.custom_scripts_meta(sys.modules["__main__"])
        assert script["function_name"] == "populate" and not script["lazy"], script
        book = xlwings.Book(json=json.loads(pathlib.Path({str(tmp_path / "payload.json")!r}).read_text()))
        asyncio.run(xlwings.server.custom_scripts_call(
            sys.modules["__main__"], "populate", typehint_to_value={{xlwings.Book: book}}
        ))
        print(json.dumps(book.json()))
        """,
        XLWINGS_ON_SERVER="true",
        XLWINGS_LICENSE_KEY="noncommercial",
    )
    worked.run(json.loads(actions)["actions"])
    assert worked.values("sensitivity_status") == ["current"]
    assert worked.alerts[-1].startswith("Worked example: net of the year ")


def test_script_in_classic_takes_the_calling_book(worked, tmp_path):
    path = tmp_path / "book.xlsx"
    shown = python(
        f"""
        import xlwings
        from open_excel import Excel
        from carecost.udf import *
        excel = Excel({str(path)!r})
        with excel.classic() as book:
            book.set_mock_caller()
            populate()
        print(excel.alerts)
        """,
        XLWINGS_LICENSE_KEY="",
    )
    assert AGREES in shown


def test_functions_do_not_load_what_the_script_needs():
    loaded = python(
        """
        import sys
        from carecost.udf import *
        CARE_FTE_COST([["offshore"]])
        print([name for name in sys.modules if name.startswith("carecost.workbook") or name == "openpyxl"])
        """
    )
    assert loaded.strip() == "[]"


# ---- LibreOffice ----


@pytest.mark.usefixtures("needs_libreoffice")
def test_libreoffice_computes_the_populated_workbook_as_python_does(tmp_path, result_of):
    """The actions for Office.js, done to the file itself."""
    path = saved(tmp_path, fill(result_of("worked_example")))
    excel = Excel(path)
    changes = {"shrinkage": 0.25, "cost_per_hire": 3500.0, "name": "=1+1", "cost_center": "-5"}
    book = openpyxl.load_workbook(path)
    typed_over = [("labor_onshore", 3), ("year_net", 0), ("master_check", 0), ("net", 5)]
    for name, value in changes.items():
        sheet, row, column = excel.places(name)[0]
        cell = book[sheet].cell(row, column)
        cell.value, cell.data_type = value, "s" if isinstance(value, str) else "n"
        excel.type_in(name, f"'{value}" if isinstance(value, str) else value)
    for name, place in typed_over:
        sheet, row, column = excel.places(name)[place]
        book[sheet].cell(row, column).value = 1.0
        excel.type_in(name, 1.0, place)
    remote_book = remote(excel.payload())
    populate(remote_book)
    for action in remote_book.json()["actions"]:
        if action["func"] in ("setValues", "setFormula"):
            sheet = book.worksheets[action["sheet_position"]]
            for down, cells in enumerate(action["values"]):
                for right, value in enumerate(cells):
                    cell = sheet.cell(action["start_row"] + 1 + down, action["start_column"] + 1 + right)
                    text = isinstance(value, str) and value.startswith("'")
                    cell.value = value[1:] if text else value
                    cell.data_type = "s" if text else cell.data_type
    book.save(tmp_path / "populated.xlsx")
    (tmp_path / "out").mkdir()
    (computed,) = recalculate([tmp_path / "populated.xlsx"], tmp_path / "out")
    found = openpyxl.load_workbook(computed, data_only=True)
    result = planned(result_of("worked_example"), **changes)
    for name, values in workbook_values(result).items():
        if name in INPUTS or name.split(".")[0] in BESIDE:
            continue
        for (sheet, row, column), value in zip(excel.places(name), values, strict=True):
            stored = found[sheet].cell(row, column).value
            assert difference(stored, value) <= LIMIT, (name, stored, value)
