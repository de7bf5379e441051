"""The client's side of a ZMTP 3.0 connection (rfc.zeromq.org/spec/23) with PLAIN, without a socket.

For hosts whose Python has no pyzmq. Bytes from the network go in, messages come out; it never
reads, writes or waits. The socket's type is DEALER, so messages carry no empty delimiter frame.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from draggan_server.wire.errors import ProtocolError

_SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
_GREETING_BYTES = 64
_GREETING = _SIGNATURE + b"\x03\x00" + b"PLAIN".ljust(20, b"\0") + bytes(32)

_MORE, _LONG, _COMMAND = 1, 2, 4
_MAX_COMMAND_BYTES = 64 * 1024


class _Stage(enum.Enum):
    GREETING = enum.auto()
    WELCOME = enum.auto()
    READY = enum.auto()
    TRAFFIC = enum.auto()


class DealerConnection:
    """One connection's state.

    Feed it with `receive`; send what `to_send` hands out. Messages given to `send` before the
    handshake is through are kept and follow it. `receive` raises `ProtocolError` when the peer
    refuses the password, breaks ZMTP or passes a limit; the connection is of no use after that.
    """

    def __init__(self, user: str, password: str, max_frame_bytes: int, max_parts: int) -> None:
        self._credentials = (user.encode(), password.encode())
        self._max_frame_bytes = max_frame_bytes
        self._max_parts = max_parts
        self._stage = _Stage.GREETING
        self._incoming = bytearray()
        self._outgoing: list[bytes] = [_GREETING]
        self._waiting: list[bytes] = []
        self._parts: list[bytes] = []

    @property
    def ready(self) -> bool:
        """Whether the handshake is through."""
        return self._stage is _Stage.TRAFFIC

    def send(self, parts: Iterable[bytes]) -> None:
        """Queue a message of at least one part."""
        queue = self._outgoing if self.ready else self._waiting
        parts = list(parts)
        for number, part in enumerate(parts, start=1):
            queue.append(_frame_head(_MORE if number < len(parts) else 0, len(part)))
            queue.append(part)

    def to_send(self) -> list[bytes]:
        """The pieces to be written to the socket, in order; they are handed out once."""
        pieces, self._outgoing = self._outgoing, []
        return pieces

    def receive(self, data: bytes) -> list[list[bytes]]:
        """Take bytes from the network; returns the messages completed by them."""
        self._incoming += data
        messages: list[list[bytes]] = []
        if self._stage is _Stage.GREETING and not self._read_greeting():
            return messages
        while (frame := self._next_frame()) is not None:
            flags, content = frame
            if flags & _COMMAND:
                self._command(content)
            elif not self.ready:
                raise ProtocolError("The peer sent a message before the handshake was through.")
            else:
                self._parts.append(content)
                if not flags & _MORE:
                    messages.append(self._parts)
                    self._parts = []
                elif len(self._parts) >= self._max_parts:
                    raise ProtocolError(f"A message has more than {self._max_parts} parts.")
        return messages

    def _read_greeting(self) -> bool:
        greeting = bytes(self._incoming[:_GREETING_BYTES])
        # A peer that does not speak ZMTP 3 at all may never send 64 bytes: tell by the first ones.
        if greeting[:1] not in (b"", b"\xff") or greeting[9:10] not in (b"", b"\x7f"):
            raise ProtocolError("The peer does not speak ZMTP.")
        if greeting[10:11] and greeting[10] < 3:
            raise ProtocolError(f"The peer speaks ZMTP {greeting[10]}, not 3.")
        if len(greeting) < _GREETING_BYTES:
            return False
        mechanism = greeting[12:32].rstrip(b"\0")
        if mechanism != b"PLAIN":
            raise ProtocolError(f"The peer asks for {mechanism!r}, not for a PLAIN password.")
        del self._incoming[:_GREETING_BYTES]
        user, password = self._credentials
        self._send_command(b"HELLO", _short(user) + _short(password))
        self._stage = _Stage.WELCOME
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        buffer = self._incoming
        if not buffer:
            return None
        flags = buffer[0]
        if flags & ~(_MORE | _LONG | _COMMAND) or (flags & _COMMAND and flags & _MORE):
            raise ProtocolError(f"A frame has the flags {flags:#x}, which ZMTP does not know.")
        head = 9 if flags & _LONG else 2
        if len(buffer) < head:
            return None
        size = int.from_bytes(buffer[1:head], "big")
        limit = _MAX_COMMAND_BYTES if flags & _COMMAND else self._max_frame_bytes
        if size > limit:
            raise ProtocolError(f"A frame of {size} bytes is longer than the limit of {limit}.")
        if len(buffer) < head + size:
            return None
        content = bytes(memoryview(buffer)[head : head + size])
        del buffer[: head + size]
        return flags, content

    def _command(self, content: bytes) -> None:
        length = content[0] if content else 0
        name, data = content[1 : 1 + length], content[1 + length :]
        if name == b"ERROR":
            reason = data[1:].decode("ascii", "replace")
            raise ProtocolError(f"The peer refused the connection ({reason or 'no reason'}).")
        if name == b"WELCOME" and self._stage is _Stage.WELCOME:
            self._send_command(b"INITIATE", _property(b"Socket-Type", b"DEALER"))
            self._stage = _Stage.READY
        elif name == b"READY" and self._stage is _Stage.READY:
            self._stage = _Stage.TRAFFIC
            self._outgoing += self._waiting
            self._waiting = []
        elif name == b"PING" and self.ready:
            self._send_command(b"PONG", data[2:18])  # behind the 2 bytes of the time to live
        elif not self.ready:
            raise ProtocolError(f"The command {name!r:.40} breaks the handshake.")
        # Any other command after the handshake is to be ignored, says the specification.

    def _send_command(self, name: bytes, data: bytes) -> None:
        content = _short(name) + data
        self._outgoing.append(_frame_head(_COMMAND, len(content)) + content)


def _frame_head(flags: int, size: int) -> bytes:
    if size > 255:
        return bytes([flags | _LONG]) + size.to_bytes(8, "big")
    return bytes([flags, size])


def _short(text: bytes) -> bytes:
    if len(text) > 255:
        raise ProtocolError(f"A name or password of {len(text)} bytes; at most 255 are allowed.")
    return bytes([len(text)]) + text


def _property(name: bytes, value: bytes) -> bytes:
    return _short(name) + len(value).to_bytes(4, "big") + value
