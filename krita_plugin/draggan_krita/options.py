"""The options of a drag, folded away until they are wanted."""

from __future__ import annotations

from draggan_server.host.options import QUALITY_WORDS, method_name, method_tip
from draggan_server.host.sentences import tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, METHODS, DragConfig, drag_config
from draggan_server.wire.messages import Quality

from .forms import form_of, let_shrink, name_of
from .qt import QComboBox, QPushButton, QSpinBox, Qt, QToolButton, QVBoxLayout, QWidget, pyqtSignal


class Options(QWidget):
    """A line that unfolds them, and their fields; `remembered` gives the first values."""

    toggled = pyqtSignal(bool)
    """The user has folded them, or unfolded them."""

    def __init__(self, remembered: Settings) -> None:
        super().__init__()
        self.method = QComboBox()
        for method in METHODS:
            self.method.addItem(method_name(method), method)
        self.method.currentIndexChanged.connect(lambda _index: self._explain())
        self.steps = QSpinBox()
        self.steps.setRange(1, MAX_STEPS_LIMIT)
        self.steps.setToolTip(tr(tips.MAX_STEPS))
        self.quality = QComboBox()
        for quality, name in QUALITY_WORDS.items():
            self.quality.addItem(tr(name), quality)
        self.quality.setToolTip(tr(tips.QUALITY))
        self.reset = QPushButton(name_of(words.RESET))
        self.reset.setToolTip(tr(tips.RESET))
        self.reset.clicked.connect(lambda: self._show(Settings()))
        for widget in (self.method, self.steps, self.quality):
            let_shrink(widget)
        self._fields = QWidget()
        form = form_of(
            (words.METHOD, self.method),
            (words.MAX_STEPS, self.steps),
            (words.QUALITY, self.quality),
        )
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.reset)
        self._fields.setLayout(form)
        self.fold = QToolButton()
        self.fold.setText(name_of(words.OPTIONS))
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setAutoRaise(True)
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._unfold)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.fold)
        rows.addWidget(self._fields)
        self._show(remembered)
        self._explain()
        self.fold.setChecked(remembered.options)
        self._unfold(remembered.options)
        self.fold.toggled.connect(self.toggled)

    def config(self) -> DragConfig:
        return drag_config(method=self.method.currentData(), max_steps=self.steps.value())

    def photo_quality(self) -> Quality:
        return self.quality.currentData()

    def set_enabled(self, enabled: bool) -> None:
        self._fields.setEnabled(enabled)

    def _show(self, values: Settings) -> None:
        self.method.setCurrentIndex(self.method.findData(values.method))
        self.steps.setValue(values.max_steps)
        self.quality.setCurrentIndex(self.quality.findData(values.quality))

    def _explain(self) -> None:
        self.method.setToolTip(method_tip(self.method.currentData()))

    def _unfold(self, unfolded: bool) -> None:
        self._fields.setVisible(unfolded)
        down, right = Qt.ArrowType.DownArrow, Qt.ArrowType.RightArrow
        self.fold.setArrowType(down if unfolded else right)
