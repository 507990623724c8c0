"""What several test files share: which engines there are, and the filled example workbooks."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from libreoffice import ENVIRONMENT, SOFFICE, SYSTEM_PYTHON

from carecost.planfile import load_plan
from carecost.rates import builtin_card

ROOT = Path(__file__).parents[1]
EXAMPLES = {path.stem: path for path in sorted((ROOT / "examples").glob("*.toml"))}
# A rate card that happens to be set where the tests run is none of their business.
os.environ.pop("CARECOST_RATES", None)


def _missing(what):
    """Skip, or fail where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (CI is set: this test must not be skipped)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def needs_libreoffice():
    if SOFFICE is None:
        _missing("LibreOffice is not installed: no soffice on PATH (Debian: libreoffice-calc)")


@pytest.fixture(scope="session")
def needs_uno(needs_libreoffice):
    probe = subprocess.run(
        [SYSTEM_PYTHON, "-I", "-c", "import uno"], env=ENVIRONMENT, capture_output=True, check=False
    )
    if probe.returncode:
        _missing(f"{SYSTEM_PYTHON} has no uno module (Debian: python3-uno)")


@pytest.fixture(scope="session")
def needs_node():
    if shutil.which("node") is None:
        _missing("Node is not installed: no node on PATH (Debian: nodejs)")


@functools.cache
def _result(name):
    return load_plan(EXAMPLES[name], builtin_card()).run()


@pytest.fixture(scope="session")
def result_of():
    """The result of an example plan, by the file's stem."""
    return _result


def pytest_generate_tests(metafunc):
    """A test that takes ``example`` runs once for each plan in examples/."""
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", EXAMPLES)
