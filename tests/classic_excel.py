"""Classic Excel's side of a call, on any system: xlwings' own Windows code over a stand-in for pywin32.

Run as a program it answers cases with what Excel's VBA gets from ``CallUDF``. The stand-in has no COM and
no Excel; it is just enough for xlwings' ``_xlwindows.py``, ``udfs.py`` and ``com_server.py`` to be imported
and to run unmodified.
"""

import ctypes
import datetime
import pickle
import sys
import types
from decimal import Decimal
from unittest import mock

import case_tables

from carecost.errors import EXCEL_ERRORS, CellError

OMITTED = -2147352572  # what Excel passes for an argument that was left out
COM_ERROR = -2146828288


class TimeType(datetime.datetime):
    """pywin32's date."""


class ComObject:
    """pywin32's pointer to an object of Excel."""


class ComError(Exception):
    """pywin32's error."""


class Stub(types.ModuleType):
    """A module of pywin32: whatever is asked of it exists and does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = mock.MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


def stub(name, **attributes):
    module = sys.modules[name] = Stub(name)
    module.__path__ = []
    vars(module).update(attributes)
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def com_server():
    """xlwings' COM server object, as Excel's VBA holds it."""
    stub("pythoncom", __file__="pythoncom", TypeIIDs={"dispatch": ComObject}, IID_IDispatch="dispatch",
         ole_error=ComError)  # fmt: skip
    stub("pywintypes", TimeType=TimeType, com_error=ComError, error=ComError)
    for name in ("win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone"):
        stub(name)
    stub("win32com")
    kinds = ("CDispatch", "CoClassBaseClass", "DispatchBaseClass")
    stub("win32com.client", **{kind: type(kind, (), {}) for kind in kinds})
    for name in ("win32com.server", "win32com.server.dispatcher", "win32com.server.policy"):
        stub(name)
    stub("win32com.server.util", unwrap=mock.Mock(side_effect=TypeError))
    platform = sys.platform
    with mock.patch.multiple(
        ctypes, create=True, windll=mock.MagicMock(), oledll=mock.MagicMock(), PyDLL=mock.MagicMock()
    ):
        sys.platform = "win32"
        try:
            import xlwings
            from xlwings import com_server
        finally:
            sys.platform = platform
    assert xlwings.func.__module__ == "xlwings.udfs"
    return com_server.XLPython()


def from_excel(value):
    """An argument as VBA passes it: ``Range.Value2``, or what was typed."""
    if isinstance(value, list):
        rows = [row if isinstance(row, list) else [row] for row in value]
        return tuple(tuple(from_excel(cell) for cell in row) for row in rows)
    if isinstance(value, CellError):
        return COM_ERROR + EXCEL_ERRORS[value.code]
    if isinstance(value, datetime.date):
        return TimeType(value.year, value.month, value.day)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    return value


def call(server, function, args):
    """One call, and what VBA gets: a value, a row, or rows."""
    parameters = [name.removesuffix("_") for name in function.__signature__.parameters]
    given = [from_excel(args[name]) if name in args else OMITTED for name in parameters]
    return server.CallUDF("carecost.udf", function.name, given, None, None)


# What Excel hands over beyond the case tables: (function, raw arguments in order, what the cell must show).
SPILL, GETTING_DATA, UNNAMED = COM_ERROR + 2045, COM_ERROR + 2043, COM_ERROR + 2999
UNUSUAL = [
    ("CARE_FTE_COST", ["onshore", Decimal("48000.0000")], 5200),
    ("CARE_FTE_COST", ["onshore", ((Decimal(48000),), (None,))], [[5200], [5500]]),
    ("CARE_FTE_COST", ["onshore", Decimal(48000), OMITTED, Decimal(255), Decimal(150), 0.12, 0.3, 5000.0], 6354),
    ("CARE_FTE_COST", ["nearshore", *[OMITTED] * 8, "high"], 3800),
    ("CARE_FTE_COST", ["nearshore", *[None] * 8, "high"], 3800),
    ("CARE_FTE_COST", ["nearshore", *[""] * 8, "high"], 3800),
    ("CARE_FTE_COST", ["nearshore", *[((None,),)] * 8, "high"], 3800),
    ("CARE_FTE", [OMITTED], "#VALUE! CARE_FTE: workload_hours is blank"),
    ("CARE_FTE", [SPILL], "#SPILL!"),
    ("CARE_FTE", [GETTING_DATA], "#GETTING_DATA"),
    ("CARE_FTE", [UNNAMED], "#VALUE!"),
    ("CARE_CONTINGENCY", [((800.0, SPILL),)], "#SPILL!"),
    ("CARE_WORKLOAD", [((4000.0,), (SPILL,), (None,)), 6.0], [[400], ["#SPILL!"], ["#VALUE! CARE_WORKLOAD: contacts"]]),
    ("CARE_WORKLOAD", [TimeType(2026, 1, 1), 6.0], "#VALUE! CARE_WORKLOAD: contacts"),
    ("CARE_WORKLOAD", [True, 6.0], "#VALUE! CARE_WORKLOAD: contacts"),
    ("CARE_WORKLOAD", ["=1+1", 6.0], "#VALUE! CARE_WORKLOAD: contacts"),
    ("CARE_PERT", [80.0, 100.0, 150.0, OMITTED, 4.0], 105),
]  # fmt: skip


def main():
    """Answer every case of the case tables, then the unusual ones, as one pickle."""
    server = com_server()
    from carecost.functions import REGISTRY

    raw = [server.CallUDF("carecost.udf", name, list(cells), None, None) for name, cells, _ in UNUSUAL]
    cases = [call(server, REGISTRY[case.function], case.args) for case in case_tables.read_cases()]
    sys.stdout.buffer.write(pickle.dumps((cases, raw)))


if __name__ == "__main__":
    main()
