"""One exception family. Each error is one plain line and knows the Excel error it becomes in a cell."""

from __future__ import annotations

# Excel's error values, with their numbers in VBA (the enumeration XlCVError).
EXCEL_ERRORS = {
    "#NULL!": 2000, "#DIV/0!": 2007, "#VALUE!": 2015, "#REF!": 2023, "#NAME?": 2029, "#NUM!": 2036,
    "#N/A": 2042, "#GETTING_DATA": 2043, "#SPILL!": 2045, "#CONNECT!": 2046, "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048, "#FIELD!": 2049, "#CALC!": 2050,
}  # fmt: skip
# What is said of an error that a function was given: it passes through.
INCOMING = "an argument is an error already"


class CarecostError(Exception):
    """What was found, where, and what to do about it, in one line. Errors pass between processes."""

    code = "#VALUE!"


class CellError(CarecostError):
    """A spreadsheet function cannot answer; ``code`` is the Excel error its cell shows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[CellError], tuple[str, str]]:
        return type(self), (self.code, str(self))


class DataError(CarecostError):
    """A file (plan, rate card, workbook) is missing, malformed or breaks a rule."""


class PlanError(DataError):
    """A plan input breaks its rule; ``key`` is the input's name, as in the plan file."""

    code = "#NUM!"

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key

    def __reduce__(self) -> tuple[type[PlanError], tuple[str, str]]:
        return type(self), (self.key, str(self))


class TraceError(CarecostError):
    """Model code used an operation that has no Excel formula."""
