"""Counts the pictures that are seen at a place of a virtual screen."""

from __future__ import annotations

import contextlib
import mmap
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_NAP_SECONDS = 0.004
_HEADER = struct.Struct(">25I")
_HEADER_SIZE, _BITS, _ROW_BYTES, _COLOURS = 0, 11, 12, 19  # places in the header
_COLOUR_BYTES = 12


@dataclass(frozen=True)
class Box:
    """A place of the screen, in its pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass
class Film:
    """What was seen: `times`, of `time.monotonic`, has each picture that followed another one."""

    times: list[float] = field(default_factory=list)
    _last: int | None = field(default=None, repr=False)
    _newest: int | None = field(default=None, repr=False)

    @property
    def frames(self) -> int:
        return len(self.times)

    def take(self, sum_of_picture: int) -> None:
        """A picture counts once it is seen twice: before, it may be half drawn."""
        if self._newest == sum_of_picture != self._last:
            if self._last is not None:
                self.times.append(time.monotonic())
            self._last = sum_of_picture
        self._newest = sum_of_picture


@contextlib.contextmanager
def filmed(frame_buffer: Path, box: Box) -> Iterator[Film]:
    """Looks at the box about 200 times a second, until the block ends.

    `frame_buffer` is the file in which Xvfb keeps its screen (`-fbdir`), in the format of xwd.
    """
    film, done = Film(), threading.Event()
    with (
        frame_buffer.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as screen,
    ):
        header = _HEADER.unpack_from(screen)
        start = header[_HEADER_SIZE] + header[_COLOURS] * _COLOUR_BYTES
        bytes_a_pixel = header[_BITS] // 8

        def look() -> None:
            while not done.wait(_NAP_SECONDS):
                found = 0
                for y in range(box.top, box.top + box.height):
                    left = start + y * header[_ROW_BYTES] + box.left * bytes_a_pixel
                    found = zlib.crc32(screen[left : left + box.width * bytes_a_pixel], found)
                film.take(found)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield film
        finally:
            done.set()
            looking.join()
