"""The results of drags in the open documents, watched for undo and redo.

Krita's undo takes a result's layer away and brings it back without a word. It does not record
whether a layer is visible, so this does: a source that shows through its result is hidden for as
long as the result is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .nodes import find_layer, is_open, node_id
from .qt import QObject, QTimer, pyqtSignal

_WATCH_MS = 300


@dataclass(eq=False)
class Result:
    """The layer `result_id` came from the layer `source_id`, which is hidden where `hides`."""

    document: Any
    source_id: str
    result_id: str
    hides: bool
    there: bool = True


class Results(QObject):
    """Give it each result once its layer is in the document."""

    changed = pyqtSignal(object)
    """The layer of this `Result` is gone, or there again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._results: list[Result] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_WATCH_MS)
        self._timer.timeout.connect(self._look)

    def add(self, document: Any, source_id: str, result: Any, opaque: bool) -> Result:
        """Watch a result, whose picture is `opaque` or not; its source is hidden where it would
        show through."""
        hides = not (opaque and _is_plain(result))
        added = Result(document, source_id, node_id(result), hides)
        self._results.append(added)
        self._show_source(added)
        self._timer.start()
        return added

    def _look(self) -> None:
        self._results = [result for result in self._results if is_open(result.document)]
        if not self._results:
            self._timer.stop()
        for result in self._results:
            there = find_layer(result.document, result.result_id) is not None
            if there != result.there:
                result.there = there
                self._show_source(result)
                self.changed.emit(result)

    def _show_source(self, result: Result) -> None:
        source = find_layer(result.document, result.source_id)
        if result.hides and source is not None:
            source.setVisible(not result.there)
            result.document.refreshProjection()


def _is_plain(node: Any) -> bool:
    """Whether the layer's pixels are seen as they are, with nothing of what is below them."""
    return (
        node.opacity() == 255
        and node.blendingMode() == "normal"
        and not node.inheritAlpha()
        and not node.childNodes()
        and all(channel.visible() for channel in node.channels())
    )
