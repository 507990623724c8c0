"""The compression of VBA source code in Office files (MS-OVBA, section 2.4.1).

Text is cut into chunks of 4,096 bytes. In a chunk, a flag byte says of each of the next eight tokens whether it
is a byte as it is, or a copy of bytes that came before in the same chunk.
"""

from __future__ import annotations

from carecost.errors import DataError

SIGNATURE = 1
CHUNK = 4096
COMPRESSED, RAW = 0xB000, 0x3000
SHORTEST_COPY = 3


def compress(text: bytes) -> bytes:
    """Compress one stream.

    >>> decompress(compress(b"Option Explicit" * 1000)) == b"Option Explicit" * 1000
    True
    """
    chunks = (text[start : start + CHUNK] for start in range(0, len(text), CHUNK))
    return bytes([SIGNATURE]) + b"".join(map(_compressed_chunk, chunks))


def decompress(stream: bytes) -> bytes:
    """The text of a compressed stream."""
    if not stream or stream[0] != SIGNATURE:
        raise DataError("a VBA stream does not begin as one: the file is damaged.")
    text, place = bytearray(), 1
    while place + 2 <= len(stream):
        header = int.from_bytes(stream[place : place + 2], "little")
        end = place + (header & 0x0FFF) + 3
        body = stream[place + 2 : end]
        text += _text_of_chunk(body) if header & 0x8000 else body
        place = end
    return bytes(text)


def _compressed_chunk(chunk: bytes) -> bytes:
    body, place = bytearray(), 0
    while place < len(chunk):
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if place == len(chunk):
                break
            offset, length = _longest_copy(chunk, place)
            if length:
                flags |= 1 << bit
                token = (offset - 1) << (16 - _offset_bits(place)) | (length - SHORTEST_COPY)
                tokens += token.to_bytes(2, "little")
                place += length
            else:
                tokens.append(chunk[place])
                place += 1
        body.append(flags)
        body += tokens
    if len(body) <= CHUNK:
        return (COMPRESSED | len(body) - 1).to_bytes(2, "little") + bytes(body)
    if len(chunk) < CHUNK:
        raise DataError("not text: VBA source code cannot hold it.")
    return (RAW | CHUNK - 1).to_bytes(2, "little") + chunk


def _longest_copy(chunk: bytes, place: int) -> tuple[int, int]:
    """How far back the longest text lies that also stands at ``place``, and its length; (0, 0) if none."""
    longest = min((0xFFFF >> _offset_bits(place)) + SHORTEST_COPY, len(chunk) - place)
    start, length = 0, 0
    for size in range(SHORTEST_COPY, longest + 1):
        # A copy may run into what it writes itself: only its first byte must lie before.
        found = chunk.find(chunk[place : place + size], start, place + size - 1)
        if found < 0:
            break
        start, length = found, size
    return (place - start, length) if length else (0, 0)


def _text_of_chunk(body: bytes) -> bytes:
    text, place = bytearray(), 0
    while place < len(body):
        flags = body[place]
        place += 1
        for bit in range(8):
            if place >= len(body):
                break
            if flags >> bit & 1:
                token = int.from_bytes(body[place : place + 2], "little")
                bits = _offset_bits(len(text))
                start = len(text) - (token >> (16 - bits)) - 1
                if start < 0:
                    raise DataError("a VBA stream refers to text before its beginning: the file is damaged.")
                for step in range((token & 0xFFFF >> bits) + SHORTEST_COPY):
                    text.append(text[start + step])
                place += 2
            else:
                text.append(body[place])
                place += 1
    return bytes(text)


def _offset_bits(place: int) -> int:
    """How many bits of a copy token hold the offset: the more text lies before, the more."""
    return max(4, (place - 1).bit_length())
