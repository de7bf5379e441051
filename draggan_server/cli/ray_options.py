"""The options of commands that may compute on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def ray_options(command: CommandT) -> CommandT:
    """`--ray` and `--cpus-per-worker`."""
    options = (
        click.option(
            "--ray",
            metavar="auto|HOST:PORT",
            help="Compute on a Ray cluster: that of this machine, or that at an address. A worker "
            "is an actor with a graphics card, where the cluster has some.",
        ),
        click.option(
            "--cpus-per-worker",
            type=click.FloatRange(0, min_open=True),
            default=1.0,
            show_default=True,
            help="With --ray: processors for each worker, where the cluster has no graphics cards.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
