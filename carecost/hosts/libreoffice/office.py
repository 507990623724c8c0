"""LibreOffice on this machine: where it is, and how its programs are run from here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from carecost.errors import DataError

MINUTES = 5
# Where LibreOffice puts itself when it does not put itself on the PATH.
PROGRAM_FOLDERS = (
    "/Applications/LibreOffice.app/Contents/MacOS",
    "C:/Program Files/LibreOffice/program",
    "/usr/lib/libreoffice/program",
    "/opt/libreoffice*/program",
    "/usr/lib64/libreoffice/program",
)
NOT_FOUND = "LibreOffice is not found. Install it (libreoffice.org), or put its program folder on the PATH."


def program(*names: str) -> str:
    """The path of one of LibreOffice's programs, by any of its names."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    for pattern in PROGRAM_FOLDERS:
        root = Path(pattern)
        for folder in sorted(Path(root.anchor).glob(str(root.relative_to(root.anchor))), reverse=True):
            for name in names:
                found = shutil.which(name, path=str(folder))
                if found:
                    return found
    raise DataError(NOT_FOUND)


def soffice() -> str:
    """The path of LibreOffice itself."""
    return program("soffice", "libreoffice")


def default_profile() -> Path:
    """The user's profile, as LibreOffice 4 and later names it."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home()), "LibreOffice", "4")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LibreOffice" / "4"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"), "libreoffice", "4")


def with_profile(profile: Path | None) -> list[str]:
    """The option that makes a program use another profile than the user's."""
    return [f"-env:UserInstallation={profile.resolve().as_uri()}"] if profile else []


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run one of LibreOffice's programs and wait for it, at most five minutes."""
    try:
        return subprocess.run(
            command, env=environment(), capture_output=True, text=True, errors="replace", check=False,
            timeout=MINUTES * 60,
        )  # fmt: skip
    except OSError as error:
        raise DataError(f"{command[0]}: cannot be started ({error.strerror}).") from None
    except subprocess.TimeoutExpired:
        raise DataError(
            f"{command[0]} did not end within {MINUTES} minutes. Close LibreOffice and try again."
        ) from None


def environment() -> dict[str, str]:
    """The environment without this Python's: a virtual environment breaks LibreOffice's own Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
    ours = Path(sys.executable).parent
    if sys.prefix != sys.base_prefix:
        folders = kept.get("PATH", "").split(os.pathsep)
        kept["PATH"] = os.pathsep.join(folder for folder in folders if Path(folder) != ours)
    return kept
