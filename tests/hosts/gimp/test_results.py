"""Where the result of a drag goes in a real GIMP, by the dialog and by a script: into the same
layer and into a group. Undone, done again, saved, and read back without GIMP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.host import settings
from draggan_server.host.result_place import RESULT_PLACES, ResultPlace
from draggan_server.host.sentences import words
from draggan_server.wire.state import EditState
from tests.hosts.frame_buffer import Box
from tests.hosts.gimp.drag_window import BORDER, SHOWN_SIDE, TITLE, in_dialog
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession, case_names
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.hosts.gimp.xcf_file import Layer, layers_of
from tests.hosts.pace import pause
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

SEED, SIDE = 8, 256
LION, DRAGGED, ARROWS = "toy-lion, seed 8", "Dragged: toy-lion, seed 8", "Points: toy-lion, seed 8"
GROUP = "DragGAN: toy-lion, seed 8"
CHIN, LOWER = (130.0, 188.0), (130.0, 200.0)
CHEEK = (90.0, 168.0)
CHIN_BOX = (slice(176, 216), slice(108, 152))
PLACE = (192, 112)
"""Of the layer in the image."""
SELECTED = (90, 150, 80, 90)
"""What may move: left, top, width and height on the layer."""
UPPER_HALF = 280
"""Pixels of the dialog, in which no points are."""
LAYERS = "[one.get_name() for one in opened().get_layers()]"
LAYER = "opened().get_layers()[0]"
INSIDE = f"[one.get_name() for one in {LAYER}.get_children()]"
DRAGS = f"len(state({LAYER})['drags'])"
BOUNDS = "list(Gimp.Selection.bounds(opened()))[1:]"


@pytest.fixture
def remembered(daemon: dict[str, str]) -> Iterator[Path]:
    """Where the plug-ins keep their settings; the options are to be seen."""
    path = Path(daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)
    settings.remember(path, live=False, options=True, result="new-layer")
    yield path
    settings.remember(path, options=False, result="new-layer")


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched-results")


@pytest.fixture(scope="module")
def session(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], watched: Watched
) -> Iterator[GimpSession]:
    """GIMP with a plain image."""
    backdrop = gimp.home / "backdrop.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    with gimp.session(screen, backdrop, {**daemon, **watched.environment}) as session:
        screen.enlarge(screen.wait_for("backdrop.*GIMP"))
        yield session


@pytest.fixture
def window(screen: Screen, session: GimpSession, remembered: Path) -> Iterator[Window]:
    """GIMP's own, with a lion of its own on the image."""
    assert session.ask(f"call('sample', opened(), [], seed={SEED}).ok", timeout=120)
    assert session.ask(LAYERS) == [LION, "backdrop.png"]
    yield screen.wait_for("(backdrop|result).*GIMP")  # 3.2 names it after what a script has saved
    session.ask("Gimp.Selection.none(opened())")
    session.ask("[opened().remove_layer(one) for one in opened().get_layers()[:-1]]")
    session.ask("[opened().remove_path(one) for one in opened().get_paths()]")


Saved = Callable[[], list[Layer]]


@pytest.fixture
def saved(gimp: GimpHost, session: GimpSession) -> Saved:
    """Saves the image, and reads it without GIMP."""
    path = gimp.home / "result.xcf"

    def save() -> list[Layer]:
        run = "Gimp.RunMode.NONINTERACTIVE"
        assert session.ask(f"Gimp.file_save({run}, opened(), file({str(path)!r}), None)")
        return layers_of(path)

    return save


def drags_of(layer: Layer) -> int:
    return len(EditState.from_json(layer.parasites["draggan-state"]).drags)


def open_dialog(screen: Screen, window: Window) -> Window:
    screen.key(window, "ctrl+alt+g")
    dialog = screen.wait_for("Drag points")
    screen.key(dialog, "alt+l")
    pause(0.5)  # GTK shows the button pressed for a while before it counts
    return dialog


def drag(
    screen: Screen,
    session: GimpSession,
    window: Window,
    watched: Watched,
    how: str,
    place: ResultPlace,
    remembered: Path,
    picture: Path,
) -> None:
    """The chin down, by the dialog or by a script."""
    if how == "script":
        (x, y), (_, down) = CHIN, LOWER
        points = [[PLACE[0] + x + 0.5, PLACE[1] + at + 0.5] for at in (y, down)]
        asked = f"points='[{points[0] + points[1]}]', result={place!r}"
        done = f"call('drag', opened(), opened().get_layers()[:1], {asked}).ok"
        assert session.ask(done, timeout=120)
        return
    dialog = open_dialog(screen, window)
    downs = ["Down"] * RESULT_PLACES.index(place)
    watched.click(screen, TITLE, words.RESULT)
    pause(0.5)
    screen.run("xdotool", "key", "--delay", "40", *downs, "Return")
    wait_until(lambda: settings.load(remembered).result == place)
    screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
    screen.key(dialog, "alt+s")
    dragged = f"{GROUP!r} in {LAYERS}" if place == "group" else f"{DRAGS} == 1"
    session.wait_until(dragged)
    pause(1)
    screen.shoot(picture)
    screen.press_until_gone("Drag points", "alt+c")


@pytest.mark.parametrize("how", ["dialog", "script"])
def test_the_layer_itself_is_changed_in_one_step(
    screen: Screen,
    session: GimpSession,
    window: Window,
    watched: Watched,
    saved: Saved,
    remembered: Path,
    pictures: Path,
    how: str,
) -> None:
    left, top, width, height = SELECTED
    box = PLACE[0] + left, PLACE[1] + top, width, height
    session.ask(f"opened().select_rectangle(Gimp.ChannelOps.REPLACE, *{box})")
    bounds, item = session.ask(BOUNDS), session.ask(f"{LAYER}.get_id()")
    before = saved()
    drag(
        screen,
        session,
        window,
        watched,
        how,
        "same-layer",
        remembered,
        pictures / f"60-same-layer-{how}.png",
    )
    assert session.ask(LAYERS) == [LION, "backdrop.png"]
    assert (session.ask(f"{LAYER}.get_id()"), session.ask(BOUNDS)) == (item, bounds)
    assert session.ask("[one.get_name() for one in opened().get_selected_layers()]") == [LION]
    after = saved()
    screen.key(window, "ctrl+z")
    session.wait_until(f"{DRAGS} == 0", timeout=10)
    assert (session.ask(BOUNDS), session.ask(f"kept_points({LAYER})")) == (bounds, [])
    undone = saved()
    screen.key(window, "ctrl+y")
    session.wait_until(f"{DRAGS} == 1", timeout=10)
    assert session.ask(BOUNDS) == bounds
    again = saved()

    for one, other in zip((*before, *after), (*undone, *again), strict=True):
        assert (one.name, one.offset, one.parasites) == (other.name, other.offset, other.parasites)
        assert np.array_equal(one.picture, other.picture)
    old, new = before[0], after[0]
    assert (drags_of(old), drags_of(new)) == (0, 1)
    assert ("draggan-points" in new.parasites) == (how == "dialog")
    differs = (new.picture != old.picture).any(axis=2)
    assert differs[CHIN_BOX].mean() > 0.5
    differs[top : top + height, left : left + width] = False
    assert not differs.any()
    if how == "dialog":
        screen.key(window, "ctrl+f")  # the same once more, of the same layer
        session.wait_until(f"{DRAGS} == 2")
        assert session.ask(LAYERS) == [LION, "backdrop.png"]


@pytest.mark.parametrize("how", ["dialog", "script"])
def test_a_group_holds_the_layer_the_result_and_the_arrows_in_one_step(
    screen: Screen,
    session: GimpSession,
    window: Window,
    watched: Watched,
    saved: Saved,
    remembered: Path,
    pictures: Path,
    how: str,
) -> None:
    before = saved()
    picture = pictures / f"61-group-{how}.png"
    drag(screen, session, window, watched, how, "group", remembered, picture)
    assert session.ask(LAYERS) == [GROUP, "backdrop.png"]
    assert session.ask(INSIDE) == [ARROWS, DRAGGED, LION]
    assert session.ask("[one.get_name() for one in opened().get_selected_layers()]") == [DRAGGED]
    after = saved()
    screen.shoot(pictures / f"62-group-in-the-image-{how}.png")

    screen.key(window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {[LION, 'backdrop.png']}", timeout=10)
    undone = saved()
    screen.key(window, "ctrl+y")
    session.wait_until(f"{LAYERS} == {[GROUP, 'backdrop.png']}", timeout=10)
    again = saved()

    for one, other in zip((*before, *after), (*undone, *again), strict=True):
        assert (one.name, one.path, one.parasites) == (other.name, other.path, other.parasites)
        assert np.array_equal(one.picture, other.picture)
    _group, arrows, result, lion, _backdrop = after
    assert [one.name for one in after] == [GROUP, ARROWS, DRAGGED, LION, "backdrop.png"]
    assert [one.is_group for one in after] == [True, False, False, False, False]
    assert [one.path for one in (arrows, result, lion)] == [(0, 0), (0, 1), (0, 2)]
    assert arrows.offset == result.offset == lion.offset == PLACE
    assert np.array_equal(lion.picture, before[0].picture)
    assert (drags_of(lion), drags_of(result)) == (0, 1)
    opaque = arrows.picture[..., 3] > 0
    (x, y), (_, down) = CHIN, LOWER
    assert opaque[round(y) - 6 : round(down) + 7, round(x) - 6 : round(x) + 7].mean() > 0.3
    assert 0 < opaque.mean() < 0.02


def test_the_next_drag_goes_into_the_same_group_and_an_open_dialog_follows_undo(
    screen: Screen, session: GimpSession, window: Window, remembered: Path, pictures: Path
) -> None:
    settings.remember(remembered, result="group")
    dialog = open_dialog(screen, window)
    seen = []
    for end in (LOWER, CHIN):
        screen.key(dialog, "alt+l")
        pause(0.5)
        screen.drag(dialog, in_dialog(CHEEK if end is CHIN else CHIN), in_dialog(end))
        screen.key(dialog, "alt+s")
        session.wait_until(f"{LAYERS}[0] == {GROUP!r} and len({INSIDE}) == {3 + len(seen)}")
        pause(1)
        seen.append(session.ask(INSIDE))
    screen.shoot(pictures / "63-two-drags-in-a-group.png")
    assert seen[0] == [ARROWS, DRAGGED, LION]
    assert seen[1] == [f"Points: {DRAGGED}", f"{DRAGGED} #1", DRAGGED, LION]
    screen.key(window, "ctrl+z")
    session.wait_until(f"{INSIDE} == {seen[0]}", timeout=10)
    assert screen.wait_for(f"^Drag points: {DRAGGED}$")
    screen.key(window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {[LION, 'backdrop.png']}", timeout=10)
    assert screen.wait_for(f"^Drag points: {LION}$")
    screen.press_until_gone("Drag points", "alt+c")


def test_an_open_dialog_follows_undo_and_redo_of_the_same_layer(
    screen: Screen, session: GimpSession, window: Window, remembered: Path, pictures: Path
) -> None:
    settings.remember(remembered, result="same-layer")
    dialog = open_dialog(screen, window)
    box = screen.box_of(dialog)

    left, top = (side + BORDER for side in (box.left, box.top))

    def seen() -> Image.Image:
        return screen.image_of(Box(left, top, SHOWN_SIDE, UPPER_HALF))

    def see(name: str) -> Image.Image:
        pause(1)
        screen.shoot(pictures / f"64-{name}.png")
        return seen()

    screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
    screen.move(dialog, (SHOWN_SIDE / 2, SHOWN_SIDE + 100))
    before = see("before")
    screen.key(dialog, "alt+s")
    session.wait_until(f"{DRAGS} == 1")
    after = see("after")
    assert after != before
    screen.key(window, "ctrl+z")
    session.wait_until(f"{DRAGS} == 0", timeout=10)
    wait_until(lambda: seen() == before)
    assert see("undone") == before
    screen.key(window, "ctrl+y")
    session.wait_until(f"{DRAGS} == 1", timeout=10)
    wait_until(lambda: seen() == after)
    assert see("redone") == after
    screen.press_until_gone("Drag points", "alt+c")


def test_points_become_a_path_which_gives_the_same_points(
    screen: Screen, session: GimpSession, window: Window, watched: Watched, pictures: Path
) -> None:
    kept = f"kept_points({LAYER})"
    dialog = open_dialog(screen, window)
    screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
    screen.run("xdotool", "keydown", "ctrl")
    screen.click(dialog, in_dialog(CHEEK))
    screen.run("xdotool", "keyup", "ctrl")
    watched.click(screen, TITLE, words.TO_PATH)
    session.wait_until("len(opened().get_paths()) == 1", timeout=10)
    screen.shoot(pictures / "65-path.png")
    assert session.ask("[one.get_name() for one in opened().get_selected_paths()]") == [ARROWS]
    screen.press_until_gone("Drag points", "alt+c")
    points = session.ask(kept)
    assert len(points) == 2
    dialog = open_dialog(screen, window)  # and cleared
    screen.key(dialog, "alt+p")
    pause(0.5)
    screen.press_until_gone("Drag points", "alt+c")
    again = session.ask(kept)
    assert [pytest.approx(pair, abs=0.01) for pair in points] == again
    assert again[1][:2] == again[1][2:]  # pinned
    screen.key(window, "ctrl+z", "ctrl+z")
    session.wait_until("opened().get_paths() == []", timeout=10)


@pytest.fixture(scope="module")
def cases(gimp: GimpHost, daemon: dict[str, str]) -> dict[str, str]:
    (gimp.home / "precisions").mkdir()
    folder = {"DRAGGAN_TEST_FOLDER": str(gimp.home / "precisions")}
    return gimp.run_cases("result_cases", {**daemon, **folder})


@pytest.mark.parametrize("name", case_names("result_cases"))
def test_a_result_is_put_where_a_script_says(name: str, cases: dict[str, str]) -> None:
    if cases[name]:
        pytest.fail(f"inside GIMP: {cases[name]}", pytrace=False)


@pytest.mark.parametrize("kind", ["u8", "u16", "u32", "float", "photo"])
def test_what_is_held_is_the_same_in_the_file_in_every_precision(
    gimp: GimpHost, cases: dict[str, str], kind: str
) -> None:
    assert not any(cases.values()), cases
    (old,), (new,) = (
        layers_of(gimp.home / "precisions" / f"{kind}-{when}.xcf") for when in ("before", "after")
    )
    assert old.picture.dtype == new.picture.dtype
    assert old.picture.dtype.itemsize == {"u8": 1, "u32": 4, "float": 4}.get(kind, 2)
    assert ("draggan-state" in old.parasites, drags_of(new)) == (True, 1)
    differs = (new.picture != old.picture).any(axis=2)
    left, top, width, height = SELECTED
    assert differs[CHIN_BOX].mean() > 0.5
    differs[top : top + height, left : left + width] = False
    assert not differs.any()
