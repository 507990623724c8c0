"""Time a batch of the shipped P&L template beside other ways to write the same workbooks, and beside its bound.

    python bench/batch.py

The bound is what no way of writing these files can avoid: deflate, checksum, zip and write the parts that
change. The other ways are timed on a sample and are given more than they would have: openpyxl and
XlsxWriter get the inputs or all the values ready. The last rows show whether memory and time per row stay
flat as tables grow. Everything is measured in one run, to be compared within it.
"""

import argparse
import csv
import datetime
import io
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow
import xlsxwriter

from carecost.batch.chunk import _evaluate
from carecost.batch.store import LocalStore
from carecost.model.completion import complete
from carecost.model.result import Plan
from carecost.planfile import load_base
from carecost.rates import builtin_card
from carecost.shipped import shipped
from carecost.workbook.fill import PNL_TEMPLATE, pnl_template
from carecost.workbook.package import Package
from carecost.workbook.values import workbook_columns

ROOT = Path(__file__).parents[1]
EXAMPLES = shipped("examples")
DRIVERS, BASE, FX = (EXAMPLES / name for name in ("drivers.csv", "batch/base.toml", "fx.csv"))
TEXTS = ("cost_center", "name", "currency")


def table(path, rows):
    """The example's rows over and over, with volumes of their own."""
    with DRIVERS.open(newline="") as file:
        body = list(csv.DictReader(file))
    rng = random.Random(5)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, body[0])
        writer.writeheader()
        for number in range(rows):
            row = dict(body[number % len(body)])
            row["cost_center"], row["name"] = f"CC-{100_000 + number // 3}", f"Site {number // 3}"
            factor = rng.uniform(0.7, 1.4)
            for month in range(1, 13):
                row[f"contacts_{month:02d}"] = f"{float(row[f'contacts_{month:02d}']) * factor:.0f}"
            writer.writerow(row)
    return path


def batch(work, rows, workers):
    """Seconds and the largest process in MiB of a whole run: start, table, workbooks, roll-up."""
    out = work / "out"
    words = [table(work / "drivers.csv", rows), "--base", BASE, "--fx", FX, "-o", out, "--workers", workers]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "carecost", "batch", *map(str, words), "--quiet"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{rows} rows left with {process.returncode}"
    assert len(list(out.glob("CC-*.xlsx"))) == rows
    shutil.rmtree(out)
    return seconds, used.ru_maxrss / 1024


def plans(many):
    """Complete plans of the example's table."""
    base, card, found = load_base(BASE), builtin_card(), []
    with DRIVERS.open(newline="") as file:
        for row in csv.DictReader(file):
            given = {
                name: text if name in TEXTS else float(text)
                for name, text in row.items()
                if text and name != "scenario"
            }
            found.append(Plan(*complete({**base.values, **given}, card)))
    return [found[place % len(found)] for place in range(many)]


def times(sample, work):
    """Seconds for each of a sample."""
    found = []
    for item in sample:
        start = time.perf_counter()
        work(item)
        found.append(time.perf_counter() - start)
    return found


def written(folder, contents):
    """Seconds to write files as a batch does, some at a time."""
    start = time.perf_counter()
    LocalStore(folder).write_many((f"{place}.xlsx", content) for place, content in enumerate(contents))
    return time.perf_counter() - start


def filled(folder, sample):
    """What a process of ours does for each workbook from values that are known, and its bound, in turn."""
    columns = workbook_columns(sample, _evaluate(sample))
    template, package = pnl_template(), Package.read(PNL_TEMPLATE)
    original = package.parts
    changed = []
    for content in template.fill_many(columns, len(sample)):
        parts = Package.read(io.BytesIO(content)).parts
        changed.append({name: text for name, text in parts.items() if text != original[name]})
    ours, bound = [], []
    for _ in range(5):
        ours.append(written(folder, template.fill_many(columns, len(sample))))
        bound.append(written(folder, (package.with_parts(parts) for parts in changed)))
    return statistics.median(ours) / len(sample), statistics.median(bound) / len(sample)


def openpyxl_way(folder, plan):
    book = openpyxl.load_workbook(PNL_TEMPLATE)
    for name, value in plan.values.items():
        ((sheet, area),) = book.defined_names[name].destinations
        book[sheet][area.replace("$", "")] = None if value != value else value
    book.save(folder / f"{plan.values['cost_center']}.xlsx")


def libreoffice_way(folder, sample):
    """openpyxl, then one LibreOffice for all of the sample, which stores the values."""
    start = time.perf_counter()
    for plan in sample:
        openpyxl_way(folder, plan)
    command = [
        "soffice",
        "--headless",
        "--norestore",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
    ]
    files = [str(folder / f"{plan.values['cost_center']}.xlsx") for plan in sample]
    subprocess.run(
        [*command, "--convert-to", "xlsx", "--outdir", str(folder / "converted"), *files],
        check=True, capture_output=True, env={**os.environ, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return (time.perf_counter() - start) / len(sample)


def xlsxwriter_way(folder, cells):
    """Every cell anew, formulas with their values; no formats, names or charts, so less than the template."""
    with xlsxwriter.Workbook(str(folder / "scratch.xlsx")) as book:
        for title, rows in cells.items():
            sheet = book.add_worksheet(title)
            for row, column, formula, value in rows:
                if formula:
                    sheet.write_formula(row, column, formula, None, value)
                else:
                    sheet.write(row, column, value)


def all_cells(path):
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: [
            (cell.row - 1, cell.column - 1, cell.value if cell.data_type == "f" else "", plain(other.value))
            for cells, others in zip(sheet.iter_rows(), values[sheet.title].iter_rows(), strict=True)
            for cell, other in zip(cells, others, strict=True)
            if cell.value is not None
        ]
        for sheet in formulas.worksheets
    }


def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog="Example: python bench/batch.py --rows 500 --large 5000"
    )
    parser.add_argument("--rows", type=int, default=2000, help="workbooks of the comparison (default: 2000)")
    parser.add_argument("--large", type=int, default=50_000, help="rows of the large table (default: 50000)")
    parser.add_argument("--sample", type=int, default=12, help="workbooks of the other ways (default: 12)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the comparison (default: 3)")
    parser.add_argument("--in", dest="folder", help="where to write (default: the temporary folder)")
    asked = parser.parse_args()
    print(
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, NumPy {np.__version__}, openpyxl {openpyxl.__version__}, "
        f"XlsxWriter {xlsxwriter.__version__}, pyarrow {pyarrow.__version__}, "
        f"medians of {asked.rounds} rounds\n"
    )
    with tempfile.TemporaryDirectory(dir=asked.folder) as made:
        compare(Path(made), asked)
        flatness(Path(made), asked.large)


def compare(work, asked):
    """Print what a workbook costs in each way. The ways take turns, so that all meet the machine as it is."""
    sample, ready = plans(asked.sample), plans(200)
    contents = pnl_template().fill_many(workbook_columns(ready, _evaluate(ready)), len(ready))
    (work / "one.xlsx").write_bytes(next(contents))
    cells = all_cells(work / "one.xlsx")
    ways = {
        "openpyxl: load template, set inputs, save (stores no values)": [],
        f"openpyxl, then LibreOffice, {asked.sample} in one call": [],
        "XlsxWriter: every cell from scratch, no styles": [],
        **{name_of(asked.rows, workers): [] for workers in (1, 2)},
        "  of it: fill the template, write the file": [],
        "  bound of that: deflate, checksum, zip, write": [],
    }
    openpyxl_times, libreoffice_times, scratch, *ours, fill, bound = ways.values()
    for _ in range(asked.rounds):
        scratch += times([cells] * asked.sample, lambda found: xlsxwriter_way(work, found))
        for workers, found in zip((1, 2), ours, strict=True):
            openpyxl_times += times(sample, lambda plan: openpyxl_way(work, plan))
            found.append(batch(work, asked.rows, workers)[0] / asked.rows)
        for found, seconds in zip((fill, bound), filled(work, ready), strict=True):
            found.append(seconds)
    if shutil.which("soffice"):
        libreoffice_times.append(libreoffice_way(work, sample))
    medians = {what: statistics.median(found) for what, found in ways.items() if found}
    yardstick = statistics.median(openpyxl_times)
    print(f"| {'what':66} | {'ms each':>8} | {'per second':>10} | {'times openpyxl':>14} |")
    print(f"|{'-' * 68}|{'-' * 9}:|{'-' * 11}:|{'-' * 15}:|")
    for what, seconds in medians.items():
        ratio = f"{yardstick / seconds:,.1f}"
        print(f"| {what:66} | {1000 * seconds:8,.2f} | {1 / seconds:10,.0f} | {ratio:>14} |")
    fill_time, bound_time, whole = map(statistics.median, (fill, bound, ours[0]))
    print(
        f"\nAgainst the bound: fill and write {fill_time / bound_time:.2f} times, "
        f"everything in one process {whole / bound_time:.2f} times\n",
        flush=True,
    )


def name_of(rows, workers):
    """A row of the table."""
    return f"carecost batch, {rows:,} rows, {workers} process{'es' if workers > 1 else ''}, all included"


def flatness(work, large):
    """Print memory and time per row of a small and a large table."""
    print(f"| {'rows, 2 processes':>18} | {'seconds':>8} | {'ms a row':>8} | {'largest process, MiB':>20} |")
    print(f"|{'-' * 19}:|{'-' * 9}:|{'-' * 9}:|{'-' * 21}:|")
    for many in (1000, 10_000, large):
        seconds, memory = batch(work, many, 2)
        print(
            f"| {many:18,} | {seconds:8,.1f} | {1000 * seconds / many:8,.2f} | {memory:20,.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
