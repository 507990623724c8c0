"""A filled quote request: its answers by field name, once sheets, names and labels are those of the template."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from carecost.model.inputs import one_line, shown
from carecost.quotes.findings import Finding
from carecost.quotes.request import LABEL_COLUMN, PLACES, SHEETS, START_SHEET, VERSION, VERSION_NAME, Place
from carecost.quotes.request_cells import Cells, CellValue, Workbook, read_cells, read_workbook
from carecost.quotes.safe_package import RefusedError, open_safely

TITLES = (START_SHEET, *(sheet.title for sheet in SHEETS))
REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!\[\]]+))!\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
A_REQUEST = "a filled request, as `carecost quotes request` writes it"


class Address(NamedTuple):
    """A cell that a defined name stands for."""

    sheet: str
    column: str
    row: str

    @property
    def cell(self) -> str:
        """The address on its sheet."""
        return self.column + self.row


@dataclass(frozen=True)
class Filled:
    """What a request holds: an answer for each field found, where it is, and what is wrong with the form."""

    answers: Mapping[str, CellValue]
    addresses: Mapping[str, Address]
    findings: tuple[Finding, ...]


def read_request(path: str | Path) -> Filled:
    """Read a filled request; nothing in it is evaluated. Raises ``RefusedError`` where it cannot be trusted at all."""
    package = open_safely(path)
    book = read_workbook(package)
    version = _address(book, VERSION_NAME)
    if version is None or version.sheet not in book.sheets:
        raise RefusedError("a workbook that is not a quote request", A_REQUEST)
    _check_version(read_cells(package, book, {version.sheet: [version.cell]})[version.sheet], version)
    _check_sheets(book)
    addresses, findings = _answers(book)
    cells = read_cells(package, book, _wanted(addresses))
    findings += ({**_stray_formulas(addresses, cells), **_changed_labels(addresses, cells)}).values()
    answers = {name: cells[at.sheet].values.get(at.cell) for name, at in addresses.items()}
    return Filled(answers, addresses, tuple(findings))


def _check_version(cells: Cells, version: Address) -> None:
    found = cells.values.get(version.cell)
    if found != VERSION:
        raise RefusedError(
            f"version {shown(found)} of the request",
            f"version {VERSION}, as `carecost quotes request` writes it",
        )


def _check_sheets(book: Workbook) -> None:
    missing = [title for title in TITLES if title not in book.sheets]
    extra = [title for title in book.sheets if title not in TITLES]
    found = f"the sheets {', '.join(one_line(title) for title in [*book.sheets][:10])}"
    if missing:
        raise RefusedError(found, f"a sheet named {' and one named '.join(missing)}")
    if extra:
        raise RefusedError(
            found, f"only the sheets of the request: without {', '.join(map(one_line, extra[:5]))}"
        )


def _address(book: Workbook, name: str) -> Address | None:
    """The one cell that a name stands for, if it does."""
    found = REFERENCE.fullmatch(book.names.get(name, ""))
    return Address((found[1] or found[2]).replace("''", "'"), found[3], found[4]) if found else None


def _answers(book: Workbook) -> tuple[dict[str, Address], list[Finding]]:
    """Where each field's answer is; names may have moved with their rows, on their own sheet."""
    addresses: dict[str, Address] = {}
    findings: list[Finding] = []
    for name, place in PLACES.items():
        address, title = _address(book, name), place.sheet.title
        if address is None or address.sheet != title or address in addresses.values():
            found = one_line(book.names.get(name, "")) or "no such name"
            needed = f"the name {name} for one cell of its own, {place.cell} in the request as sent"
            findings.append(Finding(found, needed, title, "", name, place.field.label))
        else:
            addresses[name] = address
    return addresses, findings


def _beside(place: Place, address: Address) -> Iterator[tuple[str, str]]:
    """The cells beside an answer that give it its meaning, and what they must say."""
    yield f"{LABEL_COLUMN}{address.row}", place.row.label
    yield f"{place.sheet.unit_column}{address.row}", place.row.unit


def _wanted(addresses: Mapping[str, Address]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = defaultdict(set, {START_SHEET: set()})
    for name, address in addresses.items():
        wanted[address.sheet] |= {address.cell, *dict(_beside(PLACES[name], address))}
    return wanted


def _changed_labels(
    addresses: Mapping[str, Address], cells: Mapping[str, Cells]
) -> dict[tuple[str, str], Finding]:
    """Labels and units that were typed over: the answer beside them may mean something else."""
    changed = {}
    for name, address in addresses.items():
        for cell, text in _beside(PLACES[name], address):
            found = cells[address.sheet].values.get(cell)
            if found != text:
                words = "an empty cell" if found is None else shown(found)
                needed = f'"{text}", as in the request sent'
                changed[address.sheet, cell] = Finding(words, needed, address.sheet, cell)
    return changed


def _stray_formulas(
    addresses: Mapping[str, Address], cells: Mapping[str, Cells]
) -> dict[tuple[str, str], Finding]:
    """Formulas outside the answers: the request has none, and one may fill the answers beside it."""
    answered = {(address.sheet, address.cell) for address in addresses.values()}
    needed = "nothing here: the request has no formulas"
    return {
        (title, cell): Finding(one_line(f"a formula, ={formula}"), needed, title, one_line(cell))
        for title, sheet in cells.items()
        for cell, formula in sheet.formulas.items()
        if (title, cell) not in answered
    }
