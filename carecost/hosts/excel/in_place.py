"""Which cells of an open workbook stand as in the shipped P&L template, so that its formulas fit there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from carecost.workbook.fill import Areas, Place, Slot, cells_of, owned_cells, pnl_layout

TEXT = re.compile(r'"[^"]*"')
NAME = re.compile(r"(?<![\w.'!$])[a-z_][a-z0-9_]*(?![\w(!])")
REFERENCE = re.compile(
    r"(?:(?P<sheet>'[^']+'|\w+)!|(?<![\w.$!:]))"
    r"\$?(?P<left>[A-Z]{1,3})\$?(?P<top>[0-9]+)(?::\$?(?P<right>[A-Z]{1,3})\$?(?P<bottom>[0-9]+))?(?![\w(])"
)


class Shipped:
    """The template's formulas, as far as they mean the same in a workbook whose names have ``areas``.

    ``names`` are those that values come under.
    """

    def __init__(self, areas: Areas, names: Collection[str]) -> None:
        self._layout = pnl_layout()
        self._areas = areas
        self._homes = {slot: place for place, slot in owned_cells(self._layout.areas, names).items()}
        known = {name: area for name, area in areas.items() if name in self._layout.areas}
        self._names_here, self._names_shipped = _names_at(known), _names_at(self._layout.areas)

    def formula(self, place: Place, slot: Slot) -> str | None:
        """The template's formula for a cell; None if it has none, or if it would mean something else here."""
        formula = self._layout.formulas.get(place)
        if formula is None or self._homes.get(slot) != place:
            return None
        bare = TEXT.sub("", formula)
        if not set(NAME.findall(bare)) <= self._areas.keys():
            return None
        unmoved = all(self._names_here[cell] == self._names_shipped[cell] for cell in _cells(bare, place[0]))
        return formula if unmoved else None

    def had_formula(self, place: Place, slot: Slot) -> bool:
        """Whether a cell is likely to hold the template's formula, moved: its sheet is one of the template's.

        That is a sheet with most of the names that the template has there.
        """
        sheet = place[0]
        shipped = {name for name, (title, _) in self._layout.areas.items() if title == sheet}
        here = {name for name in shipped if name in self._areas and self._areas[name][0] == sheet}
        return self._layout.formulas.get(self._homes[slot]) is not None and 2 * len(here) > len(shipped)


def _names_at(areas: Areas) -> defaultdict[Place, set[tuple[str, int]]]:
    """What stands in each cell: names, and the cell's place among the name's cells."""
    found: defaultdict[Place, set[tuple[str, int]]] = defaultdict(set)
    for name, (sheet, cells) in areas.items():
        for place, cell in enumerate(cells):
            found[sheet, cell].add((name, place))
    return found


def _cells(formula: str, sheet: str) -> Iterator[Place]:
    """The cells that a formula on a sheet refers to without a name."""
    for found in REFERENCE.finditer(formula):
        title = (found["sheet"] or sheet).strip("'")
        right, bottom = found["right"] or found["left"], found["bottom"] or found["top"]
        area = cells_of(f"'{title}'!${found['left']}${found['top']}:${right}${bottom}")
        assert area
        yield from ((title, cell) for cell in area[1])
