"""Pictures in rows, which scroll, and ask for more at their end."""

from __future__ import annotations

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import Entry, Pictures

from .icons import icon_of
from .qt import QFrame, QListView, QListWidget, QListWidgetItem, QSize, Qt

_SIDE, _HEIGHT = 48, 172
"""Pixels of a picture, of which three are beside each other in the narrowest docker, and of what is
seen of the grid."""
_NAME = Qt.ItemDataRole.UserRole


class PictureGrid:
    """Adds what comes at the end and leaves the rest where it is scrolled to."""

    def __init__(self, form: Form, item: Pictures) -> None:
        self._form = form
        self._item = item
        self._entries: tuple[Entry, ...] = ()
        self.widget = QListWidget()
        self.widget.setViewMode(QListView.ViewMode.IconMode)
        self.widget.setMovement(QListView.Movement.Static)
        self.widget.setResizeMode(QListView.ResizeMode.Adjust)
        self.widget.setUniformItemSizes(True)
        self.widget.setIconSize(QSize(_SIDE, _SIDE))
        self.widget.setFixedHeight(_HEIGHT)
        self.widget.setFrameShape(QFrame.Shape.NoFrame)
        self.widget.itemClicked.connect(lambda one: form.act(item, one.data(_NAME)))
        self.widget.itemActivated.connect(lambda one: form.act(item, one.data(_NAME)))
        self.widget.verticalScrollBar().valueChanged.connect(self._scrolled)

    def paint(self, look: Look) -> None:
        known = len(self._entries)
        if look.entries[:known] != self._entries:
            self.widget.clear()
            known = 0
        self._entries = look.entries
        for entry in look.entries[known:]:
            one = QListWidgetItem(icon_of(entry), "")
            one.setToolTip(entry.tip)
            one.setData(Qt.ItemDataRole.AccessibleTextRole, entry.tip)
            one.setData(_NAME, entry.name)
            self.widget.addItem(one)
        names = [entry.name for entry in look.entries]
        if look.value in names:
            self.widget.setCurrentRow(names.index(look.value))
        else:
            self.widget.clearSelection()

    def _scrolled(self, value: int) -> None:
        if value and value == self.widget.verticalScrollBar().maximum():
            self._form.open(self._item)
