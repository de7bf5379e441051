"""`draggan bench quality`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from draggan_server.bench.words import DRAG_KINDS, STATISTICS, WAY_SUBJECTS
from draggan_server.cli.bench import options
from draggan_server.cli.bench.options import AT_LEAST_1, several, words
from draggan_server.cli.extras import needs_extra
from draggan_server.cli.finite import FiniteRange
from draggan_server.wire.drag_config import (
    DIFFUSION_METHOD,
    METHODS,
    TRACKERS,
    DragganConfig,
    drag_config,
)
from draggan_server.wire.errors import BadInput

if TYPE_CHECKING:
    from draggan_server.bench.quality.way_drags import Way

_COUNT = click.IntRange(1, 5)


_TRACKED = DragganConfig.KIND


def point_count(text: str) -> int | None:
    """How many landmarks; None for all of them."""
    return None if text == "all" else int(_COUNT(text))


@click.command()
@options.toy_lion
@click.option(
    "--methods",
    default=",".join(METHODS),
    show_default=True,
    help="Compared side by side. `reference` is DragGAN as published, to compare with; "
    f"`{DIFFUSION_METHOD}` needs --diffusion.",
)
@click.option(
    "--diffusion",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=f"A diffusion model of the lion, for `{DIFFUSION_METHOD}`, which begins with the same "
    "pictures in its own size. `draggan recipe toy-lion-diffusion` makes one.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    help="A further one: NAME:option=value,option=value, such as "
    "slow:method=draggan,learning_rate=0.001.",
)
@click.option(
    "--tracker",
    "trackers",
    type=words(TRACKERS),
    metavar="TRACKERS",
    help=f"Compares trackers of draggan instead of draggan alone: of {', '.join(TRACKERS)}.",
)
@click.option("--drags", type=AT_LEAST_1, default=20, show_default=True, help="Drags of each kind.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of the first drag.",
)
@click.option(
    "--max-steps",
    type=AT_LEAST_1,
    default=drag_config().max_steps,
    show_default=True,
    help="Of a drag.",
)
@click.option(
    "--kinds",
    type=words(DRAG_KINDS),
    metavar="KINDS",
    default="landmarks,reconstruction,consistency",
    show_default=True,
    help=f"What is measured: of {', '.join(DRAG_KINDS)}.",
)
@click.option(
    "--points",
    type=several(point_count),
    metavar="NUMBERS",
    default="1,5,all",
    show_default=True,
    help="Landmarks that are dragged at once: 1 to 5, or all.",
)
@click.option("--masked", is_flag=True, help="Do the drags of landmarks and ways with masks.")
@click.option(
    "--subjects",
    type=words((*WAY_SUBJECTS, "all")),
    metavar="SUBJECTS",
    default="all",
    show_default=True,
    help=f"What goes the ways of the kind `ways`: of {', '.join(WAY_SUBJECTS)}.",
)
@click.option(
    "--ways",
    type=several(FiniteRange(0, 100, min_open=True, max_open=True)),
    metavar="PERCENTAGES",
    default="5,10,20,35,50",
    show_default=True,
    help="How far, in % of the picture's side; of `photos`, too.",
)
@click.option(
    "--statistics",
    type=click.Choice(STATISTICS),
    default=STATISTICS[0],
    show_default=True,
    help="Of the ways' lions: psi1, as the model is; psi0.7, truncated; rotated, w in other units; "
    "wide-z, z of 512 coordinates.",
)
@options.threads()
@options.as_json
@options.out
def quality(
    model: str,
    methods: str,
    diffusion: Path | None,
    variants: tuple[str, ...],
    trackers: list[str] | None,
    drags: int,
    seed: int,
    max_steps: int,
    kinds: list[str],
    points: list[int | None],
    masked: bool,
    subjects: list[str],
    ways: list[float],
    statistics: str,
    threads: int,
    as_json: bool,
    out: Path,
) -> None:
    """How near drags come, how much else they change, how long they take.

    Every method and variant does the same drags. Writes figures (JSON), tables, plots and sheets
    of pictures to look at. Equal seeds give equal figures but for the seconds.

    `--kinds ways --methods newton --points 1 --drags 4` takes a minute or two. A run of ways that
    was broken off goes on where it was when it is started again with the same folder.
    """
    base = drag_config(max_steps=max_steps)
    with needs_extra("bench"):
        from draggan_server.bench.quality.quality import Plan
        from draggan_server.bench.quality.run import run_quality
        from draggan_server.bench.quality.variant import parse_variant

    if statistics != STATISTICS[0] and set(kinds) != {"ways"}:
        raise BadInput(f"--statistics {statistics} is for ways: give --kinds ways.")
    texts = [
        text
        for name in methods.split(",")
        if name
        for text in (_tracked(trackers) if trackers and name == _TRACKED else [name])
    ]
    if trackers and _TRACKED not in methods.split(","):
        raise BadInput(f"--tracker is for {_TRACKED}: add it to --methods.")
    compared = [parse_variant(text, base) for text in (*texts, *variants)]
    names = [variant.name for variant in compared]
    if not names or len(set(names)) < len(names):
        raise BadInput("Give at least one method or variant, and each another name.")
    plan = Plan(
        variants=compared,
        drags=drags,
        first_seed=seed,
        point_counts=points if "landmarks" in kinds else [],
        masked=masked,
        reconstruction="reconstruction" in kinds,
        consistency="consistency" in kinds,
        success="success" in kinds,
        ways=_ways(subjects, ways, points, masked=masked) if "ways" in kinds else [],
        photos=[way / 100 for way in ways] if "photos" in kinds else [],
    )
    tables = run_quality(
        model, plan, out, threads=threads, statistics=statistics, diffusion=diffusion
    )
    options.print_tables(tables, out / "quality.json", as_json=as_json)


def _tracked(trackers: list[str]) -> list[str]:
    """For each tracker the variant of `draggan` that goes by it."""
    return [f"{_TRACKED}-{name}:method={_TRACKED},tracker={name}" for name in trackers]


def _ways(
    subjects: list[str], ways: list[float], counts: list[int | None], *, masked: bool
) -> list[Way]:
    from draggan_server.bench.quality import way_drags

    known = {subject.name: subject for subject in way_drags.SUBJECTS}
    return [
        way_drags.Way(known[name], way / 100, count, masked)
        for name in (WAY_SUBJECTS if "all" in subjects else subjects)
        for count in counts
        for way in ways
    ]
