"""Who may connect: answers ZeroMQ's authentication requests (rfc.zeromq.org/spec/27).

Part of the broker's own loop instead of pyzmq's authenticator thread, which logs passwords.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Any

import zmq

logger = logging.getLogger(__name__)

_ENDPOINT = "inproc://zeromq.zap.01"


IdentityOf = Callable[[bytes], "str | None"]
"""Whose a public key is; None for nobody's."""


class Doorkeeper:
    """Checks who comes to any server socket of a context: by a password, one user a domain, or by
    CURVE keys. A line in the log says of each connection from another machine whose it is."""

    def __init__(self, context: zmq.Context[Any]) -> None:
        self._credentials: dict[bytes, tuple[bytes, bytes]] = {}
        self._keys: dict[bytes, IdentityOf] = {}
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(_ENDPOINT)

    def guard(self, socket: zmq.Socket[Any], domain: str, user: str, secret: str) -> None:
        """Let only `user` with `secret` connect to `socket`. Call before `bind`."""
        self._credentials[domain.encode()] = (user.encode(), secret.encode())
        socket.setsockopt(zmq.PLAIN_SERVER, 1)
        self._enforce(socket, domain, handshake_ms=1500)

    def guard_by_keys(
        self, socket: zmq.Socket[Any], domain: str, secret_key: bytes, identity_of: IdentityOf
    ) -> None:
        """Let only those connect to `socket` whose public keys are somebody's. Call before `bind`.

        Messages then say whose, as their `User-Id`.
        """
        self._keys[domain.encode()] = identity_of
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, secret_key)
        self._enforce(socket, domain, handshake_ms=5000)

    def answer(self) -> None:
        """Answer every request that is there. Never blocks."""
        while self.socket.poll(0):
            version, request_id, domain, address, _, mechanism, *credentials = (
                self.socket.recv_multipart()
            )
            name: str | None = None
            if version == b"1.0" and mechanism == b"PLAIN" and len(credentials) == 2:
                name = self._user(domain, *credentials)
            elif version == b"1.0" and mechanism == b"CURVE" and len(credentials) == 1:
                name = self._guest(domain, *credentials)
            place = address.decode("ascii", "replace").removeprefix("::ffff:")
            if name is None:
                logger.warning("refused a connection from %s", place)
            elif mechanism == b"CURVE":
                logger.info("%s connects from %s", name, place)
            status, text = (b"400", b"Not known") if name is None else (b"200", b"OK")
            self.socket.send_multipart(
                [version, request_id, status, text, (name or "").encode(), b""]
            )

    def close(self) -> None:
        self.socket.close()

    def _enforce(self, socket: zmq.Socket[Any], domain: str, handshake_ms: int) -> None:
        socket.setsockopt(zmq.ZAP_DOMAIN, domain.encode())
        # Without it a peer that speaks ZMTP 1.0, such as a browser's POST, is let in unasked.
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.setsockopt(zmq.HANDSHAKE_IVL, handshake_ms)

    def _user(self, domain: bytes, user: bytes, secret: bytes) -> str | None:
        known = self._credentials.get(domain)
        if known is None:
            return None
        right = hmac.compare_digest(user, known[0]) and hmac.compare_digest(secret, known[1])
        return user.decode() if right else None

    def _guest(self, domain: bytes, public_key: bytes) -> str | None:
        identity_of = self._keys.get(domain)
        return None if identity_of is None else identity_of(public_key)
