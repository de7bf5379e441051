"""The saved state of an edit: what a document keeps so that the drag can go on tomorrow.

ASCII JSON, because GIMP's parasites take nothing above 127. Hosts keep the text as it is; the
broker stores it; a worker turns it into a latent and back.
"""

from __future__ import annotations

import json
import logging
import math
import struct
from dataclasses import dataclass, replace
from typing import Any

from draggan_server.wire.drag_record import DragRecord
from draggan_server.wire.drag_record import Point as Point
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.readers import Kind
from draggan_server.wire.sample_record import SampleRecord

_logger = logging.getLogger(__name__)

FORMAT = 3
MAX_STATE_CHARS = 8 * 1024 * 1024  # w+ of an 18-row, 512-wide model takes 50 KB

MAX_DRAGS = 100
MAX_HISTORY_BYTES = 2 * 1024 * 1024
"""Drags that a state keeps, and how much they take. One takes 2 to 20 KB."""

MAX_THUMBNAIL_SIDE = 128
_MAX_LATENT_VALUES = 1 << 20


@dataclass(frozen=True, slots=True)
class LayerThumbnail:
    """What a layer looked like when a drag left it, to know it again.

    `rgba` is height * width * 4 bytes, rows from the top; `painted` height * width, 255 where the
    layer shows paint that is not the generator's, else 0.
    """

    width: int
    height: int
    rgba: bytes
    painted: bytes

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_THUMBNAIL_SIDE and 1 <= self.height <= MAX_THUMBNAIL_SIDE):
            raise BadInput(
                "A thumbnail of {width} x {height} pixels, more than {most} a "
                "side, or none: the state is damaged.",
                width=self.width,
                height=self.height,
                most=MAX_THUMBNAIL_SIDE,
            )
        size = self.width * self.height
        if (len(self.rgba), len(self.painted)) != (4 * size, size):
            raise BadInput(
                "The thumbnail has {count} and {others} bytes where {width} x {height} pixels "
                "are announced: the state is damaged.",
                count=len(self.rgba),
                others=len(self.painted),
                width=self.width,
                height=self.height,
            )


@dataclass(frozen=True, slots=True)
class EditState:
    """A picture of a generator, exactly: the model, the w+ latent where the edit began, and what
    each drag has changed since.

    `start` is float32 little endian, `[num_ws, w_dim]` row by row. `model_sha256` is the digest of
    the model file. `content` says what the edit began with, None where nobody wrote that down: a
    sample, or a photo and how the picture lies on it. The picture is that after the first
    `position` drags; those behind it can be gone forward to. `forgotten` drags came before `start`.
    `left` is the layer as it was left last: what was held still is not what the latent's picture
    shows. `any_picture`: its model changes any picture, for which it takes too long to follow a
    hand.
    """

    model: str
    model_sha256: str
    num_ws: int
    w_dim: int
    start: bytes
    content: SampleRecord | PhotoRecord | None = None
    drags: tuple[DragRecord, ...] = ()
    position: int = 0
    forgotten: int = 0
    left: LayerThumbnail | None = None
    any_picture: bool = False

    def __post_init__(self) -> None:
        if min(self.num_ws, self.w_dim) < 1 or self.num_ws * self.w_dim > _MAX_LATENT_VALUES:
            raise BadInput(
                "A latent of {num_ws} x {w_dim} values cannot be right.",
                num_ws=self.num_ws,
                w_dim=self.w_dim,
            )
        if len(self.start) != self.num_ws * self.w_dim * 4:
            raise BadInput(
                "The latent has {count} bytes where {num_ws} x {w_dim} float32 values are "
                "announced: the saved state is damaged.",
                count=len(self.start),
                num_ws=self.num_ws,
                w_dim=self.w_dim,
            )
        if not all(map(math.isfinite, self._start_values())):
            raise BadInput("The latent holds values that are not finite: the state is damaged.")
        if len(self.drags) > MAX_DRAGS:
            raise BadInput(
                "The saved state holds {count} drags, more than {most}: it is damaged.",
                count=len(self.drags),
                most=MAX_DRAGS,
            )
        if not 0 <= self.position <= len(self.drags) or self.forgotten < 0:
            raise BadInput(
                "The saved state is at drag {position} of {count}: it is damaged.",
                position=self.position,
                count=len(self.drags),
            )
        for drag in self.drags:
            drag.change.check(self.num_ws, self.w_dim)

    @property
    def photo(self) -> PhotoRecord | None:
        """How the picture lies on the photo that it explains; None where there is none."""
        return self.content if isinstance(self.content, PhotoRecord) else None

    @property
    def sample(self) -> SampleRecord | None:
        """What drew the picture, also of one that lies on its layer in another way since; None
        where nobody knows it.
        """
        if isinstance(self.content, PhotoRecord):
            return self.content.sample
        return self.content

    @property
    def w_plus(self) -> bytes:
        """The latent of the picture, in the form of `start`."""
        return self.w_plus_at(self.position)

    def w_plus_at(self, position: int) -> bytes:
        """The latent after the first `position` drags, the same to the bit on every machine.

        Raises `BadInput` where it is not finite.
        """
        values = list(self._start_values())
        for drag in self.drags[:position]:
            drag.change.add_to(values, self.w_dim)
        if not all(map(math.isfinite, values)):
            raise BadInput("The drags do not add up to a latent: the saved state is damaged.")
        return struct.pack(f"<{len(values)}f", *values)

    def with_drag(self, drag: DragRecord) -> EditState:
        """The state after another drag from where it stands; those behind are given up.

        Of more than `MAX_DRAGS`, or `MAX_HISTORY_BYTES` in all, the oldest are forgotten.
        """
        drags = (*self.drags[: self.position], drag)
        first = max(0, len(drags) - MAX_DRAGS)
        while first < len(drags) - 1 and sum(d.size for d in drags[first:]) > MAX_HISTORY_BYTES:
            first += 1
        return replace(
            self,
            start=self.w_plus_at(first),
            drags=drags[first:],
            position=len(drags) - first,
            forgotten=self.forgotten + first,
        )

    def to_json(self) -> str:
        """The state as ASCII JSON, which `from_json` reads back to an equal state."""
        document = {"draggan": FORMAT, **to_document(self)}
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> EditState:
        """Read a saved state. Raises `BadInput` for anything that is not one, whole."""
        if len(text) > MAX_STATE_CHARS:
            raise BadInput(
                "The saved state has {count} characters, more than {most}.",
                count=len(text),
                most=MAX_STATE_CHARS,
            )
        try:
            document = parse(text)
        except ProtocolError as error:
            raise _damaged(error) from error
        if type(document.get("draggan")) is not int:
            raise BadInput("This is not a saved DragGAN state: the key 'draggan' is missing.")
        if document["draggan"] > FORMAT:
            raise BadInput(
                "The state was saved in format {found}, by a newer version; this one reads up to "
                "{known}. Update the plug-in and the daemon.",
                found=document["draggan"],
                known=FORMAT,
            )
        if document["draggan"] < 2:
            document = _from_format_1(document)
        if document["draggan"] < 3:
            document = _from_format_2(document)
        try:
            return from_document(cls, document)
        except ProtocolError as error:
            raise _damaged(error) from error

    def _start_values(self) -> tuple[float, ...]:
        return struct.unpack(f"<{len(self.start) // 4}f", self.start)


def _damaged(cause: ProtocolError) -> BadInput:
    """What a user can do about it; where it is damaged stands in the log."""
    _logger.warning("a saved state is damaged: %s", cause)
    return BadInput(
        "The saved state is damaged: take an earlier copy of the file, or have a model recognise "
        "the picture again."
    )


def _from_format_1(document: dict[str, Any]) -> dict[str, Any]:
    """Format 1 kept the last latent only: that is where this edit begins."""
    drags = document.get("drags")
    count = len(drags) if isinstance(drags, list) else 0
    return {**document, "start": document.get("w_plus"), "drags": [], "forgotten": count}


def _from_format_2(document: dict[str, Any]) -> dict[str, Any]:
    """Format 2 had fields of their own for what an edit can begin with."""
    content = None
    if document.get("photo") is not None:
        content = _of_kind(PhotoRecord, document["photo"])
    elif document.get("seed") is not None:
        psi = document.get("truncation_psi")
        content = _of_kind(SampleRecord, {"seed": document["seed"], "truncation_psi": psi})
    return {**document, "content": content}


def _of_kind(kind: type[Kind], fields: Any) -> Any:
    return {"kind": kind.KIND, **fields} if isinstance(fields, dict) else fields
