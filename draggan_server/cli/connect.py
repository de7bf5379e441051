"""`draggan connect`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from draggan_server.cli.daemon import stop_daemon
from draggan_server.wire.connector import connect as connect_to_daemon
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import (
    Invitation,
    accept_invitation,
    accepted_invitation,
)
from draggan_server.wire.messages import GetStatus, Status


@click.command()
@click.argument("invitation", required=False)
@click.option("--this-machine", is_flag=True, help="Use this machine's own daemon again.")
def connect(invitation: str | None, this_machine: bool) -> None:
    """Use the daemon of another machine, by the INVITATION that its owner made; -: read it from
    standard input. Without any: say which one is used.

    It holds for all programs of yours on this machine, the plug-ins included.
    """
    path = install_record().connection_file
    if this_machine and invitation is not None:
        raise BadInput("Give an invitation or --this-machine, not both.")
    if this_machine:
        _leave_daemon()
        accept_invitation(path, None)
        click.echo("This machine is used.")
    elif invitation is None:
        current = accepted_invitation(path)
        click.echo("This machine is used." if current is None else f"Used: {current.address}.")
    else:
        line = sys.stdin.read() if invitation == "-" else invitation
        new = Invitation.parse(line)
        status = _try(path, new)
        devices = ", ".join(worker.device for worker in status.workers)
        click.echo(f"Used from now on: {new.address}, version {status.version}, {devices}.")


def _try(path: Path, invitation: Invitation) -> Status:
    """Use it; what was used before stays where that fails."""
    try:
        before = accepted_invitation(path)
    except BadInput:
        before = None  # it is damaged, and replaced
    _leave_daemon()
    accept_invitation(path, invitation)
    try:
        with connect_to_daemon() as client:
            return client.ask(GetStatus())
    except BaseException:
        accept_invitation(path, before)
        stop_daemon()
        raise


def _leave_daemon() -> None:
    """Stop what runs here, unless somebody is in the middle of something."""
    with contextlib.suppress(DaemonUnreachable):
        with connect_to_daemon(start_daemon=False, timeout=5) as client:
            drags = client.ask(GetStatus()).drags
        if drags:
            raise BadInput(
                "A drag is under way: let it end, or stop it (draggan stop); then try again."
            )
    stop_daemon()
