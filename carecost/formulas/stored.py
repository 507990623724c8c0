"""How a LAMBDA is stored in a file: newer functions and the names it binds carry prefixes.

``LAMBDA(x,[y],LET(a,x+1,a))`` is ``_xlfn.LAMBDA(_xlpm.x,_xlop.y,_xlfn.LET(_xlpm.a,_xlpm.x+1,_xlpm.a))``.
"""

from __future__ import annotations

import re

from carecost.errors import TraceError

# Known to every Excel since 1997-2007: stored as they are.
OLD = frozenset(
    {
        "ABS", "AND", "AVERAGE", "CEILING", "CHOOSE", "COLUMN", "COLUMNS", "COUNT", "COUNTA",
        "COUNTBLANK", "COUNTIF", "EXP", "FACT", "FALSE", "FLOOR", "FV", "GAMMALN", "IF", "IFERROR",
        "INDEX", "INT", "IRR", "ISBLANK", "ISERROR", "ISLOGICAL", "ISNA", "ISNUMBER", "ISTEXT", "LN",
        "LOG", "LOG10", "LOOKUP", "LOWER", "MATCH", "MAX", "MEDIAN", "MIN", "MMULT", "MOD", "N", "NA",
        "NOT", "NPER", "NPV", "OR", "PMT", "POWER", "PRODUCT", "PV", "RATE", "ROUND", "ROUNDDOWN",
        "ROUNDUP", "ROW", "ROWS", "SIGN", "SQRT", "SUM", "SUMIF", "SUMPRODUCT", "TEXT", "TRANSPOSE",
        "TRIM", "TRUE", "TYPE", "UPPER",
    }
)  # fmt: skip
# Known since Excel 2010 or later.
NEW = frozenset(
    {
        "BETA.DIST", "BETA.INV", "BINOM.DIST", "BYCOL", "BYROW", "CHISQ.DIST", "CHISQ.DIST.RT",
        "CHOOSECOLS", "CHOOSEROWS", "CONCAT", "DROP", "EXPAND", "GAMMA.DIST", "GAMMA.INV",
        "GAMMALN.PRECISE", "HSTACK", "IFNA", "IFS", "ISOMITTED", "LAMBDA", "LET", "MAKEARRAY", "MAP",
        "NORM.DIST", "NORM.INV", "NORM.S.DIST", "NORM.S.INV", "POISSON.DIST", "REDUCE", "SCAN",
        "SEQUENCE", "SORTBY", "SWITCH", "TAKE", "TEXTJOIN", "TOCOL", "TOROW", "VSTACK", "WRAPCOLS", "WRAPROWS",
        "XLOOKUP", "XMATCH",
    }
)  # fmt: skip
WORKSHEET = frozenset({"FILTER", "SORT"})
TOKEN = re.compile(
    r"""
      (?P<literal> "(?:[^"]|"")*" | \#(?:N/A|VALUE!|NUM!|DIV/0!|REF!|NAME\?|NULL!) | \d+\.?\d*(?:E[+-]?\d+)? )
    | \[ (?P<optional> [A-Za-z_][\w.]*) \]
    | (?P<name> [A-Za-z_][\w.]*) (?P<call> \(?)
    """,
    re.VERBOSE,
)


def stored_form(plain: str) -> str:
    """The LAMBDA as the file holds it; a function that no table knows is refused."""

    def prefixed(found: re.Match[str]) -> str:
        if found["literal"]:
            return found[0]
        if found["optional"]:
            return f"_xlop.{found['optional']}"
        name, bracket = found["name"], found["call"]
        if (bracket and name in OLD) or name in ("TRUE", "FALSE"):
            return found[0]
        if bracket and name in NEW:
            return f"_xlfn.{found[0]}"
        if bracket and name in WORKSHEET:
            return f"_xlfn._xlws.{found[0]}"
        if name.isupper():
            raise TraceError(f"{name} is in no table of Excel functions: add it to formulas/stored.py")
        return f"_xlpm.{found[0]}"

    return TOKEN.sub(prefixed, plain)


def plain_form(stored: str) -> str:
    """Back from the stored form, for engines that take what a person types."""
    return re.sub(r"_xl(?:fn|ws|pm)\.", "", re.sub(r"_xlop\.([\w.]+)", r"[\1]", stored))
