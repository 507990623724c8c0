"""``portfolio.parquet``: a row for every workbook, line and month, for BI tools and pandas."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from carecost.batch.extras import needed
from carecost.batch.fx import Rates
from carecost.batch.parts import LINES, MONTH_COUNT, Part
from carecost.errors import DataError
from carecost.model.inputs import MONTHS
from carecost.model.statement import PLAN

WORKBOOK_TEXTS = ("file", "cost_center", "scenario", "market", "currency")
LINE_TEXTS = ("section", "label", "unit")


class NumbersFile:
    """The file while it is written. A line without a month 0 has no row for it."""

    def __init__(self, path: Path, rates: Rates | None) -> None:
        self._path = path
        self._rates = rates
        self._writer: Any = None
        places = [
            (line, month)
            for line, key in enumerate(LINES)
            for month in range(0 if PLAN.lines[key].month_0 else 1, MONTH_COUNT)
        ]
        self._line, self._month = np.array(places).T
        self._money = np.array([PLAN.lines[key].unit == "money" for key in LINES])[self._line]

    def __enter__(self) -> NumbersFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            with contextlib.suppress(OSError) if error else contextlib.nullcontext():
                self._writer.close()

    def add(self, part: Part) -> None:
        """Add the workbooks of a part."""
        arrow, parquet = needed("pyarrow"), needed("pyarrow.parquet")
        many = len(part.rows)
        of = np.repeat(np.arange(many, dtype=np.int32), len(self._line))
        values = part.lines[:, self._line, self._month].ravel()
        columns = {"row": _column(arrow.int64(), part.rows.astype(np.int64)[of])}
        for name in WORKBOOK_TEXTS:
            columns[name] = _words(part.texts[name], of)
        columns["line"] = _words(LINES, np.tile(self._line, many))
        for name in LINE_TEXTS:
            texts = [getattr(PLAN.lines[key], name) for key in LINES]
            columns[name] = _words(texts, np.tile(self._line, many))
        columns["month"] = _column(arrow.int8(), np.tile(self._month, many).astype(np.int8))
        dates = np.array([_firsts(start) for start in part.starts], dtype="datetime64[D]")
        days = dates[:, self._month].ravel()
        columns["date"] = _column(arrow.date32(), days.astype(np.int64).astype(np.int32), np.isnat(days))
        columns["value"] = _column(arrow.float64(), values)
        if self._rates:
            rate = np.array([self._rates[currency] for currency in part.texts["currency"]])[of]
            columns["reporting_currency"] = _words([self._rates.currency], np.zeros(len(of), np.int32))
            money = np.tile(self._money, many)  # nothing else converts
            columns["reporting_value"] = _column(arrow.float64(), values * rate, ~money)
        table = arrow.table(columns)
        try:
            if self._writer is None:
                # Amounts hardly repeat; everything else does.
                repeating = [name for name in table.column_names if not name.endswith("value")]
                self._writer = parquet.ParquetWriter(
                    self._path, table.schema, compression="zstd", use_dictionary=repeating
                )
            self._writer.write_table(table)
        except OSError as error:
            raise DataError(f"portfolio.parquet: cannot be written ({error.strerror or error}).") from None


def _column(kind: Any, values: Any, blank: Any = None) -> Any:
    """Numbers as they lie in memory: ``arrow.array`` imports pandas, only to see that they are not its own."""
    arrow = needed("pyarrow")
    there = None if blank is None else arrow.py_buffer(np.packbits(~blank, bitorder="little"))
    return arrow.Array.from_buffers(kind, len(values), [there, arrow.py_buffer(np.ascontiguousarray(values))])


def _words(texts: Sequence[str], places: Any) -> Any:
    """Texts that repeat, stored once each."""
    arrow = needed("pyarrow")
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    of_text = np.array([numbers[text] for text in texts], dtype=np.int32)
    encoded = [text.encode(errors="replace") for text in numbers]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    words = arrow.Array.from_buffers(
        arrow.string(), len(encoded), [None, arrow.py_buffer(ends), arrow.py_buffer(b"".join(encoded))]
    )
    return arrow.DictionaryArray.from_arrays(_column(arrow.int32(), of_text[places]), words)


def _firsts(start: datetime.date) -> list[datetime.date | None]:
    """The first day of each month; month 0 is before them and has no date."""
    place = start.year * 12 + start.month - 1
    return [None, *(datetime.date(month // 12, month % 12 + 1, 1) for month in range(place, place + MONTHS))]
