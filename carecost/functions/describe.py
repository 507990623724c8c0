"""What the catalogue says of itself: help for a shell, a page for people, a stub for editors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from carecost.errors import CellError
from carecost.functions.declare import REGISTRY, Function
from carecost.functions.parameter import LONGEST_HELP, Parameter

PAGE = """# The CARE functions

The same names, arguments and results in Excel, in LibreOffice, in Python and in the shell. Optional arguments
stand in brackets; a blank cell, an empty text and an omitted argument all mean the default. Every scalar
argument also takes a range: the same shape goes cell by cell, a column against a row makes a grid, a single cell
is repeated. Arguments marked as lists take a whole range as one value.

A cell shows `#VALUE!` for a value of the wrong kind (text for a number, a blank required cell, ranges that do not
fit), `#NUM!` for a number outside its limits or no finite answer, `#DIV/0!` for an answer per unit of nothing,
`#N/A` for a name that is not known or an answer that is not reached. An error in an argument passes through.

This page is written from the declarations by `python docs/functions.py`.
"""
LISTS = {"list": "list", "texts": "list of words", "table": "table", "block": "names and values"}


def by_area() -> Iterator[tuple[str, list[Function]]]:
    """The catalogue in its order, area by area."""
    for area, functions in groupby(REGISTRY.values(), key=lambda function: function.area):
        yield area, list(functions)


def call_line(function: Function) -> str:
    """The call as Excel's help writes it.

    >>> from carecost.functions import CARE_FTE_COST
    >>> call_line(CARE_FTE_COST)[:40]
    'CARE_FTE_COST(market, [salary], [burden]'
    """
    names = (name if found.required else f"[{name}]" for name, found in function.parameters.items())
    return f"{function.name}({', '.join(names)})"


def default_text(parameter: Parameter) -> str:
    """A default as a person types it."""
    default = parameter.default
    if parameter.required:
        return "required"
    if default is None:
        return "blank"
    if isinstance(default, bool):
        return str(default).upper()
    if isinstance(default, str):
        return f'"{default}"'
    if isinstance(default, tuple | list):
        return "{" + ";".join(f"{value:g}" for value in default) + "}"
    return (
        f"{default:.12g}"
        if not parameter.is_share or default == 0
        else f"{default:.12%}".rstrip("0%").rstrip(".") + "%"
    )


def limits_text(parameter: Parameter) -> str:
    """What is allowed, in words."""
    if parameter.kind == "market":
        return "a market of the active rate card"
    if parameter.kind == "flag":
        return "TRUE or FALSE"
    if parameter.kind == "block" or (parameter.kind in ("text", "texts") and not parameter.options):
        return ""
    return parameter.rule.removeprefix("must be ")


def error_lines(function: Function) -> list[str]:
    """The errors that are the function's own, besides those of every argument."""
    lines = [f"{rule.code} {rule.message}" for rule in function.rules]
    if function.missing[1] != "there is no finite answer":
        lines.append(f"{function.missing[0]} {function.missing[1]}")
    return lines


def result_text(result: object) -> str:
    """An example's result."""
    if isinstance(result, list | tuple):
        rows = (row if isinstance(row, list | tuple) else [row] for row in result)
        return "{" + ";".join(",".join(result_text(cell) for cell in row) for row in rows) + "}"
    if isinstance(result, CellError):
        return result.code
    return f'"{result}"' if isinstance(result, str) else repr(result).removesuffix(".0")


def argument_help(parameter: Parameter) -> str:
    """What a spreadsheet's function wizard says of an argument, within the 255 characters Excel shows.

    >>> from carecost.functions import CARE_FTE
    >>> argument_help(CARE_FTE.parameters["occupancy"])
    'Share of the time available for contacts that is spent in one (share; default 85%)'
    """
    kind = f"{LISTS[parameter.kind]}, " if parameter.kind in LISTS else ""
    given = "" if parameter.required or parameter.default is None else f"; default {default_text(parameter)}"
    tail = f" ({kind}{parameter.unit}{given})"
    return parameter.help[: LONGEST_HELP - len(tail)] + tail


def help_text(function: Function) -> str:
    """What ``carecost functions NAME`` prints."""
    lines = [call_line(function), "", function.summary, f"Gives {function.returns}.", ""]
    for name, parameter in function.parameters.items():
        kind = f"{LISTS[parameter.kind]}, " if parameter.kind in LISTS else ""
        source = f" ({parameter.source})" if parameter.source else ""
        lines.append(f"  {name}: {kind}{parameter.unit}; default: {default_text(parameter)}{source}")
        allowed = f" Allowed: {limits_text(parameter)}." if limits_text(parameter) else ""
        lines.append(f"      {parameter.help}.{allowed}")
    if errors := error_lines(function):
        lines += ["", "Errors besides those of its arguments:", *(f"  {line}" for line in errors)]
    lines += [
        "",
        "Examples:",
        *(f"  {formula} gives {result_text(result)}" for formula, result in function.examples),
    ]
    return "\n".join(lines)


def markdown() -> str:
    """The page docs/functions.md."""
    lines = [PAGE]
    for area, functions in by_area():
        lines.append(f"\n## {area}\n")
        for function in functions:
            lines += _markdown_of(function)
    return "\n".join(lines).rstrip() + "\n"


def _markdown_of(function: Function) -> Iterator[str]:
    yield f"### {function.name}\n"
    yield f"`{call_line(function)}`\n"
    yield f"{function.summary} Gives {function.returns}.\n"
    yield "| argument | unit | allowed | default | what it is |\n|---|---|---|---|---|"
    for name, parameter in function.parameters.items():
        kind = f"{LISTS[parameter.kind]}, " if parameter.kind in LISTS else ""
        source = f" ({parameter.source})" if parameter.source else ""
        cells = (
            f"`{name}`",
            kind + parameter.unit,
            limits_text(parameter),
            default_text(parameter) + source,
            parameter.help,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    for line in error_lines(function):
        yield f"* `{line.split()[0]}` {line.partition(' ')[2]}"
    if error_lines(function):
        yield ""
    for formula, result in function.examples:
        yield f"* `{formula}` → `{result_text(result)}`"
    yield ""


def stub() -> str:
    """The type stub of ``carecost.functions``: editors complete names and arguments from it."""
    lines = [
        '"""Written by ``python docs/functions.py`` from the declarations; a test keeps it fresh."""',
        "",
        "from typing import Any",
        "",
        "from carecost.functions.declare import REGISTRY as REGISTRY",
        "from carecost.functions.declare import Example as Example",
        "from carecost.functions.declare import Function as Function",
        "from carecost.functions.declare import Rule as Rule",
        "from carecost.functions.parameter import NO_DEFAULT as NO_DEFAULT",
        "from carecost.functions.parameter import Parameter as Parameter",
        "",
    ]
    for function in REGISTRY.values():
        lines.append(f"def {function.name}(")
        for name, parameter in function.parameters.items():
            lines.append(f"    {_python_name(name)}: Any{'' if parameter.required else ' = None'},")
        lines.append(") -> Any:")
        lines.append(f'    """{function.summary}"""')
        lines.append("")
    return "\n".join(lines)


def _python_name(name: str) -> str:
    # The contract calls one argument "lambda", which Python keeps for itself: it goes by position.
    return "lambda_" if name == "lambda" else name
