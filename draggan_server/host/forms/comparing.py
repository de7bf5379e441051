"""What a drag has changed: the picture before it, while a button is held or beside a line."""

from __future__ import annotations

from typing import Generic

from draggan_server.host.editor import Editor
from draggan_server.host.forms.drag import COMPARE, SPLIT
from draggan_server.host.forms.form import Form
from draggan_server.host.request import LayerT
from draggan_server.host.results import Result
from draggan_server.host.split import Split


class Comparing(Generic[LayerT]):
    """These items, for the drag that has left the layer that an `editor` shows."""

    def __init__(self, form: Form, editor: Editor[LayerT], split: Split) -> None:
        self._form = form
        self._editor = editor
        self._split = split
        self._result: Result[LayerT] | None = None
        self._held = False
        form.set(SPLIT, value=False)
        split.switch = lambda: form.choose(SPLIT, not split.there)
        self.offer(None)

    def offer(self, result: Result[LayerT] | None) -> None:
        """The drag that can be looked at now; None: none can."""
        if result is not self._result:
            self.end()
        self._result = result
        self._split.offered = result is not None
        self._form.enable(result is not None, COMPARE, SPLIT)

    def hold(self, held: bool) -> None:
        """All of the picture is to be seen as it was, or no more."""
        if held != self._held:
            self._held = held
            self.show()

    def divide(self, divided: bool) -> None:
        """There is to be a line, or no more."""
        bounds = None
        if divided and self._result is not None and self._editor.may_begin():
            bounds = self._editor.points().bounds
        self._split.bounds = bounds
        self._form.set(SPLIT, value=bounds is not None)
        self.show()

    def end(self) -> bool:
        """The picture is seen as it is; False where it was already."""
        there = self._held or self._split.there
        if there:
            self._held = False
            self.divide(False)
        return there

    def show(self) -> None:
        """The line may lie elsewhere."""
        self._form.set(COMPARE, value=self._held)
        compared = self._held or self._split.there
        result = self._result if compared else None
        self._editor.compare(result, None if self._held or result is None else self._split.at)
