"""Render the pictures of the README from the example workbooks. Needs LibreOffice and pdftoppm.

python docs/pictures.py
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from carecost import load_plan
from carecost.workbook.fill import fill

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "amare_seasonal_peak.toml"
# Picture, page of the printed workbook, part of the page as left, top, width, height at 100 dots an inch.
PICTURES = (("summary", 1, (25, 45, 770, 800)), ("pnl", 4, (25, 35, 1110, 760)), ("sensitivity", 7, None))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder, "book.xlsx")
        book.write_bytes(fill(load_plan(EXAMPLE).run()))
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
        for name, page, part in PICTURES:
            crop = [f"-{side}" for side in "xyWH"] if part else []
            box = [word for pair in zip(crop, map(str, part or ()), strict=True) for word in pair]
            pages = ["-f", str(page), "-l", str(page), "-r", "100", *box, "-singlefile", "-png"]
            subprocess.run(
                ["pdftoppm", *pages, str(book.with_suffix(".pdf")), str(HERE / "images" / name)], check=True
            )


if __name__ == "__main__":
    main()
