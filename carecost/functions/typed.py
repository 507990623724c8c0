"""Arguments as a person types them: ``30%``, ``offshore``, ``{0.25;0.5}``, ``=CARE_FTE(1100)``.

Text is data here: it is parsed into numbers, words and lists, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from carecost.errors import EXCEL_ERRORS, INCOMING, CellError, DataError

if TYPE_CHECKING:
    from carecost.functions.declare import Function

# No comma: it groups thousands for some and marks decimals for others.
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?(%?)$")
CALL = re.compile(r"^=?\s*([A-Za-z_]+)\((.*)\)\s*$", re.DOTALL)
WORDS = {"TRUE": True, "FALSE": False, "": None}


def parse_value(text: str) -> Any:
    """One argument: a number, TRUE or FALSE, a text with or without quotes, a list in braces, or nothing.

    >>> parse_value("30%"), parse_value("offshore"), parse_value("{0.5;0.75}"), parse_value("")
    (0.3, 'offshore', [[0.5], [0.75]], None)
    >>> parse_value('{"low","high"}')
    [['low', 'high']]
    """
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        return [[parse_value(cell) for cell in split(row, ",")] for row in split(text[1:-1], ";")]
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    if text.upper() in WORDS:
        return WORDS[text.upper()]
    if text in EXCEL_ERRORS:
        return CellError(text, INCOMING)
    if not NUMBER.match(text):
        return text
    number = float(text.rstrip("%"))
    return number / 100 if text.endswith("%") else number


def parse_formula(formula: str) -> tuple[str, list[Any]]:
    """A single call as typed in a cell: the function's name and its arguments.

    >>> parse_formula('=CARE_FTE_COST("nearshore",,30%)')
    ('CARE_FTE_COST', ['nearshore', None, 0.3])
    """
    found = CALL.match(formula)
    if not found:
        raise DataError(f"{formula}: not one function call, such as =CARE_FTE(1100).")
    inside = found[2].strip()
    return found[1].upper(), [parse_value(cell) for cell in split(inside, ",")] if inside else []


def parse_arguments(function: Function, typed: Sequence[str]) -> dict[str, Any]:
    """What stands after ``carecost call NAME``: values in order, then ``argument=value``."""
    names = list(function.parameters)
    given: dict[str, Any] = {}
    in_order = True
    for place, text in enumerate(typed):
        if text.startswith("--"):
            raise DataError(f"{text}: arguments are written name=value, such as {names[-1]}=...")
        key, mark, value = (part.strip() for part in text.partition("="))
        key = key.lower()
        if mark and key.isidentifier():
            in_order = False
        elif not in_order:
            raise DataError(f"{text}: values in order stand before the named ones.")
        elif place >= len(names):
            raise DataError(f"{function.name} takes at most {len(names)} arguments: {', '.join(names)}.")
        else:
            key, value = names[place], text
        if key not in names:
            raise DataError(f"{function.name} has no argument {key}; it has {', '.join(names)}.")
        if key in given:
            raise DataError(f"{function.name} got {key} twice.")
        given[key] = parse_value(value)
    return given


def split(text: str, mark: str) -> list[str]:
    """Split at a mark that is outside quotes and braces.

    >>> split('a,"b,c",{1,2}', ",")
    ['a', '"b,c"', '{1,2}']
    """
    pieces, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted:
            depth += (letter in "{(") - (letter in "})")
            if letter == mark and depth == 0:
                pieces.append(text[start:place])
                start = place + 1
    return [*pieces, text[start:]]
