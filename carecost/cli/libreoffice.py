"""Commands on LibreOffice: install, uninstall, doctor, build, fix."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carecost.errors import DataError

commands = typer.Typer(no_args_is_help=True)

ProfileOption = Annotated[
    Path | None,
    typer.Option("--profile", metavar="DIR", help="A profile of LibreOffice other than your own."),
]
WorkerOption = Annotated[
    bool,
    typer.Option("--worker", help="Always compute in a process of its own, never inside LibreOffice."),
]
RESTART = "Close and open LibreOffice; then type =CARE_FTE(1100) into a cell."


@commands.command()
def install(profile: ProfileOption = None, worker: WorkerOption = False) -> None:
    """Install the CARE functions in LibreOffice, or replace them after an update of carecost.

    Example: carecost libreoffice install
    """
    from carecost.hosts.libreoffice.install import install as put_in

    put_in(profile, in_process=not worker)
    typer.echo(f"Installed. {RESTART}")


@commands.command()
def uninstall(profile: ProfileOption = None) -> None:
    """Take the CARE functions out of LibreOffice.

    Example: carecost libreoffice uninstall
    """
    from carecost.hosts.libreoffice.install import uninstall as take_out

    take_out(profile)
    typer.echo("Uninstalled.")


@commands.command()
def doctor(profile: ProfileOption = None) -> None:
    """Say whether the functions work in LibreOffice, and if not, why; leaves with 1 if they do not.

    Example: carecost libreoffice doctor
    """
    from carecost.hosts.libreoffice.doctor import examine

    findings = examine(profile)
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.subject}: {finding.found}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


@commands.command()
def build(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE.oxt", help="The extension file to write.")
    ] = Path("carecost.oxt"),
    worker: WorkerOption = False,
) -> None:
    """Write the extension as a file, to install by hand: Tools, Extensions, Add.

    Example: carecost libreoffice build -o carecost.oxt
    """
    from carecost.hosts.libreoffice.install import build as write

    write(out, in_process=not worker)
    typer.echo(f"Wrote {out}. It computes with the Python of this machine: build it where it is used.")


@commands.command()
def fix(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Workbooks that LibreOffice saved as .xlsx.", show_default=False
        ),
    ],
) -> None:
    """Make .xlsx files that LibreOffice saved readable for Excel: CARECOST.CARE_FTE( becomes CARE_FTE(.

    Example: carecost libreoffice fix budget.xlsx
    """
    from carecost.hosts.libreoffice.saved import fix as mend

    failed = False
    for file in files:
        try:
            changed = mend(file).formulas
        except DataError as error:  # the others are mended all the same
            typer.echo(f"carecost: {error}", err=True)
            failed = True
            continue
        plural = "" if changed == 1 else "s"
        typer.echo(
            f"{file}: {changed} formula{plural} changed." if changed else f"{file}: nothing to change."
        )
    if failed:
        raise typer.Exit(2)
