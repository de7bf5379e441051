"""One drag of a layer as a worker runs it, whatever the model: what it shows, saves and leaves."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from draggan_server.editing import latents
from draggan_server.editing.canvas import Canvas, Dragged, DragOutcome
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.problem import DragStep
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.messages import DragProgress, Pixels, StartDrag, StopReason
from draggan_server.wire.state import EditState


class LayerDrag(ABC):
    """One drag of an edit, step by step: iterate, take snapshots, then `finish`.

    With `autosave`, that of a run of the same drag, it goes on from there.

    Raises `BadInput` at once if the state belongs to another model, the layer has another shape
    than the picture or does not show it, or something about points or mask is wrong.
    """

    def __init__(
        self,
        model: PictureModel,
        state: EditState,
        request: StartDrag,
        config: DragConfig,
        autosave: Autosave | None,
    ) -> None:
        self._canvas = Canvas(model, state, request.layer, request.movable_mask)
        self._placement = self._canvas.placement
        self._handles = self._placement.to_picture(request.handle_points)
        self._targets = self._placement.to_picture(request.target_points)
        self._config = config
        self._begun, self._from, self._from_handles = 0, self._canvas.w_plus, self._handles
        if autosave is not None:
            self._begun = autosave.step
            self._from = latents.from_bytes(base64.b64decode(autosave.latent), self._from)
            self._from_handles = self._placement.to_picture(autosave.handle_points)
        distances = (self._targets - self._from_handles).norm(dim=1)
        self._last = DragStep(
            step=self._begun,
            w_plus=self._from,
            handle_points=self._from_handles,
            distances=tuple(distances.tolist()),
            points_arrived=(False,) * len(distances),
            loss=0.0,
        )

    @abstractmethod
    def _prepare(self) -> Iterator[float]:
        """Make the model ready, yielding how much is done, 0 to 1."""

    @abstractmethod
    def _drag(self) -> Iterator[DragStep]:
        """The steps from `_from`, the first of them number 0, with at most `_left` updates."""

    @property
    def _left(self) -> int:
        """Steps that may still be done."""
        return self._config.max_steps - self._begun

    @property
    def _to_save(self) -> torch.Tensor:
        """The latent from which another run goes on."""
        return self._last.w_plus

    def __iter__(self) -> Iterator[DragProgress]:
        """One `DragProgress` a step, handles in the layer's pixels.

        Before them some of step 0, if the model has to be prepared for the method.
        """
        for prepared in self._prepare():
            yield self._progress(prepared)
        for step in self._drag():
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
        latent = base64.b64encode(latents.to_bytes(self._to_save)).decode()
        points = self._placement.to_layer(self._last.handle_points)
        return Autosave(self._last.step, latent, points)

    def snapshot(self) -> Callable[[], Pixels]:
        """What renders, also later and from another thread, the layer as the last step left it."""
        w_plus = self._last.w_plus
        return lambda: self._canvas.show(w_plus)

    @abstractmethod
    def on_the_way(self, share: float) -> Pixels:
        """The layer so far on the way from before the drag, 0, to its last step, 1."""

    def finish(self, reason: StopReason) -> DragOutcome:
        """The layer and the state after the last step; `reason` is for the log."""
        drag_done = Dragged(self._last, self._handles, self._targets, self._config.method)
        return self._canvas.outcome(drag_done, reason)
