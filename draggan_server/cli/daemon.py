"""`draggan serve`, `status` and `stop`."""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import asdict

import click

from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable, VersionMismatch
from draggan_server.wire.install_record import install_record
from draggan_server.wire.messages import GetStatus, Shutdown

IDLE_MINUTES = 30.0


@click.command()
@click.option(
    "--idle-minutes",
    default=IDLE_MINUTES,
    show_default=True,
    type=click.FloatRange(0),
    help="Leave after so many minutes without a request; 0: never.",
)
def serve(idle_minutes: float) -> None:
    """Run the daemon in the foreground. Plug-ins and commands start it by themselves."""
    from draggan_server.broker.service import serve as run_broker

    idle_seconds = idle_minutes * 60 if idle_minutes else math.inf
    sys.exit(run_broker(install_record().connection_file, idle_seconds=idle_seconds))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say whether the daemon runs and what it does. Exit code 1: it does not run."""
    try:
        with connect(start_daemon=False, timeout=5) as client:
            found = client.ask(GetStatus())
    except VersionMismatch as error:
        click.echo(json.dumps({"running": True, "usable": False}) if as_json else str(error))
        sys.exit(1)
    except DaemonUnreachable as error:
        click.echo(json.dumps({"running": False}) if as_json else f"Not running. {error}")
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"running": True, **asdict(found)}))
        return
    click.echo(f"Running: version {found.version}, process {found.pid}.")
    click.echo(f"Up {found.uptime_seconds:.0f} s, idle {found.idle_seconds:.0f} s.")
    click.echo(f"{found.edits} edits kept, {found.drags} drags under way.")
    if found.restored:
        click.echo(f"Brought back from an earlier daemon at its start: {found.restored}.")
    for worker in found.workers:
        learning = ""
        if worker.learning is not None:
            learning = f", learns more of {worker.learning} between drags ({worker.learned:.0%})"
        click.echo(f"Worker on {worker.device}: {worker.state}{learning}.")


@click.command()
def stop() -> None:
    """Stop the daemon. Edits stay where they are: in the documents."""
    try:
        with connect(start_daemon=False, any_version=True, timeout=5) as client:
            client.ask(Shutdown())
    except DaemonUnreachable:
        click.echo("No daemon is running.")
        return
    connection = install_record().connection_file
    deadline = time.monotonic() + 10
    while connection.exists() and time.monotonic() < deadline:
        time.sleep(0.05)  # the broker removes the file last, so the daemon is gone after it
    click.echo("Stopped.")
