"""The rate card in force. A changed card file takes effect at the next calculation, without a restart."""

import os
from functools import lru_cache
from os import PathLike
from pathlib import Path

from carecost.errors import DataError

from .card import RateCard
from .cardfile import builtin_card, load_card

ENVIRONMENT_VARIABLE = "CARECOST_RATES"

_chosen: Path | None = None


def use_card(path: str | PathLike[str] | None) -> None:
    """Put the card at ``path`` in force, ahead of CARECOST_RATES; None hands back to CARECOST_RATES.

    A card with a fault is refused with DataError, and the one in force stays.
    """
    global _chosen
    if path is not None:
        load_card(path)
    _chosen = None if path is None else Path(path)


def active_card() -> RateCard:
    """Return the card of ``use_card``, else the one that CARECOST_RATES names, else the built-in one."""
    path = _chosen or os.environ.get(ENVIRONMENT_VARIABLE)
    return _as_it_stands(Path(path)) if path else builtin_card()


def _as_it_stands(path: Path) -> RateCard:
    try:
        stat = path.stat()
    except OSError:
        raise DataError(
            f"{path}: no such rate card; correct {ENVIRONMENT_VARIABLE} or call use_card"
        ) from None
    return _cached(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _cached(path: Path, modified_ns: int, size: int) -> RateCard:
    # Time and size are part of the key: an edited file is another entry, an untouched one is not re-read.
    return load_card(path)
