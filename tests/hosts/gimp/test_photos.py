"""A photo in a real GIMP: recognised, dragged by mouse, undone, saved, opened again, dragged on."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.host import settings
from draggan_server.host.kept_mask import mask_to_text
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.region import KeptRegion, Region
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import plain
from tests.daemon import held_worker, wait_until_worker_does
from tests.hosts.any_picture import ANY_PICTURE
from tests.hosts.frame_buffer import Box
from tests.hosts.gimp.drag_window import BORDER, SHOWN_SIDE, TITLE, forgotten
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.patience import deadline_in
from tests.photos import REGION, SIZE, photo_of_lion

pytestmark = pytest.mark.gimp

LAYERS = "[layer.get_name() for layer in opened().get_layers()]"
MOUTH = (330, 220, 130, 100)
"""Left, top, width and height of what may move, in the photo."""
DOWN = 14.0
_PINK = (250, 130, 250)
"""As nothing of a lion is."""


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched-photos")


def in_dialog(point: tuple[float, float]) -> tuple[float, float]:
    """The dialog's pixel in which a point of the photo is shown, once its region is."""
    left, top, width, _ = REGION
    scale = SHOWN_SIDE / width
    x, y = point[0] - left, point[1] - top
    return BORDER + math.floor((x + 0.5) * scale), BORDER + math.floor((y + 0.5) * scale)


def select(session: GimpSession, box: tuple[int, int, int, int]) -> None:
    session.ask(f"opened().select_rectangle(Gimp.ChannelOps.REPLACE, {', '.join(map(str, box))})")


def main_window(screen: Screen, name: str) -> Window:
    screen.enlarge(screen.wait_for(f"{name}.*GIMP"))
    return screen.wait_for(f"{name}.*GIMP")


def drag_dialog(screen: Screen, main: Window) -> Window:
    screen.key(main, "ctrl+alt+g")
    return screen.wait_for("Drag points")


def photo_dialog(screen: Screen, watched: Watched, main: Window) -> Window:
    """The dialog on a photo that waits to be recognised."""
    watched.forget()
    dialog = drag_dialog(screen, main)
    watched.wait_for(TITLE, plain(words.RECOGNISE))
    return dialog


def check_a_photo_removed_while_it_is_looked_at(
    session: GimpSession,
    screen: Screen,
    watched: Watched,
    main: Window,
    daemon: dict[str, str],
    pictures: Path,
) -> None:
    """The daemon works for nobody any more, and the dialog and all other layers are there."""
    settings.remember(forgotten(daemon), live=False)  # the model that was used would look at it
    select(session, REGION)
    before = session.ask(LAYERS)
    session.ask(
        "(lambda layer: (layer.detach_parasite('draggan-state'),"
        " opened().insert_layer(layer, None, 0), opened().set_selected_layers([layer]), None)[-1])"
        "(opened().get_layers()[-1].copy())"
    )
    screen.key(photo_dialog(screen, watched, main), "alt+r")
    with held_worker("photo", daemon, 30):
        session.ask("opened().remove_layer(opened().get_layers()[0])")
        pause(2.0)  # for the dialog to see that
    wait_until_worker_does("nothing", daemon, 30)
    pause(0.5)
    screen.shoot(pictures / "36-photo-removed.png")
    screen.press_until_gone("Drag points", "alt+c")
    assert session.ask(LAYERS) == before


def test_the_frame_is_pulled_and_just_that_is_recognised(
    gimp: GimpHost, screen: Screen, watched: Watched, daemon: dict[str, str], pictures: Path
) -> None:
    forgotten(daemon)
    photo = gimp.home / "framed.png"
    photo_of_lion().save(photo)
    left, top, width, height = REGION
    across = down = 64  # what is selected is square, and so the dialog's picture has all its room
    scale = SHOWN_SIDE / SIZE[0]  # all of the photo is seen
    corner = (BORDER + (left + width - across) * scale, BORDER + (top + height - down) * scale)
    with gimp.session(screen, photo, {**daemon, **watched.environment}) as session:
        main = main_window(screen, "framed")
        selected = (left, top, width - across, height - down)
        select(session, selected)
        dialog = photo_dialog(screen, watched, main)
        pause(1.0)
        screen.shoot(pictures / "37-frame.png")
        aside = corner[0] - across * scale, corner[1]
        inside = aside[0], aside[1] - across * scale
        for place, cursor in ((corner, "nwse-resize"), (aside, "move"), (inside, "default")):
            screen.hover(dialog, place)
            screen.wait_for_cursor(cursor)
        screen.drag(dialog, corner, (corner[0] + across * scale, corner[1] + down * scale))
        pause(0.5)
        screen.shoot(pictures / "38-frame-pulled.png")
        screen.key(dialog, "alt+r")
        session.wait_until("bool(state(opened().get_layers()[0]))", timeout=120)
        pause(1.0)
        screen.shoot(pictures / "39-frame-recognised.png")
        kept = "bytes(opened().get_layers()[0].get_parasite('draggan-region').get_data()).decode()"
        found = KeptRegion.from_json(session.ask(kept))
        assert found is not None
        assert (found.region, found.width, found.height) == (Region(*REGION), *SIZE)
        content = session.ask("state(opened().get_layers()[0])")["content"]
        assert [content["width"], content["height"]] == [width, height]
        bounds = session.ask("list(Gimp.Selection.bounds(opened()))[2:]")
        assert bounds == [left, top, left + selected[2], top + selected[3]]
        screen.press_until_gone("Drag points", "alt+c")


def test_eyes_and_mouth_are_clicked_and_the_frame_lies_around_them(
    gimp: GimpHost, screen: Screen, watched: Watched, daemon: dict[str, str], pictures: Path
) -> None:
    settings.remember(forgotten(daemon), live=False)
    photo, lion = gimp.home / "marked.png", photo_of_lion()
    lion.save(photo)
    scale = SHOWN_SIDE / SIZE[0]  # all of the photo is seen
    with gimp.session(screen, photo, {**daemon, **watched.environment}) as session:
        main = main_window(screen, "marked")
        dialog = photo_dialog(screen, watched, main)
        screen.key(dialog, "alt+m", "Tab", "space")
        asked = (said.MARK_AN_EYE, said.MARK_THE_OTHER_EYE, said.MARK_THE_MOUTH)
        for number, ((x, y), sentence) in enumerate(zip(lion.face, asked, strict=True)):
            watched.wait_for_text(TITLE, re.escape(sentence))
            screen.shoot(pictures / f"40-mark-{number}.png")
            screen.click(dialog, (BORDER + (x + 0.5) * scale, BORDER + (y + 0.5) * scale))
        watched.wait_for_text(TITLE, re.escape(said.MARKED))
        screen.shoot(pictures / "41-marked.png")
        screen.key(dialog, "alt+r")
        session.wait_until("bool(state(opened().get_layers()[0]))", timeout=120)
        screen.shoot(pictures / "42-marked-recognised.png")
        content = session.ask("state(opened().get_layers()[0])")["content"]
        assert content["explained"] > 0.6
        kept = "bytes(opened().get_layers()[0].get_parasite('draggan-region').get_data()).decode()"
        found = KeptRegion.from_json(session.ask(kept))
        assert found is not None
        left, top, width, height = REGION
        assert found.region.width < SIZE[0] - 60
        middle = in_photo(content["placement"], found.region)
        assert middle == pytest.approx((left + width / 2, top + height / 2), abs=12)
        screen.press_until_gone("Drag points", "alt+c")


def in_photo(placement: list[float], region: Region) -> tuple[float, float]:
    """Where the middle of the model's picture lies."""
    x, y, z = (
        sum(a * b for a, b in zip(placement[row : row + 3], (127.5, 127.5, 1), strict=True))
        for row in (0, 3, 6)
    )
    return region.x + x / z, region.y + y / z


def test_what_the_model_does_not_show_is_dark(
    gimp: GimpHost, screen: Screen, watched: Watched, daemon: dict[str, str], pictures: Path
) -> None:
    """A stain on the photo, and hardly anything else."""
    settings.remember(forgotten(daemon), live=False, quality="fast")
    left, top, *_ = REGION
    first, last = (left + 14, top + 14), (left + 64, top + 64)
    pixels = photo_of_lion().pixels.copy()
    pixels[first[1] : last[1], first[0] : last[0]] = _PINK
    photo = gimp.home / "stained.png"
    Image.fromarray(pixels).save(photo)
    with gimp.session(screen, photo, {**daemon, **watched.environment}) as session:
        main = main_window(screen, "stained")
        select(session, REGION)
        dialog = photo_dialog(screen, watched, main)
        pause(1.0)
        screen.key(dialog, "alt+r")
        session.wait_until("bool(state(opened().get_layers()[0]))", timeout=120)
        place = screen.box_of(dialog)
        shown = Box(place.left + BORDER, place.top + BORDER, SHOWN_SIDE, SHOWN_SIDE)

        def seen(name: str) -> np.ndarray:
            pause(1.0)
            screen.shoot(pictures / f"32-{name}.png")
            return np.asarray(screen.image_of(shown).convert("L"), int)

        plain = seen("stained")
        screen.key(dialog, "alt+m", "Tab", "Tab", "space")
        veiled = seen("what-it-does-not-show") < 0.65 * plain
        (x, y), (right, bottom) = (
            (across - BORDER, down - BORDER) for across, down in map(in_dialog, (first, last))
        )
        assert veiled[y + 12 : bottom - 12, x + 12 : right - 12].mean() > 0.9
        veiled[y - 24 : bottom + 24, x - 24 : right + 24] = False
        assert veiled.mean() < 0.1
        screen.key(dialog, "space")
        assert np.abs(seen("as-it-was") - plain).max() < 8
        screen.press_until_gone("Drag points", "alt+c")


def test_a_photo_is_dragged_inside_its_own_picture(
    gimp: GimpHost, screen: Screen, watched: Watched, daemon: dict[str, str], pictures: Path
) -> None:
    remembered = forgotten(daemon)
    settings.remember(remembered, live=False)
    photo, saved = gimp.home / "photo.png", gimp.home / "photo.xcf"
    lion = photo_of_lion()
    lion.save(photo)
    x, y = lion.chin
    with gimp.session(screen, photo, {**daemon, **watched.environment}) as session:
        main = main_window(screen, "photo")
        select(session, REGION)
        dialog = photo_dialog(screen, watched, main)
        pause(1.0)
        screen.shoot(pictures / "30-photo.png")
        assert session.ask("state(opened().get_layers()[0])") is None  # the user is asked first
        screen.key(dialog, "alt+r")
        deadline = deadline_in(120)
        while not session.ask("state(opened().get_layers()[0])"):
            assert time.monotonic() < deadline
            screen.shoot(pictures / "31-recognising.png")
        pause(0.7)
        screen.shoot(pictures / "32-recognised.png")
        found = session.ask("state(opened().get_layers()[0])")["content"]
        assert [found["width"], found["height"]] == list(REGION[2:])
        assert found["explained"] > 0.6
        assert settings.load(remembered).model == "toy-lion"

        select(session, MOUTH)
        screen.key(main, "shift")  # the dialog looks at the selection when it gets the focus back
        screen.key(dialog, "shift")
        pause(0.5)
        screen.drag(dialog, in_dialog((x, y)), in_dialog((x, y + DOWN)))
        pause(0.5)
        screen.shoot(pictures / "33-points-on-a-photo.png")
        screen.key(dialog, "alt+s")
        session.wait_until("len(opened().get_layers()) == 2", timeout=120)
        pause(0.7)
        screen.shoot(pictures / "34-dragged-photo.png")
        screen.press_until_gone("Drag points", "alt+c")
        dragged = session.ask(LAYERS)
        assert dragged == ["Dragged: photo.png", "photo.png"]
        new, old = (f"pixels(opened().get_layers()[{place}])" for place in (0, 1))
        left, top, width, height = MOUTH
        assert session.ask(f"differing({new}, {old}, 640)") == pytest.approx(
            [left, top, left + width, top + height], abs=40
        )
        outside = f"outside({new}, 640, {MOUTH}) == outside({old}, 640, {MOUTH})"
        assert session.ask(outside)
        around = (round(x) - 12, round(y) - 6, round(x) + 12, round(y) + 16)
        assert session.ask(f"change({new}, {old}, 640, {around})") > 8

        screen.key(main, "ctrl+z")
        session.wait_until(f"{LAYERS} == ['photo.png']", timeout=10)
        screen.key(main, "ctrl+y")
        session.wait_until(f"{LAYERS} == {dragged}", timeout=10)
        assert session.ask(
            f"Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, opened(), file({str(saved)!r}), None)"
        )
        check_a_photo_removed_while_it_is_looked_at(
            session, screen, watched, main, daemon, pictures
        )

    with gimp.session(screen, saved, {**daemon, **watched.environment}) as session:
        main = main_window(screen, "photo")
        session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
        dialog = drag_dialog(screen, main)
        pause(1.0)
        screen.shoot(pictures / "35-photo-opened-again.png")
        screen.key(dialog, "alt+l")
        pause(0.5)
        screen.drag(dialog, in_dialog((x, y + DOWN)), in_dialog((x, y)))
        screen.key(dialog, "alt+s")
        session.wait_until("len(opened().get_layers()) == 3", timeout=120)
        screen.press_until_gone("Drag points", "alt+c")
        again = session.ask("state(opened().get_layers()[0])")
        assert len(again["drags"]) == 2
        new, old = (f"pixels(opened().get_layers()[{place}])" for place in (0, 2))
        assert session.ask(f"outside({new}, 640, {MOUTH}) == outside({old}, 640, {MOUTH})")
        check_a_flipped_layer(session, screen, main, pictures)


def check_a_flipped_layer(
    session: GimpSession, screen: Screen, main: Window, pictures: Path
) -> None:
    """The photo's part is found where the layer shows it now, and dragged there. Its left quarter
    is held by a painted mask, the right one once it is flipped."""
    top, kept = "opened().get_layers()[0]", "draggan-region"
    left, above, width, height = REGION
    painted = mask_to_text(MaskRows((bytes(width // 4) + b"\xff" * (width - width // 4),) * height))
    session.ask(f"{top}.attach_parasite(Gimp.Parasite.new('draggan-mask', 3, {painted.encode()}))")
    session.ask("Gimp.Selection.none(opened())")
    session.ask(f"bool({top}.transform_flip_simple(Gimp.OrientationType.HORIZONTAL, True, 0))")
    session.ask(f"opened().set_selected_layers([{top}])")
    note = f"bytes({top}.get_parasite({kept!r}).get_data()).decode()"
    before = session.ask(note)
    drag_dialog(screen, main)
    session.wait_until(f"{note} != {before!r}", timeout=120)
    pause(4.0)
    screen.shoot(pictures / "35-photo-flipped.png")
    found = KeptRegion.from_json(session.ask(note))
    assert found is not None
    placement = session.ask(f"state({top})")["content"]["placement"]
    middle = in_photo(placement, found.region)
    assert middle == pytest.approx((SIZE[0] - left - width / 2, above + height / 2), abs=12)
    assert placement[0] * placement[4] < placement[1] * placement[3]  # turned over
    row = session.ask(f"kept_mask({top})")[found.region.height // 2]
    edge = SIZE[0] - left - width // 4 - found.region.x
    assert set(row[10 : edge - 3]) == {255}
    assert set(row[edge + 3 :]) == {0}
    dialog = screen.wait_for("Drag points")
    screen.key(dialog, "alt+s")
    session.wait_until("len(opened().get_layers()) == 4", timeout=120)
    screen.press_until_gone("Drag points", "alt+c")
    assert len(session.ask(f"state({top})")["drags"]) == 3


def test_a_model_for_any_picture_drags_it_by_start(
    gimp: GimpHost,
    screen: Screen,
    watched: Watched,
    any_picture_daemon: dict[str, str],
    pictures: Path,
) -> None:
    """The picture is to follow the hand, which no diffusion model can: points are set, also in a
    dialog that does not know yet which models there are."""
    settings.remember(forgotten(any_picture_daemon), live=True, model=ANY_PICTURE)
    photo = gimp.home / "any.png"
    lion = photo_of_lion()
    lion.save(photo)
    x, y = lion.chin
    environment = {**any_picture_daemon, **watched.environment}
    with gimp.session(screen, photo, environment) as session:
        main = main_window(screen, "any")
        select(session, REGION)
        dialog = photo_dialog(screen, watched, main)
        if not session.ask("state(opened().get_layers()[0])"):  # else it was recognised at once
            screen.key(dialog, "alt+r")
        session.wait_until("bool(state(opened().get_layers()[0]))", timeout=120)
        assert session.ask("state(opened().get_layers()[0])")["model"] == ANY_PICTURE
        screen.press_until_gone("Drag points", "alt+c")
        select(session, MOUTH)
        dialog = drag_dialog(screen, main)
        screen.drag(dialog, in_dialog((x, y)), in_dialog((x, y + DOWN)))
        time.sleep(0.5)
        screen.shoot(pictures / "43-any-points.png")
        assert session.ask(LAYERS) == ["any.png"]  # nothing has followed
        screen.key(dialog, "alt+s")
        with held_worker("drag", any_picture_daemon, 60):
            time.sleep(1.0)
            screen.shoot(pictures / "44-any-dragging.png")
        session.wait_until("len(opened().get_layers()) == 2", timeout=300)
        time.sleep(0.7)
        screen.shoot(pictures / "45-any-dragged.png")
        screen.press_until_gone("Drag points", "alt+c")
        drags = session.ask("state(opened().get_layers()[0])")["drags"]
        assert [drag["method"] for drag in drags] == ["dragdiffusion"]
        new, old = (f"pixels(opened().get_layers()[{place}])" for place in (0, 1))
        assert session.ask(f"outside({new}, 640, {MOUTH}) == outside({old}, 640, {MOUTH})")
        assert session.ask(f"differing({new}, {old}, 640)")
        screen.key(main, "ctrl+z")
        session.wait_until(f"{LAYERS} == ['any.png']", timeout=10)
