"""Looking at latents: where handles are seen, and how they move. On a GPU recorded and replayed."""

from __future__ import annotations

import copy
import logging
import weakref
from functools import partial

import torch

from draggan_server.editing.features.pyramid import PyramidSource, PyramidView
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.replay import Recorder, Replayed
from draggan_server.editing.trackers import Found

logger = logging.getLogger(__name__)


SAME = 0.1
"""Pixels that what is replayed may find handles away from where they are found without."""


class Looks:
    """Looks at latents through `sight`, for the handles that `tracker` knows.

    With a `recorder` what is done for one latent is replayed for the next, as long as that works.
    Points are given and returned on the processor, which a look waits for the device once for.
    """

    def __init__(
        self, sight: PyramidSource, tracker: HandleTracker, recorder: Recorder | None = None
    ) -> None:
        self.sight = sight
        self.tracker = tracker
        self._recorder = recorder
        self._slots: list[_Slot] = []
        self._device = tracker.last.device

    def press(self, rows: torch.Tensor, points: torch.Tensor) -> PyramidView:
        """From now on look for what is at points [P, 2] of the latent whose first rows are rows
        [1, R, w_dim]; the view of that."""
        view, _ = self.find(rows, points)
        self.tracker.remember(view, points.to(rows))
        return view

    def find(self, rows: torch.Tensor, expected: torch.Tensor) -> tuple[PyramidView, Found]:
        """A view of the latent whose first rows are rows [1, R, w_dim], and the handles in it, near
        where they are expected [P, 2]."""
        view, found = self._found(rows, expected.to(rows))
        both = torch.cat([found.points, found.misfit[:, None]], dim=1).cpu()
        return view, Found(both[:, :2], both[:, 2])

    def _found(self, rows: torch.Tensor, expected: torch.Tensor) -> tuple[PyramidView, Found]:
        if self._recorder is not None:
            try:
                return self._slot(self._recorder).find(rows, expected)
            except RuntimeError as error:
                self._give_up(error)
        return _find(self.sight, self.tracker, rows, expected)

    def misfit(self, view: PyramidView, points: torch.Tensor) -> torch.Tensor:
        """[P]: how unlike what is looked for the view is at points [P, 2]."""
        return self.tracker.misfit(view, points.to(self._device)).cpu()

    def motion(self, view: PyramidView, seen: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """[N, 2, R, w_dim]: how the handles `asked` [N], all seen in `view` at [P, 2], move with
        the latent's rows."""
        seen, asked = seen.to(self._device), asked.to(self._device)
        slot = next((slot for slot in self._slots if slot.shows(view)), None)
        if slot is not None and len(asked) == len(seen):
            try:
                return slot.motion(seen, asked)
            except RuntimeError as error:
                self._give_up(error)
        return self.tracker.motion(view, seen, asked)

    def _slot(self, recorder: Recorder) -> _Slot:
        """One whose last view nobody needs any more."""
        free = next((slot for slot in self._slots if slot.is_free), None)
        if free is None:
            free = _Slot(self.sight, self.tracker, recorder)
            self._slots.append(free)
        return free

    def _give_up(self, error: RuntimeError) -> None:
        logger.warning("steps are not recorded, drags take longer: %s", error)
        self._recorder = None
        self._slots.clear()


class _Slot:
    """Memory for one view, and for what follows from it."""

    def __init__(self, sight: PyramidSource, tracker: HandleTracker, recorder: Recorder) -> None:
        self._view: PyramidView | None = None
        self._shown: weakref.ref[PyramidView] | None = None
        self._sight, self._tracker = sight, tracker
        self._find = Replayed(partial(_find, sight, tracker), recorder)
        self._motion = Replayed(self._motion_of_view, recorder)

    @property
    def is_free(self) -> bool:
        """Whether nobody has its last view any more."""
        return self._shown is None or self._shown() is None

    def shows(self, view: PyramidView) -> bool:
        return self._shown is not None and self._shown() is view

    def find(self, rows: torch.Tensor, expected: torch.Tensor) -> tuple[PyramidView, Found]:
        """Raises `RuntimeError` where it cannot be recorded, or gives something else then."""
        self._view, found = self._find(rows, expected)
        if self._shown is None:
            _, directly = _find(self._sight, self._tracker, rows, expected)
            if not torch.allclose(found.points, directly.points, rtol=0, atol=SAME):
                raise RuntimeError("what is replayed finds handles elsewhere")
        shown = copy.copy(self._view)
        self._shown = weakref.ref(shown)
        return shown, found

    def motion(self, seen: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        return self._motion(seen, asked).clone()

    def _motion_of_view(self, seen: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        assert self._view is not None
        return self._tracker.motion(self._view, seen, asked)


def _find(
    sight: PyramidSource, tracker: HandleTracker, rows: torch.Tensor, expected: torch.Tensor
) -> tuple[PyramidView, Found]:
    view = sight.at(rows, expected)
    return view, tracker.find(view, expected)
