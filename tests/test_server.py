"""xlwings Server, started for real: every case of the case tables as Excel's JavaScript calls it."""

import collections
import json
import os
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from case_tables import read_cases
from conftest import ROOT
from office_js import cells, check, excel, has_blank, running, why_not_asked

from carecost.functions import REGISTRY

# Why a case cannot be asked in cells: nothing else may keep one from being.
NOT_IN_CELLS = {
    "a cell holds no NaN and no infinity",
    "an empty list is no range",
    "rows of unlike length are no range",
}
ROWS = 10_000
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


CASES = [case for case in read_cases() if not why_not_asked(case)]
# Excel passes a blank cell as an empty text, or as null.
ASKED = [(case, "") for case in CASES] + [(case, None) for case in CASES if has_blank(case)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server, as the command starts it."""
    command = ["-m", "carecost", "excel", "serve", "--port", "0"]
    with running(tmp_path_factory.mktemp("server"), command) as found:
        yield found


@pytest.fixture(scope="module")
def told(server, needs_node):
    """What Excel gets for every case."""
    calls = [(case.function, cells(case.args, REGISTRY[case.function], blank)) for case, blank in ASKED]
    return excel(server, calls)


@pytest.mark.parametrize(
    "place", range(len(ASKED)), ids=lambda place: f"{ASKED[place][0]} {ASKED[place][1]!r}"
)
def test_case(told, place):
    check(ASKED[place][0], told["answers"][place])


def test_no_case_is_left_out_silently():
    reasons = collections.Counter(map(why_not_asked, read_cases()))
    assert set(reasons) == {"", *NOT_IN_CELLS}
    assert reasons[""] == len(CASES) > 0.8 * reasons.total()
    assert {case.function for case in CASES} == set(REGISTRY)
    assert len(ASKED) > len(CASES) + 100, "with null for blank cells as well"


def test_no_error_of_a_user_is_tried_again(told):
    assert told["requests"] == len(told["answers"]) == len(ASKED)


def test_a_lone_value_error_brings_its_message(told):
    alone = [answer for answer in told["answers"] if "error" in answer]
    assert len(alone) > 100
    for answer in alone:
        assert answer["error"] == "#VALUE!"
        assert len(answer["message"].splitlines()) == 1


# ---- what Excel reads before it calls ----


def test_a_cell_reads_the_names_without_a_prefix(told, server):
    assert told["named"] == told["associated"] == sorted(REGISTRY)
    manifest = ElementTree.fromstring(server.ask("GET", "/manifest.xml")[2])
    assert "CustomFunctions" in {element.get(f"{XSI}type") for element in manifest.iter()}
    assert "Namespace" not in {element.tag.split("}")[1] for element in manifest.iter()}


def test_the_manifest_leads_to_this_server_and_is_whole(server):
    manifest = ElementTree.fromstring(server.ask("GET", "/manifest.xml")[2])
    addresses = [
        value
        for element in manifest.iter()
        for value in (element.get("DefaultValue", ""), element.text or "")
        if value.startswith("http")
    ]
    assert len(addresses) > 8
    for address in addresses:
        assert address.startswith(server.url)
        assert server.ask("GET", address.removeprefix(server.url) or "/")[0] == 200
    named = {element.get("id") for element in manifest.find(".//{*}Resources").iter()} - {None}
    assert {element.get("resid") for element in manifest.iter()} - {None} == named


def test_the_metadata_says_what_is_required_and_helps(server):
    for told in json.loads(server.ask("GET", "/xlwings/custom-functions-meta.json")[2])["functions"]:
        function = REGISTRY[told["name"]]
        assert told["description"] == function.summary
        for shown, (name, parameter) in zip(told["parameters"], function.parameters.items(), strict=True):
            assert (shown["name"], shown.get("optional", False)) == (name, not parameter.required)
            assert 0 < len(shown["description"]) <= 255


def test_the_pane_is_ours(server):
    status, _, page = server.ask("GET", "/taskpane.html")
    assert status == 200
    assert "=CARE_" in page
    assert not [word for word in ("socket.io", "htmx.org", "hello", "carecost-token") if word in page.lower()]


def test_a_page_under_another_name_of_this_computer_is_not_let_in(server):
    for path in ("/", "/xlwings/custom-functions-meta.json"):
        assert server.ask("GET", path)[0] == 200
        assert server.ask("GET", path, Host="rates.elsewhere.example")[0] == 400
    refused = server.ask(
        "POST", "/xlwings/custom-functions-call", "{}", Host=f"elsewhere.example:{server.port}"
    )
    assert (refused[0], refused[2]) == (400, "Invalid host header")


# ---- speed ----


def test_ten_thousand_rows_come_back_within_half_a_second(server):
    contacts = [[100 + row % 7] for row in range(ROWS)]
    minutes = [[3 + row % 5 / 4] for row in range(ROWS)]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        status, _, text = server.call("CARE_WORKLOAD", contacts, minutes, [[1]] * ROWS)
        times.append(time.perf_counter() - start)
        assert status == 200
    by_hand = [count * each / 60 for (count,), (each,) in zip(contacts, minutes, strict=True)]
    assert [hours for (hours,) in json.loads(text)["result"]] == pytest.approx(by_hand, rel=1e-12)
    # It takes about 0.1 s; without the work-around for xlwings' import in every cell it takes more than 1 s.
    assert min(times) < 0.5


def test_a_page_of_another_site_cannot_have_anything_computed(server):
    """Without asking first, a browser lets it post plain text and forms alone."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        refused = server.call("CARE_FTE", [[1100]], **{"Content-Type": kind})
        assert refused[0] == 415, kind
    preflight = server.ask(
        "OPTIONS",
        "/xlwings/custom-functions-call",
        Origin="https://elsewhere.example",
        **{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"},
    )
    assert "access-control-allow-origin" not in {name.lower() for name in preflight[1]}


def test_a_faulty_rate_card_is_told_before_anything_is_served(tmp_path):
    card = tmp_path / "card.toml"
    card.write_text("[card]\nname = 1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "carecost", "excel", "serve", "--port", "0"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CARECOST_RATES": str(card),
            "XLWINGS_LICENSE_KEY": "noncommercial",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"carecost: {card}")
    assert done.stderr.count("\n") == 1
