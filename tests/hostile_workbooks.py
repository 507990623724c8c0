"""Files that a vendor, or somebody in a vendor's name, might send: each built from a request that is sound."""

import bz2
import io
import random
import re
import struct
import zipfile
from xml.etree.ElementTree import canonicalize

CELLS = "xl/worksheets/sheet2.xml"
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RELATION = '<Relationship Id="rId{number}" Type="{kind}" Target="{target}"{mode}/></Relationships>'
INLINE = re.compile(rb't="inlineStr"><is>(.*?)</is>')
SPREADSHEET = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships/"


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    """A zip of parts; pairs allow names that come twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, text in parts.items() if isinstance(parts, dict) else parts:
            entry = zipfile.ZipInfo("placeholder")
            entry.filename, entry.compress_type = name, method  # as it is: no slash is turned
            archive.writestr(entry, text)
    return buffer.getvalue()


def written_alike(one, other):
    """Whether two workbooks hold the same XML, however openpyxl spells it (with lxml or without)."""
    one, other = parts_of(one), parts_of(other)
    return one.keys() == other.keys() and all(
        one[name] == other[name] or canonicalize(one[name]) == canonicalize(other[name]) for name in one
    )


def edited(content, part, old, new):
    """The workbook with one piece of a part replaced."""
    parts = parts_of(content)
    old, new = (text if isinstance(text, bytes) else text.encode() for text in (old, new))
    assert old in parts[part], (part, old)
    return zipped({**parts, part: parts[part].replace(old, new, 1)})


def related(content, part, kind, target, mode="", **more):
    """The workbook with one more relation of a part, and more parts."""
    parts = parts_of(content)
    link = RELATION.format(number=99, kind=kind, target=target, mode=mode)
    parts[part] = parts[part].replace(b"</Relationships>", link.encode())
    return zipped({**parts, **more})


def as_excel_saves(content):
    """The workbook with its texts in the shared strings, where Excel puts them."""
    texts = []

    def share(found):
        texts.append(found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    parts = {
        name: INLINE.sub(share, text) if name.startswith("xl/worksheets/") else text
        for name, text in parts_of(content).items()
    }
    parts[STRINGS] = b'<sst xmlns="%s">%s</sst>' % (
        SPREADSHEET,
        b"".join(b"<si>%s</si>" % text for text in texts),
    )
    return related(zipped(parts), BOOK_RELATIONS, OFFICE + "sharedStrings", "sharedStrings.xml")


def hostile(good):
    """Each file's bytes and the words of its one message, by name; ``good`` is a filled request."""
    return {**_bombs(good), **_packages(good), **_xml(good), **_active(good), **_forms(good)}


def _bombs(good):
    parts = parts_of(good)
    rows = b"<row r='9'/>" * 400_000
    sheet = parts[CELLS].replace(b"<sheetData>", b"<sheetData>" + rows)
    strings = parts[STRINGS].replace(b"</sst>", b"<si><t>" + b"x" * 10_000_000 + b"</t></si></sst>")
    many = parts[STRINGS].replace(b"</sst>", b"<si><t>word</t></si>" * 500_000 + b"</sst>")
    noise = random.Random(7).randbytes(5_300_000).hex().encode()
    noisy = parts[STRINGS].replace(b"</sst>", b"<si><t>" + noise + b"</t></si></sst>")
    medium = b"<a>" + b"<b/>" * 900_000 + b"</a>"
    return {
        "bomb of 100 MB.xlsx": (zipped({**parts, "xl/media/image1.png": bytes(100 << 20)}), "unpacks beyond"),
        "bomb in a sheet.xlsx": (zipped({**parts, CELLS: sheet}), f"'{CELLS}' that unpacks beyond 4 MiB"),
        "bomb in small parts.xlsx": (
            zipped({**parts, **{f"xl/worksheets/more{place}.xml": medium for place in range(3)}}),
            "unpacks to more than 150 times its size",
        ),
        "bomb that understates its size.xlsx": (_understated(parts), "a damaged file"),
        "10 MB of shared strings.xlsx": (
            zipped({**parts, STRINGS: strings}),
            "sharedStrings.xml' that unpacks",
        ),
        "500,000 shared strings.xlsx": (zipped({**parts, STRINGS: many}), "sharedStrings.xml' that unpacks"),
        "10 MB of noise.xlsx": (zipped({**parts, STRINGS: noisy}), "a file of more than 5 MiB"),
        "2,000 parts.xlsx": (
            zipped({**parts, **{f"xl/{place}.txt": b"" for place in range(2_000)}}),
            "more than 200 parts",
        ),
    }


def _understated(parts):
    """A part of 50 MB whose headers say 100 bytes."""
    content = bytearray(zipped({**parts, CELLS: bytes(50 << 20)}))
    honest = struct.pack("<I", 50 << 20)
    place = content.find(honest)
    while place >= 0:
        content[place : place + 4] = struct.pack("<I", 100)
        place = content.find(honest, place)
    return bytes(content)


def _packages(good):
    parts = parts_of(good)
    damaged = bytearray(good)
    damaged[3000:3020] = bytes(20)
    encrypted = bytearray(good)
    encrypted[6] |= 1
    encrypted[good.index(b"PK\1\2") + 8] |= 1
    renamed = {name: text for name, text in parts.items() if name != CELLS}
    return {
        "encrypted.xlsx": (OLE + bytes(4000), "encrypted with a password, or an old .xls"),
        "encrypted zip.xlsx": (bytes(encrypted), "encrypted with a password"),
        "truncated.xlsx": (good[: len(good) * 2 // 3], "a damaged file"),
        "truncated late.xlsx": (good[:-30], "a damaged file"),
        "damaged.xlsx": (bytes(damaged), "a damaged file"),
        "empty.xlsx": (b"", "a damaged file"),
        "text.xlsx": (b"vendor,offer\nAtlas,1\n", "a damaged file, or one that is not a workbook"),
        "zip of text.xlsx": (zipped({"readme.txt": b"hello"}), "a zip file that is not a workbook"),
        "without a sheet.xlsx": (zipped(renamed), f"a workbook without its part '{CELLS}'"),
        "absolute name.xlsx": (zipped({**parts, "/etc/cron.d/job": b"x"}), "which no workbook has"),
        "path upward.xlsx": (zipped({**parts, "../../job.xml": b"<a/>"}), "which no workbook has"),
        "backslash.xlsx": (zipped({**parts, "..\\job.xml": b"<a/>"}), "which no workbook has"),
        "drive.xlsx": (zipped({**parts, "C:job.xml": b"<a/>"}), "which no workbook has"),
        "same part twice.xlsx": (
            zipped([*parts.items(), (CELLS.upper(), b"<a/>")]),
            "two parts with the name",
        ),
        "bzip2.xlsx": (zipped(parts, zipfile.ZIP_BZIP2), "compressed in a way"),
        "bare bzip2.xlsx": (bz2.compress(good), "a damaged file"),
        "target outside.xlsx": (
            edited(good, BOOK_RELATIONS, "worksheets/sheet2.xml", "../../../../etc/passwd"),
            "a workbook without its part 'etc/passwd'",
        ),
    }


def _xml(good):
    laughs = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    fetch = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    parts = parts_of(good)
    text = parts[CELLS].decode()
    body = text[text.index("<worksheet") :]
    utf16 = ('<?xml version="1.0" encoding="UTF-16"?>' + laughs + body).encode("utf-16")
    deep = b"<a>" * 100_000
    return {
        "entities.xlsx": (
            zipped({**parts, CELLS: (laughs + body).encode()}),
            f"XML entities (a document type definition) in its part '{CELLS}'",
        ),
        "entities in UTF-16.xlsx": (zipped({**parts, CELLS: utf16}), "XML entities"),
        "entity from a file.xlsx": (zipped({**parts, CELLS: (fetch + body).encode()}), "XML entities"),
        "entities in a part not read.xlsx": (
            zipped({**parts, "docProps/app.xml": (laughs + "<a>&b;</a>").encode()}),
            "XML entities",
        ),
        "half of a sheet.xlsx": (zipped({**parts, CELLS: parts[CELLS][:3000]}), "XML that cannot be read"),
        "strange encoding.xlsx": (
            zipped({**parts, CELLS: b"<?xml version='1.0' encoding='utf-7'?><a/>"}),
            "XML that cannot be read",
        ),
        "deep.xlsx": (zipped({**parts, "xl/theme/theme1.xml": deep}), "nested more than 64 deep"),
        "another document.xlsx": (
            zipped({**parts, BOOK: b"<document/>"}),
            "a document that is not a workbook",
        ),
        "two cells at one place.xlsx": (
            edited(good, CELLS, '<c r="B7"', '<c r="B6" t="n"><v>1</v></c><c r="B7"'),
            "cells that have no address of their own",
        ),
        "cells without an address.xlsx": (
            edited(good, CELLS, '<c r="B7"', "<c"),
            "cells that have no address",
        ),
        "text that is not there.xlsx": (_pointing(good, "99999"), "cells that point to no text"),
        "text at a huge place.xlsx": (_pointing(good, "9" * 5000), "cells that point to no text"),
    }


def _pointing(good, place):
    """The vendor's name as a shared string that does not exist."""
    parts = parts_of(good)
    head, tail = parts[CELLS].split(b'<c r="B6"', 1)
    before, after = tail.split(b"<v>", 1)
    return zipped(
        {
            **parts,
            CELLS: head + b'<c r="B6"' + before + b"<v>" + place.encode() + after[after.index(b"</v>") :],
        }
    )


def _active(good):
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    sheet_relations = {"xl/worksheets/_rels/sheet2.xml.rels": b"<Relationships></Relationships>"}
    with_relations = zipped({**parts_of(good), **sheet_relations})
    own = next(iter(sheet_relations))
    macro_type = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    external = ' TargetMode="External"'
    return {
        "macro.xlsx": (
            related(
                good, BOOK_RELATIONS, MICROSOFT + "vbaProject", "vbaProject.bin", **{"xl/vbaProject.bin": OLE}
            ),
            "a workbook with macros",
        ),
        "macro.xlsm": (edited(good, TYPES, plain_type, macro_type), "a workbook with macros"),
        "binary.xlsb": (
            edited(good, TYPES, plain_type, "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
            "binary cells",
        ),
        "excel 4 macro.xlsx": (
            related(good, BOOK_RELATIONS, MICROSOFT + "xlMacrosheet", "macrosheets/sheet1.xml"),
            "macros",
        ),
        "external link.xlsx": (
            related(
                good,
                BOOK_RELATIONS,
                OFFICE + "externalLink",
                "externalLinks/externalLink1.xml",
                **{"xl/externalLinks/externalLink1.xml": link},
            ),
            "a workbook with links to other workbooks",
        ),
        "picture from a server.xlsx": (
            related(with_relations, own, OFFICE + "image", "http://192.0.2.1/pixel.png", external),
            "links to other files",
        ),
        "template from a server.xlsx": (
            related(good, BOOK_RELATIONS, OFFICE + "attachedTemplate", "\\\\192.0.2.1\\share", external),
            "links to other files",
        ),
        "data connection.xlsx": (
            related(good, BOOK_RELATIONS, OFFICE + "connections", "connections.xml"),
            "data connections",
        ),
        "embedded object.xlsx": (
            related(with_relations, own, OFFICE + "oleObject", "../embeddings/a.bin"),
            "embedded objects",
        ),
        "embedded file.xlsx": (
            related(with_relations, own, OFFICE + "package", "../embeddings/a.xlsx"),
            "embedded objects",
        ),
        "form control.xlsx": (
            related(with_relations, own, OFFICE + "control", "../activeX/a.xml"),
            "form controls",
        ),
        "DDE.xlsx": (_formula(good, "cmd|'/c calc'!A0"), "a formula that starts a program (DDE) in Offer!B7"),
        "DDE on the first page.xlsx": (
            edited(
                good,
                "xl/worksheets/sheet1.xml",
                "</sheetData>",
                "<row r=\"90\"><c r=\"A90\"><f>MSEXCEL|'\\..\\cmd.exe /c calc'!''</f><v>0</v></c></row></sheetData>",
            ),
            "(DDE) in Start here!A90",
        ),
        "DDE in a name.xlsx": (
            edited(
                good,
                BOOK,
                "<definedNames>",
                "<definedNames><definedName name=\"x\">cmd|'/c calc'!A0</definedName>",
            ),
            "(DDE) in the names of the workbook",
        ),
    }


def _formula(good, formula):
    parts = parts_of(good)
    head, tail = parts[CELLS].split(b'<c r="B7"', 1)
    rest = tail[tail.index(b"</c>") :]
    return zipped({**parts, CELLS: head + b'<c r="B7"><f>' + formula.encode() + b"</f><v>7</v>" + rest})


def _forms(good):
    parts = parts_of(good)
    version = parts["xl/worksheets/sheet1.xml"]
    place = version.rindex(b"<v>1</v>")
    newer = version[:place] + b"<v>2</v>" + version[place + 8 :]
    return {
        "newer version.xlsx": (
            zipped({**parts, "xl/worksheets/sheet1.xml": newer}),
            "version 2 of the request; needed: version 1",
        ),
        "renamed sheet.xlsx": (
            zipped(
                {
                    **parts,
                    BOOK: parts[BOOK]
                    .replace(b'name="Prices"', b'name="Pricing"')
                    .replace(b"'Prices'!", b"'Pricing'!"),
                }
            ),
            "Start here, Offer, Pricing, Commercial terms, Service and staffing; needed: a sheet named Prices",
        ),
        "no request.xlsx": (
            edited(good, BOOK, 'name="template_version"', 'name="other"'),
            "a workbook that is not a quote request",
        ),
        "name removed.xlsx": (
            edited(good, BOOK, 'name="line_1_rate"', 'name="rate"'),
            "Prices (Line 1: rate): no such name; needed: the name line_1_rate",
        ),
        "name of a deleted row.xlsx": (
            edited(good, BOOK, "'Prices'!$B$7", "#REF!"),
            "Prices (Line 1: rate): #REF!",
        ),
        "name of two cells.xlsx": (
            edited(good, BOOK, "'Prices'!$B$7<", "'Prices'!$B$7:$B$8<"),
            "Prices (Line 1: rate): 'Prices'!$B$7:$B$8",
        ),
        "names of one cell.xlsx": (
            edited(good, BOOK, "'Prices'!$C$7<", "'Prices'!$B$7<"),
            "Prices (Line 2: rate): 'Prices'!$B$7",
        ),
        "name given twice.xlsx": (
            edited(
                good,
                BOOK,
                "<definedNames>",
                "<definedNames><definedName name=\"LINE_1_RATE\">'Prices'!$B$9</definedName>",
            ),
            "two names 'line_1_rate'",
        ),
    }
