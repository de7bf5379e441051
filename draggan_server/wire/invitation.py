"""An invitation: one line by which a client finds a daemon on another machine and may use it.

`draggan://HOST:PORT/KEYS`, where KEYS are the daemon's public key, the client's public key, its
secret key and the first three bytes of the SHA-256 of the address and these keys, as base64 for
addresses. Whoever has the line has the access.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from draggan_server.wire.errors import BadInput
from draggan_server.wire.whole_file import write_private

DEFAULT_PORT = 7327
"""Where a daemon listens for other machines unless another port is given."""

KEY_BYTES = 32
"""Of each CURVE key."""

FILE_NAME = "invitation"
SCHEME = "draggan://"

_CHECK_BYTES = 3
_MAX_LINE_CHARS = 1024
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})")


@dataclass(frozen=True, slots=True)
class Address:
    """A place in the network: a name or an IP address, and a port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """`HOST`, `HOST:PORT` or, for IPv6, `[HOST]:PORT`. Raises `BadInput`."""
        match = re.fullmatch(r"(?:\[([^\[\]]*)\]|([^\[\]:]*))(?::([0-9]{1,5}))?", text.strip())
        v6, name, number = match.groups() if match is not None else (None, "", None)
        host, port = v6 or name or "", DEFAULT_PORT if number is None else int(number)
        if not (_is_v6(host) if v6 else _NAME.fullmatch(host)) or not 0 < port < 65536:
            raise BadInput(
                "“{text}” is no address: give a name or an IP address and a port, such as "
                "192.168.1.5:{port} or [fd00::5]:{port}.",
                text=text[:100],
                port=DEFAULT_PORT,
            )
        return cls(host, port)

    @property
    def endpoint(self) -> str:
        """As ZeroMQ takes it."""
        return f"tcp://{self}"

    @property
    def is_any(self) -> bool:
        """Whether it stands for every address of a machine, so that others cannot use it."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where a daemon is, and the CURVE keys for it, of `KEY_BYTES` each."""

    address: Address
    server_key: bytes
    public_key: bytes
    secret_key: bytes = field(repr=False)

    def to_line(self) -> str:
        keys = self.server_key + self.public_key + self.secret_key
        packed = base64.urlsafe_b64encode(keys + _check(self.address, keys))
        return f"{SCHEME}{self.address}/{packed.decode('ascii')}"

    @classmethod
    def parse(cls, line: str) -> Invitation:
        """Raises `BadInput`."""
        line = "".join(line.split())  # a mail may have broken it
        address, slash, packed = line.removeprefix(SCHEME).rpartition("/")
        if not line.startswith(SCHEME) or not slash or len(line) > _MAX_LINE_CHARS:
            raise BadInput(
                "This is no invitation: it begins with {scheme} and is one line. Ask who runs the "
                "daemon on the other machine for one.",
                scheme=SCHEME,
            )
        place = Address.parse(address)
        try:
            keys = base64.b64decode(packed, altchars=b"-_", validate=True)
        except ValueError:
            keys = b""
        if len(keys) != 3 * KEY_BYTES + _CHECK_BYTES or not keys.endswith(
            _check(place, keys[: 3 * KEY_BYTES])
        ):
            raise BadInput(
                "The invitation is not whole, or was changed on its way: copy all of its line."
            )
        server, public, secret = (keys[at : at + KEY_BYTES] for at in range(0, 96, KEY_BYTES))
        return cls(place, server, public, secret)


def invitation_file(connection_file: Path) -> Path:
    """Where the invitation lies that is used instead of this machine's own daemon."""
    return connection_file.with_name(FILE_NAME)


def accepted_invitation(connection_file: Path) -> Invitation | None:
    """The invitation in use; None: this machine computes. Raises `BadInput` for a damaged one."""
    path = invitation_file(connection_file)
    try:
        with path.open(encoding="utf-8") as file:
            return Invitation.parse(file.read(_MAX_LINE_CHARS))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, BadInput) as error:
        raise BadInput(
            "The invitation in {path} cannot be used: {error} To use this machine, delete it.",
            path=path,
            error=error,
        ) from None


def accept_invitation(connection_file: Path, invitation: Invitation | None) -> None:
    """Use a daemon on another machine from the next start on, or with None this machine's own.

    Raises `OSError`.
    """
    path = invitation_file(connection_file)
    if invitation is None:
        path.unlink(missing_ok=True)
    else:
        write_private(path, f"{invitation.to_line()}\n")


def _is_v6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _check(address: Address, keys: bytes) -> bytes:
    return hashlib.sha256(str(address).encode("ascii") + keys).digest()[:_CHECK_BYTES]
