"""A run of the quality bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import stylegan2
from draggan_server.bench.journal import Journal
from draggan_server.bench.lions import STATISTICS, make_lions
from draggan_server.bench.quality import Plan, Quality
from draggan_server.bench.reader import Reader
from draggan_server.bench.reader_check import errors_on
from draggan_server.bench.report import write_report
from draggan_server.editing.preparation import is_whole, learn
from draggan_server.wire.errors import BadInput
from stylegan2.errors import StyleGAN2Error
from stylegan2.generator import Generator
from stylegan2.toy_lion.parameters import NAMES
from stylegan2.zoo import Model


def run_quality(
    name: str, plan: Plan, folder: Path, *, threads: int, statistics: str = STATISTICS[0]
) -> str:
    """Measure the model of that name, write the report into `folder`, return its tables.

    `statistics` says what lions go the ways, see `lions`. Raises `BadInput` for a model that is no
    toy lion, or a folder that cannot be written or holds another run's journal.
    """
    make_folder(folder)
    torch.set_num_threads(threads)
    model, generator = load_lion(name)
    reader = Reader.load()
    heading = {
        "model": model.sha256,
        "statistics": statistics,
        "variants": {variant.name: asdict(variant.config) for variant in plan.variants},
    }
    lions = make_lions(generator, reader, statistics)
    while not is_whole(lions.generator):  # other units are another model, yet to be learned
        learn(lions.generator)
    journal = Journal(folder / "ways.jsonl", heading) if plan.ways else None
    with Progress(
        TextColumn("{task.description:40.40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("Drags", total=plan.jobs())
        measured = Quality(
            lions,
            plan,
            reader,
            journal=journal,
            on_drag=lambda what: progress.update(task, advance=1, description=what),
        )
        records = list(measured.records())
    errors = errors_on(reader, generator, model.sha256)
    return write_report(folder, model, plan, records, measured.examples, reader, errors)


def make_folder(folder: Path) -> None:
    """Raises `BadInput` where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} cannot be made: {error}.") from None


def load_lion(name: str) -> tuple[Model, Generator]:
    """The toy lion of that name. Raises `BadInput` for another model, or none."""
    try:
        model = stylegan2.zoo.find(name)
        generator = stylegan2.load_generator(model.path)
    except StyleGAN2Error as error:
        raise BadInput(str(error)) from None
    if generator.z_dim != len(NAMES) or generator.c_dim:
        raise BadInput(
            f"{model.name} is no toy lion: z has {generator.z_dim} coordinates, not {len(NAMES)}. "
            "Landmarks are known for toy lions only."
        )
    return model, generator
