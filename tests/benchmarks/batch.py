"""What a batch gains by several workers of this machine.

    python -m tests.benchmarks.batch fake [LINES_A_WORKER]
    python -m tests.benchmarks.batch real [LINES_A_WORKER [TURNS]]

The same lines a worker by one worker and by several.

With the fake engine, and 2, 4 and 8 workers, a line is a drag of 100 steps, each of which takes 5
ms in which no core is used, as if every worker had a core or a card of its own. So what is seen is
what the batch, its children, the wire and the broker take away from N times one worker's
throughput, with the cores that this machine has for all of them.

With the real one lines are pictures and drags of the default model, by one worker and by as many as
there are cores, in turns, so that what other programs take changes both alike; each worker computes
in one thread. Said besides are the processor seconds of a line: those of the workers, which grow
where workers take caches and memory from each other, and those of everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from draggan_server.batch import run_batch
from draggan_server.wire.connector import connect
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import GetStatus, Status
from tests.benchmarks.figure import Figure, table
from tests.daemon import running_daemon
from tests.protocol.daemons import RunningDaemon, wait_until

GOAL = 0.9
FAKE_WORKERS = (1, 2, 4, 8)

Line = dict[str, object]
FAKE_DRAG: Line = {"do": "drag", "model": "endless", "max_steps": 100, "point": [[[4, 4], [9, 9]]]}
REAL: dict[str, Line] = {
    "pictures": {"do": "sample"},
    "drags": {"do": "drag", "point": [[[114, 160], [114, 184]]]},
}


@dataclass(frozen=True)
class Pace:
    """`rate` in lines a second; processor seconds a line, of the workers and of all processes."""

    rate: float
    work: float
    everything: float

    def __str__(self) -> str:
        return (
            f"{self.rate:.2f} lines a second, {self.work:.2f} processor seconds a line by "
            f"workers, {self.everything:.2f} by all"
        )


@contextlib.contextmanager
def fake_daemon(folder: Path, workers: int) -> Iterator[Path]:
    with RunningDaemon(folder, workers=workers) as daemon:
        yield daemon.record.connection_file


@contextlib.contextmanager
def real_daemon(folder: Path, workers: int) -> Iterator[Path]:
    serve = ("--workers", str(workers))
    with running_daemon(folder, serve=serve, variables={"OMP_NUM_THREADS": "1"}) as known:
        yield Path(known[CONNECTION_FILE_VARIABLE])


def pace(connection_file: Path, workers: int, line: Line, count: int, folder: Path) -> Pace:
    """That from the second result to the last but `workers`: while all are busy."""
    folder.mkdir(parents=True)
    jobs = folder / "jobs.jsonl"
    texts = (json.dumps({**line, "seed": seed}) for seed in range(count))
    jobs.write_text("".join(f"{text}\n" for text in texts))
    os.environ[CONNECTION_FILE_VARIABLE] = str(connection_file)
    wait_until(lambda: all(one.state == "idle" for one in _status().workers), 120)
    pids = [one.pid for one in _status().workers]
    ends = []
    for result in run_batch(jobs, folder / "out"):
        assert result.error is None, result.error
        ends.append((time.monotonic(), *_processor_seconds(pids)))
    del os.environ[CONNECTION_FILE_VARIABLE]
    busy = ends[workers : len(ends) - workers]
    lines = len(busy) - 1
    seconds, work, everything = (
        last - first for first, last in zip(busy[0], busy[-1], strict=True)
    )
    return Pace(lines / seconds, work / lines, everything / lines)


def _status() -> Status:
    with connect(start_daemon=False) as client:
        status = client.ask(GetStatus())
    assert isinstance(status, Status)
    return status


def _processor_seconds(workers: list[int | None]) -> tuple[float, float]:
    """Those of the workers so far, and those of this process and all that it has started."""
    this = psutil.Process()
    found = {}
    for one in (this, *this.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended
            found[one.pid] = sum(one.cpu_times()[:2])
    return sum(found[pid] for pid in workers if pid is not None), sum(found.values())


def fake(folder: Path, lines_a_worker: int = 20) -> Iterator[Figure]:
    alone = 0.0
    for workers in FAKE_WORKERS:
        home = folder / str(workers)
        home.mkdir()
        with fake_daemon(home, workers) as connection_file:
            count = workers * lines_a_worker
            found = pace(connection_file, workers, FAKE_DRAG, count, home / "batch")
        alone = alone or found.rate
        what = f"{found.rate:.2f} lines a second: of {workers} times one worker's"
        share = found.rate / alone / workers
        yield Figure(f"batch, {workers} workers", what, share, "", GOAL, rising=True)


def real(folder: Path, lines_a_worker: int = 16, turns: int = 9) -> Iterator[Figure]:
    workers = os.cpu_count() or 1
    with contextlib.ExitStack() as stack:
        daemons = {}
        for number in (1, workers):
            home = folder / str(number)
            home.mkdir()
            daemons[number] = stack.enter_context(real_daemon(home, number))
        for kind, line in REAL.items():
            shares, dearer = [], []
            for turn in range(turns + 1):
                found = {}
                for number, connection_file in daemons.items():
                    place = folder / f"{kind}-{turn}-{number}"
                    count = number * lines_a_worker
                    found[number] = pace(connection_file, number, line, count, place)
                    load = os.getloadavg()[0]
                    said = (
                        f"{kind}, turn {turn}, {number} workers: {found[number]}; load {load:.1f}"
                    )
                    print(said, file=sys.stderr, flush=True)
                if turn > 0:  # in the first one models are loaded
                    shares.append(found[workers].rate / found[1].rate / workers)
                    dearer.append(found[1].work / found[workers].work)
            name = f"batch of {kind}, {workers} workers, median of {turns} turns"
            for what, values in (
                (f"lines a second, of {workers} times one worker's", shares),
                ("processor seconds a line: one worker's, of these workers'", dearer),
            ):
                said = f"{what}; {min(values):.2f} to {max(values):.2f}"
                yield Figure(name, said, statistics.median(values), "", GOAL, rising=True)


def main(engine: str = "fake", *counts: str) -> None:
    figures = {"fake": fake, "real": real}[engine]
    with tempfile.TemporaryDirectory(prefix="draggan-batch-") as folder:
        print(table(list(figures(Path(folder), *map(int, counts)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
