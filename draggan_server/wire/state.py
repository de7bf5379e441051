"""The saved state of an edit: what a document keeps so that the drag can go on tomorrow.

ASCII JSON, because GIMP's parasites take nothing above 127. Hosts keep the text as it is; the
broker stores it; a worker turns it into a latent and back.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass

from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document

FORMAT = 1
MAX_STATE_CHARS = 8 * 1024 * 1024  # w+ of an 18-row, 512-wide model takes 50 KB
MAX_THUMBNAIL_SIDE = 128
_MAX_LATENT_VALUES = 1 << 20

Point = tuple[float, float]
"""(x, y) in pixels; (0, 0) is the centre of the first pixel."""


@dataclass(frozen=True, slots=True)
class DragRecord:
    """One finished drag, in pixels of the generator's picture."""

    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    final_points: tuple[Point, ...]
    method: str
    steps: int


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
                f"A thumbnail of {self.width} x {self.height} pixels, more than "
                f"{MAX_THUMBNAIL_SIDE} a side, or none: the state is damaged."
            )
        size = self.width * self.height
        if (len(self.rgba), len(self.painted)) != (4 * size, size):
            raise BadInput(
                f"The thumbnail has {len(self.rgba)} and {len(self.painted)} bytes where "
                f"{self.width} x {self.height} pixels are announced: the state is damaged."
            )


@dataclass(frozen=True, slots=True)
class EditState:
    """A picture of a generator, exactly: the model and its w+ latent.

    `w_plus` is float32 little endian, `[num_ws, w_dim]` row by row. `model_sha256` is the digest of
    the model file. `seed` and `truncation_psi` say where the edit began. `left` is
    the layer as the last drag left it: what was held still is not what the latent's picture shows.
    """

    model: str
    model_sha256: str
    num_ws: int
    w_dim: int
    w_plus: bytes
    seed: int | None = None
    truncation_psi: float | None = None
    drags: tuple[DragRecord, ...] = ()
    left: LayerThumbnail | None = None

    def __post_init__(self) -> None:
        if min(self.num_ws, self.w_dim) < 1 or self.num_ws * self.w_dim > _MAX_LATENT_VALUES:
            raise BadInput(f"A latent of {self.num_ws} x {self.w_dim} values cannot be right.")
        if len(self.w_plus) != self.num_ws * self.w_dim * 4:
            raise BadInput(
                f"The latent has {len(self.w_plus)} bytes where {self.num_ws} x {self.w_dim} "
                "float32 values are announced: the saved state is damaged."
            )
        if not all(map(math.isfinite, struct.unpack(f"<{len(self.w_plus) // 4}f", self.w_plus))):
            raise BadInput("The latent holds values that are not finite: the state is damaged.")
        if self.truncation_psi is not None and not math.isfinite(self.truncation_psi):
            raise BadInput("The truncation is not a finite number: the state is damaged.")

    def to_json(self) -> str:
        """The state as ASCII JSON, which `from_json` reads back to an equal state."""
        document = {"draggan": FORMAT, **to_document(self)}
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> EditState:
        """Read a saved state. Raises `BadInput` for anything that is not one, whole."""
        if len(text) > MAX_STATE_CHARS:
            raise BadInput(
                f"The saved state has {len(text)} characters, more than {MAX_STATE_CHARS}."
            )
        try:
            document = parse(text)
        except ProtocolError as error:
            raise BadInput(f"The saved state is damaged. {error}") from None
        if not isinstance(document.get("draggan"), int):
            raise BadInput("This is not a saved DragGAN state: the key 'draggan' is missing.")
        if document["draggan"] > FORMAT:
            raise BadInput(
                f"The state was saved in format {document['draggan']}, by a newer version; this "
                f"one reads up to {FORMAT}. Update the plug-in and the daemon."
            )
        try:
            return from_document(cls, document)
        except ProtocolError as error:
            raise BadInput(f"The saved state is damaged. {error}") from None
