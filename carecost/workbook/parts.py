"""What openpyxl made, as the parts of a package that is the same whenever its contents are."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

from openpyxl import Workbook

# openpyxl stamps the time of writing; a file must not change when nothing changed.
STAMP = datetime.datetime(2026, 1, 1)
STRAY = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def parts_of(excel: Workbook, title: str) -> dict[str, bytes]:
    """The parts by name, the content types first, targets relative to their part, one time stamp."""
    properties = excel.properties
    properties.creator, properties.title = "carecost", title
    properties.created = properties.modified = STAMP
    buffer = io.BytesIO()
    excel.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: _settled(name, archive.read(name)) for name in sorted(archive.namelist(), key=_order)}


def _order(name: str) -> tuple[bool, str]:
    return name != "[Content_Types].xml", name


def _settled(name: str, text: bytes) -> bytes:
    """Targets relative to their part, as most readers expect, and a fixed time stamp."""
    if name == "docProps/core.xml":
        return STRAY.sub(rb"\g<1>" + STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), text)
    if name.endswith(".rels"):
        folder = name.split("_rels/")[0]
        return re.sub(rb'Target="/([^"]*)"', lambda found: b'Target="%s"' % _relative(folder, found[1]), text)
    return text


def _relative(folder: str, target: bytes) -> bytes:
    here, there = folder.strip("/").split("/") if folder.strip("/") else [], target.decode().split("/")
    while here and there and here[0] == there[0]:
        here, there = here[1:], there[1:]
    return "/".join([".."] * len(here) + there).encode()
