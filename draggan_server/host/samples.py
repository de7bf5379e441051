"""New pictures: the settings of one, the models to choose from, and what the settings draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from draggan_server.host.link import Link, Stop
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    CloseEdit,
    EditOpened,
    Event,
    Failure,
    ListModels,
    ModelList,
    OpenEdit,
    Sample,
)

REST_MS = 150
"""A picture is drawn once the settings have rested for so long."""

Taken = Callable[[Sample, EditOpened], None]
Failed = Callable[[Failure], None]


class SampleView(Protocol):
    """The settings' widgets."""

    def wanted(self) -> Sample | None:
        """What the settings describe; None while no model is chosen. Raises `BadInput`."""

    def show_models(self, listed: ModelList) -> None:
        """Offer these models, of which one is chosen then."""

    def show_no_models(self) -> None:
        """The models cannot be had: let the user ask again."""

    def show_drawing(self) -> None:
        """A picture is being drawn."""

    def show_sample(self, sample: Sample, opened: EditOpened) -> None:
        """Show a picture. The settings may have changed since it was asked for."""

    def show_failure(self, failure: Failure) -> None:
        """A picture, or the models, cannot be had."""


class Samples:
    """Draws one picture at a time; the newest settings win."""

    def __init__(self, link: Link, view: SampleView) -> None:
        self._link = link
        self._view = view
        self._asked: Sample | None = None
        self._last: tuple[Sample, EditOpened] | None = None
        self._listing = False
        self._draws_when_listed = False
        self._taker: tuple[Taken, Failed] | None = None
        self._end_rest: Stop | None = None

    @property
    def current(self) -> tuple[Sample, EditOpened] | None:
        """The picture that the settings describe, where it is drawn."""
        if self._last is not None and self._last[0] == self._wanted():
            return self._last
        return None

    def list_models(self) -> None:
        """Let the view offer the daemon's models."""
        if not self._listing:
            self._listing = True
            self._link.request(ListModels(), self._listed)

    def change(self) -> None:
        """The user has changed a setting: draw, once that has rested."""
        self.close()
        self._end_rest = self._link.every(REST_MS, self._rested)

    def draw(self) -> None:
        """Draw what the settings describe, unless that is done or under way."""
        if self._asked is not None:
            return
        try:
            wanted = self._view.wanted()
        except BadInput as error:
            self._fail(Failure.of(error))
            return
        if self.current is not None:
            self._hand_out()
        elif wanted is None:
            self._draws_when_listed = True
            self.list_models()
        else:
            self._asked = wanted
            self._view.show_drawing()
            self._link.request(OpenEdit(wanted), self._answered)

    def take(self, taken: Taken, failed: Failed) -> None:
        """Call `taken` with what the settings describe as soon as it is drawn."""
        self._taker = taken, failed
        self.draw()

    def close(self) -> None:
        """Wait no more for the settings to rest."""
        if self._end_rest is not None:
            self._end_rest()
            self._end_rest = None

    def _rested(self) -> None:
        self.close()
        self.draw()

    def _listed(self, event: Event) -> None:
        self._listing = False
        if isinstance(event, ModelList) and event.models:
            self._view.show_models(event)
            if self._draws_when_listed:
                self._draws_when_listed = False
                self.draw()
        else:
            self._view.show_no_models()
            no_model = Failure.of(BadInput(refusals.NO_MODEL))
            self._fail(event if isinstance(event, Failure) else no_model)

    def _answered(self, event: Event) -> None:
        asked, self._asked = self._asked, None
        if isinstance(event, EditOpened) and asked is not None:
            # Who keeps the picture keeps the state too.
            self._link.request(CloseEdit(event.edit_id), lambda _: None)
            self._last = asked, event
            self._view.show_sample(asked, event)
            self.draw()
        elif isinstance(event, Failure):
            self._fail(event)

    def _hand_out(self) -> None:
        current = self.current
        if current is not None and self._taker is not None:
            (taken, _), self._taker = self._taker, None
            taken(*current)

    def _fail(self, failure: Failure) -> None:
        taker, self._taker = self._taker, None
        if taker is None:
            self._view.show_failure(failure)
        else:
            taker[1](failure)

    def _wanted(self) -> Sample | None:
        try:
            return self._view.wanted()
        except BadInput:
            return None
