"""``python -m carecost``."""

from carecost.cli import main

main()
