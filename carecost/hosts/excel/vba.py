"""The add-in's VBA, generated from the catalogue: one short function for each CARE function.

What all functions share stands as readable VBA in ``functions.bas`` beside this file.
"""

from __future__ import annotations

from importlib.resources import files

from carecost.errors import EXCEL_ERRORS
from carecost.functions import REGISTRY, Function
from carecost.functions.describe import argument_help

# The limits of VBA and of Excel's functions; the tests hold the generated code to them.
LONGEST_LINE, MOST_CONTINUATIONS, MOST_ARGUMENTS = 1023, 24, 60
LINE = 110


def functions_code() -> str:
    """The module with all functions, without its attribute lines."""
    return "\n".join([shared_code("functions"), _error_numbers(), *map(function_code, REGISTRY.values())])


def shared_code(name: str) -> str:
    """The VBA in a file beside this one."""
    return files(__package__).joinpath(f"{name}.bas").read_text(encoding="ascii")


def function_code(function: Function) -> str:
    """One function: its arguments as in the catalogue, optional where they may be left out.

    >>> from carecost.functions import CARE_WORKLOAD
    >>> print(function_code(CARE_WORKLOAD))
    Public Function CARE_WORKLOAD(contacts, aht_min, Optional concurrency)
        CARE_WORKLOAD = CareCall("CARE_WORKLOAD", _
            Array(CareIn(contacts), CareIn(aht_min), CareIn(concurrency)))
    End Function
    <BLANKLINE>
    """
    declared = [name if found.required else f"Optional {name}" for name, found in function.parameters.items()]
    passed = [f"CareIn({name})" for name in function.parameters]
    return "\n".join(
        [
            _wrapped(f"Public Function {function.name}(", declared, ")"),
            f'    {function.name} = CareCall("{function.name}", _',
            _wrapped("        Array(", passed, "))"),
            "End Function",
            "",
        ]
    )


def help_rows() -> list[list[str]]:
    """For the function wizard: each function, what it gives, and its arguments, within Excel's limits."""
    return [
        [function.name, function.summary, *map(argument_help, function.parameters.values())]
        for function in REGISTRY.values()
    ]


def _error_numbers() -> str:
    cases = [f'        Case "{code}": CareErrorNumber = {number}' for code, number in EXCEL_ERRORS.items()]
    return "\n".join(
        [
            "Private Function CareErrorNumber(code As String) As Long",
            "    ' Excel's number of an error, 0 for any other text.",
            "    Select Case code",
            *cases,
            "    End Select",
            "End Function",
            "",
        ]
    )


def _wrapped(start: str, words: list[str], end: str) -> str:
    """A list of words over as many lines as it needs, and no more than VBA takes."""
    width = max(LINE, sum(len(word) + 2 for word in words) * 2 // MOST_CONTINUATIONS)
    lines, line = [], start
    for piece in [*(f"{word}, " for word in words[:-1]), "".join(words[-1:]) + end]:
        if len(line) + len(piece) > width:
            lines.append(f"{line}_")
            line = "        "
        line += piece
    return "\n".join([*lines, line])
