"""Icons: a small drawing in the colour of the theme's text, and pictures."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms.parts import Entry
from draggan_server.host.pictogram import die
from draggan_server.wire.messages import THUMBNAIL_SIDE, Pixels

from .drawing import image_of
from .qt import QEvent, QIcon, QPixmap, Qt, QToolButton


class DiceButton(QToolButton):
    """Shows a die, in whatever colour the theme's text has."""

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ParentChange):
            self.setIcon(picture_icon(die(self.palette().buttonText().color().getRgb()[:3])))


def picture_icon(picture: Pixels) -> QIcon:
    """An RGBA picture."""
    return QIcon(QPixmap.fromImage(image_of(picture)))


def icon_of(entry: Entry) -> QIcon:
    """Its picture, which stays as it is where it is grey; an empty one keeps its place."""
    if entry.picture is not None:
        return picture_icon(entry.picture)
    pixmap = QPixmap(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
