"""The benchmark of a link that takes its time."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.benchmarks import link
from tests.benchmarks.delayed import delayed_link
from tests.protocol.test_house import free_port


def test_a_delayed_link_is_late_both_ways_and_keeps_the_order() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(1 << 16):
                    connection.sendall(data)

        threading.Thread(target=echo, daemon=True).start()
        port = free_port()
        with (
            delayed_link(port, server.getsockname()[1], 0.05),
            socket.create_connection(("127.0.0.1", port)) as here,
        ):
            began = time.monotonic()
            sent = b"".join(bytes([number % 256]) * 1000 for number in range(300))
            here.sendall(sent)
            back = b""
            while len(back) < len(sent):
                back += here.recv(1 << 16)
                assert time.monotonic() - began >= 0.1
            assert back == sent


def test_the_benchmark_says_what_the_link_adds(capsys: pytest.CaptureFixture[str]) -> None:
    link.main(1)
    assert "a link of 5 ms each way" in capsys.readouterr().out
