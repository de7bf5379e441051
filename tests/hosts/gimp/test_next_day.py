"""A day's work in a real GIMP and the next day: drags, back to an earlier one, on from there; saved
as XCF, GIMP closed, opened again with the points and the drags as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.kept_mask import mask_to_text
from draggan_server.host.mask_rows import MaskRows
from tests.hosts.gimp.drag_window import (
    CHIN,
    DOWN,
    TITLE,
    in_dialog,
    lion_in_gimp,
    open_dialog,
    settings_of,
)
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.hosts.gimp.xcf_file import layers_of
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

SIDE = 256
LOWER = (CHIN[0], CHIN[1] + DOWN)
NOSE, UP = (130.0, 150.0), (130.0, 140.0)
CHEEK = (90.0, 168.0)
CORNER = (30.0, 30.0)
MOMENT = "The picture after drag {}. Click it to go back there."
TOP = "opened().get_layers()[0]"
DRAGS = f"[len(state({TOP})['drags']), state({TOP})['position']]"
KEPT = f"kept_points({TOP})"


def drag(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    dialog: Window,
    pair: tuple[tuple[float, float], tuple[float, float]],
    drags: int,
) -> None:
    """One pair and no other; `drags` is how many there are then."""
    screen.key(dialog, "alt+l")
    watched.wait_for_text(TITLE, "^No points$")
    screen.drag(dialog, *map(in_dialog, pair))
    watched.wait_for_text(TITLE, "^1 point$")
    screen.key(dialog, "alt+s")
    session.wait_until(f"{DRAGS} == [{drags}, {drags}]")
    watched.wait_for(TITLE, MOMENT.format(drags))


def test_drags_go_on_from_an_earlier_one_and_all_is_there_the_next_day(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], pictures: Path
) -> None:
    settings.remember(settings_of(daemon), live=False, options=False)
    watched, saved = Watched(gimp.home / "watched-days"), gimp.home / "next-day.xcf"
    environment = {**daemon, **watched.environment}
    with lion_in_gimp(gimp, screen, environment, "day") as session:
        dialog = open_dialog(screen, "day")
        drag(screen, session, watched, dialog, (CHIN, LOWER), 1)
        drag(screen, session, watched, dialog, (NOSE, UP), 2)
        first, _second = session.ask(f"state({TOP})['drags']")
        watched.click(screen, TITLE, MOMENT.format(1))
        session.wait_until(f"{DRAGS} == [2, 1]")
        drag(screen, session, watched, dialog, (CHEEK, (CHEEK[0] - 8, CHEEK[1])), 2)
        again, other = session.ask(f"state({TOP})['drags']")
        assert again == first  # and the drag of the nose is none of its history
        assert other["handle_points"] == [pytest.approx(CHEEK, abs=0.3)]
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        screen.run("xdotool", "keydown", "ctrl")
        screen.click(dialog, in_dialog(CORNER))
        screen.run("xdotool", "keyup", "ctrl")
        watched.wait_for_text(TITLE, "^3 points$")
        watched.click(screen, TITLE, "Close")
        wait_until(lambda: screen.find(TITLE) is None)
        kept, name = session.ask(KEPT), session.ask(f"{TOP}.get_name()")
        run = "Gimp.RunMode.NONINTERACTIVE"
        assert session.ask(f"Gimp.file_save({run}, opened(), file({str(saved)!r}), None)")
    assert layers_of(saved)[0].name == name

    with gimp.session(screen, saved, environment) as session:
        screen.enlarge(screen.wait_for("next-day.*GIMP"))
        dialog = open_dialog(screen, "next-day")
        watched.wait_for_text(TITLE, "^3 points$")
        watched.wait_for(TITLE, MOMENT.format(2))
        screen.shoot(pictures / "48-the-next-day.png")
        picture = watched.wait_for(TITLE, "Picture").box
        ring = screen.image_of(picture).getpixel(ring_of(CORNER))
        assert ring == (255, 190, 20)  # a pinned point's
        screen.drag(dialog, in_dialog((200.0, 200.0)), in_dialog((210.0, 210.0)))
        watched.wait_for_text(TITLE, "^4 points$")
        screen.run("xdotool", "key", "ctrl+z")
        watched.wait_for_text(TITLE, "^3 points$")
        watched.click(screen, TITLE, "Close")
        wait_until(lambda: screen.find(TITLE) is None)
        assert session.ask(KEPT) == kept
        flip_follows(session, screen, watched, kept)


def flip_follows(
    session: GimpSession, screen: Screen, watched: Watched, kept: list[list[float]]
) -> None:
    """The points stay at their places of the picture, which is all of its layer; so does what was
    painted to move."""
    mask = f"kept_mask({TOP})"
    painted = mask_to_text(MaskRows((bytes(SIDE // 4) + b"\xff" * (SIDE - SIDE // 4),) * SIDE))
    session.ask(f"{TOP}.attach_parasite(Gimp.Parasite.new('draggan-mask', 3, {painted.encode()}))")
    before = session.ask(mask)
    session.ask(f"bool({TOP}.transform_flip_simple(Gimp.OrientationType.HORIZONTAL, True, 0))")
    open_dialog(screen, "next-day")
    session.wait_until(f"{mask} != {before}", timeout=60)
    watched.wait_for_text(TITLE, "^3 points$")
    watched.click(screen, TITLE, "Close")
    wait_until(lambda: screen.find(TITLE) is None)
    mirrored = [[SIDE - 1 - hx, hy, SIDE - 1 - tx, ty] for hx, hy, tx, ty in kept]
    assert session.ask(KEPT) == [pytest.approx(pair, abs=0.5) for pair in mirrored]
    row, edge = session.ask(mask)[SIDE // 2], SIDE - SIDE // 4
    assert set(row[: edge - 2]) == {255}
    assert set(row[edge + 2 :]) == {0}


def ring_of(point: tuple[float, float]) -> tuple[int, int]:
    """A pixel of a point's ring, in the picture as the dialog shows it: above its middle."""
    (x, y), (left, top) = in_dialog(point), in_dialog((-0.5, -0.5))
    return round(x - left), round(y - top - 6)
