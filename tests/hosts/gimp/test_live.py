"""The picture follows the hand in a real GIMP; what is seen is counted, and a crash is survived."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.host import settings
from tests.hosts.film import Film
from tests.hosts.gimp.drag_window import (
    CHIN,
    DOWN,
    in_dialog,
    lion_in_gimp,
    open_dialog,
    settings_of,
    way,
)
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.pace import pause
from tests.patience import deadline_in
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

BROW, BROW_SIZE = (70.0, 60.0), (60, 40)
"""A place of the picture that the mouse keeps out of, and its size in pixels of the screen."""
BESIDE = (790, 100)
"""A place for the dialog where the layer's left half is seen beside it."""
SEEN_AT = (636, 372)
LAYERS = "[layer.get_name() for layer in opened().get_layers()]"


@pytest.fixture
def remembered(daemon: dict[str, str]) -> Iterator[Path]:
    """Where the plug-ins keep their settings; meanwhile the picture follows."""
    path = settings_of(daemon)
    settings.remember(path, live=True)
    yield path
    settings.remember(path, live=False, in_image=False)


@pytest.fixture
def session(gimp: GimpHost, screen: Screen, daemon: dict[str, str]) -> Iterator[GimpSession]:
    """GIMP with a lion over a plain image."""
    with lion_in_gimp(gimp, screen, daemon, "backdrop") as session:
        yield session


def in_image_window(point: tuple[float, float]) -> tuple[float, float]:
    """The same in GIMP's window, where `SEEN_AT` is the layer's corner at a zoom of 100%."""
    return SEEN_AT[0] + point[0], SEEN_AT[1] + point[1]


def wait_for_frame(film: Film, before: int, seconds: float) -> None:
    """Until more were seen than `before`, or for so long: not each move changes what is filmed."""
    deadline = deadline_in(seconds)
    while film.frames == before and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.parametrize("in_image", [False, True], ids=["dialog", "image"])
def test_the_picture_is_seen_to_follow_the_hand(
    screen: Screen, session: GimpSession, remembered: Path, pictures: Path, in_image: bool
) -> None:
    """And when the hand rests, the picture does, too."""
    settings.remember(remembered, in_image=in_image)
    layers = session.ask(LAYERS)
    dialog = open_dialog(screen, "backdrop")
    screen.run("xdotool", "windowmove", "--sync", dialog.id, *map(str, BESIDE))
    screen.pull(dialog, *way(3))  # the model is prepared for its first drag
    pause(3.0)
    screen.run("xdotool", "key", "Escape")
    screen.let_go()
    pause(1.0)
    seen = (screen.wait_for("backdrop.*GIMP"), in_image_window(BROW))
    place = seen if in_image else (dialog, in_dialog(BROW))
    with screen.filmed(*place, BROW_SIZE) as film:
        start, *moves = way()
        screen.pull(dialog, start)
        for move in moves:
            before = film.frames
            screen.move(dialog, move)
            wait_for_frame(film, before, 0.5)
        pulled = film.frames

        def rests() -> bool:
            before = film.frames
            pause(2.0)
            return film.frames == before

        pause(1.0)
        wait_until(rests, 3)  # once it has become sharper
        screen.shoot(pictures / f"40-counted-{'image' if in_image else 'dialog'}.png")
    assert pulled >= DOWN / 2
    screen.let_go()
    session.wait_until("state(opened().get_layers()[0]).get('drags')")
    assert session.ask(LAYERS)[1:] == layers
    screen.press_until_gone("Drag points", "alt+c")


def test_a_result_lies_under_no_veil_until_points_or_the_selection_are_edited(
    screen: Screen, session: GimpSession, remembered: Path, pictures: Path
) -> None:
    lower = "opened().select_rectangle(Gimp.ChannelOps.REPLACE, 192, {top}, 256, 140)"
    session.ask(lower.format(top=232))
    dialog = open_dialog(screen, "backdrop")

    def brightness(name: str) -> int:
        """Of what is held of the picture: the largest of the three colours there."""
        pause(1.0)
        path = pictures / f"43-veil-{name}.png"
        screen.shoot(path)
        box, (x, y) = screen.box_of(dialog), in_dialog((14.0, 14.0))
        with Image.open(path) as seen:
            colour = seen.convert("RGB").getpixel((box.left + int(x), box.top + int(y)))
        assert isinstance(colour, tuple)
        return int(max(colour))

    def pull_and_let_go(layers: int) -> None:
        screen.pull(dialog, *way())
        screen.let_go()
        session.wait_until(f"len(opened().get_layers()) == {layers}")

    before = brightness("before")
    pull_and_let_go(3)
    after = brightness("after")
    session.ask(lower.format(top=240))
    screen.run("xdotool", "windowactivate", "--sync", screen.wait_for("backdrop.*GIMP").id)
    screen.run("xdotool", "windowactivate", "--sync", dialog.id)
    another_part = brightness("another-part")
    pull_and_let_go(4)
    again = brightness("again")
    screen.run("xdotool", "keydown", "shift")
    screen.drag(dialog, in_dialog((90.0, 200.0)), in_dialog((90.0, 210.0)))
    screen.run("xdotool", "keyup", "shift")
    another_point = brightness("another-point")
    assert max(before, another_part, another_point) < 0.7 * min(after, again)
    screen.press_until_gone("Drag points", "alt+c")


def process(program: str, home: Path) -> int:
    """The process that runs a program and whose environment is that of `home`."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command, environment = (
                    (folder / name).read_bytes().decode(errors="replace")
                    for name in ("cmdline", "environ")
                )
            except OSError:
                continue  # it has ended meanwhile
            if program in command and f"{home}/" in environment:
                return int(folder.name)
    raise AssertionError(f"{program} does not run")


def test_after_a_crash_the_image_and_its_undo_are_as_usable_as_before(
    gimp: GimpHost, screen: Screen, session: GimpSession, remembered: Path, pictures: Path
) -> None:
    settings.remember(remembered, in_image=True)
    layers = session.ask(LAYERS)
    dialog = open_dialog(screen, "backdrop")
    screen.pull(dialog, *way())
    session.wait_until(f"len(opened().get_layers()) == {len(layers) + 1}")
    pause(2.0)
    os.kill(process("plug-ins/draggan/draggan.py", gimp.home), signal.SIGKILL)
    screen.let_go()
    pause(2.0)
    screen.shoot(pictures / "41-after-a-crash.png")
    left = session.ask(LAYERS)
    assert left[1:] == layers  # and what was seen last, as a layer of its own
    assert session.ask("opened().undo_is_enabled()")
    new = "Gimp.Layer.new(opened(), 'New', 9, 9, Gimp.ImageType.RGBA_IMAGE, 100, 0)"
    assert session.ask(f"opened().insert_layer({new}, None, 0)")
    main = screen.wait_for("backdrop.*GIMP")
    for after in (left, [left[0], "backdrop.png"]):
        screen.key(main, "ctrl+z")
        session.wait_until(f"{LAYERS} == {after}", timeout=10)
    screen.key(main, "ctrl+y")
    session.wait_until(f"{LAYERS} == {left}", timeout=10)
    session.ask("opened().remove_layer(opened().get_layers()[0])")
    session.wait_until(f"{LAYERS} == {layers}", timeout=10)
    screen.key(main, "ctrl+z")
    session.wait_until(f"{LAYERS} == {left}", timeout=10)


def test_a_gesture_goes_on_where_the_process_that_computes_is_lost(
    screen: Screen, session: GimpSession, remembered: Path, daemon: dict[str, str], pictures: Path
) -> None:
    layers = session.ask(LAYERS)
    dialog = open_dialog(screen, "backdrop")
    half, whole = way()[: DOWN // 2], way()[DOWN // 2 :]
    with screen.filmed(dialog, in_dialog(BROW), BROW_SIZE) as film:
        screen.pull(dialog, *half)
        pause(2.0)
        worker = process("draggan_server.worker", Path(daemon["DRAGGAN_CONNECTION_FILE"]).parent)
        os.kill(worker, signal.SIGKILL)
        before = film.frames
        pause(1.0)
        screen.shoot(pictures / "42-lost.png")
        screen.move(dialog, whole[0])
        wait_for_frame(film, before, 15)  # of another process, which has to start
        for place in whole[1:]:
            screen.move(dialog, place)
            pause(1.0)
        after = film.frames
    screen.let_go()
    assert after - before > len(whole) / 4
    session.wait_until("state(opened().get_layers()[0]).get('drags')", timeout=60)
    assert session.ask(LAYERS)[1:] == layers
    (record,) = session.ask("state(opened().get_layers()[0])['drags']")
    assert record["target_points"] == [pytest.approx((CHIN[0], CHIN[1] + DOWN), abs=0.3)]
    screen.press_until_gone("Drag points", "alt+c")
