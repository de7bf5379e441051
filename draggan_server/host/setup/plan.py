"""What is to be fetched, as the user is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from draggan_server.host.translation import decimal
from draggan_server.wire.json_record import from_document, parse

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))


@dataclass(frozen=True)
class Plan:
    """`fetched` bytes come from `hosts`, in `count` files that have `needed` bytes in all."""

    count: int
    fetched: int
    needed: int
    hosts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Plan:
        """From what `draggan_server.download_plan` prints. Raises `ProtocolError`."""
        return from_document(cls, parse(text))

    @property
    def room(self) -> int:
        """Bytes that the disk must have: the files, once more unpacked, and unpacked large."""
        return 4 * self.needed


def size_words(count: int) -> str:
    """A number of bytes, for people."""
    unit, name = next(((unit, name) for unit, name in _UNITS if count >= unit), _UNITS[-1])
    digits = 1 if unit > 1 and count < 10 * unit else 0
    return f"{decimal(count / unit, digits)} {name}"


def fetched_bytes(folder: Path) -> int:
    """What pip has fetched so far into its temporary `folder`."""
    total = 0
    for file in folder.glob("**/*.whl"):
        try:
            total += file.stat().st_size
        except OSError:
            continue  # it is gone just now
    return total
