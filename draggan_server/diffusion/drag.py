"""One drag of a layer by a diffusion model, as a worker runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import torch

from draggan_server.diffusion.lora import Lora
from draggan_server.diffusion.method import DiffusionProblem, NoisyStep
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.reference import denoised
from draggan_server.editing import latents
from draggan_server.editing.canvas import DragOutcome
from draggan_server.editing.layer_drag import LayerDrag
from draggan_server.editing.problem import DragStep
from draggan_server.editing.stall import until_stalled
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.drag_config import (
    DIFFUSION_METHOD,
    METHODS,
    DragConfig,
    DragdiffusionConfig,
)
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, StartDrag, StopReason
from draggan_server.wire.state import EditState


def settings_for(config: DragConfig) -> DragdiffusionConfig:
    """Those that a diffusion model is dragged by where a client asks for `config`.

    The default method of generators stands for the model's own, with at most the steps that are
    asked for. Raises `BadInput` for another method.
    """
    if isinstance(config, DragdiffusionConfig):
        return config
    if config.method != METHODS[0]:
        raise BadInput(
            "The method {method} is for generators, and this is a diffusion model: choose {known}.",
            method=config.method,
            known=DIFFUSION_METHOD,
        )
    own = DragdiffusionConfig()
    return replace(own, max_steps=min(own.max_steps, config.max_steps))


class DiffusionDrag(LayerDrag):
    """Fits a LoRA to the picture where the edit began, takes the picture up to noise, drags it
    there, and takes it down when it is shown at its end. Until then a guess is shown."""

    def __init__(
        self,
        model: DiffusionModel,
        state: EditState,
        request: StartDrag,
        autosave: Autosave | None = None,
    ) -> None:
        config = settings_for(request.config)
        super().__init__(model, state, request, config, autosave)
        self._model = model
        self._settings = config
        self._problem = DiffusionProblem(
            model,
            self._canvas.w_plus,
            self._handles,
            self._targets,
            self._canvas.movable,
            config,
        )
        self._edit_began = latents.w_plus_of_state(model, state, 0)
        self._lora: Lora | None = None
        self._start: torch.Tensor | None = None
        self._noisy: torch.Tensor | None = None
        self._ended: torch.Tensor | None = None
        if autosave is not None:
            self._noisy = model.map_of(self._from)
            self._last = replace(self._last, w_plus=self._canvas.w_plus)

    def _prepare(self) -> Iterator[float]:
        steps, rungs = self._settings.lora_steps, self._problem.rung
        whole = steps + rungs
        for share, lora in self._model.fitted(self._edit_began, steps):
            self._lora = lora
            yield share * steps / whole
        with self._lora_on():
            for rung, raised in enumerate(self._problem.raised()):
                self._start = raised
                yield (steps + rung) / whole

    def _drag(self) -> Iterator[DragStep]:
        assert self._start is not None
        begun = self._start if self._noisy is None else self._noisy
        with self._lora_on():
            handles = self._from_handles.to(begun)
            for step in until_stalled(self._problem.steps(self._start, begun, handles, self._left)):
                assert isinstance(step, NoisyStep)
                self._noisy = step.noisy
                if step.arrived:
                    self._ended = self._down(1.0)
                    step = self._problem.checked(step, self._ended)
                if step.step == 0 and self._begun == 0:
                    step = replace(step, w_plus=self._canvas.w_plus)  # it is known
                yield step

    def _lora_on(self) -> AbstractContextManager[None]:
        assert self._lora is not None
        return self._lora.on()

    @property
    def _to_save(self) -> torch.Tensor:
        """The noisy latent."""
        assert self._noisy is not None
        return self._model.flat(self._noisy)

    def on_the_way(self, share: float) -> Pixels:
        """By the straight way of the noisy latent."""
        if not self.steps:
            return self._canvas.show(self._canvas.w_plus)
        with self._lora_on():
            shown = self._down(share)
        return self._canvas.show(shown)

    def finish(self, reason: StopReason) -> DragOutcome:
        if self.steps:
            if self._ended is None:
                with self._lora_on():
                    self._ended = self._down(1.0)
            self._last = replace(self._last, w_plus=self._ended)
        return super().finish(reason)

    def _down(self, share: float) -> torch.Tensor:
        """w+ of the noisy latent on the way from where the drag began, 0, to its last step, 1. The
        network has its LoRA meanwhile."""
        assert self._start is not None
        assert self._noisy is not None
        problem, schedule = self._problem, self._model.schedule
        noisy = torch.lerp(self._start, self._noisy, share)
        clean = denoised(problem.denoiser, schedule, self._start, noisy, problem.rung)
        return self._model.flat(clean)
