"""The ZMTP connection, bytes in and bytes out. Against real peers: `tests/protocol`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.zmtp import DealerConnection

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"PLAIN".ljust(20, b"\0") + b"\x01" + bytes(31)
WELCOME = b"\x04\x08\x07WELCOME"
READY = b"\x04\x06\x05READY"
MAX_FRAME = 10_000
MAX_PARTS = 8


def connection() -> DealerConnection:
    return DealerConnection("me", "geheim", MAX_FRAME, MAX_PARTS)


def ready_connection() -> DealerConnection:
    ready = connection()
    assert ready.receive(GREETING + WELCOME + READY) == []
    ready.to_send()
    return ready


def frames(*parts: bytes) -> bytes:
    data = b""
    for number, part in enumerate(parts, start=1):
        more = number < len(parts)
        if len(part) > 255:
            data += bytes([more | 2]) + len(part).to_bytes(8, "big") + part
        else:
            data += bytes([more, len(part)]) + part
    return data


def sent(chosen: DealerConnection) -> bytes:
    return b"".join(chosen.to_send())


class TestHandshake:
    def test_a_handshake_goes_step_by_step(self) -> None:
        client = connection()
        assert sent(client) == GREETING[:11] + b"\0" + GREETING[12:32] + bytes(32)
        client.receive(GREETING)
        assert sent(client) == b"\x04\x10\x05HELLO\x02me\x06geheim"
        client.receive(WELCOME)
        assert sent(client) == b"\x04\x1f\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER"
        assert not client.ready
        client.receive(READY)
        assert client.ready

    def test_what_is_sent_early_waits_for_its_end(self) -> None:
        client = connection()
        client.send([b"a", b"b" * 300])
        sent(client)
        client.receive(GREETING + WELCOME)
        sent(client)
        client.receive(READY)
        assert sent(client) == frames(b"a", b"b" * 300)

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak ZMTP"),
            (b"\xff" + bytes(8) + b"\x7f\x01", "speaks ZMTP 1"),
            (GREETING.replace(b"PLAIN", b"NULL\0"), "not for a PLAIN password"),
            (GREETING + b"\x04\x0a\x05ERROR\x03400", r"refused the connection \(400\)"),
            (GREETING + b"\x04\x06\x05ERROR", "no reason"),
            (GREETING + READY, "breaks the handshake"),
            (GREETING + b"\0\1x", "before the handshake"),
            (GREETING + b"\x04\x00", "breaks the handshake"),
            (GREETING + b"\x06" + (1 << 40).to_bytes(8, "big"), "longer than the limit"),
        ],
    )
    def test_peers_that_will_not_do(self, data: bytes, sentence: str) -> None:
        with pytest.raises(ProtocolError, match=sentence):
            connection().receive(data)

    def test_a_password_too_long_is_refused(self) -> None:
        with pytest.raises(ProtocolError, match="at most 255"):
            DealerConnection("me", "x" * 256, MAX_FRAME, MAX_PARTS).receive(GREETING)


class TestTraffic:
    messages = st.lists(st.lists(st.binary(max_size=400), min_size=1, max_size=MAX_PARTS))

    @given(messages, st.lists(st.integers(1, 400)))
    def test_messages_arrive_however_they_are_cut(
        self, messages: list[list[bytes]], cuts: list[int]
    ) -> None:
        client = connection()
        data = GREETING + WELCOME + READY + b"".join(frames(*parts) for parts in messages)
        arrived = []
        for cut in cuts:
            arrived += client.receive(data[:cut])
            data = data[cut:]
        assert arrived + client.receive(data) == messages

    @given(messages)
    def test_messages_go_out(self, messages: list[list[bytes]]) -> None:
        client = ready_connection()
        for parts in messages:
            client.send(parts)
        assert sent(client) == b"".join(frames(*parts) for parts in messages)

    def test_a_ping_is_answered_with_its_context(self) -> None:
        client = ready_connection()
        client.receive(b"\x04\x09\x04PING\0\x64xy")
        assert sent(client) == b"\x04\x07\x04PONGxy"

    def test_an_unknown_command_is_ignored(self) -> None:
        client = ready_connection()
        assert client.receive(b"\x04\x04\x03NEW" + frames(b"a")) == [[b"a"]]
        assert sent(client) == b""

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"\x02" + (MAX_FRAME + 1).to_bytes(8, "big"), "longer than the limit"),
            (b"\x02" + b"\xff" * 8, "longer than the limit"),
            (b"\x01\0" * (MAX_PARTS + 1), "more than 8 parts"),
            (b"\x08\0", "does not know"),
            (b"\x05\0", "does not know"),
        ],
    )
    def test_what_passes_the_limits_is_refused(self, data: bytes, sentence: str) -> None:
        with pytest.raises(ProtocolError, match=sentence):
            ready_connection().receive(data)

    @given(st.binary())
    def test_random_bytes_give_messages_or_a_protocol_error(self, data: bytes) -> None:
        try:
            ready_connection().receive(data)
        except ProtocolError as error:
            assert error.code == "protocol"  # noqa: PT017
