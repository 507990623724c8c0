"""Write docs/quote_fields.md from the declared fields: ``python docs/quote_fields.py``. A test keeps it fresh."""

import re
from collections.abc import Mapping
from pathlib import Path

from carecost.quotes import demand, offer
from carecost.quotes.fields import Field

HEAD = """# The fields of offers and demand files

The same names in TOML, JSON, CSV and the cells of a workbook. Shares are decimals: 30% is 0.30. An offer's
money is in its own currency, a demand's in the reporting currency. Written from the declarations by
`python docs/quote_fields.py`.
"""


def page() -> str:
    """The whole page."""
    return HEAD + _table("Offer", offer.FIELDS) + _table("Demand file", demand.FIELDS)


def _table(title: str, fields: Mapping[str, Field]) -> str:
    lines, section, seen = [f"\n## {title}\n"], "", set[str]()
    for declared in fields.values():
        name = re.sub(r"^line_[123]", "line_1..3", declared.name)
        name = re.sub(r"^ramp_[1-6]", "ramp_1..6", name)
        if name in seen:
            continue
        seen.add(name)
        place = re.sub(r"Price line [123]", "Price lines 1 to 3", declared.section)
        if place != section:
            section = place
            lines.append(
                f"\n### {section}\n\n| name | unit | needed | if left out | what it is |\n|---|---|---|---|---|"
            )
        lines.append(
            f"| `{name}` | {declared.unit} | {_needed(declared)} | {_left_out(declared)} | {declared.help} |"
        )
    return "\n".join(lines) + "\n"


def _needed(declared: Field) -> str:
    return "a list of numbers" if declared.kind == "months" else declared.needed


def _left_out(declared: Field) -> str:
    if declared.required:
        return "must be stated"
    if declared.needed_with:
        return f"must be stated with `{declared.needed_with}`"
    if declared.expected:
        return f"`{declared.expected}` of the demand file"
    if declared.default is None:
        return ""
    shown = declared.default if isinstance(declared.default, str) else f"{declared.default:.6g}"
    return f"{shown}: {declared.means}"


if __name__ == "__main__":
    (Path(__file__).parent / "quote_fields.md").write_text(page(), encoding="utf-8")
