"""xlwings Server's limits, each tried on a server that runs: who may ask, what, how much and for how long."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT
from office_js import body_of, excel, running

from carecost.errors import DataError
from carecost.hosts.excel.service import ENTRA_ID, Service, read_token

TOKEN = "a token of the finance team"
# Limits that a test can reach, a second and 1 MB, and scripts beside the functions.
SERVE = f"""
import os
from pathlib import Path
from carecost.hosts.excel import server
from carecost.hosts.excel.service import Service
server.MODULE = server.IN_PROJECT["custom_functions"] = server.IN_PROJECT["custom_scripts"] = "udf_with_scripts"
certificate, key = Path(os.environ["CARECOST_SERVER_CERT"]), Path(os.environ["CARECOST_SERVER_KEY"])
service = Service("127.0.0.1", 0, certificate, key, "token", {TOKEN!r}, "noncommercial", largest_mb=1, seconds=1)
server.serve(service, lambda line: print(line, flush=True))
"""
CALLS = "/xlwings/custom-functions-call"
# A thousand million draws: some twenty seconds of work.
SLOW = body_of("CARE_RISK", *[[[1]] * 200, [[2]] * 200, [[3]] * 200], None, None, [[5_000_000]])
QUICK = body_of("CARE_FTE_COST", [["offshore"]])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    with running(tmp_path_factory.mktemp("limited"), ["-c", SERVE], PYTHONPATH=path) as found:
        yield found


def ask(server, body, path=CALLS):
    """One call by somebody who has the token."""
    status, _, text = server.ask("POST", path, body, Authorization=f"Bearer {TOKEN}")
    return status, text


# ---- who ----


@pytest.mark.parametrize(
    "header", [None, "", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer ü"]
)
def test_without_the_token_nothing_is_computed(server, header):
    headers = {} if header is None else {"Authorization": header.encode()}
    status, _, text = server.ask("POST", CALLS, QUICK, **headers)
    assert status == 401
    assert "token is missing or wrong" in text
    assert server.ask("POST", "/xlwings/custom-scripts-call/populate", "{}", **headers)[0] == 401


def test_with_the_token_it_is(server):
    assert ask(server, QUICK) == (200, '{"result": [[2200.0]]}')


def test_the_token_typed_into_the_pane_comes_with_each_call(server, needs_node):
    calls = [("CARE_FTE_COST", [[["offshore"]]])]
    assert excel(server, calls, TOKEN)["answers"] == [{"value": [[2200]]}]
    (refused,) = excel(server, calls)["answers"]
    assert "task pane" in refused["message"]
    assert 'id="carecost-token"' in server.ask("GET", "/taskpane.html")[2]


def test_other_web_pages_are_not_let_in(server):
    for path in (CALLS, "/xlwings/custom-functions-meta.json"):
        for method in ("OPTIONS", "GET", "POST"):
            headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
            found = server.ask(method, path, "", Authorization=f"Bearer {TOKEN}", **headers)[1]
            assert not [name for name in found if name.lower() == "access-control-allow-origin"]


# ---- what ----


@pytest.mark.parametrize(
    "way",
    ["../../server.py", "..%2f..%2fserver.py", "%2e%2e/%2e%2e/server.py", "js/..%2f..%2f..%2fserver.py",
     "..%5c..%5cserver.py", "C:%2fWindows%2fwin.ini", "%00"],
)  # fmt: skip
def test_no_file_outside_the_static_folder_is_served(server, way):
    assert server.ask("GET", "/static/js/auth.js")[0] == 200
    assert server.ask("GET", f"/static/{way}")[::2] == (404, "Not Found")


@pytest.mark.parametrize(
    "name",
    ["__dict__", "__class__", "annotations", "exposed_functions", "_functions", "CARE_FTE_COST.__globals__",
     "care_fte_cost", "CARE_FTE_COST()", "", "os", "__import__('os')"],
)  # fmt: skip
def test_only_the_functions_can_be_called(server, name):
    assert ask(server, body_of(name)) == (404, "carecost has no such function or script")
    path = f"/xlwings/custom-scripts-call/{name or 'x'}"
    assert ask(server, "{}", path)[0] == 404


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "7", '"CARE_FTE"', "{}", '{"func_name": ["CARE_FTE"]}', '{"func_name": "CARE_FTE"}',
     '{"func_name": "CARE_FTE", "args": 5}', "[" * 100_000, "\ud800",
     body_of("CARE_FTE", [[{"type": "Entity"}]]), body_of("CARE_FTE", [[{}]])],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_what_is_no_call_is_refused(server, body):
    status, text = ask(server, body.encode("utf-8", "surrogatepass"))
    assert status == 400
    assert text.startswith("carecost could not answer this call (")


def test_a_call_with_too_many_or_odd_arguments_is_an_error_in_its_cell(server):
    status, text = ask(server, body_of("CARE_WORKLOAD", *[[[1]]] * 9))
    assert (status, text.count("\n")) == (400, 0)
    ragged = ask(server, body_of("CARE_WORKLOAD", [["x"], [2, 3]], [[6]]))
    assert ragged == (400, "CARE_WORKLOAD: contacts has rows of unlike length")


@pytest.mark.parametrize(
    "text", ["=1+1", "__import__('os').getpid()", "{{7*7}}", "${7*7}", "'; DROP TABLE x", "=CARE_FTE(1)"]
)
def test_texts_are_never_evaluated(server, text):
    status, answer = ask(server, body_of("CARE_FTE_COST", [[text]]))
    assert (status, json.loads(answer)) == (
        200,
        {"result": [[{"type": "Error", "errorType": "NotAvailable"}]]},
    )
    status, answer = ask(server, body_of("CARE_FTE", [[text]]))
    assert status == 400
    assert answer == f'CARE_FTE: workload_hours = "{text}": must be a number, not text'


def test_no_cell_value_stands_in_the_log(server):
    for body in (
        body_of("CARE_FTE", [["Sekret-4711"]]),
        body_of("CARE_FTE", [[47114711.47]], [["Sekret-4711"]]),
        body_of("Sekret-4711"),
        body_of("CARE_FTE", [[{"type": "Sekret-4711"}]]),
        '{"Sekret-4711": ',
    ):
        assert ask(server, body)[0] in (400, 404)
    assert ask(server, body_of("CARE_FTE", [[47114711.47]]))[0] == 200
    assert (
        server.ask("GET", "/xlwings/alert?prompt=Sekret-4711&title=a&buttons=ok&mode=info&callback=")[0]
        == 200
    )
    log = server.log.read_text()
    assert "carecost for Excel is at" in log
    assert not [word for word in ("Sekret", "4711", TOKEN, "Traceback") if word in log]


# ---- scripts ----

WORKBOOK = json.dumps(
    {
        "client": "Office.js",
        "version": "0.37.8",
        "book": {"name": "Budget.xlsx", "active_sheet_index": 0, "selection": "A1"},
        "names": [],
        "sheets": [{"name": "Inputs", "values": [["Sekret-4711"]], "pictures": [], "tables": []}],
    }
)


def test_a_script_gets_the_workbook_and_gives_what_to_write(server):
    status, text = ask(server, WORKBOOK, "/xlwings/custom-scripts-call/stamp")
    assert status == 200
    (action,) = json.loads(text)["actions"]
    assert (action["values"], action["start_row"], action["start_column"]) == ([["Sekret-4711 seen"]], 0, 1)


def test_a_scripts_refusal_reaches_the_user_and_nobody_else(server):
    refused = ask(server, WORKBOOK, "/xlwings/custom-scripts-call/complain")
    assert refused == (400, "Inputs!A1 Sekret-4711: must be a number")
    broken = ask(server, WORKBOOK, "/xlwings/custom-scripts-call/break_down")
    assert broken == (400, "carecost could not answer this call (ValueError)")
    assert "Sekret" not in server.log.read_text()


def test_only_scripts_can_be_run_and_only_functions_called(server):
    for name in ("CARE_FTE", "__dict__", "xlwings"):
        assert ask(server, WORKBOOK, f"/xlwings/custom-scripts-call/{name}")[0] == 404
    assert ask(server, body_of("stamp"))[0] == 404


def test_each_script_has_its_button_in_the_ribbon_and_in_the_pane(server):
    scripts = json.loads(server.ask("GET", "/xlwings/custom-scripts-meta.json")[2])
    names = [script["function_name"] for script in scripts]
    assert sorted(names) == ["break_down", "complain", "populate", "stamp"]
    manifest, page = (server.ask("GET", path)[2] for path in ("/manifest.xml", "/taskpane.html"))
    assert re.findall(r"<FunctionName>(.*)</FunctionName>", manifest) == names
    assert re.findall(r'xw-click="(.*?)"', page) == names
    assert "Stamp the sheet" in manifest
    listed = re.search(r'<script id="carecost-scripts" type="application/json">(.*?)</script>', page)[1]
    assert json.loads(listed) == scripts


# ---- how much, how long ----


def test_a_call_that_is_too_large_is_refused(server):
    status, text = ask(server, body_of("CARE_WORKLOAD", [[1234567]] * 200_000, [[6]]))
    assert (status, text) == (413, "This call is larger than 1 MB: split the range")


def test_a_call_without_an_announced_length_is_counted_too(server):
    pieces = (b"[1]," * 25_000 for _ in range(20))
    status, text = ask(server, pieces)
    assert (status, text) == (413, "This call is larger than 1 MB: split the range")


def test_a_call_that_never_ends_is_given_up(server):
    status, text = ask(server, endless())
    assert (status, text) == (408, "This call took longer than 1 s to arrive")


def endless():
    """A body of which a piece comes now and then."""
    wait = threading.Event()
    for _ in range(20):
        yield b" "
        wait.wait(0.1)


def test_a_slow_call_is_ended_and_others_are_answered_meanwhile(server):
    slow = []
    thread = threading.Thread(target=lambda: slow.append(ask(server, SLOW)))
    thread.start()
    answered = []
    while thread.is_alive():
        answered.append(ask(server, QUICK)[0])
        assert server.ask("GET", "/")[0] == 200
    thread.join()
    assert slow == [(408, "This call took longer than 1 s and was ended")]
    assert len(answered) > 2  # were they kept waiting, only the first would have been asked meanwhile
    assert set(answered) == {200}


def test_after_slow_calls_the_server_is_as_before(server):
    threads = [threading.Thread(target=ask, args=(server, SLOW)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ask(server, QUICK)[0] for _ in range(4)] == [200] * 4


def test_ctrl_c_stops_the_server_also_during_a_slow_call(tmp_path):
    answers = []
    with running(tmp_path, ["-m", "carecost", "excel", "serve", "--port", "0"]) as server:
        assert server.ask("POST", CALLS, QUICK)[0] == 200
        thread = threading.Thread(target=lambda: answers.append(server.ask("POST", CALLS, SLOW)))
        thread.start()
        thread.join(0.5)
        assert not answers
    thread.join()
    ((status, _, text),) = answers
    assert (status, text) == (400, "The server was stopped")
    assert "Traceback" not in server.log.read_text()


# ---- where: refused before anything is served ----

ELSEWHERE = ["", "0.0.0.0", "::", "192.0.2.1", "excel.example", "127.0.0.1.example", "localhost.example"]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_elsewhere_is_refused_without_auth(host):
    with pytest.raises(DataError, match="can be reached by others: say who may use the server"):
        Service(host, license_key="noncommercial").check()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.3.2.1"])
def test_this_computer_alone_is_served_without(host):
    Service(host, license_key="noncommercial").check()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"license_key": ""},
            "free for non-commercial use, which you state with XLWINGS_LICENSE_KEY=noncommercial",
        ),
        ({"auth": "token"}, "--auth token needs a token of at least 16 ASCII characters"),
        ({"auth": "token", "token": "short"}, "at least 16 ASCII characters"),
        ({"auth": "token", "token": "Schlüssel des Teams"}, "16 ASCII characters on one line"),
        ({"auth": "token", "token": "two lines of it,\nno"}, "16 ASCII characters on one line"),
        ({"auth": "entraid"}, "XLWINGS_AUTH_ENTRAID_CLIENT_ID and XLWINGS_AUTH_ENTRAID_TENANT_ID"),
        ({"auth": "x"}, "auth = x: must be one of none, token, entraid"),
        ({"certificate": Path("cert.pem")}, "HTTPS needs both files"),
        ({"certificate": Path("none.pem"), "key": Path("none.pem")}, "none.pem: no such file"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_refused(given, words, monkeypatch):
    for name in ENTRA_ID:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DataError, match=re.escape(words)) as refused:
        Service(**{"license_key": "noncommercial", **given}).check()
    assert len(str(refused.value).splitlines()) == 1


def test_a_token_of_a_file_stands_without_its_line_end(tmp_path):
    (tmp_path / "token.txt").write_text(f"{TOKEN}\n", encoding="utf-8")
    assert read_token(tmp_path / "token.txt") == TOKEN
    with pytest.raises(DataError, match=r"none\.txt: cannot be read"):
        read_token(tmp_path / "none.txt")


def test_the_command_refuses_in_one_line(tmp_path):
    (tmp_path / "bad.pem").write_text("no certificate")
    key = {"XLWINGS_LICENSE_KEY": "noncommercial"}
    bad = {"CARECOST_SERVER_CERT": "bad.pem", "CARECOST_SERVER_KEY": "bad.pem"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for variables, words in (
            ({}, "xlwings Server needs a license key"),
            ({"XLWINGS_LICENSE_KEY": "not a key"}, "Invalid xlwings license key"),
            ({**key, "CARECOST_SERVER_PORT": "0", **bad}, "the certificate or its key cannot be read"),
            ({**key, "CARECOST_SERVER_PORT": port}, f"port {port}: cannot serve there"),
        ):
            environment = {name: each for name, each in os.environ.items() if not name.startswith("XLWINGS_")}
            done = subprocess.run(
                [sys.executable, "-m", "carecost", "excel", "serve"],
                cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT), **variables},
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
            assert words in done.stderr


def test_a_missing_xlwings_server_is_one_line_with_the_command(tmp_path):
    script = "import sys; sys.modules['xlwings_server'] = None; from carecost.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "excel", "serve"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XLWINGS_LICENSE_KEY": "noncommercial"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "python -m pip install 'carecost[server]'" in done.stderr


def test_entra_id_is_asked_for_by_the_manifest_and_by_each_call(tmp_path):
    names = {name: f"0000-{place}" for place, name in enumerate(ENTRA_ID)}
    command = ["-m", "carecost", "excel", "serve", "--port", "0", "--auth", "entraid"]
    with running(tmp_path, command, **names) as server:
        assert "api://localhost:" in server.ask("GET", "/manifest.xml")[2]
        assert server.ask("POST", CALLS, QUICK)[0] == 401
