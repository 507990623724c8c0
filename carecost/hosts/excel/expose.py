"""The functions of the catalogue as xlwings wants them, in each of its runtimes.

xlwings reads a function's signature and annotations, and trips over many of them. So an exposed function
has an explicit signature of names and no annotations, every default is None, every argument arrives as
rows of cells, and all checking is left to the catalogue.
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import Any

import xlwings

from carecost.errors import CellError
from carecost.functions import REGISTRY
from carecost.functions.declare import Function
from carecost.functions.describe import argument_help
from carecost.hosts.excel.cells import answered, argument, rows_of

# xlwings Server and Lite talk to Office.js; classic xlwings talks to VBA.
OFFICE_JS = os.environ.get("XLWINGS_ON_SERVER") == "true" or sys.platform == "emscripten"
# The errors that Office.js can return from a custom function.
OFFICE_JS_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


def exposed_functions() -> dict[str, Any]:
    """Every function of the catalogue by name, decorated for the runtime at hand."""
    return {name: expose(function) for name, function in REGISTRY.items()}


def exposed_script() -> Any:
    """The script ``populate``, decorated for the runtime at hand; what it needs is imported when it runs."""
    if OFFICE_JS:

        def populate(book: xlwings.Book) -> None:
            """Fill the P&L of this workbook from its inputs."""
            _populate(book)
    else:

        def populate() -> None:  # type: ignore[misc]
            """Fill the P&L of the active workbook from its inputs."""
            _populate(xlwings.Book.caller())

        populate.__annotations__ = {}  # classic xlwings would convert the answer to a NoneType

    return xlwings.script(populate)


def _populate(book: xlwings.Book) -> None:
    from carecost.hosts.excel.populate import populate

    populate(book)


def expose(function: Function) -> Any:
    """One function, decorated for the runtime at hand."""
    give_back = office_js_answer if OFFICE_JS else classic_answer

    def exposed(*cells: Any) -> Any:
        return give_back(answered(lambda: function(*map(argument, cells))))

    exposed.__name__ = exposed.__qualname__ = function.name
    exposed.__doc__ = function.summary
    exposed.__annotations__ = {}
    exposed.__signature__ = _signature(function)  # type: ignore[attr-defined]
    found = exposed
    for name, parameter in zip(function.__signature__.parameters, function.parameters.values(), strict=True):
        found = xlwings.arg(name, ndim=2, err_to_str=True, doc=argument_help(parameter))(found)
    return _as_in_contract(xlwings.func(category="carecost")(found), function)


def _signature(function: Function) -> inspect.Signature:
    """Names only, and None for whatever is left out: what must be given, the catalogue says itself."""
    return inspect.Signature(
        [parameter.replace(default=None) for parameter in function.__signature__.parameters.values()]
    )


def _as_in_contract(found: Any, function: Function) -> Any:
    """Show what must be given as such, and ``lambda``, which Python reserves, under its own name."""
    if hasattr(found, "__xlfunc__"):  # absent where xlwings has no runtime to expose to
        for shown, (name, parameter) in zip(
            found.__xlfunc__["args"], function.parameters.items(), strict=True
        ):
            shown["name"] = name
            if parameter.required:
                del shown["optional"]
    return found


def classic_answer(answer: Any) -> Any:
    """Errors as their code and message in one text; the add-in's VBA makes real errors of them."""
    return rows_of(answer, lambda error: f"{error.code} {error}")


def office_js_answer(answer: Any) -> Any:
    """Errors as codes, which xlwings turns into real ones; a lone #VALUE! with its message on hover."""
    if isinstance(answer, CellError) and _office_js_code(answer) == "#VALUE!":
        raise xlwings.XlwingsError(str(answer))
    return rows_of(answer, _office_js_code)


def _office_js_code(error: CellError) -> str:
    return error.code if error.code in OFFICE_JS_ERRORS else "#VALUE!"
