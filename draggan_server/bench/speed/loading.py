"""How long a foreign checkpoint takes to load, against reading and hashing its file.

The file is read once before, so that the disk plays no part.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import stylegan2
from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.wire.errors import BadInput
from stylegan2.checkpoints import cache
from stylegan2.checkpoints.conversion import is_safetensors

_PEAK = (
    # By a process that is small itself: a child's peak begins with its parent's.
    "import resource, sys; from stylegan2.checkpoints import convert; convert(*sys.argv[1:]); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


class Seconds(NamedTuple):
    """Wall time, and the CPU time of this process and of those it started."""

    wall: float
    cpu: float

    def over(self, other: Seconds) -> Seconds:
        return Seconds(self.wall / other.wall, self.cpu / other.cpu)


@dataclass(frozen=True, slots=True)
class Loading:
    """Seconds, the least of the repeats, and megabytes.

    `first` and `second` are of `stylegan2.load_generator`, without and with the converted file;
    `converting_mb` is the peak of the process that converts, None where the system does not tell.
    """

    file_mb: float
    reading_and_hashing: Seconds
    first: Seconds
    second: Seconds
    converting_mb: float | None


def measure(path: Path, repeats: int) -> Loading:
    """Load the checkpoint at `path`. Raises `CheckpointError` for a file that is none."""
    reading, first, second = [], [], []
    with tempfile.TemporaryDirectory(prefix="draggan-") as name, Bar(repeats, path.name) as bar:
        folder = Path(name)
        for number in range(repeats):
            empty = folder / str(number)
            with mock.patch.object(cache, "cache_folder", return_value=empty):
                reading.append(_timed(lambda: hashlib.sha256(path.read_bytes())))
                first.append(_timed(lambda: stylegan2.load_generator(path)))
                second.append(_timed(lambda: stylegan2.load_generator(path)))
            bar.advance()
        return Loading(
            file_mb=path.stat().st_size / 1e6,
            reading_and_hashing=_least(reading),
            first=_least(first),
            second=_least(second),
            converting_mb=_converting_mb(path, folder / "converted.safetensors"),
        )


def run_loading(path: Path, folder: Path, *, repeats: int) -> str:
    """Measure, write loading.json and loading.md into `folder`, return the table.

    Raises `BadInput` for a file of the program's own format, which is not converted.
    """
    if is_safetensors(path):
        raise BadInput(f"{path} is a safetensors file: give a checkpoint of another format.")
    make_folder(folder)
    found = measure(path, repeats)
    base = found.reading_and_hashing
    ratios = {"first": found.first.over(base), "second": found.second.over(base)}
    document = {
        **{key: _plain(value) for key, value in asdict(found).items()},
        "ratios": {name: ratio._asdict() for name, ratio in ratios.items()},
    }
    (folder / "loading.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = table(found)
    (folder / "loading.md").write_text(f"{text}\n", encoding="utf-8")
    return text


def table(found: Loading) -> str:
    """Markdown, a row for each thing that is timed."""
    base = found.reading_and_hashing
    lines = ["| what | s | CPU s | ratio | CPU ratio |", "|---|---|---|---|---|"]
    for what, seconds in (
        ("reading and hashing the file", base),
        ("loading it the first time", found.first),
        ("loading it again", found.second),
    ):
        ratio = seconds.over(base)
        figures = f"{seconds.wall:.2f} | {seconds.cpu:.2f} | {ratio.wall:.2f}x | {ratio.cpu:.2f}x"
        lines.append(f"| {what} | {figures} |")
    size = f"\nThe file has {found.file_mb:.0f} MB"
    if found.converting_mb is not None:
        share = found.converting_mb / found.file_mb
        size += f", and converting it takes {found.converting_mb:.0f} MB at most: {share:.2f}x"
    return "\n".join([*lines, f"{size}."])


def _plain(value: object) -> object:
    return value._asdict() if isinstance(value, Seconds) else value


def _converting_mb(path: Path, destination: Path) -> float | None:
    if sys.platform == "win32":
        return None
    run = [sys.executable, "-c", _PEAK, str(path), str(destination)]
    peak = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _timed(step: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), _cpu_seconds()
    step()
    return Seconds(time.perf_counter() - wall, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _least(times: list[Seconds]) -> Seconds:
    return Seconds(min(time.wall for time in times), min(time.cpu for time in times))
