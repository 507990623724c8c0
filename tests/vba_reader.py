"""olevba, which reads VBA projects independently of carecost."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # oletools calls its parser by names that are deprecated
    from oletools.olevba import VBA_Parser, decompress_stream


def modules(path):
    """The source of each module of a file, by name, as olevba reads it."""
    parser = VBA_Parser(str(path))
    try:
        return {name.rpartition(".")[0]: code for _, _, name, code in parser.extract_all_macros()}
    finally:
        parser.close()


def decompressed(stream):
    """A compressed stream's text."""
    return bytes(decompress_stream(bytearray(stream)))
