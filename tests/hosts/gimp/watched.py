"""What the plug-in's dialogs say and offer, as they tell it themselves in a real GIMP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.hosts.frame_buffer import Box
from tests.hosts.gimp.gimp_host import INSIDE
from tests.hosts.gimp.screen import Screen
from tests.patience import deadline_in


@dataclass(frozen=True)
class Control:
    """What can be used in a dialog: what a screen reader calls it, its tip, and its place on the
    screen. `able`: it could be used at some time; `there`: it can be seen, or scrolled to; `seen`:
    all of it is in sight."""

    kind: str
    name: str
    tip: str
    box: Box
    enabled: bool
    focused: bool
    able: bool
    there: bool
    seen: bool
    value: Any


class Watched:
    """Dialogs are found by a regular expression of their titles. `environment` is GIMP's; the
    dialogs tell of themselves in `folder`, in one file for each process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        path = f"{INSIDE / 'watched'}:{INSIDE}"
        self.environment = {"PYTHONPATH": path, "WATCHED": str(folder)}

    def forget(self) -> None:
        """What was seen so far counts no more."""
        for file in self._folder.glob("*.json"):
            file.unlink(missing_ok=True)

    def controls(self, title: str) -> list[Control]:
        """All that there have been so far."""
        return [
            Control(**one | {"box": Box(*one["box"])})
            for dialog in self._dialogs(title)
            for one in dialog["controls"].values()
        ]

    def cells(self, title: str) -> list[Control]:
        """The pictures of its grid that there are now, in their order."""
        cells = [one for one in self.controls(title) if one.there and one.kind == "ToggleButton"]
        return sorted(cells, key=lambda one: (one.box.top, one.box.left))

    def labels(self, title: str) -> list[tuple[str, Box]]:
        """What is to be read now, with its places."""
        return [
            (one["text"], Box(*one["box"]))
            for dialog in self._dialogs(title)
            for one in dialog["labels"]
        ]

    def wait_for_text(self, title: str, text: str, timeout: float = 60.0) -> str:
        """Until a text of the dialog matches a regular expression; returns all of that text."""

        def found() -> list[str]:
            return [one for one, _box in self.labels(title) if re.search(text, one)]

        return _first(found, timeout, lambda: f"{text!r} is none of {self.labels(title)}")

    def wait_for(self, title: str, name: str, timeout: float = 60.0) -> Control:
        """The control of that name once it can be used."""

        def usable() -> list[Control]:
            named = [one for one in self.controls(title) if one.name == name]
            return [one for one in named if one.seen and one.enabled]

        return _first(usable, timeout, lambda: f"no {name!r} among {self.controls(title)}")

    def click(self, screen: Screen, title: str, name: str) -> None:
        """Click the control of that name in its middle, once it can be used and stays where it is;
        what folds, on its arrow."""
        before, control = None, self.wait_for(title, name)
        while control.box != before:
            time.sleep(0.5)  # the dialog tells of itself more often
            before, control = control.box, self.wait_for(title, name)
        box = control.box
        across, down = (8, 8) if control.kind == "Expander" else (box.width // 2, box.height // 2)
        place = str(box.left + across), str(box.top + down)
        screen.run("xdotool", "mousemove", *place, "sleep", "0.1", "click", "1")

    def _dialogs(self, title: str) -> list[dict[str, Any]]:
        """Of processes that are still there."""
        alive = [file for file in self._folder.glob("*.json") if Path("/proc", file.stem).exists()]
        dialogs = [json.loads(file.read_text()) for file in alive]
        return [one for each in dialogs for name, one in each.items() if re.search(title, name)]


T = TypeVar("T")


def _first(look: Callable[[], list[T]], timeout: float, missing: Callable[[], str]) -> T:
    deadline = deadline_in(timeout)
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(missing())
        time.sleep(0.1)
    return found[0]
