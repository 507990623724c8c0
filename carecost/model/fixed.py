"""Figures that no plan changes, loaded from ``fixed.toml`` and traced under their names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType


class Fixed(float):
    """A float that keeps its name, so that a formula says ``minutes_hour`` and not 60."""

    excel_name: str
    label: str
    unit: str
    source: str


def _load() -> Mapping[str, Fixed]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    figures = {}
    for name, entry in table.items():
        figure = Fixed(entry["value"])
        figure.excel_name = name
        figure.label, figure.unit, figure.source = entry["label"], entry["unit"], entry["source"]
        figures[name] = figure
    return MappingProxyType(figures)


FIXED = _load()
