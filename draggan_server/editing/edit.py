"""An edit as a worker runs it: from a sample, through drags of a layer, to the next saved state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from draggan_server.editing import latents
from draggan_server.editing.drag import drag, prepare
from draggan_server.editing.layer_drag import LayerDrag
from draggan_server.editing.photo_edit import photo_picture
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.problem import DragStep
from draggan_server.editing.rendering import render
from draggan_server.layer import pixels
from draggan_server.models.zoo import Model
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.messages import (
    BlendSource,
    Pixels,
    Sample,
    StartDrag,
)
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator


def open_sample(generator: Generator, model: Model, source: Sample) -> EditState:
    """The state of a picture drawn from `model`, which `generator` was loaded from."""
    w_plus = latents.w_plus_of_sample(generator, source)
    return EditState(
        model=model.name,
        model_sha256=model.sha256,
        num_ws=generator.num_ws,
        w_dim=generator.w_dim,
        start=latents.to_bytes(w_plus),
        content=_record_of(source),
    )


def _record_of(source: Sample) -> SampleRecord:
    if not isinstance(source, BlendSource):
        return SampleRecord(source.seed, source.truncation_psi)
    seed, _ = max(source.parts, key=lambda part: part[1])
    return SampleRecord(seed, source.truncation_psi, source.parts)


def picture(generator: PictureModel, state: EditState) -> Pixels:
    """What the generator shows for a state: RGBA at the model's resolution.

    It is opaque unless the generator makes an alpha channel. Of a photo it has the photo's size,
    and is transparent where the generator's picture is not.

    Raises `BadInput` if the state belongs to another model.
    """
    if state.photo is not None:
        return photo_picture(generator, state)
    colours = render(generator, latents.w_plus_of_state(generator, state))
    return pixels.from_tensor(pixels.with_alpha(colours))


class DragRun(LayerDrag):
    """A drag of a generator's picture.

    One that goes on from an autosave takes what the handles show, and what is held still, from the
    picture there.
    """

    def __init__(
        self,
        generator: Generator,
        state: EditState,
        request: StartDrag,
        autosave: Autosave | None = None,
    ) -> None:
        super().__init__(generator, state, request, request.config, autosave)
        self._generator = generator
        self._steps = drag(
            generator,
            self._from,
            self._from_handles,
            self._targets,
            self._canvas.movable,
            replace(request.config, max_steps=self._left),
        )

    def _prepare(self) -> Iterator[float]:
        return prepare(self._generator, self._config)

    def _drag(self) -> Iterator[DragStep]:
        return self._steps

    def on_the_way(self, share: float) -> Pixels:
        """By the straight way of the latent."""
        return self._canvas.show(torch.lerp(self._canvas.w_plus, self._last.w_plus, share))
