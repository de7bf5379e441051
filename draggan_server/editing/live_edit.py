"""An edit that is pulled at: what stays from one press to the next."""

from __future__ import annotations

from draggan_server.editing.canvas import Canvas, DragOutcome
from draggan_server.editing.methods.newton.footing import Footing
from draggan_server.editing.replay import recorder_of
from draggan_server.editing.sketch import sketches
from draggan_server.wire.messages import Pixels, StartDrag
from draggan_server.wire.state import EditState
from stylegan2.frozen_synthesis import FrozenSynthesis
from stylegan2.generator import Generator


class LiveEdit:
    """An edit, open for a press: its layer as a canvas, in small sizes too, and a footing.

    Raises `BadInput` for what `Canvas` refuses.
    """

    def __init__(self, generator: Generator, state: EditState, request: StartDrag) -> None:
        self.generator = generator
        self.footing = Footing(recorder_of(generator.w_avg.device))
        self._synthesis = FrozenSynthesis(generator)
        self._stand_at(state, request.layer, request.movable_mask)

    @classmethod
    def opened(
        cls, before: LiveEdit | None, generator: Generator, state: EditState, request: StartDrag
    ) -> LiveEdit:
        """`before` where that is open for this press, else a new one."""
        if before is not None and before.is_of(generator, state, request):
            return before
        return cls(generator, state, request)

    def is_of(self, generator: Generator, state: EditState, request: StartDrag) -> bool:
        """Whether the request is a press on what is open here."""
        return (
            generator is self.generator
            and state == self._state
            and request.layer == self._layer
            and request.movable_mask == self._mask
        )

    def go_on(self, outcome: DragOutcome) -> None:
        """Open what a drag has made of the layer, so that the next press need not."""
        layer = None if self._layer is None else outcome.layer
        self._stand_at(outcome.state, layer, self._mask)

    def _stand_at(self, state: EditState, layer: Pixels | None, mask: Pixels | None) -> None:
        canvas = Canvas(self.generator, state, layer, mask)
        self.canvas = canvas
        self.sketches = {sketch.side: sketch for sketch in sketches(canvas, self._synthesis)}
        self._state, self._layer, self._mask = state, layer, mask
