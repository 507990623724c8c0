"""File names from data: safe on Windows, macOS and Linux, and never a path."""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from carecost.batch.columns import KNOWN
from carecost.errors import DataError
from carecost.model.inputs import nearest, one_line, shown

ENDING = ".xlsx"
# Windows forbids the first nine; the next four mean something in links.
UNSAFE = re.compile(r'[<>:"/\\|?*#%\[\]\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]')
# Devices, with or without an ending, in any case.
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
# Bytes of UTF-8 before the ending. Linux allows 255 in all, and Excel 218 characters for the whole path.
LONGEST = 120
DIGEST = 8
# What a run itself writes into the folder.
OURS = ("portfolio.xlsx", "portfolio.parquet", "rejected.csv", "manifest.jsonl")


@dataclass(frozen=True)
class Pattern:
    """How workbooks are called: a text with columns in braces, such as ``{cost_center}_{scenario}.xlsx``."""

    text: str
    columns: tuple[str, ...]

    def name(self, values: Mapping[str, str]) -> str:
        """The file name for one row's values of the columns."""
        return safe_name(self.text.format(**values))


def read_pattern(text: str) -> Pattern:
    """Check a pattern: whole columns of text in braces, no folders, ending in .xlsx."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise DataError(f"--name {shown(text)}: {error}.") from None
    columns = tuple(dict.fromkeys(field for _, field, _, _ in parts if field is not None))
    for column in columns:
        declared = KNOWN.get(column)
        if declared is None:
            raise DataError(
                f"--name {shown(text)}: {{{one_line(column)}}} is not a column.{nearest(column, KNOWN)}"
            )
        if declared.kind == "number":
            raise DataError(f"--name {shown(text)}: {column} is a number: name files after texts and dates.")
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise DataError(f"--name {shown(text)}: columns stand alone in braces, such as {{cost_center}}.")
    fixed = "".join(literal for literal, *_ in parts)
    if "/" in fixed or "\\" in fixed:
        raise DataError(f"--name {shown(text)}: a file name, not a path. The folder is given with -o.")
    if not columns or not text.lower().endswith(ENDING):
        raise DataError(f"--name {shown(text)}: must hold a column in braces and end in {ENDING}.")
    return Pattern(text, columns)


def safe_name(name: str) -> str:
    """A name that every system takes and that leaves no folder; what is cut off is told apart by a digest.

    >>> safe_name("../R&D: 100%?.xlsx"), safe_name("nul.xlsx")
    ('_.._R&D_ 100__.xlsx', '_nul.xlsx')
    """
    stem = unicodedata.normalize("NFC", name[: -len(ENDING)])
    stem = UNSAFE.sub("_", stem).rstrip(". ")
    if not stem or stem[0] in ". ~$" or RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    if len(stem.encode()) > LONGEST:
        digest = hashlib.sha256(stem.encode()).hexdigest()[:DIGEST]
        kept = stem.encode()[: LONGEST - DIGEST - 1].decode(errors="ignore").rstrip(". ")
        stem = f"{kept}~{digest}"
    return stem + ENDING


def folded(name: str) -> str:
    """What Windows and macOS compare: names that differ only in case are one file there."""
    return unicodedata.normalize("NFC", name).casefold()
