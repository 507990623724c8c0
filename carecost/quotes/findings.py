"""What keeps a file from being read: where it is, what was found there, and what is needed."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One problem of a file. Places that do not apply are empty: a text file has no sheets."""

    found: str
    needed: str
    sheet: str = ""
    cell: str = ""
    field: str = ""
    label: str = ""

    @property
    def place(self) -> str:
        """Where the problem is, as a person looks for it.

        >>> Finding("-1", "a number, at least 0", "Offer", "B14", "setup", "Setup").place
        'Offer!B14 (Setup)'
        """
        at = "!".join(filter(None, (self.sheet, self.cell))) or self.field
        return f"{at} ({self.label})" if self.label else at

    def __str__(self) -> str:
        place = self.place
        return (
            f"{place}: {self.found}; needed: {self.needed}"
            if place
            else f"{self.found}; needed: {self.needed}"
        )
