"""Icons: small drawings in the colour of the theme's text, and pictures."""

from __future__ import annotations

from typing import Any

from draggan_server.host.pictogram import NOTHING, icon
from draggan_server.wire.messages import Pixels

from .drawing import image_of
from .qt import QEvent, QIcon, QPixmap, QToolButton, QWidget


class DiceButton(QToolButton):
    """Shows a die, in whatever colour the theme's text has."""

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ParentChange):
            self.setIcon(drawn_icon("another_seed", self))


def drawn_icon(name: str, widget: QWidget) -> QIcon:
    """The brain's icon of that name, in the colour of what is written on a widget."""
    return picture_icon(icon(name, widget.palette().buttonText().color().getRgb()[:3]))


def picture_icon(picture: Pixels | None) -> QIcon:
    """An RGBA picture; where there is none its place stays empty."""
    return QIcon(QPixmap.fromImage(image_of(picture or NOTHING)))
