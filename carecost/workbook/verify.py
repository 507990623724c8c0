"""Recompute finished workbooks with an engine that is not ours, and compare cell by cell.

The engine is LibreOffice where ``soffice`` is installed, else ironcalc. Numbers are compared relative to
the larger of the two, texts and missing values exactly.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carecost.errors import DataError

if TYPE_CHECKING:
    from openpyxl import Workbook

LIMIT = 1e-9
# Below this size a number is compared as if it had it: what a sum to zero leaves is no difference.
SMALLEST = 1e-4
MINUTES = 10
# Without this LibreOffice trusts the values that it finds in the file.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item
 oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value
>0</value></prop></item></oor:items>
"""
Cells = Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class Difference:
    """One formula cell whose stored and recomputed values differ."""

    cell: str
    stored: Any
    recomputed: Any
    relative: float


@dataclass(frozen=True)
class Verification:
    """What an engine made of one workbook. ``largest`` is the widest relative difference of any cell."""

    path: Path
    engine: str
    formulas: int
    largest: float
    differences: list[Difference] = field(default_factory=list)


def verify(paths: Sequence[str | Path]) -> list[Verification]:
    """Recompute the formula cells of each workbook and list those that differ by more than 1e-9."""
    from openpyxl import load_workbook

    files = [Path(path) for path in paths]
    stored = []
    for file in files:
        try:
            stored.append((load_workbook(file), load_workbook(file, data_only=True)))
        except FileNotFoundError:
            raise DataError(f"{file}: no such file.") from None
        except Exception as error:  # openpyxl raises what its parsers raise
            raise DataError(f"{file}: not an .xlsx workbook ({error}).") from None
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    engine = "LibreOffice" if soffice else "ironcalc"
    recomputed = _with_libreoffice(soffice, files) if soffice else map(_with_ironcalc, files, stored)
    return [
        _compare(file, engine, _formula_cells(*books), cells)
        for file, books, cells in zip(files, stored, recomputed, strict=True)
    ]


def _formula_cells(formulas: Workbook, values: Workbook) -> Cells:
    """The stored values of all formula cells."""
    return {
        (sheet.title, cell.coordinate): values[sheet.title][cell.coordinate].value
        for sheet in formulas.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def _with_libreoffice(soffice: str, files: Sequence[Path]) -> Iterator[Cells]:
    from openpyxl import load_workbook

    with tempfile.TemporaryDirectory() as folder:
        profile, sources, results = (Path(folder, name) for name in ("profile", "in", "out"))
        for made in (profile / "user", sources):
            made.mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
        copies = [Path(shutil.copy(file, sources / f"{place}.xlsx")) for place, file in enumerate(files)]
        command = [soffice, "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]
        command += ["--convert-to", "xlsx", "--outdir", str(results), *map(str, copies)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60 * MINUTES)
        except (subprocess.SubprocessError, OSError) as error:
            raise DataError(f"LibreOffice could not recompute: {error}.") from None
        for file, copy in zip(files, copies, strict=True):
            if not (results / copy.name).exists():
                raise DataError(f"{file}: LibreOffice could not open it.")
            book = load_workbook(results / copy.name, data_only=True)
            yield {
                (sheet.title, cell.coordinate): cell.value
                for sheet in book.worksheets
                for row in sheet.iter_rows()
                for cell in row
            }


def _with_ironcalc(file: Path, books: tuple[Workbook, Workbook]) -> Cells:
    try:
        import ironcalc
    except ImportError:
        raise DataError(
            "Nothing to recompute with: install LibreOffice, or ironcalc (python3 -m pip install ironcalc)."
        ) from None
    model = ironcalc.load_from_xlsx(str(file), "en", "UTC", "en")
    model.evaluate()
    return {
        (sheet.title, cell.coordinate): model.get_cell_value(place, cell.row, cell.column)
        for place, sheet in enumerate(books[0].worksheets)
        for row in sheet.iter_rows()
        for cell in row
    }


def _compare(file: Path, engine: str, stored: Cells, recomputed: Cells) -> Verification:
    largest, differences = 0.0, []
    for place, value in stored.items():
        other = recomputed.get(place)
        relative = difference(value, other)
        largest = max(largest, relative)
        if not relative <= LIMIT:
            differences.append(Difference("!".join(place), value, other, relative))
    return Verification(file, engine, len(stored), largest, differences)


def difference(stored: Any, recomputed: Any) -> float:
    """How far two cell values are apart: relative for numbers, 0 or infinite for anything else.

    >>> difference(200.0, 150.0), difference("OK", "OK"), difference("", None), difference("n/a", 4.0)
    (0.25, 0.0, 0.0, inf)
    """
    left, right = _comparable(stored), _comparable(recomputed)
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) / max(abs(left), abs(right), SMALLEST)
    return 0.0 if left == right else float("inf")


def _comparable(value: Any) -> Any:
    if value is None:
        return ""  # an empty text reads back as an empty cell
    if hasattr(value, "isoformat"):
        from openpyxl.utils.datetime import to_excel

        return float(to_excel(value))
    return float(value) if isinstance(value, int | float) else value
