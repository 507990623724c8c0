"""xlwings Server with the CARE functions: for Excel on Mac, on the web, and for teams.

xlwings Server brings the manifest, the task pane and the JavaScript that Excel loads. The calls of cells
and scripts are answered here instead, in processes of their own: limited in size and time, and never logged.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from carecost.errors import DataError
from carecost.hosts.excel import shared_token
from carecost.hosts.excel.calls import NOT_JSON, OK, TOO_LARGE, TOO_SLOW, Answer, Call, refusal
from carecost.hosts.excel.service import LICENSE, Service, start_lines
from carecost.hosts.excel.workers import Workers
from carecost.rates import active_card

# So long a request may still take to arrive after Ctrl-C, in seconds.
GRACE = 3
# The module that Excel loads, by name, as in every runtime of xlwings.
MODULE = "carecost.udf"
PROJECT = Path(__file__).parent / "project"
# What xlwings Server imports from a project folder, and what it gets here.
IN_PROJECT = {
    "custom_functions": MODULE,
    "custom_scripts": MODULE,
    "auth.token": "carecost.hosts.excel.shared_token",
}
# What Windows also reads as a way out of a folder, and what no file's name can hold.
OUT_OF_FOLDERS = ("\\", ":", "\0")
# Excel tells add-ins apart by this; it stays the same from release to release.
MANIFEST_ID = "7e24c422-6a10-4799-bbe0-776400a01c96"


def application(service: Service, workers: Workers) -> Any:
    """The web application (ASGI): xlwings Server, with the calls answered by ``workers``."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Mount, Route
    from xlwings_server.main import main_app

    async def answer(request: Any) -> Any:
        return await _respond(request, service, workers)

    # Without auth, a web page that gives this computer's address a name of its own must not get in.
    names = ["localhost", "127.0.0.1", "[::1]", service.host] if service.auth == "none" else ["*"]
    return Starlette(
        routes=[
            Route("/xlwings/custom-functions-call", answer, methods=["POST"]),
            Route("/xlwings/custom-scripts-call/{script}", answer, methods=["POST"]),
            Mount("/", _kept_in_its_folders(main_app)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)],
    )


def _kept_in_its_folders(app: Any) -> Any:
    """The application without addresses that leave a folder: xlwings Server would serve any file of this computer."""
    from starlette.responses import PlainTextResponse

    async def kept(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")  # decoded: %2e%2e%2f reads ../ here
        leaves = ".." in path.split("/") or any(mark in path for mark in OUT_OF_FOLDERS)
        await (PlainTextResponse("Not Found", 404) if leaves else app)(scope, receive, send)

    return kept


async def _respond(request: Any, service: Service, workers: Workers) -> Any:
    from starlette.responses import Response
    from xlwings_server.config import settings
    from xlwings_server.dependencies import authenticate, get_user
    from xlwings_server.security_headers import resolve_security_headers

    header = request.headers.get
    await get_user(request, await authenticate(header("Authorization", ""), header("Auth-Provider")))
    body = await _body(request, service)
    if isinstance(body, bytes):
        answer = await workers.answer(Call(request.path_params.get("script", ""), body))
    else:
        answer = body
    headers = resolve_security_headers(excel_online=True, cdn_officejs=False) | settings.custom_headers
    kind = "application/json" if answer.status == OK else "text/plain; charset=utf-8"
    return Response(answer.body, answer.status, headers | {"Content-Type": kind})


async def _body(request: Any, service: Service) -> bytes | Answer:
    """A request's body, or the refusal of one that is too large or does not come to an end."""
    largest = int(service.largest_mb * 2**20)
    # A page of another site may post plain text unasked, but JSON only if this server allowed it, which it never does.
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        return refusal(NOT_JSON, "A call must be application/json")
    too_large = refusal(TOO_LARGE, f"This call is larger than {service.largest_mb:g} MB: split the range")
    if int(request.headers.get("Content-Length") or 0) > largest:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(service.seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > largest:
                    return too_large
    except TimeoutError:
        return refusal(TOO_SLOW, f"This call took longer than {service.seconds:g} s to arrive")
    return bytes(body)


def _settings(service: Service) -> dict[str, str]:
    """xlwings Server's settings, as it reads them."""
    # Its default tells browsers to insist on HTTPS for a year: on localhost that is everybody's localhost.
    headers = {"Strict-Transport-Security": "max-age=0"} if service.only_here else {}
    settings = {
        "PROJECT_DIR": str(PROJECT),
        "PROJECT_NAME": "carecost",
        "ENVIRONMENT": "prod",
        # No namespace: a cell reads =CARE_FTE_COST(, as in every other host.
        "FUNCTIONS_NAMESPACE": "",
        "MANIFEST_ID_PROD": MANIFEST_ID,
        "LICENSE_KEY": service.license_key,
        "AUTH_PROVIDERS": json.dumps([] if service.auth == "none" else [service.auth]),
        "CUSTOM_HEADERS": json.dumps(headers),
        "LOG_LEVEL": "WARNING",
        **{
            f"ENABLE_{part}": "false"
            for part in ("SOCKETIO", "EXAMPLES", "TESTS", "WASM", "HTMX", "ALPINEJS_CSP", "HOTRELOAD")
        },
    }
    named = {f"XLWINGS_{name}": value for name, value in settings.items()}
    return named | {"XLWINGS_ON_SERVER": "true", shared_token.VARIABLE: service.token}


def load_xlwings_server(service: Service) -> None:
    """Import xlwings Server with our settings and modules, once for each process: it reads them meanwhile."""
    os.environ.update(_settings(service))
    try:
        import xlwings.server

        for name, ours in IN_PROJECT.items():
            sys.modules[name] = importlib.import_module(ours)
        from xlwings_server.main import templates
    except ModuleNotFoundError as error:
        raise DataError(
            f"xlwings Server is not installed ({error.name}): python -m pip install 'carecost[server]'"
        ) from None
    except Exception as error:
        if type(error).__name__ != "LicenseError":  # xlwings does not load over it, nor does the class
            raise
        raise DataError(f"{error} {LICENSE}.") from None
    server: Any = xlwings.server
    templates.env.globals["scripts"] = server.custom_scripts_meta(sys.modules[MODULE])


def serve(service: Service, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; ``say`` gets the lines that tell the user where."""
    service.check()
    active_card()  # one that is faulty is told now, not in every cell
    load_xlwings_server(service)
    import uvicorn

    with _listen(service) as listening:
        workers = Workers(MODULE, service.seconds)
        try:
            config = uvicorn.Config(
                application(service, workers),
                log_level="warning",
                # Addresses may quote what a script says about a workbook.
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                ssl_certfile=service.certificate,
                ssl_keyfile=service.key,
            )
            _load(config)
            for line in start_lines(service, listening.getsockname()[1]):
                say(line)
            _run(uvicorn.Server(config), listening, workers)
        finally:
            workers.end()


def _run(server: Any, listening: socket.socket, workers: Workers) -> None:
    """Run until Ctrl-C, or until the system ends the program politely."""
    leave = server.handle_exit

    def stop(number: int, frame: Any) -> None:
        workers.end()  # before the server waits for the calls that are under way
        leave(number, frame)

    server.handle_exit = stop
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _load(config: Any) -> None:
    try:
        config.load()
    except OSError as error:  # an ssl.SSLError is one too
        raise DataError(f"the certificate or its key cannot be read: {error.strerror or error}.") from None


def _listen(service: Service) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        raise DataError(
            f"{service.host}, port {service.port}: cannot serve there ({error}). Another --port may be free."
        ) from None
