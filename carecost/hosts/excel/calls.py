"""One request of xlwings Server, answered: a cell's function call, or a script on a workbook.

What arrives is text from outside. It is read as JSON, its function must be one that the module offers to
Excel, and nothing in it is ever evaluated. xlwings is imported only where calls are answered: it reads
its environment meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from types import ModuleType
from typing import Any, NamedTuple

# No status in the 500s: Excel's side would send the same call twice more.
OK, REFUSED, NOT_FOUND, TOO_SLOW, TOO_LARGE, NOT_JSON = 200, 400, 404, 408, 413, 415


class Call(NamedTuple):
    """What Excel asks: the name of a script, or "" for a function, and the request's body."""

    script: str
    body: bytes


class Answer(NamedTuple):
    """An HTTP status, and JSON if it is 200; else a line of plain text, which Excel shows on hover."""

    status: int
    body: bytes


def refusal(status: int, line: str) -> Answer:
    """An answer that is an error."""
    return Answer(status, line.encode())


class Desk:
    """Answers calls with the functions and scripts of one module, made for xlwings Server."""

    def __init__(self, module: ModuleType) -> None:
        import xlwings.server
        import xlwings.utils

        # xlwings asks for each cell whether it runs in a browser, by an import that fails and is tried anew
        # for the next cell. Here it never does.
        xlwings.utils.is_jsnull = lambda value: False
        self._xlwings: Any = xlwings
        self._module = module
        self._functions = _marked(module, "__xlfunc__")
        self._scripts = _marked(module, "__xlscript__")
        self._loop = asyncio.new_event_loop()

    def answer(self, call: Call) -> Answer:
        """The answer to a call, whatever is in it."""
        try:
            # A cell's number is a float, also where JavaScript writes 100 and not 100.0.
            asked = json.loads(call.body, parse_int=None if call.script else float)
            name = call.script or asked["func_name"]
            if name not in (self._scripts if call.script else self._functions):
                return refusal(NOT_FOUND, "carecost has no such function or script")
            done = self._loop.run_until_complete(
                self._run(name, asked) if call.script else self._compute(asked)
            )
            return Answer(OK, json.dumps(done, allow_nan=False).encode())
        except self._xlwings.XlwingsError as error:
            return refusal(REFUSED, str(error))
        except Exception as error:  # its text may quote the request, and helps nobody in a cell
            return refusal(REFUSED, f"carecost could not answer this call ({type(error).__name__})")

    async def _compute(self, asked: Any) -> Any:
        return {"result": await self._xlwings.server.custom_functions_call(asked, self._module)}

    async def _run(self, script: str, workbook: Any) -> Any:
        workbook.pop("args", None)
        book = self._xlwings.Book(json=workbook)
        try:
            done = await self._xlwings.server.custom_scripts_call(
                self._module, script, typehint_to_value={self._xlwings.Book: book}
            )
            return done.json()
        finally:
            book.close()


def _marked(module: ModuleType, mark: str) -> frozenset[str]:
    return frozenset(name for name, found in vars(module).items() if hasattr(found, mark))
