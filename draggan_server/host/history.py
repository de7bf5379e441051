"""The drags that a layer's picture is the end of, as a strip of small pictures to go back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from draggan_server.host.link import Link
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    CloseEdit,
    EditOpened,
    Event,
    GetHistory,
    History,
    OpenEdit,
    Pixels,
    SavedState,
)
from draggan_server.wire.state import EditState


@dataclass(frozen=True)
class Moment:
    """How the picture was after the first `position` of its drags; `shown`: so it is now."""

    position: int
    picture: Pixels
    shown: bool

    @property
    def words(self) -> str:
        """Which moment it is."""
        return after_drag(self.position)


def after_drag(position: int) -> str:
    """Which moment it is, after so many drags."""
    return tr(said.AFTER_DRAG, number=position) if position else tr(said.BEFORE_DRAGS)


class Strip:
    """Finds out the moments of one layer after the other; the newest one asked about wins.

    `show` gets them; none for a layer that was never dragged, and while they are not known. The
    daemon is asked for a picture that has drags only.
    """

    def __init__(self, link: Link, show: Callable[[tuple[Moment, ...]], None]) -> None:
        self._link = link
        self._show = show
        self._saved_state = ""

    def look(self, saved_state: str) -> None:
        """A layer is shown that has this state, or none."""
        if saved_state == self._saved_state:
            return
        self._saved_state = saved_state
        self._show(())
        if _has_drags(saved_state):
            source = SavedState(saved_state)
            self._link.request(OpenEdit(source), lambda event: self._opened(saved_state, event))

    def _opened(self, saved_state: str, event: Event) -> None:
        if isinstance(event, EditOpened):
            edit = event.edit_id
            self._link.request(GetHistory(edit), lambda event: self._found(saved_state, event))
            self._link.request(CloseEdit(edit), lambda _: None)

    def _found(self, saved_state: str, event: Event) -> None:
        if isinstance(event, History) and saved_state == self._saved_state:
            self._show(
                tuple(
                    Moment(position, event.thumbnail(position), position == event.position)
                    for position in range(len(event.drags) + 1)
                )
            )


def _has_drags(saved_state: str) -> bool:
    try:
        return bool(saved_state) and bool(EditState.from_json(saved_state).drags)
    except BadInput:  # said when the layer is to be dragged
        return False
