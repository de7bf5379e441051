"""What waits for a worker, and in which order."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from draggan_server.broker.sessions import Session
from draggan_server.wire.messages import CancelDrag, OpenEdit, StartDrag


@dataclass(eq=False, slots=True)
class Job:
    """A request that a worker has to carry out. `number` is the job's own, for the worker."""

    number: int
    session: Session
    request_id: int
    request: OpenEdit | StartDrag
    cancel: CancelDrag | None = None
    cancelled_at: float | None = None
    client_gone: bool = False


class JobQueue:
    """First come, first served for each client, and the clients in turn."""

    def __init__(self) -> None:
        self._by_client: OrderedDict[str, deque[Job]] = OrderedDict()

    def add(self, job: Job) -> None:
        self._by_client.setdefault(job.session.client, deque()).append(job)

    def next(self) -> Job | None:
        """Take the next job; its client goes to the end of the line."""
        if not self._by_client:
            return None
        client, jobs = self._by_client.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._by_client[client] = jobs
        return job

    def remove(self, job: Job) -> None:
        jobs = self._by_client[job.session.client]
        jobs.remove(job)
        if not jobs:
            del self._by_client[job.session.client]

    def __iter__(self) -> Iterator[Job]:
        return iter([job for jobs in self._by_client.values() for job in jobs])

    def __len__(self) -> int:
        return sum(map(len, self._by_client.values()))
