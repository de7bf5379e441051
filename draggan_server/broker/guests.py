"""What guests may ask for: those who come from other machines, each with an invitation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from draggan_server.broker.jobs import Job
from draggan_server.wire.errors import BadInput, ProtocolError

MAX_PROGRAMS = 16
"""Programs of one guest that are known at a time."""

MAX_JOBS = 8
"""Requests of one guest that wait or run, of all its programs together."""

MAX_JOB_BYTES = 256 << 20
"""Bytes of these requests. A layer of 4096 x 4096 pixels with its mask has 80 MiB."""

MESSAGES_PER_SECOND = 300.0
"""Messages of one guest in the long run. A hand that is followed makes some 100 a second."""

BURST_MESSAGES = 1200.0
"""Messages that may come at once after a rest."""


@dataclass(slots=True)
class _Allowance:
    left: float
    counted: float


class Guests:
    """The limits of every guest. `now` is in seconds of one clock."""

    def __init__(self) -> None:
        self._allowances: dict[str, _Allowance] = {}

    def count_message(self, guest: str, now: float) -> None:
        """A message has come. Raises `ProtocolError` where they come too fast."""
        allowance = self._allowances.setdefault(guest, _Allowance(BURST_MESSAGES, now))
        earned = (now - allowance.counted) * MESSAGES_PER_SECOND
        allowance.left = min(BURST_MESSAGES, allowance.left + earned)
        allowance.counted = now
        if allowance.left < 1:
            raise ProtocolError(
                "Your programs send more than {most} messages a second to the daemon on the other "
                "machine: close some of them.",
                most=f"{MESSAGES_PER_SECOND:g}",
            )
        allowance.left -= 1

    def check_programs(self, count: int) -> None:
        """Raises `BadInput` where a guest has as many programs as it may have and comes with one
        more."""
        if count >= MAX_PROGRAMS:
            raise BadInput(
                "{count} programs of yours use the daemon on the other machine already: close some "
                "of them and wait two minutes.",
                count=count,
            )

    def check_job(self, jobs: Iterable[Job], size: int) -> None:
        """Raises `BadInput` where one more request of `size` bytes is too much for a guest that has
        `jobs` waiting or running."""
        sizes = [job.size for job in jobs]
        if len(sizes) >= MAX_JOBS:
            raise BadInput(
                "{count} requests are waiting already: let one end or cancel it.", count=MAX_JOBS
            )
        if sum(sizes) + size > MAX_JOB_BYTES:
            raise BadInput(
                "The pictures of your waiting requests take more than {most} MiB: let one end, or "
                "drag a smaller layer.",
                most=MAX_JOB_BYTES >> 20,
            )

    def forget(self, guest: str) -> None:
        self._allowances.pop(guest, None)
