"""Add the LAMBDA names to a workbook that somebody else made, and change nothing else in its file.

Only the workbook part is written anew. Every other member is copied as it lies in the file: its header,
its compressed bytes, its time stamp.
"""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from carecost.errors import DataError
from carecost.workbook.package import CENTRAL, END, LOCAL, deflate, write_whole

# The comment that marks a name as ours; Excel shows it beside the name.
MARK = "carecost: "
RELATIONS = "_rels/.rels"
OLE = b"\xd0\xcf\x11\xe0"
RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
NAMES = re.compile(r"<((?:\w+:)?)definedNames\b[^>]*?(?:/>|>(.*?)</\1definedNames>)", re.DOTALL)
NAME = re.compile(r"\s*<((?:\w+:)?)definedName\b([^>]*?)(?:/>|>([^<]*)</\1definedName>)")
# What may stand before definedNames in the schema's order, the last first.
BEFORE = ("externalReferences", "functionGroups", "sheets")
TABLE = re.compile(r'\bdisplayName="([^"]*)"')
COMMENT_LENGTH = 255


class Added(NamedTuple):
    """What ``add_names`` did to a file."""

    path: Path
    added: tuple[str, ...]
    replaced: tuple[str, ...]


class _Member(NamedTuple):
    name: str
    central: bytes
    start: int
    end: int


def add_names(book_path: str | Path, names: Mapping[str, tuple[str, str]]) -> Added:
    """Add or replace defined names: ``names`` gives each its formula and its comment.

    The file is written whole or not at all. A name that is there already and not ours is refused.
    """
    path = Path(book_path)
    content = _content(path)
    members = _members(path, content)
    workbook = _workbook_part(path, content, members)
    text = _decoded(path, workbook, _part(content, members[workbook]))
    _refuse_tables(path, content, members, names)
    changed, replaced = _with_names(path, text, names)
    write_whole(path.resolve(), _rebuilt(content, members, workbook, changed.encode()))
    return Added(path, tuple(name for name in names if name not in replaced), replaced)


# ---- the file ----


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from None
    if content.startswith(OLE):
        raise DataError(
            f"{path}: encrypted with a password, or an old .xls. Save it as .xlsx without a password."
        )
    if not content.startswith(b"PK\3\4"):
        raise DataError(f"{path}: not an .xlsx workbook.")
    return content


def _members(path: Path, content: bytes) -> dict[str, _Member]:
    """The members by name, as they lie in the file."""
    broken = DataError(f"{path}: not an .xlsx workbook (its directory cannot be read).")
    place = content.rfind(b"PK\5\6")
    if place < 0 or place + END.size > len(content):
        raise broken
    _, _, _, _, count, size, start, _ = END.unpack_from(content, place)
    if 0xFFFFFFFF in (size, start) or count == 0xFFFF:
        raise DataError(f"{path}: larger than carecost can edit (zip64).")
    found = []
    offset = start
    for _ in range(count):
        try:
            fields = CENTRAL.unpack_from(content, offset)
        except struct.error:
            raise broken from None
        end = offset + CENTRAL.size + sum(fields[10:13])
        if fields[0] != b"PK\1\2" or end > place:
            raise broken
        name = content[offset + CENTRAL.size :][: fields[10]].decode(
            "utf-8" if fields[3] & 0x800 else "cp437"
        )
        found.append((name, content[offset:end], fields[-1]))
        offset = end
    starts = [*sorted(begin for _, _, begin in found), start]
    members = {
        name: _Member(name, central, begin, starts[starts.index(begin) + 1]) for name, central, begin in found
    }
    if len(members) != count or any(content[each.start :][:4] != b"PK\3\4" for each in members.values()):
        raise broken
    return members


def _part(content: bytes, member: _Member) -> bytes:
    fields = CENTRAL.unpack_from(member.central)
    flags, method, size = fields[3], fields[4], fields[8]
    if flags & 1 or method not in (0, 8):
        raise DataError(f"{member.name}: encrypted, or compressed in a way that Excel does not use.")
    local = LOCAL.unpack_from(content, member.start)
    start = member.start + LOCAL.size + local[-2] + local[-1]
    packed = content[start : start + size]
    try:
        return packed if method == 0 else zlib.decompress(packed, -15)
    except zlib.error as error:
        raise DataError(f"{member.name}: damaged ({error}).") from None


def _workbook_part(path: Path, content: bytes, members: Mapping[str, _Member]) -> str:
    if RELATIONS not in members:
        raise DataError(f"{path}: not an .xlsx workbook (a zip file of something else).")
    if any(name.startswith("_xmlsignatures/") for name in members):
        raise DataError(
            f"{path}: digitally signed; any change would break the signature. Work on an unsigned copy."
        )
    for tag in RELATION.findall(_part(content, members[RELATIONS]).decode("utf-8", "replace")):
        attributes: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("Type", "").endswith("/officeDocument"):
            part = attributes.get("Target", "").lstrip("/")
            if part.endswith(".bin"):
                raise DataError(f"{path}: a binary workbook (.xlsb). Save it as .xlsx or .xlsm.")
            if part in members and "workbook" in part:
                return part
    raise DataError(f"{path}: not an .xlsx workbook (a document of another kind).")


def _decoded(path: Path, part: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(
            f"{path}: {part} is not in UTF-8; open and save the workbook in Excel first."
        ) from None


def _refuse_tables(
    path: Path, content: bytes, members: Mapping[str, _Member], names: Mapping[str, tuple[str, str]]
) -> None:
    wanted = {name.upper() for name in names}
    for member in members.values():
        if member.name.startswith("xl/tables/") and member.name.endswith(".xml"):
            for table in TABLE.findall(_part(content, member).decode("utf-8", "replace")):
                if table.upper() in wanted:
                    raise DataError(
                        f"{path}: has a table of its own called {table}. Rename it, then try again."
                    )


def _rebuilt(content: bytes, members: Mapping[str, _Member], changed: str, text: bytes) -> bytes:
    """The file with one member replaced; members keep their order in the file and in the directory."""
    body: list[bytes] = []
    offsets: dict[str, int] = {}
    directory: dict[str, bytes] = {}
    offset = 0
    for member in sorted(members.values(), key=lambda each: each.start):
        offsets[member.name] = offset
        record = content[member.start : member.end]
        directory[member.name] = member.central
        if member.name == changed:
            record, directory[member.name] = _replaced(member, text)
        body.append(record)
        offset += len(record)
    index = b"".join(
        directory[name][: CENTRAL.size - 4]
        + struct.pack("<I", offsets[name])
        + directory[name][CENTRAL.size :]
        for name in members
    )
    place = content.rfind(b"PK\5\6")
    end = END.pack(
        b"PK\5\6", 0, 0, len(members), len(members), len(index), offset, len(content) - place - END.size
    )
    return b"".join((*body, index, end, content[place + END.size :]))


def _replaced(member: _Member, text: bytes) -> tuple[bytes, bytes]:
    """A member's record and directory entry with new contents, keeping name, time stamp and attributes."""
    _, made, needed, flags, _, time, date, *_ = fields = CENTRAL.unpack_from(member.central)
    name_length, _, _, disk, internal, external, _ = fields[10:]
    name = member.central[CENTRAL.size :][:name_length]
    part = deflate(member.name, text)
    flags &= 0x800
    sizes = part.crc, len(part.deflated), part.size, name_length
    record = LOCAL.pack(b"PK\3\4", 20, flags, 8, time, date, *sizes, 0) + name + part.deflated
    entry = CENTRAL.pack(
        b"PK\1\2", made, max(20, needed), flags, 8, time, date, *sizes, 0, 0, disk, internal, external, 0
    )
    return record, entry + name


# ---- the names ----


def names_xml(names: Mapping[str, tuple[str, str]], prefix: str = "") -> str:
    """The defined names as the workbook part holds them."""
    return "".join(
        f'<{prefix}definedName name="{name}" comment="{_attribute((MARK + comment)[:COMMENT_LENGTH])}">'
        f"{html.escape(formula, quote=False)}</{prefix}definedName>"
        for name, (formula, comment) in names.items()
    )


def _attribute(text: str) -> str:
    return html.escape(text, quote=True)


def _with_names(path: Path, text: str, names: Mapping[str, tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    """The workbook part with our names in place, and which of them were there before."""
    wanted = {name.upper(): name for name in names}
    replaced: list[str] = []

    def without_ours(found: re.Match[str]) -> str:
        attributes = {key: html.unescape(value) for key, value in re.findall(r'([\w:]+)="([^"]*)"', found[2])}
        name = wanted.get(attributes.get("name", "").upper())
        if name is None:
            return found[0]
        if not attributes.get("comment", "").startswith(MARK):
            raise DataError(
                f"{path}: has a name {attributes['name']} of its own. "
                "Rename it (Formulas, Name Manager), then try again."
            )
        replaced.append(name)
        return ""

    block = NAMES.search(text)
    if block:
        prefix, kept = block[1], NAME.sub(without_ours, block[2] or "")
        written = f"<{prefix}definedNames>{kept}{names_xml(names, prefix)}</{prefix}definedNames>"
        return text[: block.start()] + written + text[block.end() :], tuple(dict.fromkeys(replaced))
    for element in BEFORE:
        pattern = rf"<((?:\w+:)?){element}\b[^>]*?(?:/>|>.*?</\1{element}>)"
        found = list(re.finditer(pattern, text, re.DOTALL))
        if found:
            prefix, place = found[-1][1], found[-1].end()
            written = f"<{prefix}definedNames>{names_xml(names, prefix)}</{prefix}definedNames>"
            return text[:place] + written + text[place:], ()
    raise DataError(f"{path}: its workbook part lists no sheets.")
