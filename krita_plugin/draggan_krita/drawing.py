"""The wire's pictures as Qt has them, and shapes of the brain's painted by it."""

from __future__ import annotations

from collections.abc import Iterable

from draggan_server.host.raw_pixels import veil_over_held
from draggan_server.host.shapes import Ring, Shape
from draggan_server.host.stamp import Box
from draggan_server.wire.messages import Pixels

from .qt import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPointF, Qt


def paint_shapes(painter: QPainter, shapes: Iterable[Shape]) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shape in shapes:
        pen = QPen(QColor(*shape.ink.value), shape.width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        path = QPainterPath()
        if isinstance(shape, Ring):
            path.addEllipse(QPointF(*shape.centre), shape.radius, shape.radius)
        else:
            for line in shape.lines:
                path.moveTo(*line[0])
                for point in line[1:] or [(line[0][0] + 0.01, line[0][1])]:  # Qt needs a length
                    path.lineTo(*point)
        painter.drawPath(path)


def stamped(shapes: Iterable[Shape], box: Box, pixels: float) -> QPixmap:
    """Shapes on a transparent picture of a box, with so many pixels in one of the view."""
    picture = QPixmap(round(box.width * pixels), round(box.height * pixels))
    picture.setDevicePixelRatio(pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.translate(-box.left, -box.top)
    paint_shapes(painter, shapes)
    painter.end()
    return picture


def image_of(pixels: Pixels) -> QImage:
    """An RGBA picture, or of a mask the veil over what it holds."""
    data, kind = pixels.data, QImage.Format.Format_RGBA8888
    if pixels.channels == 1:
        data, kind = veil_over_held(data), QImage.Format.Format_Alpha8
    stride = pixels.width * pixels.channels
    shared = QImage(data, pixels.width, pixels.height, stride, kind)
    return shared.copy()  # the first one only borrows the bytes
