"""`draggan serve`, `status` and `stop`."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict

import click

from draggan_server.broker.worker import MAX_WORKERS
from draggan_server.cli.extras import needs_extra
from draggan_server.cli.finite import FiniteRange
from draggan_server.cli.ray_options import ray_options
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable, VersionMismatch
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import DEFAULT_PORT, Address, accepted_invitation
from draggan_server.wire.messages import GetStatus
from draggan_server.wire.moving import finish, stopping

IDLE_MINUTES = 30.0


@click.command()
@click.option(
    "--idle-minutes",
    type=FiniteRange(0),
    help="Leave after so many minutes without a request; 0: never.  "
    f"[default: {IDLE_MINUTES:g}, with --listen 0]",
)
@click.option(
    "--listen",
    metavar="HOST[:PORT]",
    help="Serve other machines, too, at this IP address of this one; 0.0.0.0 or [::]: all. Only "
    f"those who were invited can connect, see 'draggan keys'. Without a port: {DEFAULT_PORT}.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    help="Processes that compute. Several share the machine's graphics cards and cores.  "
    "[default: 1; with --ray as many as the cluster has room for]",
)
@ray_options
def serve(
    idle_minutes: float | None,
    listen: str | None,
    workers: int | None,
    ray: str | None,
    gpus_per_worker: float,
    cpus_per_worker: float,
) -> None:
    """Run the daemon in the foreground. Plug-ins and commands start it by themselves.

    Where an invitation is used ('draggan connect'), this leads to the other machine's daemon.
    """
    from draggan_server.broker.ray_worker import workers_on
    from draggan_server.broker.service import MakeWorkers, local_workers
    from draggan_server.broker.service import serve as run_broker

    address = None if listen is None else Address.parse(listen)
    if idle_minutes is None:
        idle_minutes = IDLE_MINUTES if address is None else 0.0
    idle_seconds = idle_minutes * 60 if idle_minutes else math.inf
    path = install_record().connection_file
    make_workers: MakeWorkers
    dashboard = ""
    if ray is None:
        make_workers = local_workers(workers or 1)
    else:
        with needs_extra("ray"):
            make_workers = on_ray = workers_on(
                ray, path, workers, gpus=gpus_per_worker, cpus=cpus_per_worker
            )
        dashboard = on_ray.dashboard
    sys.exit(
        run_broker(
            path, idle_seconds, listen=address, make_workers=make_workers, dashboard=dashboard
        )
    )


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
    invitation = accepted_invitation(install_record().connection_file)
    where = "" if invitation is None else f" at {invitation.address}"
    click.echo(f"Running{where}: version {found.version}, process {found.pid}.")
    click.echo(f"Up {found.uptime_seconds:.0f} s, idle {found.idle_seconds:.0f} s.")
    click.echo(
        f"{found.edits} edits kept, {found.drags} drags under way, {found.waiting} requests wait."
    )
    if found.restored:
        click.echo(f"Brought back from an earlier daemon at its start: {found.restored}.")
    if found.dashboard:
        click.echo(f"Ray's dashboard: http://{found.dashboard}")
    for worker in found.workers:
        learning = ""
        if worker.learning is not None:
            learning = f", learns more of {worker.learning} between drags ({worker.learned:.0%})"
        models = f", has {', '.join(worker.models)}" if worker.models else ""
        memory = f", takes {worker.memory / 1e9:.1f} GB" if worker.memory else ""
        if worker.card_taken is not None and worker.card_free is not None:
            taken, free = worker.card_taken / 1e9, worker.card_free / 1e9
            memory += f" and {taken:.1f} GB of the card, {free:.1f} GB free there"
        click.echo(f"Worker on {worker.device}: {worker.state}{models}{memory}{learning}.")


@click.command()
def stop() -> None:
    """Stop the daemon. Edits stay where they are: in the documents."""
    stopped = finish(stopping(install_record().connection_file))
    click.echo("Stopped." if stopped else "No daemon is running.")
