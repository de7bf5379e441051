"""A run of the speed bench: measure with a progress bar, write figures and their table."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.bench.speed.step import Case
from draggan_server.bench.speed.timing import Result, Times, measure

_HEADINGS = (
    "resolution",
    "points",
    "mask",
    "reference CPU ms",
    "ours CPU ms",
    "ratio",
    "wall ratio",
    "reference MB",
    "ours MB",
    "GFLOP",
    "of the product rate",
)


def run_speed(cases: Sequence[Case], folder: Path, *, repeats: int, threads: int) -> str:
    """Measure, write speed.json and speed.md into `folder`, return the table.

    Raises `BadInput` for a folder that cannot be written.
    """
    make_folder(folder)
    results: list[Result] = []
    with Bar(len(cases)) as bar:
        for case in cases:
            bar.tell(_name(case))
            results.append(measure(case, repeats=repeats, threads=threads))
            bar.advance()
            # Whoever ends a long run early keeps what it has measured.
            _write_json(folder / "speed.json", results, repeats, threads)
    text = table(results)
    (folder / "speed.md").write_text(f"{text}\n", encoding="utf-8")
    return text


def table(results: Iterable[Result]) -> str:
    """Markdown, a row for each case."""
    rows = [_HEADINGS, ("---",) * len(_HEADINGS), *map(_row, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    case = result.case
    return (
        str(case.resolution),
        str(case.points),
        case.mask,
        f"{result.reference.cpu_ms:.0f}",
        f"{result.ours.cpu_ms:.0f}",
        f"{result.ratio:.1f}x",
        f"{result.wall_ratio:.1f}x",
        _megabytes(result.reference),
        _megabytes(result.ours),
        f"{result.gflop:.1f}",
        f"{result.efficiency:.0%}",
    )


def _megabytes(times: Times) -> str:
    return "" if times.peak_mb is None else f"{times.peak_mb:.0f}"


def _name(case: Case) -> str:
    points = "1 point" if case.points == 1 else f"{case.points} points"
    return f"{case.resolution} px, {points}, mask {case.mask}"


def _write_json(path: Path, results: list[Result], repeats: int, threads: int) -> None:
    document: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "threads": threads,
        "repeats": repeats,
        "results": [
            {
                **asdict(result),
                "ratio": result.ratio,
                "wall_ratio": result.wall_ratio,
                "efficiency": result.efficiency,
            }
            for result in results
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
