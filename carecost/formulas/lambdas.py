"""A CARE function as one Excel 365 LAMBDA, from the same declaration and the same code.

The formula has three layers, which docs/lambdas.md explains:

* ``x_a``: the argument as it came, nothing where it was omitted;
* ``one``: a LAMBDA of single cells ``x_c``, cleaned to values ``x_``. It checks them in the order of
  ``functions.evaluate`` and computes;
* at the end: one call of it, or, where an argument is a range, a grid of calls by MAKEARRAY.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.errors import TraceError
from carecost.formulas.trace import Traced, Tracer, bound, number_text
from carecost.rates import active_card

if TYPE_CHECKING:
    from carecost.functions.declare import Function
    from carecost.functions.parameter import Parameter

# Excel's own limits.
LONGEST, DEEPEST, MOST_PARAMETERS = 8192, 64, 253
ONE_SHAPE = "AND((tall*wide=1)+(tall=h)*(wide=w))"
COLUMNS_AND_ROWS = "AND(((tall=1)+(wide=1))*((tall=1)+(tall=h))*((wide=1)+(wide=w)))"
# Names of our own inside every formula; parameters must not use them.
HELPERS = ("one", "rows_of", "columns_of", "tall", "wide", "h", "w", "at", "x", "i", "j", "a", "b")


def lambda_text(function: Function) -> str:
    """The LAMBDA as a person types it into the Name Manager, without the leading equals sign."""
    if function.no_formula:
        raise TraceError(f"{function.name} has no closed form: {function.no_formula}")
    scalars = [each for each in function.parameters.values() if not each.is_list]
    lists = [each for each in function.parameters.values() if each.is_list]
    names = [f"[{each.name}]" if not each.required else each.name for each in function.parameters.values()]
    bindings = [
        (argument(each), f'IF(ISOMITTED({each.name}),"",{each.name})')
        for each in function.parameters.values()
        if not each.required
    ]
    for each in lists:
        bindings += _list_bindings(each)
    core = _core(function, scalars)
    list_faults = [check for each in lists for check in _list_checks(each)]
    if not scalars:
        return _lambda(names, _let(bindings, _first_of(list_faults, core)))
    bindings.append(("one", _lambda([_cell(each) for each in scalars], core)))
    answer = _first_of(list_faults, _spread(function, scalars))
    return _lambda(names, _let(bindings + _sizes(scalars), answer))


def argument(parameter: Parameter) -> str:
    """The name of the argument as it came, never missing."""
    return parameter.name if parameter.required else f"{parameter.name}_a"


def _cell(parameter: Parameter) -> str:
    """The name of a single cell inside ``one``: already the value where there is nothing to clean."""
    return value(parameter) if _clean(parameter) is None else f"{parameter.name}_c"


def value(parameter: Parameter) -> str:
    """The name of the value that the function's code sees."""
    return f"{parameter.name}_"


def _clean(parameter: Parameter) -> str | None:
    """What makes a value of a cell: its default where it is blank, and no spaces around a text."""
    cell, default = f"{parameter.name}_c", parameter.default
    given = cell if parameter.required or default is None else f'IF({cell}="",{_constant(default)},{cell})'
    if parameter.kind in ("text", "market"):
        return f"TRIM({given})"
    return None if given == cell else given


def _constant(value: Any) -> str:
    return Tracer("#N/A").constant(value).write().text


def _core(function: Function, scalars: list[Parameter]) -> str:
    """The checks of single cells in their order, then the answer."""
    lists = [each for each in function.parameters.values() if each.kind in ("list", "texts")]
    tracer = Tracer(
        function.missing[0], map(value, lists), (value(each) for each in lists if each.default is None)
    )
    values = {
        each.name: tracer.leaf(value(each), [value(each)] if each.is_list else [])
        for each in function.parameters.values()
    }
    answer = _answer(tracer, function.body(**values))
    broken = [tracer.constant(_call_named(rule.breaks, values)) for rule in function.rules]
    parts, (*conditions, result) = bound([*broken, answer])
    errors = [(f"ISERROR({value(each)})", value(each)) for each in scalars]
    faults = (
        (_any(map(_wrong_kind, scalars)), "#VALUE!"),
        (_any(map(_outside, scalars)), "#NUM!"),
        (_any(_unknown(each) for each in scalars if each.kind == "market"), "#N/A"),
    )
    checks = errors + [(condition, code) for condition, code in faults if condition]
    rules = [
        (condition.text, rule.code)
        for condition, rule in zip(conditions, function.rules, strict=True)
        if condition.text != "FALSE"
    ]
    computed = _let(parts, _first_of(rules, result.text))
    cleaned = [(value(each), clean) for each in scalars if (clean := _clean(each)) is not None]
    return _let(cleaned, _first_of(checks, computed))


def _answer(tracer: Tracer, result: Any) -> Traced:
    """A value, or a block of them written row by row."""
    if isinstance(result, np.ndarray) and result.ndim:
        result = result.tolist()
    if not isinstance(result, list | tuple):
        return tracer.constant(result)
    rows = [
        tracer.excel("HSTACK", *row) if isinstance(row, list | tuple) and len(row) > 1
        else tracer.constant(row[0] if isinstance(row, list | tuple) else row)
        for row in result
    ]  # fmt: skip
    return tracer.excel("VSTACK", *rows) if len(rows) > 1 else rows[0]


def _call_named(function: Any, values: Mapping[str, Traced]) -> Any:
    return function(*(values[name] for name in inspect.signature(function).parameters))


# ---- checks of one value ----


def _wrong_kind(parameter: Parameter) -> str:
    name = value(parameter)
    match parameter.kind:
        case "number" | "whole":
            number = f"ISNUMBER({name})"
            optional = not parameter.required and parameter.default is None
            return f'AND({name}<>"",NOT({number}))' if optional else f"NOT({number})"
        case "flag":
            return f"NOT(ISLOGICAL({name}))"
        case "text" if parameter.options:
            blank = () if parameter.required or parameter.default is not None else ("",)
            return _all([f'{name}<>"{word}"' for word in (*parameter.options, *blank)])
        case _:
            cell = f"{parameter.name}_c"
            text = f"NOT(ISTEXT({cell}))"
            return _any([text, f'{cell}=""']) if parameter.required else _all([f'{cell}<>""', text])


def _outside(parameter: Parameter) -> str:
    if parameter.kind not in ("number", "whole"):
        return ""
    limits = _beyond(parameter, value(parameter))
    if limits and not parameter.required and parameter.default is None:
        return f"IF(ISNUMBER({value(parameter)}),{_any(limits)},FALSE)"
    return _any(limits)


def _beyond(parameter: Parameter, name: str) -> list[str]:
    broken = [
        f"{name}{symbol}{number_text(float(limit))}"
        for symbol, limit in (
            ("<", parameter.min), (">", parameter.max), ("<=", parameter.above), (">=", parameter.below),
        )
        if limit is not None
    ]  # fmt: skip
    return [*broken, f"{name}<>INT({name})"] if parameter.kind == "whole" else broken


def _unknown(parameter: Parameter) -> str:
    return _all([f"{value(parameter)}<>{_constant(name)}" for name in active_card().markets])


# ---- lists ----


def _list_bindings(parameter: Parameter) -> list[tuple[str, str]]:
    """A list as one column without the blanks at its end, and how many members it has."""
    given, name = argument(parameter), value(parameter)
    if parameter.kind == "table":
        return [(name, f'IF({given}="","",{given})')]
    default = (
        "0" if parameter.default is None or parameter.required else _constant(np.asarray(parameter.default))
    )
    column = f'TOCOL(IF({given}="","",{given}))'
    if parameter.kind == "texts":
        column = f"MAP({column},LAMBDA(x,IF(ISTEXT(x),TRIM(x),x)))"
    return [
        (f"{parameter.name}_c", column),
        (f"{name}n", f'MAX(({parameter.name}_c<>"")*SEQUENCE(ROWS({parameter.name}_c)))'),
        (name, f"IF({name}n=0,{default},TAKE({parameter.name}_c,{name}n))"),
    ]


def _list_checks(parameter: Parameter) -> list[tuple[str, str]]:
    given, name = argument(parameter), value(parameter)
    outside = [f"SUM(--({limit}))>0" for limit in _beyond(parameter, name)]
    if parameter.kind == "table":
        numbers = f"{_numbers_in(name)}<>ROWS({name})*COLUMNS({name})"
        checks = [(f"ISERROR(SUM({name}))", f"SUM({name})"), (numbers, "#VALUE!")]
    elif parameter.kind == "texts":
        words = "*".join(f'({name}<>"{word}")' for word in parameter.options)
        checks = [
            (f"MIN(ROWS({given}),COLUMNS({given}))>1", "#VALUE!"),
            (f"ISERROR({name}n)", f"{name}n"),
            (f"{name}n=0", "#VALUE!"),
            (f"SUM(--({words}))>0" if words else "FALSE", "#VALUE!"),
        ]
    else:
        checks = [
            (f"MIN(ROWS({given}),COLUMNS({given}))>1", "#VALUE!"),
            (f"ISERROR({name}n)", f"{name}n"),
            (f"{_numbers_in(f'{parameter.name}_c')}<>{name}n", "#VALUE!"),
        ]
        if parameter.required:
            checks.append((f"{name}n=0", "#VALUE!"))
        elif parameter.default is None and outside:
            return [*checks, (f"IF({name}n>0,{_any(outside)},FALSE)", "#NUM!")]
    return [*checks, *([(_any(outside), "#NUM!")] if outside else [])]


def _numbers_in(cells: str) -> str:
    return f"SUM(MAP({cells},LAMBDA(x,IF(ISNUMBER(x),1,0))))"


# ---- ranges ----


def _sizes(scalars: list[Parameter]) -> list[tuple[str, str]]:
    """The size of every argument, and of the grid that they span."""
    names = [argument(each) for each in scalars]
    return [
        ("rows_of", "LAMBDA(x,IFERROR(ROWS(x),1))"),
        ("columns_of", "LAMBDA(x,IFERROR(COLUMNS(x),1))"),
        ("tall", _stack(f"rows_of({name})" for name in names)),
        ("wide", _stack(f"columns_of({name})" for name in names)),
    ]


def _stack(values: Iterable[str]) -> str:
    listed = list(values)
    return f"HSTACK({','.join(listed)})" if len(listed) > 1 else listed[0]


def _spread(function: Function, scalars: list[Parameter]) -> str:
    """One call for single cells; else a grid of calls, where the shapes fit as ``evaluate`` says."""
    names = [argument(each) for each in scalars]
    once = f"one({','.join(names)})"
    if function.spills:
        return f"IF(MAX(tall)*MAX(wide)=1,{once},#VALUE!)"
    call = f"one({','.join(f'at({name},i,j)' for name in names)})"
    required = [argument(each) for each in scalars if each.required]
    if required:
        # Rows that nobody has filled in yet show nothing instead of an error.
        blank = _all([f'at({name},i,j)=""' for name in required])
        sizes = "*".join(f"rows_of({name})*columns_of({name})" for name in required)
        call = f'IF(IF({sizes}>1,IFERROR({blank},FALSE),FALSE),"",{call})'
    at = "LAMBDA(x,i,j,IF(rows_of(x)*columns_of(x)=1,x,INDEX(x,MIN(i,rows_of(x)),MIN(j,columns_of(x)))))"
    grid = f"MAKEARRAY(h,w,LAMBDA(i,j,{call}))"
    if len(names) > 1:
        grid = f"IF(OR({ONE_SHAPE},{COLUMNS_AND_ROWS}),{grid},#VALUE!)"
    return _let([("h", "MAX(tall)"), ("w", "MAX(wide)"), ("at", at)], f"IF(h*w=1,{once},{grid})")


# ---- writing ----


def _lambda(names: list[str], body: str) -> str:
    return f"LAMBDA({','.join([*names, body])})"


def _let(bindings: list[tuple[str, str]], body: str) -> str:
    return f"LET({','.join(f'{name},{text}' for name, text in bindings)},{body})" if bindings else body


def _first_of(cases: list[tuple[str, str]], otherwise: str) -> str:
    for condition, outcome in reversed(cases):
        otherwise = f"IF({condition},{outcome},{otherwise})"
    return otherwise


def _any(conditions: Iterable[str]) -> str:
    listed = [condition for condition in conditions if condition]
    return listed[0] if len(listed) == 1 else f"OR({','.join(listed)})" if listed else ""


def _all(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"AND({','.join(conditions)})"
