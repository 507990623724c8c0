"""Write the shipped template and the example workbooks anew: ``python workbooks/refresh.py``."""

import subprocess
import sys
from pathlib import Path

from carecost.hosts.excel.addin import DEMO, demo
from carecost.workbook.package import write_whole

HERE = Path(__file__).parent
SHOWN = ("worked_example", "amare_seasonal_peak")

if __name__ == "__main__":
    subprocess.run([sys.executable, "-m", "carecost.workbook.author"], check=True)
    for name in SHOWN:
        plan, book = HERE.parent / "examples" / f"{name}.toml", HERE / f"{name}.xlsx"
        subprocess.run([sys.executable, "-m", "carecost", "plan", str(plan), "-o", str(book)], check=True)
    # It names no interpreter: the one of whoever opens it is in their own configuration.
    write_whole(HERE / DEMO, demo())
