"""Libraries that only batches need: imported when used, and named with their install line when missing."""

from __future__ import annotations

import importlib
from typing import Any

from carecost.errors import DataError

CLUSTER = {"dask", "distributed", "fsspec"}


def needed(module: str) -> Any:
    """Import a library of the ``batch`` or ``cluster`` extra."""
    try:
        return importlib.import_module(module)
    except ImportError:
        library = module.split(".")[0]
        extra = "cluster" if library in CLUSTER else "batch"
        raise DataError(
            f"{library} is not installed: python3 -m pip install 'carecost[{extra}]' brings it."
        ) from None
