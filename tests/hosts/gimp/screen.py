"""A virtual screen with windows, a mouse, a keyboard and a camera."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.hosts.cursor import SOURCE as CURSOR
from tests.hosts.display import Command, Display, virtual_display
from tests.hosts.film import Film, filmed
from tests.hosts.frame_buffer import Box, frame_buffer
from tests.patience import deadline_in, patient

_SIZE = (1600, 1000)


@dataclass(frozen=True)
class Window:
    """A window: its X id, where xdotool believes it to be, and its size."""

    id: str
    geometry: tuple[str, ...]


class Screen:
    """An X display; windows are found by their titles."""

    def __init__(self, command: Command, display: Display) -> None:
        self._command = command
        self.display = display.name
        self.frame_buffer = display.frame_buffer

    def run(self, *argv: str, check: bool = True) -> str:
        """Run a program on the screen and return what it printed."""
        command = self._command(argv, {"DISPLAY": self.display})
        done = subprocess.run(command, capture_output=True, text=True, timeout=patient(60))
        if check and done.returncode:
            raise RuntimeError(f"{argv} failed: {done.stdout}{done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def ready_hand(self) -> Iterator[Callable[[str], None]]:
        """Calls do what xdotool is told at once: it runs already, which else takes its time."""
        command = self._command(["xdotool", "-"], {"DISPLAY": self.display})
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, bufsize=1) as hand:
            assert hand.stdin is not None
            self.run("xdotool", "sleep", "0.5")  # by then the one that waits has started, too
            yield lambda acts: print(acts, file=hand.stdin, flush=True)

    def find(self, title: str) -> Window | None:
        """The visible window whose title matches a regular expression."""
        ids = self.run("xdotool", "search", "--onlyvisible", "--name", title, check=False).split()
        if not ids:
            return None
        # Good for telling whether a window still moves; frames are counted twice in it.
        said = self.run("xdotool", "getwindowgeometry", "--shell", ids[-1], check=False)
        return Window(ids[-1], tuple(said.split())) if said else None

    def wait_for(self, title: str, timeout: float = 30.0) -> Window:
        """The window once it is there and no longer moves."""
        deadline = deadline_in(timeout)
        seen = None
        while time.monotonic() < deadline:
            window = self.find(title)
            if window is not None and window == seen:
                return window
            seen = window
            time.sleep(0.3)
        raise TimeoutError(f"no window {title!r} within {patient(timeout):g} s")

    def key(self, window: Window, *keys: str) -> None:
        self.run("xdotool", "windowactivate", "--sync", window.id)
        self.run("xdotool", "key", "--delay", "40", *keys)

    def type(self, window: Window, text: str) -> None:
        self.run("xdotool", "windowactivate", "--sync", window.id, "type", "--delay", "40", text)

    def choose_file(self, title: str, path: Path, picture: Path) -> None:
        """Type a path into a file chooser and press Return, again until it has taken it; a
        `picture` is taken before."""
        for _ in range(5):
            chooser = self.wait_for(title)
            self.key(chooser, "ctrl+a")
            self.type(chooser, str(path))
            time.sleep(0.5)
            self.shoot(picture)
            self.key(chooser, "Return")
            deadline = time.monotonic() + 10  # then it is told once more
            while time.monotonic() < deadline:
                if self.find(title) is None:
                    return
                time.sleep(0.3)
        raise TimeoutError(f"the window {title!r} does not take {path}")

    def press_until_gone(self, title: str, keys: str, timeout: float = 60.0) -> None:
        """Press keys in the window with this title until it has closed."""
        deadline = deadline_in(timeout)
        while (window := self.find(title)) is not None:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"the window {title!r} is still there after {patient(timeout):g} s"
                )
            # It may close between being found and being told, and xdotool waits for it for ever.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.run("xdotool", "windowactivate", "--sync", window.id, "key", keys, check=False)
            time.sleep(0.7)

    def enlarge(self, window: Window) -> None:
        """Give a window nearly all of the screen."""
        with frame_buffer(self.frame_buffer) as buffer:
            sides = buffer.whole.width, buffer.whole.height
        width, height = (str(side - 30) for side in sides)
        size = ("windowsize", "--sync", window.id, width, height)
        self.run("xdotool", "windowmove", window.id, "0", "0", *size)

    def click(self, window: Window, place: tuple[float, float], button: int = 1) -> None:
        self.run("xdotool", *_mouse_to(window, place), "sleep", "0.1", "click", str(button))

    def hover(self, window: Window, place: tuple[float, float]) -> None:
        self.run("xdotool", *_mouse_to(window, place), "sleep", "0.2")

    def wait_for_cursor(self, name: str, timeout: float = 30.0) -> None:
        """Until the mouse looks like that, by the name that X has for it."""
        deadline = deadline_in(timeout)
        while (seen := self.run("python3", "-c", CURSOR).strip()) != name:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the cursor is {seen!r}, not {name!r}")

    def drag(self, window: Window, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the left button at one place of the window and let go at another."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        moves: list[str] = []
        for place in (middle, end):
            moves += [*_mouse_to(window, place), "sleep", "0.05"]
        self.run(
            *("xdotool", *_mouse_to(window, start), "sleep", "0.1", "mousedown", "1"),
            *("sleep", "0.05", *moves, "mouseup", "1"),
        )

    def pull(self, window: Window, *way: tuple[float, float]) -> None:
        """Press the left button at the first place of the window, and pull through the others."""
        moves: list[str] = []
        for place in way[1:]:
            moves += [*_mouse_to(window, place), "sleep", "0.2"]
        self.run(
            *("xdotool", *_mouse_to(window, way[0]), "sleep", "0.1", "mousedown", "1"),
            *("sleep", "0.2", *moves),
        )

    def move(self, window: Window, place: tuple[float, float]) -> None:
        self.run("xdotool", *_mouse_to(window, place))

    def let_go(self) -> None:
        """Let go of the left button."""
        self.run("xdotool", "mouseup", "1")

    def filmed(
        self, window: Window, start: tuple[float, float], size: tuple[int, int]
    ) -> AbstractContextManager[Film]:
        """Count the pictures that a place of the window shows; the mouse must stay out of it."""
        place = self.box_of(window)
        box = Box(place.left + round(start[0]), place.top + round(start[1]), *size)
        return filmed(self.frame_buffer, box)

    def box_of(self, window: Window) -> Box:
        """Where a window lies, without its frame."""
        said = self.run("xwininfo", "-id", window.id)
        sides = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        return Box(*(int(re.search(rf"{side}: +(-?[0-9]+)", said)[1]) for side in sides))  # type: ignore[index]

    def order(self, *windows: Window) -> list[str]:
        """The ids of windows from the hindmost to the foremost."""
        said = self.run("xprop", "-root", "_NET_CLIENT_LIST_STACKING")
        stack = [int(word, 16) for word in re.findall(r"0x[0-9a-f]+", said)]
        return sorted((window.id for window in windows), key=lambda one: stack.index(int(one)))

    def image_of(self, box: Box) -> Image.Image:
        """What is seen at a place of the screen."""
        with frame_buffer(self.frame_buffer) as buffer:
            return buffer.image(box)

    def shoot(self, path: Path) -> None:
        """Write a picture of the whole screen."""
        path.write_bytes(
            subprocess.run(
                self._command(["import", "-window", "root", "png:-"], {"DISPLAY": self.display}),
                stdout=subprocess.PIPE,
                check=True,
                timeout=patient(60),
            ).stdout
        )


@contextlib.contextmanager
def virtual_screen(
    command: Command, folder: Path, size: tuple[int, int] = _SIZE
) -> Iterator[Screen]:
    """It keeps its picture in `folder`, which both systems see at this path."""
    with virtual_display(command, folder, size) as display:
        yield Screen(command, display)


def _mouse_to(window: Window, place: tuple[float, float]) -> list[str]:
    return ["mousemove", "--window", window.id, str(round(place[0])), str(round(place[1]))]
