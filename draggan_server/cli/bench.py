"""`draggan bench`: measure the drag engine. Works in this process, without the daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from draggan_server.cli.extras import needs_extra
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.drag_config import MASK_TERMS, MAX_POINTS, METHODS, drag_config
from draggan_server.wire.errors import BadInput

if TYPE_CHECKING:
    from draggan_server.bench.quality.way_drags import Way

AT_LEAST_1 = click.IntRange(min=1)
KINDS = ("landmarks", "reconstruction", "consistency", "success", "ways")


@click.group()
def bench() -> None:
    """Measure drags."""


@bench.command()
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="A toy lion.")
@click.option(
    "--methods",
    default=",".join(METHODS),
    show_default=True,
    help="Compared side by side. `reference` is DragGAN as published, to compare with.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    help="A further one: NAME:option=value,option=value, such as "
    "slow:method=draggan,learning_rate=0.001.",
)
@click.option("--drags", type=AT_LEAST_1, default=20, show_default=True, help="Drags of each kind.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of the first drag.",
)
@click.option("--max-steps", default=drag_config().max_steps, show_default=True)
@click.option(
    "--kinds",
    default="landmarks,reconstruction,consistency",
    show_default=True,
    help=f"What is measured: of {', '.join(KINDS)}.",
)
@click.option(
    "--points", default="1,5,all", show_default=True, help="Landmarks that are dragged at once."
)
@click.option("--masked", is_flag=True, help="Do the drags of landmarks and ways with masks.")
@click.option(
    "--subjects",
    default="all",
    show_default=True,
    help="What goes the ways of the kind `ways`: of nose, chin, ears, mane, muzzle.",
)
@click.option(
    "--ways",
    default="5,10,20,35,50",
    show_default=True,
    help="How far, in % of the picture's side.",
)
@click.option(
    "--statistics",
    default="psi1",
    show_default=True,
    help="Of the ways' lions: psi1, as the model is; psi0.7, truncated; rotated, w in other units; "
    "wide-z, z of 512 coordinates.",
)
@click.option(
    "--threads",
    type=AT_LEAST_1,
    default=1,
    show_default=True,
    help="Threads of PyTorch.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)
def quality(
    model: str,
    methods: str,
    variants: tuple[str, ...],
    drags: int,
    seed: int,
    max_steps: int,
    kinds: str,
    points: str,
    masked: bool,
    subjects: str,
    ways: str,
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
    asked = {kind.strip() for kind in kinds.split(",")}
    if not asked <= set(KINDS):
        raise BadInput(f"--kinds {kinds}: choose of {', '.join(KINDS)}.")
    with needs_extra("bench"):
        from draggan_server.bench.quality.lions import STATISTICS
        from draggan_server.bench.quality.quality import Plan
        from draggan_server.bench.quality.run import run_quality
        from draggan_server.bench.quality.variant import parse_variant

    if statistics not in STATISTICS:
        raise BadInput(f"--statistics {statistics}: choose of {', '.join(STATISTICS)}.")
    if statistics != STATISTICS[0] and asked != {"ways"}:
        raise BadInput(f"--statistics {statistics} is for ways: give --kinds ways.")
    compared = [parse_variant(name, base) for name in methods.split(",") if name]
    compared += [parse_variant(text, base) for text in variants]
    names = [variant.name for variant in compared]
    if not names or len(set(names)) < len(names):
        raise BadInput("Give at least one method or variant, and each another name.")
    counts = _point_counts(points)
    plan = Plan(
        variants=compared,
        drags=drags,
        first_seed=seed,
        point_counts=counts if "landmarks" in asked else [],
        masked=masked,
        reconstruction="reconstruction" in asked,
        consistency="consistency" in asked,
        success="success" in asked,
        ways=_ways(subjects, ways, counts, masked=masked) if "ways" in asked else [],
    )
    tables = run_quality(model, plan, out, threads=threads, statistics=statistics)
    _print(tables, out / "quality.json", as_json)


@bench.command()
@click.option(
    "--resolutions", default="256,512,1024", show_default=True, help="Of config-f, random weights."
)
@click.option("--points", default="1,8", show_default=True, help="Numbers of points.")
@click.option(
    "--masks", default=",".join(("none", *MASK_TERMS)), show_default=True, help="No mask, or how."
)
@click.option(
    "--repeats",
    type=AT_LEAST_1,
    default=3,
    show_default=True,
    help="The best of so many counts.",
)
@click.option(
    "--threads",
    type=AT_LEAST_1,
    default=1,
    show_default=True,
    help="Threads of PyTorch.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)
def speed(
    resolutions: str, points: str, masks: str, repeats: int, threads: int, as_json: bool, out: Path
) -> None:
    """Time and memory of a step, against the paper's written out.

    Both sides run in turns. Writes speed.json and speed.md. All of it takes about ten minutes and
    9 GB of memory, nearly all for the paper's side.
    """
    from draggan_server.bench.speed.report import run_speed
    from draggan_server.bench.speed.step import CHANNELS, MASKS, Case

    sizes = _numbers("--resolutions", resolutions)
    if not set(sizes) <= set(CHANNELS):
        raise BadInput(f"--resolutions {resolutions}: choose of {', '.join(map(str, CHANNELS))}.")
    counts = _numbers("--points", points)
    if not all(1 <= count <= MAX_POINTS for count in counts):
        raise BadInput(f"--points {points}: give numbers from 1 to {MAX_POINTS}.")
    terms = [term.strip() for term in masks.split(",")]
    if not set(terms) <= set(MASKS):
        raise BadInput(f"--masks {masks}: choose of {', '.join(MASKS)}.")
    cases = [Case(size, count, term) for size in sizes for term in terms for count in counts]
    _print(run_speed(cases, out, repeats=repeats, threads=threads), out / "speed.json", as_json)


@bench.command()
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="A toy lion.")
@click.option("--pairs", type=AT_LEAST_1, default=100, show_default=True, help="Pairs of pictures.")
@click.option(
    "--threads",
    type=AT_LEAST_1,
    default=1,
    show_default=True,
    help="Threads of PyTorch.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)
def features(model: str, pairs: int, threads: int, as_json: bool, out: Path) -> None:
    """By which block's features points can be tracked.

    Landmarks are looked for in a second picture of the same lion, by the features of every block.
    Writes features.json and features.md.
    """
    with needs_extra("bench"):
        from draggan_server.bench.quality.features import run_features
    _print(run_features(model, pairs, out, threads=threads), out / "features.json", as_json)


@bench.command()
@click.option(
    "--models",
    default="toy-lion,config-f-512,config-f-1024",
    show_default=True,
    help="Toy lions, and config-f with random weights, for times.",
)
@click.option("--ways", default="10,25,50", show_default=True, help="In % of the side.")
@click.option("--points", default="1,3", show_default=True, help="Numbers of points.")
@click.option("--gestures", type=AT_LEAST_1, default=3, show_default=True, help="Of each kind.")
@click.option("--device", default="cpu", show_default=True, help="Of PyTorch, such as cuda.")
@click.option(
    "--threads",
    type=AT_LEAST_1,
    default=2,
    show_default=True,
    help="Threads of PyTorch.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)
def live(
    models: str,
    ways: str,
    points: str,
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
        from draggan_server.bench.live.report import MODELS, Plan, run_live

    names = [name.strip() for name in models.split(",")]
    if not names[0]:
        raise BadInput(f"--models {models}: give names, such as {', '.join(MODELS)}.")
    shares = _numbers("--ways", ways)
    if not all(1 <= share <= 50 for share in shares):
        raise BadInput(f"--ways {ways}: give numbers from 1 to 50.")
    counts = _numbers("--points", points)
    if not all(1 <= count <= 5 for count in counts):
        raise BadInput(f"--points {points}: give numbers from 1 to 5.")
    plan = Plan(names, [share / 100 for share in shares], counts, gestures)
    _print(run_live(plan, out, device=device, threads=threads), out / "live.json", as_json)


def _print(tables: str, figures: Path, as_json: bool) -> None:
    """The tables, or what was written to `figures`: all that goes to standard output."""
    click.echo(figures.read_text(encoding="utf-8").rstrip() if as_json else tables)


def _numbers(option: str, text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"{option} {text}: give whole numbers with commas between.") from None


def _point_counts(text: str) -> list[int | None]:
    try:
        counts = [None if part.strip() == "all" else int(part) for part in text.split(",")]
    except ValueError:
        counts = [0]
    if any(count is not None and not 1 <= count <= 5 for count in counts):
        raise BadInput(f"--points {text}: give numbers from 1 to 5, or all, with commas between.")
    return counts


def _ways(subjects: str, ways: str, counts: list[int | None], *, masked: bool) -> list[Way]:
    from draggan_server.bench.quality.way_drags import SUBJECTS, Way

    known = {subject.name: subject for subject in SUBJECTS}
    names = list(known) if subjects == "all" else [name.strip() for name in subjects.split(",")]
    if not set(names) <= set(known):
        raise BadInput(f"--subjects {subjects}: choose of {', '.join(known)}.")
    try:
        shares = [float(part) / 100 for part in ways.split(",")]
    except ValueError:
        shares = [0.0]
    if not all(0 < share < 1 for share in shares):
        raise BadInput(f"--ways {ways}: give percentages above 0 and below 100, commas between.")
    return [
        Way(known[name], share, count, masked)
        for name in names
        for count in counts
        for share in shares
    ]


@bench.command()
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="A toy lion.")
@click.option(
    "--kinds",
    default="own,unseen,photo",
    show_default=True,
    help="The model's own samples, renderings that it never saw, the same as photos.",
)
@click.option(
    "--methods",
    default="fast,normal",
    show_default=True,
    help="Of fast, normal, best and projection, StyleGAN2's own way.",
)
@click.option("--pictures", type=AT_LEAST_1, default=20, show_default=True, help="Of each kind.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--threads", type=AT_LEAST_1, default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the figures.",
)
def inversion(
    model: str, kinds: str, methods: str, pictures: int, seed: int, threads: int, out: Path
) -> None:
    """How well photos are inverted: the picture, its place, the latent, and the time."""
    with needs_extra("bench"):
        from draggan_server.bench.inversion.command import run

    click.echo(
        run(
            model,
            tuple(kinds.split(",")),
            tuple(methods.split(",")),
            pictures,
            seed,
            out,
            threads=threads,
        )
    )
