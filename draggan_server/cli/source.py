"""What is dragged: a file of this program's, a photo, or a picture that a model draws."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from draggan_server.cli.daemon_link import with_daemon
from draggan_server.cli.interrupt import until_stopped
from draggan_server.cli.output import OpenBar, show_work
from draggan_server.cli.points import PointPair
from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.picture import MaskFile, Picture, read_picture, to_pixels
from draggan_server.files.region import Region
from draggan_server.host.region import Region as HostRegion
from draggan_server.host.whereabouts import Whereabouts, driven, whereabouts
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import (
    CloseEdit,
    Failure,
    ListModels,
    OpenEdit,
    PhotoSource,
    Pixels,
    Quality,
    SampleSource,
    SavedState,
)
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.state import EditState, Point


@dataclass(frozen=True)
class Inverted:
    """A photo that a model shows: its file, the region, its state and how long it took.

    `instead` is the name of a model that changes any picture, empty where there is none, or none
    is needed. `early`: it was stopped, and is what was found until then.
    """

    file: PhotoFile
    region: Region
    saved_state: str
    seconds: float
    instead: str = ""
    early: bool = False

    @property
    def picture(self) -> Picture:
        """For the file."""
        return Picture(self.file.image, self.saved_state, self.region, self.file)

    @property
    def record(self) -> PhotoRecord:
        record = EditState.from_json(self.saved_state).photo
        assert record is not None
        return record

    def figures(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "psnr_db": self.record.psnr,
            "explained": self.record.explained,
            "seconds": self.seconds,
        }


class DragSource(NamedTuple):
    """How the edit is opened, and the layer that is dragged; None: the picture itself.

    `image` is the whole image where the layer is but a `region` of it; `file` what it is from.
    """

    request: OpenEdit
    layer: Pixels | None
    image: Image.Image | None = None
    region: Region | None = None
    file: PhotoFile | None = None

    def pairs(self, pairs: list[PointPair]) -> list[PointPair]:
        """Pairs of the canvas, in the layer's pixels."""
        return [(self._inwards(handle), self._inwards(target)) for handle, target in pairs]

    def marks(self, marks: Marks | None) -> Marks | None:
        """Eyes and mouth of the canvas, in the layer's pixels."""
        if marks is None:
            return None
        one, other, mouth = map(self._inwards, marks)
        return one, other, mouth

    def mask(self, mask: MaskFile | None) -> Pixels | None:
        """A mask of the canvas, as one of the layer. Raises `BadInput` for one of another size."""
        if mask is None:
            return None
        if self.file is None:
            return to_pixels(mask.image)
        width, height = self.file.canvas
        if (mask.width, mask.height) != (width, height):
            raise BadInput(
                f"The mask is {mask.width} x {mask.height} pixels and the picture "
                f"{width} x {height}: give a mask of the picture's size."
            )
        image = mask.image
        for place in self._places:
            image = place.cut(image)
        return to_pixels(image)

    def _inwards(self, point: Point) -> Point:
        for place in self._places:
            point = place.inwards(point)
        return point

    @property
    def _places(self) -> list[Region]:
        """That of the file's picture on its canvas, and that of the layer in it."""
        return [place for place in (self.file and self.file.place, self.region) if place]


def drag_source(
    source: Path | None, seed: int | None, model: str | None, layer: str | None = None
) -> DragSource:
    """What needs no inversion. Raises `BadInput` unless there is either a file or a seed."""
    if (source is None) == (seed is None):
        raise BadInput("Give either an INPUT file or --seed.")
    if source is None:
        return DragSource(OpenEdit(SampleSource(model or DEFAULT_MODEL, seed or 0)), None)
    return of_picture(find_again(read_picture(source, layer)))


def find_again(picture: Picture) -> Picture:
    """The same, of which a part carries the state, with that part where it lies now: the picture
    may have been flipped, turned, scaled or cropped since. Raises `BadInput` where it is nowhere.
    """
    region, image = picture.region, picture.image
    if region is None:
        return picture

    def read(part: HostRegion) -> Pixels:
        return to_pixels(Region(part.x, part.y, part.width, part.height).cut(image))

    def once(client: Client) -> Picture:
        kept = HostRegion(region.x, region.y, region.width, region.height)
        whole = HostRegion(0, 0, image.width, image.height)
        with show_work("Looking for the picture"):
            found = driven(client, whereabouts(picture.saved_state, kept, whole, read))
        if isinstance(found, Failure):
            raise found.error()
        assert isinstance(found, Whereabouts)
        if not found.is_new:
            return picture
        place = found.region
        moved = Region(place.x, place.y, place.width, place.height)
        return replace(picture, saved_state=found.saved_state, region=moved)

    return with_daemon(once)


def of_picture(picture: Picture) -> DragSource:
    """A picture that carries its state."""
    request = OpenEdit(SavedState(picture.saved_state))
    if picture.region is None:
        return DragSource(request, to_pixels(picture.image), file=picture.file)
    part = to_pixels(picture.region.cut(picture.image))
    return DragSource(request, part, picture.image, picture.region, picture.file)


def _around(client: Client, model: str, marks: Marks) -> Region | None:
    """What of the canvas the model is to look at; None, all, where it is not known to the list."""
    box = client.ask(ListModels()).around(model, marks)
    if box is None:
        return None
    left, top, right, bottom = box
    return Region(left, top, right - left, bottom - top)


def invert_photo(
    file: PhotoFile,
    model: str,
    region: Region | None,
    quality: Quality,
    mask: MaskFile | None = None,
    marks: Marks | None = None,
    *,
    keeps: bool = True,
) -> Inverted:
    """Have a model show a part of a photo, with a progress bar. `region`, `mask`, where it matters,
    and `marks`, eyes and mouth, are of the canvas. Where it `keeps` it, the first Ctrl-C ends it
    with what was found until then. Raises `BadInput`.
    """
    image = file.image
    began = time.monotonic()

    def once(client: Client) -> Inverted:
        around = region
        if marks is not None and region is None:
            around = _around(client, model, marks)
        part = Region.whole(image) if around is None else around.within(file.place)
        part.check(image)
        pixels = to_pixels(part.cut(image))
        what = DragSource(OpenEdit(PhotoSource(model, pixels)), pixels, image, part, file)
        source = PhotoSource(model, pixels, quality, what.mask(mask), what.marks(marks))
        request = OpenEdit(source)
        with OpenBar() as bar, until_stopped(bar.say, "what was found", keeps=keeps) as stopped:
            opened = client.open_photo(request, bar.show, stopped)
            early = stopped()
        seconds = time.monotonic() - began
        client.ask(CloseEdit(opened.edit_id))  # the file carries the state
        inverted = Inverted(file, part, opened.saved_state, seconds, early=early)
        if inverted.record.in_the_world:
            return inverted
        others = client.ask(ListModels()).any_picture
        return replace(inverted, instead=others[0].name if others else "")

    return with_daemon(once)
