"""`draggan connect`."""

from __future__ import annotations

import sys

import click

from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import Invitation, accepted_invitation
from draggan_server.wire.moving import finish, moving


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
        finish(moving(path, None))
        click.echo("This machine is used.")
    elif invitation is None:
        current = accepted_invitation(path)
        click.echo("This machine is used." if current is None else f"Used: {current.address}.")
    else:
        new = Invitation.parse(sys.stdin.read() if invitation == "-" else invitation)
        status = finish(moving(path, new))
        assert status is not None
        devices = ", ".join(worker.device for worker in status.workers)
        click.echo(f"Used from now on: {new.address}, version {status.version}, {devices}.")
