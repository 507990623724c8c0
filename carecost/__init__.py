"""carecost: cost and business-case modeling for customer care, in the spreadsheet.

>>> import carecost
>>> carecost.load_plan("examples/worked_example.toml").run().to_frame()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carecost.planfile import load_plan

__version__ = "0.1.0"
__all__ = ["__version__", "load_plan"]


def __getattr__(name: str) -> Any:
    # Imported on first use: `carecost --help` needs neither NumPy nor the rate data.
    if name == "load_plan":
        from carecost.planfile import load_plan

        return load_plan
    raise AttributeError(f"module 'carecost' has no attribute '{name}'")
