"""Whether the functions work in LibreOffice, and if not, what is in the way.

The check is a calculation, not a guess: LibreOffice opens a small workbook written for Excel, in a profile
that is thrown away afterwards, with the very extension that is installed.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from carecost import __version__
from carecost.functions import REGISTRY
from carecost.hosts.libreoffice.extension import FILE_NAME, IDENTIFIER, extension_files
from carecost.hosts.libreoffice.office import default_profile, run, soffice, with_profile

FORMULA, FUNCTION, VALUE = "=CARE_FTE(1100)", "CARE_FTE", 1100.0
WAYS = {
    "in process": "LibreOffice's own Python",
    "worker": "a process of its own",
    "failed": "nothing",
}
NOT_STARTED = (
    ". The add-in was not started: LibreOffice may lack its Python support"
    " (Debian and Ubuntu: apt install python3-uno libreoffice-script-provider-python)"
)
# An entry of LibreOffice's list: the identifier, the folder, the file's name.
LISTED = re.compile(rb"%s\n([^\xff\n]+)\xff([^\xff\n]+)\xff" % re.escape(IDENTIFIER.encode()))
INSTALL = "Run: carecost libreoffice install"


class Finding(NamedTuple):
    """One line of the doctor's."""

    good: bool
    subject: str
    found: str


def examine(profile: Path | None = None) -> list[Finding]:
    """Look at LibreOffice, at the installed extension, and at one calculation with it."""
    office = soffice()
    version = " ".join(run([office, "--version"]).stdout.split())
    findings = [Finding(True, "LibreOffice", f"{office} ({version or 'says no version'})")]
    installed = _installed(profile or default_profile())
    findings += _extension(installed, profile or default_profile())
    with tempfile.TemporaryDirectory() as folder:
        findings += _calculation(office, installed, Path(folder))
    return findings


def _installed(profile: Path) -> Path | None:
    """The folder of the extension in a profile, by LibreOffice's own list: removed ones linger on disk."""
    packages = profile / "user" / "uno_packages" / "cache"
    try:
        listed = LISTED.search((packages / "uno_packages.pmap").read_bytes())
    except OSError:
        return None
    if listed is None:
        return None
    return packages / "uno_packages" / f"{listed[1].decode()}_" / listed[2].decode()


def _extension(installed: Path | None, profile: Path) -> Iterator[Finding]:
    if installed is None:
        yield Finding(False, "extension", f"not installed in {profile}. {INSTALL}")
        return
    settings = _read(installed / "settings.json")
    theirs = settings.get("carecost", "of an unknown version")
    same = theirs == __version__
    hint = "" if same else f", but this is carecost {__version__}. {INSTALL}"
    yield Finding(same, "extension", f"installed in {profile}, for carecost {theirs}{hint}")
    interpreter = settings.get("interpreter", "")
    there = Path(interpreter).is_file()
    yield Finding(there, "its Python", interpreter if there else f"{interpreter} is gone. {INSTALL}")


def _calculation(office: str, installed: Path | None, folder: Path) -> Iterator[Finding]:
    """Have LibreOffice calculate one formula; what it says, and what the add-in said of itself."""
    bundled, profile, book = folder / "bundled", folder / "profile", folder / "check.xlsx"
    _place(installed, bundled / FILE_NAME)
    _write_book(book)
    done = run(
        [
            office, "--headless", "--norestore", *with_profile(profile),
            f"-env:BUNDLED_EXTENSIONS={bundled.as_uri()}",
            "--convert-to", "csv", "--outdir", str(folder), str(book),
        ]
    )  # fmt: skip
    state = _read(profile / "user" / "carecost.json")
    if state:
        why = f": {state['why']}" if state["why"] else ""
        yield Finding(state["way"] != "failed", "computed by", f"{WAYS[state['way']]}{why}")
    result = book.with_suffix(".csv")
    if not result.exists():
        said = " ".join(done.stderr.split()) or "it said nothing"
        yield Finding(False, "calculation", f"LibreOffice could not open a workbook: {said[:200]}")
        return
    shown, right = result.read_text(encoding="utf-8").strip().strip('"'), REGISTRY[FUNCTION](VALUE)
    if _is_number(shown, right):
        yield Finding(True, "calculation", f"{FORMULA} gives {shown}, as it should")
        return
    cause = "" if state else NOT_STARTED
    yield Finding(False, "calculation", f"{FORMULA} shows {shown or 'nothing'} instead of {right:g}{cause}")


def _is_number(shown: str, right: float) -> bool:
    """Whether a cell shows the number, with a point or, as in most of Europe, a comma."""
    try:
        return math.isclose(float(shown.replace(",", ".")), right, rel_tol=1e-9)
    except ValueError:
        return False


def _place(installed: Path | None, folder: Path) -> None:
    """The extension as files: the installed one, or the one that would be."""
    if installed is None:
        files = extension_files()
    else:
        files = {
            path.relative_to(installed).as_posix(): path.read_bytes()
            for path in installed.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _write_book(path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = FORMULA
    book.save(path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
