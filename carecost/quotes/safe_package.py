"""A workbook from outside as its parts, once nothing in it is dangerous to read or to open.

What a file's directory claims is not believed: sizes are counted while parts are inflated, and names are
keys, never paths. Everything that could run, fetch or fill memory is refused with one plain line.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from carecost.errors import DataError
from carecost.quotes.strict_xml import Attributes, Elements, XmlError, check_xml, read_xml

MIB = 1 << 20
# A filled request is 25 KB and unpacks to 200 KB; a logo or two must still fit.
LARGEST_FILE = 5 * MIB
LARGEST_XML = 4 * MIB
LARGEST_TOTAL = 8 * MIB
MOST_PARTS = 200
# Sheets of equal rows shrink fifty times; a bomb shrinks a thousand times.
HIGHEST_RATIO = 150
RATIO_FROM = MIB
CHUNK = 1 << 16
# No absolute name, no drive, no backslash, nothing that a terminal would obey.
PART_NAME = re.compile(r"[^/\\:\x00-\x1f\x7f][^\\:\x00-\x1f\x7f]*")
ENCRYPTED_OR_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY = b"PK\1\2"
CONTENT_TYPES, RELATIONS = "[Content_Types].xml", "_rels/.rels"
# Words in content types and relations that mean more than cells, and what to call it.
ACTIVE = {
    "sheet.binary": "binary cells (.xlsb)",
    "macroenabled": "macros",
    "vbaproject": "macros",
    "macrosheet": "macros",
    "activex": "ActiveX controls",
    "control": "form controls",
    "ctrlprop": "form controls",
    "oleobject": "embedded objects",
    "externallink": "links to other workbooks",
    "dialogsheet": "dialog sheets",
    "connections": "data connections",
    "querytable": "data connections",
    "volatiledependencies": "live data connections",
    "powerpivotdata": "a data model",
    "webextension": "web add-ins",
    "taskpanes": "web add-ins",
    "extensibility": "changes to the program's menus",
    "attachedtoolbars": "changes to the program's menus",
}
SAVE_PLAIN = "a workbook saved as .xlsx, without macros, links or objects"
# What zipfile raises over damaged files, by their damage.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
NEEDED_SMALL = "the request as it was sent, with answers only"
NEEDED_SOUND = "an .xlsx workbook, opened and saved again in a spreadsheet program"


class RefusedError(DataError):
    """A file that is not read at all: what was found in it, and what is needed."""

    def __init__(self, found: str, needed: str) -> None:
        self.found, self.needed = found, needed
        super().__init__(f"{found}; needed: {needed}")


class Relation(NamedTuple):
    """What a part points to: the last word of the relation's type, and the part's name."""

    kind: str
    target: str


class SafePackage:
    """The XML parts of a workbook, by name; reading one that is missing is refused."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts

    def read(self, name: str, elements: Elements) -> None:
        """Stream one part through a reader."""
        if name not in self._parts:
            raise RefusedError(f"a workbook without its part {name[:80]!r}", NEEDED_SOUND)
        _read(name, self._parts[name], elements)

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part points to, by identifier; the empty name is the package itself."""
        folder, file = posixpath.split(name)
        part = posixpath.join(folder, "_rels", f"{file}.rels")
        if part not in self._parts:
            return {}
        found = _Relations(folder)
        _read(part, self._parts[part], found)
        return found.relations


def open_safely(path: str | Path) -> SafePackage:
    """Read a workbook from outside. Raises ``RefusedError`` for anything but plain cells in a sound package."""
    parts = _inflated(_content(Path(path)))
    if CONTENT_TYPES not in parts or RELATIONS not in parts:
        raise RefusedError("a zip file that is not a workbook", NEEDED_SOUND)
    for name, content in parts.items():
        if name == CONTENT_TYPES:
            _read(name, content, _ContentTypes())
        elif name.endswith(".rels"):
            _read(name, content, _Relations(""))
        else:
            _read(name, content, None)
    return SafePackage(MappingProxyType(parts))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise RefusedError("no such file", "the name of a file") from None
    except OSError as error:
        raise RefusedError(
            f"a file that cannot be read ({error.strerror})", "a file that can be read"
        ) from None
    if len(content) > LARGEST_FILE:
        raise RefusedError(f"a file of more than {LARGEST_FILE // MIB} MiB", NEEDED_SMALL)
    if content.startswith(ENCRYPTED_OR_OLD):
        raise RefusedError(
            "a workbook encrypted with a password, or an old .xls",
            "a workbook saved as .xlsx, without a password",
        )
    if content.count(ENTRY) > MOST_PARTS:
        raise RefusedError(f"a package of more than {MOST_PARTS} parts", NEEDED_SMALL)
    return content


def _inflated(content: bytes) -> dict[str, bytes]:
    """Every part is inflated, and counted; XML is kept."""
    parts: dict[str, bytes] = {}
    seen: set[str] = set()
    left = LARGEST_TOTAL
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                _check_entry(entry, seen)
                is_xml = entry.filename.lower().endswith((".xml", ".rels"))
                part = _inflate(archive, entry, min(left, LARGEST_XML) if is_xml else left)
                left -= len(part)
                if LARGEST_TOTAL - left > max(RATIO_FROM, HIGHEST_RATIO * len(content)):
                    raise RefusedError(
                        f"a file that unpacks to more than {HIGHEST_RATIO} times its size", NEEDED_SMALL
                    )
                if is_xml:
                    parts[entry.filename] = part
    except DAMAGED:
        raise RefusedError("a damaged file, or one that is not a workbook", NEEDED_SOUND) from None
    return parts


def _check_entry(entry: zipfile.ZipInfo, seen: set[str]) -> None:
    name = entry.filename
    if not PART_NAME.fullmatch(name) or ".." in name.split("/"):
        raise RefusedError(f"a part with the name {name[:60]!r}, which no workbook has", NEEDED_SOUND)
    if name.casefold() in seen:
        raise RefusedError(f"two parts with the name {name[:60]!r}", NEEDED_SOUND)
    seen.add(name.casefold())
    if entry.flag_bits & 1:
        raise RefusedError(
            "a zip file encrypted with a password", "a workbook saved as .xlsx, without a password"
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("a package compressed in a way that no spreadsheet program uses", NEEDED_SOUND)


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """One part, given up as soon as it is larger than it may be."""
    pieces, size = [], 0
    with archive.open(entry) as part:
        while piece := part.read(CHUNK):
            size += len(piece)
            if size > most:
                raise RefusedError(
                    f"a part {entry.filename[:60]!r} that unpacks beyond {LARGEST_XML // MIB} MiB, "
                    f"or all parts together beyond {LARGEST_TOTAL // MIB} MiB",
                    NEEDED_SMALL,
                )
            pieces.append(piece)
    return b"".join(pieces)


def _read(name: str, content: bytes, elements: Elements | None) -> None:
    """Stream a part through its reader, or see only whether it is acceptable."""
    try:
        read_xml(content, elements) if elements else check_xml(content)
    except XmlError as error:
        raise RefusedError(f"{error} in its part {name[:60]!r}", NEEDED_SOUND) from None


def _refuse_active(words: str) -> None:
    for word, what in ACTIVE.items():
        if word in words.lower():
            raise RefusedError(f"a workbook with {what}", SAVE_PLAIN)


class _ContentTypes(Elements):
    def start(self, path: list[str], attributes: Attributes) -> None:
        _refuse_active(attributes.get("ContentType", ""))


class _Relations(Elements):
    """The relations of a part in a folder; those that leave the package are refused, but for addresses of pages."""

    def __init__(self, folder: str) -> None:
        self.folder, self.relations = folder, dict[str, Relation]()

    def start(self, path: list[str], attributes: Attributes) -> None:
        if len(path) != 2:
            return
        kind = attributes.get("Type", "").rsplit("/", 1)[-1]
        _refuse_active(
            "oleobject" if kind == "package" else attributes.get("Type", "").split("/relationships/")[-1]
        )
        target = attributes.get("Target", "")
        if attributes.get("TargetMode") == "External":
            if kind != "hyperlink":
                raise RefusedError("a workbook with links to other files", SAVE_PLAIN)
            return
        resolved = posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
        self.relations[attributes.get("Id", "")] = Relation(kind, resolved)
