"""What a drag of a layer costs that was scaled up, in a real GIMP, against GIMP's scaling of it.

    python -m tests.hosts.gimp.scaled_drags [side ...]

Prints two ratios a side: of the whole drag to GIMP's scaling, and of what the drag costs beyond
that of the picture as the model makes it, which is the drag itself and no scaling. Both of the time
that passes, and of the processors' time, on which other programs have little influence.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.daemon import running_daemon
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.system import gimp_system

SIDES = (2048, 4096, 8000)
REPEATS = 3

Costs = dict[int, list[list[float]]]
"""By side, of GIMP's scaling and of the drag: seconds that pass, seconds of all processors."""


def main(sides: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        gimp = GimpHost(gimp_system(), home / "gimp")
        gimp.warm_up()
        results = gimp.home / "scaled.json"
        arguments = f"{sides}, {REPEATS}, {str(results)!r}"
        code = f"import runner, scaled_drags; scaled_drags.measure({arguments})"
        (home / "daemon").mkdir()
        with running_daemon(home / "daemon") as environment:
            gimp.batch(code, environment, timeout=3600)
        costs = {int(side): parts for side, parts in json.loads(results.read_text()).items()}
    print_table(costs, sides)


def print_table(costs: Costs, sides: Sequence[int]) -> None:
    (_nothing, plain) = next(iter(costs.values()))
    table = Table(
        "layer", "measured", "GIMP scales, s", "drag, s", "times", "beyond its own, times"
    )
    for number, measured in enumerate(("time", "processors")):
        for side in sides:
            scaling, dragging = (part[number] for part in costs[side])
            table.add_row(
                f"{side} px",
                measured,
                f"{scaling:.2f}",
                f"{dragging:.2f}",
                f"{dragging / scaling:.2f}",
                f"{(dragging - plain[number]) / scaling:.2f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main([int(side) for side in sys.argv[1:]] or list(SIDES))
