"""A mask as its rows, which edits share as far as they leave them: large ones cost little then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from draggan_server.host.affine import Affine
from draggan_server.wire.messages import Pixels

_SEEN_SIDE = 1024
_INVERTED = bytes(255 - value for value in range(256))


@dataclass(frozen=True)
class MaskRows:
    """Of a mask with a byte a pixel; of equal rows below each other most are one object."""

    rows: tuple[bytes, ...]

    @classmethod
    def of(cls, mask: Pixels) -> MaskRows:
        data, width = mask.data, mask.width
        rows: list[bytes] = []
        for at in range(0, len(data), width):
            row = data[at : at + width]
            rows.append(rows[-1] if rows and rows[-1] == row else row)
        return cls(tuple(rows))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return len(self.rows[0]), len(self.rows)

    @cached_property
    def pixels(self) -> Pixels:
        return Pixels(*self.size, 1, b"".join(self.rows))

    @cached_property
    def seen(self) -> Pixels:
        """The same as `thinned` has it."""
        return thinned(self.rows)

    @property
    def holds_all(self) -> bool:
        """Whether nothing of a picture may move."""
        held = bytes(len(self.rows[0]))
        return all(row == held for row in self._unlike)

    def inverted(self) -> MaskRows:
        """What may move is held, and the other way round."""
        others = {id(row): row.translate(_INVERTED) for row in self._unlike}
        return MaskRows(tuple([others[id(row)] for row in self.rows]))

    def moved(self, way: Affine, size: tuple[int, int]) -> MaskRows:
        """The mask on a picture of another width and height, to whose pixels a map leads from its
        own: each pixel that of the place nearest to it, and held where it is none of the mask's."""
        back, (width, height) = way.inverted().then(Affine(e=0.5, f=0.5)), self.size
        steps = [(back.a * x, back.b * x) for x in range(size[0])]
        lines = []
        for y in range(size[1]):
            left, top = back.map((0, y))
            places = [(left + across, top + down) for across, down in steps]
            line = [
                self.rows[int(v)][int(u)] if 0 <= u < width and 0 <= v < height else 0
                for u, v in places
            ]
            lines.append(bytes(line))
        return MaskRows.of(Pixels(*size, 1, b"".join(lines)))

    def own_bytes(self, other: MaskRows | None) -> int:
        """How much room it takes beside another one."""
        shared: Iterable[bytes] = () if other is None else other.rows
        known = {id(row) for row in shared}
        return sum(len(row) for row in self._unlike if id(row) not in known)

    @property
    def _unlike(self) -> list[bytes]:
        """The rows, of those that are one object one."""
        return list({id(row): row for row in self.rows}.values())


def thinned(rows: Sequence[bytes | bytearray]) -> Pixels:
    """A mask as it is seen: of a large one only each n-th pixel of each n-th row."""
    width, height = len(rows[0]), len(rows)
    step = math.ceil(max(width, height) / _SEEN_SIDE)
    if step == 1:
        return Pixels(width, height, 1, b"".join(rows))
    begin, first = min(step // 2, width - 1), min(step // 2, height - 1)
    lines = [row[begin::step] for row in rows[first::step]]
    return Pixels(len(lines[0]), len(lines), 1, b"".join(lines))
