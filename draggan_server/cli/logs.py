"""`draggan logs`."""

from __future__ import annotations

import logging
import time

import click

from draggan_server.cli.log_entries import entries, log_files

_LEVELS = ("debug", "info", "warning", "error")
_FOLLOW_SECONDS = 0.5


@click.command()
@click.option("-n", "--count", type=click.IntRange(0), default=50, show_default=True)
@click.option("--level", type=click.Choice(_LEVELS), default="debug", help="No less than this.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged from now on.")
@click.option("--files", is_flag=True, help="Say which files there are, and no more.")
def logs(count: int, level: str, follow: bool, files: bool) -> None:
    """Show what the daemon, its worker and the plug-ins logged last, as one log.

    Each of them writes a file of its own, which is kept small by itself.
    """
    if files:
        for source, file in log_files():
            click.echo(f"{source}: {file}")
        return
    least = logging.getLevelNamesMapping()[level.upper()]
    shown = [entry for entry in entries() if entry.severity >= least]
    for entry in shown[len(shown) - count :] if count < len(shown) else shown:
        click.echo(str(entry))
    if not shown:
        click.echo("Nothing is logged yet.", err=True)
    seen = {entry.key for entry in shown}
    while follow:
        time.sleep(_FOLLOW_SECONDS)
        for entry in entries():
            if entry.severity >= least and entry.key not in seen:
                seen.add(entry.key)
                click.echo(str(entry))
