"""`draggan bench`: measure the drag engine. Works in this process, without the daemon."""

from __future__ import annotations

import click

from draggan_server.cli.bench.carrying import carrying
from draggan_server.cli.bench.features import features
from draggan_server.cli.bench.inversion import inversion
from draggan_server.cli.bench.live import live
from draggan_server.cli.bench.loading import loading
from draggan_server.cli.bench.quality import quality
from draggan_server.cli.bench.speed import speed
from draggan_server.cli.bench.tracking import tracking


@click.group()
def bench() -> None:
    """Measure drags."""


for _command in (quality, speed, features, tracking, live, inversion, carrying, loading):
    bench.add_command(_command)
