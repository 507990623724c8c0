"""xlwings Server for the tests, and Excel's side of it: the served JavaScript in Node, in office_js.mjs."""

import datetime
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from case_tables import agrees, outcome
from engines import grid, why_not

from carecost.errors import CellError
from carecost.functions import REGISTRY

ROOT = Path(__file__).parents[1]
# How Office.js names the errors that a custom function returns.
OFFICE_ERRORS = {
    "Div0": "#DIV/0!", "NotAvailable": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!",
    "Ref": "#REF!", "Value": "#VALUE!",
}  # fmt: skip
# The first day of Excel's calendar, in which 1900 has a 29th of February.
DAY_ZERO = datetime.date(1899, 12, 30)


# ---- the server ----


@dataclass
class Running:
    """A server that runs: where, and what it has said so far."""

    port: int
    authority: Path
    log: Path

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    def ask(self, method, path, body=None, **headers):
        """One request: status, headers and text of the response."""
        trust = ssl.create_default_context(cafile=self.authority)
        with closing(http.client.HTTPSConnection("localhost", self.port, context=trust, timeout=60)) as line:
            line.request(method, path, body, {"Content-Type": "application/json", **headers})
            response = line.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode(errors="replace")

    def call(self, function, *args, **headers):
        """One call of a function, as Excel posts it; an argument is a matrix of cells."""
        return self.ask("POST", "/xlwings/custom-functions-call", body_of(function, *args), **headers)


def body_of(function, *args):
    """The body that the served JavaScript posts."""
    asked = {"client": "Office.js", "func_name": function, "args": args, "caller_address": "[Budget.xlsx]Sheet1!A1",
             "session_id": "1", "culture_info_name": "de-DE", "date_format": "TT.MM.JJJJ", "version": "0.37.8",
             "runtime": "1.4"}  # fmt: skip
    return json.dumps(asked)


@contextmanager
def running(folder, command, **variables):
    """A server started by a Python command, with a certificate of its own, ended by Ctrl-C."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    paths = {name: folder / f"{name}.pem" for name in ("cert", "key", "authority")}
    certificate.cert_chain_pems[0].write_to_path(paths["cert"])
    certificate.private_key_pem.write_to_path(paths["key"])
    authority.cert_pem.write_to_path(paths["authority"])
    log = folder / "log.txt"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XLWINGS_LICENSE_KEY": "noncommercial",
        "CARECOST_SERVER_CERT": str(paths["cert"]),
        "CARECOST_SERVER_KEY": str(paths["key"]),
        **variables,
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield Running(port_in(log, process), paths["authority"], log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
    assert process.returncode == 0, log.read_text()


def port_in(log, process):
    """The port in the server's first line, as soon as it is there."""
    for _ in range(600):
        found = re.search(r"https://localhost:(\d+) ", log.read_text())
        if found:
            return int(found[1])
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()}")


# ---- Excel ----


def excel(server, calls, token=""):
    """What Excel gets for calls ``(function, args)``, through the JavaScript that the server serves."""
    asked = [{"function": function, "args": args} for function, args in calls]
    done = subprocess.run(
        ["node", ROOT / "tests" / "office_js.mjs"],
        input=json.dumps({"url": server.url, "token": token, "calls": asked}),
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(server.authority)},
        capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def cells(args, function, blank=""):
    """Arguments by name as Excel passes them: matrices of cells by position, None where left out."""
    names = list(function.parameters)
    last = max((names.index(name) for name in args), default=-1)
    return [matrix(args[name], blank) if name in args else None for name in names[: last + 1]]


def matrix(value, blank):
    """An argument as a range: one cell, a column for a flat list, or rows."""
    rows = value if isinstance(value, list) else [value]
    return [[cell(each, blank) for each in (row if isinstance(row, list) else [row])] for row in rows]


def cell(value, blank):
    """A cell as Office.js writes it."""
    if value is None:
        return blank
    if isinstance(value, CellError):
        return {"type": "Error", "basicType": "Error", "basicValue": value.code}
    if isinstance(value, datetime.date):
        return {"type": "FormattedNumber", "basicValue": serial(value), "numberFormat": "dd.mm.yyyy"}
    return value


def serial(day):
    """A date as the number that a cell holds."""
    return (day - DAY_ZERO).days


def answered(answer):
    """An answer of Excel's side as Python's own: values, rows, errors."""
    if "error" in answer:
        return CellError(answer["error"], answer["message"])
    rows = [[returned(each) for each in row] for row in answer["value"]]
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def returned(value):
    """A cell that a function gave."""
    if isinstance(value, dict):
        assert value["type"] == "Error"
        return CellError(OFFICE_ERRORS[value["errorType"]], "")
    return value


# ---- the case tables in cells ----


def numbered(value):
    """An argument with each date as the number that a cell holds."""
    if isinstance(value, list):
        return [numbered(each) for each in value]
    return serial(value) if isinstance(value, datetime.date) else value


def why_not_asked(case):
    """Why a case cannot be asked in cells, or nothing. A date is asked as its number, and no range is too long."""
    reason = why_not({name: numbered(value) for name, value in case.args.items()})
    return "" if reason == "too many cells to type in" else reason


def has_blank(case):
    """Whether a case has a blank cell."""
    return any(cell is None for value in case.args.values() for row in grid(value) for cell in row)


def check(case, answer):
    """Fail unless Excel shows what the case expects."""
    found, expected = answered(answer), expectation(case)
    if isinstance(expected, list):
        found, expected = rows(found), rows(expected)
        if len(found) == 1 != len(expected):  # a flat list of the tables may lie or stand
            found = [[each] for each in found[0]]
    assert agrees(found, expected, case.tolerance), f"{found!r} instead of {expected!r}"


def rows(value):
    """Rows of cells, for a single one and for a flat list too."""
    return [
        row if isinstance(row, list) else [row] for row in (value if isinstance(value, list) else [value])
    ]


def expectation(case):
    """What Excel shows of a case's expectation: of an error its code, and the message of a lone #VALUE!."""
    expected = case.expected
    if any(
        isinstance(cell, datetime.date) for value in case.args.values() for row in grid(value) for cell in row
    ):
        # A date in a cell is a number, and is not refused as Python does: it gives what its number gives.
        args = {name: numbered(value) for name, value in case.args.items()}
        expected = written(outcome(REGISTRY[case.function], args))
    if isinstance(expected, str) and expected.startswith("#VALUE!"):
        return expected
    return code_alone(expected)


def written(found):
    """An outcome in Python as the case tables write it."""
    if hasattr(found, "tolist"):
        return written(found.tolist())
    if isinstance(found, list):
        return [written(each) for each in found]
    return f"{found.code} {found}" if isinstance(found, CellError) else found


def code_alone(expected):
    if isinstance(expected, list):
        return [code_alone(each) for each in expected]
    return expected.split(" ")[0] if isinstance(expected, str) and expected.startswith("#") else expected
