"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RatesOption = Annotated[
    Path | None,
    typer.Option("--rates", metavar="CARD.toml", help="A rate card of your own, over the built-in one."),
]
