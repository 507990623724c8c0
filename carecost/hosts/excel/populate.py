"""The script ``populate``: fill the P&L of the open workbook from its inputs.

The inputs are read, never written. Every other cell that has one of the plan's names is compared with the
plan; only where it differs is it written: the shipped template's formula where the cell stands as in the
template, else the value. A formula that is somebody's own is left and named in the closing message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import xlwings

from carecost.errors import CarecostError
from carecost.hosts.excel.in_place import Shipped
from carecost.hosts.excel.inputs_block import InputsError, blank_inputs, read_plan, unnamed
from carecost.hosts.excel.opened import OpenBook, blocks
from carecost.model.inputs import INPUTS
from carecost.model.result import Result
from carecost.rates import active_card
from carecost.workbook.fill import Areas, Place, Slot, owned_cells, pnl_layout
from carecost.workbook.values import BESIDE, Value, workbook_values
from carecost.workbook.verify import LIMIT, difference

# A message box is no report: the first of many, and how many more.
MOST_LISTED = 8
# The user's own words beside the inputs.
OWN_WORDS = tuple(f"{column}." for column in BESIDE if column != "inputs_flag")


@dataclass
class Changes:
    """What is to be done about the cells that differ from the plan."""

    values: dict[Place, Value] = field(default_factory=dict)
    formulas: dict[Place, str] = field(default_factory=dict)
    own: list[Place] = field(default_factory=list)
    unseen: list[Place] = field(default_factory=list)


def populate(book: xlwings.Book) -> None:
    """Fill the workbook's P&L and say what was done; of bad inputs, say what is wrong and write nothing."""
    opened = OpenBook(book, pnl_layout().areas.keys())
    wrong = True
    try:
        message, wrong = _fill(opened), False
    except InputsError as error:
        message = _listed(map(str, error.faults), "\n")
        places = [fault.place for fault in error.faults if fault.place]
        if places:
            opened.select(places[0])
    except CarecostError as error:
        message = str(error)
    opened.tell(message, wrong)


def _fill(opened: OpenBook) -> str:
    """Read, run, write; what there is to say about it."""
    result = read_plan(opened, active_card()).run()
    values = _written(result, blank_inputs(opened))
    targets, misfits = _targets(opened.areas, values)
    differing = _differing(opened, targets, values)
    changes = _decide(opened, differing, Shipped(opened.areas, values.keys()))
    opened.write_values(changes.values)
    opened.write_formulas(changes.formulas)
    following: Collection[Place] = ()
    if differing:
        opened.calculate()
    if differing and opened.shows_formulas:  # else nothing can be read after writing either
        opened.read()
        still = _differing(opened, targets, values)
        changes.own = [place for place in changes.own if place in still]
        following = still.keys() - set(changes.own)
    return _message(result, changes, following, misfits, unnamed(opened))


def _written(result: Result, blank: Collection[str]) -> dict[str, Sequence[Value]]:
    """The plan's values by name, without those that are the user's."""
    values = {
        name: cells
        for name, cells in workbook_values(result).items()
        if name not in INPUTS and not name.startswith(OWN_WORDS)
    }
    # A sheet has no flag for a blank input, be its default zero.
    return values | {f"inputs_flag.{name}": [None] for name in blank if f"inputs_flag.{name}" in values}


def _targets(areas: Areas, values: Mapping[str, Sequence[Value]]) -> tuple[dict[Place, Slot], list[str]]:
    """The cells that values belong into, and the names whose cells are too few or too many for them."""
    fitting, misfits = dict(areas), []
    for name, (sheet, cells) in areas.items():
        wanted = len(values.get(name, cells))
        if wanted == 1:
            fitting[name] = sheet, cells[:1]  # merged cells hold their value in the first
        elif wanted != len(cells):
            del fitting[name]
            misfits.append(f"{name} ({len(cells)} cells for {wanted} values)")
    inputs = {
        (sheet, cell) for name in INPUTS if name in areas for sheet, cells in [areas[name]] for cell in cells
    }
    owned = owned_cells(fitting, values.keys())
    return {place: slot for place, slot in owned.items() if place not in inputs}, misfits


def _differing(
    opened: OpenBook, targets: Mapping[Place, Slot], values: Mapping[str, Sequence[Value]]
) -> dict[Place, tuple[Slot, Value]]:
    """The cells that do not hold the plan's value."""
    wanted = {place: (slot, values[slot.name][slot.place]) for place, slot in targets.items()}
    return {
        place: (slot, value)
        for place, (slot, value) in wanted.items()
        if not difference(opened.value(place), value) <= LIMIT
    }


def _decide(opened: OpenBook, differing: Mapping[Place, tuple[Slot, Value]], shipped: Shipped) -> Changes:
    changes = Changes()
    for place, (slot, value) in differing.items():
        theirs, found = shipped.formula(place, slot), opened.formula(place)
        if found is not None and (theirs is None or _bare(found) != _bare(theirs)):
            changes.own.append(place)
        elif theirs is not None:
            if found is None:
                changes.formulas[place] = theirs
        elif not opened.shows_formulas and shipped.had_formula(place, slot):
            changes.unseen.append(place)
        else:
            changes.values[place] = value
    return changes


def _bare(formula: str) -> str:
    """A formula as it compares: Excel may space and capitalize it otherwise, and add an @ of its own."""
    return formula.replace(" ", "").replace("@", "").casefold()


def _message(
    result: Result, changes: Changes, following: Collection[Place], misfits: list[str], absent: list[str]
) -> str:
    plan, net = result.plan.values, float(result.numbers.years["net"])
    lines = [f"{plan['name']}: net of the year {net:,.2f} {plan['currency']}."]
    for words, places in (
        ("Written", changes.values),
        ("Formulas of the template put back", changes.formulas),
        ("Left alone, formulas of your own", changes.own),
        ("Left alone, as there may be formulas, which Excel does not show here", changes.unseen),
        ("Not as planned, because of other changes to this workbook", following),
    ):
        if places:
            count = f"{len(places)} cell{'s' if len(places) > 1 else ''}"
            lines.append(f"{words}: {count} ({_listed(map(str, blocks(places)), ', ')}).")
    if len(lines) == 1:
        lines.append("All cells agree with the plan: nothing to write.")
    if misfits:
        lines.append(f"Not filled: {_listed(misfits, ', ')}.")
    if absent:
        lines.append(f"Not in this workbook, so at default or rate card: {_listed(absent, ', ')}.")
    return "\n".join(lines)


def _listed(words: Iterable[str], between: str) -> str:
    found = list(words)
    more = [f"and {len(found) - MOST_LISTED} more"] if len(found) > MOST_LISTED else []
    return between.join(found[:MOST_LISTED] + more)
