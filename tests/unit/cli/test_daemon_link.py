"""A command goes on with another daemon, once, where its own has died."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from draggan_server.cli import daemon_link
from draggan_server.cli.daemon_link import with_daemon
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError


class Link:
    lost: str | None = None
    closed = False

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[Link]:
    made: list[Link] = []

    def connect() -> Link:
        made.append(Link())
        return made[-1]

    monkeypatch.setattr(daemon_link, "connect", connect)
    return made


def dying(times: int) -> Callable[[Link], str]:
    """Loses its daemon so many times."""
    left = [times]

    def action(link: Link) -> str:
        if left[0]:
            left[0] -= 1
            link.lost = "The daemon cannot be reached (killed)."
            raise DaemonUnreachable(link.lost)
        return "done"

    return action


def test_it_is_done_once_more_and_said(
    links: list[Link], capsys: pytest.CaptureFixture[str]
) -> None:
    assert with_daemon(dying(1)) == "done"  # type: ignore[arg-type]
    assert [link.closed for link in links] == [True, True]
    said = capsys.readouterr()
    assert "(killed). Another daemon is started, and this begins again." in said.err
    assert said.out == ""


def test_a_second_death_is_the_end(links: list[Link]) -> None:
    with pytest.raises(DaemonUnreachable, match="killed"):
        with_daemon(dying(2))  # type: ignore[arg-type]
    assert [link.closed for link in links] == [True, True]


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (BadInput("There are no points."), None),
        # Stopped on purpose: it said so, and then the connection ended too.
        (
            DaemonUnreachable("The DragGAN daemon was stopped while this was under way."),
            "It ended.",
        ),
        (DaemonUnreachable("The DragGAN daemon gave no answer within 60 seconds."), None),
    ],
)
def test_nothing_else_is_tried_again(
    links: list[Link], error: DragganError, lost: str | None
) -> None:
    def action(link: Link) -> None:
        link.lost = lost
        raise error

    with pytest.raises(type(error)):
        with_daemon(action)  # type: ignore[arg-type]
    assert [link.closed for link in links] == [True]
