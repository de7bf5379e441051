"""What the docker shows where the plug-in cannot work."""

from __future__ import annotations

from typing import Any

from krita import DockWidget

from .qt import QLabel, Qt


def notice(sentence: str) -> type[DockWidget]:
    """The class of a docker with nothing but a sentence, as Krita's docker factory wants it."""

    class DragganNotice(DockWidget):
        def __init__(self) -> None:
            super().__init__()
            self.setWindowTitle("DragGAN")
            label = QLabel(sentence, wordWrap=True, margin=8, alignment=Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.setWidget(label)

        def canvasChanged(self, canvas: Any) -> None:
            pass

    return DragganNotice
