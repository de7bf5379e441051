"""A virtual X display with a window manager."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.patience import patient

Command = Callable[[Sequence[str], Mapping[str, str]], list[str]]
"""Gives the argument list that runs a program with additional environment variables."""

_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class Display:
    """`name` is what DISPLAY has to say; `frame_buffer` the file in which Xvfb keeps its screen."""

    name: str
    frame_buffer: Path


@contextlib.contextmanager
def virtual_display(command: Command, folder: Path, size: tuple[int, int]) -> Iterator[Display]:
    """Xvfb of `size` (width, height) on a number that is free, with openbox.

    It keeps its screen in `folder`, which the hosts' system sees at this path. Raises
    `RuntimeError` where it does not start.
    """
    folder = folder / f"screen-{time.monotonic_ns()}"
    folder.mkdir()
    screen = ("-screen", "0", f"{size[0]}x{size[1]}x24", "-fbdir", str(folder))
    with served(command, ["Xvfb", *screen]) as name:
        yield Display(name, folder / "Xvfb_screen0")


@contextlib.contextmanager
def served(command: Command, server: Sequence[str]) -> Iterator[str]:
    """The name of the display that an X server makes on a number that is free, with openbox.
    Raises `RuntimeError` where it does not start."""
    reading, writing = os.pipe()
    server = [*server, "-displayfd", str(writing), "-nolisten", "tcp"]
    running = [subprocess.Popen(command(server, {}), pass_fds=[writing], **_QUIET)]
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise RuntimeError(f"{server[0]} did not start")
        name = f":{number}"
        running.append(subprocess.Popen(command(["openbox"], {"DISPLAY": name}), **_QUIET))
        yield name
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(timeout=patient(30))
