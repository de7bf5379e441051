"""Qt's widgets for the parts of a form, as narrow as a docker may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from draggan_server.host.forms import parts
from draggan_server.host.forms.toolkit import Aspect, Laid, Made, Setters, Told
from draggan_server.wire.messages import Pixels

from .entry_list import LEAST_FIELD, LISTED_SIDE, ChoiceBox, EndlessList, TwoLines, filler
from .icons import DiceButton, picture_icon
from .qt import (
    QApplication,
    QCheckBox,
    QColor,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QIcon,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QPalette,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSize,
    QSizePolicy,
    QSpinBox,
    Qt,
    QTimer,
    QToolButton,
    QVBoxLayout,
    QWidget,
    alive,
    qGray,
)

SPACING = 5
_LEAST_LIST = 160
_ON_BUTTON, _PICTURE = 72, 48  # pixels; of the latter three fit into the narrowest docker
_STRIP_HEIGHT, _GRID_HEIGHT = 68, 172
_PROGRESS_MARKS = 1000
_ROLES = QPalette.ColorRole
_MIDDLE_GREY, _AWAY = 117, 120  # as far from black as from white; lighter or darker, percent
_STATUS_LINES = 2  # kept free, so that a short sentence moves nothing
_WARNS_ON_DARK, _WARNS_ON_LIGHT = "#ffa89f", "#9c1c16"

QtMade = Made[QWidget]


class QtToolkit:
    """As the brain's `Toolkit` has it."""

    has_keys = False

    def __init__(self) -> None:
        self._captions: list[QLabel] = []

    def button(self, item: parts.Button, told: Told) -> QtMade:
        is_dice, stays = item.icon is parts.Icon.DICE, item.press is parts.Press.TOGGLE
        # Enter in a line is for its own button.
        button = DiceButton() if is_dice else QPushButton(autoDefault=False)
        if item.press is parts.Press.HOLD:
            button.pressed.connect(lambda: told.changed(True))
            button.released.connect(lambda: told.changed(False))
        elif stays:
            button.setCheckable(True)
            button.toggled.connect(lambda on: _mark(button, _ROLES.Button, _ROLES.ButtonText, on))
            button.toggled.connect(told.changed)
        else:
            button.clicked.connect(lambda _checked: told.pressed())
        if is_dice:
            return Made(button, {})

        def show_picture(picture: Pixels | None) -> None:
            button.setIconSize(QSize(_ON_BUTTON, _ON_BUTTON))
            button.setIcon(QIcon() if picture is None else picture_icon(picture))

        setters = {Aspect.LABEL: button.setText, Aspect.PICTURE: show_picture}
        return Made(button, {**setters, Aspect.VALUE: button.setChecked} if stays else setters)

    def switch(self, _item: parts.Switch, told: Told) -> QtMade:
        switch = QCheckBox()
        switch.toggled.connect(told.changed)
        return Made(switch, {Aspect.LABEL: switch.setText, Aspect.VALUE: switch.setChecked})

    def number(self, item: parts.Number, told: Told) -> QtMade:
        field = QDoubleSpinBox(decimals=item.digits) if item.digits else QSpinBox()
        field.setRange(item.least, item.most)
        field.setSingleStep(item.step)
        field.valueChanged.connect(told.changed)
        _let_shrink(field)
        return Made(field, {Aspect.VALUE: field.setValue})

    def choice(self, item: parts.Choice, told: Told) -> QtMade:
        if not item.listed:
            box = ChoiceBox(told)
            return Made(box, {Aspect.ENTRIES: box.fill, Aspect.VALUE: box.setCurrentIndex})
        pictures = QSize(LISTED_SIDE, LISTED_SIDE)
        rows = QListWidget(iconSize=pictures, minimumHeight=_LEAST_LIST)
        rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows.setItemDelegate(TwoLines(rows))
        rows.currentRowChanged.connect(told.changed)
        rows.verticalScrollBar().rangeChanged.connect(lambda: rows.scrollTo(rows.currentIndex()))
        return Made(rows, {Aspect.ENTRIES: filler(rows), Aspect.VALUE: rows.setCurrentRow})

    def pictures(self, item: parts.Pictures, told: Told) -> QtMade:
        strip = EndlessList(told) if item.wraps else QListWidget()
        strip.setViewMode(QListView.ViewMode.IconMode)
        strip.setMovement(QListView.Movement.Static)
        strip.setWrapping(item.wraps)
        strip.setIconSize(QSize(_PICTURE, _PICTURE))
        strip.setFrameShape(QFrame.Shape.NoFrame)
        strip.setFixedHeight(_GRID_HEIGHT if item.wraps else _STRIP_HEIGHT)
        if item.wraps:
            strip.setResizeMode(QListView.ResizeMode.Adjust)
            strip.setUniformItemSizes(True)
            strip.itemActivated.connect(lambda one: told.changed(strip.row(one)))
        strip.itemClicked.connect(lambda one: told.changed(strip.row(one)))

        def choose(place: int) -> None:
            strip.setCurrentRow(place)
            if place < 0:
                strip.clearSelection()

        return Made(strip, {Aspect.ENTRIES: filler(strip), Aspect.VALUE: choose})

    def text(self, item: parts.Text, _told: Told) -> QtMade:
        label = QLabel(wordWrap=True)
        if not item.wraps:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return Made(label, {Aspect.LABEL: label.setText})

    def line(self, _item: parts.Line, told: Told) -> QtMade:
        entry = QLineEdit()
        entry.textChanged.connect(told.changed)
        entry.returnPressed.connect(told.entered)
        _let_shrink(entry)

        def write(text: str) -> None:
            if entry.text() != text:  # else the cursor would jump
                entry.setText(text)

        return Made(entry, {Aspect.LABEL: entry.setPlaceholderText, Aspect.VALUE: write})

    def status(self, _item: parts.Status, _told: Told) -> QtMade:
        label = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setMinimumHeight(_STATUS_LINES * label.fontMetrics().lineSpacing())

        def warn(warns: bool) -> None:
            dark = label.palette().window().color().lightness() < 128
            colour = _WARNS_ON_DARK if dark else _WARNS_ON_LIGHT
            label.setStyleSheet(f"color: {colour};" if warns else "")

        return Made(label, {Aspect.LABEL: label.setText, Aspect.WARNS: warn})

    def progress(self, _item: parts.Progress, _told: Told) -> QtMade:
        bar = QProgressBar(alignment=Qt.AlignmentFlag.AlignCenter)
        # As high as the buttons in whose place it stands, so that nothing jumps.
        bar.setFixedHeight(QPushButton("X").sizeHint().height())

        def show_fraction(fraction: float | None) -> None:
            _mark(bar, _ROLES.Highlight, _ROLES.HighlightedText)
            bar.setRange(0, 0 if fraction is None else _PROGRESS_MARKS)
            bar.setValue(int((fraction or 0.0) * _PROGRESS_MARKS))

        return Made(bar, {Aspect.LABEL: bar.setFormat, Aspect.FRACTION: show_fraction})

    def group(self, title: str, inside: QWidget) -> QtMade:
        heading = QLabel(title)
        font = heading.font()  # a style sheet would keep the colours of the theme it began in
        font.setBold(True)
        heading.setFont(font)
        across = _laid_out(QHBoxLayout, heading, line(), weights=(0, 1))
        return Made(_laid_out(QVBoxLayout, across, inside), {})

    def fold(self, inside: QWidget, told: Told) -> QtMade:
        fold = QToolButton(autoRaise=True, checkable=True)
        fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        def unfold(unfolded: bool) -> None:
            inside.setVisible(unfolded)
            closed = Qt.ArrowType.LeftArrow if fold.isRightToLeft() else Qt.ArrowType.RightArrow
            fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else closed)
            fold.setChecked(unfolded)

        def scroll() -> None:
            areas = fold.window().findChildren(QScrollArea) if alive(fold) else ()
            for area in (one for one in areas if one.isAncestorOf(fold)):
                area.ensureWidgetVisible(inside, 0, 0)
                area.ensureWidgetVisible(fold, 0, 0)  # where there is no room for all, its head

        fold.toggled.connect(unfold)
        fold.toggled.connect(told.changed)
        # What is unfolded has its place once it is laid out.
        fold.clicked.connect(lambda unfolded: unfolded and QTimer.singleShot(0, scroll))
        whole = _laid_out(QVBoxLayout, fold, inside)
        return Made(whole, {Aspect.LABEL: fold.setText, Aspect.VALUE: unfold})

    def beside(self, widgets: Sequence[QWidget], row: parts.Row) -> QWidget:
        return _laid_out(QHBoxLayout, *widgets, weights=row.weights)

    def below(self, lines: Sequence[Laid[QWidget]], _spacing: int) -> QWidget:
        inside = QWidget()
        rows = QFormLayout(inside)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACING)
        for one in lines:
            rows.addRow(*([self._caption(one)] if one.caption else []), one.widget)
        return inside

    def _caption(self, line: Laid[QWidget]) -> QLabel:
        caption = QLabel(line.caption)
        caption.setBuddy(line.named)
        self._captions.append(caption)
        widest = max(one.sizeHint().width() for one in self._captions)
        for one in self._captions:  # as wide in one section as in the other
            one.setMinimumWidth(widest)
        return caption

    def common(self, widget: QWidget) -> Setters:
        return {
            Aspect.NAME: widget.setAccessibleName,
            Aspect.TIP: widget.setToolTip,
            Aspect.ENABLED: widget.setEnabled,
            Aspect.VISIBLE: widget.setVisible,
        }

    def unfold(self, widget: QWidget) -> None:
        widget.unfold()

    def choose_file(self, widget: QWidget, title: str) -> str:
        return str(QFileDialog.getOpenFileName(widget, title)[0])

    def choose_folder(self, widget: QWidget) -> str:
        return str(QFileDialog.getExistingDirectory(widget))


def _mark(widget: QWidget, ground: Any, words: Any, chosen: bool = True) -> None:
    """Show something as chosen, to be seen from afar, and read: Krita's styles hardly show that a
    button is down, and some of its themes have white words on light blue."""
    palette = QPalette()  # all else stays the theme's, and changes with it
    if chosen:
        colour = QApplication.palette(widget).highlight().color()
        is_light = qGray(colour.rgb()) > _MIDDLE_GREY
        palette.setColor(ground, colour.lighter(_AWAY) if is_light else colour.darker(_AWAY))
        palette.setColor(words, QColor("black" if is_light else "white"))
    widget.setPalette(palette)


def _laid_out(kind: Any, *widgets: QWidget, weights: Sequence[int] = ()) -> QWidget:
    """Widgets in a layout of that kind, which shares out the room by `weights`."""
    whole = QWidget()
    layout = kind(whole, spacing=SPACING)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    for place, weight in enumerate(weights):
        layout.setStretch(place, weight)
    return whole


def line() -> QFrame:
    """A line across."""
    return QFrame(frameShape=QFrame.Shape.HLine, frameShadow=QFrame.Shadow.Sunken)


def _let_shrink(widget: QWidget) -> None:
    """Give it the room that there is: by itself it asks for that of its longest content."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(LEAST_FIELD)
