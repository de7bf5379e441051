"""A client that asks for large answers and reads none: so many bytes are held and no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from draggan_server.broker.backlog import LIMIT_BYTES, Backlog
from tests.patience import deadline_in

ANSWER = 4 << 20


def memory() -> int:
    """Of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class Line:
    """A broker's socket, and a client that reads nothing until it is told to."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], curve: bool) -> None:
        self.router = context.socket(zmq.ROUTER)
        self.router.router_mandatory = True
        self.router.linger = 0
        self.client = context.socket(zmq.DEALER)
        self.client.linger = 0
        self.client.rcvhwm = 1
        if curve:
            public, secret = zmq.curve_keypair()
            self.router.curve_server = True
            self.router.curve_secretkey = secret
            self.client.curve_serverkey = public
            self.client.curve_publickey, self.client.curve_secretkey = zmq.curve_keypair()
        port = self.router.bind_to_random_port("tcp://127.0.0.1")
        self.client.connect(f"tcp://127.0.0.1:{port}")
        self.client.send(b"hello")
        self.route, _ = self.router.recv_multipart()
        self.backlog = Backlog(self.router)

    def fill(self, answer: bytes, at_most: int = 200) -> int:
        """Answer until nothing is taken any more; how many were."""
        for sent in range(at_most):
            try:
                self.backlog.send(self.route, [b"head", answer])
            except zmq.Again:
                return sent
        return at_most


@pytest.fixture(params=["plain", "curve"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    with zmq.Context() as context:
        line = Line(context, request.param == "curve")
        yield line
        line.router.close()
        line.client.close()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks into /proc")
def test_no_more_is_held_than_the_limit_and_all_of_it_arrives(line: Line) -> None:
    before = memory()
    taken = line.fill(bytes(range(256)) * (ANSWER // 256))
    kernel_and_client = 8  # answers that have left the broker: what the sockets' buffers hold
    assert LIMIT_BYTES // ANSWER <= taken <= LIMIT_BYTES // ANSWER + kernel_and_client
    assert line.backlog.held_bytes(line.route) >= LIMIT_BYTES
    time.sleep(0.2)
    assert memory() - before < 2 * LIMIT_BYTES
    assert [len(line.client.recv_multipart()[1]) for _ in range(taken)] == [ANSWER] * taken
    deadline = deadline_in(10)
    while line.fill(bytes(ANSWER), 1) == 0:  # it takes answers again
        assert time.monotonic() < deadline


def test_one_answer_may_be_larger_than_the_limit(line: Line) -> None:
    assert line.fill(bytes(LIMIT_BYTES + 1), 2) == 1
    assert len(line.client.recv_multipart()[1]) == LIMIT_BYTES + 1


def test_nothing_is_kept_of_a_client_that_is_gone(line: Line) -> None:
    line.fill(bytes(ANSWER))
    line.client.close()
    deadline = deadline_in(10)
    while line.backlog.held_bytes(line.route):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        line.router.poll(0)  # as the daemon does all the time
        with pytest.raises(zmq.ZMQError):
            line.backlog.send(line.route, [b"small"])
