"""What of a photo its model does not show, and is kept as detail: dark while a button is down. It
lies where *Eyes and mouth* does before a model has looked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from draggan_server.host.forms.drag import DETAIL, MARK
from draggan_server.host.forms.form import Form
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState


def _shown(saved_state: str) -> Pixels | None:
    photo = EditState.from_json(saved_state).photo
    shown = None if photo is None else photo.shown
    return None if shown is None else Pixels(shown.width, shown.height, 1, shown.data())


class Detail:
    """This item; `veil` gets the mask of what the model shows, None where nothing is to be darkened
    any more, and `say` tells the user what is dark."""

    def __init__(
        self,
        form: Form,
        veil: Callable[[Pixels | None], None],
        say: Callable[[str, bool], None],
    ) -> None:
        self._form = form
        self._veil = veil
        self._say = say
        self._state = ""
        self._mask: Pixels | None = None
        self._offer()

    def offer(self, saved_state: str) -> None:
        """The state of the layer that is shown; empty where it has none, or there is no time."""
        if saved_state == self._state:
            return
        self._state = saved_state
        self._mask = None
        if saved_state:
            with contextlib.suppress(BadInput):  # said when the layer is to be dragged
                self._mask = _shown(saved_state)
        if self._form.value(DETAIL):
            self._veil(None)
        self._offer()

    def _offer(self) -> None:
        """A photo has either a face to be marked, or a model that shows it."""
        there = self._mask is not None
        self._form.set(DETAIL, value=False, enabled=there, visible=there)
        self._form.set(MARK, visible=not there)

    def show(self, wanted: bool) -> None:
        """The button goes down or up."""
        self._veil(self._mask if wanted else None)
        if wanted:
            self._say(tr(said.DETAIL), False)
