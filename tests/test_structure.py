"""How the code is laid out: imports run one way, files stay short, names say what is inside."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "carecost"
FILES = sorted(PACKAGE.rglob("*.py"))
# DESIGN, "Layout": a unit imports from its own step or one further up, never further down.
STEPS = (
    {"errors", "shipped"},
    {"rates"},
    {"model"},
    {"planfile", "report", "functions", "formulas"},
    {"hosts", "workbook"},
    {"quotes", "batch"},
    {"cli", "udf"},
    {"__init__", "__main__"},
)
STEP = {unit: place for place, units in enumerate(STEPS) for unit in units}
LONGEST_FILE = 450
# Excel and its libraries belong to the steps from "hosts, workbook" on.
SPREADSHEETS = {"openpyxl", "xlwings", "ironcalc", "xlsxwriter"}


def unit_of(path):
    """The package or module directly below carecost/ that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Every module a file imports, wherever in the file, as dotted names; only ``__version__`` of the root."""
    here = ["carecost", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) + 1 - node.level] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            if module == "carecost":
                yield from (f"carecost.{name.name}" for name in node.names if name.name != "__version__")
            else:
                yield module


def units_imported(path):
    return {name.split(".")[1] for name in imports(path) if name.startswith("carecost.")}


def test_every_unit_has_its_step():
    assert {unit_of(path) for path in FILES} <= set(STEP)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    here = unit_of(path)
    assert units_imported(path) <= set(STEP)
    further_down = {unit for unit in units_imported(path) if STEP[unit] > STEP[here]}
    assert not further_down, f"carecost/{here} must not import {further_down}"


def test_units_of_one_step_do_not_import_each_other_in_a_circle():
    graph = {}
    for path in FILES:
        graph.setdefault(unit_of(path), set()).update(units_imported(path) - {unit_of(path)})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"circle: {error.args[1]}")


def test_the_model_knows_no_spreadsheet():
    for path in FILES:
        if STEP[unit_of(path)] < STEP["workbook"]:
            assert not {name.split(".")[0] for name in imports(path)} & SPREADSHEETS, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_can_be_read_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "every file says what it is for"


def test_no_file_is_named_for_what_is_left_over():
    left_over = {"util", "utils", "helper", "helpers", "misc", "common", "tools"}
    for folder in ("carecost", "tests", "bench", "docs"):
        assert not [path for path in (ROOT / folder).rglob("*.py") if path.stem.lower() in left_over]
