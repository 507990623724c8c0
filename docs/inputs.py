"""Write docs/inputs.md from the declared inputs: ``python docs/inputs.py``. A test keeps it fresh."""

from pathlib import Path

from carecost.model.inputs import FAMILIES, INPUTS, Input

HEAD = """# The inputs of a plan

One line each in the plan file, a defined name each in the workbook. Shares are decimals: 30% is 0.30. Money is
in the plan's currency. What a plan leaves out takes the default. Written from the declarations by
`python docs/inputs.py`.
"""


def page() -> str:
    """The whole page."""
    lines, section, seen = [HEAD], "", set[str]()
    for declared in INPUTS.values():
        if declared.section != section:
            section = declared.section
            lines.append(
                f"\n## {section}\n\n| name | unit | allowed | default | what it is |\n|---|---|---|---|---|"
            )
        name = family_name(declared)
        if name not in seen:
            seen.add(name)
            cells = (f"`{name}`", declared.unit, allowed(declared), default(declared), declared.help)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def family_name(declared: Input) -> str:
    """One row stands for a whole family."""
    for word, family in FAMILIES.items():
        if declared.member in family:
            shown = f"{family[0]}..{family[-1]}" if word in ("month", "step") else f"<{word}>"
            return declared.name.replace(str(declared.member), shown)
    return declared.name


def allowed(declared: Input) -> str:
    """The rule, short."""
    if declared.kind == "choice":
        return " or ".join(declared.choices)
    return declared.rule.removeprefix("must be ") if declared.kind == "number" else declared.kind


def default(declared: Input) -> str:
    """The default with its source."""
    if declared.required:
        return "required"
    if declared.card:
        return "the rate card's price at mid, if the market is used"
    if declared.default is None:
        return (
            f"blank; needed with `{declared.needed_with.split('_')[0]}_...`"
            if declared.needed_with
            else "blank"
        )
    shown = declared.default if isinstance(declared.default, str) else f"{declared.default:.6g}"
    return f"{shown} ({declared.default_source})"


if __name__ == "__main__":
    (Path(__file__).parent / "inputs.md").write_text(page(), encoding="utf-8")
