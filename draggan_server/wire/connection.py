"""The connection file: where the daemon listens, and the secret that opens it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from draggan_server.wire.errors import DaemonUnreachable, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.whole_file import write_private

_ENDPOINT = re.compile(r"tcp://127\.0\.0\.1:([0-9]{1,5})")
_MAX_FILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionFile:
    """What the daemon tells the clients of its own user, in a file that only they can read.

    `endpoint` is `tcp://127.0.0.1:PORT`; `user` and `secret` are checked by ZeroMQ's PLAIN.
    """

    endpoint: str
    user: str
    secret: str = field(repr=False)
    pid: int
    version: str

    @property
    def address(self) -> tuple[str, int]:
        """(host, port)."""
        return "127.0.0.1", int(self.endpoint.rpartition(":")[2])

    def write(self, path: Path) -> None:
        """Write the file whole or not at all, readable for its owner only. Raises `OSError`."""
        write_private(path, json.dumps(to_document(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> ConnectionFile:
        """Read the file. Raises `DaemonUnreachable` where there is none or it makes no sense."""
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            raise DaemonUnreachable(
                "No DragGAN daemon runs ({path} is not there).", path=path
            ) from None
        except (OSError, ValueError) as error:
            raise DaemonUnreachable(
                "{path} cannot be read: {error}", path=path, error=error
            ) from None
        try:
            found = from_document(cls, parse(text))
        except ProtocolError:
            raise DaemonUnreachable(
                "{path} is not a connection file; delete it and try again.", path=path
            ) from None
        match = _ENDPOINT.fullmatch(found.endpoint)
        if match is None or not 0 < int(match[1]) < 65536:
            raise DaemonUnreachable(
                "{path} names the endpoint {endpoint}, which is not a port of this machine; "
                "delete the file and try again.",
                path=path,
                endpoint=f"{found.endpoint!r:.60}",
            )
        return found
