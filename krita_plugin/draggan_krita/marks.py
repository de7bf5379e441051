"""How points look on the canvas: a red ring to be dragged, a blue ring to arrive at, an arrow.

In a drag the red ring turns green once it has arrived. All sizes are in the canvas widget's pixels,
the same at every zoom. Every mark has a dark rim and a light one, so that it reads on any picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import Mark
from draggan_server.wire.state import Point

from .qt import QColor, QPainter, QPen, QPointF, QPolygonF, Qt

_RED = QColor(235, 40, 45)
_BLUE = QColor(35, 120, 255)
_GREEN = QColor(30, 165, 70)
_DARK = QColor(0, 0, 0, 170)
_LIGHT = QColor(255, 255, 255, 235)

_RADIUS = 6.5
_HOT_RADIUS = 8.5  # the end under the mouse, and the one that the keys move
_RING = 2.6  # width of the coloured ring
_RIM = 1.2  # width of each rim
_SHAFT = 2.0
_HEAD_LENGTH, _HEAD_WIDTH = 9.0, 8.0


def paint_pairs(painter: QPainter, marks: Iterable[Mark], to_widget: Affine) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        start, end = to_widget.map(mark.handle), to_widget.map(mark.target)
        start_radius = _HOT_RADIUS if mark.hot_handle else _RADIUS
        end_radius = _HOT_RADIUS if mark.hot_target else _RADIUS
        _paint_arrow(painter, start, end, start_radius, end_radius)
        _paint_ring(painter, end, end_radius, _BLUE)
        _paint_ring(painter, start, start_radius, _GREEN if mark.arrived else _RED)


def _paint_ring(painter: QPainter, centre: Point, radius: float, colour: QColor) -> None:
    middle = QPointF(*centre)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    outside = radius + (_RING + 3 * _RIM) / 2
    for width, size, ink in (
        (_RIM, outside, _DARK),
        (_RING + 2 * _RIM, radius, _LIGHT),
        (_RING, radius, colour),
    ):
        painter.setPen(QPen(ink, width))
        painter.drawEllipse(middle, size, size)
    painter.setPen(Qt.PenStyle.NoPen)
    for size, ink in ((2.3, _LIGHT), (1.3, _DARK)):
        painter.setBrush(ink)
        painter.drawEllipse(middle, size, size)


def _paint_arrow(
    painter: QPainter, start: Point, end: Point, start_radius: float, end_radius: float
) -> None:
    length = math.dist(start, end)
    margin = _RING / 2 + 2 * _RIM
    tail, tip = start_radius + margin, length - end_radius - margin
    if tip - tail < 1:
        return  # the rings touch: no room between them
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    across = (-along[1], along[0])

    def at(distance: float, aside: float = 0.0) -> QPointF:
        return QPointF(
            start[0] + along[0] * distance + across[0] * aside,
            start[1] + along[1] * distance + across[1] * aside,
        )

    neck = max(tail, tip - _HEAD_LENGTH)
    half = _HEAD_WIDTH / 2 * (tip - neck) / _HEAD_LENGTH
    head = QPolygonF([at(tip), at(neck, half), at(neck, -half)])
    for rim, ink in ((2 * _RIM, _DARK), (0.0, _LIGHT)):
        pen = QPen(ink, _SHAFT + rim)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(at(tail), at(neck))
        painter.setPen(QPen(ink, rim) if rim else QPen(Qt.PenStyle.NoPen))
        painter.setBrush(ink)
        painter.drawPolygon(head)
