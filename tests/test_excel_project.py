"""The VBA project: compressed and stored as the specifications say, read back by olevba, the rest untouched."""

import io
import random
from pathlib import Path

import olefile
import pytest
import xlwings
from vba_reader import decompressed

from carecost.errors import DataError
from carecost.hosts.excel.compound import compound_file
from carecost.hosts.excel.ovba import CHUNK, compress, decompress
from carecost.hosts.excel.project import VbaProject
from carecost.workbook.package import Package

TEMPLATES = ("quickstart_addin_ribbon.xlam", "quickstart_standalone.xlsm")


def project_of(template):
    return Package.read(Path(xlwings.__file__).parent / template).parts["xl/vbaProject.bin"]


# ---- compression ----


def test_the_examples_of_the_specification():
    """MS-OVBA 3.2: no, normal and maximum compression."""
    assert compress(b"abcdefghijklmnopqrstuv.") == b"\1\x19\xb0\0abcdefgh\0ijklmnop\0qrstuv."
    normal = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    stored = b"\1\x2f\xb0\0#aaabcde\x82f\0paghij\1\x38\x08akl\0\x30mnop\x06q\x02p\x04\x10rstuv\x10wxyz\0\x3c"
    assert decompress(stored) == normal
    assert decompress(compress(normal)) == normal
    assert compress(b"a" * 73) == bytes.fromhex("0103b002614500")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 17, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("words", ["a", "ab \n", ["If ", "x", "End Function\r\n", "CareIn(", ")", "qz 17"]])
def test_any_text_comes_back_from_another_reader(size, words):
    text = "".join(random.Random(size).choices(words, k=size)).encode()[:size]
    assert decompress(compress(text)) == text
    assert not text or decompressed(compress(text)) == text


def test_source_code_shrinks_as_much_as_office_makes_it():
    """Real copy tokens, not only letters: within a few percent of what xlwings' own file takes."""
    module = VbaProject(project_of(TEMPLATES[0])).modules["xlwings"]
    assert len(compress(module.source.encode("cp1252"))) < 1.05 * len(module.stream)


def test_noise_is_stored_as_it_is_or_refused():
    noise = random.Random(1).randbytes(CHUNK)
    assert decompress(compress(noise)) == noise == decompressed(compress(noise))
    with pytest.raises(DataError, match="not text"):
        compress(noise[:-1])


@pytest.mark.parametrize("damaged", [b"", b"\2abc", b"\1\3\xb0\2\x61\xff\xff"])
def test_a_damaged_stream_is_refused(damaged):
    with pytest.raises(DataError, match="damaged"):
        decompress(damaged)


# ---- the file ----


@pytest.mark.parametrize("sizes", [[1], [64, 65, 4095, 4096, 4097], [0, 512, 100_000], [10] * 40])
def test_a_compound_file_holds_its_streams(sizes):
    noise = random.Random(3)
    streams = {f"VBA/stream {place}": noise.randbytes(size) for place, size in enumerate(sizes)}
    streams["PROJECT"] = b"text"
    with olefile.OleFileIO(io.BytesIO(compound_file(streams)), raise_defects=olefile.DEFECT_UNSURE) as found:
        assert {"/".join(path) for path in found.listdir()} == set(streams)
        for path, content in streams.items():
            assert found.openstream(path).read() == content
            assert found.get_size(path) == len(content)
        assert found.parsing_issues == []


def test_a_compound_file_is_searched_as_a_tree():
    """Names in the format's order, shorter ones first, whatever their case; the red-black rules hold."""
    names = ["dir", "xlwings", "Sheet1", "ThisWorkbook", "a", "B", "_VBA_PROJECT", "carecost"]
    with olefile.OleFileIO(io.BytesIO(compound_file({f"VBA/{name}": b"x" for name in names}))) as found:
        entries = found.direntries

        def walk(number):
            """Names in order; the count of black entries on the way to each leaf."""
            if number == 0xFFFFFFFF:
                return [], {0}
            entry = entries[number]
            left, blacks = walk(entry.sid_left)
            right, others = walk(entry.sid_right)
            if entry.color == 0:
                for child in (entry.sid_left, entry.sid_right):
                    assert child == 0xFFFFFFFF or entries[child].color == 1
            return [*left, entry.name, *right], {count + entry.color for count in blacks | others}

        storage = next(entry for entry in entries if entry and entry.name == "VBA")
        order, blacks = walk(storage.sid_child)
    assert order == sorted(names, key=lambda name: (len(name), name.upper()))
    assert len(blacks) == 1


# ---- the project ----


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_written_again_unchanged_is_the_same(template):
    before = VbaProject(project_of(template))
    after = VbaProject(before.content())
    assert after.modules == before.modules
    assert after.content() == before.content()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_module_more_leaves_all_others_as_they_are(template):
    before = VbaProject(project_of(template))
    project = VbaProject(project_of(template))
    project.add_code("added", "Option Explicit\n")
    project.add_sheet("Sheet9", like="Sheet2")
    project.append_code("ThisWorkbook", "Private Sub Workbook_Open()\nEnd Sub\n")
    after = VbaProject(project.content())
    assert list(after.modules) == [*before.modules, "added", "Sheet9"]
    for name, module in before.modules.items():
        if name != "ThisWorkbook":
            assert after.modules[name] == module  # the stored bytes
    assert after.modules["added"].source == 'Attribute VB_Name = "added"\r\nOption Explicit\r\n'
    assert after.modules["Sheet9"].source == before.modules["Sheet2"].source.replace("Sheet2", "Sheet9")
    opening = after.modules["ThisWorkbook"].source
    assert opening.startswith(before.modules["ThisWorkbook"].source)
    assert opening.endswith("Private Sub Workbook_Open()\r\nEnd Sub\r\n")


def test_a_name_that_is_taken_is_refused():
    project = VbaProject(project_of(TEMPLATES[0]))
    with pytest.raises(DataError, match="has a module XLWINGS already"):
        project.add_code("XLWINGS", "")


def test_a_project_with_compiled_code_is_refused():
    with pytest.raises(DataError, match="compiled code"):
        VbaProject(project_of("quickstart.xlsm"))
