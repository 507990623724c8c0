"""Workbooks that LibreOffice saved for Excel: ``CARECOST.CARE_FTE(`` becomes ``CARE_FTE(`` again.

LibreOffice writes a function of an add-in with the add-in's name before it, which Excel does not know.
Only formulas are touched, and in them only names of functions outside quotes; every other part of the
file is copied as it is.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from carecost.errors import DataError
from carecost.functions import REGISTRY
from carecost.workbook.package import Package, write_whole

# Where formulas stand: cells, names, conditional formats, rules for input, and Excel's extensions of these.
FORMULA = re.compile(
    rb"(<((?:\w+:)?(?:f|formula|formula1|formula2|definedName))(?:\s[^>]*[^>/])?>)([^<]*)(</\2>)"
)
# A text in quotes, or a call. Sheet names stand in single quotes.
TOKEN = re.compile(r'"[^"]*"|\'[^\']*\'|(?<![\w.!])(?:CARECOST\.)?(CARE_\w+)(?=\s*\()', re.IGNORECASE)
PARTS = re.compile(r"xl/(?:workbook|worksheets/[^/]+|charts/[^/]+)\.xml")


class Fixed(NamedTuple):
    """What was done: the file, and how many formulas were changed."""

    path: Path
    formulas: int


def fix(path: Path) -> Fixed:
    """Change the file in place, whole or not at all; without anything to change it is not written."""
    package = Package.read(path)
    if "xl/workbook.xml" not in package.parts:
        raise DataError(f"{path}: not an .xlsx workbook. Save it from LibreOffice as Excel 2007-365 first.")
    changed, formulas = {}, 0
    for name, content in package.parts.items():
        if PARTS.fullmatch(name):
            fixed, count = fix_part(content)
            if count:
                changed[name] = fixed
                formulas += count
    if changed:
        write_whole(path, package.with_parts(changed))
    return Fixed(path, formulas)


def fix_part(content: bytes) -> tuple[bytes, int]:
    """One XML part with its formulas fixed, and how many were."""
    count = 0

    def one(match: re.Match[bytes]) -> bytes:
        nonlocal count
        formula = unescape(match[3].decode())
        fixed = plain_names(formula)
        if fixed == formula:
            return match[0]
        count += 1
        return match[1] + escape(fixed).encode() + match[4]

    return FORMULA.sub(one, content), count


def plain_names(formula: str) -> str:
    """A formula with the functions' names as Excel knows them.

    >>> plain_names('SUM(CARECOST.CARE_FTE(A1),1)&"CARECOST.CARE_FTE("')
    'SUM(CARE_FTE(A1),1)&"CARECOST.CARE_FTE("'
    """

    def one(match: re.Match[str]) -> str:
        name = (match[1] or "").upper()
        return name if name in REGISTRY else match[0]

    return TOKEN.sub(one, formula)
