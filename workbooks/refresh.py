"""Write the shipped templates and the example workbooks anew: ``python workbooks/refresh.py``."""

import subprocess
import sys
from pathlib import Path

from carecost.hosts.excel.addin import DEMO, demo
from carecost.quotes.offer import load_offer
from carecost.quotes.request_author import request_file
from carecost.workbook.package import write_whole

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
SHOWN = ("worked_example", "amare_seasonal_peak")
OFFERS, FILLED = EXAMPLES / "quotes" / "offers", EXAMPLES / "quotes" / "filled"
# Offers that are shown as their vendors send them back: in the request.
SENT_BACK = ("1_manila_seat", "6_tulsa_hybrid")


def write_filled_requests() -> None:
    """The filled requests in examples/, each from the TOML file of the same name."""
    for name in SENT_BACK:
        write_whole(FILLED / f"{name}.xlsx", request_file(load_offer(OFFERS / f"{name}.toml").values))


if __name__ == "__main__":
    for author in ("carecost.workbook.author", "carecost.quotes.request_author"):
        subprocess.run([sys.executable, "-m", author], check=True)
    for name in SHOWN:
        plan, book = EXAMPLES / f"{name}.toml", HERE / f"{name}.xlsx"
        subprocess.run([sys.executable, "-m", "carecost", "plan", str(plan), "-o", str(book)], check=True)
    # It names no interpreter: the one of whoever opens it is in their own configuration.
    write_whole(HERE / DEMO, demo())
    write_filled_requests()
