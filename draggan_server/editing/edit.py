"""An edit as a worker runs it: from a sample, through drags of a layer, to the next saved state."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from draggan_server.editing import latents
from draggan_server.editing.canvas import Canvas, Dragged, DragOutcome
from draggan_server.editing.drag import drag, prepare
from draggan_server.editing.photo_edit import photo_picture
from draggan_server.editing.problem import DragStep
from draggan_server.editing.rendering import render
from draggan_server.layer import pixels
from draggan_server.models.zoo import Model
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.messages import (
    BlendSource,
    DragProgress,
    Pixels,
    Sample,
    StartDrag,
    StopReason,
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


def picture(generator: Generator, state: EditState) -> Pixels:
    """What the generator shows for a state: RGBA at the model's resolution.

    It is opaque unless the generator makes an alpha channel. Of a photo it has the photo's size,
    and is transparent where the generator's picture is not.

    Raises `BadInput` if the state belongs to another model.
    """
    if state.photo is not None:
        return photo_picture(generator, state)
    colours = render(generator, latents.w_plus_of_state(generator, state))
    return pixels.from_tensor(pixels.with_alpha(colours))


class DragRun:
    """One drag of an edit, step by step: iterate, take snapshots, then `finish`.

    With `autosave`, that of a run of the same drag, it goes on from there: what the handles show
    and what is held still is then taken from the picture there.

    Raises `BadInput` at once if the state belongs to another model, the layer has another shape
    than the picture or does not show it, or something about points or mask is wrong.
    """

    def __init__(
        self,
        generator: Generator,
        state: EditState,
        request: StartDrag,
        autosave: Autosave | None = None,
    ) -> None:
        self._generator = generator
        self._canvas = Canvas(generator, state, request.layer, request.movable_mask)
        self._placement = self._canvas.placement
        self._handles = self._placement.to_picture(request.handle_points)
        self._targets = self._placement.to_picture(request.target_points)
        self._config = request.config
        self._begun, w_plus, handles = 0, self._canvas.w_plus, self._handles
        if autosave is not None:
            self._begun = autosave.step
            w_plus = latents.from_bytes(base64.b64decode(autosave.latent), w_plus)
            handles = self._placement.to_picture(autosave.handle_points)
        left = request.config.max_steps - self._begun
        self._steps = drag(
            generator,
            w_plus,
            handles,
            self._targets,
            self._canvas.movable,
            replace(request.config, max_steps=left),
        )
        distances = (self._targets - handles).norm(dim=1)
        self._last = DragStep(
            step=self._begun,
            w_plus=w_plus,
            handle_points=handles,
            distances=tuple(distances.tolist()),
            points_arrived=(False,) * len(distances),
            loss=0.0,
        )

    def __iter__(self) -> Iterator[DragProgress]:
        """One `DragProgress` a step, handles in the layer's pixels.

        Before them some of step 0, if the model has to be prepared for the method.
        """
        for prepared in prepare(self._generator, self._config):
            yield self._progress(prepared)
        for step in self._steps:
            self._last = replace(step, step=self._begun + step.step)
            yield self._progress()

    def _progress(self, prepared: float = 1.0) -> DragProgress:
        last = self._last
        return DragProgress(
            step=last.step,
            max_steps=self._config.max_steps,
            handle_points=self._placement.to_layer(last.handle_points),
            arrived=last.points_arrived,
            mean_distance=last.mean_distance,
            loss=last.loss,
            prepared=prepared,
        )

    @property
    def reason(self) -> StopReason:
        """Why the drag would end here."""
        if self._last.arrived:
            return "arrived"
        if self._last.stalled:
            return "lost" if self._last.lost else "stalled"
        return "max-steps" if self._last.step >= self._config.max_steps else "stopped"

    @property
    def steps(self) -> int:
        """How many steps led to the picture as it is now, 0 where none of them changed it."""
        unchanged = torch.equal(self._last.w_plus, self._canvas.w_plus)
        return 0 if unchanged else self._last.step

    def autosave(self) -> Autosave:
        """Where it stands, to go on from."""
        latent = base64.b64encode(latents.to_bytes(self._last.w_plus)).decode()
        points = self._placement.to_layer(self._last.handle_points)
        return Autosave(self._last.step, latent, points)

    def snapshot(self) -> Callable[[], Pixels]:
        """What renders, also later and from another thread, the layer as the last step left it."""
        w_plus = self._last.w_plus
        return lambda: self._canvas.show(w_plus)

    def on_the_way(self, share: float) -> Pixels:
        """The layer so far on the straight way of the latent from before the drag, 0, to its last
        step, 1."""
        return self._canvas.show(torch.lerp(self._canvas.w_plus, self._last.w_plus, share))

    def finish(self, reason: StopReason) -> DragOutcome:
        """The layer and the state after the last step; `reason` is for the log."""
        drag_done = Dragged(self._last, self._handles, self._targets, self._config.method)
        return self._canvas.outcome(drag_done, reason)
