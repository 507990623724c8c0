"""The two texts of xlwings Lite, which runs Python inside Excel: what to run, and what to install for it."""

from __future__ import annotations

from carecost import __version__

MAIN = '''"""The CARE functions in this workbook: type =CARE_ in a cell."""

from carecost.udf import *
'''
# Lite has NumPy, SciPy and pydantic of its own; carecost asks for nothing else in a browser.
REQUIREMENTS = f"xlwings\ncarecost=={__version__}\n"
FILES = {"main.py": MAIN, "requirements.txt": REQUIREMENTS}
