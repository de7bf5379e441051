"""Where on its layer a picture lies that is not where it was kept: the layer was flipped, turned,
scaled or cropped since. The picture is a part of it, or all. The daemon is asked, step by step."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from draggan_server.host.affine import Affine
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.raw_pixels import at_size, laid_on
from draggan_server.host.region import Region
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError
from draggan_server.wire.messages import (
    CloseEdit,
    EditOpened,
    Event,
    Failure,
    OpenEdit,
    Pixels,
    Request,
    SavedState,
)
from draggan_server.wire.state import EditState

ReturnT = TypeVar("ReturnT")

SMALL = 1024
"""Pixels of the longer side in which all of a layer is looked at."""
_TILE = 2048
"""Pixels of the sides in which a large layer is read."""
_MARGIN = 0.02
"""Of the picture's sides: so much of the layer is taken with it, at each side."""


@dataclass(frozen=True)
class Whereabouts:
    """The picture lies in `region` of its layer, and `saved_state` says how. It was kept in
    `kept_region`, as `kept` says: both are the same of a layer that was not altered. What a model
    has drawn fills its region: `drawn` is the width and height of the model's own picture, where
    that was asked for."""

    saved_state: str
    region: Region
    kept: str
    kept_region: Region
    drawn: tuple[int, int] | None = None

    @property
    def is_new(self) -> bool:
        """Whether it lies elsewhere than it was kept."""
        found, kept = EditState.from_json(self.saved_state), EditState.from_json(self.kept)
        return self.region != self.kept_region or found != kept

    def way(self, carries: bool) -> Affine:
        """From the pixels of the region where the picture was kept to those of `region`: to the
        same spots of the picture where that `carries` what is on it, to themselves where nothing is
        known of how it lay; or else to the same places of the layer."""
        if not carries:
            kept, found = self.kept_region, self.region
            return Affine(e=kept.x - found.x, f=kept.y - found.y)
        before, after = (
            _way(state, region, self.drawn)
            for state, region in (
                (self.kept, self.kept_region),
                (self.saved_state, self.region),
            )
        )
        if before is None or after is None:
            return Affine()
        return before.inverted().then(after)

    def painted(self, mask: MaskRows | None, carries: bool) -> MaskRows | None:
        """What was painted on the picture as it was kept, at whatever size, as `way` says."""
        if mask is None:
            return None
        kept, found = self.kept_region, self.region
        scaled = Affine.between(mask.size, (kept.width, kept.height))
        return mask.moved(scaled.then(self.way(carries)), (found.width, found.height))


Search = Generator[Request, Event, Whereabouts | Event]
"""Yields what to ask the daemon, and wants the last event of each answer. Returns where the picture
is, or the daemon's refusal; of what fills its layer and is not there any more, where it was."""


def whereabouts(
    saved_state: str, region: Region, whole: Region, read: Callable[[Region], Pixels]
) -> Search:
    """Look for the picture of a state in the `region` where it was kept, then in the `whole` of its
    layer, of which `read` gives parts."""
    answer: Whereabouts | Event
    answer = kept = yield from _on(saved_state, read(region))
    if isinstance(kept, EditOpened):
        answer = Whereabouts(kept.saved_state, region, saved_state, region)
        if not answer.is_new:
            return answer
    if region != whole:
        seen = yield from _on(saved_state, small(read, whole))
        part = _part(seen.picture, whole) if isinstance(seen, EditOpened) else None
        if part is not None:
            found = yield from _on(saved_state, read(part))
            if isinstance(found, EditOpened):
                answer = Whereabouts(found.saved_state, part, saved_state, region)
    elif isinstance(kept, Failure) and kept.code == BadInput.code:
        # It is nowhere else. Whether what is there now can be dragged is for the drag to say.
        return Whereabouts(saved_state, region, saved_state, region)
    if isinstance(answer, Whereabouts) and EditState.from_json(saved_state).photo is None:
        drawn = yield from _on(saved_state, None)
        if isinstance(drawn, EditOpened):
            return replace(answer, drawn=(drawn.picture.width, drawn.picture.height))
    return answer


def driven(client: Client, steps: Generator[Request, Event, ReturnT]) -> ReturnT:
    """What steps come to whose answers this waits for. Blocks. Raises `DaemonUnreachable`."""
    try:
        request = next(steps)
        while True:
            *_, answer = _events(client, request)
            request = steps.send(answer)
    except StopIteration as end:
        found: ReturnT = end.value
        return found


def _events(client: Client, request: Request) -> Iterator[Event]:
    try:
        yield from client.events(request)
    except DaemonUnreachable:
        raise
    except DragganError as error:
        yield Failure.of(error)


def _on(saved_state: str, layer: Pixels | None) -> Generator[Request, Event, Event]:
    answer = yield OpenEdit(SavedState(saved_state, layer))
    if isinstance(answer, EditOpened):
        yield CloseEdit(answer.edit_id)
    return answer


def small(read: Callable[[Region], Pixels], whole: Region) -> Pixels:
    """All of a layer, at most `SMALL` pixels a side; a large one is read in tiles."""
    scale = min(1.0, SMALL / max(whole.width, whole.height))
    width, height = max(1, round(whole.width * scale)), max(1, round(whole.height * scale))
    if scale == 1:
        return read(whole)
    picture = Pixels(width, height, 4, bytes(4 * width * height))
    side = max(1, int(_TILE * scale))
    for y in range(0, height, side):
        bottom = min(y + side, height)
        rows = whole.y + y * whole.height // height, whole.y + bottom * whole.height // height
        for x in range(0, width, side):
            right = min(x + side, width)
            left, end = (whole.x + at * whole.width // width for at in (x, right))
            tile = read(Region(left, rows[0], end - left, rows[1] - rows[0]))
            picture = laid_on(picture, at_size(tile, right - x, bottom - y), (x, y))
    return picture


def _part(picture: Pixels, whole: Region) -> Region | None:
    """What of the layer a model's picture covers, which is opaque on one of the layer's shape."""
    stride = 4 * picture.width
    top = bottom = left = right = None
    for y in range(picture.height):
        row = picture.data[y * stride + 3 : (y + 1) * stride : 4]
        if seen := row.strip(b"\0"):
            begin = row.index(seen[:1])
            end = begin + len(seen)
            top, bottom = y if top is None else top, y + 1
            left = begin if left is None else min(left, begin)
            right = end if right is None else max(right, end)
    if top is None or bottom is None or left is None or right is None:
        return None
    across, down = whole.width / picture.width, whole.height / picture.height
    aside, above = _MARGIN * (right - left) * across + 1, _MARGIN * (bottom - top) * down + 1
    x, y = int(left * across - aside), int(top * down - above)
    width, height = int(right * across + aside) + 1 - x, int(bottom * down + above) + 1 - y
    return Region(x, y, width, height).moved(whole.x, whole.y).overlap(whole)


def _way(saved_state: str, region: Region, drawn: tuple[int, int] | None) -> Affine | None:
    """From the pixels of a model's picture, which has the size `drawn`, to those of its region;
    None where that is not known."""
    photo = EditState.from_json(saved_state).photo
    if photo is None:
        return None if drawn is None else Affine.between(drawn, (region.width, region.height))
    a, c, e, b, d, f, _tilted, _tipped, scale = photo.placement
    return Affine(a / scale, b / scale, c / scale, d / scale, e / scale, f / scale)
