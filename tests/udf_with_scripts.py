"""carecost.udf with scripts for the tests: what the server does with a script, whatever the script does."""

import xlwings

from carecost.udf import *  # noqa: F403


@xlwings.script(name="Stamp the sheet")
def stamp(book: xlwings.Book):
    """Write beside a cell."""
    cell = book.sheets["Inputs"]["A1"]
    cell.offset(0, 1).value = f"{cell.value} seen"


@xlwings.script
def complain(book: xlwings.Book):
    """Refuse the workbook as populate does."""
    raise xlwings.XlwingsError(f"Inputs!A1 {book.sheets['Inputs']['A1'].value}: must be a number")


@xlwings.script
def break_down(book: xlwings.Book):
    """Fail as no script should."""
    raise ValueError(f"Sekret-4711 {book.name}")
