"""The one module that Excel loads, in every runtime of xlwings: classic, Server and Lite.

It holds the functions of the catalogue, ready to be called from cells. In xlwings Server and Lite:
``from carecost.udf import *``.
"""

from __future__ import annotations

from carecost.hosts.excel.expose import exposed_functions

_functions = exposed_functions()
globals().update(_functions)
__all__ = list(_functions)
