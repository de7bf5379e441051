"""What the commands that make pictures share: output files and progress on standard error."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from draggan_server.files import openraster
from draggan_server.files.picture import Picture, write_photo
from draggan_server.host.progress import DragMeter
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import DragProgress, OpenProgress, Resumed
from draggan_server.wire.state import Point

_CONSOLE = Console(stderr=True)


def check_output(path: Path, endings: Sequence[str]) -> None:
    """Raises `BadInput` where `path` could not be written in the end, before work is done."""
    if path.suffix.lower() not in endings:
        raise BadInput(f"The output {path} must end in one of {', '.join(endings)}.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise BadInput(f"The folder {folder} is not there: make it first.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder: give the name of a file.")
    if not os.access(folder, os.W_OK):
        raise BadInput(f"Nothing can be written into the folder {folder}: choose another one.")


PICTURE_ENDINGS = (".png", ".ora")


def write_picture(path: Path, name: str, picture: Picture) -> None:
    """Write a picture with its state, as a layer of that name where the format has layers and the
    picture is from a file of another.
    """
    in_kind = picture.file is not None and ".ora" in picture.file.endings
    if path.suffix.lower() == ".ora" and not in_kind:
        openraster.write(
            path, [openraster.Layer(name, picture.image, picture.saved_state, picture.region)]
        )
    else:
        write_photo(path, picture)


@contextlib.contextmanager
def show_work(text: str) -> Iterator[None]:
    """A spinner while something of unknown length goes on."""
    with _CONSOLE.status(text):
        yield


class OpenBar:
    """A progress bar of a photo that is being looked at. A context manager."""

    def __init__(self) -> None:
        self._progress = Progress(
            BarColumn(), TextColumn("Looking at the photo"), TimeElapsedColumn(), console=_CONSOLE
        )
        self._task = self._progress.add_task("photo", total=1.0)

    def __enter__(self) -> OpenBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: OpenProgress | Resumed) -> None:
        if isinstance(event, Resumed):
            _CONSOLE.print(tr(said.RESUMED))
            return
        self._progress.update(self._task, completed=event.share)

    def say(self, sentence: str) -> None:
        """Above the bar."""
        _CONSOLE.print(sentence)


class DragBar:
    """A progress bar of a drag to `targets`: steps done and the mean distance left. A context
    manager."""

    def __init__(self, targets: Sequence[Point]) -> None:
        self._meter = DragMeter(targets)
        self._progress = Progress(
            BarColumn(),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            console=_CONSOLE,
        )
        self._task = self._progress.add_task("drag", total=None, words="")

    def __enter__(self) -> DragBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: DragProgress | Resumed) -> None:
        if isinstance(event, Resumed):
            _CONSOLE.print(tr(said.RESUMED))
            return
        words = self._meter.take(event)
        self._progress.update(self._task, completed=self._meter.fraction, total=1.0, words=words)

    def say(self, sentence: str) -> None:
        """Above the bar."""
        _CONSOLE.print(sentence)
