"""The shapes of `draggan_server.host.shapes`, painted by Qt."""

from __future__ import annotations

from collections.abc import Iterable

from draggan_server.host.shapes import Ring, Shape

from .qt import QColor, QPainter, QPainterPath, QPen, QPointF, Qt


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
                for point in line[1:] or line:
                    path.lineTo(*point)
        painter.drawPath(path)
