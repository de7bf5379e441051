"""How the docker's form is laid out."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.layers.docker import Docker
from draggan_server.host.layers.layout import IN_SIGHT, SCROLLED

from .qt import QFrame, QScrollArea, Qt, QVBoxLayout, QWidget
from .toolkit import SPACING, QtToolkit, line

_MARGIN = 6
_LEAST_WIDTH, _LEAST_SCROLLED = 200, 40


class Panel(QWidget):
    """Settings of the picture and of the drag, which scroll; below them, always in sight, what is
    done with the points and the drag, and a sentence."""

    def __init__(self, brain: Docker) -> None:
        super().__init__()
        self._brain = brain
        self.view = Presenter(brain.form, QtToolkit())
        inside = QWidget()
        rows = QVBoxLayout(inside, spacing=SPACING)
        rows.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        for section in SCROLLED:
            rows.addWidget(self.view.build(section))
        rows.addStretch(1)
        self.scroll = QScrollArea(widgetResizable=True, minimumHeight=_LEAST_SCROLLED)
        self.scroll.setWidget(inside)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        foot = QVBoxLayout(spacing=SPACING)
        foot.setContentsMargins(_MARGIN, 0, _MARGIN, _MARGIN)
        foot.addWidget(line())
        for part in IN_SIGHT:
            foot.addWidget(self.view.build(part))
        whole = QVBoxLayout(self, spacing=0)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.scroll, 1)
        whole.addLayout(foot)
        self.setMinimumWidth(_LEAST_WIDTH)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() != Qt.Key.Key_Escape or not self._brain.escape():
            super().keyPressEvent(event)
