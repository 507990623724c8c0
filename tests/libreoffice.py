"""LibreOffice as a second opinion: recompute workbooks, and change inputs in an opened workbook.

Independent of ``carecost.workbook.verify``. Run by Debian's Python (``/usr/bin/python3 libreoffice.py
PIPE JOBS.json``) this file is the UNO client that types into the opened workbook, so it imports nothing
but the standard library at the top.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
SYSTEM_PYTHON = "/usr/bin/python3"
# A virtual environment first on PATH breaks LibreOffice's own Python.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))},
    "PATH": "/usr/bin:/bin",
}
TIMEOUT = 540
# 0: always recalculate a workbook on loading, whoever wrote it. The default trusts the stored values.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@contextmanager
def profile():
    """A fresh private user profile that forces recalculation, as soffice's options."""
    with tempfile.TemporaryDirectory(prefix="carecost-soffice-") as folder:
        user = Path(folder, "user")
        user.mkdir()
        (user / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
        yield [SOFFICE, "--headless", "--norestore", f"-env:UserInstallation={Path(folder).as_uri()}"]


def recalculate(paths, folder):
    """Have LibreOffice load, recalculate and save workbooks; the saved copies, under the same names.

    Two offices work side by side, each with a profile of its own.
    """
    paths, folder = list(map(Path, paths)), Path(folder)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda share: _convert(share, folder), (paths[::2], paths[1::2])))
    return [folder / path.name for path in paths]


def _convert(paths, folder):
    if not paths:
        return
    with profile() as soffice:
        command = [*soffice, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder)]
        done = subprocess.run(
            [*command, *map(str, paths)], env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT
        )
    missing = [path.name for path in paths if not (folder / path.name).exists()]
    if done.returncode or missing:
        raise AssertionError(f"soffice left with {done.returncode}, without {missing}: {done.stderr}")


def change_inputs(jobs):
    """Open workbooks, type values into named cells, recalculate, and read every formula cell.

    A job is ``(path, {defined name: number, text, or None to empty the cell})``. Gives for each job the
    formula cells as ``{"Sheet!A1": value}``; an error in a cell reads as ``#ERR``.
    """
    with profile() as soffice, tempfile.TemporaryDirectory() as folder:
        pipe = f"carecost{os.getpid()}_{time.monotonic_ns()}"
        listed = Path(folder, "jobs.json")
        listed.write_text(json.dumps([[Path(path).as_uri(), changes] for path, changes in jobs]))
        server = subprocess.Popen(
            [*soffice, f"--accept=pipe,name={pipe};urp;"],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            client = subprocess.run(
                [SYSTEM_PYTHON, "-I", __file__, pipe, str(listed)],
                env=ENVIRONMENT,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
            server.wait(timeout=30)  # the client's last call closed it
        finally:
            if server.poll() is None:
                os.killpg(server.pid, 9)
                server.wait()
    if client.returncode:
        raise AssertionError(f"the UNO client failed: {client.stderr}")
    return json.loads(client.stdout)


def _serve(pipe, listed):
    """The UNO client's whole life: connect, do every job, print what it read, close the office."""
    import uno
    from com.sun.star.beans import PropertyValue
    from com.sun.star.connection import NoConnectException

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            time.sleep(0.1)
    else:
        raise SystemExit("LibreOffice did not answer on its pipe within a minute")
    desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    hidden = PropertyValue()
    hidden.Name, hidden.Value = "Hidden", True
    answers = []
    for url, changes in json.loads(Path(listed).read_text()):
        document = desktop.loadComponentFromURL(url, "_blank", 0, (hidden,))
        for name, value in changes.items():
            _type(document.NamedRanges.getByName(name).getReferredCells().getCellByPosition(0, 0), value)
        document.calculateAll()
        answers.append(_formula_cells(document))
        document.close(True)
    json.dump(answers, sys.stdout)
    sys.stdout.flush()
    desktop.terminate()


def _type(cell, value):
    if value is None:
        cell.clearContents(1 | 2 | 4)  # numbers, dates, texts
    elif isinstance(value, str):
        cell.setString(value)
    else:
        cell.setValue(value)


def _formula_cells(document):
    found = {}
    for sheet in document.Sheets:
        for cells in _each(sheet.queryContentCells(16)):  # CellFlags.FORMULA
            for place, value in _with_places(cells, cells.getDataArray()):
                found[f"{sheet.Name}!{place}"] = value
        for cells in _each(sheet.queryFormulaCells(4)):  # FormulaResult.ERROR
            for place, _ in _with_places(cells, cells.getDataArray()):
                found[f"{sheet.Name}!{place}"] = "#ERR"
    return found


def _each(ranges):
    return (ranges.getByIndex(place) for place in range(ranges.Count))


def _with_places(cells, rows):
    left, top = cells.RangeAddress.StartColumn, cells.RangeAddress.StartRow
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            first, second = divmod(left + right, 26)
            yield f"{chr(64 + first) if first else ''}{chr(65 + second)}{top + down + 1}", value


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])
