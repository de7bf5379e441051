"""What a virtual screen shows, read from the file in which Xvfb keeps it."""

from __future__ import annotations

import contextlib
import mmap
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_HEADER = struct.Struct(">25I")
_HEADER_SIZE, _WIDTH, _HEIGHT, _BITS, _ROW_BYTES, _COLOURS = 0, 4, 5, 11, 12, 19
"""Places in the header of xwd's format."""
_COLOUR_BYTES = 12


@dataclass(frozen=True)
class Box:
    """A place of the screen, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class FrameBuffer:
    """A screen of 24 bits, as it is now."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        header = _HEADER.unpack_from(memory)
        self._start = header[_HEADER_SIZE] + header[_COLOURS] * _COLOUR_BYTES
        self._row_bytes, self._pixel_bytes = header[_ROW_BYTES], header[_BITS] // 8
        self.whole = Box(0, 0, header[_WIDTH], header[_HEIGHT])

    def sum_of(self, box: Box) -> int:
        """A number that pictures have in common only by a rare chance."""
        found = 0
        for y in range(box.top, box.top + box.height):
            left = self._start + y * self._row_bytes + box.left * self._pixel_bytes
            found = zlib.crc32(self._memory[left : left + box.width * self._pixel_bytes], found)
        return found

    def image(self, box: Box) -> Image.Image:
        """RGB, with the mouse."""
        data = self._memory[self._start : self._start + self.whole.height * self._row_bytes]
        size = (self.whole.width, self.whole.height)
        screen = Image.frombytes("RGB", size, data, "raw", "BGRX", self._row_bytes)
        return screen.crop((box.left, box.top, box.left + box.width, box.top + box.height))


@contextlib.contextmanager
def frame_buffer(path: Path) -> Iterator[FrameBuffer]:
    """`path` is the file that Xvfb makes by `-fbdir`, in the format of xwd."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        yield FrameBuffer(memory)


@contextlib.contextmanager
def watched(path: Path, every: float, look: Callable[[FrameBuffer], None]) -> Iterator[None]:
    """Has `look` look at it each so many seconds, in a thread, until the block ends."""
    done = threading.Event()
    with frame_buffer(path) as buffer:

        def watch() -> None:
            while not done.wait(every):
                look(buffer)

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()
