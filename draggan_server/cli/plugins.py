"""`draggan plugins`."""

from __future__ import annotations

import click

from draggan_server.plugins.hosts import TooOld
from draggan_server.plugins.install import Installed, install_everywhere
from draggan_server.wire.errors import BadInput


@click.group()
def plugins() -> None:
    """The plug-ins for GIMP 3 and Krita."""


@plugins.command()
def install() -> None:
    """Install the plug-ins into every GIMP 3 and Krita 5.2 or newer that is found."""
    print_installed(_install())


def _install() -> list[Installed | TooOld]:
    try:
        return install_everywhere()
    except OSError as error:
        raise BadInput(
            f"A plug-in could not be written: {error}. Make the folder writable and try again."
        ) from None


def print_installed(found: list[Installed | TooOld]) -> None:
    """Say where the plug-ins went, and how to reach them there."""
    for host in found:
        if isinstance(host, TooOld):
            click.echo(f"{host.program} {host.version} is too old: {host.needed} is needed.")
        else:
            click.echo(f"{host.host.program} {host.host.version}: {host.path}")
    programs = {host.host.program for host in found if isinstance(host, Installed)}
    if "GIMP" in programs:
        click.echo("In GIMP: Filters > DragGAN (after a restart of GIMP).")
    if "Krita" in programs:
        click.echo("In Krita: Settings > Dockers > DragGAN (after a restart of Krita).")
    if not programs:
        click.echo(
            "No GIMP 3 or Krita 5.2 was found. Install one, start it once, and run "
            "'draggan plugins install' again."
        )
