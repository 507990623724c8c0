"""The no-add-in pack: every LAMBDA agrees with Python in two engines, and fits Excel's limits.

Compared are all cases of the case tables whose arguments can stand in cells (``engines.why_not`` says why
the others cannot), each with every argument in cells of its own, and one argument after the other replaced
by what people type by mistake. No engine needs an exception.
"""

import collections
import functools
import re

import pytest
from case_tables import outcome, read_cases
from engines import ENGINES, difference, python_rows, why_not

from carecost.errors import CellError, TraceError
from carecost.formulas.lambdas import DEEPEST, HELPERS, LONGEST, MOST_PARAMETERS, lambda_text
from carecost.formulas.stored import plain_form, stored_form
from carecost.functions import REGISTRY
from carecost.functions.typed import parse_formula
from carecost.rates import use_card

LIMIT = 1e-9
NATIVE = {name: function for name, function in REGISTRY.items() if not function.no_formula}
LEFT_OUT = {"CARE_RISK", "CARE_PNL"}
CASES = [case for case in read_cases() if case.function in NATIVE]
APPLICABLE = [case for case in CASES if not why_not(case.args)]
# Why a case is not compared: nothing else may keep one from being.
REASONS = {
    "a date in a cell is a number",
    "a cell holds no NaN and no infinity",
    "a cell holds no number of 300 digits",
    "an empty list is no range",
    "rows of unlike length are no range",
    "too many cells to type in",
}
MISTAKES = [
    None, "", True, "abc", " YEAR ", "30", -1, 0, 0.5, 1.0000001, 30, [0.25],
    CellError("#DIV/0!", "an error cell"), [[None], [0.2], ["x"], [CellError("#NUM!", "an error cell")]],
    [[0.1, 0.2]], [[1, 2], [3, 4]],
]  # fmt: skip


@functools.cache
def texts():
    return {name: lambda_text(function) for name, function in NATIVE.items()}


@functools.cache
def engine(name):
    return ENGINES[name](texts())


def compare(name, function, args):
    expected = python_rows(outcome(function, args))
    found = engine(name)(function, args)
    assert difference(found, expected) <= LIMIT, f"{name} with {args}: {found} instead of {expected}"


# ---- agreement ----


@pytest.mark.parametrize("case", APPLICABLE, ids=str)
@pytest.mark.parametrize("name", ENGINES)
def test_engines_agree_with_python(name, case):
    compare(name, REGISTRY[case.function], case.args)


@pytest.mark.parametrize("function", NATIVE.values(), ids=str)
@pytest.mark.parametrize("name", ENGINES)
def test_mistakes_give_the_same_error_everywhere(name, function):
    formula = function.examples[0].formula
    given = zip(function.parameters, parse_formula(formula)[1], strict=False)
    args = {parameter: value for parameter, value in given if value is not None}
    for parameter in function.parameters:
        for mistake in MISTAKES:
            compare(name, function, {**args, parameter: mistake})


@pytest.mark.parametrize("function", NATIVE.values(), ids=str)
@pytest.mark.parametrize("name", ENGINES)
def test_examples_as_typed_in_a_cell(name, function):
    for formula, result in function.examples:
        rows = [list(row) for row in result] if isinstance(result, list | tuple) else [[result]]
        assert difference(engine(name).formula(formula), rows) <= LIMIT, formula


def test_no_case_is_left_out_silently():
    reasons = collections.Counter(why_not(case.args) for case in CASES)
    compared = reasons.pop("")
    assert set(reasons) <= REASONS
    assert compared == len(APPLICABLE) == len(CASES) - sum(reasons.values())
    assert compared > 0.7 * len(CASES)
    assert {case.function for case in APPLICABLE} == set(NATIVE)


def test_every_function_but_two_is_a_lambda():
    assert set(REGISTRY) - set(NATIVE) == LEFT_OUT
    assert len(NATIVE) >= 36
    with pytest.raises(TraceError, match="no closed form"):
        lambda_text(REGISTRY["CARE_RISK"])


def test_markets_are_those_of_the_active_card(tmp_path):
    card = tmp_path / "card.toml"
    card.write_text(
        '[card]\nname = "ours"\n[markets.krakow]\ncurrency = "EUR"\nprice_year = 2026\n'
        'fte_month = { value = 3100, source = "own contract" }\n',
        encoding="utf-8",
    )
    use_card(card)
    try:
        text = lambda_text(REGISTRY["CARE_FTE_COST"])
        for made in ENGINES.values():
            assert made({"CARE_FTE_COST": text}).formula('=CARE_FTE_COST("Krakow")') == [[3100]]
    finally:
        use_card(None)


# ---- Excel's limits ----


@pytest.mark.parametrize("name", NATIVE)
def test_a_formula_fits_excel(name):
    plain = texts()[name]
    stored = stored_form(plain)
    assert len(stored) <= LONGEST
    assert plain_form(stored) == plain
    assert depth(plain) <= DEEPEST
    assert len(NATIVE[name].parameters) <= MOST_PARAMETERS
    for text in re.findall(r'"(?:[^"]|"")*"', plain):
        assert len(text) <= 257
    for bound in set(re.findall(r"_xl(?:pm|op)\.([\w.]+)", stored)):
        assert re.fullmatch(r"[a-z_][a-z0-9_.]*", bound), bound
        assert bound not in ("r", "c")
        assert not re.fullmatch(r"[a-z]{1,3}[0-9]+|r[0-9]*c[0-9]*", bound), f"{bound} is a cell"
    assert not set(NATIVE[name].parameters) & set(HELPERS)


def depth(text):
    level = deepest = 0
    for token in re.findall(r'"(?:[^"]|"")*"|[A-Za-z_.0-9]+\(|[()]', text):
        if token.endswith("("):
            level += 1
            deepest = max(deepest, level)
        level -= token == ")"
    return deepest


def test_every_bound_name_carries_its_prefix():
    for name, plain in texts().items():
        stored = stored_form(plain)
        bare = re.sub(r'"(?:[^"]|"")*"|#(?:N/A|VALUE!|NUM!|DIV/0!)', "", stored)
        for found in re.finditer(r"(?<![\w.])([a-z_][\w.]*)", bare):
            assert found[1].startswith(("_xlpm.", "_xlop.", "_xlfn.")), f"{name}: {found[1]}"
        assert stored.count("_xlop.") == sum(not each.required for each in NATIVE[name].parameters.values())


def test_an_unknown_function_is_refused():
    with pytest.raises(TraceError, match="NOSUCH"):
        stored_form("LAMBDA(x,NOSUCH(x))")
    assert stored_form('LAMBDA(x,[y],LET(a,1E-09,IF(x="LET(y)",SORT(y),a)))') == (
        '_xlfn.LAMBDA(_xlpm.x,_xlop.y,_xlfn.LET(_xlpm.a,1E-09,IF(_xlpm.x="LET(y)",_xlfn._xlws.SORT(_xlpm.y),_xlpm.a)))'
    )
