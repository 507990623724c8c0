"""The tracer: unchanged NumPy code gives the formula that computes the same, or is refused."""

import math

import ironcalc
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carecost.errors import TraceError
from carecost.formulas.operand import Operand, literal, ref
from carecost.model.fixed import FIXED
from carecost.model.native import count_of, row_max, row_sum, total

A, B, C, D = (ref(name) for name in "abcd")
# Cells for the random trees: four under each other, so that sums become SUM, and two apart.
CELLS = {"A1": 2.5, "A2": -1.75, "A3": 4.0, "A4": 0.6, "C1": 3.0, "D7": -0.2}


# ---- readable text ----


@pytest.mark.parametrize(
    ("operand", "text"),
    [
        (A + B * C, "a+b*c"),
        ((A + B) * C, "(a+b)*c"),
        (A - (B - C), "a-(b-c)"),
        ((A - B) - C, "a-b-c"),
        (A - (B + C), "a-(b+c)"),
        (A / (B * C), "a/(b*c)"),
        (A / B / C, "a/b/c"),
        (A * (B / C), "a*(b/c)"),
        (A ** (B**C), "a^(b^c)"),
        (A ** (-B), "a^-b"),
        ((-A) ** 2, "-a^2"),  # in a cell the minus binds tighter: this squares -a
        (-(A**2), "-(a^2)"),
        (-(A * B), "-a*b"),
        (-(A + B), "-(a+b)"),
        (A + (-B), "a-b"),
        (A + (-3), "a-3"),
        (A - (-B), "a--b"),
        (1 - A, "1-a"),
        (2 * A, "2*a"),
        (A * 0.1, "a*0.1"),
        (0.0 + A, "0+a"),
        (A + B + C, "a+b+c"),
        (+A, "a"),
        (abs(A - B), "ABS(a-b)"),
        ((A > B) & (B > 0), "AND(a>b,b>0)"),
        (((A > B) | (B > 0)) | (C == D), "OR(a>b,b>0,c=d)"),
        (~(A <= B), "NOT(a<=b)"),
        ((A + B) >= C * 2, "a+b>=c*2"),
        ((A > B) == (C > D), "(a>b)=(c>d)"),
        (A != "cohort", 'a<>"cohort"'),
        (A == 'say "x"', 'a="say ""x"""'),
        (np.where(A > B, C, np.nan), 'IF(a>b,c,"n/a")'),
        (np.where(A > B, np.where(B > 0, 1, 0), True), "IF(a>b,IF(b>0,1,0),TRUE)"),
        (np.maximum(np.maximum(A, B), 0), "MAX(a,b,0)"),
        (np.minimum(A, np.maximum(B, C)), "MIN(a,MAX(b,c))"),
        (np.maximum(np.maximum(A, B) - np.maximum(C, D), 0), "MAX(MAX(a,b)-MAX(c,d),0)"),
        (np.clip(A / B, 0, 1), "MAX(MIN(a/b,1),0)"),
        (np.floor(A), "INT(a)"),
        (np.ceil(A), "-INT(-a)"),
        (np.sqrt(A + B), "SQRT(a+b)"),
        (np.exp(-A), "EXP(-a)"),
        (np.log(A), "LN(a)"),
        (np.sign(A - B), "SIGN(a-b)"),
        (np.isfinite(A), "ISNUMBER(a)"),
        (A / FIXED["months_year"], "a/months_year"),
        (A + ref("'P&L'!C5"), "a+'P&L'!C5"),
        (row_sum(ref("C5:O5")) - A, "SUM(C5:O5)-a"),
        (row_max(ref("C5:O5"), A), "MAX(C5:O5,a)"),
        (count_of(ref("flags"), "OK"), 'COUNTIF(flags,"OK")'),
        (total((ref("C5"), ref("C6"), ref("C7"))), "SUM(C5:C7)"),
        (total((ref("C5"), ref("C6"), ref("C8"))), "C5+C6+C8"),
        (-total((ref("C5"), ref("C6"), ref("C7"))), "-SUM(C5:C7)"),
        (total((ref("C5"), ref("C6"), ref("C7"), ref("C9"))) * A, "(SUM(C5:C7)+C9)*a"),
        (total((ref("C7"), ref("C6"), ref("C5"))), "C7+C6+C5"),
    ],
)
def test_reads_as_a_person_would_write_it(operand, text):
    assert str(operand) == text


def test_numpy_scalars_and_either_side_work_alike():
    assert str(np.float64(2) * A) == str(np.multiply(2, A)) == str(2 * A) == "2*a"
    assert str(np.add(A, np.int64(1))) == "a+1"
    assert repr(A + 1) == "Operand('a+1')"


# ---- the same number, computed by another engine ----


def leaves():
    return st.sampled_from(sorted(CELLS)) | st.integers(0, 4) | st.sampled_from([0.5, 1.25, -2, -0.75])


def trees():
    """Nested tuples: (operation, operand, ...)."""
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["+", "-", "*", "/", "max", "min"]), inner, inner),
            st.tuples(st.sampled_from(["neg", "abs", "floor", "ceil", "sign", "square", "root"]), inner),
            st.tuples(st.just("^"), inner, st.sampled_from([2, 3, -1, "C1"])),
            st.tuples(st.just("sum"), inner, inner, inner),
            st.tuples(st.just("clip"), inner, st.just(-1), st.just(2)),
            st.tuples(
                st.sampled_from(["where<", "where<=", "where>", "where==", "where&", "where|"]),
                inner, inner, inner, inner,
            ),
        ),
        max_leaves=14,
    )  # fmt: skip


OPERATIONS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: np.divide(x, y),
    "^": lambda x, y: x**y,
    "neg": lambda x: -x,
    "square": lambda x: (-x) ** 2,
    "root": lambda x: np.sqrt(abs(x)),
    "abs": abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "sign": np.sign,
    "max": np.maximum,
    "min": np.minimum,
    "sum": lambda x, y, z: total((x, y, z)),
    "clip": np.clip,
    "where<": lambda x, y, yes, no: np.where(x < y, yes, no),
    "where<=": lambda x, y, yes, no: np.where(x <= y, yes, no),
    "where>": lambda x, y, yes, no: np.where(x > y, yes, no),
    "where==": lambda x, y, yes, no: np.where(x == y, yes, no),
    "where&": lambda x, y, yes, no: np.where((x > 0) & (y > 0), yes, no),
    "where|": lambda x, y, yes, no: np.where(~((x > 0) | (y > 0)), yes, no),
}


def evaluate(tree, cells, seen, number=np.float64):
    """The tree as model code; ``seen`` gets every number on the way, to leave out the unanswerable."""
    if not isinstance(tree, tuple):
        value = cells[tree] if isinstance(tree, str) else number(tree)
    else:
        value = OPERATIONS[tree[0]](*(evaluate(part, cells, seen, number) for part in tree[1:]))
        value = value if isinstance(value, Operand) else np.float64(value)
    seen.append(value)
    return value


def answerable(tree, numbers):
    """Whether the engines must agree: no overflow, and no step of a function hangs on the last bit."""
    with np.errstate(all="ignore"):
        seen, nudged = [], []
        evaluate(tree, numbers, seen)
        evaluate(tree, {name: value * (1 + 1e-11) for name, value in numbers.items()}, nudged)
    pairs = zip(map(float, seen), map(float, nudged), strict=True)
    return all(
        math.isfinite(value) and abs(value) < 1e12 and abs(value - other) <= 1e-6 * max(abs(value), 1e-3)
        for value, other in pairs
    )


def test_formula_text_computes_what_the_code_computes():
    """A thousand random expressions, evaluated with numbers and, as their text, by ironcalc."""
    numbers = {name: np.float64(value) for name, value in CELLS.items()}
    operands = {name: ref(name) for name in CELLS}
    collected = {}

    @settings(
        max_examples=1000, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(trees())
    def collect(tree):
        if isinstance(tree, tuple) and answerable(tree, numbers):
            traced = evaluate(tree, operands, [], literal)
            collected[str(traced)] = float(evaluate(tree, numbers, []))

    collect()
    assert len(collected) > 500
    # ironcalc computes one model: the cells on the first sheet, where the formulas' references lead.
    model = ironcalc.create("trees", "en", "UTC", "en")
    for name, value in CELLS.items():
        model.set_user_input(0, int(name[1:]), ord(name[0]) - 64, repr(value))
    for row, text in enumerate(collected, start=1):
        model.set_user_input(0, row, 26, f"={text}")
    model.evaluate()
    wrong = []
    for row, (text, expected) in enumerate(collected.items(), start=1):
        found = model.get_cell_value(0, row, 26)
        if not isinstance(found, float | int) or not math.isclose(
            found, expected, rel_tol=1e-9, abs_tol=1e-9
        ):
            wrong.append((text, expected, found))
    assert wrong == []


# ---- refused loudly ----


def takes_if(x):
    return 1 if x > 0 else 0


REFUSED = {
    "if": lambda: takes_if(A),
    "and": lambda: A > 0 and B > 0,
    "chained comparison": lambda: 0 < A < 1,
    "float": lambda: float(A),
    "math": lambda: math.sqrt(A),
    "unknown ufunc": lambda: np.arctan2(A, B),
    "log10": lambda: np.log10(A),
    "reduction": lambda: np.sum(A),
    "method of a ufunc": lambda: np.add.reduce(A),
    "outer": lambda: np.add.outer(A, B),
    "accumulate": lambda: np.cumsum(A),
    "unknown function": lambda: np.interp(A, [0, 1], [0, 1]),
    "out": lambda: np.add(A, B, out=np.zeros(1)),
    "where option": lambda: np.add(A, B, where=True),
    "array": lambda: A + np.array([1.0, 2.0]),
    "list": lambda: np.maximum(A, [1, 2]),
    "none": lambda: A * None,
    "complex": lambda: A * 1j,
    "infinite": lambda: A * np.inf,
    "minus infinite": lambda: np.where(A > 0, A, -np.inf),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_excel_cannot_say_is_refused(kind):
    with pytest.raises(TraceError) as caught:
        REFUSED[kind]()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("leave", [int, iter, len, round, complex, bytes, lambda x: x[0]])
def test_python_that_needs_a_number_fails(leave):
    with pytest.raises((TypeError, TraceError)):
        leave(A)


def test_the_words_say_what_to_write_instead():
    with pytest.raises(TraceError, match=r"'if a>0' cannot become a formula: write np.where"):
        takes_if(A)
    with pytest.raises(TraceError, match=r"np.arctan2 .* has no Excel formula"):
        np.arctan2(A, B)
