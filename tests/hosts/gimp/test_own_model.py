"""A file of the user's own in a real GIMP: chosen or dropped, it is a model, and is prepared."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.gimp.gimp_host import INSIDE, GimpHost
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.own_model import running_with_own_model
from tests.hosts.pace import pause
from tests.patience import patient
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
        pause(1.5)
        screen.key(dialog, "alt+a")
        screen.choose_file("^Add a file", own.file, pictures / "34-model-chooser.png")
        own.wait_until_installed("mine")
        pause(1.5)
        screen.shoot(pictures / "35-model-added.png")
        assert own.steps_left > 0
        screen.key(dialog, "alt+p")
        wait_until(lambda: own.steps_left == 0, 400)
        pause(1.5)
        screen.shoot(pictures / "37-model-prepared.png")

        other = home / "other.safetensors"
        other.write_bytes(own.file.read_bytes())
        drop(gimp, screen, other, dialog)
        own.wait_until_installed("other")
        pause(1.5)
        screen.shoot(pictures / "38-model-dropped.png")
        screen.press_until_gone("^Models$", "alt+c")


def drop(gimp: GimpHost, screen: Screen, file: Path, window: Window) -> None:
    """Drag a file out of a window in the screen's corner into another window, until it is taken."""
    argv = ["python3", str(INSIDE / "drag_source.py"), _FILES, str(file)]
    process = subprocess.Popen(gimp.command(argv, {"DISPLAY": screen.display}))
    try:
        source = screen.wait_for(f"^{_FILES}$")
        screen.run("xdotool", "windowmove", "--sync", source.id, "10", "10")
        source = screen.wait_for(f"^{_FILES}$")
        place, end = screen.box_of(source), screen.box_of(window)
        into = (end.left - place.left + 60, end.top - place.top + end.height - 20)
        for _ in range(10):
            screen.pull(source, (place.width / 2, place.height / 2), (place.width, 0), into, into)
            screen.let_go()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break
        assert process.poll() == 0, "the file was not taken"
    finally:
        process.terminate()
        process.wait(timeout=patient(30))
