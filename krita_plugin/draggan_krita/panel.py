"""The docker's widgets: what they show and what they ask for. No Krita, no daemon."""

from __future__ import annotations

from typing import Any

from draggan_server.host.faults import failure_sentence
from draggan_server.host.host import Shown
from draggan_server.host.sentences import said, tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.states import Cause, State
from draggan_server.host.translation import tr, tr_count
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.messages import EditOpened, Failure, ModelList, Quality, SampleSource

from .forms import SPACING, form_of, heading, label_of, let_shrink, line, name_of, row_of, two_rows
from .history_strip import HistoryStrip
from .icons import dice_icon, picture_icon
from .model_chooser import ModelChooser
from .options import Options
from .qt import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QIcon,
    QLabel,
    QPalette,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSize,
    QSpinBox,
    Qt,
    QToolButton,
    QVBoxLayout,
    QWidget,
    pyqtSignal,
)

_MAX_SEED = 2**31 - 1  # the largest that a QSpinBox holds
_PROGRESS_MARKS = 1000
_ERROR_ON_DARK, _ERROR_ON_LIGHT = "#ff8a80", "#b3261e"
_MARGIN = 6
_LEAST_WIDTH, _LEAST_SCROLLED = 200, 40
_PREVIEW = 72  # pixels of the picture on the button
_STATUS_LINES = 2  # kept free, so that a short sentence moves nothing


class Panel(QWidget):
    """Settings of the picture and of the drag, which scroll; below them, always in sight, what is
    done with the points and the drag, and a sentence."""

    models_wanted = pyqtSignal()
    sample_changed = pyqtSignal()
    """The user, or the die, has changed what New picture draws."""
    dice_thrown = pyqtSignal()
    picture_wanted = pyqtSignal()
    editing_toggled = pyqtSignal(bool)
    live_toggled = pyqtSignal(bool)
    clear_wanted = pyqtSignal()
    start_wanted = pyqtSignal()
    recognise_wanted = pyqtSignal()
    stop_wanted = pyqtSignal()
    cancel_wanted = pyqtSignal()
    moment_chosen = pyqtSignal(int)
    compared = pyqtSignal(bool)
    """Whether the button that compares is held."""
    escaped = pyqtSignal()
    """Escape was pressed while points are edited or a drag is under way."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._remembered = settings
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        rows.setSpacing(SPACING)
        for title, section in (
            (words.PICTURE, self._picture_section()),
            (words.DRAG, self._drag_section()),
        ):
            rows.addWidget(heading(tr(title)))
            rows.addLayout(section)
        self.history = HistoryStrip()
        self.history.chosen.connect(self.moment_chosen)
        self.history.compared.connect(self.compared)
        rows.addWidget(self.history)
        rows.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidget(inside)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setMinimumHeight(_LEAST_SCROLLED)
        self._before = self._points_and_start()
        self._meanwhile = self._progress_and_ends()
        foot = QVBoxLayout()
        foot.setContentsMargins(_MARGIN, 0, _MARGIN, _MARGIN)
        foot.setSpacing(SPACING)
        for widget in (line(), self._before, self._meanwhile, self._status_label()):
            foot.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.scroll, 1)
        whole.addLayout(foot)
        self.setMinimumWidth(_LEAST_WIDTH)
        self.show_drag(Shown(State.READY))
        self.show_pairs(0)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.edit.isChecked() or self.cancel.isEnabled()):
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    # -- what the user has set --------------------------------------------------------------------

    def wanted(self) -> SampleSource | None:
        """What New picture draws; None while the models have not been listed."""
        model = self.models.name()
        if model is None:
            return None
        return SampleSource(model, self.seed.value(), self.truncation.value())

    def config(self) -> DragConfig:
        return self.options.config()

    def photo_settings(self) -> tuple[str, Quality]:
        """The model that is to show a photo, empty where none was ever chosen; how closely."""
        return self.models.name() or self._remembered.model, self.options.photo_quality()

    # -- what is shown ----------------------------------------------------------------------------

    def say(self, sentence: str, error: bool = False) -> None:
        colour = ""
        if error:
            dark = self.palette().window().color().lightness() < 128
            colour = f"color: {_ERROR_ON_DARK if dark else _ERROR_ON_LIGHT};"
        self.status.setStyleSheet(colour)
        self.status.setText(sentence)
        self.status.setToolTip(sentence)

    def show_models(self, listed: ModelList) -> None:
        self.models.show_models(listed)

    def show_pairs(self, count: int) -> None:
        self.count.setText(tr_count(words.COUNTED_POINTS, count) if count else tr(words.NO_POINTS))
        self.clear.setEnabled(count > 0 and self.edit.isEnabled())

    def show_editing(self, editing: bool) -> None:
        self.edit.setChecked(editing)

    def show_no_models(self) -> None:
        self.models.give_up()

    def show_drawing(self) -> None:
        pass  # the picture that is there stays until there is another

    def show_sample(self, _sample: SampleSource, opened: EditOpened) -> None:
        self.new_picture.setIcon(picture_icon(opened.picture))

    def show_failure(self, failure: Failure) -> None:
        # Not on the canvas: nobody pressed a button.
        self.new_picture.setIcon(QIcon())
        self.say(failure_sentence(failure, said.SETTING_TO_TRY_AGAIN), error=True)

    def show_drag(self, shown: Shown) -> None:
        """Show how far a drag is and what may be pressed, or that none is under way."""
        self._before.setVisible(not shown.busy)
        self._meanwhile.setVisible(shown.busy)
        for widget in (self.edit, self.live, self.recognise):
            widget.setEnabled(not shown.busy)
        self.history.setEnabled(not shown.busy)
        self.options.set_enabled(not shown.busy)
        self.stop.setEnabled(shown.may(Cause.STOP))
        self.cancel.setEnabled(shown.may(Cause.CANCEL))
        self.progress.setFormat(shown.words)
        known = shown.fraction is not None
        self.progress.setRange(0, _PROGRESS_MARKS if known else 0)
        self.progress.setValue(int((shown.fraction or 0.0) * _PROGRESS_MARKS))

    def _mark_editing(self, editing: bool) -> None:
        """Krita's styles hardly show that a button is down; this one should be seen from afar."""
        palette = self.palette()
        if editing:
            palette.setColor(QPalette.ColorRole.Button, palette.highlight().color())
            palette.setColor(QPalette.ColorRole.ButtonText, palette.highlightedText().color())
        self.edit.setPalette(palette)

    # -- building ---------------------------------------------------------------------------------

    def _picture_section(self) -> QFormLayout:
        self.models = ModelChooser(self._remembered.model)
        self.models.setToolTip(tr(tips.MODEL))
        self.models.wanted.connect(self.models_wanted)
        self.models.activated.connect(self.sample_changed)
        self.seed = QSpinBox()
        self.seed.setRange(0, _MAX_SEED)
        self.seed.setToolTip(tr(tips.SEED))
        let_shrink(self.seed)
        self.seed.valueChanged.connect(self.sample_changed)
        self.dice = QToolButton()
        self.dice.setIcon(dice_icon(self.palette().windowText().color()))
        self.dice.setToolTip(tr(tips.ANOTHER_SEED))
        self.dice.setAccessibleName(tr(tips.ANOTHER_SEED))
        self.dice.clicked.connect(self.dice_thrown)
        self.truncation = QDoubleSpinBox()
        self.truncation.setRange(-2, 2)
        self.truncation.setSingleStep(0.05)
        self.truncation.setValue(self._remembered.truncation)
        self.truncation.setToolTip(tr(tips.TRUNCATION))
        self.truncation.valueChanged.connect(self.sample_changed)
        let_shrink(self.truncation)
        self.new_picture = QPushButton(tr(words.NEW_PICTURE))
        self.new_picture.setToolTip(tr(tips.NEW_PICTURE))
        self.new_picture.setIconSize(QSize(_PREVIEW, _PREVIEW))
        self.new_picture.clicked.connect(self.picture_wanted)
        form = form_of()
        form.addRow(label_of(words.MODEL, self.models), self.models)
        form.addRow(label_of(words.SEED, self.seed), row_of(self.seed, self.dice))
        form.addRow(label_of(words.TRUNCATION, self.truncation), self.truncation)
        form.addRow(self.new_picture)
        return form

    def _drag_section(self) -> QFormLayout:
        self.live = QCheckBox(name_of(words.FOLLOW))
        self.live.setChecked(self._remembered.live)
        self.live.setToolTip(tr(tips.FOLLOW))
        self.live.toggled.connect(self.live_toggled)
        self.recognise = QPushButton(name_of(words.RECOGNISE))
        self.recognise.setToolTip(tr(tips.RECOGNISE))
        self.recognise.clicked.connect(self.recognise_wanted)
        self.options = Options(self._remembered)
        form = form_of()
        form.addRow(self.live)
        form.addRow(self.recognise)
        form.addRow(self.options)
        return form

    def _points_and_start(self) -> QWidget:
        self.edit = QPushButton(tr(words.EDIT_POINTS))
        self.edit.setCheckable(True)
        self.edit.setToolTip(tr(tips.EDIT_POINTS))
        self.edit.toggled.connect(self._mark_editing)
        self.edit.toggled.connect(self.editing_toggled)
        self.count = QLabel()
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear = QPushButton(name_of(words.CLEAR))
        self.clear.setToolTip(tr(tips.CLEAR))
        self.clear.clicked.connect(self.clear_wanted)
        self.start = QPushButton(name_of(words.START))
        self.start.setToolTip(tr(tips.START))
        self.start.clicked.connect(self.start_wanted)
        points = row_of(self.edit, self.count, self.clear)
        for index, stretch in enumerate((2, 1, 1)):
            points.setStretch(index, stretch)
        return two_rows(points, row_of(self.start))

    def _progress_and_ends(self) -> QWidget:
        self.progress = QProgressBar()
        self.progress.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # As high as the row in whose place it stands, so that nothing jumps.
        self.progress.setFixedHeight(self.edit.sizeHint().height())
        self.stop = QPushButton(name_of(words.STOP))
        self.stop.setToolTip(tr(tips.STOP))
        self.stop.clicked.connect(self.stop_wanted)
        self.cancel = QPushButton(name_of(words.CANCEL))
        self.cancel.setToolTip(tr(tips.CANCEL))
        self.cancel.clicked.connect(self.cancel_wanted)
        return two_rows(row_of(self.progress), row_of(self.stop, self.cancel))

    def _status_label(self) -> QLabel:
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.status.setMinimumHeight(_STATUS_LINES * self.status.fontMetrics().lineSpacing())
        return self.status
