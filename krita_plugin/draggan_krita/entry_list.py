"""What can be chosen, each with its picture and what it says in two lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from draggan_server.host.forms.parts import Entry
from draggan_server.host.forms.toolkit import Filling, Told

from .icons import picture_icon
from .qt import (
    QComboBox,
    QIcon,
    QListWidget,
    QListWidgetItem,
    QSize,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStylePainter,
    Qt,
)

LEAST_FIELD = 56  # pixels
_CLOSED_SIDE, LISTED_SIDE = 18, 40  # of the pictures
_GAP_HEIGHT, _BESIDE_WORDS = 8, 6
_ABOUT = Qt.ItemDataRole.UserRole + 1


class ChoiceBox(QComboBox):
    """A choice whose list shows what an entry says in two lines."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST_FIELD)
        self.setIconSize(QSize(_CLOSED_SIDE, _CLOSED_SIDE))
        self.view().setIconSize(QSize(LISTED_SIDE, LISTED_SIDE))
        self.setItemDelegate(TwoLines(self))
        self.currentIndexChanged.connect(told.changed)

    def fill(self, filling: Filling) -> None:
        self.clear()
        for place, entry in enumerate(filling.entries):
            if entry is None:
                self.insertSeparator(place)
                continue
            icon = picture_icon(entry.picture) if filling.pictured else QIcon()
            self.addItem(icon, entry.label, entry.name)
            self.setItemData(place, entry.about, _ABOUT)
            self.setItemData(place, entry.tip, Qt.ItemDataRole.ToolTipRole)
            self.model().item(place).setEnabled(entry.enabled)

    def paintEvent(self, _event: Any) -> None:
        painter, option, style = QStylePainter(self), QStyleOptionComboBox(), self.style()
        self.initStyleOption(option)
        box, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(box, option, field, self).width() - _BESIDE_WORDS
        room -= 0 if option.currentIcon.isNull() else option.iconSize.width()
        words = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        option.currentText = words
        painter.drawComplexControl(box, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:
        self._told.opened()

    def unfold(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + LISTED_SIDE)
        super().showPopup()


class TwoLines(QStyledItemDelegate):
    """What an entry says more stands below its label."""

    def initStyleOption(self, option: Any, index: Any) -> None:
        super().initStyleOption(option, index)
        if about := index.data(_ABOUT):
            option.text = f"{option.text}\N{LINE SEPARATOR}{about}"


class EndlessList(QListWidget):
    """Asks for more at its end, or by the wheel where all is in sight."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told
        self.verticalScrollBar().valueChanged.connect(self._look)

    def wheelEvent(self, event: Any) -> None:
        super().wheelEvent(event)
        self._look()

    def _look(self, value: int | None = None) -> None:
        bar = self.verticalScrollBar()
        if value != 0 and bar.value() == bar.maximum():  # at 0 the list is emptied
            self._told.opened()


def filler(entries: QListWidget) -> Callable[[Filling], None]:
    def fill(filling: Filling) -> None:
        if not filling.stays:
            entries.clear()
        for entry in filling.entries:
            entries.addItem(_gap() if entry is None else _listed(entry))

    return fill


def _listed(entry: Entry) -> QListWidgetItem:
    one = QListWidgetItem(picture_icon(entry.picture), entry.label)
    one.setToolTip(entry.tip)
    one.setData(Qt.ItemDataRole.AccessibleTextRole, entry.label or entry.tip)
    one.setData(_ABOUT, entry.about)
    return one


def _gap() -> QListWidgetItem:
    gap = QListWidgetItem()
    gap.setFlags(Qt.ItemFlag.NoItemFlags)
    gap.setSizeHint(QSize(0, _GAP_HEIGHT))
    return gap
