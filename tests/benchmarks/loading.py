"""How long a foreign checkpoint takes to load, against reading and hashing its file.

    python -m tests.benchmarks.loading --json loading.json

The file is what NVIDIA's tools would have written of a 512-pixel config-f model with random
weights: G, D and G_ema, 360 MB. It is read once before, so that the disk plays no part.
"""

from __future__ import annotations

import argparse
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

import torch

import stylegan2
from stylegan2 import Geometry
from stylegan2.checkpoints import cache
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import nvlabs_writer
from tests.unit.stylegan2.generators import random_tensors

CHANNELS = (512, 512, 512, 512, 512, 256, 128, 64, 32)


class Seconds(NamedTuple):
    """Wall time, and the CPU time of this process and of those it started."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Result:
    """Seconds (the least of the repeats), of wall and of CPU time, and megabytes.

    `first` and `second` are of `load_generator`, without and with the converted file;
    `converting_mb` is the peak of the process that converts.
    """

    file_mb: float
    reading_and_hashing: Seconds
    first: Seconds
    second: Seconds
    converting_mb: float

    @property
    def first_ratio(self) -> Seconds:
        return Seconds(
            self.first.wall / self.reading_and_hashing.wall,
            self.first.cpu / self.reading_and_hashing.cpu,
        )

    @property
    def memory_ratio(self) -> float:
        return self.converting_mb / self.file_mb


def write_checkpoint(path: Path, resolution: int) -> None:
    channels = CHANNELS[: resolution.bit_length() - 2]
    size = (resolution, resolution)
    generator = Geometry(
        z_dim=512, w_dim=512, mapping_layers=8, img_resolution=size, channels=channels
    )
    discriminator = DiscriminatorGeometry(img_resolution=size, channels=channels)
    value = {
        "G": _module(generator, 0),
        "D": nvlabs_writer.discriminator_module(
            discriminator, random_tensors(discriminator, 1, torch.float32)
        ),
        "G_ema": _module(generator, 2),
    }
    path.write_bytes(nvlabs_writer.pickle_bytes(value))


def _module(geometry: Geometry, seed: int) -> nvlabs_writer.Module:
    return nvlabs_writer.generator_module(geometry, random_tensors(geometry, seed, torch.float32))


def measure(path: Path, folder: Path, repeats: int) -> Result:
    reading, first, second = [], [], []
    for _ in range(repeats):
        with (
            tempfile.TemporaryDirectory(dir=folder) as empty,
            mock.patch.object(cache, "cache_folder", return_value=Path(empty)),
        ):
            reading.append(timed(lambda: hashlib.sha256(path.read_bytes())))
            first.append(timed(lambda: stylegan2.load_generator(path)))
            second.append(timed(lambda: stylegan2.load_generator(path)))
    return Result(
        file_mb=path.stat().st_size / 1e6,
        reading_and_hashing=_least(reading),
        first=_least(first),
        second=_least(second),
        converting_mb=_converting_mb(path, folder / "m.safetensors"),
    )


def _converting_mb(path: Path, destination: Path) -> float:
    # By a process that is small itself: a child's peak begins with its parent's.
    code = (
        "import resource, sys; from stylegan2.checkpoints import convert; convert(*sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = [sys.executable, "-c", code, str(path), str(destination)]
    peak_kb = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    return peak_kb * 1024 / 1e6


def timed(step: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    step()
    return Seconds(time.perf_counter() - wall, sum(os.times()[:4]) - cpu)


def _least(times: list[Seconds]) -> Seconds:
    return Seconds(min(time.wall for time in times), min(time.cpu for time in times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--resolution", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "network-snapshot.pkl"
        write_checkpoint(path, arguments.resolution)
        result = measure(path, Path(name), arguments.repeats)
    first, second, ratio = result.first, result.second, result.first_ratio
    base = result.reading_and_hashing
    print(f"The file has {result.file_mb:.0f} MB.")
    print(f"Reading and hashing it takes {base.wall:.2f} s ({base.cpu:.2f} s of CPU time).")
    print(
        f"Loading it the first time takes {first.wall:.2f} s ({first.cpu:.2f} s): "
        f"{ratio.wall:.2f}x ({ratio.cpu:.2f}x)."
    )
    print(f"Loading it again takes {second.wall:.2f} s ({second.cpu:.2f} s).")
    print(
        f"Converting it takes {result.converting_mb:.0f} MB at most: {result.memory_ratio:.2f}x "
        "the file."
    )
    if arguments.json:
        ratios = {"first": result.first_ratio._asdict(), "memory": result.memory_ratio}
        arguments.json.write_text(json.dumps({**asdict(result), "ratios": ratios}, indent=2))


if __name__ == "__main__":
    main()
