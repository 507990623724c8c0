"""Write the shipped templates and the example workbooks anew: ``python workbooks/refresh.py``."""

import subprocess
import sys
from pathlib import Path

from carecost.hosts.excel.addin import DEMO, demo
from carecost.quotes.reading import read_quotes
from carecost.quotes.request_author import request_file
from carecost.workbook.package import write_whole

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
SHOWN = ("worked_example", "amare_seasonal_peak")


def write_filled_requests() -> None:
    """The filled requests in examples/: their own answers, in the request as it is today."""
    for reading in read_quotes(sorted((EXAMPLES / "quotes" / "offers").glob("*.xlsx"))):
        if not reading.offer:
            sys.exit(f"{reading.source}: {'; '.join(map(str, reading.problems))}")
        write_whole(reading.source, request_file(reading.offer.values))


if __name__ == "__main__":
    for author in ("carecost.workbook.author", "carecost.quotes.request_author"):
        subprocess.run([sys.executable, "-m", author], check=True)
    for name in SHOWN:
        plan, book = EXAMPLES / f"{name}.toml", HERE / f"{name}.xlsx"
        subprocess.run([sys.executable, "-m", "carecost", "plan", str(plan), "-o", str(book)], check=True)
    # It names no interpreter: the one of whoever opens it is in their own configuration.
    write_whole(HERE / DEMO, demo())
    write_filled_requests()
