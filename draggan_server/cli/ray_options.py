"""The options of commands that may compute on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from draggan_server.cli.finite import FiniteRange

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def ray_options(command: CommandT) -> CommandT:
    """`--ray`, `--gpus-per-worker` and `--cpus-per-worker`."""
    options = (
        click.option(
            "--ray",
            metavar="auto|HOST:PORT",
            help="Compute on a Ray cluster: that of this machine, or that at an address. A worker "
            "is an actor with a graphics card, where the cluster has some.",
        ),
        click.option(
            "--gpus-per-worker",
            type=FiniteRange(0, min_open=True),
            default=1.0,
            show_default=True,
            help="With --ray: graphics cards for each worker, where the cluster has some; 0.5: two "
            "workers share one.",
        ),
        click.option(
            "--cpus-per-worker",
            type=FiniteRange(0, min_open=True),
            default=1.0,
            show_default=True,
            help="With --ray: processors for each worker, where the cluster has no graphics cards.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def ray_words(ray: str | None, gpus_per_worker: float, cpus_per_worker: float) -> tuple[str, ...]:
    """The options again, for another command that takes them."""
    if ray is None:
        return ()
    shares = {"--gpus-per-worker": gpus_per_worker, "--cpus-per-worker": cpus_per_worker}
    words = [word for name, share in shares.items() if share != 1 for word in (name, f"{share:g}")]
    return ("--ray", ray, *words)
