"""What the broker says while a job runs, looked at between its steps."""

from __future__ import annotations

from typing import Any, Protocol

from draggan_server.worker.messages import GrantPreview, Leave, StopJob
from draggan_server.worker.previews import Previews


class Broker(Protocol):
    """The other side, as `channel.Channel` reaches it."""

    def send(self, message: Any) -> None: ...

    def receive(self, *, block: bool) -> Any: ...


class Control:
    """Whether to end a job, and whether its client takes another picture."""

    def __init__(self, broker: Broker, job: int, previews: Previews | None = None) -> None:
        self.stop: StopJob | None = None
        self.leaving = False
        self._broker = broker
        self._job = job
        self._previews = previews

    def stopped(self) -> bool:
        while self.stop is None and (message := self._broker.receive(block=False)) is not None:
            if not self._is_end(message) and self._is_grant(message):
                assert self._previews is not None
                self._previews.grant()
        return self.stop is not None

    @property
    def keeps(self) -> bool:
        """Whether it was told to stop, and to keep what is reached."""
        return self.stop is not None and self.stop.keep

    def granted(self) -> bool:
        """Wait until the client takes another frame; False where it wants no more."""
        while True:
            message = self._broker.receive(block=True)
            if self._is_end(message):
                return False
            if self._is_grant(message):
                return True

    def _is_end(self, message: object) -> bool:
        if isinstance(message, Leave):
            self.leaving = True
            self.stop = StopJob(self._job, keep=False)
        elif isinstance(message, StopJob) and message.job == self._job:
            self.stop = message
        else:
            return False
        return True

    def _is_grant(self, message: object) -> bool:
        return isinstance(message, GrantPreview) and message.job == self._job
