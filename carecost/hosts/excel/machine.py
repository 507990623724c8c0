"""What installing into Excel needs to know of a computer, as data: tests describe one by a folder."""

from __future__ import annotations

import locale
import os
import platform
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import carecost
from carecost.errors import DataError
from carecost.hosts.excel.addin import ADDIN, Interpreter

# Values of Excel's in the registry: trust, and the list of what Excel switched off after a crash.
EXCEL_KEY = r"Software\{}Microsoft\Office\16.0\Excel"
TRUST = ("Security", ("VBAWarnings", "DisableAllAddins", "RequireAddinSig"))
LOCATIONS = (r"Security\Trusted Locations", ("AllLocationsDisabled",))
SWITCHED_OFF = r"Resiliency\DisabledItems"
ELSEWHERE = """The add-in runs in Excel for Windows only. What runs here, on {system}:
  carecost lambdas        the functions as native formulas of Excel 365, on Mac and on the web too
  carecost excel serve    the functions from this computer, for Excel on Mac, Windows and the web
  carecost excel lite     what to paste into xlwings Lite, inside Excel
and the extension for LibreOffice. See docs/excel.md."""


@dataclass(frozen=True)
class Machine:
    """A computer and the Python at hand on it."""

    system: str
    environment: Mapping[str, str]
    interpreter: Path
    package: Path
    site_packages: tuple[Path, ...]
    xlwings: str
    codepage: str = "cp1252"
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_windows(self) -> bool:
        """Whether Excel can start Python by itself here."""
        return self.system == "Windows"

    @property
    def installed_addin(self) -> Path:
        """Where Excel looks for what to open at its start."""
        return self._folder("APPDATA") / "Microsoft" / "Excel" / "XLSTART" / ADDIN

    @property
    def configuration(self) -> Path:
        """The user's configuration of xlwings."""
        return self._folder("USERPROFILE") / ".xlwings" / "xlwings.conf"

    @property
    def python(self) -> Interpreter:
        """What the add-in is to start: this interpreter, and where carecost is if it is not installed in it."""
        inside = self.package in self.site_packages
        return Interpreter(str(self.interpreter), "" if inside else str(self.package))

    def require_windows(self) -> None:
        """Refuse what can only work beside Excel for Windows."""
        if not self.is_windows:
            raise DataError(self.instead)

    @property
    def instead(self) -> str:
        """What runs here, where the add-in does not."""
        return ELSEWHERE.format(system={"Darwin": "macOS"}.get(self.system, self.system))

    def _folder(self, name: str) -> Path:
        if not self.environment.get(name):
            raise DataError(f"the environment variable {name} is not set. Run this as the user of Excel.")
        return Path(self.environment[name])


def this_machine() -> Machine:
    """The computer that runs this."""
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    windows = platform.system() == "Windows"
    return Machine(
        system=platform.system(),
        environment=dict(os.environ),
        interpreter=Path(sys.executable),
        package=Path(carecost.__file__).parents[1],
        site_packages=tuple(Path(place) for place in sorted(places)),
        xlwings=version("xlwings"),
        codepage=locale.getencoding(),
        settings=_excel_settings() if windows else {},
    )


def _excel_settings() -> dict[str, Any]:
    """Excel's settings by name; a policy of the organization goes before the user's own."""
    if sys.platform != "win32":
        return {}
    import winreg

    found: dict[str, Any] = {}
    for policies in ("", "Policies\\"):
        base = EXCEL_KEY.format(policies)
        for place, names in (TRUST, LOCATIONS):
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, f"{base}\\{place}") as key:
                    for number in range(winreg.QueryInfoKey(key)[1]):
                        name, value, _ = winreg.EnumValue(key, number)
                        if name in names:
                            found[name] = value
            except FileNotFoundError:
                continue
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, f"{EXCEL_KEY.format('')}\\{SWITCHED_OFF}") as key:
            count = winreg.QueryInfoKey(key)[1]
            found[SWITCHED_OFF] = [winreg.EnumValue(key, number)[1] for number in range(count)]
    except FileNotFoundError:
        pass
    return found
