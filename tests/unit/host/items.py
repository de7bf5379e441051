"""An image in memory whose layers keep their notes, as GIMP's do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from draggan_server.host.dialog.item import Item
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels


@dataclass
class MemoryImage:
    """`items` lie above each other, the uppermost first. `steps` are those of undo: what each has
    put there, hidden, rewritten and so on."""

    width: int = 100
    height: int = 80
    closed: bool = False
    items: list[MemoryItem] = field(default_factory=list)
    selection: Region | None = None
    path: list[PointPair] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    full: bool = False


class MemoryItem(Item):
    def __init__(self, image: MemoryImage, name: str, pixels: Pixels, has_alpha: bool) -> None:
        self.image = image
        self.key = str(id(self))
        self.called = name
        self.shown = pixels
        self.place = (0, 0)
        self.alpha = has_alpha
        self.opacity = 1.0
        self.visible = True
        self.is_group = False
        self.lock = ""
        self.masked: bytes | None = None
        self.notes: dict[str, str] = {}
        self.passing: set[str] = set()

    @property
    def name(self) -> str:
        return self.called

    def found(self) -> Found:
        if self.image.closed:
            return Found.CLOSED
        return Found.THERE if self in self.image.items else Found.REMOVED

    def check_kind(self) -> None:
        if self.is_group:
            raise BadInput(refusals.GROUP, name=self.name)

    @property
    def locked_by(self) -> str:
        return self.lock

    def size(self) -> tuple[int, int]:
        return self.shown.width, self.shown.height

    @property
    def offset(self) -> tuple[int, int]:
        return self.place

    @property
    def is_plain(self) -> bool:
        return self.opacity == 1.0

    @property
    def has_alpha(self) -> bool:
        return self.alpha

    def rgba(self, region: Region) -> Pixels:
        rows = range(region.y, region.y + region.height)
        starts = (4 * (y * self.shown.width + region.x) for y in rows)
        data = b"".join(self.shown.data[at : at + 4 * region.width] for at in starts)
        return Pixels(region.width, region.height, 4, data)

    def selected_bounds(self) -> Region | None:
        chosen, (x, y) = self.image.selection, self.place
        return None if chosen is None else chosen.moved(-x, -y)

    def selected(self, region: Region) -> Pixels | None:
        bounds = self.selected_bounds()
        if bounds is None:
            return None
        across = range(bounds.x, bounds.x + bounds.width)
        down = range(bounds.y, bounds.y + bounds.height)
        data = bytes(
            255 * (x in across and y in down)
            for y in range(region.y, region.y + region.height)
            for x in range(region.x, region.x + region.width)
        )
        return Pixels(region.width, region.height, 1, data)

    def mask(self, region: Region) -> Pixels | None:
        if self.masked is None:
            return None
        rows = range(region.y, region.y + region.height)
        starts = (y * self.shown.width + region.x for y in rows)
        data = b"".join(self.masked[at : at + region.width] for at in starts)
        return Pixels(region.width, region.height, 1, data)

    def path_pairs(self) -> list[PointPair]:
        return self.image.path

    def read(self, name: str) -> str:
        return self.notes.get(name, "")

    def write(self, name: str, text: str, lasting: bool = True) -> None:
        self.notes[name] = text
        (self.passing.discard if lasting else self.passing.add)(name)

    @property
    def above(self) -> MemoryItem | None:
        place = self.image.items.index(self)
        return self.image.items[place - 1] if place else None

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        self.image.steps.append([])
        yield

    def copied(self, name: str) -> MemoryItem:
        copy = MemoryItem(self.image, name, self.shown, self.alpha)
        copy.place, copy.opacity, copy.notes = self.place, self.opacity, dict(self.notes)
        return copy

    def blank(self, name: str, width: int, height: int) -> MemoryItem:
        return MemoryItem(
            self.image, name, Pixels(width, height, 4, bytes(4 * width * height)), True
        )

    def write_rgba(self, picture: Pixels, region: Region, movable_mask: Pixels | None) -> None:
        data = bytearray(self.shown.data)
        for at in range(picture.width * picture.height):
            if movable_mask is None or movable_mask.data[at]:
                y, x = divmod(at, picture.width)
                to = 4 * ((region.y + y) * self.shown.width + region.x + x)
                data[to : to + 4] = picture.data[4 * at : 4 * at + 4]
        self.shown = Pixels(self.shown.width, self.shown.height, 4, bytes(data))

    def move_to(self, offset: tuple[int, int]) -> None:
        self.place = offset

    def add_alpha(self) -> None:
        self.alpha = True

    def put_above(self, other: MemoryItem | None) -> bool:
        if self.image.full:
            return False
        self.image.items.insert(self.image.items.index(other) if other else 0, self)
        self.image.steps[-1].append(f"put {self.name}")
        return True

    def keep_pixels(self) -> None:
        self.image.steps[-1].append(f"rewrite {self.name}")

    def wrap(self, name: str) -> None:
        self.image.steps[-1].append(f"wrap {self.name} into {name}")

    def remove(self) -> None:
        self.image.items.remove(self)
        self.image.steps[-1].append(f"remove {self.name}")

    def add_path(self, name: str, pairs: Sequence[PointPair]) -> None:
        self.image.path = list(pairs)
        self.image.steps.append([f"path {name}"])

    def hide(self) -> None:
        self.visible = False
        self.image.steps[-1].append(f"hide {self.name}")


def plain(width: int, height: int, shade: int = 7, opacity: int = 255) -> Pixels:
    """A picture of one colour."""
    return Pixels(width, height, 4, bytes([shade, shade, shade, opacity]) * (width * height))
