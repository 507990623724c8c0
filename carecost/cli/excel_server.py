"""Commands for Excel on Mac and on the web: serve (xlwings Server) and lite (xlwings Lite)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[
        str,
        typer.Option(envvar="CARECOST_SERVER_HOST", help="The address to serve at; others only with --auth."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="CARECOST_SERVER_PORT", min=0, max=65535, help="0: any free port.")
    ] = 8000,
    cert: Annotated[
        Path | None,
        typer.Option(envvar="CARECOST_SERVER_CERT", metavar="FILE.pem", help="HTTPS: the certificate."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(envvar="CARECOST_SERVER_KEY", metavar="FILE.pem", help="HTTPS: its key.")
    ] = None,
    auth: Annotated[
        str, typer.Option(envvar="CARECOST_SERVER_AUTH", help="Who may use it: none, token or entraid.")
    ] = "none",
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The token for --auth token, if not in CARECOST_SERVER_TOKEN."),
    ] = None,
    license_key: Annotated[
        str,
        typer.Option(
            envvar="XLWINGS_LICENSE_KEY",
            show_envvar=True,
            help="xlwings Server's license key; noncommercial states non-commercial use.",
        ),
    ] = "",
) -> None:
    """Serve the functions to Excel on Windows, Mac and the web with xlwings Server, until Ctrl-C.

    xlwings Server is free for non-commercial use and paid otherwise. Example: carecost excel serve --port 8000
    """
    from carecost.hosts.excel.server import serve
    from carecost.hosts.excel.service import Service, read_token

    token = read_token(token_file)
    serve(Service(host, port, cert, key, auth, token, license_key), typer.echo)


@commands.command()
def lite(
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="DIR", help="The folder to write to; made if it is missing."),
    ] = Path("carecost_lite"),
) -> None:
    """Write main.py and requirements.txt for xlwings Lite: Python inside Excel, nothing to install.

    Example: carecost excel lite -o lite
    """
    from carecost.hosts.excel.lite import FILES
    from carecost.workbook.package import make_folder, write_whole

    make_folder(out)
    for name, text in FILES.items():
        write_whole(out / name, text.encode())
    typer.echo(
        f"Wrote {' and '.join(FILES)} to {out}. In Excel: Add-ins, xlwings Lite; paste each into the tab of its name."
    )
