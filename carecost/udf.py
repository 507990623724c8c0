"""The one module that Excel loads, in every runtime of xlwings: classic, Server and Lite.

It holds the functions of the catalogue, ready to be called from cells, and the script ``populate``, which
fills the P&L of the active workbook. In xlwings Server and Lite: ``from carecost.udf import *``.
"""

from __future__ import annotations

from carecost.hosts.excel.expose import exposed_functions, exposed_script

_exposed = {**exposed_functions(), "populate": exposed_script()}
globals().update(_exposed)
__all__ = list(_exposed)
