"""What computes, as the broker sees it: a process on this machine (`local_worker`), or elsewhere.

A worker runs one task at a time. It says what happened only when `poll` is called, so that one loop
serves clients and workers alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from draggan_server.wire.messages import WorkerState
from draggan_server.worker.messages import CardMemory, Learned, Task, Word, WorkerEvent

MAX_WORKERS = 64
"""Of one daemon: it keeps up with about 50 live drags, see SCALE.md."""


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """The worker has ended; the task that it ran is lost. It starts again by itself."""

    reason: str


class Source(Protocol):
    """Something to wait for: a pipe, or a socket."""

    def fileno(self) -> int: ...


class Worker(Protocol):
    """One that computes. `state` is one of the words of `messages.WorkerStatus`."""

    @property
    def state(self) -> WorkerState: ...

    @property
    def device(self) -> str: ...

    @property
    def pid(self) -> int | None: ...

    @property
    def memory(self) -> int:
        """Bytes that its process takes; 0 where nobody knows."""

    @property
    def free_memory(self) -> int | None:
        """Bytes that are free on its machine; None where nobody knows."""

    @property
    def card_memory(self) -> CardMemory | None:
        """Of the card that it computes on; None where it has none, or nobody knows."""

    @property
    def logs(self) -> Sequence[str]:
        """The files of the log folder in which it is said why it does not start."""

    @property
    def learned(self) -> Learned | None:
        """What it learns between tasks; None while it learns nothing."""

    def sources(self) -> Sequence[Source]:
        """What can be read from as soon as there is something to `poll`."""

    def submit(self, task: Task) -> None:
        """Begin a task. The worker must be idle."""

    def tell(self, message: Word) -> None:
        """Say something about the task that runs."""

    def poll(self) -> list[WorkerEvent | WorkerDied]:
        """What has happened since. Never blocks."""

    def kill(self) -> None:
        """End it at once; `poll` will say `WorkerDied`."""

    def close(self) -> None:
        """End for good."""
