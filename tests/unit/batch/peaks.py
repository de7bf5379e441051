"""What a batch takes of memory at the most: while its lines are done, and when all are done.

python -m tests.unit.batch.peaks FOLDER COUNT ...      of FOLDER/COUNT.jsonl
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path

from draggan_server.batch import run_batch

CHILD = (sys.executable, "-m", "tests.unit.batch.scripted_child")


def peak_of(jobs: Path, out: Path) -> tuple[int, int]:
    """How many lines were done, and the bytes that were taken at the most meanwhile."""
    tracemalloc.start()
    done = sum(result.error is None for result in run_batch(jobs, out, child=CHILD, at_once=2))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return done, peak


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = []
    for count in sys.argv[2:]:
        done, peaks = zip(
            *(peak_of(folder / f"{count}.jsonl", folder / count) for _ in range(2)), strict=True
        )
        found.append({"done": done, "peaks": peaks})
    print(json.dumps(found))
