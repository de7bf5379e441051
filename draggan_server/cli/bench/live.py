"""`draggan bench live`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1, several
from draggan_server.cli.extras import needs_extra


@click.command()
@click.option(
    "--models",
    type=several(str),
    metavar="NAMES",
    default="toy-lion,config-f-512,config-f-1024",
    show_default=True,
    help="Toy lions, and config-f with random weights, for times.",
)
@click.option(
    "--ways",
    type=several(click.IntRange(1, 50)),
    metavar="PERCENTAGES",
    default="10,25,50",
    show_default=True,
    help="In % of the side.",
)
@click.option(
    "--points",
    type=several(click.IntRange(1, 5)),
    metavar="NUMBERS",
    default="1,3",
    show_default=True,
    help="Numbers of points.",
)
@click.option("--gestures", type=AT_LEAST_1, default=3, show_default=True, help="Of each kind.")
@click.option("--device", default="cpu", show_default=True, help="Of PyTorch, such as cuda.")
@options.threads(2)
@options.as_json
@options.out
def live(
    models: list[str],
    ways: list[int],
    points: list[int],
    gestures: int,
    device: str,
    threads: int,
    as_json: bool,
    out: Path,
) -> None:
    """How well the picture follows the hand.

    Hands that move by minimum jerk for a second, 60 places a second: frames, latency and lag, where
    it ends against a drag, and whether there and back is the start. Writes live.json and live.md.
    On a machine that does other things besides, the times are theirs too: the load is written down.
    """
    with needs_extra("bench"):
        from draggan_server.bench.live.report import Plan, run_live

    plan = Plan(models, [way / 100 for way in ways], list(points), gestures)
    tables = run_live(plan, out, device=device, threads=threads)
    options.print_tables(tables, out / "live.json", as_json=as_json)
