"""A photo as the beginning of an edit: any picture is one that a diffusion model can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch.nn import functional

from draggan_server.diffusion.model import DiffusionModel
from draggan_server.editing import latents
from draggan_server.editing.rendering import render
from draggan_server.layer import pixels
from draggan_server.layer.homography import resized
from draggan_server.layer.motion import ramp
from draggan_server.layer.resemblance import resize, shrink
from draggan_server.models.zoo import Model
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import OpenProgress, PhotoSource
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState, LayerThumbnail

LEAST_SEEN = 0.02
"""Share of a region that must not be transparent."""
RIGHT, WRONG = 0.04, 0.125
"""Differences in [0, 1]: a place off by less is shown, off by more it is not."""


class DiffusionPhoto:
    """`worker.runs.Opening`. Raises `BadInput` at once for a region of which nothing is to be seen.

    The region lies in the middle of the model's square picture, as large as it can; what is beside
    it goes on as at its border.
    """

    def __init__(self, diffusion: DiffusionModel, model: Model, source: PhotoSource) -> None:
        self._diffusion = diffusion
        self._model = model
        self._layer = pixels.as_bytes(source.region)
        if float(self._layer[:, 3].float().mean()) < 255 * LEAST_SEEN:
            raise BadInput(
                "There is next to nothing to see in this part of the layer: it is transparent. "
                "Choose another part."
            )
        self._w_plus: torch.Tensor | None = None

    def run(self, unwanted: Callable[[], bool] = lambda: False) -> Iterator[OpenProgress]:
        """It is done at once."""
        self._w_plus = self._diffusion.encode(self._framed(self._layer.float() / 255))
        yield OpenProgress(1.0)

    @property
    def found(self) -> bool:
        """Whether there is anything yet to `finish` with."""
        return self._w_plus is not None

    def finish(self) -> EditState:
        """The state of the photo as the model shows it."""
        assert self._w_plus is not None
        top, left, height, width = self._place
        wanted = self._framed(self._layer.float() / 255)
        shown = render(self._diffusion, self._w_plus)
        off = (shown - wanted)[:, :, top : top + height, left : left + width]
        error = float(off.square().mean())
        small = pixels.from_tensor(torch.cat(shrink(self._layer), dim=1))
        paint = bytes(small.width * small.height)
        return EditState(
            model=self._model.name,
            model_sha256=self._model.sha256,
            num_ws=self._diffusion.num_ws,
            w_dim=self._diffusion.w_dim,
            start=latents.to_bytes(self._w_plus),
            left=LayerThumbnail(small.width, small.height, small.data, paint),
            content=PhotoRecord(
                width=self._layer.shape[3],
                height=self._layer.shape[2],
                placement=tuple(self._matrix.flatten().tolist()),
                tone=bytes(3 * TONE_VALUES * 4),
                explained=float(1 - ramp(off.abs().amax(dim=1), RIGHT, WRONG).mean()),
                psnr=-10 * math.log10(max(error, 1e-10)),
            ),
            any_picture=True,
        )

    @property
    def _place(self) -> tuple[int, int, int, int]:
        """(top, left, height, width) of the region in the model's picture."""
        whole = self._diffusion.img_resolution
        height, width = self._layer.shape[2:]
        scale = min(whole[0] / height, whole[1] / width)
        size = max(1, round(height * scale)), max(1, round(width * scale))
        return (whole[0] - size[0]) // 2, (whole[1] - size[1]) // 2, *size

    @property
    def _matrix(self) -> torch.Tensor:
        """[3, 3]: from pixels of the model's picture to those of the region."""
        top, left, height, width = self._place
        moved = torch.eye(3, dtype=torch.float64)
        moved[0, 2], moved[1, 2] = -left, -top
        layer = (self._layer.shape[2], self._layer.shape[3])
        return resized((height, width), layer) @ moved

    def _framed(self, layer: torch.Tensor) -> torch.Tensor:
        """[1, 4, H, W] in [0, 1] -> [1, 3, h, w] of the model's size, gray where transparent."""
        top, left, height, width = self._place
        seen = resize(pixels.as_seen(layer), (height, width))
        colours = seen[:, :3] + (1 - seen[:, 3:]) / 2
        whole = self._diffusion.img_resolution
        beside = (left, whole[1] - width - left, top, whole[0] - height - top)
        return functional.pad(colours, beside, mode="replicate")
