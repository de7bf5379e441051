"""Which other sides this one works with, and what is said of those with which it does not.

Two sides of a connection work together where the ranges of their protocols meet. A minor adds
messages and fields, a major changes them. What came after the first minor of a major is a feature
with a name, by which a side knows whether the other one has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from draggan_server import __version__
from draggan_server.wire.errors import ForeignVersion, VersionMismatch
from draggan_server.wire.install_record import is_vendored

Version = tuple[int, int]
"""(major, minor) of the protocol."""

PROTOCOL_VERSION: Version = (2, 0)
"""What this side speaks. Fields unknown here are ignored from a newer version only."""

OLDEST_VERSION: Version = (2, 0)
"""The oldest that this side understands, of the same major."""

FOLLOWS_LOSSES = "losses"
"""The feature of a client that understands `messages.Resumed`."""

FEATURES = (
    "frames",
    "history",
    "live",
    FOLLOWS_LOSSES,
    "marks",
    "models",
    "photos",
    "places",
    "samples",
)
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
        protocol = f"protocol {_written(self.newest)}"
        return f"version {self.release}, {protocol}" if self.release else protocol


THIS_SIDE = Side(__version__, OLDEST_VERSION, PROTOCOL_VERSION, FEATURES)


def is_spoken(version: Version) -> bool:
    """Whether a message of this version can be read."""
    return version[0] == PROTOCOL_VERSION[0] and version >= OLDEST_VERSION


# -- errors for the user: which of the two is to be updated, and how -------------------------------


def of_daemon(daemon: Side, *, fresh: bool = False) -> VersionMismatch:
    """Why this side, a plug-in or a command, cannot work with a daemon.

    `fresh`: it was just started by this side, so that another one would be no newer.
    """
    sides = _values(daemon)
    if daemon.newest > PROTOCOL_VERSION and is_vendored():
        return VersionMismatch(
            "The running DragGAN daemon (version {release}, protocol {protocol}) is too new for "
            "this plug-in (version {own_release}, protocol {own_protocol}). Install the plug-in "
            "again (draggan plugins install), then restart this program.",
            **sides,
        )
    if daemon.newest > PROTOCOL_VERSION:
        return VersionMismatch(
            "The running DragGAN daemon (version {release}, protocol {protocol}) is too new for "
            "this command (version {own_release}, protocol {own_protocol}). Another installation "
            "of DragGAN started it: stop it (draggan stop), try again.",
            **sides,
        )
    if not fresh:
        return VersionMismatch(
            "The running DragGAN daemon (version {release}, protocol {protocol}) is too old for "
            "this program (version {own_release}, protocol {own_protocol}), and another program "
            "may be using it. Let that program finish, or stop the daemon (draggan stop); then "
            "try again.",
            **sides,
        )
    return VersionMismatch(
        "The installed DragGAN (version {release}, protocol {protocol}) is too old for this "
        "program (version {own_release}, protocol {own_protocol}). Update DragGAN and stop its "
        "daemon (draggan stop), or install the plug-in that belongs to it (draggan plugins "
        "install); then restart this program.",
        **sides,
    )


def of_other_machine(daemon: Side) -> VersionMismatch:
    """Why this side cannot work with the daemon of another machine, which is not its to stop."""
    if daemon.newest > PROTOCOL_VERSION:
        return VersionMismatch(
            "The DragGAN daemon on the other machine (version {release}, protocol {protocol}) is "
            "too new for this program (version {own_release}, protocol {own_protocol}). Update "
            "DragGAN on this machine, its plug-ins, too.",
            **_values(daemon),
        )
    return VersionMismatch(
        "The DragGAN daemon on the other machine (version {release}, protocol {protocol}) is too "
        "old for this program (version {own_release}, protocol {own_protocol}). Ask who runs it "
        "to update DragGAN there.",
        **_values(daemon),
    )


def of_client(version: Version) -> ForeignVersion:
    """Why this side, the daemon, cannot work with a plug-in or command that speaks `version`."""
    sides = _values(Side("", version, version))
    if version > PROTOCOL_VERSION:
        return ForeignVersion(
            "The running DragGAN daemon (version {own_release}, protocol {own_protocol}) is too "
            "old for this program's plug-in (protocol {protocol}). Update DragGAN and stop its "
            "daemon (draggan stop); then try again.",
            **sides,
        )
    return ForeignVersion(
        "This program's plug-in (protocol {protocol}) is too old for the running DragGAN daemon "
        "(version {own_release}, protocol {own_protocol}). Install the plug-in again (draggan "
        "plugins install), then restart this program.",
        **sides,
    )


def of_missing_feature(daemon: Side) -> ForeignVersion:
    """Why a daemon cannot do what a newer plug-in asks for."""
    return ForeignVersion(
        "The running DragGAN daemon (version {release}, protocol {protocol}) cannot do this yet: "
        "it is older than this plug-in (version {own_release}, protocol {own_protocol}). Update "
        "DragGAN and stop its daemon (draggan stop); then try again.",
        **_values(daemon),
    )


def _values(other: Side) -> dict[str, str]:
    """What the sentences name of the other side and of this one."""
    return {
        "release": other.release or "?",
        "protocol": _written(other.newest),
        "own_release": THIS_SIDE.release,
        "own_protocol": _written(THIS_SIDE.newest),
    }


def _written(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])
