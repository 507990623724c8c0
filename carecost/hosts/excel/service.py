"""How xlwings Server is to serve: what must not be served is refused here, before anything starts."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from carecost.errors import DataError
from carecost.hosts.excel import shared_token

# A million numbers fit; all but the largest simulations of CARE_RISK end in time.
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
        plain = self.token.isascii() and self.token.isprintable()
        if self.auth == "token" and (len(self.token) < shared_token.SHORTEST or not plain):
            raise DataError(
                f"--auth token needs a token of at least {shared_token.SHORTEST} ASCII characters on one line, in the "
                f"environment variable {shared_token.VARIABLE} or in a file given by --token-file."
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
    if service.certificate:
        lines.append(
            f"Save {url}/manifest.xml and add it to Excel as docs/excel.md says; then type =CARE_ in a cell."
        )
    else:
        lines.append(
            "This is plain HTTP, from which Excel loads no add-in. Install mkcert, then: mkcert -install; mkcert "
            "localhost; and start again with --cert localhost.pem --key localhost-key.pem. (Behind a proxy that "
            "speaks HTTPS this is as it should be.)"
        )
    return lines
