"""Driver tables: CSV, Parquet, .xlsx or the answer to a SQL query, read row by row.

Cells come as the source holds them: texts of a CSV file, typed values of the others. ``columns`` reads them.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from carecost.batch.extras import needed
from carecost.errors import DataError
from carecost.model.inputs import one_line

SEPARATORS = ",;\t"
AT_A_TIME = 1000
# How a query begins that reads, after blanks, brackets and comments. A database may carry out others at once.
READS = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:select|with|from|values|table)\b", re.IGNORECASE | re.DOTALL
)
Cells: TypeAlias = Sequence[Any]


class Unreadable(NamedTuple):
    """A cell that holds no value: what it shows, and what is wrong with it."""

    shown: str
    rule: str


@dataclass(frozen=True)
class Drivers:
    """A table that is open: its name as messages show it, its column titles, and its rows with their numbers.

    Rows count as a spreadsheet counts them, the titles being row 1; rows of a query or a Parquet file count
    from 1.
    """

    name: str
    titles: Sequence[str]
    rows: Iterator[tuple[int, Cells]]


@contextlib.contextmanager
def open_drivers(source: str, sql: str | None) -> Iterator[Drivers]:
    """Open a driver table: a file by its ending or, with a database URL, the query ``source``."""
    with contextlib.ExitStack() as stack:
        with _readable(source):
            drivers = _open(source, sql, stack)
        titles = list(drivers.titles)
        while titles and not titles[-1].strip():  # spreadsheets often store empty cells at the end of a row
            titles.pop()
        yield replace(drivers, titles=titles, rows=_guarded(drivers))


def _open(source: str, sql: str | None, stack: contextlib.ExitStack) -> Drivers:
    if sql is not None:
        return _query(source, sql, stack)
    path = Path(source)
    if not path.is_file():
        raise DataError(f"{one_line(source)}: no such file. A query needs --sql and a database URL.")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: a driver table is a .csv, .parquet or .xlsx file, or a query with --sql.")
    drivers: Drivers = reader(path, stack)
    return drivers


@contextlib.contextmanager
def _readable(where: str) -> Iterator[None]:
    """What the libraries raise on damaged files and lost connections, each in its own way, as one line."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{one_line(where)}: cannot be read ({_first_line(error)}).") from None


def _guarded(drivers: Drivers) -> Iterator[tuple[int, Cells]]:
    number = 0
    while True:
        with _readable(f"{drivers.name}, after row {number}" if number else drivers.name):
            row = next(drivers.rows, None)
        if row is None:
            return
        number = row[0]
        yield row


def _csv(path: Path, stack: contextlib.ExitStack) -> Drivers:
    file = stack.enter_context(path.open(encoding="utf-8-sig", newline=""))
    try:
        first = file.readline()
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    separator = max(SEPARATORS, key=first.count)
    file.seek(0)
    lines = csv.reader(file, delimiter=separator, strict=True)
    titles = next(_csv_rows(path, lines, 0), (1, []))[1]
    if not any(titles):
        raise DataError(f"{path}: empty. Its first line holds the names of the columns.")
    return Drivers(path.name, titles, _csv_rows(path, lines, 1))


def _csv_rows(path: Path, lines: Iterator[list[str]], before: int) -> Iterator[tuple[int, Cells]]:
    number = before
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except UnicodeDecodeError:
            raise _not_utf8(path) from None
        except csv.Error as error:
            raise DataError(f"{path}, row {number}: not valid CSV ({error}).") from None
        yield number, cells


def _not_utf8(path: Path) -> DataError:
    return DataError(f"{path}: not UTF-8 text. Save it as 'CSV UTF-8', or as an .xlsx workbook.")


def _parquet(path: Path, stack: contextlib.ExitStack) -> Drivers:
    arrow, parquet = needed("pyarrow"), needed("pyarrow.parquet")
    try:
        file = stack.enter_context(parquet.ParquetFile(path))
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file ({_first_line(error)}).") from None

    def rows() -> Iterator[tuple[int, Cells]]:
        number = 0
        for batch in file.iter_batches(batch_size=AT_A_TIME):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield number, cells

    return Drivers(path.name, file.schema_arrow.names, rows())


def _xlsx(path: Path, stack: contextlib.ExitStack) -> Drivers:
    """The first sheet. A formula counts as its stored value; one without a value is refused, not read as blank."""
    from openpyxl import load_workbook

    try:
        books = [load_workbook(path, read_only=True, data_only=values) for values in (False, True)]
    except Exception as error:  # openpyxl raises what its parsers raise
        raise DataError(f"{path}: not an .xlsx workbook ({_first_line(error)}).") from None
    for book in books:
        stack.callback(book.close)
    formulas, values = (book.worksheets[0] for book in books)
    for sheet in (formulas, values):
        sheet.reset_dimensions()  # what the file says about its size may be wrong
    both = zip(formulas.iter_rows(), values.iter_rows(), strict=True)
    titles = [str(cell.value or "") for cell in next(both, ((), ()))[1]]
    if not any(titles):
        raise DataError(f"{path}: its first sheet is empty. Its first row holds the names of the columns.")

    def rows() -> Iterator[tuple[int, Cells]]:
        for number, (written, stored) in enumerate(both, start=2):
            cells = [_xlsx_cell(*pair) for pair in zip(written, stored, strict=True)]
            yield number, cells + [None] * (len(titles) - len(cells))  # empty cells at the end are not stored

    return Drivers(path.name, titles, rows())


def _xlsx_cell(written: Any, stored: Any) -> Any:
    if stored.data_type == "e":
        return Unreadable(str(stored.value), "the cell holds an error")
    if written.data_type == "f" and stored.value is None:
        rule = "a formula without a stored value: open the workbook in Excel and save it, or paste values"
        return Unreadable(str(written.value), rule)
    return stored.value


def _query(query: str, url: str, stack: contextlib.ExitStack) -> Drivers:
    alchemy = needed("sqlalchemy")
    if not READS.match(query):
        raise DataError("--sql: the query must begin with SELECT or WITH. It is not sent to the database.")
    try:
        engine = alchemy.create_engine(url)
        stack.callback(engine.dispose)
        connection = stack.enter_context(engine.connect().execution_options(stream_results=True))
        # As the database knows it: a colon in the query is no parameter of ours.
        answer = connection.exec_driver_sql(query)
    except (alchemy.exc.NoSuchModuleError, ImportError) as error:
        raise DataError(
            f"--sql: no driver for this database ({_first_line(error)}). Install its SQLAlchemy driver."
        ) from None
    except alchemy.exc.ArgumentError:
        raise DataError(
            "--sql: not a database URL, such as sqlite:///budget.db or duckdb:///budget.db."
        ) from None
    except alchemy.exc.SQLAlchemyError as error:
        raise DataError(f"the query failed: {_first_line(getattr(error, 'orig', None) or error)}") from None
    if not answer.returns_rows:
        raise DataError("the query gives no rows: it must be a SELECT.")

    def rows() -> Iterator[tuple[int, Cells]]:
        number = 0
        for some in answer.partitions(AT_A_TIME):
            for cells in some:
                number += 1
                yield number, tuple(cells)

    return Drivers(f"query of {engine.dialect.name}", list(answer.keys()), rows())


def _first_line(error: BaseException) -> str:
    return one_line((str(error).strip() or type(error).__name__).splitlines()[0])


READERS: Mapping[str, Any] = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}
