"""Requests that come twice, in another order or not at all: no edit changes twice by one of them.

Simulated: clients and broker are linked without sockets, and the worker says at once that a drag is
done.
"""

from __future__ import annotations

import random

from draggan_server.wire.codec import REQUEST_CODEC, Envelope
from draggan_server.wire.messages import OpenEdit, Ping, SampleSource
from draggan_server.worker.messages import RunDrag, RunOpen
from tests.protocol.linked import House, drag_of, finished, opened
from tests.soak.row import Row

SIZES = {"tiny": 500, "ci": 100_000, "long": 1_000_000, "soak": 10_000_000}
_SEED = 4
_CLIENTS = 5


def run(size: str) -> list[Row]:
    count, dice = SIZES[size], random.Random(_SEED)
    house = House()
    house.ready()
    wrong = drags = sent = 0
    numbers = dict.fromkeys(range(_CLIENTS), 0)
    edits: list[tuple[int, str]] = []
    on_the_way: list[tuple[int, list[bytes]]] = []
    seen: set[tuple[str, int]] = set()
    while sent < count:
        client = dice.randrange(_CLIENTS)
        numbers[client] += 1
        mine = [edit_id for owner, edit_id in edits if owner == client]
        request: OpenEdit | Ping | object
        if not mine or dice.random() < 0.02:
            request = OpenEdit(SampleSource("lion", dice.randrange(100)))
        else:
            edit_id = dice.choice(mine)
            known = house.store.find(edit_id)
            request = Ping() if known is None else drag_of(edit_id, known.revision)
        envelope = Envelope(request, f"client {client}", id=numbers[client])
        parts = REQUEST_CODEC.encode(envelope)
        # Twice, or not at all; and a few wait on the way, to be overtaken.
        on_the_way += [(client, parts)] * dice.choice((0, 1, 1, 1, 2, 3))
        while len(on_the_way) > dice.randrange(6):
            client, parts = on_the_way.pop(dice.randrange(len(on_the_way)))
            house.dispatcher.receive(f"route {client}".encode(), parts)
            house.dispatcher.outbox.clear()
            sent += 1
            for worker in house.workers:
                while worker.state == "busy":
                    task = worker.tasks[-1]
                    name = house.dispatcher._crew.jobs.running_on(worker)
                    assert name is not None
                    done = (name.session.client, name.request_id)
                    if isinstance(task, RunDrag):
                        before = house.store.find(task.request.edit_id)
                        wrong += done in seen
                        drags += 1
                        house.say(finished(task.job))
                        after = house.store.find(task.request.edit_id)
                        if before is None or after is None:
                            wrong += 1
                        else:
                            wrong += after.revision != before.revision + 1
                    elif isinstance(task, RunOpen):
                        house.say(opened(task.job))
                        if done not in seen:
                            row = house.store._read(
                                "SELECT edit_id FROM revisions ORDER BY rowid DESC LIMIT 1"
                            )
                            edits.append((client, row[0][0]))
                            del edits[:-50]
                    seen.add(done)
        house.dispatcher.outbox.clear()
        house.now += 0.01
        for worker in house.workers:
            del worker.tasks[:-1]
    what = "messages that come twice, late or never: edits changed twice by one"
    return [Row(what, sent, wrong, f"{drags:,} drags were done; linked without sockets")]
