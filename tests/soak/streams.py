"""Byte streams that are not ours to both ports of a live daemon: none becomes a message."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

from tests.patience import patient
from tests.protocol.test_house import HouseDaemon
from tests.soak.fuzz import changed_bytes
from tests.soak.processes import memory
from tests.soak.row import Row

SIZES = {"tiny": 60, "ci": 50_000, "long": 1_000_000, "soak": 5_000_000}
_SEED = 2
_V3 = b"\xff" + bytes(8) + b"\x7f\x03\x00"
_READY = b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"

STREAMS = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + b"x" * 400,
    b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n\x81\x85abcdefghi",
    b"\x01\x00" + b"\x08\x00garbage" * 30,
    b"\xff" + bytes(8) + b"\x7f\x01\x01\x00\x00" + b"\x00\x07garbage" * 30,
    _V3 + b"NULL".ljust(20, b"\0") + bytes(32) + _READY + b"\x00\x07garbage" * 30,
    _V3 + b"PLAIN".ljust(20, b"\0") + bytes(32) + b"\x04\x14\x05HELLO\x07draggan\x05wrong",
    _V3 + b"CURVE".ljust(20, b"\0") + bytes(32) + b"\x04\xc8\x05HELLO" + bytes(194),
    bytes(range(256)) * 20,
    b"",
)


def run(size: str, folder: Path) -> list[Row]:
    with HouseDaemon(folder, idle_seconds=1e6) as daemon:
        return [_streams(SIZES[size], daemon)]


def _streams(count: int, daemon: HouseDaemon) -> Row:
    dice = random.Random(_SEED)
    pid = daemon.process.pid
    daemon.worker_pid()
    places = (daemon.connection.address, (daemon.address.host, daemon.address.port))
    before, refused = 0.0, 0
    for number in range(count):
        if number == count // 5:
            before = memory(pid)
        stream = dice.choice(STREAMS)
        if dice.random() < 0.7:
            stream = changed_bytes(stream, dice)
        try:
            peer = socket.create_connection(dice.choice(places), timeout=patient(5))
        except OSError:  # nothing has come to the daemon
            refused += 1
            continue
        with peer, contextlib.suppress(OSError):
            peer.sendall(stream)
    # A message that was taken would be answered by a line of the log.
    wrong = sum(path.read_text().count("cannot be read") for path in _logs(daemon.log))
    alive = daemon.status().pid == pid
    growth = memory(pid) / before - 1
    what = "streams to the live daemon's two ports: taken for a message"
    figures = f"daemon {'alive' if alive else 'dead'}, its memory {growth:+.1%} after a fifth"
    return Row(what, count - refused, wrong + (not alive), figures)


def _logs(log: Path) -> list[Path]:
    return sorted(log.parent.glob(f"{log.name}*"))
