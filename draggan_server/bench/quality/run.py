"""A run of the quality bench: load, measure with a progress bar, write the report."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.bench.quality.journal import Journal
from draggan_server.bench.quality.lions import make_lions
from draggan_server.bench.quality.photos import Photos
from draggan_server.bench.quality.quality import Plan, Quality
from draggan_server.bench.quality.report import used_diffusion, write_photo_sheet, write_report
from draggan_server.bench.reader.checking import errors_on
from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.toy_lion import load_lion
from draggan_server.bench.words import STATISTICS
from draggan_server.diffusion.loading import load_diffusion
from draggan_server.editing.preparation import is_whole, learn
from draggan_server.wire.drag_config import DIFFUSION_METHOD
from draggan_server.wire.errors import BadInput
from stylegan2.errors import CheckpointError


def run_quality(
    name: str,
    plan: Plan,
    folder: Path,
    *,
    threads: int,
    statistics: str = STATISTICS[0],
    diffusion: Path | None = None,
) -> str:
    """Measure the model of that name, write the report into `folder`, return its tables.

    `statistics` says what lions go the ways, see `lions`; `diffusion` is the model of the variants
    of `dragdiffusion`. Raises `BadInput` for a model that is no toy lion, one that is missing, or a
    folder that cannot be written or holds another run's journal.
    """
    make_folder(folder)
    torch.set_num_threads(threads)
    model, generator = load_lion(name)
    plan = _with_diffusion(plan, diffusion)
    reader = Reader.load()
    heading = {
        "model": model.sha256,
        "statistics": statistics,
        "variants": {variant.name: asdict(variant.config) for variant in plan.variants},
        **used_diffusion(plan),
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
        if plan.photos:
            names = {
                variant.name: str(diffusion) if variant.diffusion else name
                for variant in plan.variants
            }
            photos = Photos(lions, plan, reader, names, bar.advance)
            records += photos.records()
            write_photo_sheet(photos.examples, folder)
    errors = errors_on(reader, generator, model.sha256)
    return write_report(folder, model, plan, records, measured.examples, reader, errors)


def _with_diffusion(plan: Plan, folder: Path | None) -> Plan:
    """The plan whose variants of `dragdiffusion` have their model."""
    if not any(variant.config.method == DIFFUSION_METHOD for variant in plan.variants):
        return plan
    if folder is None:
        raise BadInput(f"{DIFFUSION_METHOD} needs a model of its own: give one with --diffusion.")
    try:
        model = load_diffusion(folder)
    except CheckpointError as error:
        raise BadInput(str(error)) from None
    variants = [
        replace(variant, diffusion=model) if variant.config.method == DIFFUSION_METHOD else variant
        for variant in plan.variants
    ]
    return replace(plan, variants=variants)
