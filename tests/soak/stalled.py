"""What a drag takes beside 32 clients that have stalled: some say nothing, some stop in the middle
of the handshake, some ask for much and read none of it.

The engine is fake, and its steps take 5 ms. Drags are measured in turns, alone and beside the
stalled ones, from the press to the last event; previews are asked for all the time.
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import zmq

from draggan_server.wire.client import Client
from draggan_server.wire.codec import REQUEST_CODEC, Envelope
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import (
    CloseEdit,
    DragFinished,
    DragProgress,
    ListModels,
    NextPreview,
    Pixels,
)
from tests.patience import patient
from tests.protocol.daemons import RunningDaemon
from tests.protocol.fake_engine import Behaviour
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row
from tests.soak.streams import STREAMS

SIZES = {"tiny": 1, "ci": 100, "long": 500, "soak": 10_000}
_CLIENTS = 32
_LISTS = 10
_STEPS = 100
_LIMIT = 0.03


def run(size: str, folder: Path) -> list[Row]:
    count = SIZES[size]
    with RunningDaemon(folder, idle_seconds=1e6) as daemon:
        daemon.worker_pid()
        with daemon.client() as client:
            alone, beside = [], []
            for _ in range(count):
                alone.append(_drag(client))
                with _stalled(daemon.connection):
                    beside.append(_drag(client))
    slower = statistics.median(beside) / statistics.median(alone) - 1
    what = f"{_CLIENTS} stalled clients: a drag is slowed down by more than {_LIMIT:.0%}"
    figures = f"{slower:+.1%}; {statistics.median(alone) * 1000:.0f} ms alone, fake engine"
    # One drag tells little of the time: then only that it ends is looked at.
    return [Row(what, count, int(slower > _LIMIT) if size != "tiny" else 0, figures)]


def _drag(client: Client) -> float:
    """Seconds from the press to the last event."""
    edit = open_edit(client, Behaviour.ENDLESS)
    layer = Pixels(128, 128, 4, bytes(128 * 128 * 4))
    request = drag_of(
        edit, layer=layer, preview_seconds=0.001, config=drag_config(max_steps=_STEPS)
    )
    began = time.perf_counter()
    done: list[DragFinished] = []
    number = client.send(request, lambda event: _hear(client, number, event, done))
    while not done:
        client.wait(0.05)
        client.pump()
    seconds = time.perf_counter() - began
    assert done[0].steps == _STEPS
    client.ask(CloseEdit(edit.edit_id))
    return seconds


def _hear(client: Client, number: int, event: object, done: list[DragFinished]) -> None:
    if isinstance(event, DragProgress):
        if event.preview is not None:
            client.send(NextPreview(number))
    else:
        assert isinstance(event, DragFinished), event
        done.append(event)


@contextlib.contextmanager
def _stalled(connection: ConnectionFile) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        for number in range(_CLIENTS):
            if number % 2:
                peer = stack.enter_context(socket.create_connection(connection.address))
                if number % 4 == 1:
                    peer.sendall(STREAMS[5][: 40 + number])
                continue
            dealer = stack.enter_context(context.socket(zmq.DEALER))
            dealer.linger = 0
            dealer.rcvhwm = 1
            dealer.rcvbuf = 4096
            dealer.plain_username = connection.user.encode()
            dealer.plain_password = connection.secret.encode()
            dealer.connect(connection.endpoint)
            for request in range(1, _LISTS + 1):
                envelope = Envelope(ListModels(), f"stalled {number}", id=request)
                dealer.send_multipart(REQUEST_CODEC.encode(envelope))
            assert dealer.poll(patient(10_000)), "it was not let in"
        yield
