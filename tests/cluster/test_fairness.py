"""Eight clients that want more than there is get the same share of a cluster's workers."""

from __future__ import annotations

import contextlib
import time

from draggan_server.wire.client import Client
from draggan_server.wire.messages import (
    EditOpened,
    Event,
    Failure,
    OpenEdit,
    SampleSource,
    StartDrag,
)
from tests.protocol.daemons import RunningDaemon
from tests.protocol.test_turns import jain

CLIENTS = 8
_DRAGS = 400
"""Of all of them together: of few, a share is off by one soon."""


class Busy:
    """A client that always has so many drags of its own waiting, of 50 ms each."""

    def __init__(self, client: Client, at_once: int) -> None:
        self.client = client
        self.done = 0
        self.edits = [
            client.ask(OpenEdit(SampleSource("steady", number))) for number in range(at_once)
        ]
        for edit in self.edits:
            self.begin(edit, 0)

    def begin(self, edit: EditOpened, revision: int) -> None:
        def on_event(event: Event) -> None:
            assert not isinstance(event, Failure), event
            if found := getattr(event, "revision", None):
                self.done += 1
                self.begin(edit, found)

        request = StartDrag(edit.edit_id, revision, ((4.0, 4.0),), ((9.0, 9.0),))
        self.client.send(request, on_event)


def test_who_asks_for_more_gets_no_more(daemon: RunningDaemon) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(daemon.client()) for _ in range(CLIENTS)]
        busy = [Busy(client, 1 + number % 4) for number, client in enumerate(clients)]
        before = [one.done for one in busy]
        while sum(one.done for one in busy) - sum(before) < _DRAGS:
            for one in busy:
                one.client.pump()
            time.sleep(0.002)
        shares = [one.done - was for one, was in zip(busy, before, strict=True)]
    assert min(shares) > 0
    assert jain(shares) >= 0.98, shares
