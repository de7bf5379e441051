"""Who may connect: answers ZeroMQ's authentication requests (rfc.zeromq.org/spec/27).

Part of the broker's own loop instead of pyzmq's authenticator thread, which logs passwords.
"""

from __future__ import annotations

import hmac
import logging
from typing import Any

import zmq

logger = logging.getLogger(__name__)

_ENDPOINT = "inproc://zeromq.zap.01"


class Doorkeeper:
    """Checks the PLAIN passwords of every server socket of a context; one user a domain."""

    def __init__(self, context: zmq.Context[Any]) -> None:
        self._credentials: dict[bytes, tuple[bytes, bytes]] = {}
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(_ENDPOINT)

    def guard(self, socket: zmq.Socket[Any], domain: str, user: str, secret: str) -> None:
        """Let only `user` with `secret` connect to `socket`. Call before `bind`."""
        self._credentials[domain.encode()] = (user.encode(), secret.encode())
        socket.setsockopt(zmq.PLAIN_SERVER, 1)
        socket.setsockopt(zmq.ZAP_DOMAIN, domain.encode())
        # Without it a peer that speaks ZMTP 1.0, such as a browser's POST, is let in unasked.
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.setsockopt(zmq.HANDSHAKE_IVL, 1500)  # milliseconds

    def answer(self) -> None:
        """Answer every request that is there. Never blocks."""
        while self.socket.poll(0):
            version, request_id, domain, address, _, mechanism, *credentials = (
                self.socket.recv_multipart()
            )
            welcome = (
                version == b"1.0"
                and mechanism == b"PLAIN"
                and len(credentials) == 2
                and self._knows(domain, *credentials)
            )
            if not welcome:
                logger.warning("refused a connection from %s", address.decode("ascii", "replace"))
            status, text = (b"200", b"OK") if welcome else (b"400", b"Wrong password")
            self.socket.send_multipart([version, request_id, status, text, b"", b""])

    def close(self) -> None:
        self.socket.close()

    def _knows(self, domain: bytes, user: bytes, secret: bytes) -> bool:
        known = self._credentials.get(domain)
        if known is None:
            return False
        return hmac.compare_digest(user, known[0]) and hmac.compare_digest(secret, known[1])
