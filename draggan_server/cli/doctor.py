"""`draggan doctor`."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from draggan_server import __version__
from draggan_server.doctor.daemon_checks import check_daemon
from draggan_server.doctor.finding import Finding, parts_of
from draggan_server.doctor.machine_checks import check_machine
from draggan_server.doctor.plugin_checks import check_plugins
from draggan_server.wire.errors import DragganError
from draggan_server.wire.install_record import install_record

_MARKS = {"good": "ok  ", "warning": "note", "bad": "BAD "}


@click.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended without harm.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(fix: bool, as_json: bool) -> None:
    """Check every link from the plug-ins' folders to the graphics card, and say what to do.

    Exit code 1: something is bad, so that DragGAN cannot work.
    """
    found = list(examine())
    mended: dict[str, str] = {}
    if fix:
        mended = _mend(found)
        if mended:
            found = list(examine())
    if as_json:
        click.echo(json.dumps(_document(found, mended), indent=2))
    else:
        _say(found, mended)
    if any(finding.state == "bad" for finding in found):
        raise click.exceptions.Exit(1)


def examine() -> Iterable[Finding]:
    """All checks, from the plug-ins to the device."""
    yield from check_plugins()
    yield from check_daemon(install_record())
    yield from check_machine()


def _mend(found: Iterable[Finding]) -> dict[str, str]:
    """What became of each link that could be mended: empty, or why it could not."""
    outcomes: dict[str, str] = {}
    for finding in found:
        if finding.mend is None or finding.state == "good":
            continue
        try:
            finding.mend()
            outcomes[finding.link] = ""
        except (OSError, DragganError) as error:
            outcomes[finding.link] = str(error)
    return outcomes


def _say(found: Iterable[Finding], mended: dict[str, str]) -> None:
    click.echo(f"DragGAN {__version__}")
    fixable = False
    for finding in found:
        click.echo(f"{_MARKS[finding.state]}  {finding.link}: {finding.says}")
        if finding.state != "good":
            if finding.advice:
                click.echo(f"      {finding.advice}")
            fixable = fixable or finding.mend is not None
    for link, problem in mended.items():
        click.echo(f"{link}: could not be mended: {problem}" if problem else f"{link}: mended.")
    if fixable and not mended:
        click.echo("draggan doctor --fix mends a part of this.")


def _document(found: Iterable[Finding], mended: dict[str, str]) -> dict[str, object]:
    return {
        "version": __version__,
        "findings": [
            {
                "link": finding.link,
                "state": finding.state,
                "says": finding.says,
                "advice": finding.advice,
                "parts": [parts_of(text) for text in (finding.link, finding.says, finding.advice)],
                "can_be_mended": finding.mend is not None and finding.state != "good",
            }
            for finding in found
        ],
        "mended": [link for link, problem in mended.items() if not problem],
        "not_mended": {link: problem for link, problem in mended.items() if problem},
    }
