"""Render the pictures of the README from the example workbooks. Needs LibreOffice and pdftoppm.

python docs/pictures.py
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from carecost import load_plan
from carecost.quotes.compare import compare
from carecost.quotes.demand import load_demand
from carecost.quotes.reading import read_quotes
from carecost.quotes.workbook import comparison_workbook
from carecost.workbook.fill import fill

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
# Picture, page of the printed workbook, part of the page as left, top, width, height at 100 dots an inch.
PLAN_PICTURES = (
    ("summary", 1, (25, 45, 770, 800)),
    ("pnl", 4, (25, 35, 1110, 760)),
    ("sensitivity", 7, None),
)
QUOTE_PICTURES = (("committee", 1, (30, 50, 1110, 680)),)


def main() -> None:
    """All pictures."""
    render(fill(load_plan(EXAMPLES / "amare_seasonal_peak.toml").run()), PLAN_PICTURES)
    readings = read_quotes(sorted((EXAMPLES / "quotes" / "offers").glob("[1-6]_*")))
    offers = [reading.offer for reading in readings if reading.offer]
    comparison = compare(offers, load_demand(EXAMPLES / "quotes" / "demand.toml"))
    render(comparison_workbook(comparison), QUOTE_PICTURES)


def render(content: bytes, pictures: Sequence[tuple[str, int, tuple[int, ...] | None]]) -> None:
    """Pages of a workbook as pictures."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "book.xlsx")
        book.write_bytes(content)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        convert = [
            str(shutil.which("soffice")),
            "--headless",
            profile,
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
        ]
        subprocess.run([*convert, str(book)], check=True, capture_output=True)
        for name, page, part in pictures:
            crop = [f"-{side}" for side in "xyWH"] if part else []
            box = [word for pair in zip(crop, map(str, part or ()), strict=True) for word in pair]
            pages = ["-f", str(page), "-l", str(page), "-r", "100", *box, "-singlefile", "-png"]
            subprocess.run(
                ["pdftoppm", *pages, str(book.with_suffix(".pdf")), str(HERE / "images" / name)], check=True
            )


if __name__ == "__main__":
    main()
