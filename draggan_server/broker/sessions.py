"""The clients as the broker sees them, and what is on its way to them."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from draggan_server.broker.answers import KeptAnswers
from draggan_server.broker.store import OWNER
from draggan_server.wire.codec import EVENT_CODEC, Envelope
from draggan_server.wire.errors import DragganError, InternalError
from draggan_server.wire.messages import (
    FINAL,
    Catalogue,
    DragFinished,
    EditOpened,
    Event,
    Failure,
    ModelList,
    Pong,
    Status,
    Welcome,
    WentToDrag,
)
from draggan_server.wire.versions import PROTOCOL_VERSION, Version, is_spoken

logger = logging.getLogger(__name__)

SILENT_SECONDS = 12.0
"""A client with a drag under way that was not heard for so long is gone: it owes three pings."""

FORGET_SECONDS = 120.0
"""A client without any job that was not heard for so long is forgotten."""

KEPT_EDITS = 64
"""Requests of each client of which is known which edit they opened or dragged."""

NOBODY = "unknown"
"""The client in the answer to a message that does not tell whose it is."""


@dataclass(eq=False, slots=True)
class Session:
    """One client: where it is, when it was last heard, and the edits of its last requests.

    `version` is that of the protocol in which it is answered. `guest` is whose invitation it came
    with, empty for a program of the daemon's own user. `follows_losses`: it understands `Resumed`.
    """

    client: str
    route: bytes
    heard: float
    version: Version = PROTOCOL_VERSION
    guest: str = OWNER
    follows_losses: bool = False
    last_id: int = 0
    edits: OrderedDict[int, str] = field(default_factory=OrderedDict)

    @property
    def name(self) -> tuple[str, str]:
        """Nobody takes over a session by a name that another's client has chosen."""
        return self.guest, self.client

    @property
    def turn(self) -> tuple[str, str]:
        """Who it waits in line with: a guest's programs have one turn together."""
        return (self.guest, "") if self.guest else self.name


class Sessions:
    """All clients by whose they are and the names they chose, and `outbox`: routes and frames to be
    sent there."""

    def __init__(self) -> None:
        self.outbox: deque[tuple[bytes, list[bytes]]] = deque()
        self._by_client: dict[tuple[str, str], Session] = {}
        self._answers = KeptAnswers()
        # One count for all clients, so that it grows for a client that was forgotten meanwhile too.
        self._last_seq = 0

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._by_client.values()))

    def hear(
        self, client: str, route: bytes, version: Version, now: float, guest: str = OWNER
    ) -> Session:
        """The session of a client that was just heard, wherever it is now.

        Even one that speaks another protocol is answered in a way that it can read.
        """
        new = Session(client, route, now, guest=guest)
        session = self._by_client.setdefault(new.name, new)
        session.route, session.heard = route, now
        session.version = PROTOCOL_VERSION if is_spoken(version) else version
        return session

    def knows(self, client: str, guest: str) -> bool:
        return (guest, client) in self._by_client

    def count(self, guest: str) -> int:
        """Programs of a guest."""
        return sum(session.guest == guest for session in self)

    def forget(self, session: Session) -> None:
        del self._by_client[session.name]
        self._answers.forget(session.name)

    def answer(self, session: Session, request_id: int, event: Event) -> None:
        """Send an event of a request. Final ones are kept for a while, for `repeat`."""
        if isinstance(event, FINAL) and not isinstance(
            event, Welcome | Pong | Status | ModelList | Catalogue
        ):
            self._answers.keep(session.name, request_id, event)
            if isinstance(event, EditOpened | DragFinished | WentToDrag):
                session.edits[request_id] = event.edit_id
                while len(session.edits) > KEPT_EDITS:
                    session.edits.popitem(last=False)
        self._last_seq += 1
        envelope = Envelope(event, session.client, parent=request_id, seq=self._last_seq)
        self._send(session.route, envelope, session.version)

    def fail(self, session: Session, request_id: int, error: DragganError) -> None:
        """Answer that a request cannot be carried out."""
        self.answer(session, request_id, Failure.of(error))

    def repeat(self, session: Session, request_id: int) -> bool:
        """Give a kept answer again. False where there is none."""
        event = self._answers.find(session.name, request_id)
        if event is not None:
            self.answer(session, request_id, event)
        return event is not None

    def refuse(self, route: bytes, error: DragganError) -> None:
        """Answer a message that does not tell whose it is or which request."""
        self._send(route, Envelope(Failure.of(error), NOBODY), PROTOCOL_VERSION)

    def _send(self, route: bytes, envelope: Envelope, version: Version) -> None:
        try:
            parts = EVENT_CODEC.encode(envelope, version)
        except DragganError as error:
            logger.error("an event cannot be sent: %s", error)
            failure = Failure(InternalError.code, f"The answer cannot be sent: {error}")
            parts = EVENT_CODEC.encode(
                Envelope(failure, envelope.client, parent=envelope.parent, seq=envelope.seq)
            )
        self.outbox.append((route, parts))
