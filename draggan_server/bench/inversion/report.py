"""The files of a run: figures as JSON, tables, plots and sheets, all in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from draggan_server.bench.inversion.measure import InversionBench
from draggan_server.bench.inversion.plots import plot_shares
from draggan_server.bench.inversion.record import Record
from draggan_server.bench.inversion.sheets import write_sheet
from draggan_server.editing.inversion.world import World
from draggan_server.wire.face import Face

WORST = 5
DRAG_LIMIT = 1.3
"""A drag of an inverted picture is to leave at most so many times what one with the true latent
does."""


def run_inversion(
    world: World,
    kinds: Sequence[str],
    methods: Sequence[str],
    count: int,
    seed: int,
    folder: Path,
    on_record: Callable[[str], None] = lambda what: None,
    face: Face | None = None,
) -> str:
    """Measure, and write inversion.json, inversion.md, inversion.png, a sheet a kind and one of the
    worst of each method into `folder`; the tables.
    """
    bench = InversionBench(world, kinds, methods, count, seed, face)
    records = []
    for record in bench.records():
        records.append(record)
        on_record(f"{record.case}, {record.method}: {record.psnr:.1f} dB")
    document = {"count": count, "seed": seed, "records": [asdict(record) for record in records]}
    (folder / "inversion.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = f"{table(records)}\n{worst(records)}"
    (folder / "inversion.md").write_text(text, encoding="utf-8")
    plot_shares(records, folder / "inversion.png")
    for kind, rows in bench.firsts.items():
        write_sheet(rows, folder / f"inversion-{kind}.png")
    for method, found in bench.worst.items():
        write_sheet([row for _, row in found], folder / f"inversion-worst-{method}.png")
    return text


def table(records: Sequence[Record]) -> str:
    """Means and the worst, a row for each kind and method."""
    lines = [
        "| kind | method | PSNR, dB: mean | worst | px misplaced: median | worst | beyond 1 px | "
        "latent distance | explained | px left of a drag | with the true latent | "
        f"beyond {DRAG_LIMIT:g} times | true ones beyond that | said to be mirrored | CPU s |",
        f"|{'---|' * 15}",
    ]
    for kind, method in dict.fromkeys((record.kind, record.method) for record in records):
        some = [r for r in records if (r.kind, r.method) == (kind, method)]
        psnr = torch.tensor([r.psnr for r in some])
        misplaced = torch.tensor([r.misplaced for r in some])
        distance, explained, seconds = (
            sum(values) / len(some)
            for values in (
                [r.latent_distance for r in some],
                [r.explained for r in some],
                [r.cpu_seconds for r in some],
            )
        )
        lines.append(
            f"| {kind} | {method} | {psnr.mean():.1f} | {psnr.min():.1f} | "
            f"{misplaced.median():.2f} | {misplaced.max():.2f} | "
            f"{int((misplaced > 1).sum())} of {len(some)} | {distance:.2f} | "
            f"{explained:.2f} | {_mean([r.left for r in some])} | "
            f"{_mean([r.left_true for r in some])} | "
            f"{_beyond([(r.left, r.left_true) for r in some])} | "
            f"{_beyond([(r.left_true, r.left) for r in some])} | "
            f"{sum(r.mirrored for r in some)} of {len(some)} | {seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def worst(records: Sequence[Record]) -> str:
    """The pictures that come out worst and those that are placed worst, a row for each method."""
    lines = ["| method | least PSNR, dB | most misplaced, px |", "|---|---|---|"]
    for method in dict.fromkeys(record.method for record in records):
        some = [record for record in records if record.method == method]
        shown = sorted(some, key=lambda record: record.psnr)[:WORST]
        placed = sorted(some, key=lambda record: -record.misplaced)[:WORST]
        lines.append(
            f"| {method} | {', '.join(f'{r.case} {r.psnr:.1f}' for r in shown)} | "
            f"{', '.join(f'{r.case} {r.misplaced:.2f}' for r in placed)} |"
        )
    return "\n".join(lines) + "\n"


def _beyond(pairs: Sequence[tuple[float | None, float | None]]) -> str:
    """How many drags leave more than so many times what the other of the pair leaves."""
    drags = [
        left > DRAG_LIMIT * other for left, other in pairs if left is not None and other is not None
    ]
    return f"{sum(drags)} of {len(drags)}" if drags else "-"


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "-"
