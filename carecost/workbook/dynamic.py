"""Formulas as Excel 365 knows them, dynamic arrays that spill, beside their values: openpyxl can write neither."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from openpyxl import Workbook

from carecost.errors import EXCEL_ERRORS

METADATA = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" '
    'pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" '
    'coerce="1" cellMeta="1"/></metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/>'
    '</ext></extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
)
METADATA_TYPE = (
    '<Override PartName="/xl/metadata.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"/>'
)
METADATA_RELATION = (
    '<Relationship Id="rIdMetadata" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'sheetMetadata" Target="metadata.xml"/>'
)


class Live(NamedTuple):
    """A cell with its value. ``area`` is where a call spills to; a cell spilled into has no formula."""

    formula: str
    value: Any
    area: str = ""


Cells = dict[str, dict[str, Live]]


def with_live(excel: Workbook, parts: Mapping[str, bytes], live: Cells) -> dict[str, bytes]:
    """The parts that openpyxl made of a workbook, with the live cells of each sheet put in."""
    changed = dict(parts)
    for number, sheet in enumerate(excel.worksheets, start=1):
        part = f"xl/worksheets/sheet{number}.xml"
        changed[part] = _sheet(parts[part].decode(), live.get(sheet.title, {})).encode()
    for part, end, added in (
        ("[Content_Types].xml", b"</Types>", METADATA_TYPE),
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", METADATA_RELATION),
    ):
        changed[part] = parts[part].replace(end, added.encode() + end)
    changed["xl/metadata.xml"] = METADATA.encode()
    return changed


def same_test(live: str, built: str, value: Any) -> str:
    """The condition under which one cell still shows what another holds, in any spreadsheet's formulas."""
    if isinstance(value, str) and value in EXCEL_ERRORS:
        return f"ISERROR({live})"
    if isinstance(value, str):
        return f'{live}&""={built}'  # in LibreOffice an add-in's text equals no other as it stands
    return f"ABS({live}-{built})<=1E-09*MAX(1,ABS({built}))"


def _sheet(text: str, live: Mapping[str, Live]) -> str:
    """A sheet with formulas beside their values; calls as dynamic arrays, so that Excel adds no @."""

    def cell(found: re.Match[str]) -> str:
        entry = live.get(found[1])
        if entry is None:
            return found[0]
        attributes = re.sub(r'\s+t="[^"]*"', "", found[2])
        formula = html.escape(entry.formula, quote=False)
        area = f' t="array" ref="{entry.area}"' if entry.area else ""
        kind, shown = _stored_value(entry.value)
        if not entry.formula:
            return f'<c r="{found[1]}"{attributes}{kind}><v>{shown}</v></c>'
        meta = ' cm="1"' if entry.area else ""
        return f'<c r="{found[1]}"{attributes}{kind}{meta}><f{area}>{formula}</f><v>{shown}</v></c>'

    return re.sub(r'<c r="([A-Z]+[0-9]+)"([^>]*?)(?:/>|>.*?</c>)', cell, text, flags=re.DOTALL)


def _stored_value(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return ' t="e"' if value in EXCEL_ERRORS else ' t="str"', html.escape(value, quote=False)
    return "", repr(float(value)).removesuffix(".0")
