"""What can be closed in a real GIMP is closed while a drag is under way: nothing is lost, nothing
crashes, and the daemon is free for what comes next. Two dialogs drag in two images at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.sentences import words
from draggan_server.host.translation import plain
from tests.daemon import held_worker, wait_until_free, wait_until_worker_does
from tests.hosts.gimp.drag_window import (
    CHIN,
    DOWN,
    NAME,
    TITLE,
    in_dialog,
    lion_in_gimp,
    open_dialog,
    settings_of,
    way,
)
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

LAYERS = "[layer.get_name() for layer in opened().get_layers()]"
SOURCE = [NAME, "closing.png"]
KEPT = "kept_points(opened().get_layers()[0])"
ALL_LAYERS = (
    "{one.get_name(): [layer.get_name() for layer in one.get_layers()]"
    " for one in Gimp.get_images()}"
)
DRAGS = "{one.get_name(): len(state(one.get_layers()[0])['drags']) for one in Gimp.get_images()}"
OTHER_SEED = 3
OTHER = f"toy-lion, seed {OTHER_SEED}"
LOWER = (CHIN[0], CHIN[1] + DOWN)
CORNER = (240.0, 16.0)
CLOSED = "The document was closed, so the work on it was discarded."
CLOSE_WINDOW = "alt+F4"
"""The window manager's, which does what its cross in the frame does."""
CLOSE_KEYS = "ctrl+w"
"""GIMP's, for any of its windows."""


@pytest.fixture(autouse=True)
def remembered(daemon: dict[str, str]) -> Iterator[None]:
    """The picture follows, in the image, too; what Start does takes long."""
    path = settings_of(daemon)
    settings.remember(path, live=True, in_image=True, method="draggan", max_steps=2000)
    yield
    path.unlink()
    settings.remember(path, live=False)


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched-closing")


@pytest.fixture
def session(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], watched: Watched
) -> Iterator[GimpSession]:
    with lion_in_gimp(gimp, screen, {**daemon, **watched.environment}, "closing") as session:
        yield session


def pull(screen: Screen, dialog: Window, daemon: dict[str, str]) -> None:
    """The chin, by a hand that does not let go."""
    screen.pull(dialog, *way())
    wait_until_worker_does("live", daemon, 60)


def start(screen: Screen, dialog: Window) -> None:
    """A drag that takes long: two points that pull apart."""
    screen.run("xdotool", "keydown", "shift")
    screen.drag(dialog, in_dialog(CHIN), in_dialog(LOWER))
    screen.drag(dialog, in_dialog((90.0, 168.0)), in_dialog(CORNER))
    screen.run("xdotool", "keyup", "shift")
    screen.key(dialog, "alt+s")


def wait_until_closed(screen: Screen, title: str = TITLE) -> None:
    wait_until(lambda: screen.find(title) is None, 60)


def test_the_dialog_and_the_image_are_closed_in_a_drag(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    daemon: dict[str, str],
    pictures: Path,
) -> None:
    for close in (CLOSE_WINDOW, CLOSE_KEYS):
        dialog = open_dialog(screen, "closing")
        screen.key(dialog, "alt+l")
        watched.wait_for_text(TITLE, "^No points")
        pull(screen, dialog, daemon)
        session.wait_until("len(opened().get_layers()) == 3")  # the one that shows the picture
        screen.key(dialog, close)
        watched.wait_for_text(TITLE, "^Cancelled; nothing was changed.$")
        assert session.ask(LAYERS) == SOURCE
        screen.key(dialog, close)
        wait_until_closed(screen)
        screen.let_go()
        wait_until_free(daemon, 30)
        (pair,) = session.ask(KEPT)
        assert pair == pytest.approx([*CHIN, *LOWER], abs=0.3)

    dialog = open_dialog(screen, "closing")
    screen.key(dialog, "alt+l")
    watched.wait_for_text(TITLE, "^No points")
    start(screen, dialog)
    with held_worker("drag", daemon, 60):
        screen.key(dialog, "Escape")
    watched.wait_for_text(TITLE, "^Cancelled; nothing was changed.$")
    screen.key(dialog, "Escape")  # which asks, because of the points
    watched.wait_for_text(TITLE, "^Close without dragging")
    screen.press_until_gone(TITLE, "alt+c")
    wait_until_free(daemon, 30)
    assert session.ask(LAYERS) == SOURCE
    assert len(session.ask(KEPT)) == 2

    dialog = open_dialog(screen, "closing")
    watched.wait_for_text(TITLE, "^2 points$")
    watched.wait_for(TITLE, plain(words.START))
    screen.key(dialog, "alt+s")
    with held_worker("drag", daemon, 60):
        screen.key(screen.wait_for("closing.*GIMP"), "ctrl+w")
        question = screen.wait_for("^Close ")
        screen.shoot(pictures / "44-close-the-image.png")
        screen.key(question, "alt+d")
        watched.wait_for_text(TITLE, CLOSED)
    wait_until(lambda: session.ask("Gimp.get_images()") == [])
    screen.shoot(pictures / "45-image-closed.png")
    screen.key(dialog, CLOSE_WINDOW)
    wait_until_closed(screen)
    wait_until_free(daemon, 30)
    assert session.ask("call('sample', None, [], seed=1).ok", timeout=120)
    assert "Traceback" not in session.log


def test_two_dialogs_drag_in_two_images_and_gimp_is_quit_in_a_drag(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    daemon: dict[str, str],
    pictures: Path,
) -> None:
    first = open_dialog(screen, "closing")
    start(screen, first)
    assert session.ask(f"call('sample', None, [], seed={OTHER_SEED}).ok", timeout=120)
    assert session.ask("Gimp.Display.new(Gimp.get_images()[0]).is_valid()")
    dragged = {"[closing] (imported)": [f"Dragged: {NAME}", *SOURCE]}
    session.wait_until(f"{ALL_LAYERS} == {dragged | {'[Untitled]': [OTHER]}}")
    screen.key(screen.wait_for("Untitled.*GIMP"), "ctrl+alt+g")
    second = screen.wait_for(OTHER)
    screen.pull(second, *way())
    both = dragged | {"[Untitled]": [f"Dragged: {OTHER}", OTHER]}
    session.wait_until(f"{ALL_LAYERS} == {both}")  # which show the pictures that follow
    screen.shoot(pictures / "46-two-dialogs.png")
    screen.let_go()
    session.wait_until(f"{DRAGS}['[Untitled]'] == 1")
    screen.key(first, "alt+t")
    session.wait_until(f"{DRAGS}['[closing] (imported)'] == 1")
    assert session.ask(ALL_LAYERS) == both

    start(screen, first)
    with held_worker("drag", daemon, 60):
        screen.key(screen.wait_for("Untitled.*GIMP"), "ctrl+q")
        question = screen.wait_for("^Quit GIMP")
        screen.shoot(pictures / "47-quit.png")
        screen.key(question, "alt+d")
        session.wait_until_ended()
    wait_until_closed(screen)
    wait_until_closed(screen, OTHER)
    wait_until_free(daemon, 60)
    assert "Traceback" not in session.log
