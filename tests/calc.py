"""LibreOffice Calc with the CARE functions installed: type into cells, and read what they show.

A session is two processes: LibreOffice with a profile of its own, and a client that speaks UNO. The client
is this file, run by Debian's Python, so it imports nothing but the standard library at the top.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from libreoffice import ENVIRONMENT, SETTINGS, SOFFICE, SYSTEM_PYTHON

# What Calc calls the errors that it shows under Excel's names, and two that Excel does not have.
ERRORS = {
    521: "#NULL!", 532: "#DIV/0!", 519: "#VALUE!", 524: "#REF!", 525: "#NAME?", 503: "#NUM!", 32767: "#N/A",
    502: "Err:502", 504: "Err:504",
}  # fmt: skip
ANSWERS = 200  # the column where answers begin; arguments stand to the left


class Calc:
    """One LibreOffice with an extension in it. Use it as a context manager; it leaves no process behind."""

    def __init__(self, extension, profile=None):
        """``extension``: its files by name; ``profile``: a user profile instead of a fresh one."""
        self._extension = extension
        self.profile = profile

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="carecost-calc-")))
        if self.profile is None:
            self.profile = folder / "profile"
            (self.profile / "user").mkdir(parents=True)
            (self.profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
        bundled = folder / "bundled"
        bundled.mkdir()
        for name, content in self._extension.items():
            path = bundled / "carecost.oxt" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        pipe = f"carecost{os.getpid()}_{time.monotonic_ns()}"
        try:
            self._office = self._start(
                SOFFICE, "--headless", "--norestore", f"-env:UserInstallation={self.profile.as_uri()}",
                f"-env:BUNDLED_EXTENSIONS={bundled.as_uri()}", f"--accept=pipe,name={pipe};urp;",
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self._client = self._start(
                SYSTEM_PYTHON, __file__, pipe, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self._client.stdout.readline() == "ready\n", "LibreOffice did not answer on its pipe"
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, *command, **options):
        process = subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, **options)
        self._stack.callback(_end, process)
        return process

    def __exit__(self, *_):
        self._stack.close()

    def close(self):
        """Have LibreOffice end by itself, as a user does; its exit code."""
        self.ask("terminate")
        return self._office.wait(30)

    def kill(self):
        """End LibreOffice without a chance to tidy up."""
        os.killpg(self._office.pid, signal.SIGKILL)
        self._office.wait(30)

    @property
    def pids(self):
        """LibreOffice's processes, itself and all below it."""
        found, waiting = [], [self._office.pid]
        while waiting:
            found.append(waiting.pop())
            for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                waiting += map(int, task.read_text().split())
        return found

    @property
    def workers(self):
        """The worker processes below LibreOffice."""
        return [pid for pid in self.pids if b"libreoffice.worker" in command_line(pid)]

    def ask(self, what, *arguments):
        """One command of the client's."""
        self.post(what, *arguments)
        return self.reply()

    def post(self, what, *arguments):
        """Send a command without waiting for its answer."""
        self._client.stdin.write(json.dumps([what, *arguments]) + "\n")
        self._client.stdin.flush()

    def reply(self):
        """The answer of the command that was posted."""
        answer = json.loads(self._client.stdout.readline())
        if isinstance(answer, dict):
            raise AssertionError(answer["error"])
        return answer

    def shows(self, formula, rows=(), shape=None):
        """What a formula shows over rows of cells that begin in A1: one value, or rows of an array formula.

        A cell is a number, a text, None for an empty one, or ``{"formula": ...}``.
        """
        (found,) = self.evaluate(rows, [[0, formula, shape]])
        return found if shape else found[0][0]

    def evaluate(self, rows, formulas):
        """The same for many formulas as (row that the answer begins in, formula, shape); always rows."""
        return self.ask("evaluate", rows, formulas)


def command_line(pid):
    """A process's command, or nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _end(process):
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    process.wait()


# ---- the client ----


class _Client:
    """Debian's Python, connected to LibreOffice."""

    def __init__(self, pipe):
        import uno
        from com.sun.star.beans import PropertyValue
        from com.sun.star.connection import NoConnectException

        self._property = PropertyValue
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        for _ in range(600):
            try:
                self.context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except NoConnectException:
                time.sleep(0.1)
        self.desktop = self._service("com.sun.star.frame.Desktop")
        self.book = self._load("private:factory/scalc")

    def _service(self, name):
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def _named(self, **values):
        return tuple(self._property(name, 0, value, 0) for name, value in values.items())

    def _load(self, url):
        return self.desktop.loadComponentFromURL(url, "_blank", 0, self._named(Hidden=True))

    def evaluate(self, rows, formulas):
        """Everything is typed in at once, read, and emptied: each word with LibreOffice takes a millisecond."""
        sheet = self.book.Sheets.getByIndex(0)
        if rows:
            _type_in(sheet, rows)
        height = max(row + (shape[0] if shape else 1) for row, _, shape in formulas)
        width = max(shape[1] if shape else 1 for _, _, shape in formulas)
        answers = sheet.getCellRangeByPosition(ANSWERS, 0, ANSWERS + width - 1, height - 1)
        _enter(answers, formulas, height)
        found = _read(answers)
        answers.clearContents(1023)
        if rows:
            sheet.getCellRangeByPosition(0, 0, len(rows[0]) - 1, len(rows) - 1).clearContents(1023)
        return [
            [line[: shape[1]] for line in found[row : row + shape[0]]] if shape else [found[row][:1]]
            for row, _, shape in formulas
        ]

    def fill(self, address, rows):
        """Numbers, texts and formulas into a block, all at once."""
        self.book.Sheets.getByIndex(0).getCellRangeByName(address).setFormulaArray(tuple(map(tuple, rows)))

    def read(self, address, sheet=None):
        """What a block shows, of the first sheet or a named one."""
        sheets = self.book.Sheets
        found = sheets.getByName(sheet) if sheet else sheets.getByIndex(0)
        return _read(found.getCellRangeByName(address))

    def recalculate(self):
        """Everything; the seconds it took."""
        start = time.perf_counter()
        self.book.calculateAll()
        return time.perf_counter() - start

    def open(self, path):
        """Another workbook instead of the one that is open."""
        self.book.close(True)
        self.book = self._load(path if ":" in path else Path(path).as_uri())

    def modified(self):
        """Whether the user would be asked to save."""
        return self.book.isModified()

    def save(self, path):
        """Under another name, in the format of its ending."""
        kind = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8", ".pdf": "calc_pdf_Export"}[
            Path(path).suffix
        ]
        self.book.storeToURL(Path(path).as_uri(), self._named(FilterName=kind))

    def formula(self, address):
        """A formula as the user sees it."""
        return self.book.Sheets.getByIndex(0).getCellRangeByName(address).FormulaLocal

    def described(self):
        """The function wizard's words for the CARE functions."""
        service = self._service("com.sun.star.sheet.FunctionDescriptions")
        found = [
            {value.Name: value.Value for value in service.getByIndex(place)}
            for place in range(service.getCount())
        ]
        return [
            {
                "name": each["Name"],
                "category": each["Category"],
                "description": each["Description"],
                "arguments": [[one.Name, one.Description, one.IsOptional] for one in each["Arguments"]],
            }
            for each in found
            if each["Name"].startswith("CARE_")
        ]

    def methods(self, interface):
        """The methods of an interface, from LibreOffice's reader of type libraries."""
        manager = self.context.getByName("/singletons/com.sun.star.reflection.theTypeDescriptionManager")
        found = manager.getByHierarchicalName(interface)
        return [
            [
                member.Name.partition("::")[2],
                member.ReturnType.Name,
                [[one.Name, one.Type.Name, one.isIn()] for one in member.Parameters],
            ]
            for member in found.getMembers()
        ]

    def terminate(self):
        """Close LibreOffice as a user does."""
        self.book.close(True)
        self.desktop.terminate()


def _type_in(sheet, rows):
    """Numbers and texts at once ("" leaves a cell empty), then formulas one by one."""
    block = sheet.getCellRangeByPosition(0, 0, len(rows[0]) - 1, len(rows) - 1)
    block.setDataArray([[value if isinstance(value, float | str) else "" for value in row] for row in rows])
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            if isinstance(value, dict):
                block.getCellByPosition(right, down).setFormula(value["formula"])


def _enter(block, formulas, height):
    """Single formulas all at once, array formulas one by one."""
    column = [[""] for _ in range(height)]
    for row, formula, shape in formulas:
        if not shape:
            column[row] = [formula]
    block.getCellRangeByPosition(0, 0, 0, height - 1).setFormulaArray(column)
    for row, formula, shape in formulas:
        if shape:
            block.getCellRangeByPosition(0, row, shape[1] - 1, row + shape[0] - 1).setArrayFormula(formula)


def _read(block):
    """Rows of numbers, texts and error codes; Calc hands an error over as nothing."""
    rows = [list(row) for row in block.getDataArray()]
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            if value is None:
                error = block.getCellByPosition(right, down).getError()
                row[right] = ERRORS.get(error, f"error {error}")
    return rows


def _serve(pipe):
    client = _Client(pipe)
    print("ready", flush=True)
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        try:
            answer = getattr(client, what)(*arguments)
        except Exception as error:
            answer = {"error": re.sub(r"\s+", " ", f"{what}: {type(error).__name__}: {error}")}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
