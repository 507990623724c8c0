"""The numbers of a chunk on their way to the roll-up: one Arrow table per chunk, a row per workbook."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.batch.extras import needed
from carecost.batch.manifest import note_name
from carecost.batch.store import Store
from carecost.model.inputs import MARKETS, MONTHS
from carecost.model.lines import Evaluation
from carecost.model.result import Plan
from carecost.model.statement import PLAN

if TYPE_CHECKING:
    from carecost.batch.chunk import Ready

ENDING = "arrow"
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
    """The part of a chunk, as stored."""
    arrow = needed("pyarrow")
    many = len(ready)
    texts = {
        "file": [found.row.file for found in ready],
        "scenario": [found.scenario for found in ready],
        "market": [market_of(found.plan) for found in ready],
        "check": numbers.headlines["master_check"][:many].tolist(),
    }
    texts |= {name: [found.plan.values[name] for found in ready] for name in TEXTS if name not in texts}
    lines = np.stack([numbers.lines[key][:, :many].T for key in LINES], axis=1)
    columns = {"row": arrow.array([found.row.number for found in ready], arrow.int64())}
    columns |= {name: arrow.array(texts[name], arrow.string()) for name in TEXTS}
    columns["start"] = arrow.array([found.plan.values["start"] for found in ready], arrow.date32())
    columns["lines"] = _lists(lines.reshape(many, -1))
    columns["years"] = _lists(np.stack([numbers.years[key][:many] for key in YEARS], axis=1))
    columns["figures"] = _lists(np.stack([numbers.figures[key][:many] for key in FIGURES], axis=1))
    table = arrow.table(columns)
    sink = arrow.BufferOutputStream()
    options = arrow.ipc.IpcWriteOptions(compression="lz4")
    with arrow.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _lists(rows: np.ndarray[Any, Any]) -> Any:
    arrow = needed("pyarrow")
    return arrow.FixedSizeListArray.from_arrays(arrow.array(rows.ravel(), arrow.float64()), rows.shape[1])


def read_parts(store: Store, chunks: int) -> Iterator[Part]:
    """The parts of a run that is done, in the order of the table."""
    arrow = needed("pyarrow")
    for number in range(chunks):
        content = store.read(note_name(number, ENDING))
        if not content:
            continue
        table = arrow.ipc.open_file(content).read_all()
        arrays = {
            name: table[name]
            .combine_chunks()
            .flatten()
            .to_numpy(zero_copy_only=False)
            .reshape(len(table), -1)
            for name in ("lines", "years", "figures")
        }
        yield Part(
            table["row"].to_numpy(),
            {name: table[name].to_pylist() for name in TEXTS},
            table["start"].to_pylist(),
            arrays["lines"].reshape(len(table), len(LINES), MONTH_COUNT),
            arrays["years"],
            arrays["figures"],
        )


def market_of(plan: Plan) -> str:
    """The market that does all of a plan's work, or that several do."""
    markets = [
        market
        for market in MARKETS
        if plan.values[f"mix_{market}_inhouse"] + plan.values[f"mix_{market}_bpo"] > 0
    ]
    return markets[0] if len(markets) == 1 else MIXED
