"""Batches that nobody's work gets lost in: what stands in the folder, other runs, damaged tables."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import pyarrow
import pyarrow.parquet as parquet
import pytest
from batches import BASE, DRIVERS, FX, bytes_in, environment

from carecost.batch.drivers import open_drivers
from carecost.batch.fx import read_rates
from carecost.batch.manifest import MANIFEST
from carecost.batch.run import Order, Output, check, run
from carecost.batch.store import LocalStore, open_store
from carecost.errors import DataError
from carecost.workbook.verify import verify

EDIT = b"what somebody worked on"
WITHIN = "CC-102_self-service.xlsx"


def body():
    with DRIVERS.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def batch(drivers, folder, **output):
    return run(Order(str(drivers), BASE), Output(str(folder), **output), 1, None, lambda _: None)


def kept(folder):
    return [path.read_bytes() for path in (folder / "changed").iterdir()]


# ---- what stands where a workbook goes ----


@pytest.fixture
def edited(tmp_path):
    """A batch of six rows in which somebody changed the last workbook; its table; a fresh one's bytes."""
    drivers = table(tmp_path / "d.csv", body()[:6])
    batch(drivers, tmp_path / "fresh")
    batch(drivers, tmp_path / "out")
    (tmp_path / "out" / WITHIN).write_bytes(EDIT)
    return tmp_path / "out", drivers, bytes_in(tmp_path / "fresh")


def without_kept(folder):
    return {name: digest for name, digest in bytes_in(folder).items() if not name.startswith("changed")}


def test_an_edit_survives_that_its_row_leaves_the_table_and_comes_back(edited):
    out, drivers, fresh = edited
    table(drivers, body()[:5])
    assert batch(drivers, out, resume=True).left_over == [WITHIN]
    assert (out / WITHIN).read_bytes() == EDIT
    table(drivers, body()[:6])
    assert len(batch(drivers, out, resume=True).changed) == 1
    assert kept(out) == [EDIT]
    assert without_kept(out) == fresh


def test_an_edit_survives_that_its_row_is_rejected_once(edited):
    out, drivers, fresh = edited
    rows = body()[:6]
    rows[5]["shrinkage"] = "7"
    table(drivers, rows)
    done = batch(drivers, out, resume=True)
    assert (done.rejected, done.left_over) == (1, [WITHIN]), "its old workbook is named"
    table(drivers, body()[:6])
    batch(drivers, out, resume=True)
    assert kept(out) == [EDIT]
    assert without_kept(out) == fresh


def test_an_edit_survives_a_run_for_the_numbers_alone(edited):
    out, drivers, fresh = edited
    done = batch(drivers, out, resume=True, workbooks=False)
    assert done.left_over == ()
    assert (out / WITHIN).read_bytes() == EDIT
    done = batch(drivers, out, resume=True)
    assert (done.written, done.kept) == (1, 5), "the manifest knows the others still"
    assert kept(out) == [EDIT]
    assert without_kept(out) == fresh


def test_a_file_that_no_run_wrote_is_kept_too(tmp_path):
    drivers = table(tmp_path / "d.csv", body()[:5])
    batch(drivers, tmp_path / "out")
    (tmp_path / "out" / WITHIN).write_bytes(EDIT)
    table(drivers, body()[:6])
    batch(drivers, tmp_path / "out", resume=True)
    assert kept(tmp_path / "out") == [EDIT]


def test_workbooks_of_a_killed_run_are_no_edits(edited):
    out, drivers, fresh = edited
    (out / WITHIN).unlink()
    (out / MANIFEST).unlink()  # as after a kill before the first notes
    (out / ".carecost").mkdir()
    done = batch(drivers, out, resume=True)
    assert (done.written, list(done.changed)) == (6, [])
    assert bytes_in(out) == fresh


def test_a_manifest_of_other_things_is_passed_over(edited):
    out, drivers, fresh = edited
    lines = (out / MANIFEST).read_text().splitlines()
    entry = json.loads(lines[5])
    (out / MANIFEST).write_text("\n".join([*lines[:5], json.dumps({**entry, "file": ["a"]}), "[]", "7"]))
    batch(drivers, out, resume=True)
    assert kept(out) == [EDIT]
    assert without_kept(out) == fresh


# ---- other runs ----


def test_two_runs_in_one_folder_are_refused(tmp_path):
    batch(DRIVERS, tmp_path)
    code = (
        "import sys; from pathlib import Path; from carecost.batch.store import LocalStore\n"
        "with LocalStore(Path(sys.argv[1])).alone(): print('alone', flush=True); sys.stdin.read()"
    )
    before = bytes_in(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == "alone\n"
        with pytest.raises(DataError, match="another run is at work in"):
            batch(DRIVERS, tmp_path, resume=True)
        other.kill()  # the lock goes with the process
    assert batch(DRIVERS, tmp_path, resume=True).kept == 72
    assert bytes_in(tmp_path) == before


@pytest.mark.parametrize("ending", ["npz", "jsonl", "rejected"])
def test_notes_that_vanish_are_an_error_and_no_smaller_portfolio(tmp_path, monkeypatch, ending):
    monkeypatch.setattr("carecost.batch.spool.CHUNK_ROWS", 24)

    def report(progress):
        if progress.done == 72 and progress.what == "rows":
            (tmp_path / "out" / ".carecost" / "notes" / f"0000001.{ending}").unlink()

    with pytest.raises(DataError, match=rf"notes/0000001\.{ending} is gone: another run"):
        run(Order(str(DRIVERS), BASE), Output(str(tmp_path / "out")), 1, None, report)
    assert not (tmp_path / "out" / MANIFEST).exists()
    batch(DRIVERS, tmp_path / "out", resume=True)
    batch(DRIVERS, tmp_path / "fresh")
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "fresh")


def test_a_cluster_that_is_not_there_leaves_no_folder(tmp_path):
    with pytest.raises(DataError, match="--cluster nonsense") as caught:
        run(Order(str(DRIVERS), BASE), Output(str(tmp_path / "out")), 1, "nonsense", lambda _: None)
    assert "finished" not in str(caught.value)
    assert not (tmp_path / "out").exists()


# ---- tables ----


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1e9999999%", "must be a finite number"),
        ("1e99999999999999999999", "must be a finite number"),
        ("1e-99999999999999999999", "must be a finite number"),
        ("1e999", "must be a finite number"),
    ],
)
def test_a_number_beyond_all_numbers_rejects_its_row_alone(tmp_path, text, rule):
    rows = body()[:3]
    rows[1]["shrinkage"] = text
    found = []
    order = Order(str(table(tmp_path / "d.csv", rows)), BASE)
    done = check(order, 1, lambda _: None, lambda one: found.extend(one.rejected))
    assert (done.rows, done.rejected) == (3, 1)
    ((row, column, value, said),) = found
    assert (row, column, value) == (3, "shrinkage", text)
    assert said.startswith(rule)


@pytest.mark.usefixtures("needs_libreoffice")
def test_tiny_volumes_make_no_file_that_a_spreadsheet_cannot_read(tmp_path):
    rows = body()[:3]
    rows[0] |= {name: "1e-320" for name in rows[0] if name.startswith("contacts_")}
    batch(table(tmp_path / "d.csv", rows), tmp_path / "out")
    for path in (tmp_path / "out").glob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                assert not re.search(rb"<v>-?(inf|nan)</v>", archive.read(name)), (path.name, name)
    (outcome,) = verify([tmp_path / "out" / "portfolio.xlsx"])
    assert outcome.differences == []


def test_a_text_column_of_parquet_with_a_missing_text(tmp_path):
    frame = pyarrow.table(pd.DataFrame(body()[:3]).drop(columns="cost_center"))
    frame = frame.append_column("cost_center", pyarrow.array([101.0, float("nan"), 103.0]))
    parquet.write_table(frame, tmp_path / "d.parquet")
    found = []
    done = check(
        Order(str(tmp_path / "d.parquet"), BASE), 1, lambda _: None, lambda one: found.extend(one.rejected)
    )
    assert (done.rows, done.rejected) == (3, 1)
    assert found[0][:2] == (2, "cost_center")


def damaged_parquet(path):
    pd.DataFrame(body()).to_parquet(path, compression="snappy")
    content = bytearray(path.read_bytes())
    start = parquet.ParquetFile(path).metadata.row_group(0).column(5).data_page_offset
    content[start + 20 : start + 60] = b"\xff" * 40
    path.write_bytes(content)


def damaged_xlsx(path):
    book = openpyxl.Workbook()
    for row in [list(body()[0]), *(list(row.values()) for row in body())]:
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, sheet[: len(sheet) // 2] if content is sheet else content)


@pytest.mark.parametrize("damage", [damaged_parquet, damaged_xlsx])
def test_a_table_that_breaks_off_in_the_middle_is_one_line(tmp_path, damage):
    path = tmp_path / f"d.{damage.__name__.removeprefix('damaged_')}"
    damage(path)
    with pytest.raises(DataError, match=r"^d\.\w+.*: cannot be read \(") as caught:
        check(Order(str(path), BASE), 1, lambda _: None, lambda _: None)
    assert "\n" not in str(caught.value)


def test_a_query_that_breaks_off_in_the_middle_is_one_line(tmp_path):
    database = sqlite3.connect(tmp_path / "b.db")
    database.execute("CREATE TABLE d (a TEXT)")
    database.execute("INSERT INTO d VALUES (CAST(x'ff' AS TEXT))")
    database.commit()
    database.close()
    with (
        open_drivers("SELECT a FROM d", f"sqlite:///{tmp_path / 'b.db'}") as drivers,
        pytest.raises(DataError, match="query of sqlite: cannot be read"),
    ):
        list(drivers.rows)


@pytest.mark.parametrize(
    "query", ["DROP TABLE d", " (drop table d)", "-- SELECT\nDELETE FROM d", "selection"]
)
def test_a_query_that_does_not_read_is_not_sent(tmp_path, query):
    database = sqlite3.connect(tmp_path / "b.db")
    database.execute("CREATE TABLE d (a TEXT)")
    with (
        pytest.raises(DataError, match="must begin with SELECT or WITH"),
        open_drivers(query, f"sqlite:///{tmp_path / 'b.db'}"),
    ):
        pass
    assert database.execute("SELECT count(*) FROM d").fetchone() == (0,)


def test_without_a_baseline_it_is_the_first_scenario_that_has_a_workbook(tmp_path):
    rows = body()
    rows[0] |= {"scenario": "typo", "shrinkage": "7"}
    batch(table(tmp_path / "d.csv", rows), tmp_path / "out", rates=read_rates(FX, "."))
    book = openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx", data_only=True)
    words = [cell.value for row in book["Summary"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any(text.startswith("Baseline scenario: growth.") for text in words)


# ---- where it cannot be written ----


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:9/x", "zip://x::/nowhere/a.zip", "nonsense://x"])
def test_a_place_that_cannot_be_reached_is_one_line(url):
    with pytest.raises(DataError, match="cannot be re"):
        batch(DRIVERS, url)


def test_what_a_remote_place_refuses_is_one_line(tmp_path):
    store = open_store(f"local://{tmp_path}")
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(DataError, match=r"a\.xlsx: cannot be read"):
        store.read("a.xlsx")
    assert store.read("b.xlsx") is None


def test_a_full_disk_says_so_for_large_files_too(tmp_path):
    store = LocalStore(tmp_path)
    store.make()
    with pytest.raises(DataError, match=r"No space left on device.*Make room"), store.writing("a.xlsx"):
        raise OSError(28, "No space left on device")


def test_a_template_that_is_none_is_named_once(tmp_path):
    (tmp_path / "t.xlsx").write_text("text")
    with pytest.raises(DataError) as caught:
        run(
            Order(str(DRIVERS), BASE, template=tmp_path / "t.xlsx"),
            Output(str(tmp_path / "out")),
            1,
            None,
            print,
        )
    assert str(caught.value).startswith(f"{tmp_path / 't.xlsx'}: not an .xlsx workbook (")
