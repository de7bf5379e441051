"""A run of the quality bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.bench.quality.journal import Journal
from draggan_server.bench.quality.lions import make_lions
from draggan_server.bench.quality.quality import Plan, Quality
from draggan_server.bench.quality.report import write_report
from draggan_server.bench.reader.checking import errors_on
from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.toy_lion import load_lion
from draggan_server.bench.words import STATISTICS
from draggan_server.editing.preparation import is_whole, learn


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
    with Bar(plan.jobs(), "Drags") as bar:
        measured = Quality(
            lions,
            plan,
            reader,
            journal=journal,
            on_drag=bar.advance,
        )
        records = list(measured.records())
    errors = errors_on(reader, generator, model.sha256)
    return write_report(folder, model, plan, records, measured.examples, reader, errors)
