"""Records a virtual screen as a moving picture."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image

from tests.hosts.frame_buffer import Box, FrameBuffer, watched

_FRAME_SECONDS = 0.08
_LAST_SECONDS = 1.5
_QUALITY = 80


@dataclass
class Recording:
    """What was seen: each picture that is not the one before, and when, of `time.monotonic`."""

    frames: list[tuple[float, Image.Image]] = field(default_factory=list)

    def save(self, path: Path, begin: float, end: float) -> None:
        """An animated WebP, without end, of what was seen between two times."""
        before = [frame for frame in self.frames if frame[0] < begin][-1:]
        shown = [(max(seen, begin), image) for seen, image in before]
        shown += [frame for frame in self.frames if begin <= frame[0] < end]
        if not shown:
            raise ValueError("nothing was seen between these times")
        times = [seen for seen, _ in shown]
        durations = [round(1000 * (b - a)) for a, b in pairwise(times)]
        first, *others = (image for _, image in shown)
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=[*durations, round(1000 * _LAST_SECONDS)],
            loop=0,
            quality=_QUALITY,
            method=6,
        )


@contextlib.contextmanager
def recorded(screen: Path, box: Box | None = None, width: int = 960) -> Iterator[Recording]:
    """Looks 12 times a second at the box (or at all) of `screen`, the file of
    `tests.hosts.display`, until the block ends; the pictures are made `width` pixels wide."""
    recording, last = Recording(), None

    def look(buffer: FrameBuffer) -> None:
        nonlocal last
        place = box or buffer.whole
        found = buffer.sum_of(place)
        if found != last:
            size = (width, round(place.height * width / place.width))
            image = buffer.image(place).resize(size, Image.Resampling.LANCZOS)
            recording.frames.append((time.monotonic(), image))
            last = found

    with watched(screen, _FRAME_SECONDS, look):
        yield recording
