"""The files of a run: figures as JSON, tables, plots and sheets, all in one folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from draggan_server.bench.inversion import sheets
from draggan_server.bench.published import drag as published
from draggan_server.bench.published import figures as published_figures
from draggan_server.bench.quality import table
from draggan_server.bench.quality.example import Example
from draggan_server.bench.quality.plots import plot_distances, plot_means
from draggan_server.bench.quality.quality import Plan
from draggan_server.bench.quality.record import Record
from draggan_server.bench.quality.sheet import write_sheet
from draggan_server.bench.quality.variant import REFERENCE
from draggan_server.bench.quality.way_curves import plot_ways, way_table
from draggan_server.bench.reader.checking import LandmarkErrors
from draggan_server.bench.reader.reader import Reader
from draggan_server.models.zoo import Model
from stylegan2.toy_lion import landmarks


def write_report(
    folder: Path,
    model: Model,
    plan: Plan,
    records: Sequence[Record],
    examples: dict[str, list[Example]],
    reader: Reader,
    reader_errors: LandmarkErrors,
) -> str:
    """Write quality.json, quality.md, the plots and a sheet for each kind; return the tables."""
    summary = table.summarise(records)
    compared = table.compare(records, plan.variants[0].name)
    document: dict[str, Any] = {
        "model": {"name": model.name, "sha256": model.sha256},
        "variants": {variant.name: asdict(variant.config) for variant in plan.variants},
        **used_diffusion(plan),
        "drags": plan.drags,
        "first_seed": plan.first_seed,
        "reader": {"errors_on_this_model": reader_errors, **reader.card},
        "means": _plain(summary),
        "differences_to_the_first_variant": _plain(compared),
        "records": [record.to_json() for record in records],
    }
    (folder / "quality.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = _text(model, plan, records, compared, reader, reader_errors)
    (folder / "quality.md").write_text(text, encoding="utf-8")
    plot_means(summary, folder / "means.png")
    plot_distances(records, folder / "distances.png")
    if plan.ways:
        plot_ways(plan.ways, records, folder / "ways.png")
    for kind, some in examples.items():
        name = kind.replace(" ", "-").replace(",", "").replace("%", "")
        write_sheet(some, folder / f"sheet-{name}.png")
    return text


def write_photo_sheet(examples: Sequence[Sequence[tuple[str, torch.Tensor]]], folder: Path) -> None:
    """A row for each photo, of pictures [3, H, W] in [-1, 1] with their titles."""
    rows = [
        [sheets.cell(title, (picture[None] + 1) / 2) for title, picture in row] for row in examples
    ]
    sheets.write_sheet(rows, folder / "sheet-photos.png")


def used_diffusion(plan: Plan) -> dict[str, str]:
    """Which diffusion model drags, where one does."""
    known = [one.diffusion for one in plan.variants if one.diffusion is not None]
    return {"diffusion": known[0].sha256} if known else {}


def _text(
    model: Model,
    plan: Plan,
    records: Sequence[Record],
    compared: table.Summary,
    reader: Reader,
    reader_errors: LandmarkErrors,
) -> str:
    summary = table.summarise(records)
    height, width = model.img_resolution
    parts = [
        f"# Drags on {model.name}, {width} x {height}\n",
        f"{plan.drags} drags of each kind, from seed {plan.first_seed}; mean (95% interval, "
        "bootstrapped over drags).\n",
        table.legend(table.used(summary)),
    ]
    if any(variant.name == REFERENCE for variant in plan.variants):
        parts.append(f"- {REFERENCE}: {published.ABOUT}")
    if plan.ways:
        parts += ["", "## Over the way\n", way_table(plan.ways, records)]
        parts += ["", "## What the published code reaches\n", published_figures.markdown()]
    parts += ["", table.markdown(summary)]
    if any(compared.values()):
        first = plan.variants[0].name
        parts += ["", f"## Difference to {first}, drag by drag\n", table.markdown(compared)]
    parts += ["", "## The reader\n", _about(reader, reader_errors)]
    return "\n".join(parts) + "\n"


def _about(reader: Reader, errors: LandmarkErrors) -> str:
    """What finds the landmarks again, and how well."""
    kept = [landmarks.NAMES[k] for k in reader.reliable()]
    left_out = [name for name in landmarks.NAMES if name not in kept]
    card = reader.card
    lines = [
        "Landmarks are found again by a small network fitted to renderings and generated pictures, "
        f"independent of the drag engine. Its errors in px of {card['pixels_of']}, on "
        "unseen pictures:\n",
        "| landmark | rendered: median, 90% | this model's: median, 90% |",
        "| --- | --- | --- |",
    ]
    for name in kept:
        rendered, generated = card["landmarks"]["rendered"][name], errors[name]
        lines.append(
            f"| {name} | {rendered['median']:.2f}, {rendered['p90']:.2f} "
            f"| {generated['median']:.2f}, {generated['p90']:.2f} |"
        )
    if left_out:
        lines.append(f"\nNot found reliably, so never dragged: {', '.join(left_out)}.")
    lines.append(
        "\nIts mean errors of the parameters, in % of their ranges, on unseen pictures of the "
        "model that it was fitted to:\n\n"
        + ", ".join(
            f"{name} {100 * errors['mean_share_of_range']:.1f}"
            for name, errors in card["parameters"]["generated"].items()
        )
        + "."
    )
    return "\n".join(lines)


def _plain(summary: table.Summary) -> dict[str, Any]:
    return {
        kind: {
            variant: {measure: asdict(value) for measure, value in measures.items()}
            for variant, measures in variants.items()
        }
        for kind, variants in summary.items()
    }
