"""xlwings Lite: the two texts, what they ask Pyodide for, and every case through xlwings' code for Pyodide."""

import json
import os
import subprocess
import sys
import tomllib

import pytest
from case_tables import read_cases
from conftest import ROOT
from office_js import body_of, cells, check, why_not_asked
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from carecost import __version__
from carecost.cli import app
from carecost.errors import DataError
from carecost.functions import REGISTRY
from carecost.hosts.excel.lite import FILES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYODIDE = tomllib.loads((ROOT / "tests" / "pyodide.toml").read_text(encoding="utf-8"))
CASES = [case for case in read_cases() if not why_not_asked(case)]


def asked_for(platform):
    """What an installation on a platform asks for, by name."""
    requirements = map(Requirement, PROJECT["dependencies"])
    return {
        each.name: each.specifier
        for each in requirements
        if each.marker is None or each.marker.evaluate({"sys_platform": platform})
    }


# ---- the texts ----


def test_the_command_writes_both_texts(tmp_path):
    for _ in range(2):  # an update writes over them
        done = CliRunner().invoke(app, ["excel", "lite", "-o", str(tmp_path / "lite")])
        assert done.exit_code == 0
        assert "main.py and requirements.txt" in done.stdout
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "lite").iterdir()}
    assert written == FILES
    assert written["requirements.txt"].splitlines() == ["xlwings", f"carecost=={__version__}"]


def test_a_file_in_the_way_is_one_line(tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    done = CliRunner().invoke(app, ["excel", "lite", "-o", str(tmp_path / "taken")])
    assert isinstance(done.exception, DataError)
    assert "cannot be made a folder" in str(done.exception)


# ---- what Pyodide has to have ----


def test_a_browser_downloads_only_what_the_functions_need():
    assert set(asked_for("emscripten")) == {"numpy", "scipy", "pydantic", "xlwings"}
    assert set(asked_for("linux")) == {Requirement(each).name for each in PROJECT["dependencies"]}


@pytest.mark.parametrize("release", PYODIDE)
def test_pyodide_ships_versions_that_suffice(release):
    shipped = PYODIDE[release]
    assert shipped["python"] in SpecifierSet(PROJECT["requires-python"])
    for name, wanted in asked_for("emscripten").items():
        if name != "xlwings":  # Lite brings it
            assert shipped[name] in wanted, name


# ---- calls, in the code that xlwings runs in Pyodide ----


@pytest.fixture(scope="module")
def told():
    """What Excel gets in Lite for every case."""
    calls = [
        json.loads(body_of(case.function, *cells(case.args, REGISTRY[case.function], blank=None)))
        for case in CASES
    ]
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "lite.py"],
        input=json.dumps({"main": FILES["main.py"], "calls": calls}),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: str(CASES[place]))
def test_case(told, place):
    answer = told["answers"][place]
    failed = isinstance(answer, dict)  # Lite's JavaScript makes a #VALUE! with this message of it
    check(CASES[place], {"error": "#VALUE!", "message": answer["error"]} if failed else {"value": answer})


def test_every_function_is_announced(told):
    assert told["named"] == sorted(REGISTRY)
    for name in REGISTRY:
        assert f'CustomFunctions.associate("{name}", {name});' in told["code"]


def test_the_populate_button_has_what_it_needs():
    code = (
        "import sys, lite; sys.meta_path.insert(0, lite.OnlyWhatLiteHas())\n"
        "from carecost.hosts.excel.populate import populate\n"
        "from carecost.workbook.fill import pnl_layout\n"
        "print(len(pnl_layout().formulas))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 600
