"""Entries below each other, each with its picture and what it says in two lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from draggan_server.host.forms.form import Look
from draggan_server.host.forms.parts import Choice, Entry
from draggan_server.host.translation import plain, tr

from .icons import icon_of
from .qt import QListWidget, QListWidgetItem, QSize, QStyledItemDelegate, Qt

NAME, ABOUT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_SIDE, _LEAST_HEIGHT = 40, 160  # pixels


class EntryList(QListWidget):
    """`choose` gets the name of the entry that the user has chosen."""

    def __init__(self, item: Choice, choose: Callable[[str], None]) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self.setAccessibleName(plain(tr(item.label)))
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TwoLines(self))
        self._choose = choose
        self.currentItemChanged.connect(self._changed)

    def paint(self, look: Look) -> None:
        if look.entries != self._entries:
            self._entries = look.entries
            self.clear()
            for entry in look.entries:
                one = QListWidgetItem(icon_of(entry), entry.label)
                one.setData(NAME, entry.name)
                one.setData(ABOUT, entry.about)
                self.addItem(one)
        names = [entry.name for entry in look.entries]
        if look.value in names:
            self.setCurrentRow(names.index(look.value))

    def _changed(self, now: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if now is not None:  # it is where the list is cleared
            self._choose(now.data(NAME))


class TwoLines(QStyledItemDelegate):
    """What an entry says more stands below its label."""

    def initStyleOption(self, option: Any, index: Any) -> None:
        super().initStyleOption(option, index)
        if about := index.data(ABOUT):
            option.text = f"{option.text}\N{LINE SEPARATOR}{about}"
