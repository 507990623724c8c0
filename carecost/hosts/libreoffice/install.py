"""Put the extension into LibreOffice and take it out again, with LibreOffice's own ``unopkg``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from carecost.errors import DataError
from carecost.hosts.libreoffice.extension import FILE_NAME, IDENTIFIER, extension
from carecost.hosts.libreoffice.office import program, run, with_profile
from carecost.workbook.package import write_whole

UNOPKG = ("unopkg", "unopkg.com")


def build(path: Path, *, in_process: bool = True) -> None:
    """Write the extension file."""
    write_whole(path, extension(in_process=in_process))


def install(profile: Path | None = None, *, in_process: bool = True) -> None:
    """Install the extension, or replace it, in the user's LibreOffice or in the profile given."""
    with tempfile.TemporaryDirectory() as folder:
        # Readable for all: LibreOffice may be another user's.
        Path(folder).chmod(0o755)
        file = Path(folder, FILE_NAME)
        build(file, in_process=in_process)
        _unopkg(["add", "--force", "--suppress-license", str(file)], profile)


def uninstall(profile: Path | None = None) -> None:
    """Take the extension out."""
    _unopkg(["remove", IDENTIFIER], profile)


def _unopkg(arguments: list[str], profile: Path | None) -> None:
    done = run([program(*UNOPKG), *arguments, *with_profile(profile)])
    if done.returncode == 0:
        return
    said = " ".join((done.stderr or done.stdout).split()).removeprefix("ERROR: ").partition(" ERROR: ")[0]
    raise DataError(f"LibreOffice's unopkg refused: {said or 'no reason given.'}{_hint(said)}")


def _hint(said: str) -> str:
    if "already running" in said or "lock file" in said:
        return " Close LibreOffice first."
    if "as root" in said:
        return " Run this as the user who works with LibreOffice."
    if "no such" in said or "not deployed" in said:
        return " It is not installed there."
    return ""
