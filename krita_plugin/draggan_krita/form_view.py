"""Forms of `draggan_server.host.forms`, shown by Qt, as narrow as a docker may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Fold,
    Group,
    Icon,
    Item,
    Line,
    Number,
    Part,
    Pictures,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
    has_caption,
)
from draggan_server.host.translation import plain, tr

from .entry_list import ABOUT, EntryList, TwoLines
from .icons import dice_icon, icon_of, picture_icon
from .picture_grid import PictureGrid
from .qt import (
    QCheckBox,
    QComboBox,
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
    QListWidgetItem,
    QPalette,
    QProgressBar,
    QPushButton,
    QSize,
    QSizePolicy,
    QSpinBox,
    Qt,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

SPACING = 5
_LEAST_FIELD = 56
_ON_BUTTON, _IN_STRIP, _STRIP_HEIGHT = 72, 48, 68  # pixels
_CLOSED_SIDE, _LISTED_SIDE = 18, 40  # of the pictures of a choice
_PROGRESS_MARKS = 1000
_STATUS_LINES = 2  # kept free, so that a short sentence moves nothing
_WARNS_ON_DARK, _WARNS_ON_LIGHT = "#ff8a80", "#b3261e"
_NAME = Qt.ItemDataRole.UserRole

Paint = Callable[[Look], None]


class FormView:
    """Makes the widgets of a form, part by part, and keeps them as their looks say.

    `widgets` has them by the keys of their items. Labels are shown without the marks of their keys,
    which dockers do not have.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self.widgets: dict[str, QWidget] = {}
        self._paints: dict[str, Paint] = {}
        self._hidden: set[str] = set()
        self._captions: list[QLabel] = []
        self._build: dict[type, Callable[[Any], tuple[QWidget, Paint]]] = {
            Button: self._button,
            Switch: self._switch,
            Number: self._number,
            Choice: self._choice,
            Pictures: self._pictures,
            Text: self._text,
            Line: self._line,
            Status: self._status,
            Progress: self._progress,
            Group: self._group,
            Fold: self._fold,
        }
        form.show_in(self)

    def build(self, part: Part) -> QWidget:
        """The widget of a part that shows it from now on."""
        if isinstance(part, Row):
            return self._row(part)
        widget, self._paints[part.key] = self._build[type(part)](part)
        self.widgets[part.key] = widget
        self._form.show(part)
        return widget

    def build_all(self, parts: Iterable[Part]) -> QWidget:
        """Parts below each other; fields have their captions before them, in columns."""
        inside = QWidget()
        rows = QFormLayout(inside)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACING)
        for part in parts:
            widget = self.build(part)
            if has_caption(part):
                rows.addRow(self._caption(part), widget)
            else:
                rows.addRow(widget)
        return inside

    def _row(self, part: Row) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        for inner in part.parts:
            row.addWidget(self.build(inner))
        for place, weight in enumerate(part.weights):
            row.setStretch(place, weight)
        return widget

    def _caption(self, part: Part) -> QLabel:
        """What stands before a field, by which a screen reader names it."""
        caption = QLabel(plain(tr(part.label)))
        first = part.parts[0] if isinstance(part, Row) else part
        if isinstance(first, Item):
            caption.setBuddy(self.widgets[first.key])
        self._captions.append(caption)
        widest = max(one.sizeHint().width() for one in self._captions)
        for one in self._captions:  # as wide in one section as in the other
            one.setMinimumWidth(widest)
        return caption

    # -- what the form asks for -------------------------------------------------------------------

    def show(self, item: Item, look: Look) -> None:
        widget = self.widgets.get(item.key)
        if widget is None:
            return
        self._paints[item.key](look)
        chosen = look.entry()
        tip = (chosen.tip if chosen else "") or look.tip
        widget.setToolTip(look.label if isinstance(item, Status) else tip)
        widget.setEnabled(look.enabled)
        # A widget that is no part of another yet must not be shown: it would be a window.
        if look.visible and item.key in self._hidden:
            self._hidden.remove(item.key)
            widget.show()
        elif not look.visible:
            self._hidden.add(item.key)
            widget.hide()

    def unfold(self, item: Item) -> None:
        self.widgets[item.key].unfold()

    # -- the kinds of items -----------------------------------------------------------------------

    def _button(self, item: Button) -> tuple[QWidget, Paint]:
        act, is_dice = self._form.act, item.icon is Icon.DICE
        button = QToolButton() if is_dice else QPushButton()
        button.setCheckable(item.press is Press.TOGGLE)
        if not is_dice:
            button.setAutoDefault(False)  # Enter in a line is for its own button
        if item.press is Press.TOGGLE:
            button.toggled.connect(lambda _down: _mark_down(button))
            button.toggled.connect(lambda down: act(item, down))
        elif item.press is Press.FILE:
            button.clicked.connect(lambda _checked: act(item, _chosen_file(button)))
        elif item.press is Press.HOLD:
            button.pressed.connect(lambda: act(item, True))
            button.released.connect(lambda: act(item, False))
        elif item.press is Press.FOLDER:
            button.clicked.connect(lambda _checked: self._choose_folder(item))
        else:
            button.clicked.connect(lambda _checked: act(item))
        if is_dice:
            button.setIcon(dice_icon(button.palette().windowText().color()))

        def paint(look: Look) -> None:
            if is_dice:
                button.setAccessibleName(look.tip)
                return
            button.setText(plain(look.label))
            button.setChecked(bool(look.value) and button.isCheckable())
            if look.picture is not None:
                button.setIconSize(QSize(_ON_BUTTON, _ON_BUTTON))
                button.setIcon(picture_icon(look.picture))
            elif not button.icon().isNull():
                button.setIcon(QIcon())

        return button, paint

    def _choose_folder(self, item: Button) -> None:
        folder = QFileDialog.getExistingDirectory(self.widgets[item.key])
        if folder:
            self._form.act(item, folder)

    def _switch(self, item: Switch) -> tuple[QWidget, Paint]:
        switch = QCheckBox()
        switch.toggled.connect(lambda on: self._form.act(item, on))

        def paint(look: Look) -> None:
            switch.setText(plain(look.label))
            switch.setChecked(bool(look.value))

        return switch, paint

    def _number(self, item: Number) -> tuple[QWidget, Paint]:
        field = QDoubleSpinBox() if item.digits else QSpinBox()
        if item.digits:
            field.setDecimals(item.digits)
        field.setRange(item.least, item.most)
        field.setSingleStep(item.step)
        field.valueChanged.connect(lambda value: self._form.act(item, value))
        _let_shrink(field)
        return field, lambda look: field.setValue(look.value or 0)

    def _choice(self, item: Choice) -> tuple[QWidget, Paint]:
        if item.listed:
            entries = EntryList(item, lambda name: self._form.act(item, name))
            return entries, entries.paint
        box = ChoiceBox(lambda: self._form.open(item) if item.asks else box.unfold())
        box.currentIndexChanged.connect(lambda _place: self._form.act(item, box.name))

        def paint(look: Look) -> None:
            box.show_entries(look.entries)
            box.setCurrentIndex(box.findData(look.value))

        return box, paint

    def _pictures(self, item: Pictures) -> tuple[QWidget, Paint]:
        if item.wraps:
            grid = PictureGrid(self._form, item)
            return grid.widget, grid.paint
        strip = QListWidget()
        strip.setViewMode(QListView.ViewMode.IconMode)
        strip.setFlow(QListView.Flow.LeftToRight)
        strip.setWrapping(False)
        strip.setMovement(QListView.Movement.Static)
        strip.setIconSize(QSize(_IN_STRIP, _IN_STRIP))
        strip.setFixedHeight(_STRIP_HEIGHT)
        strip.setFrameShape(QFrame.Shape.NoFrame)
        strip.itemClicked.connect(lambda one: self._form.act(item, one.data(_NAME)))

        def paint(look: Look) -> None:
            strip.clear()
            for entry in look.entries:
                one = QListWidgetItem(icon_of(entry), "")
                one.setToolTip(entry.tip)
                one.setData(_NAME, entry.name)
                strip.addItem(one)
                if entry.name == look.value:
                    strip.setCurrentItem(one)

        return strip, paint

    def _text(self, item: Text) -> tuple[QWidget, Paint]:
        label = QLabel()
        label.setWordWrap(item.wraps)
        if not item.wraps:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return label, lambda look: label.setText(look.label)

    def _line(self, item: Line) -> tuple[QWidget, Paint]:
        entry = QLineEdit()
        entry.setPlaceholderText(tr(item.label))
        entry.textChanged.connect(lambda text: self._form.act(item, text))
        entry.returnPressed.connect(lambda: self._form.press(item.button))
        _let_shrink(entry)

        def paint(look: Look) -> None:
            if entry.text() != (look.value or ""):
                entry.setText(look.value or "")

        return entry, paint

    def _status(self, _item: Status) -> tuple[QWidget, Paint]:
        label = QLabel()
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        label.setMinimumHeight(_STATUS_LINES * label.fontMetrics().lineSpacing())

        def paint(look: Look) -> None:
            dark = label.palette().window().color().lightness() < 128
            colour = _WARNS_ON_DARK if dark else _WARNS_ON_LIGHT
            label.setStyleSheet(f"color: {colour};" if look.warns else "")
            label.setText(look.label)

        return label, paint

    def _progress(self, _item: Progress) -> tuple[QWidget, Paint]:
        bar = QProgressBar()
        bar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # As high as the buttons in whose place it stands, so that nothing jumps.
        bar.setFixedHeight(QPushButton("X").sizeHint().height())

        def paint(look: Look) -> None:
            bar.setFormat(look.label)
            bar.setRange(0, 0 if look.fraction is None else _PROGRESS_MARKS)
            bar.setValue(int((look.fraction or 0.0) * _PROGRESS_MARKS))

        return bar, paint

    def _group(self, item: Group) -> tuple[QWidget, Paint]:
        group = QWidget()
        rows = QVBoxLayout(group)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACING)
        if item.label:
            rows.addWidget(_heading(plain(tr(item.label))))
        rows.addWidget(self.build_all(item.parts))
        return group, lambda _look: None

    def _fold(self, item: Fold) -> tuple[QWidget, Paint]:
        whole, inside = QWidget(), self.build_all(item.parts)
        fold = QToolButton()
        fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        fold.setAutoRaise(True)
        fold.setCheckable(True)
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(fold)
        rows.addWidget(inside)

        def unfold(unfolded: bool) -> None:
            inside.setVisible(unfolded)
            fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
            self._form.act(item, unfolded)

        def paint(look: Look) -> None:
            fold.setText(plain(look.label))
            fold.setChecked(bool(look.value))
            unfold(bool(look.value))

        fold.toggled.connect(unfold)
        return whole, paint


class ChoiceBox(QComboBox):
    """A choice whose list shows what an entry says in two lines; `ask` is called for it to open."""

    def __init__(self, ask: Callable[[], None]) -> None:
        super().__init__()
        self._ask = ask
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(_LEAST_FIELD)
        self.setIconSize(QSize(_CLOSED_SIDE, _CLOSED_SIDE))
        self.view().setIconSize(QSize(_LISTED_SIDE, _LISTED_SIDE))
        self.setItemDelegate(TwoLines(self))

    @property
    def name(self) -> str:
        """Of the entry that is chosen."""
        return str(self.currentData(_NAME))

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries == self._entries:
            return
        self._entries = entries
        pictures = any(entry.picture for entry in entries)
        self.clear()
        for entry in entries:
            if entry.apart:
                self.insertSeparator(self.count())
            self.addItem(icon_of(entry) if pictures else QIcon(), entry.label, entry.name)
            place = self.count() - 1
            self.setItemData(place, entry.about, ABOUT)
            self.setItemData(place, entry.tip, Qt.ItemDataRole.ToolTipRole)
            self.model().item(place).setEnabled(entry.enabled)

    def showPopup(self) -> None:
        self._ask()

    def unfold(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _LISTED_SIDE)
        super().showPopup()


def _chosen_file(button: QPushButton) -> str:
    """The path that the user chooses, empty where none is chosen."""
    path, _filter = QFileDialog.getOpenFileName(button, button.text())
    return str(path)


def _mark_down(button: QPushButton) -> None:
    """Krita's styles hardly show that a button is down; this one should be seen from afar."""
    palette = button.parentWidget().palette()
    if button.isChecked():
        palette.setColor(QPalette.ColorRole.Button, palette.highlight().color())
        palette.setColor(QPalette.ColorRole.ButtonText, palette.highlightedText().color())
    button.setPalette(palette)


def _heading(title: str) -> QWidget:
    heading, label = QWidget(), QLabel(title)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    row = QHBoxLayout(heading)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label)
    row.addWidget(line(), 1)
    return heading


def line() -> QFrame:
    """A line across."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line


def _let_shrink(widget: QWidget) -> None:
    """Give it the room that there is: by itself it asks for that of its longest content."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(_LEAST_FIELD)
