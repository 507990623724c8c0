"""Runs of a batch: the files they write, how they are stopped, and how they go on."""

import csv
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from batches import (
    BASE,
    DRIVERS,
    FX,
    batch,
    bytes_in,
    command,
    environment,
    half_files,
    kill_after,
    many_rows,
)

from carecost.batch import spool
from carecost.batch.columns import match_columns
from carecost.batch.drivers import open_drivers
from carecost.batch.run import Order, Output, run
from carecost.errors import DataError
from carecost.model.completion import complete
from carecost.model.inputs import INPUTS
from carecost.model.result import Plan
from carecost.planfile import load_base
from carecost.rates import builtin_card
from carecost.workbook.fill import PNL_TEMPLATE
from carecost.workbook.package import Package
from carecost.workbook.values import workbook_values
from carecost.workbook.verify import difference, verify

ORDER = Order(str(DRIVERS), BASE)
WORKBOOKS = 72


def quiet(_):
    pass


def run_here(folder, order=ORDER, **output):
    return run(order, Output(str(folder), **output), 1, None, quiet)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The example's batch, undisturbed, by two processes."""
    folder = tmp_path_factory.mktemp("whole")
    done = batch(DRIVERS, "--base", BASE, "-o", folder, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("72 workbooks written in ")
    return folder


def copy_of(path, folder, **cells):
    """The driver table with cells of its first row changed."""
    with DRIVERS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= cells
    target = folder / path
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return target


# ---- the files ----


def test_every_row_has_its_workbook_and_line_in_the_manifest(whole):
    entries = [json.loads(line) for line in (whole / "manifest.jsonl").read_text().splitlines()]
    assert [entry["row"] for entry in entries] == list(range(2, WORKBOOKS + 2))
    digests = bytes_in(whole)
    assert {entry["file"]: entry["output"] for entry in entries} == {
        name: digest for name, digest in digests.items() if name.startswith("CC-")
    }
    assert entries[4]["key"] == {"cost_center": "CC-102", "scenario": "growth"}
    assert set(digests) - {entry["file"] for entry in entries} == {
        "manifest.jsonl", "portfolio.xlsx", "portfolio.parquet",
    }  # fmt: skip


def test_the_numbers_are_those_of_each_plan_computed_alone(whole):
    base = load_base(BASE)
    with open_drivers(str(DRIVERS), None) as drivers:
        columns = match_columns("drivers.csv", drivers.titles, base, ".")
        rows = [{name: value for name, _, value in columns.read(cells)} for _, cells in drivers.rows]
    for given in random.Random(1).sample(rows, 6):
        scenario = given.pop("scenario")
        alone = Plan(*complete({**base.values, **given}, builtin_card()))
        book = openpyxl.load_workbook(whole / f"{given['cost_center']}_{scenario}.xlsx", data_only=True)
        for name, cells in workbook_values(alone.run()).items():
            if name in book.defined_names and name not in ("guesses", "sensitivity_guesses"):
                ((sheet, area),) = book.defined_names[name].destinations
                found = book[sheet][area.replace("$", "")]
                flat = [found] if not isinstance(found, tuple) else [cell for row in found for cell in row]
                for cell, value in zip(flat, cells, strict=True):
                    if name.startswith("sensitivity_change"):  # a difference of two large sums leaves dust
                        assert cell.value == pytest.approx(value, rel=1e-9, abs=1e-6)
                    else:
                        assert difference(cell.value, value) <= 1e-12, (name, cell.coordinate)


def test_every_file_is_the_template_but_for_its_values(whole):
    template = Package.read(PNL_TEMPLATE).parts
    for path in sorted(whole.glob("CC-*.xlsx")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == list(template)
            for name in archive.namelist():
                if name.startswith("xl/worksheets/sheet"):
                    ElementTree.fromstring(archive.read(name))
                else:
                    assert archive.read(name) == template[name]


@pytest.mark.usefixtures("needs_libreoffice")
def test_a_sample_recalculates_to_what_is_stored(whole):
    paths = random.Random(2).sample(sorted(whole.glob("CC-*.xlsx")), 2)
    for outcome in verify(paths):
        assert outcome.formulas > 1000
        assert outcome.differences == []


def test_pandas_reads_the_values(whole):
    frame = pd.read_excel(whole / "CC-101_base.xlsx", sheet_name="P&L", header=None)
    net = frame[frame[0] == "Net"].iloc[0]
    assert net[15] == pytest.approx(sum(net[2:15]), rel=1e-12)
    assert net[15] < 0


def test_inputs_say_where_they_come_from(whole):
    sheet = openpyxl.load_workbook(whole / "CC-101_base.xlsx")["Inputs"]
    told = {row[1].value: [row[9].value, row[12].value] for row in sheet.iter_rows(min_row=5)}
    assert told["contacts_01"] == ["drivers.csv", "guess"]
    assert told["aht_voice_min"] == ["ACD report, Q3", "measured"]
    assert told["occupancy"] == ["plan", "guess"]
    assert told["hours_month"][1] == "default"


def test_a_row_without_a_name_is_called_after_its_scenario(tmp_path):
    run_here(tmp_path / "out", Order(str(copy_of("d.csv", tmp_path, name="")), BASE))
    book = openpyxl.load_workbook(tmp_path / "out" / "CC-101_base.xlsx", data_only=True)
    assert book["Summary"]["A1"].value == "Care 2026, base"


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5", "@SUM(A1)", '=HYPERLINK("http://example.org","x")'])
def test_text_that_looks_like_a_formula_stays_text_everywhere(text, tmp_path):
    table = copy_of("d.csv", tmp_path, name=text, scenario=text, cost_center=text)
    run_here(tmp_path / "out", Order(str(table), BASE))
    (path,) = [path for path in (tmp_path / "out").glob("*.xlsx") if path.name[:3] not in ("CC-", "por")]
    for file in (path, tmp_path / "out" / "portfolio.xlsx"):
        cells = [
            cell
            for sheet in openpyxl.load_workbook(file)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value == text
        ]
        assert len(cells) >= 2
        assert {cell.data_type for cell in cells} == {"s"}


# ---- the same bytes ----


@pytest.mark.parametrize("rows", [1, 7])
def test_a_workbook_does_not_depend_on_its_neighbors(rows, whole, tmp_path, monkeypatch):
    some = tmp_path / "drivers.csv"
    some.write_text("".join(DRIVERS.read_text().splitlines(keepends=True)[:19]))
    monkeypatch.setattr(spool, "CHUNK_ROWS", rows)
    run_here(tmp_path / "out", Order(str(some), BASE))
    here, there = bytes_in(tmp_path / "out"), bytes_in(whole)
    workbooks = [name for name in here if name.startswith("CC-")]
    assert len(workbooks) == 18
    assert {name: here[name] for name in workbooks} == {name: there[name] for name in workbooks}


# ---- going on ----


def test_a_folder_with_a_batch_is_not_written_to_unasked(whole):
    before = bytes_in(whole)
    with pytest.raises(DataError, match="--resume to go on with it, or --restart to do all of it again"):
        run_here(whole)
    with pytest.raises(DataError, match="give one of them"):
        run_here(whole, resume=True, restart=True)
    assert bytes_in(whole) == before


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "budget.xlsx").write_text("mine")
    for options in ({}, {"resume": True}, {"restart": True}):
        with pytest.raises(DataError, match="not empty"):
            run_here(tmp_path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["budget.xlsx"]


def test_resume_skips_what_is_done_and_redoes_what_changed(whole, tmp_path):
    out = tmp_path / "out"
    run_here(out)
    (out / "CC-105_base.xlsx").unlink()
    (out / "CC-106_base.xlsx").write_bytes(b"changed by hand")
    table = copy_of("drivers.csv", tmp_path, shrinkage="0.35")
    done = run_here(out, Order(str(table), BASE), resume=True)
    assert (done.written, done.kept) == (3, WORKBOOKS - 3)
    (aside,) = done.changed
    assert (out / aside).read_bytes() == b"changed by hand"
    shutil.rmtree(out / "changed")
    fresh = tmp_path / "fresh"
    run_here(fresh, Order(str(table), BASE))
    assert bytes_in(out) == bytes_in(fresh)
    assert run_here(out, resume=True).written == 1, "the table is as it was"
    assert bytes_in(out) == bytes_in(whole)
    done = run_here(out, restart=True)
    assert (done.written, done.changed) == (WORKBOOKS, [])
    assert bytes_in(out) == bytes_in(whole)


@pytest.mark.parametrize("how", ["--resume", "--restart"])
def test_what_somebody_did_to_a_workbook_is_never_lost(tmp_path, how):
    out = tmp_path / "out"
    run_here(out)
    written = (out / "CC-106_base.xlsx").read_bytes()
    for edit in (b"first", b"second"):
        (out / "CC-106_base.xlsx").write_bytes(edit)
        done = batch(DRIVERS, "--base", BASE, "-o", out, "--workers", "1", how)
        assert "1 file not as the last run left them, kept as changed/CC-106_base~" in done.stdout
        assert (out / "CC-106_base.xlsx").read_bytes() == written
    assert sorted(path.read_bytes() for path in (out / "changed").iterdir()) == [b"first", b"second"]


def test_workbooks_of_rows_that_are_gone_are_named(tmp_path):
    run_here(tmp_path / "out")
    table = copy_of("drivers.csv", tmp_path, cost_center="CC-900")
    done = run_here(tmp_path / "out", Order(str(table), BASE), resume=True)
    assert (done.written, list(done.left_over)) == (1, ["CC-101_base.xlsx"])


def test_bad_rows_are_listed_and_the_others_written(tmp_path):
    table = copy_of("d.csv", tmp_path, shrinkage="=1+1")
    done = batch(table, "--base", BASE, "-o", tmp_path / "out", "--workers", "1")
    assert done.returncode == 1
    assert "71 workbooks written" in done.stdout
    assert "1 of 72 rows rejected: see rejected.csv." in done.stdout
    with (tmp_path / "out" / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        (rejected,) = csv.DictReader(file)
    assert (rejected["row"], rejected["column"]) == ("2", "shrinkage")
    assert rejected["value"] == "'=1+1", "no formula for whoever opens the list in a spreadsheet"
    assert rejected["rule"].startswith("must be a number such as 1234.5")
    done = batch(DRIVERS, "--base", BASE, "-o", tmp_path / "out", "--workers", "1", "--resume", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "out" / "rejected.csv").exists()


def test_a_torn_manifest_line_is_passed_over(whole, tmp_path):
    out = tmp_path / "out"
    run_here(out)
    lines = (out / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    (out / "manifest.jsonl").write_bytes(b"".join(lines[:10]) + lines[10][:40])
    assert run_here(out, resume=True).written == WORKBOOKS - 10
    assert bytes_in(out) == bytes_in(whole)


# ---- being stopped ----


def test_killed_at_any_moment_a_run_resumes_to_the_same_bytes(tmp_path):
    table = many_rows(tmp_path / "many.csv", 240)
    words = [table, "--base", BASE, "--fx", FX, "--quiet", "--workers", "2"]
    start = time.monotonic()
    assert batch(*words, "-o", tmp_path / "whole").returncode == 0
    long = time.monotonic() - start
    killed = 0
    for share, whole_group in ((0.5, False), (0.75, True)):
        killed += kill_after([*words, "-o", tmp_path / "out", "--resume"], share * long, whole_group)
        assert half_files(tmp_path / "out") == []
    assert killed
    done = batch(*words, "-o", tmp_path / "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


def test_a_full_disk_is_one_line_and_resume_works(whole, tmp_path):
    out = tmp_path / "out"
    words = [DRIVERS, "--base", BASE, "-o", out, "--quiet", "--workers", "1"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (69_700, 69_700))  # noqa: E731
    done = batch(*words, preexec_fn=limit)
    assert done.returncode == 2
    assert "cannot be written (File too large). Make room." in done.stderr
    assert done.stderr.endswith("What is finished is whole: --resume goes on from it.\n")
    assert done.stderr.count("\n") == 1
    assert half_files(out) == []
    assert batch(*words, "--resume").returncode == 0
    assert bytes_in(out) == bytes_in(whole)


def test_what_a_lost_worker_did_not_finish_is_cleared_away(tmp_path):
    """A killed worker of a cluster leaves its half file; its chunk is done again by another."""
    half = tmp_path / "out" / ".CC-106_growth.xlsx.8c4f9d13.part"
    report = lambda progress: half.write_bytes(b"half")  # noqa: E731
    run(Order(str(DRIVERS), BASE), Output(str(tmp_path / "out")), 1, None, report)
    assert (tmp_path / "out" / "CC-106_growth.xlsx").exists()
    assert not half.exists()


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(tmp_path):
    table = many_rows(tmp_path / "many.csv", 1000)
    words = command(table, "--base", BASE, "-o", tmp_path / "out", "--workers", "2")
    process = subprocess.Popen(
        words,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whatever runs the tests may have the signal off, and its children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not list((tmp_path / "out").glob("*.xlsx")) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert told.splitlines()[-1] == (
        "carecost: stopped. What is finished is whole: the same command with --resume goes on."
    )
    assert "Traceback" not in told
    assert half_files(tmp_path / "out") == []


# ---- the command ----


def test_check_writes_nothing(tmp_path):
    table = copy_of("d.csv", tmp_path, shrinkage="30")
    before = sorted(tmp_path.iterdir())
    done = batch("check", table, "--base", BASE, "--workers", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "row 2: shrinkage = 30: must be at least 0 and below 1. For 30 percent write 0.3.",
        "72 rows, 1 rejected. Nothing was written.",
    ]
    assert sorted(tmp_path.iterdir()) == before


def test_a_missing_library_is_named_with_its_install_line(tmp_path):
    code = "import sys; sys.modules['pyarrow'] = None; from carecost.cli import main; main()"
    words = ["batch", str(DRIVERS), "--base", str(BASE), "-o", str(tmp_path / "out"), "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pyarrow is not installed: python3 -m pip install 'carecost[batch]' brings it." in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_template_of_ones_own_is_filled(whole, tmp_path):
    book = openpyxl.load_workbook(PNL_TEMPLATE)
    book.create_sheet("Board")["A1"] = "=npv"
    book.save(tmp_path / "own.xlsx")
    run_here(tmp_path / "out", Order(str(DRIVERS), BASE, template=tmp_path / "own.xlsx"))
    own, shipped = (
        openpyxl.load_workbook(folder / "CC-101_self-service.xlsx", data_only=True)
        for folder in (tmp_path / "out", whole)
    )
    ((sheet, cell),) = shipped.defined_names["npv"].destinations
    assert own["Board"]["A1"].value == shipped[sheet][cell.replace("$", "")].value != 0
    with pytest.raises(DataError, match=r"not an \.xlsx workbook"):
        run_here(tmp_path / "other", Order(str(DRIVERS), BASE, template=DRIVERS))


def test_every_input_can_be_a_column():
    assert {"cost_center", "start_fte", "churn_method", "start"} <= set(INPUTS)
    base = load_base(BASE)
    columns = match_columns("all", [*INPUTS, "scenario"], base, ".")
    assert list(columns.names) == [*INPUTS, "scenario"]
