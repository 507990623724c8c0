"""The whole P&L: its lines, what its project returns and its checks, declared in that order.

Read it from here: ``plan`` alone holds the lines only.
"""

from carecost.model.plan import PLAN  # isort: skip
from carecost.model import returns  # noqa: F401  # isort: skip
from carecost.model import checks  # noqa: F401  # isort: skip

__all__ = ["PLAN"]
