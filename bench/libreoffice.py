"""Time the CARE functions in LibreOffice Calc, in process and by the worker, beside a native formula.

    python bench/libreoffice.py

Each figure is the fastest of several hard recalculations of the same sheet, in LibreOffice without a window:
what the machine does besides only ever adds.
"""

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from calc import Calc
from libreoffice import SOFFICE

from carecost.hosts.libreoffice.extension import extension_files

ROWS, ROUNDS = 10_000, 5
CELLS = {
    "native: =A1*6/60": "=A{row}*6/60",
    "=CARE_WORKLOAD(A1;6)": "=CARE_WORKLOAD(A{row};6)",
    '=CARE_FTE_COST("onshore";A1)': '=CARE_FTE_COST("onshore";A{row})',
}
RANGE = f"one formula over the range: =SUM(CARE_WORKLOAD(A1:A{ROWS};6))"


def recalculations(session):
    """Seconds of a recalculation, the fastest of several after a warm-up."""
    session.ask("recalculate")
    return min(session.ask("recalculate") for _ in range(ROUNDS))


def measure(*, in_process):
    """Seconds by kind of formula."""
    found = {}
    with Calc(extension_files(in_process=in_process)) as session:
        session.ask("fill", f"A1:A{ROWS}", [[row] for row in range(1, ROWS + 1)])
        for name, formula in CELLS.items():
            session.ask("fill", f"B1:B{ROWS}", [[formula.format(row=row)] for row in range(1, ROWS + 1)])
            found[name] = recalculations(session)
        session.ask("fill", f"B1:B{ROWS}", [[""]] * ROWS)
        session.ask("fill", "B1:B1", [[RANGE.rpartition(": ")[2]]])
        found[RANGE] = recalculations(session)
        assert len(session.workers) == (not in_process)
    return found


def main():
    version = subprocess.run(
        [SOFFICE, "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    print(
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, LibreOffice {version[1]}, {ROWS:,} cells, fastest of {ROUNDS}\n"
    )
    inside, outside = measure(in_process=True), measure(in_process=False)
    base = next(iter(inside.values()))
    print("| what | in process, ms | by the worker, ms | in process, times the native formula |")
    print("|---|---:|---:|---:|")
    for name, seconds in inside.items():
        print(f"| {name} | {seconds * 1000:,.0f} | {outside[name] * 1000:,.0f} | {seconds / base:,.1f} |")


if __name__ == "__main__":
    main()
