"""An .xlsx as a zip: what is read, what is refused in one line, and what is written."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest

from carecost.errors import DataError
from carecost.workbook import package
from carecost.workbook.fill import PNL_TEMPLATE
from carecost.workbook.package import Package, make_folder, write_together, write_whole


def refusal(action, *args):
    with pytest.raises(DataError) as caught:
        action(*args)
    words = str(caught.value)
    assert "\n" not in words
    return words


# ---- reading ----


def test_reads_and_writes_every_part_unchanged(tmp_path):
    found = Package.read(PNL_TEMPLATE)
    path = tmp_path / "copy.xlsx"
    path.write_bytes(found.with_parts({}))
    with zipfile.ZipFile(path) as ours, zipfile.ZipFile(PNL_TEMPLATE) as theirs:
        assert ours.testzip() is None
        assert ours.namelist() == theirs.namelist()
        assert all(ours.read(name) == theirs.read(name) for name in ours.namelist())
    assert Package.read(path).parts == found.parts


def test_equal_parts_give_equal_bytes_and_a_replaced_part_is_the_only_change():
    found = Package.read(PNL_TEMPLATE)
    assert found.with_parts({}) == Package(found.parts).with_parts({})
    changed = found.with_parts({"docProps/app.xml": "<a>é</a>".encode()})
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        for entry in archive.infolist():
            expected = (
                found.parts[entry.filename] if entry.filename != "docProps/app.xml" else "<a>é</a>".encode()
            )
            assert archive.read(entry) == expected
            assert zlib.crc32(expected) == entry.CRC
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_missing_file(tmp_path):
    path = tmp_path / "no.xlsx"
    assert refusal(Package.read, path) == f"{path}: no such file."


def test_file_that_is_no_zip(tmp_path):
    path = tmp_path / "text.xlsx"
    path.write_text("name,amount\nlabor,5000\n")
    assert refusal(Package.read, path).startswith(f"{path}: not an .xlsx workbook")


def test_folder_in_place_of_a_file(tmp_path):
    assert refusal(Package.read, tmp_path).startswith(f"{tmp_path}: ")


@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.999])
def test_truncated_zip(tmp_path, part):
    path = tmp_path / "cut.xlsx"
    content = PNL_TEMPLATE.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    assert refusal(Package.read, path).startswith(f"{path}: not an .xlsx workbook")


@pytest.mark.parametrize("place", [200, 5000, 20000])
def test_damaged_member(tmp_path, place):
    path = tmp_path / "damaged.xlsx"
    content = bytearray(PNL_TEMPLATE.read_bytes())
    for step in range(40):
        content[place + step] ^= 0xFF
    path.write_bytes(content)
    assert refusal(Package.read, path).startswith(f"{path}: not an .xlsx workbook")


def test_package_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(package, "LARGEST", 1 << 20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2 << 20))
    assert "unpacks to more than 1 MiB" in refusal(Package.read, path)


# ---- writing ----


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_the_whole_file_in_place_of_the_old_one(tmp_path):
    path = tmp_path / "budget.xlsx"
    write_whole(path, b"first")
    write_whole(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert names(tmp_path) == ["budget.xlsx"]


def test_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_whole(tmp_path / "budget.xlsx", b"")
    assert (tmp_path / "budget.xlsx").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")]
)
def test_existing_file_stays_as_it_was_when_writing_fails(tmp_path, monkeypatch, failing, error):
    path = tmp_path / "budget.xlsx"
    path.write_bytes(b"last month's")

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(failing, fail)
    words = refusal(write_whole, path, b"new")
    monkeypatch.undo()
    assert words.startswith(f"{path}: cannot be written ({error.strerror})")
    assert path.read_bytes() == b"last month's"
    assert names(tmp_path) == ["budget.xlsx"]


def test_of_files_written_together_none_appears_when_one_cannot_be_written(tmp_path):
    def files():
        yield tmp_path / "a.xlsx", b"a"
        yield tmp_path / "nowhere" / "b.xlsx", b"b"

    (tmp_path / "a.xlsx").write_bytes(b"last month's")
    assert refusal(write_together, files()) == (
        f"{tmp_path / 'nowhere' / 'b.xlsx'}: the folder {tmp_path / 'nowhere'} does not exist. "
        "Create it, or choose another."
    )
    assert names(tmp_path) == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_bytes() == b"last month's"


def test_files_written_together_are_on_the_disk_before_any_has_its_name(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr("os.fsync", lambda _: found.append([n for n in names(tmp_path) if n[0] != "."]))
    write_together((tmp_path / f"{letter}.xlsx", letter.encode()) for letter in "abc")
    assert found == [[], [], []]
    assert names(tmp_path) == ["a.xlsx", "b.xlsx", "c.xlsx"]
    assert (tmp_path / "b.xlsx").read_bytes() == b"b"


def test_interrupted_writing_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "budget.xlsx", b"new")
    monkeypatch.undo()
    assert names(tmp_path) == []


def test_missing_folder(tmp_path):
    path = tmp_path / "nowhere" / "budget.xlsx"
    assert refusal(write_whole, path, b"") == (
        f"{path}: the folder {path.parent} does not exist. Create it, or choose another."
    )
    assert names(tmp_path) == []


def test_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert "cannot be written" in refusal(write_whole, tmp_path / "file" / "budget.xlsx", b"")


def test_folder_in_place_of_the_file(tmp_path):
    (tmp_path / "budget.xlsx").mkdir()
    assert "cannot be written" in refusal(write_whole, tmp_path / "budget.xlsx", b"")
    assert names(tmp_path) == ["budget.xlsx"]


def test_the_folder_itself_as_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "cannot be written" in refusal(write_whole, ".", b"")
    assert names(tmp_path) == []


def test_long_names(tmp_path):
    path = tmp_path / f"{'b' * 240}.xlsx"
    write_whole(path, b"content")
    assert path.read_bytes() == b"content"
    assert names(tmp_path) == [path.name]
    assert "cannot be written" in refusal(write_whole, tmp_path / f"{'b' * 300}.xlsx", b"content")


def test_make_folder(tmp_path):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    Path(tmp_path, "file").write_bytes(b"")
    assert "cannot be made a folder" in refusal(make_folder, tmp_path / "file")
