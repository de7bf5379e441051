"""What a batch gains by several workers of this machine.

    python -m tests.benchmarks.batch [LINES_A_WORKER]

The same lines a worker by one worker and by 2, 4 and 8. The engine is fake: a line is a drag of 100
steps, each of which takes 5 ms in which no core is used, as if every worker had a core or a card of
its own. So what is seen is what the batch, its children, the wire and the broker take away from N
times one worker's throughput, with the cores that this machine has for all of them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from draggan_server.batch import run_batch
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from tests.benchmarks.figure import Figure, table
from tests.protocol.daemons import RunningDaemon, wait_until

WORKERS = (1, 2, 4, 8)
GOAL = 0.9
_STEPS = 100


def throughput(workers: int, lines: int, folder: Path) -> float:
    """Lines a second, from the second result to the last but `workers`: while all are busy."""
    folder.mkdir()
    point = [[[4, 4], [9, 9]]]
    line = {"do": "drag", "model": "endless", "max_steps": _STEPS, "point": point}
    jobs = folder / "jobs.jsonl"
    texts = (json.dumps({**line, "seed": seed}) for seed in range(lines))
    jobs.write_text("".join(f"{text}\n" for text in texts))
    daemon = RunningDaemon(folder, workers=workers)
    wait_until(lambda: all(one.state == "idle" for one in daemon.status().workers), 60)
    os.environ[CONNECTION_FILE_VARIABLE] = str(daemon.record.connection_file)
    ends = []
    for result in run_batch(jobs, folder / "out"):
        assert result.error is None, result.error
        ends.append(time.monotonic())
    del os.environ[CONNECTION_FILE_VARIABLE]
    daemon.end()
    busy = ends[workers : len(ends) - workers]
    return (len(busy) - 1) / (busy[-1] - busy[0])


def main(lines_a_worker: int = 20) -> None:
    figures = []
    with tempfile.TemporaryDirectory(prefix="draggan-batch-") as folder:
        alone = 0.0
        for workers in WORKERS:
            found = throughput(workers, workers * lines_a_worker, Path(folder) / str(workers))
            alone = alone or found
            what = f"{found:.2f} lines a second: of {workers} times one worker's"
            share = found / alone / workers
            figures.append(Figure(f"batch, {workers} workers", what, share, "", GOAL, rising=True))
    print(table(figures))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
