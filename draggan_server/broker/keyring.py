"""The daemon's own CURVE key pair, and the public keys of those who were invited.

One file beside the connection file, which only its owner can read. `draggan keys` changes it, and a
daemon that listens looks at it again whenever it has changed. Secret keys of guests are in their
invitations only.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import filelock
import zmq
from zmq.utils import z85

from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.invitation import KEY_BYTES, Address, Invitation
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.whole_file import write_private

logger = logging.getLogger(__name__)

FILE_NAME = "keys.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was invited. `since` is a date, YYYY-MM-DD."""

    name: str
    public_key: bytes
    since: str

    @property
    def identity(self) -> str:
        """The name, and whose key it is: another one of the same name may be invited later."""
        return f"{self.name}/{hashlib.sha256(self.public_key).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class _Contents:
    """`address` is where the daemon listened last, empty before the first time."""

    public_key: bytes
    secret_key: bytes = field(repr=False)
    address: str = ""
    guests: tuple[Guest, ...] = ()


class Keyring:
    """The file `keys.json` in a folder; made when it is first asked for.

    Every method raises `BadInput` where the file is damaged, and `OSError`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._seen: object = None
        self._contents = self._read() or self._change(lambda contents: contents)

    @property
    def guests(self) -> tuple[Guest, ...]:
        return self._contents.guests

    @property
    def secret_key(self) -> bytes:
        """The daemon's."""
        return self._contents.secret_key

    @property
    def address(self) -> str:
        """Where the daemon listened last, empty before the first time."""
        return self._contents.address

    def identity_of(self, public_key: bytes) -> str | None:
        """Whose key it is; None for a key that is nobody's."""
        guests = (guest for guest in self.guests if guest.public_key == public_key)
        return next((guest.identity for guest in guests), None)

    def guest(self, identity: str) -> str | None:
        """The name of somebody who has a key."""
        guests = (guest for guest in self.guests if guest.identity == identity)
        return next((guest.name for guest in guests), None)

    def invite(self, name: str, address: Address) -> Invitation:
        """Make a key pair for somebody. Its secret half is in the invitation and nowhere else.

        Raises `BadInput` for a name that is taken or cannot be one.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                "“{name}” cannot be a name here: take up to 32 of the letters a to z, digits, "
                "points, hyphens and underscores, and begin with a letter or digit.",
                name=name[:100],
            )
        public_key, secret_key = _key_pair()
        guest = Guest(name, public_key, date.today().isoformat())

        def add(contents: _Contents) -> _Contents:
            if any(name == known.name for known in contents.guests):
                raise BadInput(
                    "{name} has a key already: revoke it first, or take another name.", name=name
                )
            return replace(contents, guests=(*contents.guests, guest))

        contents = self._change(add)
        return Invitation(address, contents.public_key, public_key, secret_key)

    def revoke(self, name: str) -> None:
        """Take somebody's key away. Raises `BadInput` where there is none."""

        def remove(contents: _Contents) -> _Contents:
            left = tuple(guest for guest in contents.guests if guest.name != name)
            if len(left) == len(contents.guests):
                raise BadInput(
                    "Nobody of the name “{name}” has a key: see draggan keys list", name=name[:100]
                )
            return replace(contents, guests=left)

        self._change(remove)

    def listens(self, address: Address) -> None:
        """Note where the daemon listens, for the invitations to come."""
        if self.address != str(address):
            self._change(lambda contents: replace(contents, address=str(address)))

    def look_again(self) -> list[str]:
        """Take over what has changed in the file; who has lost a key by that.

        A file that cannot be read changes nothing, and a line in the log says so.
        """
        if _stamp(self._path) == self._seen:
            return []
        before = self._contents
        try:
            self._contents = self._read() or before
        except (OSError, BadInput) as error:
            self._seen = _stamp(self._path)
            logger.error("the keys stay as they were: %s", error)
        lost = set(before.guests) - set(self._contents.guests)
        return sorted(guest.name for guest in lost)

    def _read(self) -> _Contents | None:
        try:
            stamp = _stamp(self._path)
            contents = from_document(_Contents, parse(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except ProtocolError as error:
            raise BadInput(
                "The keys in {path} are damaged ({error}): put a copy of the file back, or delete "
                "it and invite everybody anew.",
                path=self._path,
                error=error,
            ) from None
        keys = [contents.public_key, contents.secret_key]
        if any(len(key) != KEY_BYTES for key in [*keys, *(g.public_key for g in contents.guests)]):
            raise BadInput(
                "A key in {path} has not {count} bytes: put a copy of the file back, or delete it "
                "and invite everybody anew.",
                path=self._path,
                count=KEY_BYTES,
            )
        self._seen = stamp
        return contents

    def _change(self, change: Callable[[_Contents], _Contents]) -> _Contents:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with filelock.FileLock(f"{self._path}.lock"):
            contents = change(self._read() or _Contents(*_key_pair()))
            write_private(self._path, json.dumps(to_document(contents), indent=1))
            self._seen = _stamp(self._path)
        self._contents = contents
        return contents


def _key_pair() -> tuple[bytes, bytes]:
    """A new public key and its secret one."""
    public_key, secret_key = zmq.curve_keypair()
    return z85.decode(public_key), z85.decode(secret_key)


def _stamp(path: Path) -> object:
    """What is another one after a change of the file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
