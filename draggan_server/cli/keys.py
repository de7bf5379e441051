"""`draggan keys`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from draggan_server.broker.keyring import Keyring
from draggan_server.cli.extras import needs_extra
from draggan_server.cli.table import print_rows
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import Address


@click.group()
def keys() -> None:
    """Who may use this machine's daemon from other machines, see 'draggan serve --listen'."""


@keys.command()
@click.argument("name")
@click.option(
    "--address",
    metavar="HOST[:PORT]",
    help="Where others reach this machine.  [default: where the daemon listened last]",
)
@click.option("--qr", is_flag=True, help="Draw the invitation as a QR code, too.")
def add(name: str, address: str | None, qr: bool) -> None:
    """Invite somebody: make a key for NAME and print the invitation, one line.

    Give it to nobody else: whoever has it can use the daemon. It is shown only now.
    """
    if qr:
        with needs_extra("qr"):
            import segno
    keyring = Keyring(_folder())
    invitation = keyring.invite(name, _address(keyring, address))
    line = invitation.to_line()
    click.echo(line)
    if qr:
        segno.make(line, micro=False).terminal(out=sys.stdout, compact=True)
    click.echo(f"On the other machine: draggan connect {line.partition('/')[0]}//...", err=True)


@keys.command("list")
def list_keys() -> None:
    """Say who has a key, and since when."""
    keyring = Keyring(_folder())
    if not keyring.guests:
        click.echo("Nobody has a key. Invite somebody: draggan keys add NAME")
        return
    print_rows([("NAME", "SINCE"), *((guest.name, guest.since) for guest in keyring.guests)])


@keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Take NAME's key away. Connections end within a second or two."""
    Keyring(_folder()).revoke(name)
    click.echo(f"{name} has no key any more.")


def _folder() -> Path:
    return install_record().connection_file.parent


def _address(keyring: Keyring, given: str | None) -> Address:
    if not given and not keyring.address:
        raise BadInput(
            "Say where others reach this machine, by --address HOST:PORT, or start the daemon "
            "first: draggan serve --listen ADDRESS"
        )
    address = Address.parse(given or keyring.address)
    if address.is_any:
        raise BadInput(
            f"The daemon listens at every address of this machine ({address}): say by --address "
            "HOST:PORT by which one others reach it."
        )
    return address
