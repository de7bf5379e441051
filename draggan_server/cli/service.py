"""`draggan service`."""

from __future__ import annotations

import click

from draggan_server.broker.worker import MAX_WORKERS
from draggan_server.cli.finite import FiniteRange
from draggan_server.cli.ray_options import ray_options, ray_words
from draggan_server.service.managers import manager
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import Address


@click.group()
def service() -> None:
    """The daemon as a service, started when you log in.

    It is needed only where a program cannot start the daemon itself, as GIMP in a Snap, or where
    nobody wants to wait for it. Everywhere else plug-ins start the daemon when they need it.
    """


@service.command()
@click.option(
    "--idle-minutes",
    type=FiniteRange(0),
    default=0.0,
    show_default=True,
    help="End after so many minutes without a request, until the next login; 0: never.",
)
@click.option(
    "--listen",
    metavar="HOST[:PORT]",
    help="Serve other machines, too, see 'draggan serve --listen'.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    help="Processes that compute, see 'draggan serve --workers'.",
)
@ray_options
def install(
    idle_minutes: float,
    listen: str | None,
    workers: int | None,
    ray: str | None,
    gpus_per_worker: float,
    cpus_per_worker: float,
) -> None:
    """Start the daemon now and at each login (systemd, launchd or Windows' task scheduler)."""
    platform = manager()
    command = (*install_record().command, "--idle-minutes", f"{idle_minutes:g}")
    if listen is not None:
        command += ("--listen", str(Address.parse(listen)))
    if workers is not None:
        command += ("--workers", str(workers))
    command += ray_words(ray, gpus_per_worker, cpus_per_worker)
    platform.install(command)
    click.echo(f"The daemon runs, and starts at each login. {platform.where}")


@service.command()
def remove() -> None:
    """Stop the daemon and do not start it at login any more."""
    platform = manager()
    if not platform.is_installed():
        click.echo("No service is installed.")
        return
    platform.remove()
    click.echo("The service is removed. Plug-ins still start the daemon when they need it.")


@service.command()
def status() -> None:
    """Say whether the service is installed. Exit code 1: it is not."""
    platform = manager()
    if not platform.is_installed():
        click.echo("No service is installed.")
        raise click.exceptions.Exit(1)
    click.echo(f"Installed: {platform.where}")
