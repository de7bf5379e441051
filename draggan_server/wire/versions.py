"""Which other sides this one works with, and what is said of those with which it does not.

Two sides of a connection work together where the ranges of their protocols meet. A minor adds
messages and fields, a major changes them. What came after the first minor of a major is a feature
with a name, by which a side knows whether the other one has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from draggan_server import __version__
from draggan_server.wire.install_record import is_vendored

Version = tuple[int, int]
"""(major, minor) of the protocol."""

PROTOCOL_VERSION: Version = (2, 0)
"""What this side speaks. Fields unknown here are ignored from a newer version only."""

OLDEST_VERSION: Version = (2, 0)
"""The oldest that this side understands, of the same major."""

FOLLOWS_LOSSES = "losses"
"""The feature of a client that understands `messages.Resumed`."""

FEATURES = ("frames", "history", "live", FOLLOWS_LOSSES, "models", "photos", "samples")
"""What this side can that not every side of its major can, see `messages.feature_of`."""

TIMELESS = frozenset(("Hello", "Welcome", "Ping", "Pong", "Shutdown", "Done", "Failure"))
"""Messages that are read from every version: later ones may add fields to them, and no more."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a connection: its release, the protocols from `oldest` to `newest`, and features.

    `release` is empty where only the protocol is known.
    """

    release: str
    oldest: tuple[int, int]
    newest: tuple[int, int]
    features: tuple[str, ...] = ()

    def works_with(self, other: Side) -> bool:
        """Whether there is a protocol that both speak."""
        return max(self.oldest, other.oldest) <= min(self.newest, other.newest)

    def is_newer_than(self, other: Side) -> bool:
        """By the protocol, then by the release; what cannot be told is not newer."""
        if self.newest != other.newest:
            return self.newest > other.newest
        return _numbers(self.release) > _numbers(other.release)

    def __str__(self) -> str:
        protocol = f"protocol {self.newest[0]}.{self.newest[1]}"
        return f"version {self.release}, {protocol}" if self.release else protocol


THIS_SIDE = Side(__version__, OLDEST_VERSION, PROTOCOL_VERSION, FEATURES)


def is_spoken(version: Version) -> bool:
    """Whether a message of this version can be read."""
    return version[0] == PROTOCOL_VERSION[0] and version >= OLDEST_VERSION


# -- sentences for the user: which of the two is to be updated, and how ---------------------------


def of_daemon(daemon: Side, *, fresh: bool = False) -> str:
    """Why this side, a plug-in or a command, cannot work with a daemon.

    `fresh`: it was just started by this side, so that another one would be no newer.
    """
    this = f"this plug-in ({THIS_SIDE})" if is_vendored() else f"this command ({THIS_SIDE})"
    if daemon.newest > PROTOCOL_VERSION:
        return f"The running DragGAN daemon ({daemon}) is too new for {this}. " + (
            "Install the plug-in again (draggan plugins install), then restart this program."
            if is_vendored()
            else "Another installation of DragGAN started it: stop it (draggan stop), try again."
        )
    if not fresh:
        return (
            f"The running DragGAN daemon ({daemon}) is too old for {this}, and another program may "
            "be using it. Let that program finish, or stop the daemon (draggan stop); then try "
            "again."
        )
    return (
        f"The installed DragGAN ({daemon}) is too old for {this}. Update DragGAN and stop its "
        "daemon (draggan stop), or install the plug-in that belongs to it (draggan plugins "
        "install); then restart this program."
    )


def of_other_machine(daemon: Side) -> str:
    """Why this side cannot work with the daemon of another machine, which is not its to stop."""
    if daemon.newest > PROTOCOL_VERSION:
        return (
            f"The DragGAN daemon on the other machine ({daemon}) is too new for this program "
            f"({THIS_SIDE}). Update DragGAN on this machine, its plug-ins, too."
        )
    return (
        f"The DragGAN daemon on the other machine ({daemon}) is too old for this program "
        f"({THIS_SIDE}). Ask who runs it to update DragGAN there."
    )


def of_client(version: Version) -> str:
    """Why this side, the daemon, cannot work with a plug-in or command that speaks `version`."""
    client = Side("", version, version)
    if version > PROTOCOL_VERSION:
        return (
            f"The running DragGAN daemon ({THIS_SIDE}) is too old for this program's plug-in "
            f"({client}). Update DragGAN and stop its daemon (draggan stop); then try again."
        )
    return (
        f"This program's plug-in ({client}) is too old for the running DragGAN daemon "
        f"({THIS_SIDE}). Install the plug-in again (draggan plugins install), then restart this "
        "program."
    )


def of_missing_feature(daemon: Side) -> str:
    """Why a daemon cannot do what a newer plug-in asks for."""
    return (
        f"The running DragGAN daemon ({daemon}) cannot do this yet: it is older than this "
        f"plug-in ({THIS_SIDE}). Update DragGAN and stop its daemon (draggan stop); then try again."
    )


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])
