"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carecost.errors import DataError


def workbook_name(out: Path | None) -> Path | None:
    """The callback of options that name a workbook: a spreadsheet program refuses it under another ending."""
    if out is not None and out.suffix.lower() != ".xlsx":
        raise DataError(f"-o {out}: a workbook is written, so the name must end in .xlsx.")
    return out


RatesOption = Annotated[
    Path | None,
    typer.Option("--rates", metavar="CARD.toml", help="A rate card of your own, over the built-in one."),
]
