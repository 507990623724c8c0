"""Commands on the add-in for Excel: build, install, uninstall, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carecost.hosts.excel.machine import Machine

commands = typer.Typer(no_args_is_help=True)


@commands.command()
def build(
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="DIR", help="The folder to write to; made if it is missing."),
    ] = Path(),
) -> None:
    """Write the add-in carecost.xlam and the demo workbook, with macros and without; Excel is not needed.

    carecost_demo.xlsm brings the functions with it; carecost_demo.xlsx is for wherever they are installed:
    the add-in, xlwings Server or Lite, LibreOffice. On Windows the first two start this Python.

    Example: carecost excel build -o addin
    """
    from carecost.hosts.excel import addin
    from carecost.hosts.excel.machine import this_machine

    machine = this_machine()
    for path in addin.build(out, machine.python if machine.is_windows else None):
        typer.echo(f"Wrote {path}")
    if machine.is_windows:
        typer.echo("Open the demo and enable its macros; or: carecost excel install")
    else:
        typer.echo(
            "The add-in and the macros run in Excel for Windows and name no Python, as none of that computer's is "
            "known here. There, `carecost excel install` builds and installs the add-in by itself."
        )


@commands.command()
def install() -> None:
    """Build the add-in and put it into Excel's startup folder, for the user who is logged in.

    Example: carecost excel install
    """
    from carecost.hosts.excel import install as installing

    done = installing.install(_windows())
    typer.echo(f"Installed {done.addin}")
    if done.written:
        typer.echo(f"Wrote {', '.join(done.written)} to {done.configuration}")
    if done.kept:
        typer.echo(f"Left as you have it in {done.configuration}: {', '.join(done.kept)}")
    typer.echo("Start Excel anew and type =CARE_ in a cell. If it does not work: carecost excel doctor")


@commands.command()
def uninstall() -> None:
    """Take the add-in out of Excel's startup folder, and the settings that install wrote.

    Example: carecost excel uninstall
    """
    from carecost.hosts.excel import install as installing

    done = installing.uninstall(_windows())
    typer.echo(
        f"Removed {done.addin}" if done.addin else "No add-in of carecost is in Excel's startup folder."
    )
    if done.settings:
        typer.echo(f"Removed {', '.join(done.settings)} from xlwings' configuration")


@commands.command()
def doctor() -> None:
    """Look for what keeps the functions from running in Excel, and say what to do.

    Leaves with 1 when something is wrong. Example: carecost excel doctor
    """
    from carecost.hosts.excel.doctor import examine

    findings = examine(_windows())
    for finding in findings:
        typer.echo(f"{finding.level:8} {finding.about}: {finding.found}")
        if finding.advice:
            typer.echo(f"{'':8} {finding.advice}")
    problems = sum(finding.level == "problem" for finding in findings)
    typer.echo(f"\n{problems or 'No'} problem{'' if problems == 1 else 's'} found.")
    if problems:
        raise typer.Exit(1)


def _windows() -> Machine:
    """This computer; where Excel cannot start Python, what runs there instead is told, and that is all."""
    from carecost.hosts.excel.machine import this_machine

    machine = this_machine()
    if not machine.is_windows:
        typer.echo(machine.instead)
        raise typer.Exit
    return machine
