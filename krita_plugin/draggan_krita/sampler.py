"""Pictures drawn as the panel's settings say: the models are asked for where none is known yet."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.link import Link
from draggan_server.host.sentences import refusals
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    CloseEdit,
    EditOpened,
    Event,
    Failure,
    ListModels,
    ModelList,
    OpenEdit,
    SampleSource,
)

from .panel import Panel

Drawn = Callable[[SampleSource, EditOpened], None]
Failed = Callable[[Failure], None]


class Sampler:
    """Asks the daemon; what it drew last is at hand for as long as the settings are the same."""

    def __init__(self, link: Link, panel: Panel) -> None:
        self._link = link
        self._panel = panel
        self._last: tuple[SampleSource, EditOpened] | None = None

    def list_models(self, listed: Callable[[], None], failed: Failed) -> None:
        """Show the daemon's models in the panel, then call `listed`."""

        def answered(event: Event) -> None:
            if isinstance(event, ModelList):
                self._panel.show_models(event)
                listed()
            elif isinstance(event, Failure):
                self._panel.models.give_up()
                failed(event)

        self._link.request(ListModels(), answered)

    def draw(self, drawn: Drawn, failed: Failed) -> None:
        """Call `drawn` with what the settings say and its picture, whose edit is closed."""
        sample = self.wanted()
        if sample is None:
            self.list_models(lambda: self._draw_first(drawn, failed), failed)
        elif self._last is not None and self._last[0] == sample:
            drawn(*self._last)
        else:
            self._draw(sample, drawn, failed)

    def wanted(self) -> SampleSource | None:
        """What the settings say; None while no model is known."""
        model = self._panel.model()
        return None if model is None else self._panel.sample(model)

    def _draw_first(self, drawn: Drawn, failed: Failed) -> None:
        sample = self.wanted()
        if sample is None:
            failed(Failure(BadInput.code, tr(refusals.NO_MODEL)))
        else:
            self._draw(sample, drawn, failed)

    def _draw(self, sample: SampleSource, drawn: Drawn, failed: Failed) -> None:
        def answered(event: Event) -> None:
            if isinstance(event, EditOpened):
                # Who keeps the picture keeps the state too.
                self._link.request(CloseEdit(event.edit_id), lambda _: None)
                self._last = sample, event
                drawn(sample, event)
            elif isinstance(event, Failure):
                failed(event)

        self._link.request(OpenEdit(sample), answered)
