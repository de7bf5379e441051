"""A file of the user's own in a real GIMP: chosen or dropped, it is a model, and is prepared."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.gimp.gimp_host import INSIDE, GimpHost
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.own_model import running_with_own_model
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

_FILES = "Files"


def test_a_file_is_chosen_prepared_to_the_end_and_another_one_dropped(
    gimp: GimpHost, screen: Screen, pictures: Path
) -> None:
    backdrop = gimp.home / "own-model.png"
    Image.new("RGB", (320, 240), (196, 214, 232)).save(backdrop)
    home = gimp.home / "own-model"
    home.mkdir()
    with (
        running_with_own_model(home) as own,
        gimp.session(screen, backdrop, own.environment),
    ):
        main = screen.wait_for("own-model.*GIMP")
        screen.key(main, "ctrl+alt+m")
        dialog = screen.wait_for("^Models$")
        time.sleep(1.5)
        screen.key(dialog, "alt+a")
        chooser = screen.wait_for("^Add a file")
        screen.type(chooser, str(own.file))
        time.sleep(0.5)
        screen.shoot(pictures / "34-model-chooser.png")
        screen.key(chooser, "Return")
        own.wait_until_installed("mine")
        time.sleep(1.5)
        screen.shoot(pictures / "35-model-added.png")
        assert own.steps_left > 0
        screen.key(dialog, "alt+p")
        wait_until(lambda: own.steps_left == 0, 400)
        time.sleep(1.5)
        screen.shoot(pictures / "37-model-prepared.png")

        other = home / "other.safetensors"
        other.write_bytes(own.file.read_bytes())
        with files(gimp, screen, other) as source:
            place, end = screen.box_of(source), screen.box_of(dialog)
            start = (place.width / 2, place.height / 2)
            screen.drag(
                source, start, (end.left - place.left + 60, end.top - place.top + end.height - 20)
            )
            own.wait_until_installed("other")
            time.sleep(1.5)
            screen.shoot(pictures / "38-model-dropped.png")
        screen.press_until_gone("^Models$", "alt+c")


@contextlib.contextmanager
def files(gimp: GimpHost, screen: Screen, file: Path) -> Iterator[Window]:
    """A window out of which a file can be dragged, in the screen's corner."""
    argv = ["python3", str(INSIDE / "drag_source.py"), _FILES, str(file)]
    process = subprocess.Popen(gimp.command(argv, {"DISPLAY": screen.display}))
    try:
        window = screen.wait_for(f"^{_FILES}$")
        screen.run("xdotool", "windowmove", "--sync", window.id, "10", "10")
        yield screen.wait_for(f"^{_FILES}$")
    finally:
        process.terminate()
        process.wait(timeout=30)
