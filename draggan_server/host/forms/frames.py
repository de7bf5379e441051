"""Over which frames of an animation a drag is spread."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Fold, Number
from draggan_server.host.sentences import tips, words

_MOST = 99_999

FIRST_FRAME = Number("first_frame", words.FIRST_FRAME, tips.FIRST_FRAME, 0, _MOST)
LAST_FRAME = Number("last_frame", words.LAST_FRAME, tips.LAST_FRAME, 0, _MOST)
ANIMATE = Button("animate", words.ANIMATE, tips.ANIMATE)
FRAMES = Fold("frames", words.FRAMES, parts=(FIRST_FRAME, LAST_FRAME, ANIMATE))


class FramesForm:
    """These items: the button calls `start` with the first and the last frame. `proposed` says
    which they are when the user has not said so; None: nothing is open that has frames."""

    def __init__(
        self,
        form: Form,
        start: Callable[[tuple[int, int]], None],
        proposed: Callable[[], tuple[int, int] | None],
    ) -> None:
        self._form = form
        self._proposed = proposed
        form.set(FRAMES, value=False)
        self._show((0, 24))
        form.on_change(FRAMES, self._unfold)
        form.on_press(ANIMATE, lambda: start(self.frames))

    @property
    def frames(self) -> tuple[int, int]:
        """The first and the last one."""
        return self._form.value(FIRST_FRAME), self._form.value(LAST_FRAME)

    def _unfold(self, unfolded: bool) -> None:
        frames = self._proposed() if unfolded else None
        if frames is not None:
            self._show(frames)

    def _show(self, frames: tuple[int, int]) -> None:
        first, last = frames
        self._form.set(FIRST_FRAME, value=first)
        self._form.set(LAST_FRAME, value=last)
