"""The command line as people run it: one subprocess per command."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import typer
from conftest import EXAMPLES, ROOT

from carecost.cli import app

WORKED = EXAMPLES["worked_example"]
CARD = """
[card]
name = "Own contract 2026"

[markets.nearshore]
price_year = 2026
fte_month = { low = 2900, mid = 3100, high = 3300, source = "own contract", basis = "quoted" }
"""


def carecost(folder, *arguments, **variables):
    """Run one command in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [sys.executable, "-m", "carecost", *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def year_of(path, line):
    book = openpyxl.load_workbook(path, data_only=True)
    ((sheet, area),) = book.defined_names[f"year_{line}"].destinations
    return book[sheet][area.replace("$", "")].value


# ---- plan ----


def test_plan_writes_a_workbook_named_after_the_plan_and_prints_a_summary(tmp_path):
    done = carecost(tmp_path, "plan", WORKED)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path) == ["worked_example.xlsx"]
    assert year_of(tmp_path / "worked_example.xlsx", "net") == pytest.approx(-700417.0987075833, rel=1e-12)
    for words in (
        "Worked example: 12 months from Jan 2026, USD",
        "-673,347",
        "-700,417",
        "36,447.66",
        "6.40",
    ):
        assert words in done.stdout
    assert "Wrote worked_example.xlsx." in done.stdout


def test_plan_writes_where_it_is_told(tmp_path):
    done = carecost(tmp_path, "plan", WORKED, "-o", "my budget.xlsx")
    assert done.returncode == 0
    assert names(tmp_path) == ["my budget.xlsx"]


def test_plan_replaces_the_workbook_of_the_last_run(tmp_path):
    (tmp_path / "budget.xlsx").write_bytes(b"old")
    assert carecost(tmp_path, "plan", WORKED, "-o", "budget.xlsx").returncode == 0
    assert year_of(tmp_path / "budget.xlsx", "project") == pytest.approx(40265, rel=1e-12)
    assert names(tmp_path) == ["budget.xlsx"]


def test_json_holds_inputs_lines_and_results_and_writes_nothing(tmp_path):
    done = carecost(tmp_path, "plan", WORKED, "--json")
    assert (done.returncode, done.stderr, names(tmp_path)) == (0, "", [])
    told = json.loads(done.stdout)
    assert set(told) >= {"inputs", "lines", "results", "checks"}
    assert told["inputs"]["contacts_11"] == 13_500
    assert told["inputs"]["start"] == "2026-01-01"
    assert all(len(line["months"]) == 13 for line in told["lines"].values())
    assert told["lines"]["operating"]["year"] == pytest.approx(-673347.3624614393, rel=1e-12)
    assert told["lines"]["net"]["year"] == pytest.approx(-700417.0987075833, rel=1e-12)
    assert sum(told["lines"]["project"]["months"]) == pytest.approx(40265, rel=1e-12)
    assert told["results"]["payback"] == pytest.approx(6.401645531400966, rel=1e-12)
    assert told["results"]["npv"] == pytest.approx(36447.65731015017, rel=1e-12)
    assert set(told["checks"].values()) >= {"OK"}


def test_json_with_o_does_both(tmp_path):
    done = carecost(tmp_path, "plan", WORKED, "--json", "-o", "budget.xlsx")
    assert json.loads(done.stdout)["inputs"]["name"] == "Worked example"
    assert names(tmp_path) == ["budget.xlsx"]


def test_json_of_any_text_is_utf8_and_a_missing_answer_is_null(tmp_path):
    text = re.sub(
        r"(?m)^(arr|churn|deflect|setup|platform|gross).*\n", "", WORKED.read_text(encoding="utf-8")
    )
    (tmp_path / "plan.toml").write_text(
        text.replace('"Worked example"', '"Zürich 東京 🎧"'), encoding="utf-8"
    )
    done = carecost(tmp_path, "plan", "plan.toml", "--json", PYTHONIOENCODING="utf-8")
    told = json.loads(done.stdout)
    assert told["inputs"]["name"] == "Zürich 東京 🎧"
    assert told["results"]["irr"] is None


def test_rates_puts_a_card_of_ones_own_over_the_built_in_one(tmp_path):
    (tmp_path / "card.toml").write_text(CARD)
    plan = EXAMPLES["driveert_markets"]
    built_in = json.loads(carecost(tmp_path, "plan", plan, "--json").stdout)
    own = json.loads(carecost(tmp_path, "plan", plan, "--json", "--rates", "card.toml").stdout)
    by_variable = carecost(tmp_path, "plan", plan, "--json", CARECOST_RATES=str(tmp_path / "card.toml"))
    assert (built_in["inputs"]["fte_cost_nearshore"], own["inputs"]["fte_cost_nearshore"]) == (3300, 3100)
    assert built_in["inputs"]["fte_cost_offshore"] == own["inputs"]["fte_cost_offshore"]
    assert json.loads(by_variable.stdout) == own


# ---- what goes wrong: one line, exit 2, nothing written ----


def edited(old, new=""):
    text = WORKED.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1)


BAD_PLANS = {
    "bad TOML": (edited('currency = "USD"', "currency = USD"), ["not valid TOML", "line 7"]),
    "unknown key": (edited("attrition_year =", "atrition_year ="), ["atrition_year", "attrition_year?"]),
    "share above 1": (edited("contingency = 0.10", "contingency = 10"), ["contingency = 10", "0.1"]),
    "shares not 100%": (edited("share_voice = 1.0", "share_voice = 0.9"), ["share_voice", "90%", "100%"]),
    "eleven months": (edited("contacts_12 = 12800\n"), ["contacts_12 is missing", "twelve months"]),
    "text for number": (
        edited("aht_voice_min = 6", 'aht_voice_min = "six"'),
        ['aht_voice_min = "six"', "number"],
    ),
    "negative contacts": (
        edited("contacts_03 = 10000", "contacts_03 = -5"),
        ["contacts_03 = -5", "at least 0"],
    ),
}


def refused(done):
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("carecost: ")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("kind", BAD_PLANS)
def test_bad_plan_is_one_line_and_leaves_the_folder_as_it_was(kind, tmp_path):
    text, expected = BAD_PLANS[kind]
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    (tmp_path / "plan.xlsx").write_bytes(b"last month's budget")
    line = refused(carecost(tmp_path, "plan", "plan.toml"))
    assert line.startswith("carecost: plan.toml")
    assert all(words in line for words in expected), line
    assert (tmp_path / "plan.xlsx").read_bytes() == b"last month's budget"
    assert names(tmp_path) == ["plan.toml", "plan.xlsx"]


def test_missing_plan_leaves_no_workbook(tmp_path):
    line = refused(carecost(tmp_path, "plan", "nowhere.toml", "-o", "out.xlsx"))
    assert line.startswith("carecost: nowhere.toml: no such file")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", WORKED, "-o", "nowhere/out.xlsx"], "nowhere/out.xlsx: the folder nowhere does not exist"),
        (["plan", WORKED, "--rates", "nowhere.toml"], "nowhere.toml: no such file"),
        (
            ["plan", WORKED, "-o", "out.xls"],
            "-o out.xls: a workbook is written, so the name must end in .xlsx",
        ),
        (["demo", "-o", "taken"], "taken: cannot be made a folder"),
        (["verify", "nowhere.xlsx"], "nowhere.xlsx: no such file"),
    ],
    ids=["no folder", "no card", "no .xlsx", "a file in the way", "no workbook"],
)
def test_other_trouble_is_one_line_too(arguments, words, tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    assert words in refused(carecost(tmp_path, *arguments))
    assert names(tmp_path) == ["taken"]


def test_wrong_usage_is_exit_2_without_a_traceback(tmp_path):
    for arguments in (["plan"], ["plam"], ["plan", WORKED, "--nonsense"], ["verify"]):
        done = carecost(tmp_path, *arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert names(tmp_path) == []


# ---- demo and help ----


def test_demo_builds_one_workbook_for_each_example(tmp_path):
    done = carecost(tmp_path, "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path / "budgets") == sorted(f"{name}.xlsx" for name in EXAMPLES)
    lines = done.stdout.splitlines()
    assert all(f"budgets/{name}.xlsx" in done.stdout for name in EXAMPLES)
    opened = re.search(r"Open (\S+) first", lines[-1])
    assert Path(tmp_path, opened[1]).exists()
    assert year_of(tmp_path / "budgets" / "worked_example.xlsx", "operating") == pytest.approx(
        -673347.36246144
    )


def every_command(group, *above):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):  # typer may bring its own click
            yield from every_command(command, *above, name)
        else:
            yield (*above, name)


def test_help_of_every_command_has_an_example(tmp_path):
    commands = list(every_command(typer.main.get_command(app)))
    assert {("plan",), ("demo",), ("verify",)} <= set(commands)
    overview = carecost(tmp_path, "--help")
    assert overview.returncode == 0
    for command in commands:
        assert f"  {command[0]}" in overview.stdout
        told = carecost(tmp_path, *command, "--help")
        assert told.returncode == 0
        assert f"Example: carecost {' '.join(command)} " in " ".join([*told.stdout.split(), ""])


def test_version(tmp_path):
    assert re.fullmatch(r"carecost \d+\.\d+\.\d+\n", carecost(tmp_path, "--version").stdout)


def test_help_imports_nothing_heavy(tmp_path):
    script = (
        "import sys\nfrom carecost.cli import main\nsys.argv = ['carecost', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'scipy', 'openpyxl', 'numpy', 'pydantic', 'xlwings'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: carecost" in done.stdout
