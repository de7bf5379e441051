"""`draggan batch`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from draggan_server.batch.run import MAX_AT_ONCE, lines_of, run_batch
from draggan_server.broker.worker import MAX_WORKERS
from draggan_server.cli.extras import needs_extra
from draggan_server.cli.ray_options import ray_options


@click.command()
@click.argument("jobs", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to fill."
)
@click.option(
    "--at-once",
    type=click.IntRange(1, MAX_AT_ONCE),
    help="Lines under way at a time.  [default: one more than there are workers]",
)
@ray_options
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    help="With --ray: actors.  [default: as many as the cluster has room for]",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
def batch(
    jobs: Path,
    output: Path,
    at_once: int | None,
    ray: str | None,
    gpus_per_worker: float,
    cpus_per_worker: float,
    workers: int | None,
    as_json: bool,
) -> None:
    """Do many pictures: JOBS has a line for each, a JSON object with a command and its options.

    \b
      {"do": "sample", "seed": 33, "output": "lion.png"}
      {"do": "drag", "seed": 33, "point": [[[114, 160], [114, 184]]], "output": "roar.gif"}
      {"do": "invert", "photo": "photo.jpg", "model": "toy-lion", "region": [0, 0, 512, 512]}
    Options have the names that they have for 'draggan sample', 'drag' and 'invert'. Files that are
    read are named from where JOBS lies.

    What is done is noted in the folder, in batch.jsonl: the same command goes on where it was
    stopped, and tries again what failed. Exit code 1: some lines failed.
    """
    total = sum(1 for _ in lines_of(jobs)) if jobs.is_file() else 0
    began = time.monotonic()
    done = failed = 0
    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with needs_extra("ray"), bar:
        task = bar.add_task("batch", total=total, words="")
        for result in run_batch(
            jobs,
            output,
            at_once=at_once,
            ray=ray,
            workers=workers,
            gpus_per_worker=gpus_per_worker,
            cpus_per_worker=cpus_per_worker,
        ):
            if result.error is None:
                done += 1
            else:
                failed += 1
                bar.console.print(f"line {result.number}: {result.error}", markup=False)
            rate = done / (time.monotonic() - began)
            words = f"{rate:.2f} a second" + (f", {failed} failed" if failed else "")
            bar.update(task, completed=done + failed, words=words)
    seconds = time.monotonic() - began
    before = total - done - failed
    if as_json:
        figures = {"lines": total, "done": done, "failed": failed, "done_before": before}
        click.echo(json.dumps({**figures, "seconds": seconds, "per_second": done / seconds}))
    else:
        click.echo(
            f"{output}: {done} of {total} lines done in {seconds:.1f} s "
            f"({done / seconds:.2f} a second), {before} were done before, {failed} failed."
        )
    if failed:
        raise click.exceptions.Exit(1)
