"""How care costs behave: pure NumPy, one file per area, no files, no Excel."""
