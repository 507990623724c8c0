"""The README and the docs: commands run, code runs, generated pages are fresh."""

import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import openpyxl
import pytest
import typer

from carecost import load_plan
from carecost.cli import app
from carecost.workbook.fill import fill
from carecost.workbook.verify import difference

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def console_lines():
    """Commands of the console blocks, with the output that stands under them."""
    for block in blocks("console"):
        for entry in block.split("$ ")[1:]:
            command, _, output = entry.partition("\n")
            yield command, output.strip()


def run(command, folder):
    words = [
        word
        for written in shlex.split(command)
        for word in (sorted(map(str, folder.glob(written))) if "*" in written else [written])
    ]
    assert words[0] == "carecost"
    return subprocess.run(
        [sys.executable, "-m", "carecost", *words[1:]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A place with the examples, where commands may write."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    lisbon = blocks("toml")[0].replace("[sources]", "shrinkage = 30\n[sources]")
    (tmp_path / "lisbon.toml").write_text(lisbon, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def test_the_two_set_up_commands_stand_in_the_readme():
    assert [block.strip() for block in blocks("bash")] == [
        "python3 -m pip install . && carecost demo",
        "python3 -m pip install '.[test]' && python3 -m pytest",
    ]


def test_every_command_of_the_readme_does_what_it_says(folder):
    ran = []
    for command, output in console_lines():
        done = run(command, folder)
        ran.append(command)
        if output:
            assert (done.stdout + done.stderr).strip() == output
        else:
            assert done.returncode == 0, done.stderr
    assert len(ran) >= 4


def test_the_demo_command_builds_what_the_readme_says(folder):
    done = run("carecost demo", folder)
    assert done.returncode == 0
    plans = {path.stem for path in (ROOT / "examples").glob("*.toml")}
    assert {path.stem for path in (folder / "budgets").iterdir()} == plans
    assert all(f"`{plan}.toml`" in README for plan in plans)
    assert len(plans) == 6


def test_the_readmes_plan_is_whole(tmp_path):
    plan = tmp_path / "lisbon.toml"
    plan.write_text(blocks("toml")[0], encoding="utf-8")
    result = load_plan(plan).run()
    assert result.faults == {}
    assert tomllib.loads(plan.read_text(encoding="utf-8"))["name"] == result.plan.values["name"]


def test_the_readmes_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    space = {}
    for block in blocks("python"):
        exec(block, space)
    assert space["result"].faults == {}
    assert round(space["CARE_CONTACT_COST"](76248, 6), 2) == 6.16


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.stem
)
def test_every_command_that_a_page_names_exists(path):
    for group, name in re.findall(r"carecost (excel|libreoffice) ([a-z]+)", path.read_text(encoding="utf-8")):
        commands = typer.main.get_command(app).commands[group].commands
        assert name in commands, f"carecost {group} {name}"


def test_pictures_and_pages_that_the_readme_names_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_commands_of_the_page_on_batches_do_what_it_says(folder):
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    first = re.search(r"```console\n(.*?)```", page, re.DOTALL)[1]
    ran = 0
    for entry in first.split("$ ")[1:]:
        command, _, output = entry.partition("\n")
        if command.startswith("carecost "):
            done = run(command, folder)
            assert done.returncode == 0, done.stderr
            assert not output.strip() or done.stdout.strip() == output.strip()
            ran += 1
    assert ran == 2
    assert len(list((folder / "portfolio").glob("CC-*.xlsx"))) == 72


def test_the_page_of_inputs_is_fresh():
    page = runpy.run_path(str(ROOT / "docs" / "inputs.py"))["page"]
    assert (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("path", sorted((ROOT / "workbooks").glob("*.xlsx")), ids=lambda path: path.stem)
def test_the_shipped_workbooks_are_fresh(path, tmp_path):
    fresh = tmp_path / path.name
    fresh.write_bytes(fill(load_plan(ROOT / "examples" / f"{path.stem}.toml").run()))
    for data_only in (False, True):
        stored, written = (openpyxl.load_workbook(file, data_only=data_only) for file in (path, fresh))
        assert stored.sheetnames == written.sheetnames
        for sheet in stored.worksheets:
            for row, other in zip(sheet.values, written[sheet.title].values, strict=True):
                assert all(difference(*pair) <= 1e-12 for pair in zip(row, other, strict=True)), row
