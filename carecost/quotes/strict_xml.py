"""XML of a workbook from outside, streamed: no DTD and so no entities, no deep nesting, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

# What no part of a workbook needs, and what fills memory.
DEEPEST = 64
CHUNK = 1 << 16
# The namespace of cells, as every program writes it and in the standard's strict form.
SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main ",
    "http://purl.oclc.org/ooxml/spreadsheetml/main ",
)
Attributes = Mapping[str, str]


class XmlError(Exception):
    """Not well-formed, or XML that a workbook has no use for; the message says which."""


class Elements:
    """What a reader does with the elements of a part; ``path`` names them from the root down.

    Elements of the spreadsheet namespace have bare names; those of others, and such attributes, have their
    namespace and a space before the name.
    """

    def start(self, path: list[str], attributes: Attributes) -> None:
        """An element begins."""

    def text(self, path: list[str], text: str) -> None:
        """A piece of the text of the element that is open; long texts come in several pieces."""

    def end(self, path: list[str]) -> None:
        """The element at the end of the path is complete."""


def read_xml(content: bytes, elements: Elements) -> None:
    """Stream an XML text through a reader; the plain ``Elements`` only sees whether it is acceptable.

    Raises ``XmlError`` at the first doubtful byte; nothing after it is parsed.
    """
    path: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        for namespace in SPREADSHEET:
            name = name.removeprefix(namespace)
        path.append(name)
        if len(path) > DEEPEST:
            raise XmlError(f"elements nested more than {DEEPEST} deep")
        elements.start(path, attributes)

    def end(_: str) -> None:
        elements.end(path)
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: elements.text(path, text)
    # Without a document type there is no entity to expand and nothing to fetch.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    _parse(parser.Parse, content)


def _refuse_doctype(*_: object) -> None:
    raise XmlError("XML entities (a document type definition)")


def _parse(parse: Callable[[bytes, bool], int], content: bytes) -> None:
    try:
        for place in range(0, len(content), CHUNK):
            parse(content[place : place + CHUNK], False)
        parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: unknown encodings
        raise XmlError(f"XML that cannot be read ({error})") from None
