"""How much of a processor core the broker takes, with fake workers.

    python -m tests.scale [SESSIONS ...]

First table: sessions and workers are linked to the dispatcher without sockets, so that what is
measured is the reading of messages, the deciding and the writing of answers. One session in ten
does a live drag, on a worker of its own; the others are quiet. Second table: a real daemon, and
sessions that are connected to it: idle ones, and ones that wait for something and so ask every
few seconds whether it is there. Times are those of the processor, so that they hold on a machine
that has other work, too.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import zmq

from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.wire.client import PING_SECONDS
from draggan_server.wire.codec import REQUEST_CODEC, Envelope
from draggan_server.wire.messages import LiveFrame, MoveTargets, NextPreview, OpenEdit, Ping, Pixels
from draggan_server.worker.messages import JobFrame, RunOpen
from tests.protocol.daemons import RunningDaemon
from tests.protocol.linked import SAMPLE, House, drag_of, opened

SESSIONS = (10, 100, 1_000, 10_000)
_TIMES = 300
_FRAME = Pixels(128, 128, 4, bytes(128 * 128 * 4))


def microseconds(action: Callable[[int], None], times: int = _TIMES) -> float:
    """Of the processor, for one call."""
    began = time.process_time()
    for number in range(times):
        action(number)
    return (time.process_time() - began) / times * 1e6


class Studio:
    """A broker with so many sessions."""

    def __init__(self, sessions: int) -> None:
        self.live = max(1, sessions // 10)
        self.house = House(workers=self.live)
        self.house.ready()
        self.numbers = [0] * sessions
        self.drags: list[int] = []
        for session in range(sessions):
            self.send(session, Ping())
        for session in range(self.live):
            self.send(session, OpenEdit(SAMPLE))
            (opening,) = (
                worker
                for worker in self.house.workers
                if worker.state == "busy" and isinstance(worker.tasks[-1], RunOpen)
            )
            self.house.say(opened(opening.tasks[-1].job), opening)
            edit = self.house.store._read(
                "SELECT edit_id FROM revisions ORDER BY rowid DESC LIMIT 1"
            )
            self.send(session, drag_of(edit[0][0], live=True))
            self.drags.append(self.numbers[session])
        self.jobs = {job.session.client: job for job in self.house.dispatcher._crew.jobs.all()}

    def send(self, session: int, request: object) -> None:
        self.numbers[session] += 1
        envelope = Envelope(request, f"session {session}", id=self.numbers[session])
        parts = REQUEST_CODEC.encode(envelope)
        self.house.dispatcher.receive(f"route {session}".encode(), parts)
        self.house.dispatcher.outbox.clear()

    def move(self, number: int) -> None:
        session = number % self.live
        points = ((1.0, 2.0),), ((3.0, 4.0 + number % 7),)
        self.send(session, MoveTargets(self.drags[session], number + 1, *points))

    def take(self, number: int) -> None:
        session = number % self.live
        self.send(session, NextPreview(self.drags[session]))

    def frame(self, number: int) -> None:
        job = self.jobs[f"session {number % self.live}"]
        assert job.worker is not None
        points = ((1.0, 2.0),)
        picture = LiveFrame(1, 1, points, points, (False,), ("held",), 4.0, picture=_FRAME)
        self.house.dispatcher.worker_event(job.worker, JobFrame(job.number, picture))
        self.house.dispatcher.outbox.clear()

    def ping(self, number: int) -> None:
        self.send(number % len(self.numbers), Ping())

    def tick(self, number: int) -> None:
        self.house.now += 0.001
        self.house.dispatcher.tick()


def connected(sessions: int, folder: Path, waiting: bool, seconds: float = 10.0) -> float:
    """The share of a core that a daemon takes for so many clients: for idle ones, which say
    nothing, or for such that wait for something."""
    with RunningDaemon(folder) as daemon:
        daemon.worker_pid()
        connection = daemon.connection
        with zmq.Context() as context:
            context.set(zmq.MAX_SOCKETS, 2 * sessions + 100)
            dealers = []
            for _ in range(sessions):
                dealer = context.socket(zmq.DEALER)
                dealer.plain_username = connection.user.encode()
                dealer.plain_password = connection.secret.encode()
                dealer.linger = 0
                dealer.connect(connection.endpoint)
                dealers.append(dealer)
            for name, dealer in enumerate(dealers):
                dealer.send_multipart(ping(name, 1))
            for dealer in dealers:
                assert dealer.poll(60_000), "a client got no answer"
                dealer.recv_multipart()
            began, used = time.monotonic(), processor_seconds(daemon.process.pid)
            sent = 0
            while (elapsed := time.monotonic() - began) < seconds:
                while waiting and sent < elapsed * sessions / PING_SECONDS:
                    dealers[sent % sessions].send_multipart(
                        ping(sent % sessions, 2 + sent // sessions)
                    )
                    sent += 1
                time.sleep(0.005)
            share = (processor_seconds(daemon.process.pid) - used) / elapsed
            for dealer in dealers:
                dealer.close()
    return share


def saved(folder: Path) -> tuple[float, float]:
    """Milliseconds until an edit of 30,000 characters is on the disk: the median and the 99th
    percentile, by the clock on the wall."""
    store = EditStore.open(folder / "edits.sqlite3")
    times = []
    for number in range(_TIMES):
        began = time.perf_counter()
        store.save(StoredEdit(f"edit {number % 20}", number, "x" * 30_000), f"{number:064x}")
        times.append((time.perf_counter() - began) * 1e3)
    store.close()
    return statistics.median(times), sorted(times)[_TIMES * 99 // 100]


def ping(name: int, number: int) -> list[bytes]:
    return REQUEST_CODEC.encode(Envelope(Ping(), f"session {name}", id=number))


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(*sessions: str) -> None:
    print("| sessions | live | move | preview taken | frame | ping | tick |")
    print("|---|---|---|---|---|---|---|")
    for count in map(int, sessions) if sessions else SESSIONS:
        studio = Studio(count)
        actions = (studio.move, studio.take, studio.frame, studio.ping, studio.tick)
        figures = " | ".join(f"{microseconds(action):.0f}" for action in actions)
        print(f"| {count:,} | {studio.live:,} | {figures} |", flush=True)
    print("\n| connected sessions | idle, of a core | waiting, of a core |")
    print("|---|---|---|")
    for count in (100, 1_000):
        shares = []
        for waiting in (False, True):
            with tempfile.TemporaryDirectory(prefix="draggan-scale-") as folder:
                shares.append(f"{connected(count, Path(folder), waiting):.1%}")
        print(f"| {count:,} | {' | '.join(shares)} |", flush=True)
    with tempfile.TemporaryDirectory(prefix="draggan-scale-") as folder:
        median, late = saved(Path(folder))
    print(f"\nAn edit is on the disk after {median:.1f} ms (median; 99%: {late:.1f} ms).")


if __name__ == "__main__":
    main(*sys.argv[1:])
