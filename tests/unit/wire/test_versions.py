"""Which sides work together, which is newer, and what is said where they do not fit."""

from __future__ import annotations

import pytest

from draggan_server.wire import versions
from draggan_server.wire.versions import PROTOCOL_VERSION, THIS_SIDE, Side, of_client, of_daemon

MAJOR, MINOR = PROTOCOL_VERSION
OLD = Side("0.0.9", (MAJOR - 1, 0), (MAJOR - 1, 4))
NEW = Side("9.0.0", (MAJOR + 1, 0), (MAJOR + 1, 0))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (((2, 0), (2, 0)), ((2, 0), (2, 0)), True),
        (((2, 0), (2, 0)), ((2, 0), (2, 7)), True),
        (((2, 0), (2, 2)), ((2, 2), (2, 7)), True),
        (((2, 0), (2, 2)), ((2, 3), (2, 7)), False),
        (((2, 0), (2, 2)), ((3, 0), (3, 0)), False),
    ],
)
def test_sides_work_together_where_their_ranges_meet(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...], together: bool
) -> None:
    a, b = Side("1", *one), Side("2", *other)
    assert a.works_with(b) is b.works_with(a) is together


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (Side("0.10.0", (2, 0), (2, 0)), Side("0.9.9", (2, 0), (2, 0))),
        (Side("1.0", (2, 0), (2, 0)), Side("0.9.9", (2, 0), (2, 0))),
        (Side("0.1.0", (2, 0), (2, 1)), Side("0.1.0", (2, 0), (2, 0))),
        (Side("0.1.0", (3, 0), (3, 0)), Side("0.1.0", (2, 0), (2, 9))),
    ],
)
def test_which_side_is_newer_is_told_by_the_release(newer: Side, older: Side) -> None:
    assert newer.is_newer_than(older)
    assert not older.is_newer_than(newer)
    assert not newer.is_newer_than(newer)


def test_this_side_understands_itself() -> None:
    assert THIS_SIDE.works_with(THIS_SIDE)
    assert versions.is_spoken(PROTOCOL_VERSION)
    assert versions.is_spoken((MAJOR, MINOR + 1))
    assert not versions.is_spoken((MAJOR + 1, 0))
    assert not versions.is_spoken((MAJOR - 1, 9))


@pytest.mark.parametrize("vendored", [False, True])
def test_what_is_to_be_updated(vendored: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older of the two is named, with its release, and the command that mends it."""
    monkeypatch.setattr(versions, "is_vendored", lambda: vendored)
    this = "this plug-in" if vendored else "this command"
    too_new = str(of_daemon(NEW))
    assert f"(version 9.0.0, protocol {MAJOR + 1}.0) is too new for {this}" in too_new
    assert ("draggan plugins install" in too_new) is vendored
    running = str(of_daemon(OLD))
    assert f"daemon (version 0.0.9, protocol {MAJOR - 1}.4) is too old for this program" in running
    assert "draggan stop" in running
    installed = str(of_daemon(OLD, fresh=True))
    assert "The installed DragGAN (version 0.0.9" in installed
    assert "Update DragGAN" in installed


def test_what_the_daemon_tells_a_client() -> None:
    assert "Install the plug-in again (draggan plugins install)" in str(of_client(OLD.newest))
    assert "Update DragGAN" in str(of_client(NEW.newest))
