"""xlwings Server with the CARE functions: for Excel on Mac, on the web, and for teams.

xlwings Server brings the manifest, the task pane and the JavaScript that Excel loads. The calls of cells
and scripts are answered here instead, in processes of their own: limited in size and time, and never logged.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from carecost.errors import DataError
from carecost.hosts.excel import shared_token
from carecost.hosts.excel.calls import TOO_LARGE, TOO_SLOW, Answer, Call, refusal
from carecost.hosts.excel.workers import Workers

# The module that Excel loads, by name, as in every runtime of xlwings.
MODULE = "carecost.udf"
PROJECT = Path(__file__).parent / "project"
# What xlwings Server imports from a project folder, and what it gets here.
IN_PROJECT = {
    "custom_functions": MODULE,
    "custom_scripts": MODULE,
    "auth.token": "carecost.hosts.excel.shared_token",
}
# Excel tells add-ins apart by this; it stays the same from release to release.
MANIFEST_ID = "7e24c422-6a10-4799-bbe0-776400a01c96"
# A range of a million numbers fits. A simulation of 100 million draws takes about 15 seconds.
LARGEST_MB, SECONDS = 32, 60.0
LICENSE = (
    "xlwings Server needs a license key. It is free for non-commercial use, which you state with "
    "XLWINGS_LICENSE_KEY=noncommercial, and paid otherwise (xlwings.org). `carecost lambdas` writes the functions "
    "for Excel 365 without xlwings and without a license"
)
ENTRA_ID = ("XLWINGS_AUTH_ENTRAID_CLIENT_ID", "XLWINGS_AUTH_ENTRAID_TENANT_ID")
Auth = Literal["none", "token", "entraid"]


@dataclass(frozen=True)
class Service:
    """How to serve: where, to whom, and how much of each call. ``port`` 0 is any free one."""

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None
    auth: str = "none"
    token: str = ""
    license_key: str = ""
    largest_mb: float = LARGEST_MB
    seconds: float = SECONDS

    @property
    def only_here(self) -> bool:
        """Whether nobody but this computer can reach the server."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def check(self) -> None:
        """Refuse what must not or cannot be served, in one line."""
        if not self.license_key:
            raise DataError(f"{LICENSE}.")
        if self.auth not in get_args(Auth):
            raise DataError(f"auth = {self.auth}: must be one of {', '.join(get_args(Auth))}.")
        if not self.only_here and self.auth == "none":
            raise DataError(
                f"{self.host} can be reached by others: say who may use the server with --auth token or "
                "--auth entraid, or leave --host out to serve this computer alone."
            )
        if self.auth == "token" and len(self.token) < shared_token.SHORTEST:
            raise DataError(
                f"--auth token needs a token of at least {shared_token.SHORTEST} characters, in the environment "
                f"variable {shared_token.VARIABLE} or in a file given by --token-file."
            )
        missing = [name for name in ENTRA_ID if not os.environ.get(name)]
        if self.auth == "entraid" and missing:
            raise DataError(f"--auth entraid needs the environment variables {' and '.join(missing)}.")
        self._check_certificate()

    def _check_certificate(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise DataError("HTTPS needs both files: --cert and --key.")
        for path in filter(None, (self.certificate, self.key)):
            if not path.is_file():
                raise DataError(f"{path}: no such file.")


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
            Mount("/", main_app),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)],
    )


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
    kind = "application/json" if answer.status == 200 else "text/plain; charset=utf-8"
    return Response(answer.body, answer.status, headers | {"Content-Type": kind})


async def _body(request: Any, service: Service) -> bytes | Answer:
    """A request's body, or the refusal of one that is too large or does not come to an end."""
    largest = int(service.largest_mb * 2**20)
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
                ssl_certfile=service.certificate,
                ssl_keyfile=service.key,
            )
            _load(config)
            for line in start_lines(service, listening.getsockname()[1]):
                say(line)
            # A polite end by the system ends the processes too.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listening])
        finally:
            workers.end()


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


def read_token(path: Path | None) -> str:
    """The shared token of a file, or of the environment where no file is given."""
    if path is None:
        return os.environ.get(shared_token.VARIABLE, "")
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}).") from None


def start_lines(service: Service, port: int) -> list[str]:
    """What the user reads at the start: where the server is, what to do in Excel, how to stop."""
    scheme = "https" if service.certificate else "http"
    if service.only_here:
        url, who = f"{scheme}://localhost:{port}", "this computer only"
    else:
        url, who = f"{scheme}://{socket.gethostname()}:{port}", f"whoever has the {service.auth} login"
    lines = [f"carecost for Excel is at {url} ({who}). Ctrl-C stops it."]
    if not service.certificate:
        lines.append(
            "This is plain HTTP, from which Excel loads no add-in. Install mkcert, then: mkcert -install; mkcert "
            "localhost; and start again with --cert localhost.pem --key localhost-key.pem. (Behind a proxy that "
            "speaks HTTPS this is as it should be.)"
        )
    return [
        *lines,
        f"Save {url}/manifest.xml and add it in Excel as docs/excel.md says; then type =CARE_ in a cell.",
    ]
