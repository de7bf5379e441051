"""How the docker's form is laid out."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms import drag
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import OPTIONS
from draggan_server.host.forms.parts import Group
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.sample import NEW_PICTURE, SAMPLE
from draggan_server.host.forms.setup import SETUP
from draggan_server.host.sentences import words

from .qt import QFrame, QScrollArea, Qt, QVBoxLayout, QWidget, pyqtSignal
from .toolkit import SPACING, QtToolkit, line

_PICTURE = Group("picture", words.PICTURE, parts=(*SAMPLE, NEW_PICTURE))
_DRAG = Group("drag", words.DRAG, parts=(drag.LIVE, drag.RECOGNISE, OPTIONS))
_MARGIN = 6
_LEAST_WIDTH, _LEAST_SCROLLED = 200, 40


class Panel(QWidget):
    """Settings of the picture and of the drag, which scroll; below them, always in sight, what is
    done with the points and the drag, and a sentence. No Krita, no daemon."""

    escaped = pyqtSignal()
    """Escape was pressed while points are edited or a drag is under way."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.view = Presenter(form, QtToolkit())
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        rows.setSpacing(SPACING)
        for section in (SETUP, _PICTURE, _DRAG, drag.HISTORY):
            rows.addWidget(self.view.build(section))
        rows.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidget(inside)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setMinimumHeight(_LEAST_SCROLLED)
        foot = QVBoxLayout()
        foot.setContentsMargins(_MARGIN, 0, _MARGIN, _MARGIN)
        foot.setSpacing(SPACING)
        foot.addWidget(line())
        for part in (drag.BEFORE, drag.MEANWHILE, drag.STATUS):
            foot.addWidget(self.view.build(part))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.scroll, 1)
        whole.addLayout(foot)
        self.setMinimumWidth(_LEAST_WIDTH)

    def keyPressEvent(self, event: Any) -> None:
        edits = self._form.value(drag.EDIT) or self._form.look(drag.CANCEL).enabled
        if event.key() == Qt.Key.Key_Escape and edits:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)
