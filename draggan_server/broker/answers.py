"""Final events that are kept for requests that are sent twice, bounded in number and in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields

from draggan_server.wire.messages import Event, Pixels

KEPT_ANSWERS = 4
"""Final events kept for each client."""

MAX_KEPT_BYTES = 32 << 20
"""Limit of all kept events together. The answer to a drag of a 1024 x 1024 layer has 4 MiB."""

OVERHEAD_BYTES = 1024
"""Counted for each event besides its pixels and texts."""


class KeptAnswers:
    """The last answers of each client. Where they are too large in all, the largest go first."""

    def __init__(self) -> None:
        self.size = 0
        self._by_client: dict[Hashable, OrderedDict[int, Event]] = {}

    def keep(self, client: Hashable, request_id: int, event: Event) -> None:
        answers = self._by_client.setdefault(client, OrderedDict())
        if request_id not in answers:
            answers[request_id] = event
            self.size += size_of(event)
        if len(answers) > KEPT_ANSWERS:
            self._drop(client, next(iter(answers)))
        while self.size > MAX_KEPT_BYTES:
            self._drop(*self._largest())

    def find(self, client: Hashable, request_id: int) -> Event | None:
        answers = self._by_client.get(client)
        return None if answers is None else answers.get(request_id)

    def forget(self, client: Hashable) -> None:
        """Drop all of a client's."""
        answers = self._by_client.pop(client, None)
        self.size -= sum(map(size_of, answers.values())) if answers else 0

    def _largest(self) -> tuple[Hashable, int]:
        places = (
            (size_of(event), client, request_id)
            for client, answers in self._by_client.items()
            for request_id, event in answers.items()
        )
        _, client, request_id = max(places, key=lambda place: place[0])
        return client, request_id

    def _drop(self, client: Hashable, request_id: int) -> None:
        self.size -= size_of(self._by_client[client].pop(request_id))


def size_of(event: Event) -> int:
    """Bytes that an event takes, about."""
    values = [getattr(event, field.name) for field in fields(event)]
    sizes = [len(value.data) for value in values if isinstance(value, Pixels)]
    return OVERHEAD_BYTES + sum(sizes) + sum(len(v) for v in values if isinstance(v, str))
