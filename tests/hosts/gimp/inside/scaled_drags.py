"""What drags of scaled layers cost in GIMP, against GIMP's own scaling of the layer."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from document import drag, new_image, sample
from gi.repository import Gimp

SEED = 8
SIDE = 256
CHIN = (131.5, 189.5, 131.5, 199.5)
"""Handle and target on the picture, x and y each."""


_TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Seconds that pass, and seconds of all processors, of GIMP and the daemon together."""

    wall: float
    cpu: float


def measure(sides: list[int], repeats: int, results: str) -> None:
    """Write {side: [cost of GIMP's scaling, cost of the drag]}, the least of some; `SIDE` is the
    picture as it is, which GIMP does not scale."""
    costs: dict[int, list[tuple[Cost, Cost]]] = {side: [] for side in (SIDE, *sides)}
    for _ in range(repeats):
        for side, found in costs.items():
            found.append(_once(side))
    least = {
        side: [Cost(*map(min, *of_part)) for of_part in zip(*found, strict=True)]
        for side, found in costs.items()
    }
    Path(results).write_text(json.dumps(least))


def _once(side: int) -> tuple[Cost, Cost]:
    image = new_image(side, side)
    layer = sample(image, SEED)
    scaling = Cost(0.0, 0.0)
    if side != SIDE:
        scaling = _cost(lambda: layer.scale(side, side, False))
    layer.set_offsets(0, 0)
    pairs = [[(place + 0.5) * side / SIDE for place in CHIN]]
    dragging = _cost(lambda: _drag(image, layer, pairs))
    image.delete()
    return scaling, dragging


def _drag(image: Gimp.Image, layer: Gimp.Layer, pairs: list[list[float]]) -> None:
    answer = drag(image, layer, pairs)
    assert answer.ok, answer


def _cost(work: Callable[[], object]) -> Cost:
    cpu, begun = _cpu_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    time.sleep(0.3)  # until GIMP has noticed that its plug-in has ended
    return Cost(wall, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """What GIMP, the daemon and their children have used of all processors."""
    daemon = json.loads(Path(os.environ["DRAGGAN_CONNECTION_FILE"]).read_text())["pid"]
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended just now
        parents[int(stat.parent.name)] = int(fields[1])
        used[int(stat.parent.name)] = sum(map(int, fields[11:15]))  # with what children used
    ours = {os.getppid(), int(daemon)}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(used.get(pid, 0) for pid in ours) / _TICKS
