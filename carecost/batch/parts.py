"""The numbers of a chunk on their way to the roll-up: NumPy's own file of arrays, a row for each workbook."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.batch.manifest import read_note
from carecost.batch.store import Store
from carecost.model.inputs import MARKETS, MONTHS
from carecost.model.lines import Evaluation
from carecost.model.result import Plan
from carecost.model.statement import PLAN
from carecost.workbook.package import deflate
from carecost.workbook.package import pack as zipped

if TYPE_CHECKING:
    from carecost.batch.chunk import Ready

ENDING = "npz"
TEXTS = ("file", "name", "cost_center", "scenario", "market", "currency", "check")
MIXED = "mixed"
LINES = tuple(PLAN.lines)
YEARS = tuple(key for key, line in PLAN.lines.items() if line.year != "none")
FIGURES = tuple(PLAN.figures)
MONTH_COUNT = MONTHS + 1


@dataclass(frozen=True)
class Part:
    """The numbers of some workbooks: texts by name, and arrays whose first axis is the workbook."""

    rows: np.ndarray[Any, Any]
    texts: dict[str, list[str]]
    starts: list[datetime.date]
    lines: np.ndarray[Any, Any]  # workbook, line, month 0 to 12
    years: np.ndarray[Any, Any]  # workbook, line with a year
    figures: np.ndarray[Any, Any]  # workbook, figure; NaN where there is none

    def year(self, key: str) -> np.ndarray[Any, Any]:
        """The year of one line, by workbook."""
        found: np.ndarray[Any, Any] = self.years[:, YEARS.index(key)]
        return found


def pack(ready: Sequence[Ready], numbers: Evaluation) -> bytes:
    """The part of a chunk, as stored: what ``numpy.load`` reads."""
    many = len(ready)
    texts = {
        "file": [found.row.file for found in ready],
        "scenario": [found.scenario for found in ready],
        "market": [market_of(found.plan) for found in ready],
        "check": numbers.headlines["master_check"][:many].tolist(),
        "start": [found.plan.values["start"].isoformat() for found in ready],
    }
    texts |= {name: [found.plan.values[name] for found in ready] for name in TEXTS if name not in texts}
    arrays = {
        "rows": np.array([found.row.number for found in ready]),
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        "lines": np.stack([numbers.lines[key][:, :many].T for key in LINES], axis=1),
        "years": np.stack([numbers.years[key][:many] for key in YEARS], axis=1),
        "figures": np.stack([numbers.figures[key][:many] for key in FIGURES], axis=1),
    }
    return zipped([deflate(f"{name}.npy", _stored(array)) for name, array in arrays.items()])


def _stored(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def read_parts(store: Store, chunks: int) -> Iterator[Part]:
    """The parts of a run that is done, in the order of the table."""
    for number in range(chunks):
        content = read_note(store, number, ENDING)
        if not content:
            continue  # no row of the chunk obeys every rule
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            texts = json.loads(arrays["texts"].tobytes())
            starts = [datetime.date.fromisoformat(start) for start in texts.pop("start")]
            numbers = [arrays[name] for name in ("lines", "years", "figures")]
            yield Part(arrays["rows"], texts, starts, *numbers)


def market_of(plan: Plan) -> str:
    """The market that does all of a plan's work, or that several do."""
    markets = [
        market
        for market in MARKETS
        if plan.values[f"mix_{market}_inhouse"] + plan.values[f"mix_{market}_bpo"] > 0
    ]
    return markets[0] if len(markets) == 1 else MIXED
