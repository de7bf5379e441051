"""The clients as the broker sees them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from draggan_server.wire.messages import Event

KEPT_ANSWERS = 4
"""Final events kept for each client, for a request that is sent twice."""


@dataclass(eq=False, slots=True)
class Session:
    """One client: where it is, when it was last heard, what it was told."""

    client: str
    route: bytes
    heard: float
    last_id: int = 0
    last_seq: int = 0
    answers: OrderedDict[int, Event] = field(default_factory=OrderedDict)

    def keep_answer(self, request_id: int, event: Event) -> None:
        self.answers[request_id] = event
        while len(self.answers) > KEPT_ANSWERS:
            self.answers.popitem(last=False)
