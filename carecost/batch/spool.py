"""The table, read once and kept in chunks: names are checked before work starts, and memory stays flat.

A table on disk or in a database may change while a long run goes on; the spool does not. It is a private
SQLite database that vanishes with the process, however that ends.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from carecost.batch.columns import KNOWN, Columns, read_cell
from carecost.batch.drivers import Drivers
from carecost.batch.job import Chunk, DriverRow
from carecost.batch.manifest import Entry, read_lines
from carecost.batch.names import OURS, Pattern, folded
from carecost.errors import DataError, PlanError
from carecost.model.inputs import one_line
from carecost.planfile import Stated

# Rows that are computed at once: enough that NumPy's own cost no longer counts, few enough to hold, to
# spread over processes, and to do again after a kill.
CHUNK_ROWS = 200
TABLES = """
CREATE TABLE workbook (key TEXT UNIQUE, folded TEXT UNIQUE, row INTEGER, file TEXT);
CREATE TABLE chunk (number INTEGER PRIMARY KEY, rows BLOB);
CREATE TABLE earlier (file TEXT PRIMARY KEY, line BLOB);
"""


class Spool:
    """The rows of a table in chunks, each with its key and the name of its workbook."""

    def __init__(self, drivers: Drivers, columns: Columns, base: Stated, pattern: Pattern) -> None:
        self._base = base
        self._pattern = pattern
        self._places = {name: place for place, name in enumerate(columns.names) if name}
        self._decimal = columns.decimal
        self._data = sqlite3.connect("", isolation_level=None)
        self._data.executescript(TABLES)
        self._data.executemany(
            "INSERT INTO workbook VALUES (?, ?, 0, ?)", [(f"\0{name}", folded(name), name) for name in OURS]
        )
        self.rows = self.chunks = 0
        # Every currency and scenario, in the order of the table.
        self.currencies: dict[str, None] = {}
        self.scenarios: dict[str, None] = {}
        for column in pattern.columns:
            if column not in columns and column not in base.values:
                raise DataError(
                    f"the workbooks' names take {{{column}}}, but neither {drivers.name} nor the base plan gives it. "
                    'Say how to call them, such as --name "{cost_center}.xlsx".'
                )
        self._fill(drivers)
        if not self.rows:
            raise DataError(f"{drivers.name}: no rows below the names of the columns.")

    def _fill(self, drivers: Drivers) -> None:
        rows: list[DriverRow] = []
        self._data.execute("BEGIN")
        for number, cells in drivers.rows:
            if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
                continue  # a spreadsheet's table often ends in empty rows
            rows.append(self._row(number, cells))
            if len(rows) == CHUNK_ROWS:
                self._put(rows)
                rows = []
        if rows:
            self._put(rows)
        self._data.execute("COMMIT")

    def _put(self, rows: list[DriverRow]) -> None:
        self._data.execute("INSERT INTO chunk VALUES (?, ?)", (self.chunks, pickle.dumps(rows)))
        self.chunks += 1
        self.rows += len(rows)

    def _row(self, number: int, cells: Any) -> DriverRow:
        self.currencies[self._text("currency", cells)] = None
        self.scenarios[self._text("scenario", cells)] = None
        key = {column: self._text(column, cells) for column in self._pattern.columns}
        if not all(key.values()):
            return DriverRow(number, cells, None, None)
        file = self._pattern.name(key)
        try:
            self._data.execute(
                "INSERT INTO workbook VALUES (?, ?, ?, ?)", (repr(key), folded(file), number, file)
            )
        except sqlite3.IntegrityError:
            raise self._taken(number, key, file) from None
        return DriverRow(number, cells, key, file)

    def _text(self, column: str, cells: Any) -> str:
        """A cell of a text column as names take it; empty where it has none or breaks its rule."""
        place = self._places.get(column)
        cell = cells[place] if place is not None and place < len(cells) else None
        try:
            blank = cell is None or (isinstance(cell, str) and not cell.strip())
            return str(
                self._base.values.get(column, "") if blank else read_cell(KNOWN[column], cell, self._decimal)
            )
        except PlanError:
            return ""

    def _taken(self, number: int, key: Mapping[str, str], file: str) -> DataError:
        same = self._data.execute("SELECT row FROM workbook WHERE key = ?", (repr(key),)).fetchone()
        if same:
            words = ", ".join(f"{column} {one_line(text)}" for column, text in key.items())
            return DataError(
                f"rows {same[0]} and {number} have the same key ({words}): every row needs a workbook of its own. "
                "Remove one, or tell them apart in --name."
            )
        row, other = self._data.execute(
            "SELECT row, file FROM workbook WHERE folded = ?", (folded(file),)
        ).fetchone()
        if not row:
            return DataError(
                f"row {number}: its workbook would be called {other}, a name that the run needs."
            )
        return DataError(
            f"rows {row} and {number}: their workbooks would be called {other} and {file}, which is one file. "
            "Change a key, or tell them apart in --name."
        )

    def remember(self, entries: Iterable[Entry], line: Callable[[list[Entry]], bytes]) -> None:
        """Note what an earlier run wrote."""
        self._data.execute("BEGIN")
        self._data.executemany(
            "INSERT OR REPLACE INTO earlier VALUES (?, ?)", ((entry.file, line([entry])) for entry in entries)
        )
        self._data.execute("COMMIT")

    def forget(self, entries: Iterable[Entry]) -> None:
        """Take from what is remembered what has been done again."""
        self._data.execute("BEGIN")
        self._data.executemany("DELETE FROM earlier WHERE file = ?", ((entry.file,) for entry in entries))
        self._data.execute("COMMIT")

    def remembered(self) -> Iterator[tuple[str, bytes]]:
        """The files of an earlier run, each with its line of the manifest."""
        yield from self._data.execute("SELECT file, line FROM earlier ORDER BY file")

    def read(self) -> Iterator[Chunk]:
        """The chunks in order, with what is remembered of their workbooks."""
        for number in range(self.chunks):
            (content,) = self._data.execute("SELECT rows FROM chunk WHERE number = ?", (number,)).fetchone()
            rows: list[DriverRow] = pickle.loads(content)  # our own, from a database that only we have
            yield Chunk(number, rows, self._earlier(rows))

    def _earlier(self, rows: list[DriverRow]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for row in rows:
            line = self._data.execute("SELECT line FROM earlier WHERE file = ?", (row.file,)).fetchone()
            if line:
                found |= {entry.file: entry for entry in read_lines(line[0])}
        return found
