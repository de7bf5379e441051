"""The soak: python -m tests.soak [tiny|ci|long|soak] [CHECK ...]; prints rows of README.md's table.

Exit code 1 where anything was wrong.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.soak import (
    cancels,
    cluster,
    delivery,
    disks,
    drift,
    frames,
    fresh_machine,
    kills,
    stalled,
    starts,
    strangers,
    streams,
)
from tests.soak.row import Row

CHECKS: dict[str, Callable[[str, Path], list[Row]]] = {
    "frames": lambda size, _: frames.run(size),
    "streams": streams.run,
    "strangers": strangers.run,
    "kills": kills.run,
    "starts": starts.run,
    "delivery": lambda size, _: delivery.run(size),
    "cancels": cancels.run,
    "drift": drift.run,
    "stalled": stalled.run,
    "disks": disks.run,
    "cluster": cluster.run,
    "fresh-machine": fresh_machine.run,
}


def main(size: str = "ci", *names: str) -> int:
    wrong = 0
    for name in names or CHECKS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="draggan-soak-") as folder:
            for row in CHECKS[name](size, Path(folder)):
                print(row, flush=True)
                wrong += row.wrong
        print(f"({name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
