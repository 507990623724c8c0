"""XML of a workbook from outside, streamed: no DTD and so no entities, no deep nesting, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

# What no part of a workbook needs, and what fills memory.
DEEPEST = 64
TOO_DEEP = f"elements nested more than {DEEPEST} deep"
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


def check_xml(content: bytes) -> None:
    """See that an XML text is acceptable. Raises ``XmlError`` at the first doubtful byte."""
    parser, depth = _parser(), 0
    parser.ordered_attributes = True

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise XmlError(TOO_DEEP)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    _parse(parser.Parse, content)


def read_xml(content: bytes, elements: Elements) -> None:
    """Stream an XML text through a reader. Raises ``XmlError`` at the first doubtful byte, and parses no further."""
    parser = _parser()
    path: list[str] = []
    bare: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name not in bare:
            bare[name] = name.removeprefix(SPREADSHEET[0]).removeprefix(SPREADSHEET[1])
        path.append(bare[name])
        if len(path) > DEEPEST:
            raise XmlError(TOO_DEEP)
        elements.start(path, attributes)

    def end(_: str) -> None:
        elements.end(path)
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: elements.text(path, text)
    _parse(parser.Parse, content)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    # Without a document type there is no entity to expand and nothing to fetch.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise XmlError("XML entities (a document type definition)")


def _parse(parse: Callable[[bytes, bool], int], content: bytes) -> None:
    try:
        for place in range(0, len(content), CHUNK):
            parse(content[place : place + CHUNK], False)
        parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: unknown encodings
        raise XmlError(f"XML that cannot be read ({error})") from None
