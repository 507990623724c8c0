"""The add-in as Calc knows it: a method for each function, and the words of the function wizard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import uno
import unohelper
from carecost_calc import XFunctions
from com.sun.star.lang import Locale, XServiceInfo, XServiceName
from com.sun.star.sheet import LocalizedName, XAddIn, XCompatibilityNames

from .engine import Engine

# The name of the service stands before each function's name in files: CARECOST.CARE_FTE(...).
SERVICE = "carecost"
SERVICES = (SERVICE, "com.sun.star.sheet.AddIn")
# Calc knows its own categories only.
CATEGORY = "Financial"
ENGLISH = Locale("en", "US", "")
FOLDER = Path(__file__).resolve().parents[2]


def read(name: str) -> Any:
    """A file of the extension."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def state_file(context: Any) -> Path:
    """Where the add-in leaves word of how it computes: in the user's profile."""
    paths = context.ServiceManager.createInstanceWithContext("com.sun.star.util.PathSubstitution", context)
    return Path(uno.fileUrlToSystemPath(paths.substituteVariables("$(user)", True)), "carecost.json")


class Functions(unohelper.Base, XFunctions, XAddIn, XCompatibilityNames, XServiceName, XServiceInfo):
    """The add-in. Its methods of the functions' names are made below, from the list of functions."""

    def __init__(self, context: Any) -> None:
        self._locale = ENGLISH
        self._functions = {function["name"]: function for function in read("functions.json")}
        self.engine = Engine(read("settings.json"), state_file(context))

    # XAddIn; the typing error in the first name is LibreOffice's.

    def getProgrammaticFuntionName(self, shown: str) -> str:  # noqa: D102, N802
        return shown

    def getDisplayFunctionName(self, name: str) -> str:  # noqa: D102, N802
        return name

    def getFunctionDescription(self, name: str) -> str:  # noqa: D102, N802
        found: str = self._functions[name]["description"]
        return found

    def getDisplayArgumentName(self, name: str, place: int) -> str:  # noqa: D102, N802
        found: str = self._functions[name]["arguments"][place]["name"]
        return found

    def getArgumentDescription(self, name: str, place: int) -> str:  # noqa: D102, N802
        found: str = self._functions[name]["arguments"][place]["description"]
        return found

    def getProgrammaticCategoryName(self, name: str) -> str:  # noqa: D102, N802
        return CATEGORY

    def getDisplayCategoryName(self, name: str) -> str:  # noqa: D102, N802
        return CATEGORY

    def getCompatibilityNames(self, name: str) -> Any:  # noqa: D102, N802
        return (LocalizedName(ENGLISH, name),)

    # XLocalizable, XServiceName, XServiceInfo

    def setLocale(self, locale: Any) -> None:  # noqa: D102, N802
        self._locale = locale

    def getLocale(self) -> Any:  # noqa: D102, N802
        return self._locale

    def getServiceName(self) -> str:  # noqa: D102, N802
        return SERVICE

    def getImplementationName(self) -> str:  # noqa: D102, N802
        return SERVICE

    def getSupportedServiceNames(self) -> Any:  # noqa: D102, N802
        return SERVICES

    def supportsService(self, name: str) -> bool:  # noqa: D102, N802
        return name in SERVICES


def _method(name: str) -> Any:
    def call(self: Functions, *arguments: Any) -> Any:
        return self.engine.call(name, arguments)

    return call


for _function in read("functions.json"):
    setattr(Functions, _function["name"], _method(_function["name"]))
