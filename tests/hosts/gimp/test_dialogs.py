"""The dialogs in a real GIMP on a virtual screen, used by mouse and keyboard as people do.

Pictures of every stage are left in `test-output/gimp` for people to look at. In one file, because
one GIMP is started for all of them, and each goes on with the image that the one before has left.
"""

from __future__ import annotations

import contextlib
import math
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.host import settings
from draggan_server.models import zoo
from draggan_server.wire.connector import connect
from draggan_server.wire.messages import DEFAULT_PSI, OpenEdit, SampleSource
from tests.daemon import held_worker, wait_until_free, wait_until_worker_does
from tests.hosts.gimp.drag_window import BORDER, SHOWN_SIDE, in_dialog
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.patience import patient
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

SEED = 8
SIDE = 256
CHIN, LOWER = (130.0, 188.0), (130.0, 206.0)
CORNER = (240.0, 16.0)
CHEEK, OTHER_CORNER = (90.0, 168.0), (16.0, 16.0)
_MOMENT = "The picture after drag 1. Click it to go back there."
_FIRST_MOMENT = "The picture before the first drag. Click it to go back there."
_MIXTURE = r"\d+% of seed "
SAMPLE, DRAG = "New picture", "Drag points"
LAYERS = "[layer.get_name() for layer in opened().get_layers()]"


@pytest.fixture(scope="module")
def warm_daemon(daemon: dict[str, str]) -> dict[str, str]:
    """A daemon that has loaded its model, so that pictures come at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in daemon.items():
            patch.setenv(name, value)
        client = connect(start_daemon=False)
    try:
        client.ask(OpenEdit(SampleSource("toy-lion", 0)), timeout=patient(120))
    finally:
        client.close()
    return daemon


@pytest.fixture
def remembered(daemon: dict[str, str]) -> Path:
    """Where the plug-ins keep their settings."""
    return Path(daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)


@pytest.fixture
def unfolded(remembered: Path) -> Iterator[None]:
    """The options are to be seen."""
    settings.remember(remembered, options=True)
    yield
    settings.remember(remembered, options=False)


@pytest.fixture
def models_folder(daemon: dict[str, str]) -> Path:
    """Where the daemon looks for the user's models."""
    return Path(daemon["DRAGGAN_CONNECTION_FILE"]).parent / "data/draggan/models"


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched-dialogs")


@pytest.fixture(scope="module")
def session(
    gimp: GimpHost, screen: Screen, warm_daemon: dict[str, str], watched: Watched
) -> Iterator[GimpSession]:
    """GIMP with a plain image open, in which the tests work one after the other."""
    backdrop = gimp.home / "backdrop.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    with gimp.session(screen, backdrop, {**warm_daemon, **watched.environment}) as session:
        yield session


@pytest.fixture(scope="module")
def main_window(screen: Screen, session: GimpSession) -> Window:
    title = "backdrop.*GIMP"
    screen.enlarge(screen.wait_for(title))
    return screen.wait_for(title)


@pytest.fixture(scope="module")
def sampled(screen: Screen, session: GimpSession, main_window: Window, pictures: Path) -> list[str]:
    """The layers' names once a picture was made by the dialog."""
    screen.key(main_window, "ctrl+alt+n")
    dialog = screen.wait_for(SAMPLE)
    screen.key(dialog, "alt+d", "ctrl+a", *str(SEED), "Tab")
    pause(2)
    screen.shoot(pictures / "1-new-picture.png")
    screen.press_until_gone(SAMPLE, "alt+e")
    session.wait_until("len(opened().get_layers()) == 2")
    return list(session.ask(LAYERS))


@contextlib.contextmanager
def drag_dialog(screen: Screen, main_window: Window, *, cleared: bool = True) -> Iterator[Window]:
    """The dialog, opened by its shortcut and closed by its button; `cleared` of kept points."""
    screen.key(main_window, "ctrl+alt+g")
    dialog = screen.wait_for(DRAG)
    if cleared:
        screen.key(dialog, "alt+l")
        pause(0.5)  # GTK shows the button pressed for a while before it counts
    try:
        yield dialog
    finally:
        screen.press_until_gone(DRAG, "alt+c")


def test_new_picture_makes_a_layer_that_can_be_dragged(
    session: GimpSession, sampled: list[str]
) -> None:
    assert sampled == ["toy-lion, seed 8", "backdrop.png"]
    layer = "opened().get_layers()[0]"
    assert session.ask(f"state({layer})['content']['seed']") == SEED
    assert session.ask(f"list({layer}.get_offsets())[1:]") == [192, 112]


def wait_for_samples(watched: Watched, tip: str, count: int) -> None:
    """Until so many pictures can be picked whose tips begin with that regular expression."""

    def there() -> int:
        controls = watched.controls(SAMPLE)
        return sum(one.there and re.match(tip, one.tip) is not None for one in controls)

    wait_until(lambda: there() >= count, 60)


def test_a_picture_is_picked_from_the_grid(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    watched: Watched,
    pictures: Path,
) -> None:
    screen.key(main_window, "ctrl+alt+n")
    dialog = screen.wait_for(SAMPLE)
    screen.key(dialog, "alt+d", "ctrl+a", "9", "9", "Tab")
    screen.key(dialog, "alt+p")
    wait_for_samples(watched, "Seed ", 12)
    watched.click(screen, SAMPLE, "Seed 4")
    pause(1)
    screen.shoot(pictures / "50-grid.png")
    screen.key(dialog, "alt+l")
    wait_for_samples(watched, _MIXTURE, 11)
    pause(1)
    screen.shoot(pictures / "51-more-like-it.png")
    screen.press_until_gone(SAMPLE, "alt+e")
    session.wait_until("len(opened().get_layers()) == 3")
    made = session.ask(LAYERS)[0]
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {sampled}", timeout=10)
    assert made == "toy-lion, seed 4"


def test_a_mixture_is_drawn_again_by_repeat(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    watched: Watched,
) -> None:
    screen.key(main_window, "ctrl+alt+n")
    dialog = screen.wait_for(SAMPLE)
    screen.key(dialog, "alt+p")
    wait_for_samples(watched, "Seed ", 12)
    watched.click(screen, SAMPLE, "Seed 4")
    pause(1)
    screen.key(dialog, "alt+l")  # more like it, of which the second is a mixture
    wait_for_samples(watched, _MIXTURE, 11)
    watched.click(screen, SAMPLE, watched.cells(SAMPLE)[1].name)
    pause(1)
    screen.press_until_gone(SAMPLE, "alt+e")
    session.wait_until("len(opened().get_layers()) == 3")
    screen.key(main_window, "ctrl+f")
    session.wait_until("len(opened().get_layers()) == 4")
    again, made = session.ask("[state(one)['content'] for one in opened().get_layers()[:2]]")
    assert len(made["parts"]) == 2
    assert again == made
    for _ in range(2):
        screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {sampled}", timeout=10)


def test_a_new_model_is_in_the_list_at_once(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    models_folder: Path,
    pictures: Path,
) -> None:
    name = "Löwe <2> & Co"
    lion = zoo.find(zoo.DEFAULT_MODEL)
    models_folder.mkdir(parents=True)
    shutil.copyfile(lion.path, models_folder / f"{name}.safetensors")
    Image.new("RGB", (128, 128), (40, 160, 90)).save(models_folder / f"{name}.png")
    screen.key(main_window, "ctrl+alt+n")
    dialog = screen.wait_for(SAMPLE)
    pause(1)
    screen.key(dialog, "alt+m", "Down")
    pause(1)
    screen.shoot(pictures / "10-another-model.png")
    screen.key(dialog, "space")
    pause(1)
    screen.shoot(pictures / "11-the-models.png")
    # Back to the dialog: what can be had only is passed over.
    screen.key(dialog, "Down", "Down", "Return")
    screen.press_until_gone(SAMPLE, "alt+e")
    session.wait_until("len(opened().get_layers()) == 3")
    made = session.ask(LAYERS)[0]
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {sampled}", timeout=10)
    (models_folder / f"{name}.safetensors").unlink()
    assert made.startswith(f"{name}, seed")


def test_a_drag_with_the_mouse_is_one_undo_step(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        time.sleep(0.3)
        screen.shoot(pictures / "2-points.png")
        screen.key(dialog, "alt+s")
        session.wait_until("len(opened().get_layers()) == 3")
        pause(0.5)
        screen.shoot(pictures / "4-landed.png")
        dragged = session.ask(LAYERS)
        assert dragged == ["Dragged: toy-lion, seed 8", *sampled]
        (record,) = session.ask("state(opened().get_layers()[0])['drags']")
        assert record["handle_points"][0] == pytest.approx(CHIN, abs=0.3)
        assert record["target_points"][0] == pytest.approx(LOWER, abs=0.3)
        assert (
            session.ask(
                "change(pixels(opened().get_layers()[1]), pixels(opened().get_layers()[0]), "
                "256, (108, 176, 152, 216))"
            )
            > 20
        )

    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {sampled}", timeout=10)
    screen.key(main_window, "ctrl+y")
    session.wait_until(f"{LAYERS} == {dragged}", timeout=10)
    assert session.ask("state(opened().get_layers()[0])['drags']") == [record]
    screen.shoot(pictures / "5-in-the-image.png")


def test_repeat_drags_the_same_points_of_another_layer(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str]
) -> None:
    before = session.ask(LAYERS)
    assert before[1:] == sampled
    session.ask("opened().set_selected_layers([opened().get_layers()[1]])")
    screen.key(main_window, "ctrl+f")
    session.wait_until("len(opened().get_layers()) == 4")
    first, again = (
        session.ask(f"state(opened().get_layers()[{number}])['drags']") for number in (0, 1)
    )
    for which in ("handle_points", "target_points", "final_points"):
        assert again[0].pop(which) == [pytest.approx(point) for point in first[0].pop(which)]
    assert first == again
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {before}", timeout=10)
    session.ask("opened().set_selected_layers([opened().get_layers()[0]])")


@pytest.mark.usefixtures("unfolded")
def test_cancel_changes_nothing(
    screen: Screen,
    session: GimpSession,
    warm_daemon: dict[str, str],
    main_window: Window,
    sampled: list[str],
    pictures: Path,
) -> None:
    before = session.ask(LAYERS)
    session.ask("opened().clean_all()")
    with drag_dialog(screen, main_window) as dialog:
        # Two points that pull apart, the paper's method and many steps: not over in a moment.
        screen.drag(dialog, in_dialog(CHIN), in_dialog(CORNER))
        screen.drag(dialog, in_dialog(CHEEK), in_dialog(OTHER_CORNER))
        screen.key(dialog, "alt+h", "space", "Down", "Return")
        screen.key(dialog, "alt+x", "ctrl+a", *"2000", "Tab")
        screen.key(dialog, "alt+s")
        with held_worker("drag", warm_daemon, 30):
            screen.shoot(pictures / "3-dragging.png")
            screen.key(dialog, "Escape")
            pause(1.0)
            screen.shoot(pictures / "6-cancelled.png")
        assert session.ask(LAYERS) == before
        assert not session.ask("opened().is_dirty()")
        screen.key(dialog, "alt+l")  # no points are to stay


def test_the_settings_and_the_size_of_the_last_use_are_there_again(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    remembered: Path,
    pictures: Path,
) -> None:
    used = settings.load(remembered)
    assert (used.model, used.truncation) == ("Löwe <2> & Co", DEFAULT_PSI)
    assert (used.method, used.max_steps) == ("draggan", 2000)
    assert not used.sizes  # nobody has changed one
    size = (700, 660)
    with drag_dialog(screen, main_window) as dialog:
        screen.run("xdotool", "windowsize", "--sync", dialog.id, *map(str, size))
        pause(0.5)
    assert settings.load(remembered).sizes == {"drag": size}
    with drag_dialog(screen, main_window) as dialog:
        pause(0.5)
        screen.shoot(pictures / "16-as-last-time.png")
        again = screen.wait_for(DRAG)
        assert [f"WIDTH={size[0]}", f"HEIGHT={size[1]}"] == list(again.geometry[3:5])
    remembered.unlink()
    settings.remember(remembered, live=False)


@pytest.mark.usefixtures("unfolded")
def test_stop_keeps_what_was_reached_and_only_the_selection_changes(
    screen: Screen,
    session: GimpSession,
    warm_daemon: dict[str, str],
    main_window: Window,
    sampled: list[str],
    pictures: Path,
) -> None:
    before = session.ask(LAYERS)
    session.ask("opened().select_rectangle(Gimp.ChannelOps.REPLACE, 252, 232, 160, 128)")
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CORNER), in_dialog(CHIN))
        time.sleep(0.3)
        screen.shoot(pictures / "7-begins-in-the-held-part.png")
        screen.key(dialog, "alt+s")
        pause(2.0)
        screen.shoot(pictures / "7-held-is-refused.png")
        assert session.ask(LAYERS) == before
        screen.click(dialog, in_dialog(CORNER), button=3)
        screen.drag(dialog, in_dialog(CHIN), in_dialog(CORNER))
        screen.key(dialog, "alt+h", "space", "Down", "Return")  # a method that takes its time
        for seconds in (0.3, 1.0, 3.0, 9.0, 27.0):  # before its first step there is nothing to keep
            screen.key(dialog, "alt+s")
            wait_until_worker_does("drag", warm_daemon, 30)
            time.sleep(seconds)
            with held_worker("drag", warm_daemon, 30):
                screen.key(dialog, "alt+t")
                pause(0.5)  # GTK shows the button pressed for a while before it counts
            wait_until_free(warm_daemon, 30)
            pause(1.0)
            if len(session.ask(LAYERS)) > len(before):
                break
        screen.shoot(pictures / "8-stopped.png")
    assert len(session.ask(LAYERS)) == len(before) + 1
    new, source = "pixels(opened().get_layers()[0])", "pixels(opened().get_layers()[1])"
    assert session.ask(f"change({new}, {source}, 256, (0, 0, 256, 120))") == 0
    assert session.ask(f"change({new}, {source}, 256, (60, 120, 220, 248))") > 0
    (*_, record) = session.ask("state(opened().get_layers()[0])['drags']")
    assert record["handle_points"] == [pytest.approx(CHIN, abs=0.3)]


def test_the_dialog_stays_before_the_image(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str]
) -> None:
    session.ask("Gimp.Selection.none(opened())")
    with drag_dialog(screen, main_window) as dialog:
        screen.click(main_window, (1500.0, 700.0))
        pause(1.0)
        assert screen.order(main_window, dialog) == [main_window.id, dialog.id]


def test_points_are_set_by_two_clicks_and_moved_by_keys(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
    kept = "kept_points(opened().get_layers()[0])"
    (x, y), (target_x, target_y) = CHIN, LOWER
    with drag_dialog(screen, main_window) as dialog:
        screen.click(dialog, in_dialog(CHIN))
        time.sleep(0.3)
        screen.shoot(pictures / "15-half-a-pair.png")
        screen.click(dialog, in_dialog(LOWER))
        screen.run("xdotool", "key", "Right", "Right", "shift+Down", "shift+Tab", "Up")
    (pair,) = session.ask(kept)
    assert pair == pytest.approx([x, y - 1, target_x + 2, target_y + 10], abs=0.3)
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(LOWER), in_dialog(CHIN))
        screen.drag(dialog, in_dialog(CHEEK), in_dialog(OTHER_CORNER))
        screen.run("xdotool", "key", "ctrl+z", "ctrl+z", "ctrl+shift+z")
    (pair,) = session.ask(kept)
    assert pair == pytest.approx([*LOWER, *CHIN], abs=0.3)


def test_the_picture_is_zoomed_and_moved_and_points_lie_where_they_were_clicked(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
    kept = "kept_points(opened().get_layers()[0])"
    with drag_dialog(screen, main_window) as dialog:
        nose = in_dialog(CHIN)
        for _ in range(4):
            screen.click(dialog, nose, button=4)
        pause(0.5)
        screen.shoot(pictures / "18-zoomed.png")
        aside = (nose[0] + 40, nose[1])
        screen.drag(dialog, nose, aside)  # what is at the pointer has stayed there
        screen.run("xdotool", "keydown", "space")
        time.sleep(0.3)
        screen.drag(dialog, (300.0, 300.0), (220.0, 340.0))
        screen.run("xdotool", "keyup", "space")
        time.sleep(0.3)
        screen.shoot(pictures / "19-moved.png")
        moved = (nose[0] - 80, nose[1] + 40)
        screen.drag(dialog, (moved[0] - 60, moved[1]), (moved[0] - 60, moved[1] - 40))
        screen.run("xdotool", "key", "0")
        pause(0.5)
        screen.shoot(pictures / "20-fits-again.png")
    scale = SHOWN_SIDE / SIDE * 1.25**4
    first, second = session.ask(kept)
    assert first == pytest.approx([*CHIN, CHIN[0] + 40 / scale, CHIN[1]], abs=0.3)
    beside = CHIN[0] - 60 / scale
    assert second == pytest.approx([beside, CHIN[1], beside, CHIN[1] - 40 / scale], abs=0.3)


def test_a_point_is_pinned_and_stays_another_snaps_to_what_stands_out(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
    kept = "kept_points(opened().get_layers()[0])"
    layers = session.ask(LAYERS)
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        screen.run("xdotool", "keydown", "ctrl")
        screen.click(dialog, in_dialog(CHEEK))
        screen.run("xdotool", "keyup", "ctrl")
        screen.hover(dialog, in_dialog(CHIN))
        screen.run("xdotool", "key", "s")
        pause(0.5)
        screen.shoot(pictures / "16-pinned-and-snapped.png")
    pair, pinned = session.ask(kept)
    assert pinned == pytest.approx([*CHEEK, *CHEEK], abs=0.3)
    assert pinned[:2] == pinned[2:]
    assert 0.5 < math.dist(pair[:2], CHIN) < 11.5
    assert pair[2:] == pytest.approx(LOWER, abs=0.3)
    with drag_dialog(screen, main_window, cleared=False) as dialog:
        screen.key(dialog, "alt+s")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
        pause(1)
        screen.shoot(pictures / "17-pinned-after-a-drag.png")
    _pair, pinned = session.ask(kept)
    assert pinned[:2] == pinned[2:]
    assert math.dist(pinned[:2], CHEEK) < 3
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)


def test_what_may_move_is_painted_and_the_rest_stays_as_it_is(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
    layers = session.ask(LAYERS)
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        screen.key(dialog, "alt+b")
        screen.key(dialog, "alt+z", "ctrl+a", *"80", "Tab")
        screen.drag(dialog, in_dialog((100.0, 196.0)), in_dialog((160.0, 196.0)))
        screen.run("xdotool", "key", "bracketright")
        pause(0.5)
        screen.shoot(pictures / "21-painted.png")
        screen.drag(dialog, in_dialog(OTHER_CORNER), in_dialog((40.0, 16.0)))
        screen.run("xdotool", "key", "ctrl+z", "Escape")
        screen.key(dialog, "alt+s")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
        pause(1.0)
        screen.shoot(pictures / "22-dragged-what-was-painted.png")
        mask = session.ask("kept_mask(opened().get_layers()[0])")  # before the dialog is closed
        screen.key(main_window, "ctrl+z")
        session.wait_until(f"{LAYERS} == {layers}", timeout=10)
        assert session.ask("kept_mask(opened().get_layers()[0])") == []
        screen.key(main_window, "ctrl+y")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}", timeout=10)
        assert session.ask("kept_mask(opened().get_layers()[0])") == mask
        pause(1.0)  # for the dialog to see that
    assert (len(mask), mask[196][130], mask[16][16]) == (SIDE, 255, 0)
    assert mask[150][130] == mask[242][130] == 0
    new, source = "pixels(opened().get_layers()[0])", "pixels(opened().get_layers()[1])"
    for held in ((0, 0, 256, 150), (0, 242, 256, 256), (0, 0, 55, 256), (205, 0, 256, 256)):
        assert session.ask(f"change({new}, {source}, 256, {held})") == 0
    assert session.ask(f"change({new}, {source}, 256, (90, 170, 170, 220))") > 0
    with drag_dialog(screen, main_window) as dialog:
        pause(0.5)
        screen.shoot(pictures / "23-painted-the-time-before.png")
        screen.key(dialog, "alt+b", "alt+v")
        pause(0.5)  # GTK shows the button pressed for a while before it counts
    inverted = session.ask("kept_mask(opened().get_layers()[0])")
    assert (inverted[196][130], inverted[16][16]) == (0, 255)
    session.ask("give_mask(opened().get_layers()[0], 100, 20, 40, 30)")
    with drag_dialog(screen, main_window) as dialog:
        screen.key(dialog, "alt+b", "alt+d")
        pause(1.0)
        screen.shoot(pictures / "26-own-mask.png")
    own = session.ask("kept_mask(opened().get_layers()[0])")
    assert {value for row in own[20:50] for value in row[100:140]} == {255}
    assert sum(map(sum, own)) == 255 * 40 * 30
    session.ask("opened().remove_layer(opened().get_layers()[0])")
    assert session.ask(LAYERS) == layers


def test_escape_gives_up_a_pair_then_asks_and_points_stay_with_the_layer(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
    kept = "kept_points(opened().get_layers()[0])"
    layers = session.ask(LAYERS)
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        screen.drag(dialog, in_dialog(CHEEK), in_dialog(OTHER_CORNER))
        screen.run("xdotool", "key", "Delete")  # the mouse is on the second pair's target
        screen.click(dialog, in_dialog(CHEEK))  # the first half of a pair
        screen.key(dialog, "Escape")
        pause(0.5)
        assert screen.find("Drag points") is not None
        screen.run("xdotool", "key", "Escape")
        pause(1.0)
        screen.shoot(pictures / "12-close-without-dragging.png")
        screen.run("xdotool", "key", "alt+k")
        pause(0.5)
        assert screen.find("Drag points") is not None
    (pair,) = session.ask(kept)
    assert pair == pytest.approx([*CHIN, *LOWER], abs=0.3)
    assert session.ask(LAYERS) == layers
    with drag_dialog(screen, main_window, cleared=False) as dialog:
        time.sleep(0.3)
        screen.shoot(pictures / "13-points-are-there-again.png")
        screen.key(dialog, "alt+s")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
    # Those of the result lie where they have arrived, and closing adds no step of its own.
    (pair,) = session.ask(kept)
    assert pair[2:] == pytest.approx(LOWER, abs=0.3)
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)


def test_undo_of_a_result_takes_the_open_dialog_back_to_its_source(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    layers = session.ask(LAYERS)
    session.ask("opened().get_layers()[0].set_opacity(60.0)")
    drags = session.ask("state(opened().get_layers()[0])['position']")
    with drag_dialog(screen, main_window, cleared=False) as dialog:
        for _ in range(2):
            screen.key(dialog, "alt+s")
            session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
            # Each drag goes on from what is seen, so that an undone one is none of its history.
            position = "state(opened().get_layers()[0])['position']"
            assert session.ask(position) == drags + 1
            assert session.ask("len(state(opened().get_layers()[0])['drags'])") == drags + 1
            assert session.ask("[one.get_visible() for one in opened().get_layers()[:2]]") == [
                True,
                False,  # it would show through
            ]
            pause(1.0)
            screen.key(main_window, "ctrl+z")
            session.wait_until(f"{LAYERS} == {layers}", timeout=10)
            assert session.ask("opened().get_layers()[0].get_visible()")
            pause(1.0)
            assert screen.find(f"^Drag points: {layers[0]}$") is not None
        screen.shoot(pictures / "14-undone.png")
    screen.key(main_window, "ctrl+y")
    session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}", timeout=10)
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)


def test_an_earlier_drag_is_gone_back_to_by_its_picture(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    main_window: Window,
    sampled: list[str],
    pictures: Path,
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[-2:-1])")
    layers = session.ask(LAYERS)
    place = len(layers) - 2
    state = f"state(opened().get_layers()[{place}])"
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        screen.key(dialog, "alt+s")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
        watched.wait_for(DRAG, _MOMENT)
        pause(1.0)
        screen.shoot(pictures / "24-history.png")
        assert session.ask(f"{state}['position']") == 1

        _compare(screen, dialog, pictures)
        watched.click(screen, DRAG, _FIRST_MOMENT)
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 2}")
        assert session.ask(f"{state}['position']") == 0
        assert session.ask(f"len({state}['drags'])") == 1
        pause(3.0)
        screen.shoot(pictures / "25-gone-back.png")
        source = f"pixels(opened().get_layers()[{place + 2}])"
        there = f"pixels(opened().get_layers()[{place}])"
        assert session.ask(f"change({there}, {source}, 256, (0, 0, 256, 256))") < 0.5
    for count in (1, 0):
        screen.key(main_window, "ctrl+z")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + count}", timeout=10)


def _compare(screen: Screen, dialog: Window, pictures: Path) -> None:
    """Before and after, as keys and the mouse show them over the picture."""
    box = screen.box_of(dialog)
    left, top = box.left + BORDER, box.top + BORDER

    def seen(name: str) -> Image.Image:
        pause(1.0)
        path = pictures / f"24-{name}.png"
        screen.shoot(path)
        with Image.open(path) as shot:
            return shot.convert("RGB").crop((left, top, left + SHOWN_SIDE, top + SHOWN_SIDE))

    # Around the chin, beside the line at the middle; the drag's points are far from there.
    chin = (SHOWN_SIDE // 2 - 130, 380, SHOWN_SIDE // 2 - 30, 520)
    other = (SHOWN_SIDE // 2 + 30, 380, SHOWN_SIDE // 2 + 130, 520)
    screen.click(dialog, in_dialog(CORNER), button=2)  # which only gives the picture the keys
    now = seen("now")
    screen.run("xdotool", "keydown", "b")
    before = seen("before")
    screen.run("xdotool", "keyup", "b")
    assert before.crop(other) != now.crop(other)
    screen.run("xdotool", "key", "c")
    split = seen("split")
    assert split.crop(chin) == before.crop(chin)
    assert split.crop(other) == now.crop(other)
    screen.drag(dialog, in_dialog((128, 40)), in_dialog((20, 40)))
    moved = seen("split-moved")
    assert moved.crop(chin) == now.crop(chin)
    screen.run("xdotool", "key", "Escape")
    assert seen("split-ended") == now


def test_the_picture_follows_the_hand_and_escape_takes_it_back(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    remembered: Path,
    pictures: Path,
) -> None:
    layers = session.ask(LAYERS)
    session.ask("opened().set_selected_layers(opened().get_layers()[-2:-1])")
    way = [in_dialog((CHIN[0], CHIN[1] + dy)) for dy in (0, 4, 8, 12, 18)]
    settings.remember(remembered, live=settings.Settings().live)
    with drag_dialog(screen, main_window) as dialog:
        screen.run("xdotool", "keydown", "shift")
        screen.drag(dialog, way[0], way[-1])
        screen.run("xdotool", "keyup", "shift")
        pause(1.0)
        assert session.ask(LAYERS) == layers
        screen.shoot(pictures / "16-set-with-shift.png")
        screen.key(dialog, "ctrl+z")
        screen.pull(dialog, *way)
        pause(2.0)
        screen.shoot(pictures / "16-follows-the-hand.png")
        screen.run("xdotool", "key", "Escape")
        pause(0.5)
        screen.let_go()
        pause(1.0)
        screen.shoot(pictures / "17-taken-back.png")
        assert session.ask(LAYERS) == layers
        screen.pull(dialog, *way)
        pause(2.0)
        screen.let_go()
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
        pause(1.0)
        screen.shoot(pictures / "18-let-go.png")
        screen.key(dialog, "alt+f")
    assert not settings.load(remembered).live
    place = len(layers) - 2  # where its source was, above which it is
    (*_, record) = session.ask(f"state(opened().get_layers()[{place}])['drags']")
    assert record["handle_points"] == [pytest.approx(CHIN, abs=0.3)]
    assert record["target_points"] == [pytest.approx((CHIN[0], CHIN[1] + 18), abs=0.3)]
    screen.key(main_window, "ctrl+z")
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)


def test_the_image_shows_it_too_where_that_is_asked_for(
    screen: Screen,
    session: GimpSession,
    main_window: Window,
    sampled: list[str],
    remembered: Path,
    pictures: Path,
) -> None:
    layers = session.ask(LAYERS)
    session.ask("opened().set_selected_layers(opened().get_layers()[-2:-1])")
    way = [in_dialog((CHIN[0], CHIN[1] + dy)) for dy in (0, 4, 8, 12, 18)]
    place = len(layers) - 2
    shown, source = (f"pixels(opened().get_layers()[{place + below}])" for below in (0, 1))
    settings.remember(remembered, live=True)
    with drag_dialog(screen, main_window) as dialog:
        screen.key(dialog, "alt+i")
        screen.pull(dialog, *way)
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
        session.wait_until(f"change({shown}, {source}, 256, (0, 0, 256, 256)) > 0")
        pause(2.0)
        screen.shoot(pictures / "19-in-the-image-too.png")
        screen.run("xdotool", "key", "Escape")
        session.wait_until(f"{LAYERS} == {layers}", timeout=10)
        screen.let_go()
        pause(0.5)
        screen.pull(dialog, *way)
        pause(2.0)
        screen.let_go()
        session.wait_until(f"(state(opened().get_layers()[{place}]) or {{}}).get('drags')")
        session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
    assert settings.load(remembered).in_image
    settings.remember(remembered, live=False, in_image=False)
    screen.key(main_window, "ctrl+z")  # it was one step
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)


def test_a_layer_that_the_image_does_not_know_is_looked_up(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
    with drag_dialog(screen, main_window) as dialog:
        screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
        pause(1.5)
        screen.shoot(pictures / "9-a-photo.png")
    assert session.ask("kept_points(opened().get_layers()[-1])") == []
    layer = "opened().get_layers()[-2]"
    session.ask(f"{layer}.detach_parasite('draggan-state')")
    session.ask(f"opened().set_selected_layers([{layer}])")
    with drag_dialog(screen, main_window):
        session.wait_until(f"state({layer})['content']['seed'] == {SEED}", timeout=10)


def test_refusals_are_told_in_gimps_own_way(
    screen: Screen, session: GimpSession, main_window: Window, sampled: list[str], pictures: Path
) -> None:
    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
    session.ask("opened().get_layers()[-1].set_lock_content(True)")
    screen.key(main_window, "ctrl+alt+g")
    message = screen.wait_for("GIMP Message|Error|^Message")
    screen.shoot(pictures / "9-refused.png")
    screen.key(message, "Escape")
