"""The catalogue as a contract, and what every function must do alike."""

import ast
import csv
import math
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_tables import agrees, outcome, read_cases

import carecost.functions.evaluate as evaluation
from carecost.errors import CellError
from carecost.functions import REGISTRY
from carecost.functions.describe import markdown, stub
from carecost.functions.typed import parse_formula
from carecost.rates import use_card

ROOT = Path(__file__).parent.parent
# Names, order and which arguments are optional: the contract with every workbook in the field.
with (Path(__file__).parent / "catalogue.csv").open(encoding="utf-8", newline="") as _file:
    CONTRACT = {row["function"]: row["arguments"] for row in csv.DictReader(_file)}


def test_the_catalogue_is_the_contract_in_its_order():
    written = {
        name: ", ".join(key if found.required else f"[{key}]" for key, found in function.parameters.items())
        for name, function in REGISTRY.items()
    }
    assert list(written) == list(CONTRACT)
    assert written == CONTRACT
    assert len(written) == 45


@pytest.mark.parametrize(
    ("function", "shown"),
    [(function, shown) for function in REGISTRY.values() for shown in function.examples],
    ids=lambda value: getattr(value, "formula", ""),
)
def test_every_documented_example_gives_its_result(function, shown):
    name, args = parse_formula(shown.formula)
    assert name == function.name
    tolerance = 0.005 if name == "CARE_RISK" else 1e-12
    assert agrees(function(*args), _rows(shown.result), tolerance)


def _rows(result):
    if isinstance(result, list | tuple):
        return [list(row) if isinstance(row, list | tuple) else row for row in result]
    return result


def test_every_function_has_examples_help_and_lengths_that_excel_takes():
    for function in REGISTRY.values():
        assert function.examples, function.name
        assert 0 < len(function.summary) <= 255
        assert len(function.parameters) <= 60
        for name, parameter in function.parameters.items():
            assert 0 < len(parameter.help) <= 255, (function.name, name)
            assert parameter.unit


@pytest.mark.parametrize("case", read_cases(), ids=str)
def test_the_quick_way_and_the_thorough_way_agree(case, monkeypatch):
    """Plain calls skip most checks: they must give what the thorough way gives."""
    function = REGISTRY[case.function]
    args = {
        name: np.array(value, dtype=float)
        if _numeric(value) and not function.parameters[name].is_list
        else value
        for name, value in case.args.items()
    }
    quick = outcome(function, args)
    monkeypatch.setattr(evaluation, "quick_values", lambda *_: None)
    assert _same(quick, outcome(function, args))


def _same(one, other):
    one, other = (each.tolist() if hasattr(each, "tolist") else each for each in (one, other))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, CellError):
        return isinstance(other, CellError) and (one.code, str(one)) == (other.code, str(other))
    if isinstance(one, float) and isinstance(other, float):
        # NumPy's power and Python's differ in the last bit.
        return math.isclose(one, other, rel_tol=1e-14, abs_tol=1e-12)
    return one == other


def _numeric(value):
    cells = np.array(value, dtype=object).reshape(-1)
    return isinstance(value, list) and all(type(cell) in (int, float) for cell in cells)


def test_series_and_frames_are_ranges():
    cost = REGISTRY["CARE_FTE_COST"]
    salaries = pd.Series([40000.0, 48000.0])
    np.testing.assert_allclose(cost("onshore", salaries), [40000 * 1.3 / 12, 5200])
    frame = pd.DataFrame({"a": [36000.0], "b": [48000.0]})
    np.testing.assert_allclose(cost("onshore", frame), [[3900, 5200]])
    names = pd.Series(["onshore", None, "mars"])
    first, blank, unknown = cost(names)
    assert (first, blank, unknown.code) == (5500, "", "#N/A")


def test_python_callers_who_misname_an_argument_get_a_type_error():
    fte = REGISTRY["CARE_FTE"]
    with pytest.raises(TypeError, match="no argument hours"):
        fte(hours=3)
    with pytest.raises(TypeError, match="twice"):
        fte(1100, workload_hours=3)
    with pytest.raises(TypeError, match="at most 4"):
        fte(1, 2, 3, 4, 5)


def test_a_million_rows_are_answered_and_far_more_are_refused_in_one_line():
    fte = REGISTRY["CARE_FTE"]
    hours = np.linspace(1, 5000, 1_000_000)
    np.testing.assert_allclose(fte(hours)[[0, -1]], [1 / 0.595 * 12 / 2080, 5000 / 0.595 * 12 / 2080])
    with pytest.raises(CellError, match="at most") as caught:
        fte(np.broadcast_to(np.float32(1), (11_000_000,)))
    assert caught.value.code == "#VALUE!"


def test_switching_rate_cards_needs_no_restart(tmp_path):
    card = tmp_path / "card.toml"
    card.write_text(
        '[card]\nname = "ours"\n[markets.manila]\ncurrency = "USD"\nprice_year = 2026\n'
        'fte_month = { value = 1234, source = "offer" }\n',
        encoding="utf-8",
    )
    cost = REGISTRY["CARE_FTE_COST"]
    with pytest.raises(CellError, match="known: onshore"):
        cost("manila")
    use_card(card)
    try:
        assert cost("Manila") == 1234
        assert cost("offshore") == 2200
    finally:
        use_card(None)


def test_the_page_and_the_stub_are_fresh():
    assert (ROOT / "docs" / "functions.md").read_text(encoding="utf-8") == markdown()
    path = runpy.run_path(str(ROOT / "docs" / "functions.py"))["STUB"]
    assert path.read_text(encoding="utf-8") == stub()


def test_the_stub_has_every_function_with_its_arguments():
    tree = ast.parse((ROOT / "carecost" / "functions" / "__init__.pyi").read_text(encoding="utf-8"))
    found = {
        node.name: [argument.arg.removesuffix("_") for argument in node.args.args]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    assert found == {name: list(function.parameters) for name, function in REGISTRY.items()}


def test_missing_in_masked_arrays_and_dates_of_pandas_are_told_apart():
    fte = REGISTRY["CARE_FTE"]
    masked = np.ma.masked_array([1100.0, 2200.0], mask=[False, True])
    assert fte(masked).tolist() == [pytest.approx(10.665804783451842), ""]
    assert REGISTRY["CARE_SHRINKAGE"](np.ma.masked_array([0.1, 0.2], mask=[0, 1])) == pytest.approx(0.1)
    for date in (pd.Timestamp("2026-01-01"), np.datetime64("2026-01-01")):
        with pytest.raises(CellError, match="not a date") as caught:
            fte(date)
        assert caught.value.code == "#VALUE!"


def test_a_grid_that_would_not_fit_is_refused():
    with pytest.raises(CellError, match="too large") as caught:
        REGISTRY["CARE_FTE"](np.ones((100_000, 1)), np.full((1, 100_000), 0.3))
    assert caught.value.code == "#VALUE!"


def test_a_gap_in_a_ramp_is_not_filled_silently():
    block = [["aht_min", 6], ["fte_cost_month", 5000], ["ramp_1", 0.5], ["ramp_3", 0.7]]
    with pytest.raises(CellError, match="ramp_2 is missing"):
        REGISTRY["CARE_PNL"]([10000] * 12, block)


def test_names_from_outside_stay_on_one_line():
    for args in (("a\nb",), ("x" * 5000,), ("fte_month_onshore", "mid", "a\nb")):
        with pytest.raises(CellError) as caught:
            REGISTRY["CARE_BENCHMARK"](*args)
        assert "x" * 100 not in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def test_a_range_full_of_different_faults_still_names_function_and_argument():
    found = REGISTRY["CARE_FTE"]([f"text {place}" for place in range(1200)])
    assert {cell.code for cell in found} == {"#VALUE!"}
    assert all(str(cell).startswith("CARE_FTE: workload_hours") for cell in found)
    assert len({str(cell) for cell in found}) == 1001
