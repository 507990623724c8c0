"""Read what vendors send back: filled requests, and the same answers as TOML, JSON or rows of CSV.

A file that cannot be read, or an answer that cannot be used, never keeps the other files from being read.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carecost.model.inputs import CONTROL, nearest, one_line
from carecost.quotes.fields import Problem, Value
from carecost.quotes.filled_request import read_request
from carecost.quotes.findings import Finding
from carecost.quotes.offer import FIELDS, Offer, OfferError, read_offer
from carecost.quotes.request import PLACES
from carecost.quotes.request_cells import Unreadable
from carecost.quotes.safe_package import RefusedError

# One offer is some 5 KB of text. Python's TOML reader takes minutes over one long line of dots.
LARGEST_OFFER, LARGEST_CSV = 64 << 10, 1 << 20
LONGEST_LINE, LONGEST_REASON = 1000, 150
MOST_ROWS, MOST_ANSWERS = 1000, 2 * len(FIELDS)
PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# Where columns are not parted by commas, decimals often are, and 1.234 may be a thousand and more.
THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
KNOWN = "a filled request (.xlsx), or its answers as .toml, .json or .csv"
# Units whose choice alone does not read as one.
SPELLED = {
    "paid": "paid hour",
    "productive": "productive hour",
    "hour": "hour, not said which",
    "resolved": "resolved contact",
}
# Problems are told in the order of the request.
ORDER = {name: place for place, name in enumerate(PLACES)}
NESTED = Unreadable("a list or a table of its own", "")
A_TABLE = "one name and answer for each field"


@dataclass(frozen=True)
class Reading:
    """What became of one offer: the offer, or all that is wrong with it. ``source`` is its file, and row."""

    source: str
    offer: Offer | None
    problems: tuple[Finding, ...] = ()

    @property
    def summary(self) -> str:
        """The offer in one line: who, what, where, for how long, and its prices."""
        if not self.offer:
            return f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        values = self.offer.values
        prices = [_price(values, line) for line in self.offer.lines]
        return (
            f"{self.offer.label}: {values['market']}, {values['term']:g} months, "
            f"{values['currency']} {', '.join(prices)}; {len(values)} answers"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as ``carecost quotes read --json`` prints it."""
        values = self.offer.values if self.offer else {}
        return {
            "file": self.source,
            "offer": {
                name: value if isinstance(value, float | str) else value.isoformat()
                for name, value in values.items()
            }
            if self.offer
            else None,
            "problems": [problem._asdict() for problem in self.problems],
        }


def _price(values: Mapping[str, Value], line: int) -> str:
    own, unit = f"line_{line}", str(values[f"line_{line}_unit"])
    amounts = [
        f"{values[name]:,.2f}"
        for name in (f"{own}_fixed", f"{own}_rate", f"{own}_base_fee")
        if name in values
    ]
    if f"{own}_baseline" in values:
        return f"{' + '.join(amounts)} for {values[f'{own}_baseline']:,.12g} x {SPELLED.get(unit, unit)}"
    return f"{' + '.join(amounts)} per {SPELLED.get(unit, unit)}"


def read_quotes(paths: Sequence[str | Path]) -> list[Reading]:
    """Read offers from files, in order; a file that is refused is a reading with its one problem."""
    readings: list[Reading] = []
    for path in map(Path, paths):
        source = CONTROL.sub(" ", str(path))
        try:
            readings += _read(path, source)
        except RefusedError as refused:
            readings.append(Reading(source, None, (Finding(refused.found, refused.needed),)))
    return readings


def _read(path: Path, source: str) -> list[Reading]:
    if path.is_dir():
        raise RefusedError("a folder", f"the files in it: {source}/*")
    suffix = path.suffix.lower()
    if suffix.startswith(".xl"):
        return [_from_request(path, source)]
    if suffix == ".csv":
        return list(_from_rows(_text(path, LARGEST_CSV), source))
    if suffix in LOADERS:
        return [_reading(_table(path), source)]
    raise RefusedError(f"a file of the kind {one_line(suffix) or 'without an ending'}", KNOWN)


def _from_request(path: Path, source: str) -> Reading:
    filled = read_request(path)
    places = {
        name: Finding("", "", at.sheet, at.cell, name, FIELDS[name].label)
        for name, at in filled.addresses.items()
    }
    return _reading(filled.answers, source, filled.findings, places)


def _reading(
    given: Mapping[str, Any],
    source: str,
    findings: Sequence[Finding] = (),
    places: Mapping[str, Finding] | None = None,
) -> Reading:
    """Check the answers of one offer; ``findings`` are problems that its file has already shown."""
    try:
        offer = read_offer(given, source)
        problems: list[Problem] = []
    except OfferError as error:
        offer, problems = None, error.problems
    known = {finding.field for finding in findings}
    told = [_located(problem, given, places or {}) for problem in problems if problem.field not in known]
    every = (*findings, *sorted(told, key=lambda finding: ORDER.get(finding.field, len(ORDER))))
    return Reading(source, None if every else offer, every)


def _located(problem: Problem, given: Mapping[str, Any], places: Mapping[str, Finding]) -> Finding:
    declared = FIELDS.get(problem.field)
    place = places.get(problem.field) or Finding(
        "", "", "", "", problem.field, declared.label if declared else ""
    )
    answer, needed = given.get(problem.field), problem.needed
    if declared and isinstance(answer, Unreadable):
        needed += answer.remedy
    elif isinstance(answer, str) and declared and declared.kind == "number":
        needed += ", as a plain number such as " + ("0.25" if declared.is_share else "1234.5")
    return place._replace(found=problem.found, needed=needed)


# ---- text files ----


def _text(path: Path, largest: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise RefusedError(f"a file that cannot be read ({error.strerror})", "the name of a file") from None
    if len(content) > largest:
        raise RefusedError(f"a text of more than {largest >> 10} KiB", "the answers of an offer and no more")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError(
            "a file that is not UTF-8 text", 'text saved as UTF-8, such as "CSV UTF-8"'
        ) from None


def _table(path: Path) -> dict[str, Any]:
    kind = path.suffix[1:].upper()
    text = _text(path, LARGEST_OFFER)
    if kind == "TOML" and max(map(len, text.splitlines()), default=0) > LONGEST_LINE:
        raise RefusedError(f"a line of more than {LONGEST_LINE} characters", A_TABLE)
    try:
        given = LOADERS[path.suffix.lower()](text)
    except RecursionError:
        raise RefusedError(f"{kind} that is nested absurdly deep", A_TABLE) from None
    except ValueError as error:
        words = CONTROL.sub(" ", str(error))[:LONGEST_REASON]
        raise RefusedError(f"{kind} that cannot be read: {words}", A_TABLE) from None
    if not isinstance(given, dict):
        raise RefusedError(f"{kind} that is not a table of answers", A_TABLE)
    if len(given) > MOST_ANSWERS:
        raise RefusedError(f"{len(given)} answers", A_TABLE)
    # Nothing that is nested goes further: even its text could be too deep to write out.
    return {name: NESTED if isinstance(value, dict | list) else value for name, value in given.items()}


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is given twice")
    return table


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not a number")


LOADERS: Mapping[str, Callable[[str], Any]] = {".toml": tomllib.loads, ".json": _json}


def _from_rows(text: str, source: str) -> Iterator[Reading]:
    """Offers below a row of field names; the delimiter is the one between those names.

    One row is one offer. With columns such as ``line_rate`` it is one pricing line, and rows of the same
    vendor and offer belong together.
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    header, *rows = _rows(text, delimiter) or [[]]
    names = [name.strip() for name in header]
    filled = [(place, row) for place, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    if not filled or len(names) > MOST_ANSWERS or not (FIELDS.keys() | LINE_COLUMNS) & set(names):
        raise RefusedError(
            "no rows of answers below a row of field names", "a first row with names such as vendor, offer"
        )
    bad = tuple(_bad_columns(names))
    if bad:
        yield Reading(source, None, bad)
        return
    offers: dict[object, _Rows] = {}
    for place, row in filled:
        at = f"{source}, row {place}"
        if len(row) > len(names):
            found = f"{len(row)} cells in the row, {len(names)} names above"
            needed = "one cell for each name; a comma in a text needs quotes"
            yield Reading(at, None, (Finding(found, needed),))
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if name}
        whose = (cells.get("vendor"), cells.get("offer")) if LINE_COLUMNS & set(names) else place
        offers.setdefault(whose, _Rows(at)).add(place, cells)
    for rows_of_one in offers.values():
        given = {name: _typed(name, cell, delimiter) for name, cell in rows_of_one.answers.items()}
        yield _reading(given, rows_of_one.source, rows_of_one.findings)


class _Rows:
    """The rows of one offer: what they answer together, and where they do not agree."""

    def __init__(self, source: str) -> None:
        self.source, self.answers = source, dict[str, str]()
        self.findings: list[Finding] = []
        self._lines = 0

    def add(self, place: int, cells: Mapping[str, str]) -> None:
        """A row: its pricing line is the offer's next; what else it says is said of the offer."""
        self._lines += 1
        for name, cell in cells.items():
            field = name.replace("line_", f"line_{self._lines}_", 1) if name in LINE_COLUMNS else name
            if cell and field not in FIELDS:
                found, needed = f"a pricing line more than {self._lines - 1}, in row {place}", "fewer lines"
                self.findings.append(Finding(found, needed, field=name))
                return
            if cell and self.answers.get(field, "") not in ("", cell):
                found = f"{self.answers[field]} in the first row of the offer and {cell} in row {place}"
                self.findings.append(Finding(one_line(found), "one answer for the offer", field=field))
            if field in FIELDS:
                self.answers[field] = self.answers.get(field) or cell


# A field of a pricing line, as the column of a table with a row for each line.
LINE_COLUMNS = {name.replace("line_1_", "line_", 1) for name in FIELDS if name.startswith("line_1_")}


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise RefusedError(f"more than {MOST_ROWS} rows", "one row for each offer")
    except csv.Error as error:
        raise RefusedError(
            f"CSV that cannot be read: {error}", "one row for each offer, below a row of names"
        ) from None
    return rows


def _bad_columns(names: Sequence[str]) -> Iterator[Finding]:
    for name in dict.fromkeys(names):
        if name and name not in FIELDS and name not in LINE_COLUMNS:
            hint = nearest(name[:60], FIELDS)
            yield Finding("no such field", f"the name of a field.{hint}", field=one_line(name))
        elif name and names.count(name) > 1:
            yield Finding("two columns of this name", "one column for each field", field=name)


def _typed(name: str, cell: str, delimiter: str) -> float | str | Unreadable:
    """A cell's text, as a number where the field is one and the text plainly is."""
    if FIELDS[name].kind != "number" or not PLAIN_NUMBER.fullmatch(cell):
        return cell
    if delimiter != "," and THOUSANDS.fullmatch(cell):
        whole = cell.replace(".", "")
        return Unreadable(f'"{cell}", which may mean {whole}', f": write {whole} or {cell}0")
    return float(cell)
