"""Icons: small drawings in the colour of the theme's text, and pictures."""

from __future__ import annotations

from draggan_server.host.forms.parts import Entry
from draggan_server.wire.messages import THUMBNAIL_SIDE, Pixels

from .drawing import image_of
from .qt import QColor, QIcon, QImage, QPainter, QPixmap, QPointF, QRectF, Qt

_SIDE = 64


def dice_icon(colour: QColor) -> QIcon:
    """A die that shows five."""
    image = QImage(_SIDE, _SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(colour)
    pen.setWidthF(5)
    painter.setPen(pen)
    painter.drawRoundedRect(QRectF(8, 8, 48, 48), 10, 10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for x, y in ((20, 20), (44, 20), (32, 32), (20, 44), (44, 44)):
        painter.drawEllipse(QPointF(x, y), 5, 5)
    painter.end()
    return QIcon(QPixmap.fromImage(image))


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
