"""A part of an image that a photo's edit is about."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import MAX_SIDE, check_layer_size
from draggan_server.wire.state import Point

MAX_PLACE = 20_000
"""Pixels from the picture's corner at which a region may begin."""


@dataclass(frozen=True, slots=True)
class Region:
    """`width` x `height` pixels from (x, y) on, perhaps partly beyond the image."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Region:
        """The region that "X,Y,WIDTH,HEIGHT" means. Raises `BadInput`."""
        parts = text.split(",")
        try:
            x, y, width, height = map(int, parts)
        except ValueError:
            raise BadInput(
                f"The region is {text!r}; give X,Y,WIDTH,HEIGHT in whole pixels, such as "
                "120,80,512,512."
            ) from None
        check_layer_size(width, height)
        if max(width, height) > MAX_SIDE:
            raise BadInput(f"The region {text} is larger than the limit of {MAX_SIDE} pixels.")
        if max(abs(x), abs(y)) > MAX_PLACE:
            raise BadInput(f"The region {text} begins more than {MAX_PLACE} pixels away.")
        return cls(x, y, width, height)

    @classmethod
    def whole(cls, image: Image.Image) -> Region:
        return cls(0, 0, image.width, image.height)

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    def check(self, image: Image.Image) -> None:
        """Raises `BadInput` where no pixel of the region lies on the image, and where it is larger
        than what can be sent."""
        if max(self.width, self.height) > MAX_SIDE:
            raise BadInput(
                f"The picture has {self.width} x {self.height} pixels; a model looks at {MAX_SIDE} "
                "a side at most. Give a part of it: --region X,Y,WIDTH,HEIGHT."
            )
        left, top, right, bottom = self._box(image)
        if left >= right or top >= bottom:
            raise BadInput(
                f"The region {self} lies outside the picture of {image.width} x {image.height} "
                "pixels: choose a part of the picture."
            )

    def cut(self, image: Image.Image) -> Image.Image:
        """The region of an "RGBA" or "L" image: transparent, or black, beyond it."""
        return image.crop((self.x, self.y, self.x + self.width, self.y + self.height))

    def put(self, part: Image.Image, image: Image.Image) -> Image.Image:
        """A copy of `image` with `part` in the region's place; what lies beyond it is lost."""
        left, top, right, bottom = self._box(image)
        result = image.copy()
        seen = part.crop((left - self.x, top - self.y, right - self.x, bottom - self.y))
        result.paste(seen, (left, top))
        return result

    def within(self, place: Region) -> Region:
        """The same where (0, 0) is the corner of `place`."""
        return Region(self.x - place.x, self.y - place.y, self.width, self.height)

    def inwards(self, point: Point) -> Point:
        """A point of the image, in the region's pixels."""
        return point[0] - self.x, point[1] - self.y

    def outwards(self, point: Point) -> Point:
        """A point of the region, in the image's pixels."""
        return point[0] + self.x, point[1] + self.y

    def _box(self, image: Image.Image) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what lies on the image."""
        return (
            max(self.x, 0),
            max(self.y, 0),
            min(self.x + self.width, image.width),
            min(self.y + self.height, image.height),
        )
