"""A run of the live bench: measure with a progress bar, write figures and their table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np
import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.live.measure import (
    LiveCase,
    LiveResult,
    lion_case,
    measure,
    random_case,
    random_generator,
)
from draggan_server.bench.progress import Bar
from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.toy_lion import load_lion
from stylegan2.generator import Generator

RANDOM = {"config-f-512": 512, "config-f-1024": 1024}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which models, ways (shares of the side) and numbers of points, and how many gestures each."""

    models: Sequence[str]
    ways: Sequence[float]
    points: Sequence[int]
    gestures: int

    @property
    def rows(self) -> int:
        return len(self.models) * len(self.ways) * len(self.points)


@dataclass(frozen=True, slots=True)
class Row:
    """The results of one model, way and number of points."""

    model: str
    share: float
    points: int
    results: list[LiveResult]


def run_live(plan: Plan, folder: Path, *, device: str, threads: int) -> str:
    """Measure, write live.json and live.md into `folder`, return the table.

    Raises `BadInput` for a folder that cannot be written.
    """
    make_folder(folder)
    torch.set_num_threads(threads)
    rows: list[Row] = []
    loads = [_load()]
    with Bar(plan.rows) as bar:
        for row in _rows(plan, device, bar.tell):
            rows.append(row)
            loads.append(_load())
            bar.advance()
            # Whoever ends a long run early keeps what it has measured.
            _write_json(folder / "live.json", rows, device, threads, loads)
    text = table(rows)
    (folder / "live.md").write_text(f"{text}\n", encoding="utf-8")
    return text


def _rows(plan: Plan, device: str, tell: Callable[[str], None]) -> Iterator[Row]:
    for model in plan.models:
        reader: Reader | None = None
        if model in RANDOM:
            generator = random_generator(RANDOM[model], device)
        else:
            generator, reader = load_lion(model)[1].to(device), Reader.load()
        _warm_up(generator)
        for points in plan.points:
            for share in plan.ways:
                tell(f"{model}, {points} points, {100 * share:g}%")
                cases = _cases(generator, reader, share, points, plan.gestures)
                results = [measure(generator, case, reader) for case in cases]
                yield Row(model, share, points, results)


def _warm_up(generator: Generator) -> None:
    """What a process does but once must not be put down to the first gesture."""
    measure(generator, random_case(generator, 0.02, 1, 0), None)


def _cases(
    generator: Generator, reader: Reader | None, share: float, points: int, count: int
) -> Iterator[LiveCase]:
    for number in range(count):
        if reader is None:
            yield random_case(generator, share, points, number)
        elif (case := lion_case(generator, reader, share, points, number)) is not None:
            yield case


_COLUMNS: tuple[tuple[str, Callable[[LiveResult], float | None], int], ...] = (
    ("frames a second", lambda result: result.frames_per_second, 1),
    ("press to frame, ms", lambda result: 1e3 * result.press_to_frame, 0),
    ("first press, ms", lambda result: 1e3 * result.first_press_to_frame, 0),
    ("lag, px", lambda result: result.lag, 1),
    ("to rest, s", lambda result: result.rest, 2),
    ("there and back, levels", lambda result: result.back, 2),
    ("px left, tracked", lambda result: result.tracked, 1),
    ("by `drag`", lambda result: result.drag_tracked, 1),
    ("px left, read", lambda result: result.distance, 1),
    ("by `drag`", lambda result: result.drag_distance, 1),
    ("likeness, dB", lambda result: result.likeness, 1),
    ("by `drag`", lambda result: result.drag_likeness, 1),
)


def table(rows: Sequence[Row]) -> str:
    """Markdown, a row for each model, way and number of points; means over the gestures."""
    headings = ["model", "points", "way", "gestures", "latency, ms: median, p95"]
    headings += [name for name, _, _ in _COLUMNS]
    lines = [headings, ["---"] * len(headings)]
    for row in rows:
        cells = [row.model, str(row.points), f"{100 * row.share:g}%", str(len(row.results))]
        cells.append(_latency(row.results))
        cells += [_mean(map(figure, row.results), digits) for _, figure, digits in _COLUMNS]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _latency(results: Sequence[LiveResult]) -> str:
    every = [1e3 * seconds for result in results for seconds in result.latencies]
    return f"{median(every):.0f}, {np.percentile(every, 95):.0f}" if every else ""


def _mean(values: Iterator[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    return f"{fmean(known):.{digits}f}" if known else ""


def _load() -> float | None:
    """Processes that wait for a processor, over the last minute; None where nobody knows."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _write_json(
    path: Path, rows: Sequence[Row], device: str, threads: int, loads: Sequence[float | None]
) -> None:
    document = {
        "machine": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "load": list(loads),
        "device": device,
        "torch": torch.__version__,
        "threads": threads,
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
