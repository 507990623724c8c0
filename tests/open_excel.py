"""An open Excel, stood in for by ironcalc: what is typed is taken as Excel takes it, formulas are live.

xlwings sees it twice. ``classic()`` is a book whose engine reads and writes cells at once, as COM does;
``payload()`` and ``run()`` are the two halves of a call from Office.js: the workbook's values going out,
the list of actions coming back.
"""

import functools
import io
import re
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import ironcalc
import openpyxl
import xlwings
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.utils.datetime import from_excel
from xlwings import base_classes

from carecost.errors import EXCEL_ERRORS

COM_ERROR = -2146828288
# Office.js's names for what xlwings calls otherwise.
MODES = {"automatic": "Automatic", "manual": "Manual"}


class Excel:
    """One workbook, open. ``log`` is what happened to it, ``selected`` the last cell selected."""

    def __init__(self, path, calculation="automatic"):
        path = Path(path)
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self.model.evaluate()
        self.calculation = calculation
        self.names = {
            found["name"]: f"={found['formula']}"
            for found in self.model.get_defined_name_list()
            if found["scope"] is None
        }
        self.titles = [sheet["name"] for sheet in self.model.get_worksheets_properties()]
        self.dates = _dates(path.read_bytes())
        self.visible = dict.fromkeys(self.titles, True)
        self.protected, self.log, self.alerts, self.selected = set(), [], [], None

    # ---- the workbook ----

    def rename(self, name, refers_to):
        self.model.update_defined_name(name, None, name, None, refers_to)
        self.names[name] = f"={refers_to}"

    def places(self, name):
        """The cells of a name as (sheet, row, column)."""
        sheet, area = re.fullmatch(r"='?(.+?)'?!(.+)", self.names[name]).groups()
        sheet = sheet.replace("''", "'")
        first, _, last = area.replace("$", "").partition(":")
        (left, top), (right, bottom) = map(coordinate_from_string, (first, last or first))
        columns = range(column_index_from_string(left), column_index_from_string(right) + 1)
        return [(sheet, row, column) for row in range(top, bottom + 1) for column in columns]

    def value(self, sheet, row, column):
        return self.model.get_cell_value(self.titles.index(sheet), row, column)

    def values(self, name):
        return [self.value(*place) for place in self.places(name)]

    def content(self, sheet, row, column):
        """The cell's formula, or its content as text; without the apostrophe of a text, as in Excel."""
        return self.model.get_cell_content(self.titles.index(sheet), row, column).removeprefix("'")

    def all_contents(self):
        """All cells that hold something."""
        return {
            (sheet, row, column): content
            for sheet in self.titles
            for row in range(1, self.size(sheet)[0] + 1)
            for column in range(1, self.size(sheet)[1] + 1)
            if (content := self.content(sheet, row, column))
        }

    def size(self, sheet):
        found = self.model.get_sheet_dimensions(self.titles.index(sheet))
        return found[1], found[3]

    # ---- typing and calculating ----

    def put(self, sheet, row, column, value):
        """Assign to a cell as to ``Range.Value``: a text is taken as if it were typed."""
        if sheet in self.protected:
            raise RuntimeError("The cell or chart you're trying to change is on a protected sheet.")
        at = self.titles.index(sheet), row, column
        if value is None or value == "":
            self.model.clear_cell_contents(*at)
        elif isinstance(value, str):
            self.model.set_user_input(*at, value)
        elif isinstance(value, bool):
            self.model.update_cell_with_bool(*at, value)
        else:
            self.model.update_cell_with_number(*at, float(value))

    def type_in(self, name, value, place=0):
        """What a user does: nothing of it goes to the log."""
        self.put(*self.places(name)[place], value)
        self.settle()

    def settle(self):
        if self.calculation == "automatic":
            self.model.evaluate()

    def write(self, what, sheet, row, column, rows):
        self.log.append((what, sheet, row, column, rows))
        for down, cells in enumerate(rows):
            for right, value in enumerate(cells):
                self.put(sheet, row + down, column + right, value)
        self.settle()

    def calculate(self):
        self.log.append(("calculate",))
        self.model.evaluate()

    # ---- Office.js ----

    def payload(self):
        """The workbook as the JavaScript of xlwings Server sends it."""
        sheets = [
            {
                "name": sheet,
                "visibility": "Visible" if self.visible[sheet] else "Hidden",
                "values": [
                    [self._sent(sheet, row, column) for column in range(1, self.size(sheet)[1] + 1)]
                    for row in range(1, self.size(sheet)[0] + 1)
                ],
                "used_range_address": f"A1:{get_column_letter(self.size(sheet)[1])}{self.size(sheet)[0]}",
                "pictures": [], "shapes": [], "charts": [], "notes": [], "tables": [], "print_area": None,
                "show_gridlines": True, "pivot_tables": [],
            }
            for sheet in self.titles
        ]  # fmt: skip
        names = [
            {
                "name": name, "refers_to": refers_to, "type": "Range" if "!$" in refers_to else "Double",
                **self._sent_area(name),
                "scope_sheet_name": None, "scope_sheet_index": None, "book_scope": True,
            }
            for name, refers_to in self.names.items()
        ]  # fmt: skip
        return {
            "client": "Office.js",
            "version": xlwings.__version__,
            "book": {
                "name": "book.xlsx",
                "active_sheet_index": 0,
                "selection": "A1",
                "calculation": MODES[self.calculation],
            },
            "names": names,
            "sheets": sheets,
        }

    def _sent(self, sheet, row, column):
        value = self.value(sheet, row, column)
        if (sheet, row, column) in self.dates and isinstance(value, float):
            return f"{from_excel(value).isoformat()}.000Z"
        return "" if value is None else value

    def _sent_area(self, name):
        if "!$" not in self.names[name]:
            return {"sheet_index": None, "address": None}
        sheet, row, column = self.places(name)[0]
        _, bottom, right = self.places(name)[-1]
        address = f"{get_column_letter(column)}{row}:{get_column_letter(right)}{bottom}"
        return {"sheet_index": self.titles.index(sheet), "address": address}

    def run(self, actions):
        """What the JavaScript of xlwings Server does with the actions that come back."""
        for action in actions:
            sheet = self.titles[action["sheet_position"]] if action["sheet_position"] is not None else None
            match action["func"]:
                case "setValues" | "setFormula":
                    size = len(action["values"]), len(action["values"][0])
                    assert size == (action["row_count"], action["column_count"])
                    here = action["start_row"] + 1, action["start_column"] + 1
                    self.write(action["func"], sheet, *here, action["values"])
                case "calculate":
                    self.calculate()
                case "activateSheet":
                    assert self.visible[self.titles[action["args"][0]]]
                case "rangeSelect":
                    self.selected = sheet, action["start_row"] + 1, action["start_column"] + 1
                case "alert":
                    self.alerts.append(action["args"][0])
                case other:
                    raise AssertionError(f"an action that populate has no business with: {other}")

    # ---- COM ----

    @contextmanager
    def classic(self, shows_stored=True):
        """The workbook as classic xlwings has it, in the active Excel; without ``Value2`` as on a Mac."""
        with mock.patch.object(xlwings.engines, "active", xlwings.Engine(impl=Engine(self))):
            yield xlwings.Book(impl=Book(self, shows_stored))


@functools.cache
def _dates(content):
    """The cells that are formatted as dates."""
    return {
        (sheet.title, cell.row, cell.column)
        for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if "yy" in cell.number_format
    }


class Engine:
    """What xlwings' Windows engine makes of values on their way."""

    name, type = "excel", "desktop"

    def __init__(self, excel):
        self.apps = [App(excel)]

    @staticmethod
    def prepare_xl_data_element(value, options):
        return "" if value is None else value

    @staticmethod
    def clean_value_data(data, datetime_builder, empty_as, number_builder, err_to_str):
        return [[empty_as if value == "" else value for value in row] for row in data]


class App(base_classes.App):
    pid = 1

    def __init__(self, excel):
        self.excel = excel

    @property
    def engine(self):
        return Engine(self.excel)

    @property
    def calculation(self):
        return self.excel.calculation

    def calculate(self):
        self.excel.calculate()

    def activate(self, steal_focus):
        pass

    def alert(self, prompt, title, buttons, mode, callback):
        self.excel.alerts.append(prompt)


class Book(base_classes.Book):
    def __init__(self, excel, shows_stored):
        self.excel, self.shows_stored = excel, shows_stored
        self.app, self.api, self.name = App(excel), None, "book.xlsx"
        self.names, self.sheets = Names(excel), Sheets(self)

    app = api = name = names = sheets = None

    def activate(self):
        pass


class Names(base_classes.Names):
    def __init__(self, excel):
        self.found = [SimpleNamespace(name=name, refers_to=text) for name, text in excel.names.items()]

    def __call__(self, index):
        return self.found[index - 1]

    def __len__(self):
        return len(self.found)


class Sheets(base_classes.Sheets):
    def __init__(self, book):
        self.book = book

    def __call__(self, name_or_index):
        titles = self.book.excel.titles
        return Sheet(self.book, name_or_index if name_or_index in titles else titles[name_or_index - 1])

    def __iter__(self):
        return (Sheet(self.book, title) for title in self.book.excel.titles)

    def __len__(self):
        return len(self.book.excel.titles)


class Sheet(base_classes.Sheet):
    name = book = visible = None

    def __init__(self, book, name):
        self.book, self.name, self.visible = book, name, book.excel.visible[name]

    @property
    def used_range(self):
        return Range(self, (1, 1), self.book.excel.size(self.name))

    def range(self, first, last=None):
        if isinstance(first, Range):
            first, last = (first.row, first.column), (last.row, last.column)
        if isinstance(first, str):
            letters, row = coordinate_from_string(first)
            first = row, column_index_from_string(letters)
        return Range(self, first, last or first)

    def activate(self):
        self.book.excel.active = self.name


class Range(base_classes.Range):
    sheet = row = column = shape = None

    def __init__(self, sheet, first, last):
        self.sheet, self.excel = sheet, sheet.book.excel
        self.row, self.column = first
        self.shape = last[0] - first[0] + 1, last[1] - first[1] + 1

    def __call__(self, row, column):
        return self.sheet.range((self.row + row - 1, self.column + column - 1))

    def _each(self, read):
        rows = tuple(
            tuple(
                read(self.sheet.name, self.row + down, self.column + right) for right in range(self.shape[1])
            )
            for down in range(self.shape[0])
        )
        return rows if self.shape != (1, 1) else rows[0][0]

    @property
    def api(self):
        stored = {"Value2": self._each(self._stored)} if self.sheet.book.shows_stored else {}
        return SimpleNamespace(**stored)

    def _stored(self, *place):
        value = self.excel.value(*place)
        return COM_ERROR + EXCEL_ERRORS[value] if isinstance(value, str) and value in EXCEL_ERRORS else value

    @property
    def raw_value(self):
        def shown(*place):
            value = self.excel.value(*place)
            if not isinstance(value, float):
                return value
            if place in self.excel.dates:
                return from_excel(value)
            # As if every number were formatted as a currency: on Windows four places are all that arrive.
            return Decimal(f"{value:.4f}") if self.sheet.book.shows_stored else value

        return self._each(shown)

    @raw_value.setter
    def raw_value(self, rows):
        self.excel.write("value", self.sheet.name, self.row, self.column, rows)

    @property
    def formula(self):
        return self._each(self.excel.content)

    @formula.setter
    def formula(self, rows):
        assert all(text.startswith("=") for row in rows for text in row)
        self.excel.write("formula", self.sheet.name, self.row, self.column, rows)

    def select(self):
        assert self.excel.active == self.sheet.name, "Excel selects nothing on a sheet that is not active"
        self.excel.selected = self.sheet.name, self.row, self.column


def remote(payload):
    """The book that xlwings Server makes of a payload; needs its (non-commercial) license."""
    with mock.patch.dict("os.environ", XLWINGS_LICENSE_KEY="noncommercial"):
        from xlwings.pro import _xlremote
    return xlwings.Book(impl=_xlremote.engine.apps[0].books.open(json=payload))
